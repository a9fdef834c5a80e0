package bankemu_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

// fullRequest has every field of the CreditRequest model.
func fullRequest(id string) object {
	o := creditRequest(id)
	o["limitAmountMarketplace"] = num("1000.00")
	o["consent"] = object{"consent": "No", "consentText": "Согласен", "consentHash": sha256hex("Согласен"),
		"firstname": "Анна", "lastname": "Круглова", "middlename": "Сергеевна", "position": "Директор", "startDate": "2026-11-22"}
	o["marketplaceData"] = object{
		"commissions": []object{{"period": "10.2026", "logistic": num("1.00"), "stock": num("1.00"), "transaction": num("1.00")}},
		"sellings":    []object{{"period": "10-2026", "amount": num("5.00"), "fov": num("95.5"), "gmv": num("1.00"), "revenue": num("1.00"), "productDescription": "Насосы"}},
		"stock": object{"amount": num("5.00"), "assortiment": 5, "averagePrice": num("1.00"), "date": "2026-11-01", "duration": 30,
			"productDescription": "Насосы", "registrationDate": "2020-01-01", "warehousingModel": "FBO"},
	}
	return o
}

func sha256hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// nested bends a field of an object inside the request: "payeeInfo.payeeInn", "marketplaceData.sellings.0.fov".
func nested(path string, value any) func(object) {
	return func(o object) {
		parts := strings.Split(path, ".")
		for _, p := range parts[:len(parts)-1] {
			switch next := o[p].(type) {
			case object:
				o = next
			case []object:
				o = next[0]
			}
		}
		o[parts[len(parts)-1]] = value
	}
}

// at is how the bank names the field of nested.
func at(path string) string {
	return strings.NewReplacer("commissions.", "commissions[0].", "sellings.", "sellings[0].", "orderInfo.", "orderInfo[0].").Replace(path)
}

// Every required field of the model, at every depth.
func TestCreditRequired(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	var rules []rule
	for _, path := range []string{"account", "amount", "creditAmount", "creditTerm", "externalId", "negativeOrderUrl", "orderId", "orderUrl", "payeeInfo", "purpose",
		"consent.consent", "consent.consentHash", "consent.consentText", "consent.firstname", "consent.lastname", "consent.middlename", "consent.position",
		"consent.startDate", "payeeInfo.payeeBankBic", "payeeInfo.payeeCorrAcc", "payeeInfo.payeeInn", "payeeInfo.payeeKpp", "payeeInfo.payeeName",
		"marketplaceData.commissions.logistic", "marketplaceData.commissions.period", "marketplaceData.commissions.stock", "marketplaceData.commissions.transaction",
		"marketplaceData.sellings.amount", "marketplaceData.sellings.fov", "marketplaceData.sellings.gmv", "marketplaceData.sellings.period",
		"marketplaceData.sellings.productDescription", "marketplaceData.sellings.revenue", "marketplaceData.stock.amount", "marketplaceData.stock.assortiment",
		"marketplaceData.stock.averagePrice", "marketplaceData.stock.date", "marketplaceData.stock.duration", "marketplaceData.stock.productDescription",
		"marketplaceData.stock.registrationDate", "marketplaceData.stock.warehousingModel"} {
		rules = append(rules, rule{path, nested(path, nil), invalid, at(path)})
	}
	checkRules(t, r, pathRequest, tok.Access, fullRequest, rules)
}

