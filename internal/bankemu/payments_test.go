package bankemu_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankemu"
)

// draftOf posts one of the three invoices and gives the answer's fields.
func (r *rig) draftOf(t *testing.T, path, token string, o object) map[string]any {
	t.Helper()
	a := r.post(path, token, body(t, o))
	if a.status != 201 {
		t.Fatalf("%s: status %d: %s", path, a.status, a.body)
	}
	return a.json(t)
}

// payer are the answer's fields that the bank fills by itself, for ИП «Соколов».
var payer = map[string]any{"payerAccount": "40802810638003000101", "payerBankBic": bankemu.MerchantBIC, "payerBankCorrAccount": bankemu.MerchantCorrAccount,
	"payerInn": "990102011726", "payerKpp": "0", "payerName": "ИП Соколов Илья Маркович", "bankStatus": "CREATED",
	"deliveryKind": "электронно", "operationCode": "01", "priority": "5", "urgencyCode": "NORMAL", "date": "2026-11-22"}

// What a signature adds to the Payment: the account it was signed for, and whose signature over what.
func TestPaymentSigned(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-director").Access
	const second = "40702810638002001418"
	signed := func() (certificate, value any) {
		t.Helper()
		id := newID()
		if m := r.draftOf(t, pathInvoice, tok, invoice(id)); m["payerAccount"] == second || m["digestSignatures"] != nil {
			t.Fatalf("draft: %v", m)
		}
		r.control("POST", "/api/documents/"+id+"/sign", `{"person":"romashka-director","account":"`+second+`"}`)
		m := r.get("/fintech/api/v1/payments/"+id, tok).json(t)
		if m["payerAccount"] != second {
			t.Errorf("payerAccount %v", m["payerAccount"])
		}
		of := m["digestSignatures"].([]any)[0].(map[string]any)
		return of["certificateUuid"], of["base64Encoded"]
	}
	certificate, value := signed()
	again, other := signed()
	if certificate != again || value == other {
		t.Errorf("certificates %v, %v; signatures %v, %v", certificate, again, value, other)
	}
}

// The Payment of a 201 answer, every field that applies and no other.
func TestPaymentAnswer(t *testing.T) {
	r := payRig(t)
	tok := r.signInFor("sokolov", allScopes)
	payee := map[string]any{"payeeAccount": bankemu.MerchantAccount, "payeeBankBic": bankemu.MerchantBIC, "payeeBankCorrAccount": bankemu.MerchantCorrAccount,
		"payeeInn": bankemu.MerchantINN, "payeeKpp": bankemu.MerchantKPP, "payeeName": bankemu.MerchantName}
	taxed := map[string]any{"amount": 12200.0, "purpose": invoice("")["purpose"], "vat": map[string]any{"type": "INCLUDED", "rate": "22", "amount": 2200.0}}
	budget := budgetInvoice(newID())
	tax := map[string]any{"amount": 15000.0, "purpose": "Единый налоговый платёж", "vat": map[string]any{"type": "NO_VAT", "rate": "0", "amount": 0.0},
		"departmentalInfo": budget["departmentalInfo"]}
	for _, name := range []string{"payeeAccount", "payeeBankBic", "payeeBankCorrAccount", "payeeInn", "payeeKpp", "payeeName"} {
		tax[name] = budget[name]
	}
	for _, c := range []struct {
		name, path string
		sent       object
		want       []map[string]any
	}{
		{"from-invoice", pathSber, sberInvoice(newID()), []map[string]any{payer, payee, taxed}},
		{"from-invoice-any", pathInvoice, invoice(newID()), []map[string]any{payer, payee, taxed}},
		{"from-invoice-budget", pathBudget, budget, []map[string]any{payer, tax}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := r.draftOf(t, c.path, tok.Access, c.sent)
			want := map[string]any{"externalId": c.sent["externalId"], "number": got["number"], "crucialFieldsHash": got["crucialFieldsHash"]}
			for _, part := range c.want {
				maps.Copy(want, part)
			}
			g, w := body(t, got), body(t, want)
			if g != w {
				t.Errorf("answer\n%s, want\n%s", g, w)
			}
			if len(got["crucialFieldsHash"].(string)) != 64 || len(got["number"].(string)) > 6 {
				t.Errorf("hash or number: %s", g)
			}
			if again := r.get("/fintech/api/v1/payments/"+c.sent["externalId"].(string), tok.Access).json(t); body(t, again) != g {
				t.Errorf("payments/{externalId} differs: %s", body(t, again))
			}
		})
	}
}

