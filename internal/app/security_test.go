package app

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// rowsOfTheChecklist is every id that docs/security.md answers.
func rowsOfTheChecklist() []string {
	var ids []string
	for letter, count := range map[string]int{"A": 26, "B": 25, "C": 18, "P": 7} {
		for i := range count {
			ids = append(ids, fmt.Sprintf("%s%02d", letter, i+1))
		}
	}
	return ids
}

// Every row of the security page names tests that exist, or says why there is none.
func TestSecurityPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([ABCP]\d\d) \| [^|]+ \| (.+) \|$`).FindAllStringSubmatch(string(page), -1) {
		if rows[m[1]] != "" {
			t.Errorf("%s stands there twice", m[1])
		}
		rows[m[1]] = m[2]
	}
	for _, id := range rowsOfTheChecklist() {
		proof := rows[id]
		delete(rows, id)
		if proof == "" {
			t.Errorf("%s is missing", id)
			continue
		}
		tests := proofs(t, id, proof)
		_, why, _ := strings.Cut(proof, "not applicable: ")
		if why == "" {
			_, why, _ = strings.Cut(proof, "open: ")
		}
		if tests == 0 && len(why) < 20 {
			t.Errorf("%s names neither a test nor a reason: %s", id, proof)
		}
	}
	for id := range rows {
		t.Errorf("%s is no row of the checklist", id)
	}
}

// proofs looks for each test that a row names: `file` or `file:TestName`.
func proofs(t *testing.T, id, proof string) (n int) {
	t.Helper()
	for _, m := range regexp.MustCompile("`([\\w./-]+\\.(?:go|ts|yml))(?::(\\w+))?`").FindAllStringSubmatch(proof, -1) {
		text, err := os.ReadFile("../../" + m[1])
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		if m[2] != "" && !strings.Contains(string(text), "func "+m[2]+"(") {
			t.Errorf("%s: %s has no %s", id, m[1], m[2])
		}
		if m[2] == "" && strings.HasSuffix(m[1], ".go") {
			t.Errorf("%s: which test of %s?", id, m[1])
		}
		n++
	}
	return n
}