// Every optional field may be absent; every field has its form.
func TestCreditForms(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	rules := []rule{{"all fields", func(object) {}, "", ""}}
	for _, path := range []string{"consent", "creditProductCode", "deliveryAmount", "limitAmountMarketplace", "marketplaceData", "orderInfo", "vatAmount",
		"marketplaceData.commissions", "marketplaceData.sellings", "marketplaceData.stock",
		"orderInfo.numOfPosition", "orderInfo.position", "orderInfo.price", "orderInfo.totalPrice"} {
		rules = append(rules, rule{path + " absent", nested(path, nil), "", ""})
	}
	for _, path := range []string{"deliveryAmount", "limitAmountMarketplace", "vatAmount", "orderInfo.price", "orderInfo.totalPrice", "creditAmount",
		"marketplaceData.commissions.logistic", "marketplaceData.commissions.stock", "marketplaceData.commissions.transaction",
		"marketplaceData.sellings.amount", "marketplaceData.sellings.gmv", "marketplaceData.sellings.revenue", "marketplaceData.stock.amount",
		"marketplaceData.stock.averagePrice"} {
		rules = append(rules, rule{path + " without kopecks", nested(path, num("5")), invalid, at(path)},
			rule{path + " as a text", nested(path, "5.00"), garbled, at(path)},
			rule{path + " of 17 digits", nested(path, num("12345678901234567.00")), invalid, at(path)})
	}
	for _, path := range []string{"marketplaceData.stock.assortiment", "marketplaceData.stock.duration", "orderInfo.numOfPosition"} {
		rules = append(rules, rule{path + " of 11 digits", nested(path, num("12345678901")), invalid, at(path)},
			rule{path + " with a fraction", nested(path, num("1.5")), invalid, at(path)})
	}
	for path, max := range map[string]int{"consent.firstname": 36, "consent.lastname": 36, "consent.middlename": 36, "consent.position": 36, "orderInfo.position": 100,
		"marketplaceData.sellings.productDescription": 800, "marketplaceData.stock.productDescription": 800, "marketplaceData.stock.warehousingModel": 64, "purpose": 120} {
		rules = append(rules, rule{path + " longest", nested(path, strings.Repeat("я", max)), "", ""},
			rule{path + " too long", nested(path, strings.Repeat("я", max+1)), invalid, at(path)})
	}
	for _, path := range []string{"consent.startDate", "marketplaceData.stock.date", "marketplaceData.stock.registrationDate"} {
		rules = append(rules, rule{path + " not ISO", nested(path, "22.11.2026"), invalid, at(path)}, rule{path + " of no day", nested(path, "2026-02-30"), invalid, at(path)})
	}
	for _, path := range []string{"marketplaceData.commissions.period", "marketplaceData.sellings.period"} {
		rules = append(rules, rule{path + " with a dot", nested(path, "10.2026"), "", ""}, rule{path + " with a dash", nested(path, "10-2026"), "", ""},
			rule{path + " of no month", nested(path, "13.2026"), invalid, at(path)})
	}
	rules = append(rules,
		rule{"account of 35 digits", set("account", strings.Repeat("1", 35)), invalid, "account"},
		rule{"creditTerm of 6 digits", set("creditTerm", 123456), invalid, "creditTerm"},
		rule{"fov of four digits", nested("marketplaceData.sellings.fov", num("1000.5")), invalid, at("marketplaceData.sellings.fov")},
		rule{"consentHash of 256 digits", nested("consent.consentHash", strings.Repeat("a", 256)), invalid, "consent.consentHash"},
		rule{"consent in Russian", nested("consent.consent", "Да"), invalid, "consent.consent"},
		rule{"INN of an alien", nested("payeeInfo.payeeInn", "12345"), "", ""}, rule{"INN zero", nested("payeeInfo.payeeInn", "0"), "", ""},
		rule{"orderInfo.position undefined", nested("orderInfo.position", "undefined"), "", ""}, rule{"creditProductCode undefined", set("creditProductCode", "undefined"), "", ""},
		rule{"KPP zero", nested("payeeInfo.payeeKpp", "0"), "", ""},
		rule{"payeeName with quotes", nested("payeeInfo.payeeName", `ООО "Ёлка"`), "", ""})
	checkRules(t, r, pathRequest, tok.Access, fullRequest, rules)
}

