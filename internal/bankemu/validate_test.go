package bankemu_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// rule is one bent request and what the bank must say about it.
type rule struct {
	name  string
	bend  func(object)
	cause string // "" = accepted
	field string // must be in fieldNames (VALIDATION_FAULT) or in the checks (DESERIALIZATION_FAULT)
}

func set(key string, value any) func(object) { return func(o object) { o[key] = value } }
func drop(key string) func(object)           { return func(o object) { delete(o, key) } }
func in(child, key string, value any) func(object) {
	return func(o object) { o[child].(object)[key] = value }
}

const (
	invalid = "VALIDATION_FAULT"
	garbled = "DESERIALIZATION_FAULT"
	flow    = "WORKFLOW_FAULT"
)

func num(s string) json.Number { return json.Number(s) }

func checkRules(t *testing.T, r *rig, path, token string, good func(string) object, rules []rule) {
	t.Helper()
	for _, c := range rules {
		t.Run(c.name, func(t *testing.T) {
			o := good(newID())
			c.bend(o)
			a := r.post(path, token, body(t, o))
			if c.cause == "" {
				if a.status != 201 {
					t.Fatalf("status %d: %s", a.status, a.body)
				}
				return
			}
			m := a.json(t)
			if a.status != 400 || m["cause"] != c.cause || m["referenceId"] == "" || m["message"] == "" {
				t.Fatalf("status %d: %s", a.status, a.body)
			}
			if !slices.Contains(named(m, c.cause), c.field) {
				t.Errorf("%s is not named: %s", c.field, a.body)
			}
		})
	}
}

// named are the fields that an error speaks of; for a WORKFLOW_FAULT its message.
func named(m map[string]any, cause string) (out []string) {
	if cause == flow {
		return []string{m["message"].(string)}
	}
	for _, c := range m["checks"].([]any) {
		if ch := c.(map[string]any); ch["level"] == "ERROR" {
			out = append(out, ch["fields"].([]any)[0].(string))
		}
	}
	if cause == invalid {
		list := m["fieldNames"].([]any)
		for _, f := range out {
			if !slices.Contains(list, any(f)) {
				return nil
			}
		}
	}
	return out
}

