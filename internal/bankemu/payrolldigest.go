package bankemu

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// digest is the text that a register's signatures are made over, «Формат дайджеста»: tags in alphabetical order, a tag
// per line, undefined ones left out, then the tables with a # after each row. spelling chooses between the two ways the
// document writes the tags of a loan.
func (p *payroll) digest(spelling loanTags) string {
	d := &p.doc
	t := &tags{}
	t.add("account", d.account)
	t.add("admissionValue", d.AdmissionValue)
	t.addMoney(d.Amount)
	t.add("authPersonName", d.AuthPersonName)
	t.add("authPersonTelfax", d.AuthPersonTelfax)
	t.add("bic", d.Bic)
	t.add("contractDate", d.ContractDate)
	t.add("contractNumber", d.ContractNumber)
	t.add("date", d.Date)
	t.add("employeesNumber", strconv.FormatInt(d.EmployeesNumber, 10))
	t.add("externalId", d.ExternalID)
	t.add("incomeTypeCode", d.IncomeTypeCode)
	if d.LoanAmount != nil {
		t.add(spelling.amount, d.LoanAmount.Amount.String())
	}
	t.add(spelling.date, russianDate(d.LoanDate))
	t.add("loanNumber", d.LoanNumber)
	t.add("month", d.Month)
	t.add("orgName", d.OrgName)
	t.add("orgTaxNumber", d.OrgTaxNumber)
	t.add("year", d.Year)
	if len(d.EmployeeSalaries)+len(d.PayDocs) > 0 {
		t.line("TABLES")
	}
	t.employees(d.EmployeeSalaries)
	t.payDocs(d.PayDocs)
	return t.String()
}

// loanTags: the table of the document writes loanAmount and loanDate, both its examples loanamount and loandate.
type loanTags struct{ amount, date string }

var (
	loanAsExample = loanTags{"loanamount", "loandate"}
	loanAsTable   = loanTags{"loanAmount", "loanDate"}
)

// digests are all texts that the document can be read to mean: both spellings, with and without the last line break.
func (p *payroll) digests() []string {
	var out []string
	for _, spelling := range []loanTags{loanAsExample, loanAsTable} {
		text := p.digest(spelling)
		for _, s := range []string{text, strings.TrimSuffix(text, "\n")} {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

type tags struct{ strings.Builder }

func (t *tags) line(s string) { t.WriteString(s + "\n") }

func (t *tags) add(tag, value string) {
	if value != "" {
		t.line(tag + "=" + value)
	}
}

func (t *tags) addMoney(m *amountCurrency) {
	if m != nil {
		t.add("amount.amount", m.Amount.String())
		t.add("amount.currencyName", m.CurrencyName)
	}
}

func (t *tags) employees(list []employeeSalary) {
	if len(list) == 0 {
		return
	}
	t.line("Table=EmployeeSalaries")
	for _, e := range list {
		t.add("account", e.Account)
		t.addMoney(e.Amount)
		t.add("bic", e.Bic)
		t.add("firstName", e.FirstName)
		t.add("lastName", e.LastName)
		t.add("middleName", e.MiddleName)
		t.add("withheldAmount", e.WithheldAmount.String())
		t.line("#")
	}
}

func (t *tags) payDocs(list []payrollPayDoc) {
	if len(list) == 0 {
		return
	}
	t.line("Table=PayDocs")
	for _, d := range list {
		t.addMoney(d.Amount)
		t.add("docDate", d.DocDate)
		t.add("incomeTypeCode", d.IncomeTypeCode)
		t.add("number", d.Number)
		t.add("payeeAccount", d.PayeeAccount)
		t.add("payeeBic", d.PayeeBic)
		t.add("payerAccount", d.PayerAccount)
		t.add("payerBic", d.PayerBic)
		t.add("purpose", d.Purpose)
		t.line("#")
	}
}

// russianDate: a loan's date is the one date that the digest writes as DD.MM.YYYY.
func russianDate(s string) string {
	if t, err := time.Parse(day, s); err == nil {
		return t.Format("02.01.2006")
	}
	return ""
}
