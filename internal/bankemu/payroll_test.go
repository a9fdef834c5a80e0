package bankemu_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankemu"
)

const pathPayrolls = "/fintech/api/v1/payrolls"

// payrollRig is a bank whose one client may send salary registers of the company with this INN, and a token of its person.
func payrollRig(t testing.TB, inn, person string) (*rig, string) {
	t.Helper()
	scope := bankemu.DefaultScope + " PAYROLL"
	r := newRigWith(t, func(cfg *bankemu.Config) { cfg.Clients[0].Scope, cfg.Clients[0].OwnINN = scope, inn })
	return r, r.signInFor(person, scope).Access
}

// signInFor is signIn with a scope of one's own.
func (r *rig) signInFor(person, scope string) pair {
	r.t.Helper()
	q := r.authorize(browser(), r.bank, person, func(q url.Values) { q.Set("scope", scope) })
	return readPair(r.t, r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {callback}}))
}

func merchantPayrolls(t testing.TB) (*rig, string) {
	t.Helper()
	return payrollRig(t, bankemu.MerchantINN, "merchant-manager")
}

func rub(sum string) object {
	return object{"amount": json.Number(sum), "currencyCode": "643", "currencyName": "RUB"}
}

// payroll is a register under the agreement with reservation.
func payroll(id string) object {
	return object{
		"account": bankemu.MerchantAccount, "admissionValue": "01", "amount": rub("10000.55"), "authPersonName": "Белова Ирина Олеговна",
		"authPersonTelfax": "+7(812)1234567", "bic": bankemu.MerchantBIC, "contractDate": "2019-02-04", "contractNumber": "46096",
		"date": "2026-11-22", "employeesNumber": 2, "externalId": id, "incomeTypeCode": "1", "month": "Ноябрь", "year": "2026",
		"orgName": bankemu.MerchantName, "orgTaxNumber": bankemu.MerchantINN,
		"employeeSalaries": []object{
			{"account": "42301810600000200001", "amount": rub("5000.50"), "firstName": "Иван", "lastName": "Иванов", "middleName": "Иванович", "withheldAmount": num("1010.01")},
			{"account": "42301810600000200002", "amount": rub("5000.05"), "firstName": "Петр", "lastName": "Петров"},
		},
	}
}

// unreserved is a register under the agreement without reservation: its money goes by a payment document.
func unreserved(id string) object {
	o := payroll(id)
	delete(o, "incomeTypeCode")
	o["contractNumber"], o["contractDate"] = "46097", "2019-02-05"
	o["payDocs"] = []object{{"amount": rub("10000.55"), "docDate": "2026-11-22", "incomeTypeCode": "1", "number": "1", "payeeAccount": "40702810828030026262",
		"payeeBic": bankemu.MerchantBIC, "payerAccount": bankemu.MerchantAccount, "payerBic": bankemu.MerchantBIC, "purpose": "Зачисление зарплаты"}}
	return o
}

func (r *rig) sendPayroll(token string, o object) string {
	r.t.Helper()
	if a := r.post(pathPayrolls, token, body(r.t, o)); a.status != 201 {
		r.t.Fatalf("status %d: %s", a.status, a.body)
	}
	return o["externalId"].(string)
}

func (r *rig) payrollState(id, token string) string {
	r.t.Helper()
	a := r.get(pathPayrolls+"/"+id+"/state", token)
	if a.status != 200 {
		return fmt.Sprint(a.status)
	}
	return a.json(r.t)["bankStatus"].(string)
}

