package checkout

import (
	"strings"
	"testing"
)

func TestParseConsent(t *testing.T) {
	c, err := ParseConsent("\ufeffВерсия: 2026-11\r\n\r\nЯ прошу «{магазин}».\r\n\r\nИ ещё.\r\n", "ООО «Склад»")
	if err != nil || c.Version != "2026-11" || c.Text != "Я прошу «ООО «Склад»».\n\nИ ещё." || len(c.Hash) != 64 || len(c.Paragraphs()) != 2 {
		t.Errorf("%+v, %v", c, err)
	}
	other, err := ParseConsent("Версия: 2026-11\nЯ прошу.", "")
	if err != nil || other.Hash == c.Hash {
		t.Errorf("another text, the same hash: %v", err)
	}
	for _, bad := range []string{"", "Согласие", "Версия:\nтекст", "Версия: 1", "Версия: 1\n \n", "Версия: " + strings.Repeat("1", 41) + "\nтекст",
		"Версия: 1\n" + strings.Repeat("я", 10_001), "Версия: 1\n\xff"} {
		if c, err := ParseConsent(bad, "М"); err == nil {
			t.Errorf("%.40q was taken as %+v", bad, c)
		}
	}
	if c, err := ParseConsent(DefaultConsent(), "М"); err != nil || strings.Contains(c.Text, "{") {
		t.Errorf("the program's own text: %v", err)
	}
}
