package catalog

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"":       "",
		"Просто": "Просто",
		"Одна\n   и та же строка\n\n\nДругая\r\n\r\nТретья": "Одна и та же строка\n\nДругая\n\nТретья",
		"<p>Раз\n\nдва</p>\n<p>три</p>":                     "Раз два\n\nтри",
		"<ul><li>а</li><li class=\"x\">б</li></ul>":         "• а\n\n• б",
		"а<br/>б<BR>в": "а\n\nб\n\nв",
		"<b>жирный</b>&nbsp;&amp;&#32;&laquo;": "жирный & «",
		"2 < 3 и a<7":                      "2 < 3 и a<7",
		"конец <b":                         "конец <b",
		"<script>alert('x')</script>текст": "текст",
		"<SCRIPT>a</p>b</Script >текст":    "текст",
		"<style>p{}":                       "",
		"<!-- <p>скрыто</p> -->видно":      "видно",
		"<!-- не закрыт":                   "",
		"<p> • </p><p>---</p>":             "",
		"а\u202eб\u200bв\u0000г":           "абв г",
		"&lt;script&gt;":                   "<script>", // text, which whoever shows it escapes
	} {
		if got := plainText(in); got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestPlainTextIsCleanAndSettled(t *testing.T) {
	piece := rapid.SampledFrom([]string{"<p>", "</p>", "<br/>", "<script>", "</script>", "<!--", "-->", "<a href='", ">", "<", "слово", " ", "\n", "\n\n", "&nbsp;", "&#10;", "\u202e", "\r"})
	rapid.Check(t, func(t *rapid.T) {
		got := plainText(strings.Join(rapid.SliceOf(piece).Draw(t, "pieces"), ""))
		for p := range strings.SplitSeq(got, "\n\n") {
			if p != cleanLine(p) || got != "" && p == "" {
				t.Fatalf("paragraph %q of %q", p, got)
			}
		}
	})
}
