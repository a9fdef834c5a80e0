package bankemu_test

import (
	"slices"
	"strings"
	"testing"

	"creditcart/internal/bankemu"
)

const (
	pathSber   = "/fintech/api/v1/payments/from-invoice"
	pathBudget = "/fintech/api/v1/payments/from-invoice-budget"
	allScopes  = bankemu.DefaultScope + " PAY_DOC_RU PAY_DOC_RU_INVOICE PAY_DOC_RU_INVOICE_BUDGET"
)

// payRig is a bank whose partner may make all three kinds of invoices.
func payRig(t testing.TB) *rig {
	return newRigWith(t, func(c *bankemu.Config) { c.Clients[0].Scope = allScopes })
}

// sberInvoice is the Invoice model: the payee is the partner's own company.
func sberInvoice(id string) object {
	o := invoice(id)
	for _, name := range []string{"isPaidByCredit", "payeeBankBic", "payeeBankCorrAccount", "payeeInn", "payeeKpp", "payeeName"} {
		delete(o, name)
	}
	return o
}

// budgetInvoice is the InvoiceBudget model: a tax paid to a made-up account of the Treasury.
func budgetInvoice(id string) object {
	return object{
		"amount": num("15000.00"), "date": "2026-11-22", "externalId": id, "payeeAccount": "03100643000000099900", "payeeBankBic": "019999999",
		"payeeBankCorrAccount": "40102810900000000099", "payeeInn": "9901011011", "payeeKpp": "990101001", "payeeName": "Учебное казначейство",
		"payerKpp": "0", "purpose": "Единый налоговый платёж",
		"departmentalInfo": object{"uip": "0", "drawerStatus101": "01", "kbk": "18201061201010000510", "oktmo": "0", "reasonCode106": "0",
			"taxPeriod107": "0", "docNumber108": "0", "docDate109": "0", "paymentKind110": "0"},
	}
}

func untaxed(o object) {
	o["vat"], o["purpose"] = object{"type": "NO_VAT"}, "Оплата заказа. НДС не облагается"
}

func manual(o object) { o["vat"] = object{"type": "MANUAL", "amount": num("2200.00")} }