func TestCreditRequestRules(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	url1001 := shop + "/" + strings.Repeat("a", 1001-len(shop)-1)
	checkRules(t, r, pathRequest, tok.Access, creditRequest, []rule{
		{"as it is", func(object) {}, "", ""},
		{"no product code", drop("creditProductCode"), "", ""},
		{"null optional", set("deliveryAmount", nil), "", ""},
		{"unknown field", set("creditRequestUid", ""), "", ""},
		{"positions do not add up: only a warning", set("orderInfo", []object{{"totalPrice": num("1.00")}}), "", ""},
		{"account missing", drop("account"), invalid, "account"},
		{"account letters", set("account", "4070281013800100010A"), invalid, "account"},
		{"account number type", set("account", 40), garbled, "account"},
		{"account with a wrong key", set("account", "40702810038001000101"), flow, "Неизвестный счет получателя: 40702810038001000101"},
		{"amount missing", drop("amount"), invalid, "amount"},
		{"amount one decimal", set("amount", num("184500.0")), invalid, "amount"},
		{"amount no decimals", set("amount", num("184500")), invalid, "amount"},
		{"amount exponent", set("amount", num("1.84e5")), invalid, "amount"},
		{"amount negative", set("amount", num("-1.00")), invalid, "amount"},
		{"amount zero", set("amount", num("0.00")), invalid, "amount"},
		{"amount text", set("amount", "184500.00"), garbled, "amount"},
		{"creditAmount below amount", set("creditAmount", num("184499.99")), invalid, "creditAmount"},
		{"creditAmount above sumMax", set("creditAmount", num("500000.01")), invalid, "creditAmount"},
		{"creditAmount below sumMin", func(o object) {
			o["amount"], o["creditAmount"] = num("5400.00"), num("5400.00")
			delete(o, "vatAmount")
		}, invalid, "creditAmount"},
		{"below sumMin with sumMin asked", func(o object) {
			o["amount"], o["creditAmount"] = num("5400.00"), num("20000.00")
			delete(o, "vatAmount")
		}, "", ""},
		{"product code form", set("creditProductCode", "MB-K-oo-226"), invalid, "creditProductCode"},
		{"product of another form", set("creditProductCode", "MBKip225"), invalid, "creditProductCode"},
		{"term missing", drop("creditTerm"), invalid, "creditTerm"},
		{"term too long", set("creditTerm", 13), invalid, "creditTerm"},
		{"term too short", set("creditTerm", 2), invalid, "creditTerm"},
		{"term fraction", set("creditTerm", num("12.5")), invalid, "creditTerm"},
		{"term text", set("creditTerm", "12"), garbled, "creditTerm"},
		{"delivery above amount", set("deliveryAmount", num("184500.01")), invalid, "deliveryAmount"},
		{"externalId upper case", func(o object) { o["externalId"] = strings.ToUpper(o["externalId"].(string)) }, invalid, "externalId"},
		{"externalId missing", drop("externalId"), invalid, "externalId"},
		{"limit form", set("limitAmountMarketplace", num("1")), invalid, "limitAmountMarketplace"},
		{"orderId dash", set("orderId", "A-1024"), invalid, "orderId"},
		{"orderId long", set("orderId", strings.Repeat("1", 51)), invalid, "orderId"},
		{"orderUrl relative", set("orderUrl", "/orders/1"), invalid, "orderUrl"},
		{"orderUrl long", set("orderUrl", url1001), invalid, "orderUrl"},
		{"orderUrl scheme", set("orderUrl", "javascript:alert(1)"), invalid, "orderUrl"},
		{"orderUrl foreign", set("orderUrl", "http://evil.example/orders/1"), flow, "Указана некорректная ссылка на заказ"},
		{"orderUrl lookalike", set("orderUrl", "http://127.0.0.1.evil.example:8080/"), flow, "Указана некорректная ссылка на заказ"},
		{"orderUrl userinfo", set("orderUrl", "http://127.0.0.1:8080@evil.example/"), flow, "Указана некорректная ссылка на заказ"},
		{"orderUrl with a user", set("orderUrl", "http://somebody@127.0.0.1:8080/"), flow, "Указана некорректная ссылка на заказ"},
		{"negativeOrderUrl missing", drop("negativeOrderUrl"), invalid, "negativeOrderUrl"},
		{"negativeOrderUrl foreign", set("negativeOrderUrl", "https://127.0.0.1:8080/"), flow, "Указана некорректная ссылка на заказ"},
		{"purpose missing", drop("purpose"), invalid, "purpose"},
		{"purpose 121", set("purpose", strings.Repeat("я", 121)), invalid, "purpose"},
		{"purpose 120", set("purpose", strings.Repeat("я", 120)), "", ""},
		{"purpose control characters", set("purpose", "a\x00b"), invalid, "purpose"},
		{"vatAmount not less than amount", set("vatAmount", num("184500.00")), invalid, "vatAmount"},
		{"payeeInfo missing", drop("payeeInfo"), invalid, "payeeInfo"},
		{"payeeInfo type", set("payeeInfo", []string{}), garbled, "payeeInfo"},
		{"BIC", in("payeeInfo", "payeeBankBic", "04452522"), invalid, "payeeInfo.payeeBankBic"},
		{"corr account", in("payeeInfo", "payeeCorrAcc", "301"), invalid, "payeeInfo.payeeCorrAcc"},
		{"INN", in("payeeInfo", "payeeInn", "99010110111"), invalid, "payeeInfo.payeeInn"},
		{"KPP", in("payeeInfo", "payeeKpp", "99010100"), invalid, "payeeInfo.payeeKpp"},
		{"KPP missing", in("payeeInfo", "payeeKpp", nil), invalid, "payeeInfo.payeeKpp"},
		{"payee name", in("payeeInfo", "payeeName", " "), invalid, "payeeInfo.payeeName"},
		{"orderInfo type", set("orderInfo", object{}), garbled, "orderInfo"},
		{"position long", set("orderInfo", []object{{"position": strings.Repeat("п", 101)}}), invalid, "orderInfo[0].position"},
		{"count fraction", set("orderInfo", []object{{}, {"numOfPosition": num("1.5")}}), invalid, "orderInfo[1].numOfPosition"},
		{"price form", set("orderInfo", []object{{"price": num("1.5")}}), invalid, "orderInfo[0].price"},
		{"total type", set("orderInfo", []object{{"totalPrice": "1.50"}}), garbled, "orderInfo[0].totalPrice"},
	})
}

