package catalog

import (
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

const maxSlug = 80

// latin transliterates lower-case Russian letters for addresses.
var latin = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "e", 'ж': "zh", 'з': "z", 'и': "i", 'й': "y",
	'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f",
	'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya",
}

// Slug turns a name into a part of an address: transliterated words of a–z and 0–9 joined by hyphens, at most 80
// characters, cut between words where possible. It is empty when the name has nothing that can be kept.
func Slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(norm.NFKC.String(strings.ReplaceAll(name, "№", " "))) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case latin[r] != "":
			b.WriteString(latin[r])
		case r == 'ъ' || r == 'ь':
		case b.Len() > 0:
			b.WriteByte(' ')
		}
	}
	return cutSlug(strings.Join(strings.Fields(b.String()), "-"), maxSlug)
}

func cutSlug(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := s[:limit]
	if s[limit] != '-' {
		if i := strings.LastIndexByte(cut, '-'); i > limit/2 {
			cut = cut[:i]
		}
	}
	return strings.Trim(cut, "-")
}

// slugs hands out addresses that are unique within one set of things.
type slugs map[string]bool

// take gives the slug of a name; the first to come has it plain, the next ones get their id at the end.
func (taken slugs) take(name, id string) string {
	base := Slug(name)
	if base == "" {
		base = "goods"
	} else if !taken[base] {
		taken[base] = true
		return base
	}
	suffix := "-" + cutSlug(Slug(id), maxSlug/2)
	if suffix == "-" {
		suffix = "-2"
	}
	for n := 1; ; n++ {
		end := suffix
		if n > 1 {
			end += "-" + strconv.Itoa(n)
		}
		s := strings.Trim(cutSlug(base, maxSlug-len(end)), "-") + end
		if !taken[s] {
			taken[s] = true
			return s
		}
	}
}