// baseRules hold for all three models.
func baseRules() []rule {
	return []rule{
		{"as it is", func(object) {}, "", ""},
		{"unknown fields", both(set("creditRequestUid", ""), set("somethingNew", object{"a": []int{1}})), "", ""},
		{"null for what is absent", both(set("paymentNumber", nil), set("linkedDocs", nil)), "", ""},
		{"empty texts for what is absent", func(o object) {
			for _, name := range []string{"paymentNumber", "priority", "operationCode", "urgencyCode", "deliveryKind", "orderNumber", "expirationDate"} {
				o[name] = ""
			}
		}, "", ""},
		{"undefined for what is absent", both(set("paymentNumber", "undefined"), set("urgencyCode", "null")), "", ""},
		{"amount missing", drop("amount"), invalid, "amount"},
		{"amount zero", set("amount", num("0.00")), invalid, "amount"},
		{"amount negative", set("amount", num("-1.00")), invalid, "amount"},
		{"amount without decimals", set("amount", num("12200")), invalid, "amount"},
		{"amount with one decimal", set("amount", num("12200.5")), invalid, "amount"},
		{"amount with an exponent", set("amount", num("1.22e4")), invalid, "amount"},
		{"amount text", set("amount", "12200.00"), garbled, "amount"},
		{"date missing", drop("date"), invalid, "date"},
		{"date form", set("date", "22.11.2026"), invalid, "date"},
		{"date type", set("date", 20261122), garbled, "date"},
		{"expired on arrival", func(o object) { o["date"] = "2026-11-11"; delete(o, "expirationDate") }, invalid, "date"},
		{"last of the ten days", func(o object) { o["date"] = "2026-11-12"; delete(o, "expirationDate") }, "", ""},
		{"externalId missing", drop("externalId"), invalid, "externalId"},
		{"externalId no UUID", set("externalId", "1"), invalid, "externalId"},
		{"externalId type", set("externalId", 1), garbled, "externalId"},
		{"externalId upper case", func(o object) { o["externalId"] = strings.ToUpper(o["externalId"].(string)) }, invalid, "externalId"},
		{"delivery kind electronic", set("deliveryKind", "электронно"), "", ""},
		{"delivery kind urgent", set("deliveryKind", "срочно"), "", ""},
		{"delivery kind 0", set("deliveryKind", "0"), "", ""},
		{"delivery kind", set("deliveryKind", "почтой"), invalid, "deliveryKind"},
		{"operation code", set("operationCode", "02"), invalid, "operationCode"},
		{"payee account missing", drop("payeeAccount"), invalid, "payeeAccount"},
		{"payee account form", set("payeeAccount", "407"), invalid, "payeeAccount"},
		{"payee account type", set("payeeAccount", 407), garbled, "payeeAccount"},
		{"payment number of six digits", set("paymentNumber", "123456"), "", ""},
		{"payment number of seven digits", set("paymentNumber", "1234567"), invalid, "paymentNumber"},
		{"payment number letters", set("paymentNumber", "12A"), invalid, "paymentNumber"},
		{"priority 4", set("priority", "4"), "", ""},
		{"priority 6", set("priority", "6"), invalid, "priority"},
		{"priority type", set("priority", 5), garbled, "priority"},
		{"purpose missing", drop("purpose"), invalid, "purpose"},
		{"purpose empty", set("purpose", ""), invalid, "purpose"},
		{"purpose 211", set("purpose", "НДС не облагается НДС 2200.00 "+strings.Repeat("я", 181)), invalid, "purpose"},
		{"purpose 210", set("purpose", "НДС не облагается НДС 2200.00 "+strings.Repeat("я", 180)), "", ""},
		{"purpose control characters", set("purpose", "НДС 2200.00\x00"), invalid, "purpose"},
		{"urgency INTERNAL", set("urgencyCode", "INTERNAL"), "", ""},
		{"urgency INTERNAL_NOTIF", set("urgencyCode", "INTERNAL_NOTIF"), "", ""},
		{"urgency OFFHOURS", set("urgencyCode", "OFFHOURS"), "", ""},
		{"urgency BESP", set("urgencyCode", "BESP"), "", ""},
		{"urgency NORMAL", set("urgencyCode", "NORMAL"), "", ""},
		{"urgency by its number", set("urgencyCode", "3"), "", ""},
		{"urgency", set("urgencyCode", "INTERTAL"), invalid, "urgencyCode"},
		{"urgency number 5", set("urgencyCode", "5"), invalid, "urgencyCode"},
		{"vat type of JSON", set("vat", []int{}), garbled, "vat"},
		{"vat without a type", set("vat", object{}), invalid, "vat.type"},
	}
}

// orderRules hold for Invoice and InvoiceAny.
func orderRules() []rule {
	link := func(v any) func(object) { return set("linkedDocs", v) }
	return []rule{
		{"no expiration date", drop("expirationDate"), "", ""},
		{"expiration date form", set("expirationDate", "02.12.2026"), invalid, "expirationDate"},
		{"expiration before date", set("expirationDate", "2026-11-21"), invalid, "expirationDate"},
		{"expiration after ten days", set("expirationDate", "2026-12-03"), invalid, "expirationDate"},
		{"expiration on the date", set("expirationDate", "2026-11-22"), "", ""},
		{"expiration passed", both(set("date", "2026-11-15"), set("expirationDate", "2026-11-21")), invalid, "expirationDate"},
		{"order number", set("orderNumber", strings.Repeat("1", 51)), invalid, "orderNumber"},
		{"order number type", set("orderNumber", 7), garbled, "orderNumber"},
		{"priority 3", set("priority", "3"), invalid, "priority"},
		{"linked document", link([]object{{"type": "exportContractInsure", "docExtId": "00000000-0000-4000-8000-000000000001"}}), "", ""},
		{"linked documents type of JSON", link(object{}), garbled, "linkedDocs"},
		{"linked document type", link([]object{{"type": "other"}}), invalid, "linkedDocs[0].type"},
		{"linked document id", link([]object{{}, {"docExtId": "7"}}), invalid, "linkedDocs[1].docExtId"},
	}
}

