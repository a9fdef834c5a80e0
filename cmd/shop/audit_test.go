package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to tamper with
)

func TestAuditVerify(t *testing.T) {
	binary, file := build(t), filepath.Join(t.TempDir(), "shop.db")
	env := []string{secret, "SHOP_DATABASE_URL=sqlite:" + file}
	if out, ok := shop(t, binary, env, "audit", "verify"); ok || !strings.Contains(out, "migrate") {
		t.Errorf("without a schema: %s", out)
	}
	if out, ok := shop(t, binary, env, "migrate"); !ok {
		t.Fatalf("migrate: %s", out)
	}
	if out, ok := shop(t, binary, env, "audit", "verify"); !ok || !strings.Contains(out, "head 0:") {
		t.Errorf("an empty log: %s", out)
	}
	for _, wrong := range [][]string{{"audit"}, {"audit", "erase"}, {"audit", "verify", "-head", "7"}, {"audit", "verify", "now"}} {
		if out, ok := shop(t, binary, env, wrong...); ok {
			t.Errorf("%v: %s", wrong, out)
		}
	}
	if out, ok := shop(t, binary, env, "audit", "verify", "-head", "3:0123456789abcdef0123456789abcdef"); ok || !strings.Contains(out, "the end is cut") {
		t.Errorf("a head of a longer log: %s", out)
	}
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "update audit_head set seq = 5"); err != nil {
		t.Fatal(err)
	}
	if out, ok := shop(t, binary, env, "audit", "verify"); ok || !strings.Contains(out, "rows 1 to 5 are missing") || !strings.Contains(out, "tampered") {
		t.Errorf("a cut log: %s", out)
	}
}

func TestAuditList(t *testing.T) {
	binary, file := build(t), filepath.Join(t.TempDir(), "shop.db")
	env := []string{secret, "SHOP_DATABASE_URL=sqlite:" + file}
	if out, ok := shop(t, binary, env, "migrate"); !ok {
		t.Fatalf("migrate: %s", out)
	}
	signIn(t, env, "zoya")
	signIn(t, env, "other")
	for _, c := range []struct {
		args []string
		want int
	}{{[]string{"-kind", "sign-in"}, 2}, {[]string{"-subject", "zoya"}, 1}, {[]string{"-inn", "7707083893", "-since", "1h"}, 2}, {[]string{"-inn", "7707083894"}, 0},
		{[]string{"-order", "N"}, 0}, {[]string{"-kind", "sign-in", "-since", "2020-01-01", "-until", "2021-01-01T00:00:00Z"}, 0}} {
		out, ok := shop(t, binary, env, append([]string{"audit", "list"}, c.args...)...)
		lines := strings.Count(out, "\n")
		if !ok || lines != c.want || strings.Count(out, `"kind":"sign-in"`) != c.want {
			t.Errorf("%v: %s", c.args, out)
		}
		if strings.Contains(out, "7707083893") || strings.Contains(out, "Зоя") {
			t.Errorf("%v shows personal data: %s", c.args, out)
		}
	}
	for _, wrong := range [][]string{{"-since", "yesterday"}, {"-since", "-1h"}, {"zoya"}, {"-who", "zoya"}} {
		if out, ok := shop(t, binary, env, append([]string{"audit", "list"}, wrong...)...); ok {
			t.Errorf("%v: %s", wrong, out)
		}
	}
}