func TestOptionalFieldsInTheAnswer(t *testing.T) {
	r := payRig(t)
	tok := r.signInFor("sokolov", allScopes)
	for path, good := range map[string]func(string) object{pathSber: sberInvoice, pathBudget: budgetInvoice, pathInvoice: invoice} {
		for i, name := range []string{"INTERNAL", "INTERNAL_NOTIF", "OFFHOURS", "BESP", "NORMAL"} {
			o := good(newID())
			o["paymentNumber"], o["priority"], o["deliveryKind"], o["urgencyCode"] = "42", "5", "срочно", strconv.Itoa(i)
			got := r.draftOf(t, path, tok.Access, o)
			for field, want := range map[string]string{"number": "42", "priority": "5", "deliveryKind": "срочно", "urgencyCode": name} {
				if got[field] != want {
					t.Errorf("%s: %s: %v, want %s", path, field, got[field], want)
				}
			}
			o = good(newID())
			o["deliveryKind"] = "0"
			if zero := r.draftOf(t, path, tok.Access, o); zero["deliveryKind"] != "электронно" {
				t.Errorf("%s: delivery kind 0: %v", path, zero["deliveryKind"])
			}
		}
	}
	fourth := invoice(newID())
	fourth["priority"] = "4"
	if got := r.draftOf(t, pathInvoice, tok.Access, fourth); got["priority"] != "4" {
		t.Errorf("priority: %v", got["priority"])
	}
	id := fourth["externalId"].(string)
	r.control("POST", "/api/documents/"+id+"/sign", "")
	signed := r.get("/fintech/api/v1/payments/"+id, tok.Access).json(t)["digestSignatures"].([]any)[0].(map[string]any)
	if signed["base64Encoded"] == "" || len(signed["certificateUuid"].(string)) != 36 {
		t.Errorf("signature: %v", signed)
	}
	r.control("POST", "/api/documents/"+id+"/route", `{"route":"refused-by-abs"}`)
	r.advance(time.Minute)
	if m := r.get("/fintech/api/v1/payments/"+id, tok.Access).json(t); m["bankStatus"] != "REFUSEDBYABS" || m["bankComment"] == nil {
		t.Errorf("comment: %v", m)
	}
}

// fault is what every error of the family has.
func fault(t *testing.T, a answer, status int, cause, message string) {
	t.Helper()
	m := a.json(t)
	if a.status != status || m["cause"] != cause || m["message"] != message || len(m["referenceId"].(string)) != 36 {
		t.Errorf("want %d %s «%s», got %d: %s", status, cause, message, a.status, a.body)
	}
}

const (
	noAccess  = "Операция не может быть выполнена: доступ к ресурсу запрещен"
	duplicate = "Документ с таким externalId уже существует в системе"
)