// payeeRules hold for InvoiceAny and InvoiceBudget, where the payee is written in full.
func payeeRules() []rule {
	return []rule{
		{"payee BIC missing", drop("payeeBankBic"), invalid, "payeeBankBic"},
		{"payee BIC", set("payeeBankBic", "4452522"), invalid, "payeeBankBic"},
		{"payee account key", both(set("payeeBankBic", bankemu.MerchantBIC), set("payeeAccount", "40702810038001000101")), invalid, "payeeAccount"},
		{"corr account absent", drop("payeeBankCorrAccount"), "", ""},
		{"corr account form", set("payeeBankCorrAccount", "3010"), invalid, "payeeBankCorrAccount"},
		{"corr account of another bank", set("payeeBankCorrAccount", "30101810400000000974"), flow,
			"Невозможно идентифицировать банк получателя по указанным номеру БИК и корреспондентскому счету"},
		{"payee INN missing", drop("payeeInn"), invalid, "payeeInn"},
		{"payee INN", set("payeeInn", "123"), invalid, "payeeInn"},
		{"payee INN of a person", set("payeeInn", "990102011726"), "", ""},
		{"payee KPP absent", drop("payeeKpp"), "", ""},
		{"payee KPP 0", set("payeeKpp", "0"), "", ""},
		{"payee KPP", set("payeeKpp", "1"), invalid, "payeeKpp"},
		{"payee name missing", drop("payeeName"), invalid, "payeeName"},
		{"payee name long", set("payeeName", strings.Repeat("н", 255)), invalid, "payeeName"},
	}
}

func TestInvoiceRules(t *testing.T) {
	r := payRig(t)
	tok := r.signInFor("sokolov", allScopes)
	vektor := r.hashOf("vektor-director")
	checkRules(t, r, pathSber, tok.Access, sberInvoice, slices.Concat(baseRules(), orderRules(), []rule{
		{"to the partner by its hash", set("payeeOrgIdHash", r.hashOf("merchant-manager")), "", ""},
		{"to another company of the bank", both(set("payeeOrgIdHash", vektor), set("payeeAccount", "40702810638001002735")), "", ""},
		{"hash absent", set("payeeOrgIdHash", ""), "", ""},
		{"hash form", set("payeeOrgIdHash", "abc"), invalid, "payeeOrgIdHash"},
		{"hash of nobody", set("payeeOrgIdHash", strings.Repeat("a", 64)), flow,
			"Не найдена организация получателя по payeeOrgIdHash: " + strings.Repeat("a", 64)},
		{"account of another company", set("payeeOrgIdHash", vektor), invalid, "payeeAccount"},
		{"account in another bank", set("payeeAccount", "40702810000000000001"), invalid, "payeeAccount"},
		{"account not of the partner", set("payeeAccount", "40702810638001002735"), invalid, "payeeAccount"},
	}))
}

// hashOf is the HashOrgId claim of a person's company.
func (r *rig) hashOf(person string) string {
	r.t.Helper()
	return payload(r.t, r.get("/ic/sso/api/v2/oauth/user-info", r.signIn(person).Access).body)["HashOrgId"].(string)
}

func TestInvoiceAnyRules(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	credit := func(number string) func(object) {
		return func(o object) { o["isPaidByCredit"], o["creditContractNumber"] = true, number }
	}
	noLine := func(number string) string {
		return "Для договора № " + number + " отсутствует действующая возобновляемая кредитная линия"
	}
	checkRules(t, r, pathInvoice, tok.Access, invoice, slices.Concat(baseRules(), orderRules(), payeeRules(), []rule{
		{"from the line", credit("5-2026/777"), "", ""},
		{"isPaidByCredit missing", drop("isPaidByCredit"), invalid, "isPaidByCredit"},
		{"isPaidByCredit as 1", both(credit("5-2026/777"), set("isPaidByCredit", 1)), "", ""},
		{"isPaidByCredit as 0", set("isPaidByCredit", 0), "", ""},
		{"isPaidByCredit as 2", set("isPaidByCredit", 2), garbled, "isPaidByCredit"},
		{"isPaidByCredit text", set("isPaidByCredit", "true"), garbled, "isPaidByCredit"},
		{"contract missing", set("isPaidByCredit", true), invalid, "creditContractNumber"},
		{"contract without a credit: only a warning", set("creditContractNumber", "5-2026/777"), "", ""},
		{"contract type", set("creditContractNumber", 5), garbled, "creditContractNumber"},
		{"foreign contract", credit("7-2026/15"), flow, noLine("7-2026/15")},
		{"line too small", both(credit("5-2026/777"), set("amount", num("250000.01"))), flow, noLine("5-2026/777")},
	}))
}

