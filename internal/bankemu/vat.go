package bankemu

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

var (
	reRate = regexp.MustCompile(`^[0-9]{1,2}$`)
	// printedRates are what seed «Моментальные платежи» allows with INCLUDED (2023); vatRates are those of the tax code.
	printedRates = []string{"10", "20"}
	vatRates     = []string{"5", "7", "10", "20", "22"}
	// vatTypes in the order of «stringEnum»: 0, 2 and 3 are accepted instead of the names, 1 with ONTOP itself.
	vatTypes = []string{"INCLUDED", "ONTOP", "NO_VAT", "MANUAL"}
)

// vatRules are the differences between the models: ONTOP is printed only for -any and -budget and never explained;
// -budget demands rate and sum. A tax payment that says nothing of VAT is usual: silent tolerates that.
type vatRules struct{ onTop, whole, silent bool }

func (r vatRules) kind(s string) string {
	if r.onTop && (s == "1" || s == "ONTOP") {
		return ""
	}
	return oneOf("INCLUDED", "NO_VAT", "MANUAL", "0", "2", "3")(s)
}

// parseVat follows «Параметры НДС»: without a block the document is not subject to VAT; the purpose must say the same.
// INCLUDED with 0.00 is taken: the document wants the sum named, and the tax of a few kopecks rounds to nothing.
func parseVat(o *object, p *payment, rules vatRules) {
	d := &p.doc
	d.Vat = vat{Amount: "0.00", Rate: "0", Type: "NO_VAT"}
	v := o.child("vat", false)
	if v == nil {
		if !rules.silent {
			checkPurpose(o, d, decimal.Zero, false)
		}
		return
	}
	kind := v.text("type", true, rules.kind)
	if len(kind) == 1 {
		kind = vatTypes[kind[0]-'0']
	}
	included := kind == "INCLUDED" || kind == "ONTOP"
	rate := v.rate(rules.whole || included)
	sum, sent := v.amount("amount", rules.whole || included)
	if !sum.IsZero() && p.amount.IsPositive() && sum.GreaterThanOrEqual(p.amount) {
		o.p.rule("vat.amount", "Сумма НДС должна быть меньше суммы платежа")
	}
	switch {
	case kind == "":
		return
	case included && rate != "":
		if msg := o.printed(oneOf(printedRates...), oneOf(vatRates...))(rate); msg != "" {
			o.p.rule("vat.rate", msg)
		}
	case kind == "NO_VAT":
		if rate != "" && rate != "0" {
			o.p.rule("vat.rate", "Без НДС ставка не указывается")
		}
		if !sum.IsZero() {
			o.p.rule("vat.amount", "Без НДС сумма налога не указывается")
		}
	}
	d.Vat = vat{Amount: json.Number(sum.StringFixed(2)), Rate: or(rate, "0"), Type: kind}
	if kind != "NO_VAT" || !rules.silent {
		checkPurpose(o, d, sum, sent && included || !sum.IsZero())
	}
}

func (o *object) rate(required bool) string {
	if required {
		return o.text("rate", true, matches(reRate))
	}
	return o.given("rate", matches(reRate))
}

// checkPurpose: told says that the purpose must name the sum.
func checkPurpose(o *object, d *paymentDoc, sum decimal.Decimal, told bool) {
	if d.Purpose == "" {
		return // already reported
	}
	if d.Vat.Type == "NO_VAT" {
		purpose := d.Purpose
		if !o.documented {
			purpose = strings.ReplaceAll(strings.ToUpper(purpose), "НДС НЕ ОБЛАГАЕТСЯ", "НДС не облагается")
		}
		if !strings.Contains(purpose, "НДС не облагается") {
			o.p.rule("purpose", "Назначение платежа должно содержать «НДС не облагается»")
		}
		return
	}
	named := strings.Contains(d.Purpose, "НДС") && mentions(d.Purpose, sum)
	if o.documented {
		named = printedTax(d.Purpose, d.Vat.Rate, sum.StringFixed(2))
	}
	if told && !named {
		o.p.rule("purpose", "Назначение платежа должно содержать сумму НДС "+sum.StringFixed(2))
	}
}

// printedTax looks for the documented spellings: «НДС10% - 100.63 рублей», «НДС 10% - 100.63 рублей», «НДС 100.63 рублей».
func printedTax(purpose, rate, sum string) bool {
	return slices.ContainsFunc([]string{"НДС" + rate + "% - ", "НДС " + rate + "% - ", "НДС "},
		func(start string) bool { return strings.Contains(purpose, start+sum+" рублей") })
}

var plainSpaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ")

// mentions looks for a sum in a purpose: 1234.50, 1 234.50 or 1 234,50, not as a part of a longer number.
func mentions(purpose string, sum decimal.Decimal) bool {
	purpose = plainSpaces.Replace(purpose)
	grouped := strings.TrimSuffix(plainSpaces.Replace(money(sum)), " ₽") // 1 234,50
	for _, whole := range []string{sum.StringFixed(2), strings.ReplaceAll(grouped, ",", ".")} {
		for _, mark := range []string{".", ",", "-"} {
			if standsAlone(purpose, strings.ReplaceAll(whole, ".", mark)) {
				return true
			}
		}
	}
	return false
}

// standsAlone finds a number that no digit precedes or follows.
func standsAlone(text, number string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	for from := 0; ; from++ {
		i := strings.Index(text[from:], number)
		if i < 0 {
			return false
		}
		from += i
		if !digit(from-1) && !digit(from+len(number)) {
			return true
		}
	}
}