func TestPayrollCalls(t *testing.T) {
	r, token := merchantPayrolls(t)
	o := payroll(newID())
	id := o["externalId"].(string)
	t.Run("create", func(t *testing.T) {
		a := r.post(pathPayrolls, token, body(t, o))
		m := a.json(t)
		if a.status != 201 || m["bankStatus"] != "CREATED" || m["externalId"] != id || m["number"] == "" {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if _, has := m["commissionInfo"]; has {
			t.Errorf("the commission of a draft: %s", a.body)
		}
		if got := m["employeeSalaries"].([]any)[0].(object)["withheldAmount"]; got != 1010.01 {
			t.Errorf("withheldAmount %v", got)
		}
	})
	t.Run("state", func(t *testing.T) {
		a := r.get(pathPayrolls+"/"+id+"/state", token)
		if a.status != 200 || a.body != `{"bankStatus":"CREATED","bankComment":null,"receiptStatus":"FINISHED"}` {
			t.Fatalf("%d %s", a.status, a.body)
		}
	})
	t.Run("full", func(t *testing.T) {
		r.control("POST", "/api/documents/"+id+"/sign", "")
		r.advance(time.Minute)
		m := r.get(pathPayrolls+"/"+id, token).json(t)
		first := m["employeeSalaries"].([]any)[0].(object)
		if m["bankStatus"] != "IMPLEMENTED" || first["result"] != "Зачислено" || m["digestSignatures"] == nil {
			t.Fatalf("%v", m)
		}
		if info := m["commissionInfo"].(object); info["actualSum"] != 100.01 || info["estimatedRate"] != 1.0 || info["invoiceDate"] != "2026-11-22" {
			t.Errorf("commissionInfo %v", info)
		}
	})
	t.Run("signed in control", func(t *testing.T) {
		if m := r.control("GET", "/api/documents/"+id, "").json(t); m["payroll"].(object)["kind"] != "payroll" {
			t.Errorf("%v", m)
		}
		if list := r.control("GET", "/api/documents", "").body; !strings.Contains(list, id) {
			t.Error("not in the list")
		}
	})
	t.Run("without reservation", func(t *testing.T) {
		if m := r.get(pathPayrolls+"/"+r.sendPayroll(token, unreserved(newID())), token).json(t); len(m["payDocs"].([]any)) != 1 {
			t.Errorf("%v", m)
		}
	})
	t.Run("commission comes later", func(t *testing.T) {
		id := r.sendPayroll(token, payroll(newID()))
		r.control("POST", "/api/documents/"+id+"/sign", "")
		if info := r.get(pathPayrolls+"/"+id, token).json(t)["commissionInfo"]; info != nil {
			t.Errorf("at once: %v", info)
		}
		r.advance(2 * time.Second)
		if info := r.get(pathPayrolls+"/"+id, token).json(t)["commissionInfo"].(object); info["estimatedSum"] != 100.01 || info["actualSum"] != nil {
			t.Errorf("on the way: %v", info)
		}
	})
}

func employee(i int, key string, value any) func(object) {
	return func(o object) { o["employeeSalaries"].([]object)[i][key] = value }
}

func payDoc(key string, value any) func(object) {
	return func(o object) { o["payDocs"].([]object)[0][key] = value }
}

func absent(key string) func(object) {
	return func(o object) {
		child, leaf, nested := strings.Cut(key, ".")
		switch v := o[child].(type) {
		case []object:
			delete(v[0], leaf)
		case object:
			delete(v, leaf)
		default:
			if nested {
				panic(key)
			}
		}
		if !nested {
			delete(o, child)
		}
	}
}

func both(a, b func(object)) func(object) { return func(o object) { a(o); b(o) } }

func longer(n int) string { return strings.Repeat("я", n) }

func TestPayrollRequired(t *testing.T) {
	r, token := merchantPayrolls(t)
	var rules []rule
	for _, f := range []string{"admissionValue", "amount", "amount.amount", "amount.currencyCode", "amount.currencyName", "bic", "contractDate", "contractNumber",
		"date", "employeesNumber", "externalId", "month", "orgName", "orgTaxNumber", "year",
		"employeeSalaries.account", "employeeSalaries.amount", "employeeSalaries.firstName", "employeeSalaries.lastName"} {
		rules = append(rules, rule{f, absent(f), invalid, strings.Replace(f, "employeeSalaries.", "employeeSalaries[0].", 1)})
	}
	checkRules(t, r, pathPayrolls, token, payroll, rules)
	rules = nil
	for _, f := range []string{"payDocs.amount", "payDocs.docDate", "payDocs.number", "payDocs.payeeAccount", "payDocs.payeeBic", "payDocs.payerAccount", "payDocs.payerBic", "payDocs.purpose"} {
		rules = append(rules, rule{f, absent(f), invalid, strings.Replace(f, "payDocs.", "payDocs[0].", 1)})
	}
	checkRules(t, r, pathPayrolls, token, unreserved, rules)
}

func TestPayrollOptional(t *testing.T) {
	r, token := merchantPayrolls(t)
	var rules []rule
	for _, f := range []string{"account", "authPersonName", "authPersonTelfax", "incomeTypeCode", "number", "digestSignatures", "loanAmount", "loanDate", "loanNumber",
		"employeeSalaries", "employeeSalaries.bic", "employeeSalaries.middleName", "employeeSalaries.withheldAmount"} {
		rules = append(rules, rule{f, absent(f), "", ""})
	}
	for _, f := range []string{"account", "authPersonName", "incomeTypeCode", "number", "loanDate", "loanNumber"} {
		for _, junk := range []string{"", "undefined", "null"} {
			rules = append(rules, rule{f + " " + strconv.Quote(junk), set(f, junk), "", ""})
		}
	}
	rules = append(rules, rule{"employeeSalaries.bic undefined", employee(0, "bic", "undefined"), "", ""})
	checkRules(t, r, pathPayrolls, token, payroll, rules)
	checkRules(t, r, pathPayrolls, token, unreserved, []rule{{"payDocs", absent("payDocs"), "", ""}, {"payDocs.incomeTypeCode", absent("payDocs.incomeTypeCode"), "", ""}})
}

func TestPayrollRules(t *testing.T) {
	r, token := merchantPayrolls(t)
	checkRules(t, r, pathPayrolls, token, payroll, append(payrollFormats(), payrollEmployeeRules()...))
}

func payrollFormats() []rule {
	return []rule{
		{"account of 20 digits", set("account", "4070281013800100010"), invalid, "account"},
		{"account of another", set("account", "40702810338001001418"), flow, "Для внешнего сервиса недоступны операции по счету: 40702810338001001418"},
		{"admissionValue of two digits", set("admissionValue", "1"), invalid, "admissionValue"},
		{"admissionValue of the agreement", set("admissionValue", "77"), invalid, "admissionValue"},
		{"admissionValue is text", set("admissionValue", 1), garbled, "admissionValue"},
		{"amount quoted", in("amount", "amount", "10000.55"), "", ""},
		{"amount with one decimal", in("amount", "amount", num("10000.5")), invalid, "amount.amount"},
		{"amount is not a sum", in("amount", "amount", true), garbled, "amount.amount"},
		{"amount of 0.00", in("amount", "amount", num("0.00")), invalid, "amount.amount"},
		{"amount is an object", set("amount", num("1.00")), garbled, "amount"},
		{"currencyCode of three digits", in("amount", "currencyCode", "RU"), invalid, "amount.currencyCode"},
		{"currencyCode 810", in("amount", "currencyCode", "810"), "", ""},
		{"currencyCode of another currency", in("amount", "currencyCode", "840"), invalid, "amount.currencyCode"},
		{"currencyName of three letters", in("amount", "currencyName", "RUBL"), invalid, "amount.currencyName"},
		{"currencyName of another currency", in("amount", "currencyName", "USD"), invalid, "amount.currencyName"},
		{"authPersonName of 60", set("authPersonName", longer(60)), "", ""},
		{"authPersonName over 60", set("authPersonName", longer(61)), invalid, "authPersonName"},
		{"authPersonTelfax over 40", set("authPersonTelfax", longer(41)), invalid, "authPersonTelfax"},
		{"bankComment is read only", set("bankComment", "string"), "", ""},
		{"bankStatus is read only", set("bankStatus", "IMPLEMENTED"), "", ""},
		{"commissionInfo is read only", set("commissionInfo", object{"actualRate": "1.01"}), "", ""},
		{"bic of nine digits", set("bic", "04452522"), invalid, "bic"},
		{"bic of the account", set("bic", "044525974"), invalid, "bic"},
		{"contractDate is a date", set("contractDate", "04.02.2019"), invalid, "contractDate"},
		{"contractNumber is known", set("contractNumber", "1"), invalid, "contractNumber"},
		{"contractDate is that of the contract", set("contractDate", "2019-02-05"), invalid, "contractNumber"},
		{"date is a date", set("date", "2026-13-01"), invalid, "date"},
		{"employeesNumber is an integer", set("employeesNumber", num("2.5")), invalid, "employeesNumber"},
		{"employeesNumber is not text", set("employeesNumber", "2"), garbled, "employeesNumber"},
		{"employeesNumber of 0", set("employeesNumber", 0), invalid, "employeesNumber"},
		{"employeesNumber is that of the list", set("employeesNumber", 254), invalid, "employeesNumber"},
		{"externalId is a UUID", set("externalId", "A1024"), invalid, "externalId"},
		{"incomeTypeCode 3", set("incomeTypeCode", "3"), "", ""},
		{"incomeTypeCode 4", set("incomeTypeCode", "4"), invalid, "incomeTypeCode"},
		{"loan", func(o object) { o["loanAmount"], o["loanDate"], o["loanNumber"] = rub("1000.00"), "2019-03-04", "155" }, "", ""},
		{"loanAmount is an amount", set("loanAmount", object{"amount": num("1.00")}), invalid, "loanAmount.currencyCode"},
		{"loanDate is a date", set("loanDate", "04.03.2019"), invalid, "loanDate"},
		{"loanNumber is text", set("loanNumber", 155), garbled, "loanNumber"},
		{"month is a name", set("month", "11"), invalid, "month"},
		{"number is text", set("number", 1), garbled, "number"},
		{"number over 20", set("number", longer(21)), invalid, "number"},
		{"orgName over 160", set("orgName", longer(161)), invalid, "orgName"},
		{"orgTaxNumber of the company", set("orgTaxNumber", "9901011389"), invalid, "orgTaxNumber"},
		{"year of four digits", set("year", "26"), invalid, "year"},
		{"payDocs with reservation", set("payDocs", unreserved("")["payDocs"]), invalid, "payDocs"},
		{"unknown fields are tolerated", set("color", "red"), "", ""},
		{"three signatures", set("digestSignatures", []object{{}, {}, {}}), invalid, "digestSignatures"},
		{"base64Encoded is Base64", set("digestSignatures", []object{{"base64Encoded": "?", "certificateUuid": newID()}}), invalid, "digestSignatures[0].base64Encoded"},
		{"base64Encoded is required", set("digestSignatures", []object{{"certificateUuid": newID()}}), invalid, "digestSignatures[0].base64Encoded"},
		{"certificateUuid is required", set("digestSignatures", []object{{"base64Encoded": "AAAA"}}), invalid, "digestSignatures[0].certificateUuid"},
		{"certificateUuid is a UUID", set("digestSignatures", []object{{"base64Encoded": "AAAA", "certificateUuid": "1"}}), invalid, "digestSignatures[0].certificateUuid"},
	}
}

func payrollEmployeeRules() []rule {
	elsewhere := both(employee(0, "bic", "044525974"), employee(0, "account", "40817810200000000018"))
	return []rule{
		{"employee account of 20 digits", employee(0, "account", "1"), invalid, "employeeSalaries[0].account"},
		{"employee sums make the total", employee(0, "amount", rub("5000.51")), invalid, "amount.amount"},
		{"employee currency of another", employee(1, "amount", object{"amount": num("5000.05"), "currencyCode": "643", "currencyName": "EUR"}), invalid, "employeeSalaries[1].amount.currencyName"},
		{"employee bic is Sber's", employee(0, "bic", bankemu.MerchantBIC), "", ""},
		{"employee bic of nine digits", employee(0, "bic", "1"), invalid, "employeeSalaries[0].bic"},
		{"employee bic of another bank", elsewhere, "", ""},
		{"employee account does not fit another bank", employee(0, "bic", "044525974"), invalid, "employeeSalaries[0].account"},
		{"employee firstName is text", employee(0, "firstName", 1), garbled, "employeeSalaries[0].firstName"},
		{"employee lastName over 100", employee(0, "lastName", longer(101)), invalid, "employeeSalaries[0].lastName"},
		{"employee middleName over 100", employee(0, "middleName", longer(101)), invalid, "employeeSalaries[0].middleName"},
		{"employee withheldAmount quoted", employee(0, "withheldAmount", "1010.01"), "", ""},
		{"employee withheldAmount with one decimal", employee(0, "withheldAmount", num("1.0")), invalid, "employeeSalaries[0].withheldAmount"},
		{"employee result is read only", employee(0, "result", "string"), "", ""},
		{"employee bankMessage is read only", employee(0, "bankMessage", "string"), "", ""},
		{"employee receiptStatus is the bank's", employee(0, "receiptStatus", "string"), "", ""},
		{"employee receiptResult is the bank's", employee(0, "receiptResult", "string"), "", ""},
		{"employeeSalaries is a list", set("employeeSalaries", object{}), garbled, "employeeSalaries"},
	}
}

func TestPayrollPayDocRules(t *testing.T) {
	r, token := merchantPayrolls(t)
	rules := []rule{
		{"amounts make the total", payDoc("amount", rub("10000.54")), invalid, "payDocs"},
		{"amount is an amount", payDoc("amount", object{"currencyCode": "643", "currencyName": "RUB"}), invalid, "payDocs[0].amount.amount"},
		{"docDate is a date", payDoc("docDate", "22.11.2026"), invalid, "payDocs[0].docDate"},
		{"incomeTypeCode at the top too", set("incomeTypeCode", "2"), "", ""},
		{"number over 20", payDoc("number", longer(21)), invalid, "payDocs[0].number"},
		{"incomeTypeCode 0", payDoc("incomeTypeCode", "0"), invalid, "payDocs[0].incomeTypeCode"},
		{"payeeAccount of 20 digits", payDoc("payeeAccount", "1"), invalid, "payDocs[0].payeeAccount"},
		{"payeeBic of nine digits", payDoc("payeeBic", "1"), invalid, "payDocs[0].payeeBic"},
		{"payerAccount of 20 digits", payDoc("payerAccount", "1"), invalid, "payDocs[0].payerAccount"},
		{"payerAccount of another", payDoc("payerAccount", "40702810338001001418"), flow, "Для внешнего сервиса недоступны операции по счету: 40702810338001001418"},
		{"payerBic of nine digits", payDoc("payerBic", bankemu.MerchantAccount), invalid, "payDocs[0].payerBic"},
		{"purpose over 210", payDoc("purpose", longer(211)), invalid, "payDocs[0].purpose"},
		{"another bank's bic without reservation", employee(0, "bic", "044525974"), invalid, "employeeSalaries[0].bic"},
	}
	checkRules(t, r, pathPayrolls, token, unreserved, rules)
}

// What the bank says of itself is its own, whatever was sent.
func TestPayrollReadOnlyFields(t *testing.T) {
	r, token := merchantPayrolls(t)
	o := payroll(newID())
	for key, value := range map[string]any{"bankStatus": "IMPLEMENTED", "bankComment": "sent", "commissionInfo": object{"actualSum": "1.01"}} {
		o[key] = value
	}
	for _, key := range []string{"result", "bankMessage", "receiptStatus", "receiptResult"} {
		employee(0, key, "sent")(o)
	}
	a := r.post(pathPayrolls, token, body(t, o))
	if a.status != 201 || strings.Contains(a.body, "sent") || strings.Contains(a.body, "commissionInfo") || a.json(t)["bankStatus"] != "CREATED" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestPayrollRefusals(t *testing.T) {
	r, token := merchantPayrolls(t)
	id := r.sendPayroll(token, payroll(newID()))
	numbered := func(number, date string) object {
		o := payroll(newID())
		o["number"], o["date"] = number, date
		return o
	}
	r.sendPayroll(token, numbered("77", "2026-11-22"))
	outsider := r.signInFor("romashka-director", bankemu.DefaultScope+" PAYROLL").Access
	noScope := r.signIn("merchant-manager").Access
	send := func(token string, o object) answer { return r.post(pathPayrolls, token, body(t, o)) }
	for name, c := range map[string]struct {
		a       answer
		status  int
		cause   string
		message string
	}{
		"not JSON":                        {r.post(pathPayrolls, token, "{"), 400, garbled, "Неверный формат запроса"},
		"externalId again":                {send(token, payroll(id)), 400, flow, "Документ с таким externalId уже существует в системе"},
		"number again in the year":        {send(token, numbered("77", "2026-01-15")), 400, flow, "Документ с такими реквизитами уже существует"},
		"unknown token":                   {send(strings.Repeat("x", 38), payroll(newID())), 401, "UNAUTHORIZED", "accessToken not found by value =" + strings.Repeat("x", 38)},
		"no PAYROLL in the scope":         {send(noScope, payroll(newID())), 403, "ACTION_ACCESS_EXCEPTION", "Операция не может быть выполнена: доступ к ресурсу запрещен"},
		"no PAYROLL in the scope, state":  {r.get(pathPayrolls+"/"+id+"/state", noScope), 403, "ACTION_ACCESS_EXCEPTION", "Операция не может быть выполнена: доступ к ресурсу запрещен"},
		"a token of another organisation": {send(outsider, payroll(newID())), 403, "ACTION_ACCESS_EXCEPTION", "Операция не может быть выполнена: доступ к ресурсу запрещен"},
		"another organisation's document": {r.get(pathPayrolls+"/"+id, outsider), 404, "DATA_NOT_FOUND", "Документ не найден"},
		"unknown document":                {r.get(pathPayrolls+"/"+newID(), token), 404, "DATA_NOT_FOUND", "Документ не найден"},
		"state of an unknown document":    {r.get(pathPayrolls+"/"+newID()+"/state", token), 404, "DATA_NOT_FOUND", "Документ не найден"},
		"number again in another year":    {send(token, numbered("77", "2027-01-01")), 201, "", ""},
		"certificate nobody has":          {send(token, withSignature(payroll(newID()), "AAAA", newID())), 400, signFault, "Сертификат не обнаружен или не является активным"},
	} {
		t.Run(name, func(t *testing.T) {
			m := c.a.json(t)
			if c.a.status != c.status || c.cause != "" && (m["cause"] != c.cause || m["message"] != c.message || m["referenceId"] == "") {
				t.Errorf("%d %s", c.a.status, c.a.body)
			}
		})
	}
	for name, status := range map[string]int{"500 UNKNOWN_EXCEPTION": 500, "503 UNAVAILABLE_RESOURCE_EXCEPTION": 503} {
		t.Run(name, func(t *testing.T) {
			r.control("POST", "/api/faults", fmt.Sprintf(`{"path":%q,"kind":"status","status":%d,"times":1}`, pathPayrolls, status))
			a := send(token, payroll(newID()))
			if _, cause, _ := strings.Cut(name, " "); a.status != status || a.json(t)["cause"] != cause {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

const signFault = "SIGN_CHECK_EXCEPTION"

func withSignature(o object, base64, certificate string) object {
	list, _ := o["digestSignatures"].([]object)
	o["digestSignatures"] = append(list, object{"base64Encoded": base64, "certificateUuid": certificate})
	return o
}

func TestPayrollWithoutAccounts(t *testing.T) {
	poor := bankemu.DefaultScenario()
	poor.Companies[0].Accounts = nil
	scope := bankemu.DefaultScope + " PAYROLL"
	r := newRigWith(t, func(cfg *bankemu.Config) { cfg.Scenario, cfg.Clients[0].Scope = poor, scope })
	a := r.post(pathPayrolls, r.signInFor("merchant-manager", scope).Access, body(t, payroll(newID())))
	if m := a.json(t); a.status != 400 || m["cause"] != flow || m["message"] != "Отсутствует доступный открытый рублевый расчетный счет у организации плательщика" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// FuzzPayroll: whatever is sent, the bank answers 201 or 400 with a documented cause, and never breaks.
func FuzzPayroll(f *testing.F) {
	for _, o := range []object{payroll(newID()), unreserved(newID()), withSignature(payroll(newID()), "AAAA", newID())} {
		f.Add(body(f, o))
	}
	f.Add(`{"amount":{"amount":"\u0031"},"employeeSalaries":[null,{"amount":null}],"payDocs":[{"amount":[]}],"digestSignatures":[{"base64Encoded":"="}]}`)
	f.Add(`{"date":"1-1-1","number":"","employeesNumber":99999999999999999999}`)
	r, token := merchantPayrolls(f)
	f.Fuzz(func(t *testing.T, sent string) {
		req := httptest.NewRequest(http.MethodPost, pathPayrolls, strings.NewReader(sent))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", token)
		rec := httptest.NewRecorder()
		r.direct.ServeHTTP(rec, req)
		if rec.Code == 201 {
			return
		}
		a := answer{rec.Code, rec.Header(), rec.Body.String()}
		if cause := a.json(t)["cause"]; a.status != 400 || (cause != invalid && cause != garbled && cause != flow && cause != signFault) {
			t.Errorf("status %d: %s", a.status, a.body)
		}
	})
}