func TestCreditRequestConsentAndMarketplaceRules(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	sum := sha256.Sum256([]byte("Согласен"))
	good := func(id string) object {
		o := creditRequest(id)
		o["consent"] = object{"consent": "Yes", "consentText": "Согласен", "consentHash": hex.EncodeToString(sum[:]), "firstname": "Анна",
			"lastname": "Круглова", "middlename": "Сергеевна", "position": "Директор", "startDate": "2026-11-22"}
		o["marketplaceData"] = object{
			"commissions": []object{{"period": "10.2026", "logistic": num("1.00"), "stock": num("1.00"), "transaction": num("1.00")}},
			"sellings":    []object{{"period": "10-2026", "amount": num("5.00"), "fov": num("95.5"), "gmv": num("1.00"), "revenue": num("1.00"), "productDescription": "Насосы"}},
			"stock": object{"amount": num("5.00"), "assortiment": 5, "averagePrice": num("1.00"), "date": "2026-11-01", "duration": 30,
				"productDescription": "Насосы", "registrationDate": "2020-01-01", "warehousingModel": "FBO"},
		}
		return o
	}
	market := func(part, key string, value any) func(object) {
		return func(o object) {
			m := o["marketplaceData"].(object)[part]
			if list, ok := m.([]object); ok {
				m = list[0]
			}
			m.(object)[key] = value
		}
	}
	checkRules(t, r, pathRequest, tok.Access, good, []rule{
		{"as it is", func(object) {}, "", ""},
		{"consent word", in("consent", "consent", "да"), invalid, "consent.consent"},
		{"consent missing text", in("consent", "consentText", nil), invalid, "consent.consentText"},
		{"hash form", in("consent", "consentHash", strings.Repeat("a", 256)), invalid, "consent.consentHash"},
		{"hash of something else", in("consent", "consentHash", strings.Repeat("a", 64)), invalid, "consent.consentHash"},
		{"first name long", in("consent", "firstname", strings.Repeat("а", 37)), invalid, "consent.firstname"},
		{"last name", in("consent", "lastname", ""), invalid, "consent.lastname"},
		{"middle name missing", in("consent", "middlename", nil), invalid, "consent.middlename"},
		{"position type", in("consent", "position", 1), garbled, "consent.position"},
		{"start date", in("consent", "startDate", "22.11.2026"), invalid, "consent.startDate"},
		{"commission period", market("commissions", "period", "13.2026"), invalid, "marketplaceData.commissions[0].period"},
		{"commission sum", market("commissions", "logistic", num("1")), invalid, "marketplaceData.commissions[0].logistic"},
		{"selling fov", market("sellings", "fov", num("95")), invalid, "marketplaceData.sellings[0].fov"},
		{"selling text", market("sellings", "productDescription", strings.Repeat("а", 801)), invalid, "marketplaceData.sellings[0].productDescription"},
		{"selling sum missing", market("sellings", "gmv", nil), invalid, "marketplaceData.sellings[0].gmv"},
		{"stock count", market("stock", "assortiment", num("1.5")), invalid, "marketplaceData.stock.assortiment"},
		{"stock date", market("stock", "date", "2026-02-30"), invalid, "marketplaceData.stock.date"},
		{"stock days", market("stock", "duration", "30"), garbled, "marketplaceData.stock.duration"},
		{"stock model", market("stock", "warehousingModel", strings.Repeat("F", 65)), invalid, "marketplaceData.stock.warehousingModel"},
	})
}

func TestMalformedBodies(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	for _, path := range []string{pathInvoice, pathRequest} {
		for _, sent := range []string{"", "{", "[]", "null", `"x"`, `{"amount":1.00}{}`} {
			a := r.post(path, tok.Access, sent)
			if a.status != 400 || a.json(t)["cause"] != garbled {
				t.Errorf("%s %q: status %d: %s", path, sent, a.status, a.body)
			}
		}
	}
	a := r.post(pathInvoice, tok.Access, `{}`)
	if n := len(a.json(t)["fieldNames"].([]any)); n < 9 {
		t.Errorf("an empty object must name every required field at once, got %d: %s", n, a.body)
	}
}

func TestNotEligibleCompanies(t *testing.T) {
	r := newRig(t)
	for _, person := range []string{"sever-director", "zavod-director"} {
		a := r.post(pathRequest, r.signIn(person).Access, body(t, creditRequest(newID())))
		if m := a.json(t); a.status != 400 || !slices.Contains(named(m, invalid), "creditProductCode") {
			t.Errorf("%s: status %d: %s", person, a.status, a.body)
		}
		if a := r.post(pathInvoice, r.signIn(person).Access, body(t, invoice(newID()))); a.status != 201 {
			t.Errorf("%s: a plain invoice must work: %s", person, a.body)
		}
	}
}