// What differs between the two modes.
func TestCreditDocumentedMode(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	larger := func(o object) { o["creditAmount"] = num("184500.01") }
	foreign := set("account", "40702810338001001418") // a right key, but romashka's
	r.control("POST", "/api/settings", `{"documented":true}`)
	checkRules(t, r, pathRequest, tok.Access, fullRequest, []rule{
		{"all fields by the printed rules", func(object) {}, "", ""},
		{"product code with a dash", set("creditProductCode", "MB-K-oo-226"), invalid, "creditProductCode"},
		{"empty product code", set("creditProductCode", ""), invalid, "creditProductCode"},
		{"credit larger than the order", larger, invalid, "creditAmount"},
		{"smaller order asks sumMin", func(o object) {
			o["amount"], o["creditAmount"] = num("9000.00"), num("20000.00")
			delete(o, "vatAmount")
		}, "", ""},
		{"smaller order asks more", func(o object) {
			o["amount"], o["creditAmount"] = num("9000.00"), num("20000.01")
			delete(o, "vatAmount")
		}, invalid, "creditAmount"},
		{"account of another company", foreign, flow, "Неизвестный счет получателя: 40702810338001001418"},
	})
	a := r.post(pathRequest, tok.Access, body(t, fullRequest(newID())))
	for _, name := range []string{"consent", "marketplaceData", "payeeInfo"} {
		if list, ok := a.json(t)[name].([]any); !ok || len(list) != 1 {
			t.Errorf("%s: the answer's table prints an array: %s", name, a.body)
		}
	}
	r.control("POST", "/api/settings", `{"documented":false}`)
	checkRules(t, r, pathRequest, tok.Access, fullRequest, []rule{
		{"lifelike: credit larger than the order", larger, "", ""},
		{"lifelike: account of another company", foreign, "", ""},
		{"lifelike: empty optional texts", func(o object) { o["creditProductCode"] = ""; nested("orderInfo.position", "")(o) }, "", ""},
	})
}

// Bodies that real integrations send.
func TestCreditRealClients(t *testing.T) {
	r := newRig(t)
	tok, own := r.signIn("romashka-buyer"), r.signIn("merchant-manager")
	checkRules(t, r, pathRequest, tok.Access, creditRequest, []rule{
		{"vat inside, as an online shop's PHP sends", func(o object) { delete(o, "vatAmount"); o["vat"] = object{"type": "NO_VAT"} }, "", ""},
		{"creditRequestUid empty, as a JS client sends", set("creditRequestUid", ""), "", ""},
	})
	if a := r.get(pathOffers+"?clientID="+clientID+"&lawForm="+url.QueryEscape("ООО")+"&version=2&q=", own.Access); a.status != 200 {
		t.Errorf("extra query parameters: %d", a.status)
	}
	byForm := pathOffers + "?lawForm=" + url.QueryEscape("ИП")
	if a := r.get(byForm, own.Access); a.status != 200 || !strings.Contains(a.body, "MBKip225") {
		t.Errorf("clientID absent: %d %s", a.status, a.body)
	}
	r.control("POST", "/api/settings", `{"documented":true}`)
	if a := r.get(byForm, own.Access); a.status != 204 {
		t.Errorf("clientID absent, documented: %d %s", a.status, a.body)
	}
}

func TestCreditWorkflowFaults(t *testing.T) {
	r := newRig(t)
	cases := []struct{ name, person, want string }{
		{"organisation not identified", "unidentified-head", "Невозможно идентифицировать организацию плательщика"},
		{"no account", "account-none-head", "Отсутствует доступный открытый рублевый расчетный счет у организации плательщика"},
		{"closed account", "account-closed-head", "Отсутствует доступный открытый рублевый расчетный счет у организации плательщика"},
		{"account not in the offer", "account-hidden-head", "Отсутствует доступный открытый рублевый расчетный счет у организации плательщика"},
		{"no rouble account", "account-currency-head", "Отсутствует доступный открытый рублевый расчетный счет у организации плательщика"},
		{"blocked first account", "account-blocked-head", ""},
		{"one of two in the offer", "account-some-hidden-head", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := r.post(pathRequest, r.signIn(c.person).Access, body(t, creditRequest(newID())))
			if c.want == "" && a.status == 201 {
				return
			}
			if m := a.json(t); a.status != 400 || m["cause"] != flow || m["message"] != c.want || m["referenceId"] == "" {
				t.Errorf("status %d: %s", a.status, a.body)
			}
		})
	}
}

