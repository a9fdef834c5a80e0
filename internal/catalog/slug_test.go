package catalog

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var goodSlug = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?$`)

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"Щётка «Ёж» № 5, подъёмная":        "shchetka-ezh-5-podemnaya",
		"Бумага A4 / 500 л.":               "bumaga-a4-500-l",
		"  --  ":                           "",
		"日本":                               "",
		strings.Repeat("ж", 100):           strings.Repeat("zh", 40),
		strings.Repeat("шестнадцать ", 10): "shestnadtsat-shestnadtsat-shestnadtsat-shestnadtsat-shestnadtsat-shestnadtsat",
	} {
		if got := Slug(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestSlugsAreUniqueAndStable(t *testing.T) {
	name := rapid.OneOf(rapid.String(), rapid.StringMatching(`[Аа]?( ?[1-3])?`), rapid.StringMatching(`(слово ){10,30}`))
	id := rapid.OneOf(rapid.String(), rapid.StringMatching(`[1-3]`), rapid.StringMatching(`\w{64}`))
	rapid.Check(t, func(t *rapid.T) {
		first, again := slugs{}, slugs{}
		for range rapid.IntRange(1, 30).Draw(t, "n") {
			n, i := name.Draw(t, "name"), id.Draw(t, "id")
			taken := len(first)
			s := first.take(n, i)
			if !goodSlug.MatchString(s) || len(first) != taken+1 {
				t.Fatalf("%q of %q, %q", s, n, i)
			}
			if other := again.take(n, i); other != s {
				t.Fatalf("%q, then %q", s, other)
			}
		}
	})
}

// Ids that differ only in what an address cannot carry must not make a large feed crawl.
func TestManyEqualNames(t *testing.T) {
	taken := slugs{}
	for i := range 20_000 {
		id := strings.Repeat("日", 1+i%60) + string(rune('一'+i/60))
		if s := taken.take("Болт", id); !goodSlug.MatchString(s) {
			t.Fatal(s)
		}
	}
	if len(taken) != 20_000 || !taken["bolt"] {
		t.Fatalf("%d addresses", len(taken))
	}
}
