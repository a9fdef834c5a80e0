package catalog

import (
	"crypto/sha256"
	"encoding/hex"
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

// take gives the slug of a name: plain for the first to come, with its id at the end for the next ones, and with a
// digest of the id where letters of the id were lost. Every way depends only on what was taken before.
func (taken slugs) take(name, id string) string {
	base := Slug(name)
	if base == "" {
		base = "goods"
	} else if taken.add(base) {
		return base
	}
	if end := Slug(id); end != "" && len(end) <= maxSlug/2 {
		if s := withEnd(base, end); taken.add(s) {
			return s
		}
	}
	digest := sha256.Sum256([]byte(id))
	end := hex.EncodeToString(digest[:6])
	s := withEnd(base, end)
	for n := 2; !taken.add(s); n++ {
		s = withEnd(base, end+"-"+strconv.Itoa(n))
	}
	return s
}

func (taken slugs) add(s string) bool {
	if taken[s] {
		return false
	}
	taken[s] = true
	return true
}

func withEnd(base, end string) string {
	return cutSlug(base, maxSlug-len(end)-1) + "-" + end
}
