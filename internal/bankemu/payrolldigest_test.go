package bankemu_test

import (
	"strings"
	"testing"

	"creditcart/internal/bankemu"
)

// printedDigest is the first example of «Формат дайджеста», character for character.
const printedDigest = `account=40702810078452334405
admissionValue=01
amount.amount=10000.55
amount.currencyName=RUB
authPersonName=Иванов Александр Сергеевич
authPersonTelfax=+7(812)1234567
bic=044525225
contractDate=2019-02-04
contractNumber=46096
date=2019-02-04
employeesNumber=2
externalId=b37fbdbc-d7a3-49c4-a191-be8e8b49ffba
incomeTypeCode=1
loanamount=1000.00
loandate=04.03.2019
loanNumber=155
month=Январь
orgName=Организация MuSAAIQKoXSVAFU
orgTaxNumber=4781796357
year=2019
TABLES
Table=EmployeeSalaries
account=42301810600000200001
amount.amount=5000.50
amount.currencyName=RUB
firstName=Иван
lastName=Иванов
middleName=Иванович
withheldAmount=1010.01
#
account=42301810600000200002
amount.amount=5000.05
amount.currencyName=RUB
firstName=Петр
lastName=Петров
middleName=Петрович
withheldAmount=1020.01
#
`

// printedPayDocs is the table of the second example. Its payerBic is an account there, which no BIC is.
const printedPayDocs = `Table=PayDocs
amount.amount=10000.55
amount.currencyName=RUB
docDate=2019-02-04
incomeTypeCode=1
number=1
payeeAccount=40702810828030026262
payeeBic=044525225
payerAccount=40702810078452334405
payerBic=044525225
purpose=Назначение платежа
#
`

// printedPayroll is the register that the examples are of; its company banks nowhere but in them.
func printedPayroll() object {
	o := payroll("b37fbdbc-d7a3-49c4-a191-be8e8b49ffba")
	for key, value := range map[string]any{"account": "40702810078452334405", "authPersonName": "Иванов Александр Сергеевич", "date": "2019-02-04",
		"month": "Январь", "year": "2019", "orgName": "Организация MuSAAIQKoXSVAFU", "orgTaxNumber": "4781796357",
		"loanAmount": rub("1000.00"), "loanDate": "2019-03-04", "loanNumber": "155"} {
		o[key] = value
	}
	employee(1, "middleName", "Петрович")(o)
	employee(1, "withheldAmount", num("1020.01"))(o)
	return o
}

func TestPayrollDigest(t *testing.T) {
	r := newRig(t)
	digest := func(o object) string {
		t.Helper()
		return r.control("POST", "/api/digest", body(t, o)).json(t)["digest"].(string)
	}
	// The examples' company and account do not exist; ours stand in for them and are put back in the text.
	ours := strings.NewReplacer("40702810078452334405", bankemu.MerchantAccount, "4781796357", bankemu.MerchantINN)
	mine := func(o object) object {
		o["account"], o["orgTaxNumber"] = bankemu.MerchantAccount, bankemu.MerchantINN
		return o
	}
	same := func(t *testing.T, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	t.Run("with reservation as printed", func(t *testing.T) { same(t, digest(mine(printedPayroll())), ours.Replace(printedDigest)) })
	t.Run("without reservation as printed", func(t *testing.T) {
		o := mine(printedPayroll())
		delete(o, "incomeTypeCode")
		o["payDocs"] = unreserved("")["payDocs"]
		payDoc("docDate", "2019-02-04")(o)
		payDoc("purpose", "Назначение платежа")(o)
		o["contractNumber"], o["contractDate"] = "46097", "2019-02-05"
		want := strings.NewReplacer("incomeTypeCode=1\nloan", "loan", "46096", "46097", "contractDate=2019-02-04", "contractDate=2019-02-05").Replace(printedDigest)
		same(t, digest(o), ours.Replace(want+printedPayDocs))
	})
	t.Run("undefined tags are left out", func(t *testing.T) {
		o := mine(printedPayroll())
		want := printedDigest
		for key, line := range map[string]string{"account": "account=" + "40702810078452334405", "authPersonName": "authPersonName=Иванов Александр Сергеевич",
			"authPersonTelfax": "authPersonTelfax=+7(812)1234567", "incomeTypeCode": "incomeTypeCode=1", "loanAmount": "loanamount=1000.00",
			"loanDate": "loandate=04.03.2019", "loanNumber": "loanNumber=155"} {
			delete(o, key)
			want = strings.Replace(want, line+"\n", "", 1)
		}
		same(t, digest(o), ours.Replace(want))
	})
	t.Run("bic of an employee", func(t *testing.T) {
		o := mine(printedPayroll())
		employee(0, "bic", bankemu.MerchantBIC)(o)
		want := strings.Replace(printedDigest, "=RUB\nfirstName=Иван\n", "=RUB\nbic=044525225\nfirstName=Иван\n", 1)
		same(t, digest(o), ours.Replace(want))
	})
	t.Run("amounts quoted", func(t *testing.T) {
		o := mine(printedPayroll())
		in("amount", "amount", "10000.55")(o)
		same(t, digest(o), ours.Replace(printedDigest))
	})
	t.Run("of a register the bank would refuse", func(t *testing.T) {
		o := mine(printedPayroll())
		o["month"] = "Brumaire"
		a := do(t, browser(), "POST", r.manage+"/api/digest", "application/json", body(t, o))
		if a.status != 400 || !strings.Contains(a.body, "month") {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("whatever the content type", func(t *testing.T) {
		a := do(t, browser(), "POST", r.manage+"/api/digest", "text/plain", body(t, mine(printedPayroll())))
		if a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("not JSON", func(t *testing.T) {
		if a := do(t, browser(), "POST", r.manage+"/api/digest", "application/json", "{"); a.status != 400 || !strings.Contains(a.body, "JSON") {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("of an unknown company", func(t *testing.T) {
		if a := do(t, browser(), "POST", r.manage+"/api/digest", "application/json", body(t, printedPayroll())); a.status != 400 {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}