// «Коды возврата» of the five calls.
func TestPaymentFaults(t *testing.T) {
	r := payRig(t)
	tok := r.signInFor("sokolov", allScopes)
	id := newID()
	r.draftOf(t, pathInvoice, tok.Access, invoice(id))
	requested := newID()
	if a := r.post(pathRequest, r.signIn("romashka-buyer").Access, body(t, creditRequest(requested))); a.status != 201 {
		t.Fatalf("credit request: %d %s", a.status, a.body)
	}
	calls := []struct {
		name, path string
		good       func(string) object // nil = a GET
	}{
		{"from-invoice", pathSber, sberInvoice},
		{"from-invoice-any", pathInvoice, invoice},
		{"from-invoice-budget", pathBudget, budgetInvoice},
		{"state", "/fintech/api/v1/payments/" + id + "/state", nil},
		{"payment", "/fintech/api/v1/payments/" + id, nil},
	}
	for _, c := range calls {
		send := func(token string) answer {
			if c.good == nil {
				return r.get(c.path, token)
			}
			return r.post(c.path, token, body(t, c.good(newID())))
		}
		t.Run(c.name, func(t *testing.T) {
			method := map[bool]string{true: "GET", false: "POST"}[c.good == nil]
			sent := ""
			if c.good != nil {
				sent = body(t, c.good(newID()))
			}
			if a := do(t, http.DefaultClient, method, r.bank+c.path, "application/json", sent, "Authorization", tok.Access); a.status > 201 {
				t.Errorf("bare token: status %d: %s", a.status, a.body)
			}
			gone := strings.Repeat("x", 38)
			fault(t, send(gone), 401, "UNAUTHORIZED", "accessToken not found by value ="+gone)
			fault(t, send(r.signInFor("sokolov", "openid GET_CREDIT_OFFERS").Access), 403, "ACTION_ACCESS_EXCEPTION", noAccess)
			for status, cause := range map[int]string{429: "TOO_MANY_REQUESTS", 500: "UNKNOWN_EXCEPTION", 503: "UNAVAILABLE_RESOURCE_EXCEPTION"} {
				r.control("POST", "/api/faults", body(t, object{"method": method, "path": c.path, "kind": "status", "status": status, "times": 1}))
				if a := send(tok.Access); a.status != status || a.json(t)["cause"] != cause || a.json(t)["referenceId"] == nil {
					t.Errorf("fault %d: status %d: %s", status, a.status, a.body)
				}
			}
			if c.good == nil {
				return
			}
			o := c.good(newID())
			o["amount"] = "1"
			fault(t, r.post(c.path, tok.Access, body(t, o)), 400, garbled, "Неверный формат запроса")
			delete(o, "amount")
			fault(t, r.post(c.path, tok.Access, body(t, o)), 400, invalid, "Ошибка валидации")
			fault(t, r.post(c.path, tok.Access, body(t, c.good(id))), 400, flow, duplicate)
			fault(t, r.post(c.path, tok.Access, body(t, c.good(requested))), 400, flow, duplicate)
		})
	}
	fault(t, r.get("/fintech/api/v1/payments/"+newID()+"/state", tok.Access), 404, "DATA_NOT_FOUND", "Документ не найден")
	fault(t, r.get("/fintech/api/v1/payments/"+newID(), tok.Access), 404, "DATA_NOT_FOUND", "Документ не найден")
}

func TestReadingByAWrongID(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	for _, tail := range []string{"", "/state"} {
		fault(t, r.get("/fintech/api/v1/payments/17"+tail, tok.Access), 400, garbled, "Неверный формат запроса")
		a := r.get("/fintech/api/v1/payments/"+strings.ToUpper(newID())+tail, tok.Access)
		fault(t, a, 400, invalid, "Ошибка валидации")
		if !slices.Contains(named(a.json(t), invalid), "externalId") {
			t.Errorf("not named: %s", a.body)
		}
	}
	// A GET needs no body and minds none, nor parameters nobody documented.
	if a := r.get("/fintech/api/v1/payments/"+r.draft(tok, nil)+"/state?curFormat=undefined&page=", tok.Access); a.status != 200 {
		t.Errorf("junk in the query: %s", a.body)
	}
}