func TestInvoiceBudgetRules(t *testing.T) {
	r := payRig(t)
	tok := r.signInFor("sokolov", allScopes)
	checkRules(t, r, pathBudget, tok.Access, budgetInvoice, slices.Concat(baseRules(), payeeRules(), []rule{
		{"priority 1", set("priority", "1"), "", ""},
		{"priority 0", set("priority", "0"), invalid, "priority"},
		{"expirationDate is not a field of it", set("expirationDate", "nonsense"), "", ""},
		{"payer KPP absent", drop("payerKpp"), "", ""},
		{"payer KPP form", set("payerKpp", "12"), invalid, "payerKpp"},
		{"payer KPP of an entrepreneur", set("payerKpp", "990101001"), invalid, "payerKpp"},
		{"account that is not of the treasury", set("payeeAccount", bankemu.MerchantAccount), invalid, "payeeAccount"},
		{"to an ordinary bank", func(o object) {
			o["payeeAccount"], o["payeeBankBic"], o["payeeBankCorrAccount"] = bankemu.MerchantAccount, bankemu.MerchantBIC, bankemu.MerchantCorrAccount
		}, "", ""},
		{"vat in whole", both(set("vat", object{"type": "NO_VAT", "rate": "0", "amount": num("0.00")}), untaxedPurpose), "", ""},
		{"vat without an amount", set("vat", object{"type": "NO_VAT", "rate": "0"}), invalid, "vat.amount"},
		{"vat without a rate", set("vat", object{"type": "NO_VAT", "amount": num("0.00")}), invalid, "vat.rate"},
		{"departmentalInfo missing", drop("departmentalInfo"), invalid, "departmentalInfo"},
		{"departmentalInfo type", set("departmentalInfo", "0"), garbled, "departmentalInfo"},
	}))
	filled := object{"uip": "18200000000000000000", "drawerStatus101": "13", "kbk": "18201061201010000510", "oktmo": "45000000", "reasonCode106": "ТП",
		"taxPeriod107": "МС.10.2026", "docNumber108": "123", "docDate109": "22.11.2026", "paymentKind110": "ПЕ"}
	checkRules(t, r, pathBudget, tok.Access, budgetInvoice, []rule{
		{"departmentalInfo filled", set("departmentalInfo", filled), "", ""},
		{"departmentalInfo empty text", in("departmentalInfo", "kbk", ""), invalid, "departmentalInfo.kbk"},
		{"departmentalInfo number", in("departmentalInfo", "oktmo", 45000000), garbled, "departmentalInfo.oktmo"},
		{"uip missing", in("departmentalInfo", "uip", nil), invalid, "departmentalInfo.uip"},
		{"uip form", in("departmentalInfo", "uip", "12"), invalid, "departmentalInfo.uip"},
		{"drawerStatus101 missing", in("departmentalInfo", "drawerStatus101", nil), invalid, "departmentalInfo.drawerStatus101"},
		{"drawerStatus101 form", in("departmentalInfo", "drawerStatus101", "32"), invalid, "departmentalInfo.drawerStatus101"},
		{"kbk missing", in("departmentalInfo", "kbk", nil), invalid, "departmentalInfo.kbk"},
		{"kbk form", in("departmentalInfo", "kbk", "1820106"), invalid, "departmentalInfo.kbk"},
		{"oktmo missing", in("departmentalInfo", "oktmo", nil), invalid, "departmentalInfo.oktmo"},
		{"oktmo form", in("departmentalInfo", "oktmo", "450"), invalid, "departmentalInfo.oktmo"},
		{"reasonCode106 missing", in("departmentalInfo", "reasonCode106", nil), invalid, "departmentalInfo.reasonCode106"},
		{"reasonCode106 form", in("departmentalInfo", "reasonCode106", "ABC"), invalid, "departmentalInfo.reasonCode106"},
		{"taxPeriod107 missing", in("departmentalInfo", "taxPeriod107", nil), invalid, "departmentalInfo.taxPeriod107"},
		{"taxPeriod107 form", in("departmentalInfo", "taxPeriod107", "10.2026"), invalid, "departmentalInfo.taxPeriod107"},
		{"docNumber108 missing", in("departmentalInfo", "docNumber108", nil), invalid, "departmentalInfo.docNumber108"},
		{"docNumber108 form", in("departmentalInfo", "docNumber108", strings.Repeat("1", 16)), invalid, "departmentalInfo.docNumber108"},
		{"docDate109 missing", in("departmentalInfo", "docDate109", nil), invalid, "departmentalInfo.docDate109"},
		{"docDate109 form", in("departmentalInfo", "docDate109", "2026-11-22"), invalid, "departmentalInfo.docDate109"},
		{"paymentKind110 missing", in("departmentalInfo", "paymentKind110", nil), invalid, "departmentalInfo.paymentKind110"},
		{"paymentKind110 form", in("departmentalInfo", "paymentKind110", "ПЕН"), invalid, "departmentalInfo.paymentKind110"},
	})
	company := r.signInFor("romashka-buyer", allScopes)
	checkRules(t, r, pathBudget, company.Access, budgetInvoice, []rule{
		{"payer KPP of a company as 0", func(object) {}, invalid, "payerKpp"},
		{"payer KPP of a company", set("payerKpp", "990101001"), "", ""},
	})
}