// The Notices of 401, 403 and 500 on both calls.
func TestCreditNotices(t *testing.T) {
	r := newRig(t)
	q := r.authorize(browser(), r.bank, "romashka-buyer", func(q url.Values) { q.Set("scope", "openid inn") })
	poor := readPair(t, r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {callback}}))
	want := func(name string, a answer, status int, cause, message string) {
		t.Helper()
		if m := a.json(t); a.status != status || m["cause"] != cause || !strings.HasPrefix(m["message"].(string), message) || m["referenceId"] == "" {
			t.Errorf("%s: status %d: %s", name, a.status, a.body)
		}
	}
	refused := "Операция не может быть выполнена: доступ к ресурсу запрещен"
	want("requests without the scope", r.post(pathRequest, poor.Access, body(t, creditRequest(newID()))), 403, "ACTION_ACCESS_EXCEPTION", refused)
	want("offers without the scope", r.get(pathOffers, poor.Access), 403, "ACTION_ACCESS_EXCEPTION", refused)
	want("requests with an unknown token", r.post(pathRequest, "x", "{}"), 401, "UNAUTHORIZED", "accessToken not found by value =x")
	want("offers with an unknown token", r.get(pathOffers, "x"), 401, "UNAUTHORIZED", "accessToken not found by value =x")
	tok := r.signIn("romashka-director")
	r.control("POST", "/api/faults", `{"path":"/fintech/api/v1/credit-","kind":"status","status":500,"times":2}`)
	want("requests, 500", r.post(pathRequest, tok.Access, "{}"), 500, "UNKNOWN_EXCEPTION", "Внутренняя ошибка сервера")
	want("offers, 500", r.get(pathOffers, tok.Access), 500, "UNKNOWN_EXCEPTION", "Внутренняя ошибка сервера")
}

// The answer names what it must even when the request did not.
func TestCreditAnswer(t *testing.T) {
	r := newRig(t)
	o := creditRequest(newID())
	delete(o, "creditProductCode")
	delete(o, "deliveryAmount")
	a := r.post(pathRequest, r.signIn("romashka-buyer").Access, body(t, o))
	for _, part := range []string{`"creditProductCode":"MBKoo226"`, `"deliveryAmount":0.00`, `"amount":184500.00`, `"bankStatus":"RECEIVED"`, `"payeeInfo":{`} {
		if a.status != 201 || !strings.Contains(a.body, part) {
			t.Errorf("no %s: %d %s", part, a.status, a.body)
		}
	}
}

func TestCreditAnswerEchoes(t *testing.T) {
	r := newRig(t)
	sent := fullRequest(newID())
	got := r.post(pathRequest, r.signIn("romashka-buyer").Access, body(t, sent)).json(t)
	for _, name := range []string{"account", "amount", "creditAmount", "creditTerm", "externalId", "limitAmountMarketplace", "negativeOrderUrl", "orderId",
		"orderInfo", "orderUrl", "purpose", "vatAmount", "consent", "marketplaceData", "payeeInfo"} {
		t.Run(name, func(t *testing.T) {
			var want any
			if err := json.Unmarshal([]byte(body(t, object{"v": sent[name]})), &want); err != nil {
				t.Fatal(err)
			}
			if want = want.(map[string]any)["v"]; !reflect.DeepEqual(got[name], want) {
				t.Errorf("got %v, want %v", got[name], want)
			}
		})
	}
}

