package credit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of texts in runes, by the documents' fields.
const (
	LimitRequestPurpose = 120
	LimitPaymentPurpose = 210
	LimitPosition       = 100
	LimitPayeeName      = 254
	LimitURL            = 1000
	limitContract       = 50
)

// Clean makes a text fit for a bank document: valid UTF-8, no control or invisible formatting characters,
// single plain spaces.
func Clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// Cut shortens a text to at most limit runes, at a word boundary when the first word fits, never inside a rune.
func Cut(s string, limit int) string {
	if limit <= 0 {
		return ""
	}
	r := []rune(strings.ToValidUTF8(s, ""))
	if len(r) <= limit {
		return string(r)
	}
	end := limit
	// When the cut falls between words nothing has to be given up.
	if !unicode.IsSpace(r[limit]) {
		for end > 0 && !unicode.IsSpace(r[end-1]) {
			end--
		}
	}
	out := strings.TrimRightFunc(string(r[:end]), isLoose)
	if out == "" {
		return string(r[:limit])
	}
	return out
}

// CleanCut is Clean, then Cut: names of goods and of the payee.
func CleanCut(s string, limit int) string { return Cut(Clean(s), limit) }

// isLoose reports what must not dangle at the end of a cut text.
func isLoose(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;:—–-(«№", r) }
