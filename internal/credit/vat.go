package credit

import (
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"creditcart/internal/money"
)

// VATType is how the tax of a payment is told to the bank (page «Моментальные платежи», vat.type).
// ONTOP exists in answers of the bank and is never sent.
type VATType string

// The types that are sent.
const (
	VATIncluded VATType = "INCLUDED" // one rate, included in the sum
	VATNone     VATType = "NO_VAT"   // not subject to the tax
	VATManual   VATType = "MANUAL"   // several rates: only the total is told
)

// VATLine is a line of an order with its tax, already computed per line and rounded half up to the kopeck.
type VATLine struct {
	Gross money.Amount
	Rate  money.VATRate
	VAT   money.Amount
}

// VAT is the tax of a payment: vat, vatAmount and the words in the purpose come from it alone.
type VAT struct {
	Type VATType
	// Rate is meaningful for VATIncluded only.
	Rate   money.VATRate
	Amount money.Amount
}

// SumVAT adds up the tax of lines: one rate gives INCLUDED, no tax at all NO_VAT, several rates MANUAL with the total.
// The rate of 0 % is MANUAL too. Lines that cost nothing do not count.
func SumVAT(lines []VATLine) VAT {
	v := VAT{Type: VATNone, Rate: money.NoVAT}
	first := true
	for _, l := range lines {
		if l.Gross == 0 {
			continue
		}
		v.Amount += l.VAT
		switch {
		case first && l.Rate != money.NoVAT:
			v.Type, v.Rate = VATIncluded, l.Rate
		case !first && l.Rate != v.Rate:
			v.Type = VATManual
		}
		first = false
	}
	return v.settled()
}

// settled keeps to what the bank takes: with INCLUDED it wants a rate above zero («Параметры НДС»). A sum that rounds to
// 0.00 stays INCLUDED: it is the tax at that rate (decision 21).
func (v VAT) settled() VAT {
	if v.Type == VATIncluded && v.Rate <= 0 {
		v.Type = VATManual
	}
	if v.Type == VATManual {
		v.Rate = money.NoVAT
	}
	return v
}

// ProrateAfter is the tax of a part when `before` of the whole is already covered by earlier payments: the tax of
// everything up to and with this part less the tax of what came before. However an order is split, nothing is lost or doubled.
func ProrateAfter(v VAT, before, part, whole money.Amount) VAT {
	if whole <= 0 {
		return v
	}
	v.Amount = share(v.Amount, before+part, whole) - share(v.Amount, before, whole)
	return v.settled()
}

func share(total, part, whole money.Amount) money.Amount {
	if part >= whole {
		return total
	}
	if part <= 0 {
		return 0
	}
	kopecks := decimal.NewFromInt(int64(total)).Mul(decimal.NewFromInt(int64(part))).DivRound(decimal.NewFromInt(int64(whole)), 0)
	return money.Amount(kopecks.IntPart())
}

// Words are the tax in the purpose of a payment, in the spelling the bank demands.
func (v VAT) Words() string {
	switch v.Type {
	case VATIncluded:
		return "НДС " + v.Rate.String() + "% - " + v.Amount.String() + " рублей"
	case VATManual:
		return "НДС " + v.Amount.String() + " рублей"
	}
	return "НДС не облагается"
}

// Purpose is «Оплата по заказу № X от 22.11.2026, НДС 22% - 100.63 рублей» within limit runes
// (LimitRequestPurpose, LimitPaymentPurpose). The tax is never cut, the words before it are. A zero date is left out.
func Purpose(orderNumber string, date time.Time, v VAT, limit int) string {
	head := Clean("Оплата по заказу № " + orderNumber)
	if !date.IsZero() {
		head += " от " + date.In(Moscow()).Format("02.01.2006")
	}
	tail := v.Words()
	head = Cut(head, limit-len([]rune(tail))-2)
	if head == "" {
		return tail
	}
	return strings.Join([]string{head, tail}, ", ")
}

// Moscow is the bank's time zone. Russia has had no daylight saving time since 2014, so no zone data is needed.
func Moscow() *time.Location { return time.FixedZone("МСК", 3*60*60) }