func TestPlatformOffersAnswer(t *testing.T) {
	r := newRig(t)
	var items []map[string]any
	a := r.get(pathOffers+"?clientID="+clientID+"&lawForm="+url.QueryEscape("ООО"), r.signIn("merchant-manager").Access)
	if err := json.Unmarshal([]byte(a.body), &items); err != nil || len(items) == 0 {
		t.Fatal(err, a.body)
	}
	o := items[0]
	form, question := o["orgLawForms"].([]any)[0].(map[string]any), o["questions"].([]any)[0].(map[string]any)
	want := map[string]any{"checkSum": 300000.0, "clientId": 111286.0, "delayRepayment": 1.0, "individual": false, "productCode": "MBKoo226", "productName": "Кредит в корзине",
		"rate": "21.5", "sumMax": "500000.00", "sumMin": "20000.00", "termMax": 12.0, "termMin": 3.0}
	for name, value := range want {
		t.Run(name, func(t *testing.T) {
			if o[name] != value {
				t.Errorf("%v, want %v", o[name], value)
			}
		})
	}
	inner := map[string]bool{"orgLawForms": form != nil, "questions": question != nil, "OrgLawForm.shortName": form["shortName"] == "ООО",
		"OrgLawForm.name": form["name"] == "Общество с ограниченной ответственностью", "QuestionForm.answer": question["answer"] != "" && question["answer"] != nil,
		"QuestionForm.question": question["question"] != "" && question["question"] != nil}
	for name, right := range inner {
		t.Run(name, func(t *testing.T) {
			if !right {
				t.Errorf("%s", a.body)
			}
		})
	}
}

func TestCreditOfTheIneligible(t *testing.T) {
	r := newRig(t)
	for _, person := range []string{"sever-director", "zavod-director"} {
		t.Run(person, func(t *testing.T) {
			m := r.post(pathRequest, r.signIn(person).Access, body(t, creditRequest(newID()))).json(t)
			if m["cause"] != invalid || named(m, invalid)[0] != "creditProductCode" {
				t.Errorf("%v", m)
			}
		})
	}
}

// seen is a credit request as control sees it.
func (r *rig) seen(id string) (status, decision string) {
	r.t.Helper()
	m := do(r.t, http.DefaultClient, "GET", r.manage+"/api/documents/"+id, "", "").json(r.t)["creditRequest"].(map[string]any)
	decision, _ = m["decision"].(string)
	return m["bankStatus"].(string), decision
}

// submit signs a credit request on the bank's page.
func (r *rig) submit(person, id string) answer {
	r.t.Helper()
	c := browser()
	do(r.t, c, "POST", r.bank+"/emu/api/session", "application/json", `{"person":"`+person+`"}`)
	return do(r.t, c, "POST", r.bank+"/emu/api/credit-requests/"+id+"/submit", "application/json", `{"code":"11111","confirm":true,"phone":"+79000000000"}`)
}

func TestCreditLife(t *testing.T) {
	cases := []struct{ name, person, state, status, decision, back string }{
		{"approved", "gavan-director", "done", "PROCESSED", "approved", shop + "/orders/A1024?credit=ok"},
		{"refused", "credit-refused-head", "refused", "PROCESSED", "refused", shop + "/orders/A1024?credit=no"},
		{"no decision", "credit-silent-head", "waiting", "PROCESSED", "", shop + "/orders/A1024?credit=ok"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			id := newID()
			if a := r.post(pathRequest, r.signIn(c.person).Access, body(t, creditRequest(id))); a.status != 201 {
				t.Fatal(a.body)
			}
			r.advance(60 * 24 * time.Hour) // nothing in the documents ends an unhandled request
			if s, d := r.seen(id); s != "RECEIVED" || d != "" {
				t.Fatalf("before: %s %s", s, d)
			}
			m := r.submit(c.person, id).json(t)
			if m["state"] != c.state || m["returnUrl"] != c.back {
				t.Errorf("page: %v", m)
			}
			if s, d := r.seen(id); s != c.status || d != c.decision {
				t.Errorf("after: %s %s", s, d)
			}
			if again := r.submit(c.person, id); again.status != 409 {
				t.Errorf("a second signature: %d", again.status)
			}
		})
	}
	t.Run("silence ended by control", func(t *testing.T) {
		r := newRig(t)
		id := newID()
		tok := r.signIn("credit-silent-head")
		r.post(pathRequest, tok.Access, body(t, creditRequest(id)))
		r.submit("credit-silent-head", id)
		if got := r.state(id, tok.Access); got != "404" {
			t.Errorf("no decision, but a payment order: %s", got)
		}
		r.control("POST", "/api/credit-requests/"+id+"/approve", "")
		if got := r.state(id, tok.Access); got != "SIGNED" {
			t.Errorf("approved: %s", got)
		}
	})
	t.Run("limit becomes one more line", func(t *testing.T) {
		r := newRig(t)
		id := newID()
		tok := r.signIn("vektor-director")
		o := creditRequest(id)
		o["amount"], o["creditAmount"], o["vatAmount"] = num("5400.00"), num("20000.00"), num("973.77")
		r.post(pathRequest, tok.Access, body(t, o))
		r.control("POST", "/api/credit-requests/"+id+"/approve", "")
		if a := r.get(pathOffers, tok.Access); strings.Count(a.body, "contractNumber") != 2 || !strings.Contains(a.body, `"availableSum":"14600.00"`) || !strings.Contains(a.body, `"productCode":"MBKoo226"`) {
			t.Errorf("lines: %s", a.body)
		}
	})
}

