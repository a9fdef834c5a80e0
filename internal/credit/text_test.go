package credit

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"Бумага офисная белая", 20, "Бумага офисная белая"},
		{"Бумага офисная белая", 19, "Бумага офисная"},
		{"Бумага офисная белая", 14, "Бумага офисная"},
		{"Бумага офисная белая", 13, "Бумага"},
		{"Бумага, офисная", 10, "Бумага"},
		{"Ручка (синяя)", 7, "Ручка"},
		{"Электрокардиостимулятор", 6, "Электр"},
		{"слово", 0, ""}, {"слово", -3, ""}, {"", 5, ""},
	} {
		if got := Cut(c.in, c.limit); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		limit := rapid.IntRange(1, 30).Draw(t, "limit")
		got := Cut(s, limit)
		if utf8.RuneCountInString(got) > limit || !utf8.ValidString(got) || !strings.HasPrefix(s, got) {
			t.Fatalf("%q cut to %d: %q", s, limit, got)
		}
		if s != "" && strings.TrimFunc(s, isLoose) != "" && got == "" {
			t.Fatalf("%q cut to %d: nothing left", s, limit)
		}
	})
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"ООО \"Ромашка\"":          "ООО \"Ромашка\"",
		" ООО\t«Ромашка»\r\n":      "ООО «Ромашка»",
		"A\x00B\x1b[31m\u202eC":    "AB[31mC",
		"неразрывный\u00a0 пробел": "неразрывный пробел",
		"сломано\xff\xfe":          "сломано",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		got := Clean(string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")))
		if !utf8.ValidString(got) || strings.IndexFunc(got, unicode.IsControl) >= 0 || got != Clean(got) {
			t.Fatalf("%q", got)
		}
	})
}

func TestLinks(t *testing.T) {
	const id = "0b7a1d3e-4f6a-4c1e-9d51-6f3c2b1a0e9f"
	if got := CreditLink("https://sbi.sberbank.ru:9443/", id); got != "https://sbi.sberbank.ru:9443/ic/dcb/index.html#/credits/credit-financing/credit-partners?order="+id {
		t.Error(got)
	}
	const back = "https://shop.example/orders/A1?a=1&b=два слова+#x"
	const encoded = "https%3A%2F%2Fshop.example%2Forders%2FA1%3Fa%3D1%26b%3D%D0%B4%D0%B2%D0%B0%20%D1%81%D0%BB%D0%BE%D0%B2%D0%B0%2B%23x"
	if got := PaymentLink("http://localhost:28016", SignPageDCB, id, back); got != "http://localhost:28016/ic/dcb/index.html#/payment-creator/"+id+"?backUrl="+encoded {
		t.Error(got)
	}
	if got := PaymentLink("http://localhost:28016", SignPageRPPLight, id, ""); got != "http://localhost:28016/ic/ufs/rpp-light/index.html#/payment-creator/"+id {
		t.Error(got)
	}
}
