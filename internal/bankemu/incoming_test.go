package bankemu_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankemu"
)

// arrived are the operations of the merchant's day, in short: direction, sum, purpose.
func arrived(ops []object) []string {
	var out []string
	for _, o := range ops {
		in, _ := o["amount"].(object)
		out = append(out, fmt.Sprint(o["direction"], " ", in["amount"], " ", o["paymentPurpose"]))
	}
	return out
}

func statementBank(t *testing.T) *rig {
	t.Helper()
	r := newStatementRig(t)
	r.control("POST", "/api/settings", `{"statementWaits":0}`)
	return r
}

// The fields of «Операция выписки»: each subtest is one documented field with the value of a paid invoice.
func TestOperationFields(t *testing.T) {
	r := statementBank(t)
	r.pay("romashka-director", func(o object) { o["paymentNumber"] = "42" })
	r.advance(6 * time.Second)
	ops := r.operations(r.reader("merchant-manager"), bankemu.MerchantAccount, today)
	if len(ops) != 1 {
		t.Fatalf("%d operations", len(ops))
	}
	o := ops[0]
	transfer, _ := o["rurTransfer"].(object)
	department, _ := transfer["departmentalInfo"].(object)
	check := func(in object, fields map[string]any) {
		for name, want := range fields {
			t.Run(name, func(t *testing.T) {
				got, sent := in[name]
				if !sent || want != "any" && fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%v (sent: %v), want %v", got, sent, want)
				}
				if want == "any" && fmt.Sprint(got) == "" {
					t.Error("empty")
				}
			})
		}
	}
	money := map[string]any{"amount": 12200, "currencyName": "RUB"}
	check(o, map[string]any{"amount": money, "amountRub": money, "correspondingAccount": romashkaAccount, "curTransfer": nil, "swiftTransfer": nil,
		"direction": "CREDIT", "documentDate": today, "filial": nil, "revaln": nil, "hashAbc": "any", "lastModifiedTime": "2026-11-22T12:00:06",
		"number": "42", "operationCode": "01", "operationDate": "2026-11-22T00:00:00", "operationId": "any", "transactionId": "any", "uuid": "any",
		"paymentPurpose": "Оплата заказа A1024. В том числе НДС 22% - 2200.00 рублей", "priority": "5", "rurTransfer": "any"})
	check(transfer, map[string]any{"payerAccount": romashkaAccount, "payerName": "ООО «Ромашка»", "payerInn": "9901011389", "payerKpp": bankemu.MerchantKPP,
		"payerBankName": "ПАО СБЕРБАНК, Г. Москва", "payerBankBic": bankemu.MerchantBIC, "payerBankCorrAccount": bankemu.MerchantCorrAccount,
		"payeeAccount": bankemu.MerchantAccount, "payeeName": bankemu.MerchantName, "payeeInn": bankemu.MerchantINN, "payeeKpp": bankemu.MerchantKPP,
		"payeeBankName": "ПАО СБЕРБАНК, Г. Москва", "payeeBankBic": bankemu.MerchantBIC, "payeeBankCorrAccount": bankemu.MerchantCorrAccount,
		"receiptDate": today, "valueDate": today, "deliveryKind": "электронно", "payingCondition": nil, "cartInfo": nil, "purposeCode": nil, "departmentalInfo": "any"})
	check(department, map[string]any{"uip": "0", "drawerStatus101": nil, "kbk": nil, "oktmo": nil, "reasonCode106": nil, "taxPeriod107": nil,
		"docNumber108": nil, "docDate109": nil, "paymentKind110": nil})
	t.Run("the payer's side is a debit", func(t *testing.T) {
		got := r.operations(r.reader("romashka-director"), romashkaAccount, today)
		if len(got) != 1 || got[0]["direction"] != "DEBIT" || got[0]["correspondingAccount"] != bankemu.MerchantAccount || got[0]["uuid"] == o["uuid"] {
			t.Errorf("%v", got)
		}
	})
}

