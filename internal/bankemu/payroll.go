package bankemu

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// payrolls are the salary registers («зарплатные ведомости») the bank remembers.
type payrolls struct {
	byID    map[string]*payroll
	numbers map[string]bool       // see numberKey: a number is taken for a calendar year
	waiting map[string][]*payroll // by company: signed, but the account has not enough
}

// payroll is one salary register, at first a draft unless it came signed.
type payroll struct {
	id, client, company string
	doc                 payrollDoc // what the API shows, without status, commission and results
	amount              decimal.Decimal
	salaries            []decimal.Decimal // of the employees, in the order of the document
	agreement           SalaryAgreement
	created             time.Time

	signers    []string // ids of people, in order
	signatures []signature
	route      string // see payrollWalks; empty = the setting at the moment of signature
	signed     time.Time
	walkFrom   time.Time // equals signed until the pace is changed
	unfunded   bool      // signed, but the account has not enough: waits in CARD2
	pin        *pinned
	results    map[string]salaryResult // by account, set by control
}

// payrollSettings are the modes of registers.
type payrollSettings struct {
	RequireJWS   bool   `json:"requireJWS"`   // «Требуется подпись для внешнего сервиса»: calls must be JWS
	PayrollRoute string `json:"payrollRoute"` // the way of registers signed from now on; empty = the company's
}

func (s payrollSettings) checkPayrolls() error {
	if s.PayrollRoute != "" && payrollWalks[s.PayrollRoute] == nil {
		return fmt.Errorf("payrollRoute: no %q; there are %s", s.PayrollRoute, payrollRouteNames())
	}
	return nil
}

// SalaryAgreement is a salary contract of a company with the bank («зарплатный договор»).
type SalaryAgreement struct {
	Number          string   `json:"number"`
	Date            string   `json:"date"`            // YYYY-MM-DD
	Reserved        bool     `json:"reserved"`        // with reservation: no payDocs, other banks are possible
	AdmissionValues []string `json:"admissionValues"` // kinds of crediting it allows, two digits each
}

// payrollDoc is the documented Payroll in its own order, fields that do not apply left out.
type payrollDoc struct {
	Account          string           `json:"account"`
	AdmissionValue   string           `json:"admissionValue"`
	Amount           *amountCurrency  `json:"amount"`
	AuthPersonName   string           `json:"authPersonName,omitempty"`
	AuthPersonTelfax string           `json:"authPersonTelfax,omitempty"`
	BankComment      string           `json:"bankComment,omitempty"`
	BankStatus       string           `json:"bankStatus"`
	Bic              string           `json:"bic"`
	CommissionInfo   *commissionInfo  `json:"commissionInfo,omitempty"`
	ContractDate     string           `json:"contractDate"`
	ContractNumber   string           `json:"contractNumber"`
	Date             string           `json:"date"`
	DigestSignatures []signature      `json:"digestSignatures,omitempty"`
	EmployeeSalaries []employeeSalary `json:"employeeSalaries,omitempty"`
	EmployeesNumber  int64            `json:"employeesNumber"`
	ExternalID       string           `json:"externalId"`
	IncomeTypeCode   string           `json:"incomeTypeCode,omitempty"`
	LoanAmount       *amountCurrency  `json:"loanAmount,omitempty"`
	LoanDate         string           `json:"loanDate,omitempty"`
	LoanNumber       string           `json:"loanNumber,omitempty"`
	Month            string           `json:"month"`
	Number           string           `json:"number"`
	OrgName          string           `json:"orgName"`
	OrgTaxNumber     string           `json:"orgTaxNumber"`
	PayDocs          []payrollPayDoc  `json:"payDocs,omitempty"`
	Year             string           `json:"year"`

	account string // as it was sent: the digest is made of what was sent
}

type amountCurrency struct {
	Amount       json.Number `json:"amount"`
	CurrencyCode string      `json:"currencyCode"`
	CurrencyName string      `json:"currencyName"`
}

type commissionInfo struct {
	ActualRate    json.Number `json:"actualRate,omitempty"`
	ActualSum     json.Number `json:"actualSum,omitempty"`
	EstimatedRate json.Number `json:"estimatedRate"`
	EstimatedSum  json.Number `json:"estimatedSum"`
	InvoiceDate   string      `json:"invoiceDate,omitempty"`
}

