package bankemu

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

var (
	reTwoDigits = regexp.MustCompile(`^[0-9]{2}$`)
	reYear      = regexp.MustCompile(`^[0-9]{4}$`)
	reIncome    = regexp.MustCompile(`^[123]$`)
	reCurrency  = regexp.MustCompile(`^[0-9]{3}$`)
	reISO       = regexp.MustCompile(`^[A-Z]{3}$`)
)

var months = []string{"Январь", "Февраль", "Март", "Апрель", "Май", "Июнь", "Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь"}

// quotable reads a sum: the models say number, their printed examples are quoted; both are taken.
func quotable(o *object, name string, required bool) (decimal.Decimal, bool) {
	raw, ok := o.get(name, required)
	if !ok {
		return decimal.Zero, false
	}
	lexeme := string(raw)
	if lexeme[0] == '"' {
		if json.Unmarshal(raw, &lexeme) != nil {
			lexeme = ""
		}
	} else if c := lexeme[0]; c != '-' && (c < '0' || c > '9') {
		o.p.wrongType(o.field(name), "Ожидается число")
		return decimal.Zero, false
	}
	if !reAmount.MatchString(lexeme) {
		o.p.rule(o.field(name), "Сумма должна быть числом с двумя знаками после точки")
		return decimal.Zero, false
	}
	d, err := decimal.NewFromString(lexeme)
	return d, err == nil
}

// money reads an AmountCurrency. All accounts of the box are in roubles, so any other currency is refused.
func (o *object) money(name string, required bool) (*amountCurrency, decimal.Decimal) {
	in := o.child(name, required)
	if in == nil {
		return nil, decimal.Zero
	}
	sum, ok := quotable(in, "amount", true)
	if ok && sum.IsZero() {
		o.p.rule(in.field("amount"), "Сумма должна быть не меньше 0.01")
	}
	code := in.text("currencyCode", true, matches(reCurrency))
	iso := in.text("currencyName", true, matches(reISO))
	if code != "" && code != "643" && code != "810" {
		o.p.rule(in.field("currencyCode"), "Валюта должна совпадать с валютой счета: 643 или 810")
	}
	if iso != "" && iso != "RUB" {
		o.p.rule(in.field("currencyName"), "Валюта должна совпадать с валютой счета: RUB")
	}
	return &amountCurrency{json.Number(sum.StringFixed(2)), code, iso}, sum
}

// parsePayroll checks the Payroll model against itself and the company's salary agreement. Read-only fields are not looked at.
func parsePayroll(o *object, co *Company) *payroll {
	p := &payroll{}
	d := &p.doc
	d.account = o.given("account", matches(reAccount))
	d.Account = or(d.account, co.Accounts[0].Number)
	d.AdmissionValue = o.text("admissionValue", true, matches(reTwoDigits))
	d.Amount, p.amount = o.money("amount", true)
	d.AuthPersonName = o.given("authPersonName", length(0, 60))
	d.AuthPersonTelfax = o.given("authPersonTelfax", length(0, 40))
	d.Bic = o.text("bic", true, matches(reBIC))
	d.ContractDate = o.text("contractDate", true, date)
	d.ContractNumber = o.text("contractNumber", true, length(1, 50))
	d.Date = o.text("date", true, date)
	p.id = o.text("externalId", true, matches(reUUID))
	d.ExternalID = p.id
	d.IncomeTypeCode = o.given("incomeTypeCode", matches(reIncome))
	d.LoanAmount, _ = o.money("loanAmount", false)
	d.LoanDate = o.given("loanDate", date)
	d.LoanNumber = o.given("loanNumber", length(0, 50))
	d.Month = o.text("month", true, oneOf(months...))
	d.Number = o.given("number", length(1, 20))
	d.OrgName = o.text("orgName", true, length(1, 160))
	d.OrgTaxNumber = o.text("orgTaxNumber", true, matches(reINN))
	d.Year = o.text("year", true, matches(reYear))
	if d.OrgTaxNumber != "" && d.OrgTaxNumber != co.INN {
		o.p.rule("orgTaxNumber", "ИНН не принадлежит организации пользователя")
	}
	if a := co.account(d.Account); a != nil && d.Bic != "" && a.BIC != d.Bic {
		o.p.rule("bic", "БИК не соответствует счету организации")
	}
	p.parseAgreement(o, co)
	p.parseEmployees(o)
	p.parsePayDocs(o)
	p.parseSignatures(o)
	return p
}

func (p *payroll) parseAgreement(o *object, co *Company) {
	d := &p.doc
	if d.ContractNumber == "" || d.ContractDate == "" {
		return
	}
	i := slices.IndexFunc(co.Salary, func(a SalaryAgreement) bool { return a.Number == d.ContractNumber && a.Date == d.ContractDate })
	if i < 0 {
		o.p.rule("contractNumber", "Зарплатный договор с таким номером и датой не найден")
		return
	}
	p.agreement = co.Salary[i]
	if d.AdmissionValue != "" && !slices.Contains(p.agreement.AdmissionValues, d.AdmissionValue) {
		o.p.rule("admissionValue", "Вид зачисления не предусмотрен зарплатным договором")
	}
}