func TestSummaryFields(t *testing.T) {
	r := statementBank(t)
	r.pay("romashka-director", nil)
	r.advance(24 * time.Hour)
	s := r.summary(r.reader("merchant-manager"), bankemu.MerchantAccount, today)
	next := r.summary(r.reader("merchant-manager"), bankemu.MerchantAccount, "2026-11-23")
	money := func(sum string) object { return object{"amount": sum, "currencyName": "RUB"} }
	for name, want := range map[string]any{"composedDateTime": "2026-11-23T12:00:00", "openingRate": nil, "openingBalance": money("1000000.00"),
		"openingBalanceRub": money("1000000.00"), "closingBalance": money("1012200.00"), "closingBalanceRub": money("1012200.00"),
		"debitTurnover": money("0.00"), "debitTurnoverRub": money("0.00"), "debitTransactionsNumber": 0,
		"creditTurnover": money("12200.00"), "creditTurnoverRub": money("12200.00"), "creditTransactionsNumber": 1} {
		t.Run(name, func(t *testing.T) {
			if got, sent := s[name]; !sent || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%v (sent: %v), want %v", got, sent, want)
			}
		})
	}
	t.Run("lastMovementDate", func(t *testing.T) {
		if _, sent := s["lastMovementDate"]; sent || next["lastMovementDate"] != today {
			t.Errorf("%v, next day %v", s["lastMovementDate"], next["lastMovementDate"])
		}
	})
}