func untaxedPurpose(o object) { o["purpose"] = "Штраф. НДС не облагается" }

// In the documented mode the document is taken at its word, also where the bank of today is known to differ.
func TestDocumentedMode(t *testing.T) {
	r := payRig(t)
	r.control("POST", "/api/settings", `{"documented":true}`)
	tok := r.signInFor("sokolov", allScopes)
	taxed := func(rate, purpose string) func(object) {
		return func(o object) {
			o["vat"], o["purpose"] = object{"type": "INCLUDED", "rate": rate, "amount": num("2033.33")}, purpose
		}
	}
	good := func(id string) object {
		o := invoice(id)
		taxed("20", "Оплата заказа. В том числе НДС 20% - 2033.33 рублей")(o)
		return o
	}
	checkRules(t, r, pathInvoice, tok.Access, good, []rule{
		{"printed as it is", func(object) {}, "", ""},
		{"printed without a space before the rate", set("purpose", "НДС20% - 2033.33 рублей"), "", ""},
		{"printed without a rate in the purpose", set("purpose", "НДС 2033.33 рублей"), "", ""},
		{"printed purpose with a comma", set("purpose", "НДС 20% - 2033,33 рублей"), invalid, "purpose"},
		{"printed purpose in small letters", both(untaxed, set("purpose", "ндс не облагается")), invalid, "purpose"},
		{"printed rate 10", taxed("10", "НДС 10% - 2033.33 рублей"), "", ""},
		{"printed rate 22", taxed("22", "НДС 22% - 2033.33 рублей"), invalid, "vat.rate"},
		{"printed ONTOP", in("vat", "type", "ONTOP"), "", ""},
		{"printed linked document type", set("linkedDocs", []object{{"type": "ExportContractInsure"}}), invalid, "linkedDocs[0].type"},
		{"printed isPaidByCredit as 1", set("isPaidByCredit", 1), garbled, "isPaidByCredit"},
		{"printed isPaidByCredit missing", drop("isPaidByCredit"), "", ""},
	})
	checkRules(t, r, pathBudget, tok.Access, budgetInvoice, []rule{
		{"printed departmentalInfo is any text", both(in("departmentalInfo", "kbk", "КБК"), untaxedPurpose), "", ""},
		{"printed departmentalInfo empty", both(in("departmentalInfo", "kbk", ""), untaxedPurpose), invalid, "departmentalInfo.kbk"},
		{"printed budget purpose", func(object) {}, invalid, "purpose"},
	})
	checkRules(t, r, pathSber, tok.Access, sberInvoice, []rule{
		{"ONTOP is not printed for from-invoice", in("vat", "type", "ONTOP"), invalid, "vat.type"},
	})
	old := r.signInFor("sokolov", "openid PAY_DOC_RU_INVOICE")
	id := newID()
	if a := r.post(pathInvoice, old.Access, body(t, good(id))); a.status != 201 {
		t.Errorf("the printed operation of from-invoice-any: status %d: %s", a.status, a.body)
	}
	if a := r.get("/fintech/api/v1/payments/"+id+"/state", old.Access); a.json(t)["payerName"] == nil {
		t.Errorf("the printed state is the whole document: %s", a.body)
	}
}