// salaryResult is what the bank adds to an employee.
type salaryResult struct {
	BankMessage   string `json:"bankMessage,omitempty"`
	Result        string `json:"result,omitempty"`
	ReceiptStatus string `json:"receiptStatus,omitempty"`
	ReceiptResult string `json:"receiptResult,omitempty"`
}

type employeeSalary struct {
	Account string          `json:"account"`
	Amount  *amountCurrency `json:"amount"`
	salaryResult
	Bic            string      `json:"bic,omitempty"`
	FirstName      string      `json:"firstName"`
	LastName       string      `json:"lastName"`
	MiddleName     string      `json:"middleName,omitempty"`
	WithheldAmount json.Number `json:"withheldAmount,omitempty"`
}

type payrollPayDoc struct {
	Amount         *amountCurrency `json:"amount"`
	DocDate        string          `json:"docDate"`
	IncomeTypeCode string          `json:"incomeTypeCode,omitempty"`
	Number         string          `json:"number"`
	PayeeAccount   string          `json:"payeeAccount"`
	PayeeBic       string          `json:"payeeBic"`
	PayerAccount   string          `json:"payerAccount"`
	PayerBic       string          `json:"payerBic"`
	Purpose        string          `json:"purpose"`
}

func newPayrolls() payrolls {
	return payrolls{byID: map[string]*payroll{}, numbers: map[string]bool{}, waiting: map[string][]*payroll{}}
}

// PayrollScope is the operation of salary registers.
const PayrollScope = "PAYROLL"

// payrollRoutes are the calls of «Зачисления в другие банки».
func (b *Bank) payrollRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /fintech/api/v1/payrolls", b.locked(b.fintech(b.jws(b.createPayroll), PayrollScope)))
	mux.HandleFunc("GET /fintech/api/v1/payrolls/{externalId}/state", b.locked(b.fintech(b.jws(b.payrollState), PayrollScope)))
	mux.HandleFunc("GET /fintech/api/v1/payrolls/{externalId}", b.locked(b.fintech(b.jws(b.payrollFull), PayrollScope)))
}

// createPayroll takes a register: POST /v1/payrolls. With the signatures it needs it is processed at once, without
// them it is a draft to be signed in СберБизнес.
func (b *Bank) createPayroll(c *call, g *grant, co *Company) reply {
	if own := b.clients[g.client].OwnINN; own != "" && co.INN != own {
		return fail(http.StatusForbidden, "ACTION_ACCESS_EXCEPTION", "Операция не может быть выполнена: доступ к ресурсу запрещен")
	}
	if !slices.ContainsFunc(co.Accounts, func(a Account) bool { return a.open() }) {
		return workflowFault("Отсутствует доступный открытый рублевый расчетный счет у организации плательщика")
	}
	p := &problems{}
	d := parsePayroll(parseObject(c, p), co)
	if rep := p.reply(); rep != nil {
		return *rep
	}
	if account := b.closedAccount(d, g); account != "" {
		return workflowFault("Для внешнего сервиса недоступны операции по счету: " + account)
	}
	if b.exists(d.id) {
		return workflowFault(errDuplicate)
	}
	if d.doc.Number == "" {
		b.st.number++
		d.doc.Number = fmt.Sprint(b.st.number)
	}
	if b.st.payrolls.numbers[d.numberKey(co)] {
		return workflowFault("Документ с такими реквизитами уже существует")
	}
	signers, rep := b.checkSignatures(d, co, c.now)
	if rep != nil {
		return *rep
	}
	d.client, d.company, d.created = g.client, co.ID, c.now
	b.st.payrolls.byID[d.id], b.st.payrolls.numbers[d.numberKey(co)] = d, true
	b.st.order = append(b.st.order, d.id)
	for i, person := range signers {
		b.addSignature(d, co, person, d.doc.DigestSignatures[i], c.now)
	}
	return jsonReply(http.StatusCreated, b.renderPayroll(d, c.now))
}

// numberKey: a number may be used once by a company in a calendar year.
func (p *payroll) numberKey(co *Company) string {
	return co.ID + "\x00" + p.doc.Number + "\x00" + p.doc.Date[:4]
}

