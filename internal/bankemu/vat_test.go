package bankemu_test

import (
	"strings"
	"testing"
)

// «Параметры НДС» of seed «Моментальные платежи».
func TestVatRules(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	checkRules(t, r, pathInvoice, tok.Access, invoice, []rule{
		{"included", func(object) {}, "", ""},
		{"no vat", untaxed, "", ""},
		{"no vat block", both(untaxed, drop("vat")), "", ""},
		{"no vat block and nothing in the purpose", both(drop("vat"), set("purpose", "Оплата")), invalid, "purpose"},
		{"purpose without «не облагается»", set("vat", object{"type": "NO_VAT"}), invalid, "purpose"},
		{"no vat with a zero rate and sum", set2("vat", object{"type": "NO_VAT", "rate": "0", "amount": num("0.00")}, "purpose", "НДС не облагается"), "", ""},
		{"no vat with a rate", both(untaxed, in("vat", "rate", "20")), invalid, "vat.rate"},
		{"no vat with a sum", both(untaxed, in("vat", "amount", num("1.00"))), invalid, "vat.amount"},
		{"manual vat", manual, "", ""},
		{"manual vat without a sum", set2("vat", object{"type": "MANUAL"}, "purpose", "Оплата"), "", ""},
		{"manual vat with a rate", both(manual, in("vat", "rate", "22")), "", ""},
		{"manual vat not in the purpose", both(manual, set("purpose", "Оплата")), invalid, "purpose"},
		{"manual vat amount text", both(manual, in("vat", "amount", "2200.00")), garbled, "vat.amount"},
		{"sum in the purpose with spaces and a comma", set("purpose", "Оплата, в т.ч. НДС 22% - 2 200,00 рублей"), "", ""},
		{"sum in the purpose with hard spaces", set("purpose", "Оплата, в т.ч. НДС 22% - 2\u00a0200.00 рублей"), "", ""},
		{"sum in the purpose with a dash for kopecks", set("purpose", "НДС 2200-00 рублей"), "", ""},
		{"sum after another number", set("purpose", "Оплата заказа 7, 2200.00 рублей НДС"), "", ""},
		{"sum inside a longer number", set("purpose", "Оплата, НДС 12200.00"), invalid, "purpose"},
		{"sum inside and then alone", set("purpose", "Оплата 12200.00, НДС 2200.00"), "", ""},
		{"purpose without the VAT sum", set("purpose", "Оплата, в том числе НДС 22%"), invalid, "purpose"},
		{"purpose with another sum", set("purpose", "Оплата, НДС 22% - 12200.00 рублей"), invalid, "purpose"},
		{"vat type missing", in("vat", "type", nil), invalid, "vat.type"},
		{"vat type by its number", in("vat", "type", "0"), "", ""},
		{"no vat by its number", both(untaxed, in("vat", "type", "2")), "", ""},
		{"manual by its number", both(manual, in("vat", "type", "3")), "", ""},
		{"vat on top", in("vat", "type", "ONTOP"), invalid, "vat.type"},
		{"vat on top by its number", in("vat", "type", "1"), invalid, "vat.type"},
		{"vat rate 10", in("vat", "rate", "10"), "", ""},
		{"vat rate 20", in("vat", "rate", "20"), "", ""},
		{"vat rate 5", in("vat", "rate", "5"), "", ""},
		{"vat rate 7", in("vat", "rate", "7"), "", ""},
		{"vat rate 18", in("vat", "rate", "18"), invalid, "vat.rate"},
		{"vat rate with a percent sign", in("vat", "rate", "22%"), invalid, "vat.rate"},
		{"vat rate missing", in("vat", "rate", nil), invalid, "vat.rate"},
		{"vat rate empty", in("vat", "rate", ""), invalid, "vat.rate"},
		{"vat rate number", in("vat", "rate", 22), garbled, "vat.rate"},
		{"vat amount missing", in("vat", "amount", nil), invalid, "vat.amount"},
		{"vat amount form", in("vat", "amount", num("2200")), invalid, "vat.amount"},
		{"vat amount zero", both(in("vat", "amount", num("0.00")), set("purpose", "Оплата, в том числе НДС 22% - 0.00 рублей")), "", ""},
		{"vat amount zero not in the purpose", in("vat", "amount", num("0.00")), invalid, "purpose"},
		{"vat amount not less than the amount", in("vat", "amount", num("12200.00")), invalid, "vat.amount"},
	})
}

func set2(key string, value any, key2 string, value2 any) func(object) {
	return both(set(key, value), set(key2, value2))
}

// What the bank writes into the answer for each way of VAT.
func TestVatInTheAnswer(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	for _, c := range []struct {
		name string
		bend func(object)
		want string
	}{
		{"no block", both(untaxed, drop("vat")), `"vat":{"amount":0.00,"rate":"0","type":"NO_VAT"}`},
		{"block without VAT", untaxed, `"vat":{"amount":0.00,"rate":"0","type":"NO_VAT"}`},
		{"included in the amount", func(object) {}, `"vat":{"amount":2200.00,"rate":"22","type":"INCLUDED"}`},
		{"manual without an amount", set2("vat", object{"type": "MANUAL"}, "purpose", "Оплата"), `"vat":{"amount":0.00,"rate":"0","type":"MANUAL"}`},
		{"manual with an amount", manual, `"vat":{"amount":2200.00,"rate":"0","type":"MANUAL"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := invoice(newID())
			c.bend(o)
			if a := r.post(pathInvoice, tok.Access, body(t, o)); !strings.Contains(a.body, c.want) {
				t.Errorf("no %s in %s", c.want, a.body)
			}
		})
	}
}
