package bankemu_test

import (
	"strings"
	"testing"
)

func TestInvoiceRules(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	credit := func(number string) func(object) {
		return func(o object) { o["isPaidByCredit"], o["creditContractNumber"] = true, number }
	}
	noVat := func(o object) {
		o["vat"], o["purpose"] = object{"type": "NO_VAT"}, "Оплата заказа. НДС не облагается"
	}
	manual := func(o object) { o["vat"] = object{"type": "MANUAL", "amount": num("2200.00")} }
	checkRules(t, r, pathInvoice, tok.Access, invoice, []rule{
		{"as it is", func(object) {}, "", ""},
		{"from the line", credit("5-2026/777"), "", ""},
		{"no expiration date", drop("expirationDate"), "", ""},
		{"no vat", noVat, "", ""},
		{"no vat block", func(o object) { noVat(o); delete(o, "vat") }, "", ""},
		{"manual vat", manual, "", ""},
		{"manual vat without a sum", func(o object) { o["vat"], o["purpose"] = object{"type": "MANUAL"}, "Оплата" }, "", ""},
		{"sum in the purpose with spaces and a comma", set("purpose", "Оплата, в т.ч. НДС 22% - 2 200,00 рублей"), "", ""},
		{"sum after another number", set("purpose", "Оплата заказа 7, 2200.00 рублей НДС"), "", ""},
		{"sum inside a longer number", set("purpose", "Оплата, НДС 12200.00"), invalid, "purpose"},
		{"amount missing", drop("amount"), invalid, "amount"},
		{"amount zero", set("amount", num("0.00")), invalid, "amount"},
		{"amount form", set("amount", num("12200")), invalid, "amount"},
		{"amount text", set("amount", "12200.00"), garbled, "amount"},
		{"date missing", drop("date"), invalid, "date"},
		{"date form", set("date", "22.11.2026"), invalid, "date"},
		{"expired on arrival", func(o object) { o["date"] = "2026-11-01"; delete(o, "expirationDate") }, invalid, "date"},
		{"expiration before date", set("expirationDate", "2026-11-21"), invalid, "expirationDate"},
		{"expiration after ten days", set("expirationDate", "2026-12-03"), invalid, "expirationDate"},
		{"externalId", set("externalId", "1"), invalid, "externalId"},
		{"isPaidByCredit missing", drop("isPaidByCredit"), invalid, "isPaidByCredit"},
		{"isPaidByCredit as 1", func(o object) { credit("5-2026/777")(o); o["isPaidByCredit"] = 1 }, "", ""},
		{"isPaidByCredit as 0", set("isPaidByCredit", 0), "", ""},
		{"isPaidByCredit as 2", set("isPaidByCredit", 2), garbled, "isPaidByCredit"},
		{"isPaidByCredit text", set("isPaidByCredit", "true"), garbled, "isPaidByCredit"},
		{"contract missing", set("isPaidByCredit", true), invalid, "creditContractNumber"},
		{"foreign contract", credit("7-2026/15"), flow, "Для договора № 7-2026/15 отсутствует действующая возобновляемая кредитная линия"},
		{"line too small", func(o object) { credit("5-2026/777")(o); o["amount"] = num("250000.01") }, flow,
			"Для договора № 5-2026/777 отсутствует действующая возобновляемая кредитная линия"},
		{"payee account form", set("payeeAccount", "407"), invalid, "payeeAccount"},
		{"payee account key", set("payeeAccount", "40702810038001000101"), invalid, "payeeAccount"},
		{"payee BIC", set("payeeBankBic", "4452522"), invalid, "payeeBankBic"},
		{"corr account form", set("payeeBankCorrAccount", "3010"), invalid, "payeeBankCorrAccount"},
		{"corr account of another bank", set("payeeBankCorrAccount", "30101810400000000974"), flow,
			"Невозможно идентифицировать банк получателя по указанным номеру БИК и корреспондентскому счету"},
		{"payee INN", set("payeeInn", "123"), invalid, "payeeInn"},
		{"payee INN missing", drop("payeeInn"), invalid, "payeeInn"},
		{"payee KPP", set("payeeKpp", "1"), invalid, "payeeKpp"},
		{"payee name long", set("payeeName", strings.Repeat("н", 255)), invalid, "payeeName"},
		{"payment number", set("paymentNumber", "1234567"), invalid, "paymentNumber"},
		{"priority", set("priority", "3"), invalid, "priority"},
		{"operation code", set("operationCode", "02"), invalid, "operationCode"},
		{"delivery kind", set("deliveryKind", "почтой"), invalid, "deliveryKind"},
		{"urgency", set("urgencyCode", "INTERTAL"), invalid, "urgencyCode"},
		{"order number", set("orderNumber", strings.Repeat("1", 51)), invalid, "orderNumber"},
		{"linked document", set("linkedDocs", []object{{"type": "other"}}), invalid, "linkedDocs[0].type"},
		{"purpose 211", set("purpose", "НДС 2200.00 "+strings.Repeat("я", 199)), invalid, "purpose"},
		{"purpose missing", drop("purpose"), invalid, "purpose"},
		{"purpose without the VAT sum", set("purpose", "Оплата, в том числе НДС 22%"), invalid, "purpose"},
		{"purpose with another sum", set("purpose", "Оплата, НДС 22% - 12200.00 рублей"), invalid, "purpose"},
		{"purpose without «не облагается»", func(o object) { o["vat"] = object{"type": "NO_VAT"} }, invalid, "purpose"},
		{"manual vat not in the purpose", func(o object) { manual(o); o["purpose"] = "Оплата" }, invalid, "purpose"},
		{"vat type missing", in("vat", "type", nil), invalid, "vat.type"},
		{"vat on top", in("vat", "type", "ONTOP"), invalid, "vat.type"},
		{"vat rate", in("vat", "rate", "18"), invalid, "vat.rate"},
		{"vat rate missing", in("vat", "rate", nil), invalid, "vat.rate"},
		{"vat rate number", in("vat", "rate", 22), garbled, "vat.rate"},
		{"vat amount missing", in("vat", "amount", nil), invalid, "vat.amount"},
		{"vat amount zero", func(o object) {
			in("vat", "amount", num("0.00"))(o)
			o["purpose"] = "Оплата, в том числе НДС 22% - 0.00 рублей"
		}, "", ""},
		{"vat amount zero not in the purpose", in("vat", "amount", num("0.00")), invalid, "purpose"},
		{"vat amount not less than the amount", in("vat", "amount", num("12200.00")), invalid, "vat.amount"},
		{"no vat with a rate", func(o object) { noVat(o); in("vat", "rate", "20")(o) }, invalid, "vat.rate"},
		{"no vat with a sum", func(o object) { noVat(o); in("vat", "amount", num("1.00"))(o) }, invalid, "vat.amount"},
	})
}
