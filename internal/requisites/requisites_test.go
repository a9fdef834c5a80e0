package requisites

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestVectors(t *testing.T) {
	cases := []struct {
		name string
		err  error
		want string // a part of the reason, "" = valid
	}{
		{"INN of a company", CheckINN("7707083893"), ""},
		{"INN of a person", CheckINN("500100732259"), ""},
		{"INN, last digit", CheckINN("7707083894"), "INN: wrong check digit"},
		{"INN of a person, 11th digit", CheckINN("500100732269"), "INN: wrong check digit"},
		{"INN of a person, 12th digit", CheckINN("500100732258"), "INN: wrong check digit"},
		{"INN, zeros", CheckINN("0000000000"), "no tax office"},
		{"INN, empty", CheckINN(""), "0 digits, must be 10 or 12"},
		{"INN, 11 digits", CheckINN("77070838931"), "11 digits, must be 10 or 12"},
		{"INN, letters", CheckINN("77070838O3"), "only digits"},
		{"INN, other digits", CheckINN("٧٧٠٧٠٨٣٨٩٣"), "only digits"},
		{"INN, space", CheckINN(" 7707083893"), "only digits"},
		{"KPP", CheckKPP("773601001"), ""},
		{"KPP, short", CheckKPP("77360100"), "8 digits, must be 9"},
		{"KPP, zeros", CheckKPP("000000000"), "no tax office"},
		{"BIC", CheckBIC("044525225"), ""},
		{"BIC, foreign start", CheckBIC("144525225"), "must start with 04"},
		{"BIC, long", CheckBIC("0445252250"), "10 digits, must be 9"},
		{"corr account", CheckCorrAccount("30101810400000000225", "044525225"), ""},
		{"corr account of another region", CheckCorrAccount("30101810400000000225", "044030225"), "wrong check digit"},
		{"corr account is not 301", CheckCorrAccount("40702810400000000225", "044525225"), "must start with 301"},
		{"corr account, bad BIC", CheckCorrAccount("30101810400000000225", "44525225"), "BIC: 8 digits"},
		{"account", CheckAccount("40702810500000000225", "044525225"), "wrong check digit"},
		{"account, short", CheckAccount("4070281040000000022", "044525225"), "account: 19 digits, must be 20"},
		{"account, bad BIC", CheckAccount("40702810400000000225", "054525225"), "BIC: must start"},
	}
	for _, c := range cases {
		switch {
		case c.want == "" && c.err != nil:
			t.Errorf("%s: %v", c.name, c.err)
		case c.want != "" && (c.err == nil || !strings.Contains(c.err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", c.name, c.err, c.want)
		case c.want != "" && !errors.Is(c.err, ErrInvalid):
			t.Errorf("%s: does not wrap ErrInvalid", c.name)
		}
	}
}

// The published example of the algorithm, so that the tests below cannot agree with a mistaken implementation.
func TestKnownAccounts(t *testing.T) {
	for _, v := range [][2]string{
		{"40602810700000000025", "049805746"}, // the example of the Bank of Russia's order
		{"40802810600000200000", "044525225"}, // an example in the bank's documents
	} {
		if err := CheckAccount(v[0], v[1]); err != nil {
			t.Errorf("BIC %s: %v", v[1], err)
		}
	}
}

func TestOneWrongDigitOfAnINNIsCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inn := rapid.StringMatching(`[1-9]\d{8}`).Draw(t, "company")
		inn += string(innDigit(inn, weightsINN10))
		check := inn[9]
		if rapid.Bool().Draw(t, "person") {
			inn = rapid.StringMatching(`[1-9]\d{9}`).Draw(t, "digits")
			inn += string(innDigit(inn, weightsINN11))
			inn += string(innDigit(inn, weightsINN12))
			check = inn[10]
		}
		if err := CheckINN(inn); err != nil {
			t.Fatalf("%s: %v", inn, err)
		}
		if check == '0' {
			t.Skip("0 stands for the remainders 0 and 10")
		}
		if wrong := spoil(t, inn); CheckINN(wrong) == nil {
			t.Fatalf("%s passes like %s", wrong, inn)
		}
	})
}

func TestOneWrongDigitOfAnAccountIsCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bic := rapid.StringMatching(`04\d{4}(\d{3}|00[012])`).Draw(t, "bic")
		check, start := CheckAccount, "407028"
		if rapid.Bool().Draw(t, "corr") {
			check, start = CheckCorrAccount, "301018"
		}
		rest := rapid.StringMatching(`\d{11}`).Draw(t, "rest")
		account := ""
		for key := range 10 { // the ninth digit is the key
			a := fmt.Sprintf("%s10%d%s", start, key, rest)
			if check(a, bic) == nil {
				if account != "" {
					t.Fatalf("two keys fit: %s and %s", account, a)
				}
				account = a
			}
		}
		if account == "" {
			t.Fatal("no key fits")
		}
		if wrong := spoil(t, account); check(wrong, bic) == nil {
			t.Fatalf("%s passes like %s", wrong, account)
		}
	})
}

func TestErrorsDoNotQuoteTheNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`\d{7,24}x?`).Draw(t, "number")
		for _, err := range []error{CheckINN(s), CheckKPP(s), CheckBIC(s), CheckAccount(s, "044525225"), CheckCorrAccount(s, "044525225")} {
			if err != nil && strings.Contains(err.Error(), s[:7]) {
				t.Fatalf("quotes the number: %v", err)
			}
		}
	})
}

func spoil(t *rapid.T, s string) string {
	i := rapid.IntRange(0, len(s)-1).Draw(t, "place")
	b := []byte(s)
	b[i] = '0' + (b[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
	return string(b)
}