func (b *Bank) payrollOf(c *call, co *Company) *payroll {
	if p := b.st.payrolls.byID[c.r.PathValue("externalId")]; p != nil && p.company == co.ID {
		return p
	}
	return nil
}

// payrollState is the documented DocState: GET /v1/payrolls/{externalId}/state.
func (b *Bank) payrollState(c *call, _ *grant, co *Company) reply {
	p := b.payrollOf(c, co)
	if p == nil {
		return fail(http.StatusNotFound, "DATA_NOT_FOUND", "Документ не найден")
	}
	status, comment := b.payrollStatus(p, c.now)
	out := struct {
		BankStatus    string  `json:"bankStatus"`
		BankComment   *string `json:"bankComment"`
		ReceiptStatus string  `json:"receiptStatus"`
	}{BankStatus: status, ReceiptStatus: "FINISHED"} // the one documented value: the box registers no receipts
	if comment != "" {
		out.BankComment = &comment
	}
	return jsonReply(http.StatusOK, out)
}

// payrollFull is the whole document with what became of each employee's sum: GET /v1/payrolls/{externalId}.
func (b *Bank) payrollFull(c *call, _ *grant, co *Company) reply {
	p := b.payrollOf(c, co)
	if p == nil {
		return fail(http.StatusNotFound, "DATA_NOT_FOUND", "Документ не найден")
	}
	return jsonReply(http.StatusOK, b.renderPayroll(p, c.now))
}

// renderPayroll is the full document as of now.
func (b *Bank) renderPayroll(p *payroll, now time.Time) payrollDoc {
	d := p.doc
	d.BankStatus, d.BankComment = b.payrollStatus(p, now)
	d.DigestSignatures = p.signatures
	d.CommissionInfo = p.commission(d.BankStatus)
	d.EmployeeSalaries = append([]employeeSalary(nil), d.EmployeeSalaries...)
	for i := range d.EmployeeSalaries {
		d.EmployeeSalaries[i].salaryResult = p.result(i, d.BankStatus)
	}
	return d
}

// commissionRate is the bank's fee in per cent of what is credited.
var commissionRate = decimal.RequireFromString("1.00")

// commission appears when the bank has begun its work, so that a reader must be ready to ask again.
func (p *payroll) commission(status string) *commissionInfo {
	fee := func(sum decimal.Decimal) json.Number {
		return json.Number(sum.Mul(commissionRate).Shift(-2).Round(2).StringFixed(2))
	}
	rate := json.Number(commissionRate.StringFixed(2))
	switch status {
	case "CREATED", "PARTSIGNED", "IMPORTED", "SIGNED":
		return nil
	case "IMPLEMENTED", "PARTIMPLEMENTED":
		return &commissionInfo{ActualRate: rate, ActualSum: fee(p.credited(status)), EstimatedRate: rate, EstimatedSum: fee(p.amount), InvoiceDate: p.doc.Date}
	}
	return &commissionInfo{EstimatedRate: rate, EstimatedSum: fee(p.amount)}
}

// credited is the part of the sum that reaches the employees in a final status.
func (p *payroll) credited(status string) decimal.Decimal {
	switch {
	case status == "PARTIMPLEMENTED" && len(p.salaries) > 0:
		return p.amount.Sub(p.salaries[len(p.salaries)-1])
	case status == "IMPLEMENTED" || status == "PARTIMPLEMENTED":
		return p.amount
	}
	return decimal.Zero
}

// result is what became of one employee's sum. In a partly executed register the last one is not credited.
func (p *payroll) result(i int, status string) salaryResult {
	if r, ok := p.results[p.doc.EmployeeSalaries[i].Account]; ok {
		return r
	}
	switch {
	case status == "IMPLEMENTED", status == "PARTIMPLEMENTED" && i < len(p.salaries)-1:
		return salaryResult{Result: "Зачислено"}
	case status == "PARTIMPLEMENTED":
		return salaryResult{Result: "Не зачислено", BankMessage: "Счет получателя закрыт"}
	case status == "REFUSEDBYABS":
		return salaryResult{Result: "Не зачислено", BankMessage: "Ведомость отказана АБС"}
	}
	return salaryResult{}
}
