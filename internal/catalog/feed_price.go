package catalog

import (
	"regexp"
	"strings"

	"creditcart/internal/money"
)

// typedPrice is a number as people and programs write it, spaces already taken out.
var typedPrice = regexp.MustCompile(`^(-?)\d+(?:[.,](\d*))?$`)

func (f *feedReader) price(o offer) money.Amount {
	p, given := o.fields["price"]
	typed := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "−", "-").Replace(strings.TrimSpace(p.text))
	if !given || typed == "" {
		f.problem(o.line, "нет цены (<price>)")
		return 0
	}
	m := typedPrice.FindStringSubmatch(typed)
	if m == nil {
		f.problem(p.line, "цена %s не число", quoted(p.text))
		return 0
	}
	if len(strings.TrimRight(m[2], "0")) > 2 {
		f.problem(p.line, "цена %s: больше двух знаков после запятой", quoted(p.text))
		return 0
	}
	amount, err := money.ParseInput(strings.TrimRight(typed, ".,"))
	switch {
	case err == nil && amount == 0:
		f.problem(p.line, "цена равна нулю")
	case m[1] == "-":
		f.problem(p.line, "цена %s меньше нуля", strings.Trim(quoted(strings.Replace(typed, "-", "−", 1)), "«»"))
	case err != nil || amount > MaxPrice:
		f.problem(p.line, "цена %s больше %s", quoted(p.text), MaxPrice.FormatShort())
	default:
		return amount
	}
	return 0
}

// currency refuses anything but roubles: both codes of the rouble occur in feeds.
func (f *feedReader) currency(o offer) {
	c := o.fields["currencyId"]
	switch strings.ToUpper(strings.TrimSpace(c.text)) {
	case "", "RUB", "RUR":
	default:
		f.problem(c.line, "валюта %s: принимаются только цены в рублях (RUB или RUR)", quoted(c.text))
	}
}

// vat reads VAT_22, NO_VAT or a plain percentage. A plain 5 or 7 is refused: in older feeds these numbers are codes
// of 0 % and 20 %, and a wrong guess is a wrong tax.
func (f *feedReader) vat(o offer) *money.VATRate {
	v, given := o.fields["vat"]
	typed := strings.ToUpper(strings.TrimSpace(v.text))
	if !given || typed == "" {
		return nil
	}
	if typed == "NO_VAT" {
		rate := money.NoVAT
		return &rate
	}
	number, coded := strings.CutPrefix(typed, "VAT_")
	number = strings.TrimSpace(strings.TrimSuffix(number, "%"))
	if !coded && (typed == "5" || typed == "7") {
		f.problem(v.line, "НДС %s можно понять двояко, укажите VAT_5, VAT_7, VAT_0 или VAT_20", quoted(typed))
		return nil
	}
	rate, err := money.ParseVAT(number)
	if err != nil || rate == money.NoVAT {
		f.problem(v.line, "НДС %s: такой ставки нет, бывает VAT_22, VAT_20, VAT_10, VAT_7, VAT_5, VAT_0 или NO_VAT", quoted(v.text))
		return nil
	}
	return &rate
}