// When money moves, by what happened to the document: each case says what the merchant's statement has.
func TestMoneyFollowsTheDocument(t *testing.T) {
	full := "CREDIT 12200 Оплата заказа A1024. В том числе НДС 22% - 2200.00 рублей"
	step := func(r *rig) { r.advance(6 * time.Second) }
	status := func(s string) func(*rig, string) {
		return func(r *rig, id string) {
			r.control("POST", "/api/documents/"+id+"/status", `{"status":"`+s+`"}`)
			step(r)
		}
	}
	cases := []struct {
		name string
		act  func(r *rig, id string)
		want []string
	}{
		{"executed", func(r *rig, _ string) { step(r) }, []string{full}},
		{"on its way", func(r *rig, _ string) { r.advance(5 * time.Second) }, nil},
		{"test contour", func(r *rig, id string) {
			r.control("POST", "/api/settings", `{"testContour":true}`)
			step(r)
			if s := r.state(id, r.signIn("romashka-director").Access); s == "IMPLEMENTED" {
				r.t.Error("the test contour says IMPLEMENTED")
			}
		}, []string{full}},
		{"refused", status("REFUSEDBYABS"), nil},
		{"stuck", status("DELAYED"), nil},
		{"set to executed", status("IMPLEMENTED"), []string{full}},
		{"released after a refusal", func(r *rig, id string) {
			status("REFUSEDBYABS")(r, id)
			if n := len(r.operations(r.reader("merchant-manager"), bankemu.MerchantAccount, today)); n != 0 {
				r.t.Errorf("%d operations while refused", n)
			}
			r.control("POST", "/api/documents/"+id+"/status", `{"status":""}`)
		}, []string{full}},
		{"refused after the money came", func(r *rig, id string) {
			step(r)
			status("REFUSEDBYABS")(r, id)
		}, []string{full}},
		{"recalled", func(r *rig, id string) {
			r.control("POST", "/api/documents/"+id+"/recall", "")
			step(r)
		}, nil},
		{"sent on a way without end", func(r *rig, id string) {
			r.control("POST", "/api/documents/"+id+"/route", `{"route":"stuck"}`)
			step(r)
		}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := statementBank(t)
			r.t = t
			c.act(r, r.pay("romashka-director", nil))
			if got := arrived(r.operations(r.reader("merchant-manager"), bankemu.MerchantAccount, today)); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// A payment that waited for money in картотека 2 is dated by the money.
func TestCard2MovesWhenFunded(t *testing.T) {
	r := statementBank(t)
	r.control("PUT", "/api/companies/romashka", `{"balance":"1.00"}`)
	r.pay("romashka-director", nil)
	r.advance(24 * time.Hour)
	token := r.reader("merchant-manager")
	if n := len(r.operations(token, bankemu.MerchantAccount, today)); n != 0 {
		t.Errorf("%d operations before the money", n)
	}
	r.control("PUT", "/api/companies/romashka", `{"balance":"20000.00"}`)
	if before, after := r.operations(token, bankemu.MerchantAccount, today), r.operations(token, bankemu.MerchantAccount, "2026-11-23"); len(before) != 0 || len(after) != 1 {
		t.Errorf("%d operations on the day of the signature, %d on the day of the money", len(before), len(after))
	}
	if s := r.summary(r.reader("romashka-director"), romashkaAccount, "2026-11-23"); amountOf(t, s, "closingBalance").String() != "7800" {
		t.Errorf("the payer has %v", s["closingBalance"])
	}
}

// What has been booked keeps its day when the pace changes; a clock that goes back hides it.
func TestMoneyKeepsItsDay(t *testing.T) {
	r := statementBank(t)
	r.pay("romashka-director", nil)
	r.advance(24 * time.Hour) // nobody has looked yet
	r.control("POST", "/api/speed", `{"step":"24h"}`)
	token := r.reader("merchant-manager")
	if n := len(r.operations(token, bankemu.MerchantAccount, today)); n != 1 {
		t.Errorf("%d operations after a new pace", n)
	}
	r.control("POST", "/api/clock", `{"advance":"-24h"}`)
	r.control("POST", "/api/clock", `{"advance":"-1m"}`)
	if got := r.operations(r.reader("merchant-manager"), bankemu.MerchantAccount, today); len(got) != 0 {
		t.Errorf("before it happened: %v", got)
	}
	r.control("POST", "/api/clock", `{"advance":"2m"}`)
	if n := len(r.operations(r.reader("merchant-manager"), bankemu.MerchantAccount, today)); n != 1 {
		t.Errorf("%d operations after the clock came back", n)
	}
}

// Credit money comes from the buyer's company; on the buyer's own account the loan comes and the payment goes.
func TestCreditMoney(t *testing.T) {
	t.Run("credit line", func(t *testing.T) {
		r := statementBank(t)
		r.pay("sokolov", func(o object) { o["isPaidByCredit"], o["creditContractNumber"] = true, "5-2026/777" })
		r.advance(6 * time.Second)
		ops := r.operations(r.reader("merchant-manager"), bankemu.MerchantAccount, today)
		if len(ops) != 1 || ops[0]["rurTransfer"].(object)["payerName"] != "ИП Соколов Илья Маркович" || ops[0]["rurTransfer"].(object)["payerInn"] != "990102011726" {
			t.Errorf("%v", ops)
		}
		own := arrived(r.operations(r.reader("sokolov"), sokolovAccount, today))
		if len(own) != 2 || !strings.HasPrefix(own[0], "CREDIT 12200 Предоставление кредита по договору № 5-2026/777") || !strings.HasPrefix(own[1], "DEBIT 12200 Оплата") {
			t.Errorf("the buyer: %q", own)
		}
	})
	t.Run("credit request", func(t *testing.T) {
		r := statementBank(t)
		id := newID()
		if a := r.post(pathRequest, r.signIn("romashka-director").Access, body(t, creditRequest(id))); a.status != 201 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		r.control("POST", "/api/credit-requests/"+id+"/approve", "")
		r.advance(6 * time.Second)
		ops := r.operations(r.reader("merchant-manager"), bankemu.MerchantAccount, today)
		if len(ops) != 1 || ops[0]["rurTransfer"].(object)["payerName"] != "ООО «Ромашка»" || amountOf(t, ops[0], "amount").String() != "184500" {
			t.Errorf("%v", ops)
		}
		if own := r.summary(r.reader("romashka-director"), romashkaAccount, today); amountOf(t, own, "closingBalance").String() != "2000000" {
			t.Errorf("the buyer: %v", own)
		}
	})
}

func TestOddMoney(t *testing.T) {
	const purpose = "Оплата заказа A1024. В том числе НДС 22% - 2200.00 рублей"
	cases := []struct {
		kind      string
		now, late []string // today and three days later
	}{
		{"exact", []string{"CREDIT 12200 " + purpose}, nil},
		{"mistyped-purpose", []string{"CREDIT 12200 Оплата заказа A0124. В том числе НДС 22% - 2200.00 рублей"}, nil},
		{"part", []string{"CREDIT 6100 " + purpose}, nil},
		{"double", []string{"CREDIT 12200 " + purpose, "CREDIT 12200 " + purpose}, nil},
		{"late", nil, []string{"CREDIT 12200 " + purpose}},
	}
	set := map[string]func(r *rig, kind string) string{
		"of a company": func(r *rig, kind string) string {
			r.control("PUT", "/api/companies/romashka", `{"incoming":"`+kind+`"}`)
			return r.pay("romashka-director", nil)
		},
		"of a document": func(r *rig, kind string) string {
			r.control("PUT", "/api/companies/romashka", `{"incoming":"part"}`) // the document's own word is stronger
			id := r.pay("romashka-director", nil)
			r.control("POST", "/api/documents/"+id+"/incoming", `{"kind":"`+kind+`"}`)
			return id
		},
	}
	for _, c := range cases {
		for by, pay := range set {
			t.Run(c.kind+" "+by, func(t *testing.T) {
				r := statementBank(t)
				r.t = t
				id := pay(r, c.kind)
				r.advance(66 * time.Second)
				ops := r.operations(r.reader("merchant-manager"), bankemu.MerchantAccount, today)
				if got := arrived(ops); !slices.Equal(got, c.now) {
					t.Errorf("today %q, want %q", got, c.now)
				}
				if c.kind == "double" && (ops[0]["number"] == ops[1]["number"] || ops[0]["operationId"] == ops[1]["operationId"]) {
					t.Errorf("the second payment is the first one: %v", ops)
				}
				if s := r.state(id, r.signIn("romashka-director").Access); s != "IMPLEMENTED" {
					t.Errorf("the document is %s", s)
				}
				if own := arrived(r.operations(r.reader("romashka-director"), romashkaAccount, today)); !slices.Equal(own, []string{"DEBIT 12200 " + purpose}) {
					t.Errorf("the payer: %q", own)
				}
				again := do(t, http.DefaultClient, "POST", r.manage+"/api/documents/"+id+"/incoming", "application/json", `{"kind":"double"}`)
				if again.status != 409 {
					t.Errorf("a word after the money: %d", again.status)
				}
				r.advance(72 * time.Hour)
				if got := arrived(r.operations(r.reader("merchant-manager"), bankemu.MerchantAccount, "2026-11-25")); !slices.Equal(got, c.late) {
					t.Errorf("later %q, want %q", got, c.late)
				}
			})
		}
	}
	t.Run("unknown kind", func(t *testing.T) {
		r := statementBank(t)
		id := r.pay("romashka-director", nil)
		for path, method := range map[string]string{"/api/documents/" + id + "/incoming": "POST", "/api/companies/romashka": "PUT"} {
			if a := do(t, http.DefaultClient, method, r.manage+path, "application/json", `{"kind":"lost","incoming":"lost"}`); a.status != 400 {
				t.Errorf("%s: %d", path, a.status)
			}
		}
	})
}

// A purpose without the order's number, or without digits at all, is mistyped too.
func TestMistypedPurposes(t *testing.T) {
	for purpose, want := range map[string]string{
		"Счёт 77 от 22.11. НДС не облагается": "Счёт 77 от 22.11. НДС не облагаетс",
		"Счёт 78. НДС не облагается":          "Счёт 87. НДС не облагается",
	} {
		r := statementBank(t)
		r.control("PUT", "/api/companies/romashka", `{"incoming":"mistyped-purpose"}`)
		r.pay("romashka-director", func(o object) {
			delete(o, "vat")
			delete(o, "orderNumber")
			o["purpose"] = purpose
		})
		r.advance(6 * time.Second)
		if got := arrived(r.operations(r.reader("merchant-manager"), bankemu.MerchantAccount, today)); len(got) != 1 || got[0] != "CREDIT 12200 "+want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestStrangersMoney(t *testing.T) {
	r := statementBank(t)
	r.control("POST", "/api/incoming", `{"account":"`+bankemu.MerchantAccount+`","amount":"100.05","purpose":"За насос","payerName":"ООО «Чужой»","payerInn":"9901013234","number":"7"}`)
	r.control("POST", "/api/incoming", `{"account":"`+bankemu.MerchantAccount+`","amount":"1.00","purpose":"Вчера","date":"2026-11-21"}`)
	r.control("POST", "/api/incoming", `{"account":"`+bankemu.MerchantAccount+`","amount":"2.00","purpose":"Завтра","date":"2026-11-23"}`)
	token := r.reader("merchant-manager")
	ops := r.operations(token, bankemu.MerchantAccount, today)
	if got := arrived(ops); !slices.Equal(got, []string{"CREDIT 100.05 За насос"}) {
		t.Fatalf("%q", got)
	}
	if p := ops[0]["rurTransfer"].(object); p["payerName"] != "ООО «Чужой»" || p["payerInn"] != "9901013234" || p["payeeAccount"] != bankemu.MerchantAccount || ops[0]["number"] != "7" {
		t.Errorf("%v", ops[0])
	}
	if got := arrived(r.operations(token, bankemu.MerchantAccount, "2026-11-21")); !slices.Equal(got, []string{"CREDIT 1 Вчера"}) {
		t.Errorf("yesterday %q", got)
	}
	r.advance(24 * time.Hour)
	if got := arrived(r.operations(r.reader("merchant-manager"), bankemu.MerchantAccount, "2026-11-23")); !slices.Equal(got, []string{"CREDIT 2 Завтра"}) {
		t.Errorf("tomorrow %q", got)
	}
	for body, want := range map[string]int{`{"account":"40702810000000000000","amount":"1.00"}`: 404, `{"account":"` + bankemu.MerchantAccount + `","amount":"0"}`: 400,
		`{"account":"` + bankemu.MerchantAccount + `","amount":"1.001"}`: 400, `{"account":"` + bankemu.MerchantAccount + `","amount":"1","date":"tomorrow"}`: 400} {
		if a := do(t, http.DefaultClient, "POST", r.manage+"/api/incoming", "application/json", body); a.status != want {
			t.Errorf("%s: %d, want %d", body, a.status, want)
		}
	}
}

// The fields of client-info: each subtest is one documented field.
func TestClientInfo(t *testing.T) {
	r := statementBank(t)
	r.control("PUT", "/api/accounts/"+romashkaAccount, `{"state":"BLOCKED","opened":"2020-03-04"}`)
	info := r.get(pathClientInfo, r.reader("romashka-director")).json(t)
	list := func(name string) []any {
		l, ok := info[name].([]any)
		if !ok {
			t.Errorf("%s is no list: %v", name, info[name])
		}
		return l
	}
	accounts, addresses := list("accounts"), list("addresses")
	if len(accounts) != 2 || len(addresses) != 1 || len(list("kpps")) != 1 {
		t.Fatalf("%v", info)
	}
	list("dboContracts")
	check := func(in any, fields map[string]any) {
		o, _ := in.(object)
		for name, want := range fields {
			t.Run(name, func(t *testing.T) {
				if got, sent := o[name]; !sent || fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%v (sent: %v), want %v", got, sent, want)
				}
			})
		}
	}
	check(info, map[string]any{"shortName": "ООО «Ромашка»", "fullName": "Общество с ограниченной ответственностью «Ромашка»", "ogrn": "1227700040721",
		"inn": "9901011389", "orgForm": "Общество с ограниченной ответственностью", "kpps": "[990101001]", "dboContracts": "[]"})
	check(addresses[0], map[string]any{"type": "Юридический", "country": "Россия", "zip": "101000", "region": nil, "area": nil, "city": "г. Москва",
		"settlementType": nil, "settlement": nil, "street": "Учебный пер.", "house": "д. 1", "building": nil, "flat": nil, "comment": nil,
		"fullAddress": "101000, Россия, г. Москва, Учебный пер., д. 1"})
	check(accounts[0], map[string]any{"number": romashkaAccount, "name": "ООО «Ромашка»", "currencyCode": "810", "bic": bankemu.MerchantBIC, "passive": true,
		"openDate": "2020-03-04", "closeDate": nil, "state": "BLOCKED", "mode": "STANDART", "dbo": true, "business": true, "businessNewType": false,
		"notDelay": false, "urgent": false, "minBalance": "0.00", "overdraft": "0.00", "cdiAcptDocQnt": nil, "cdiAcptDocSum": nil,
		"cdiCart2DocQnt": nil, "cdiCart2DocSum": nil, "cdiPermDocQnt": nil, "cdiPermDocSum": nil, "debitBlocked": true, "debitBlockedCause": nil,
		"debitBlockedSum": nil, "creditBlocked": false, "creditBlockedCause": nil, "blockedSums": "[]", "blockedQueuesInfo": "[]", "blockedSumQueuesInfo": "[]"})
	t.Run("account type", func(t *testing.T) {
		if got := accounts[0].(object)["type"]; got != "calculated" {
			t.Errorf("%v", got)
		}
	})
	t.Run("a person's company has no kpp", func(t *testing.T) {
		if l, ok := r.get(pathClientInfo, r.reader("sokolov")).json(t)["kpps"].([]any); !ok || len(l) != 0 {
			t.Errorf("%v", l)
		}
	})
}

// A statement of an account with many documents behind it costs what its page costs, not what the bank holds.
func BenchmarkStatementPage(b *testing.B) {
	r := newStatementRig(b)
	r.control("POST", "/api/settings", `{"statementWaits":0,"record":"none"}`)
	for i := range 5000 {
		r.control("POST", "/api/incoming", fmt.Sprintf(`{"account":%q,"amount":"%d.01","purpose":"Перевод"}`, bankemu.MerchantAccount, i+1))
	}
	token := r.reader("merchant-manager")
	for b.Loop() {
		req := httptest.NewRequest("GET", pathTransactions+statementQuery(bankemu.MerchantAccount, today, "page", "50"), nil)
		req.Header.Set("Authorization", token)
		rec := httptest.NewRecorder()
		r.direct.ServeHTTP(rec, req)
		if rec.Code != 200 || !json.Valid(rec.Body.Bytes()) {
			b.Fatal(rec.Code)
		}
	}
}