// parseEmployees: another bank's account is possible only under an agreement with reservation, and then its key must fit
// the bank. Without a BIC the bank is Sber, whose branch is found by the account itself.
func (p *payroll) parseEmployees(o *object) {
	d := &p.doc
	var ok bool
	if d.EmployeesNumber, ok = o.integer("employeesNumber", true, 6); ok && d.EmployeesNumber == 0 {
		o.p.rule("employeesNumber", "Количество сотрудников должно быть не меньше 1")
	}
	total := decimal.Zero
	for _, e := range o.list("employeeSalaries", false) {
		s := employeeSalary{Account: e.text("account", true, matches(reAccount)), Bic: e.given("bic", matches(reBIC)),
			FirstName: e.text("firstName", true, length(1, 100)), LastName: e.text("lastName", true, length(1, 100)), MiddleName: e.given("middleName", length(0, 100))}
		var sum decimal.Decimal
		s.Amount, sum = e.money("amount", true)
		if withheld, sent := quotable(e, "withheldAmount", false); sent {
			s.WithheldAmount = json.Number(withheld.StringFixed(2))
		}
		if s.Bic != "" && s.Bic != d.Bic {
			switch {
			case !p.agreement.Reserved:
				o.p.rule(e.field("bic"), "Зачисление в другие банки возможно только по договору с резервированием")
			case s.Account != "" && !validAccount(s.Account, s.Bic):
				o.p.rule(e.field("account"), "Ключ счета сотрудника не соответствует БИК банка")
			}
		}
		total = total.Add(sum)
		p.salaries, d.EmployeeSalaries = append(p.salaries, sum), append(d.EmployeeSalaries, s)
	}
	if len(p.salaries) == 0 {
		return
	}
	if ok && d.EmployeesNumber != int64(len(p.salaries)) {
		o.p.rule("employeesNumber", "Количество сотрудников не совпадает со списком")
	}
	if d.Amount != nil && !total.Equal(p.amount) {
		o.p.rule("amount.amount", "Итоговая сумма не равна сумме начислений сотрудникам")
	}
}

func (p *payroll) parsePayDocs(o *object) {
	d := &p.doc
	total := decimal.Zero
	for _, in := range o.list("payDocs", false) {
		doc := payrollPayDoc{DocDate: in.text("docDate", true, date), IncomeTypeCode: in.given("incomeTypeCode", matches(reIncome)),
			Number: in.text("number", true, length(1, 20)), PayeeAccount: in.text("payeeAccount", true, matches(reAccount)),
			PayeeBic: in.text("payeeBic", true, matches(reBIC)), PayerAccount: in.text("payerAccount", true, matches(reAccount)),
			PayerBic: in.text("payerBic", true, matches(reBIC)), Purpose: in.text("purpose", true, length(1, 210))}
		var sum decimal.Decimal
		doc.Amount, sum = in.money("amount", true)
		total, d.PayDocs = total.Add(sum), append(d.PayDocs, doc)
	}
	switch {
	case len(d.PayDocs) == 0:
	case p.agreement.Reserved:
		o.p.rule("payDocs", "По договору с резервированием платежные документы не заполняются")
	case d.Amount != nil && !total.Equal(p.amount):
		o.p.rule("payDocs", "Сумма платежных документов не равна итоговой сумме")
	}
}

// closedAccount is a debit account of the register that the partner may not use: not ticked in the offer, not open, not
// the company's at all; or the partner is blocked. "" = all is well.
func (b *Bank) closedAccount(p *payroll, g *grant) string {
	accounts := []string{p.doc.Account}
	for _, d := range p.doc.PayDocs {
		accounts = append(accounts, d.PayerAccount)
	}
	for _, number := range accounts {
		if b.st.blocked[g.client] || !b.consented(g, number) || !b.openAccount(number) {
			return number
		}
	}
	return ""
}

// maxSignatures: the only one, or the first and the second.
const maxSignatures = 2

func (p *payroll) parseSignatures(o *object) {
	list := o.list("digestSignatures", false)
	if len(list) > maxSignatures {
		o.p.rule("digestSignatures", "Допустимы одна или две подписи")
		return
	}
	for _, in := range list {
		s := signature{Base64Encoded: in.text("base64Encoded", true, isBase64), CertificateUUID: in.text("certificateUuid", true, matches(reUUID))}
		p.doc.DigestSignatures = append(p.doc.DigestSignatures, s)
	}
}

// unwrapped drops the line breaks that tools put into base64.
var unwrapped = strings.NewReplacer("\r", "", "\n", "", " ", "")

func isBase64(s string) string {
	if raw, err := base64.StdEncoding.DecodeString(unwrapped.Replace(s)); err != nil || len(raw) == 0 {
		return "Ожидается значение в Base64"
	}
	return ""
}
