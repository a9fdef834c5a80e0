package credit

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"creditcart/internal/money"
)

func line(gross money.Amount, rate money.VATRate) VATLine {
	return VATLine{gross, rate, rate.Included(gross)}
}

func TestSumVATAndItsWords(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []VATLine
		want  VAT
		words string
	}{
		{"one rate", []VATLine{line(12200, 22), line(24400, 22)}, VAT{VATIncluded, 22, 6600}, "НДС 22% - 66.00 рублей"},
		{"documented sum", []VATLine{line(110691, 10)}, VAT{VATIncluded, 10, 10063}, "НДС 10% - 100.63 рублей"},
		{"two rates", []VATLine{line(12200, 22), line(11000, 10)}, VAT{VATManual, money.NoVAT, 3200}, "НДС 32.00 рублей"},
		{"rate, none, the same rate", []VATLine{line(12200, 22), line(5000, money.NoVAT), line(12200, 22)}, VAT{VATManual, money.NoVAT, 4400}, "НДС 44.00 рублей"},
		{"none first", []VATLine{line(5000, money.NoVAT), line(12200, 22)}, VAT{VATManual, money.NoVAT, 2200}, "НДС 22.00 рублей"},
		{"none", []VATLine{line(5000, money.NoVAT), line(1, money.NoVAT)}, VAT{VATNone, money.NoVAT, 0}, "НДС не облагается"},
		{"gift of another rate", []VATLine{line(0, 10), line(12200, 22)}, VAT{VATIncluded, 22, 2200}, "НДС 22% - 22.00 рублей"},
		{"zero rate", []VATLine{line(5000, 0)}, VAT{VATManual, money.NoVAT, 0}, "НДС 0.00 рублей"},
		{"a kopeck", []VATLine{line(1, 22)}, VAT{VATIncluded, 22, 0}, "НДС 22% - 0.00 рублей"},
		{"nothing", nil, VAT{VATNone, money.NoVAT, 0}, "НДС не облагается"},
	} {
		if got := SumVAT(c.lines); got != c.want || got.Words() != c.words {
			t.Errorf("%s: %+v %q, want %+v %q", c.name, got, got.Words(), c.want, c.words)
		}
	}
}

func TestPurpose(t *testing.T) {
	v := VAT{VATIncluded, 22, 10063}
	night := time.Date(2026, 11, 21, 21, 30, 0, 0, time.UTC) // already the 22nd in Moscow
	if got := Purpose("A1024", night, v, LimitPaymentPurpose); got != "Оплата по заказу № A1024 от 22.11.2026, НДС 22% - 100.63 рублей" {
		t.Errorf("%q", got)
	}
	if got := Purpose("A1024", time.Time{}, VAT{Type: VATNone}, LimitRequestPurpose); got != "Оплата по заказу № A1024, НДС не облагается" {
		t.Errorf("%q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringN(0, 300, -1).Draw(t, "number")
		v := VAT{rapid.SampledFrom([]VATType{VATIncluded, VATManual, VATNone}).Draw(t, "type"), 22, money.Amount(rapid.Int64Range(0, int64(money.Max)).Draw(t, "vat"))}
		limit := rapid.SampledFrom([]int{LimitRequestPurpose, LimitPaymentPurpose}).Draw(t, "limit")
		got := Purpose(number, night, v, limit)
		if utf8.RuneCountInString(got) > limit || !strings.HasSuffix(got, v.Words()) || !strings.HasPrefix(got, "Оплата") || got != Clean(got) {
			t.Fatalf("%q", got)
		}
	})
}

func TestProrate(t *testing.T) {
	v := VAT{VATIncluded, 22, 725495}                                                       // of 40 230 roubles
	if got := ProrateAfter(v, 0, 1000050, 4023000); got != (VAT{VATIncluded, 22, 180346}) { // 7254.95 × 10000.50 / 40230 = 1803.4557…
		t.Errorf("%+v", got)
	}
	if got := ProrateAfter(v, 0, 4023000, 4023000); got != v {
		t.Errorf("the whole: %+v", got)
	}
	if got := ProrateAfter(VAT{VATManual, money.NoVAT, 1}, 0, 1, 2); got.Amount != 1 {
		t.Errorf("half a kopeck goes up: %+v", got)
	}
	if got := ProrateAfter(v, 0, 1, 4023000); got != (VAT{VATIncluded, 22, 0}) {
		t.Errorf("a part too small for a tax: %+v", got)
	}
	// However an order is split, the parts' tax is the order's and none of them is negative.
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Int64Range(1, int64(money.Max)).Draw(t, "whole")
		total := VAT{VATIncluded, 22, money.Amount(rapid.Int64Range(0, whole).Draw(t, "vat"))}
		var before, sum money.Amount
		for before < money.Amount(whole) {
			part := money.Amount(rapid.Int64Range(1, whole-int64(before)).Draw(t, "part"))
			if rapid.Bool().Draw(t, "rest") {
				part = money.Amount(whole) - before
			}
			v := ProrateAfter(total, before, part, money.Amount(whole))
			if v.Amount < 0 || v.Amount > total.Amount {
				t.Fatalf("part %d after %d: %+v", part, before, v)
			}
			sum += v.Amount
			before += part
		}
		if sum != total.Amount {
			t.Fatalf("parts make %d of %d", sum, total.Amount)
		}
	})
}
