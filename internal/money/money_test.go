package money

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	good := map[string]Amount{"0": 0, "10": 1000, "10.1": 1010, "10.10": 1010, "10.100": 1010, "-3.14": -314, "9999999999999999.99": Max}
	for in, want := range good {
		if got, err := Parse(in); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", " ", "1e5", "1,5", "1.001", "abc", "10000000000000000", "NaN", "--1", "1.2.3", "١٢", "1 000"} {
		if got, err := Parse(in); !errors.Is(err, ErrAmount) {
			t.Errorf("Parse(%q) = %d, %v; want ErrAmount", in, got, err)
		}
	}
}

func TestForms(t *testing.T) {
	a := Amount(123456789)
	if got := a.Format(); got != "1\u00a0234\u00a0567,89\u00a0₽" {
		t.Errorf("Format = %q", got)
	}
	if got := Amount(540000).FormatShort(); got != "5\u00a0400\u00a0₽" {
		t.Errorf("FormatShort = %q", got)
	}
	if got := Amount(-50).Format(); got != "−0,50\u00a0₽" {
		t.Errorf("negative = %q", got)
	}
	if got, err := ParseInput("1 234 567,89\u00a0₽"); err != nil || got != a {
		t.Errorf("ParseInput = %d, %v", got, err)
	}
	b, err := json.Marshal(struct{ A Amount }{1010})
	if err != nil || string(b) != `{"A":10.10}` {
		t.Errorf("JSON = %s, %v", b, err)
	}
}

func TestJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Amount(rapid.Int64Range(-int64(Max), int64(Max)).Draw(t, "a"))
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{string(b), `"` + string(b) + `"`} {
			var got Amount
			if err := json.Unmarshal([]byte(form), &got); err != nil || got != a {
				t.Fatalf("%s → %d, %v; want %d", form, got, err, a)
			}
		}
		if got, err := ParseInput(a.digits(true)); a >= 0 && (err != nil || got != a) {
			t.Fatalf("people's form %q → %d, %v", a.digits(true), got, err)
		}
	})
}

func TestVATIncluded(t *testing.T) {
	for _, c := range []struct {
		rate  VATRate
		gross Amount
		want  Amount
	}{{22, 12200, 2200}, {20, 12000, 2000}, {10, 110691, 10063}, {NoVAT, 5000, 0}, {0, 5000, 0}, {22, 1, 0}, {22, 3, 1}} {
		if got := c.rate.Included(c.gross); got != c.want {
			t.Errorf("%d%% of %d = %d, want %d", c.rate, c.gross, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.SampledFrom([]VATRate{5, 7, 10, 20, 22}).Draw(t, "rate")
		gross := Amount(rapid.Int64Range(0, int64(Max)).Draw(t, "gross"))
		exact := gross.Decimal().Mul(decimal.NewFromInt(int64(rate))).Div(decimal.NewFromInt(int64(100 + rate)))
		if diff := rate.Included(gross).Decimal().Sub(exact).Abs(); diff.GreaterThan(decimal.New(5, -3)) {
			t.Fatalf("off by %s", diff)
		}
	})
}

func TestBaseVATIsDated(t *testing.T) {
	day := func(y int) time.Time { return time.Date(y, 6, 1, 0, 0, 0, 0, time.UTC) }
	if BaseVAT(day(2025)) != 20 || BaseVAT(day(2026)) != 22 || BaseVAT(day(2018)) != 18 {
		t.Error("base rate does not follow the date")
	}
	if BaseVAT(time.Date(2025, 12, 31, 23, 59, 0, 0, time.UTC)) != 20 {
		t.Error("the last minute of 2025 is still 20 %")
	}
}

func TestBounds(t *testing.T) {
	if _, err := Max.Times(2); !errors.Is(err, ErrAmount) {
		t.Error("Times overflows in silence")
	}
	if _, err := Amount(1).Times(-9223372036854775808); !errors.Is(err, ErrAmount) {
		t.Error("Times by MinInt64 overflows in silence")
	}
	if _, err := Sum(Max, Max); !errors.Is(err, ErrAmount) {
		t.Error("Sum overflows in silence")
	}
}

func FuzzParseInput(f *testing.F) {
	for _, s := range []string{"1 234,50 ₽", "-1", "", "1e9", "10.10"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseInput(s)
		if err == nil && (a > Max || a < -Max) {
			t.Fatalf("%q → %d out of bounds", s, a)
		}
	})
}
