package catalog

import (
	"slices"
	"strings"
	"unicode"

	"github.com/kljensen/snowball/russian"
	"golang.org/x/text/unicode/norm"
)

const (
	maxQueryTerms = 8
	maxTermRunes  = 64
	maxQueryRunes = 500
)

// Terms are the search terms of a product, unique, in order of appearance: the stems of its name, vendor and SKU, and
// of the names of the categories given. A product is found when every term of QueryTerms is a prefix of one of them.
//
// An article such as "YNDX-00017" gives its parts and the whole without punctuation ("yndx00017").
func Terms(p Product, categories ...string) []string {
	var terms []string
	for _, text := range slices.Concat([]string{p.Name, p.Vendor, p.SKU}, categories) {
		for _, run := range strings.Fields(fold(text)) {
			terms = append(terms, stems(run)...)
			if whole := article.Replace(run); whole != run && !isCyrillicWord(run) && !strings.ContainsFunc(whole, notTermRune) {
				terms = append(terms, stem(whole))
			}
		}
	}
	return unique(terms, isStopWord)
}

// QueryTerms are the terms of what a buyer typed, unique, in the order typed, at most 8. They are made like those of
// Terms, so that each is to be compared as a prefix. Small words ("для", "с") are left out unless there is nothing else.
// No terms means that nothing searchable was typed.
func QueryTerms(text string) []string {
	if r := []rune(text); len(r) > maxQueryRunes {
		text = string(r[:maxQueryRunes])
	}
	terms := stems(fold(text))
	found := unique(terms, isStopWord)
	if len(found) == 0 {
		found = unique(terms, func(string) bool { return false })
	}
	return found[:min(len(found), maxQueryTerms)]
}

// fold makes spellings of the same text equal: compatibility forms, case, ё.
func fold(s string) string {
	s = strings.ToLower(norm.NFKC.String(strings.ReplaceAll(s, "№", " ")))
	return strings.ReplaceAll(s, "ё", "е")
}

// article takes out what joins the parts of an article.
var article = strings.NewReplacer("-", "", "/", "", "_", "")

// stems splits folded text into words and stems each. A number and its unit are two words, written apart or not: "30Вт".
func stems(text string) []string {
	var out []string
	for _, word := range strings.FieldsFunc(text, notTermRune) {
		unit := strings.TrimLeft(word, "0123456789")
		if unit != "" && len(unit) < len(word) && isCyrillicWord(unit) {
			out = append(out, strings.TrimSuffix(word, unit))
			word = unit
		}
		out = append(out, stem(word))
	}
	return out
}

// lookalikes are Cyrillic letters that people type for Latin ones in sizes and articles: "А4", "М8".
var lookalikes = strings.NewReplacer("а", "a", "в", "b", "е", "e", "к", "k", "м", "m", "н", "h", "о", "o", "р", "p",
	"с", "c", "т", "t", "у", "y", "х", "x")

// stem takes one folded word.
func stem(word string) string {
	if r := []rune(word); len(r) > maxTermRunes {
		word = string(r[:maxTermRunes])
	}
	if strings.ContainsFunc(word, unicode.IsDigit) {
		return lookalikes.Replace(word)
	}
	if !isCyrillicWord(word) || isStopWord(word) {
		return word
	}
	s := russian.Stem(word, true)
	if s == "" {
		return word
	}
	return dropFleetingVowel(s)
}

// dropFleetingVowel makes "перчаток" and "перчатка" meet: …ток and …тка both give …тк. The stemmer does not do it.
// A stem that never had the pair ("порок") changes the same way in all its forms, so it still finds itself.
func dropFleetingVowel(s string) string {
	r := []rune(s)
	n := len(r)
	if n < 5 || r[n-1] != 'к' || (r[n-2] != 'о' && r[n-2] != 'е') || strings.ContainsRune("аеиоуыэюяйь", r[n-3]) {
		return s
	}
	return string(r[:n-2]) + "к"
}

func notTermRune(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

// isCyrillicWord tells whether all letters are Cyrillic and there are no digits.
func isCyrillicWord(s string) bool {
	for _, r := range s {
		if unicode.IsDigit(r) || unicode.IsLetter(r) && !unicode.Is(unicode.Cyrillic, r) {
			return false
		}
	}
	return true
}

func isStopWord(s string) bool {
	switch s {
	case "и", "или", "а", "в", "во", "на", "с", "со", "к", "ко", "по", "из", "от", "до", "для", "без", "под", "над", "о", "об",
		"у", "за", "при", "не":
		return true
	}
	return false
}

// unique keeps the first of equal terms and drops those to skip.
func unique(terms []string, skip func(string) bool) []string {
	var kept []string
	seen := map[string]bool{}
	for _, t := range terms {
		if !seen[t] && !skip(t) {
			seen[t] = true
			kept = append(kept, t)
		}
	}
	return kept
}