func TestSeveralContracts(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("line-two-head")
	var items []map[string]any
	if err := json.Unmarshal([]byte(r.get(pathOffers, tok.Access).body), &items); err != nil || len(items) != 2 {
		t.Fatal(err, items)
	}
	second := items[1]["contractNumber"].(string)
	id := r.draft(tok, func(o object) { o["isPaidByCredit"], o["creditContractNumber"] = true, second })
	r.control("POST", "/api/documents/"+id+"/sign", "")
	if a := r.get(pathOffers, tok.Access); !strings.Contains(a.body, `"availableSum":"60000.00"`) || !strings.Contains(a.body, `"availableSum":"337800.00"`) {
		t.Errorf("after paying from the second: %s", a.body)
	}
	r.control("PUT", "/api/companies/line-two", `{"contract":{"availableSum":"1.00"}}`)
	if a := r.get(pathOffers, tok.Access); !strings.Contains(a.body, `"availableSum":"1.00"`) || !strings.Contains(a.body, second) {
		t.Errorf("the first changed: %s", a.body)
	}
	r.control("PUT", "/api/companies/line-two", `{"contract":null}`)
	if a := r.get(pathOffers, tok.Access); strings.Count(a.body, "contractNumber") != 1 || !strings.Contains(a.body, second) {
		t.Errorf("the first taken away: %s", a.body)
	}
	r.control("PUT", "/api/companies/line-two", `{"contracts":[{"number":"A","availableSum":"1.00"},{"number":"B","availableSum":"2.00"},{"number":"C","availableSum":"3.00"}]}`)
	if a := r.get(pathOffers, tok.Access); strings.Count(a.body, "contractNumber") != 3 {
		t.Errorf("replaced: %s", a.body)
	}
	r.refused("PUT", "/api/companies/line-two", `{"contracts":[],"contract":null}`, 400)
	r.refused("PUT", "/api/companies/line-two", `{"creditDecision":"maybe"}`, 400)
}

// FuzzCreditOffers: whatever the query, a documented answer.
func FuzzCreditOffers(f *testing.F) {
	f.Add("clientID=111286&lawForm=ИП")
	f.Add("clientId=%zz&client_id=;lawForm")
	r := newRig(f)
	tok := r.signIn("merchant-manager")
	f.Fuzz(func(t *testing.T, query string) {
		req := httptest.NewRequest("GET", pathOffers, nil)
		req.URL.RawQuery = query
		req.Header.Set("Authorization", tok.Access)
		rec := httptest.NewRecorder()
		r.direct.ServeHTTP(rec, req)
		if s := rec.Code; s != 200 && s != 204 && s != 400 && s != 403 {
			t.Errorf("%q: %d %s", query, s, rec.Body)
		}
	})
}
