package catalog

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// finds compares the way the store does: every term typed is a prefix of some term of the goods.
func finds(query string, p Product, categories ...string) bool {
	terms := Terms(p, categories...)
	for _, q := range QueryTerms(query) {
		if !slices.ContainsFunc(terms, func(term string) bool { return strings.HasPrefix(term, q) }) {
			return false
		}
	}
	return true
}

func TestSearchFinds(t *testing.T) {
	bulb := Product{Name: "Умная лампочка Яндекс E14, 30Вт", Vendor: "Яндекс", SKU: "YNDX-00017"}
	cases := []struct {
		goods Product
		yes   string // queries separated by ";"
		no    string
	}{
		{bulb, "лампочка;лампочки;ЛАМПОЧЕК;умные лампочки;лампочка умная;лампочка для яндекса;E14;е14;30вт;ламп;лампоч",
			"люстра;лампочка E27;умная розетка"},
		{bulb, "YNDX-00017;yndx00017;yndx 00017;00017;yndx0001;YNDX", "YNDX-00018;00018"},
		{Product{Name: "Перчатки рабочие с ПВХ"}, "перчатка;перчаток;перчатками;рабочих перчаток;перча;пвх", "рукавицы"},
		{Product{Name: "Щётка жёсткая №5"}, "щетка;щеток;щётки;жесткая;№5;5;№ 5", "6"},
		{Product{Name: "Бумага А4, 500 л."}, "бумага a4;бумаги А4;бумаг", "бумага a3"}, // А in Cyrillic and in Latin
		{Product{Name: "Болт М8×40"}, "болты;болтов;болт m8;м8", "гайка"},
		{Product{Name: "Станок сверлильный"}, "станки;станка;станков;сверлильные станки", "станция"},
		{Product{Name: "Стул офисный"}, "стулья;стульев;офис;офисные стулья", "стол"},
		{Product{Name: "Кабель USB-C/HDMI"}, "usb;usb-c;usbc;кабели hdmi", "vga"},
		{Product{Name: "Ноутбук 15,6″, 16 ГБ"}, "ноутбук 16гб;16 гб;15,6;15.6", "32гб"},
		{Product{Name: "Шуруповёрт"}, "шуруповерт;шуруповёрта;шуруп", "дрель"},
	}
	for _, c := range cases {
		for q := range strings.SplitSeq(c.yes, ";") {
			if !finds(q, c.goods) {
				t.Errorf("%q does not find %q: %q in %q", q, c.goods.Name, QueryTerms(q), Terms(c.goods))
			}
		}
		for q := range strings.SplitSeq(c.no, ";") {
			if finds(q, c.goods) {
				t.Errorf("%q finds %q: %q in %q", q, c.goods.Name, QueryTerms(q), Terms(c.goods))
			}
		}
	}
	if !finds("электроника лампочка", bulb, "Электроника") || finds("электроника", bulb) {
		t.Error("goods are found by the names of their categories, and only of theirs")
	}
}

func TestQueryTerms(t *testing.T) {
	for text, want := range map[string][]string{
		"":                       nil,
		" ,.!-/ %_'\"":           nil,
		"для":                    {"для"},
		"Ёлка, ёлки и ЕЛКА":      {"елк"},
		"YNDX-00017":             {"yndx", "00017"},
		"1 2 3 4 5 6 7 8 9":      {"1", "2", "3", "4", "5", "6", "7", "8"},
		"кабели'; drop table --": {"кабел", "drop", "table"},
		"йогурт":                 {"йогурт"}, // the short и as two code points
		"ＡＢＣ１":                   {"abc1"},
	} {
		if got := QueryTerms(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := QueryTerms(strings.Repeat("я", 100_000)); len(got) != 1 || utf8.RuneCountInString(got[0]) > maxTermRunes {
		t.Errorf("a very long word gives %d terms", len(got))
	}
}

func TestGoodsAreFoundByTheirOwnName(t *testing.T) {
	word := rapid.StringMatching(`[А-Яа-яёA-Za-z]{2,12}|[A-ZА-Я]{2,4}-?[0-9]{1,5}`)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(word, 1, 8).Draw(t, "words")
		p := Product{Name: strings.Join(words, " ")}
		for _, w := range words {
			if len(QueryTerms(w)) == 1 && isStopWord(QueryTerms(w)[0]) {
				continue
			}
			for _, typed := range []string{w, strings.ToUpper(w), strings.ToLower(w)} {
				if !finds(typed, p) {
					t.Fatalf("%q does not find %q: %q in %q", typed, p.Name, QueryTerms(typed), Terms(p))
				}
			}
		}
	})
}