// The operations of «Scope»: who may make what, and that any of the four may read.
func TestPaymentScopes(t *testing.T) {
	r := payRig(t)
	id := newID()
	r.draftOf(t, pathInvoice, r.signInFor("sokolov", allScopes).Access, invoice(id))
	makers := map[string]string{"PAY_DOC_RU_INVOICE": pathSber, "PAY_DOC_RU_INVOICE_ANY": pathInvoice, "PAY_DOC_RU_INVOICE_BUDGET": pathBudget, "PAY_DOC_RU": ""}
	models := map[string]func(string) object{pathSber: sberInvoice, pathInvoice: invoice, pathBudget: budgetInvoice}
	for scope, own := range makers {
		t.Run(scope, func(t *testing.T) {
			tok := r.signInFor("sokolov", "openid "+scope)
			for path, good := range models {
				want := 403
				if path == own {
					want = 201
				}
				if a := r.post(path, tok.Access, body(t, good(newID()))); a.status != want {
					t.Errorf("%s: status %d, want %d: %s", path, a.status, want, a.body)
				}
			}
			for _, tail := range []string{"", "/state"} {
				if a := r.get("/fintech/api/v1/payments/"+id+tail, tok.Access); a.status != 200 {
					t.Errorf("read%s: status %d", tail, a.status)
				}
			}
		})
	}
}

// Faults that need a company the shipped scenario does not have.
func TestPayerIsNotIdentified(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*bankemu.Company)
		message string
	}{
		"no account":                           {func(co *bankemu.Company) { co.Accounts = nil }, "Невозможно идентифицировать организацию плательщика"},
		"corr account of another bank at home": {func(co *bankemu.Company) { co.Accounts[0].Corr = "30101810400000000974" }, "Невозможно идентифицировать банк плательщика по указанным номеру БИК и корреспондентскому счету"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRigWith(t, func(cfg *bankemu.Config) {
				cfg.Clients[0].Scope = allScopes
				cfg.Scenario = bankemu.DefaultScenario()
				for i := range cfg.Scenario.Companies {
					if co := &cfg.Scenario.Companies[i]; co.ID == "sokolov" {
						c.change(co)
					}
				}
			})
			tok := r.signInFor("sokolov", allScopes)
			for path, good := range map[string]func(string) object{pathSber: sberInvoice, pathInvoice: invoice, pathBudget: budgetInvoice} {
				fault(t, r.post(path, tok.Access, body(t, good(newID()))), 400, flow, c.message)
			}
		})
	}
}

// A ResourceFault names each wrong field once, with all its checks and the warnings beside them.
func TestResourceFault(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	o := invoice(newID())
	o["amount"], o["priority"], o["creditContractNumber"] = num("1"), "9", "5-2026/777"
	a := r.post(pathInvoice, tok.Access, body(t, o))
	var got struct {
		Cause, ReferenceID, Message string
		Checks                      []struct {
			Level, Message string
			Fields         []string
		}
		FieldNames []string
	}
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatal(err)
	}
	levels := map[string]int{}
	for _, c := range got.Checks {
		levels[c.Level]++
		if c.Message == "" || len(c.Fields) != 1 {
			t.Errorf("check: %+v", c)
		}
	}
	if levels["ERROR"] != 2 || levels["WARNING"] != 1 || !slices.Equal(got.FieldNames, []string{"amount", "priority"}) {
		t.Errorf("fault: %s", a.body)
	}
	if ct := a.header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") || a.status != http.StatusBadRequest {
		t.Errorf("%d %s", a.status, ct)
	}
}

// The Invoice model names no bank, but the payee's account may have a correspondent account of another one.
func TestPayeeBankIsNotIdentified(t *testing.T) {
	r := newRigWith(t, func(cfg *bankemu.Config) {
		cfg.Clients[0].Scope = allScopes
		cfg.Scenario = bankemu.DefaultScenario()
		cfg.Scenario.Companies[0].Accounts[0].Corr = "30101810400000000974"
	})
	a := r.post(pathSber, r.signInFor("sokolov", allScopes).Access, body(t, sberInvoice(newID())))
	fault(t, a, 400, flow, "Невозможно идентифицировать банк получателя по указанным номеру БИК и корреспондентскому счету")
}
