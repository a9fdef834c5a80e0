package main

import (
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"creditcart/internal/app"
	"creditcart/internal/sbid"
	"creditcart/internal/store"
)

func TestPerson(t *testing.T) {
	binary, file := build(t), filepath.Join(t.TempDir(), "shop.db")
	env := []string{secret, "SHOP_DATABASE_URL=sqlite:" + file}
	if out, ok := shop(t, binary, env, "migrate"); !ok {
		t.Fatalf("migrate: %s", out)
	}
	for _, wrong := range [][]string{{"person"}, {"person", "list"}, {"person", "export"}, {"person", "erase"}, {"person", "erase", "-yes"},
		{"person", "export", "-yes", "a"}, {"person", "erase", "a", "b"}, {"person", "export", "nobody"}, {"person", "erase", "-yes", "nobody"}} {
		if out, ok := shop(t, binary, env, wrong...); ok || strings.Contains(out, "goroutine") {
			t.Errorf("%v: %s", wrong, out)
		}
	}
	signIn(t, env, "zoya")
	if out, ok := shop(t, binary, env, "person", "erase", "zoya"); ok || !strings.Contains(out, "nothing was changed") {
		t.Errorf("without a yes: %s", out)
	}
	var p store.Person
	if out, ok := shop(t, binary, env, "person", "export", "zoya"); !ok || json.Unmarshal([]byte(out), &p) != nil || p.Account == nil || p.Account.Name != "Зоя" {
		t.Errorf("export: %s", out)
	}
	if out, ok := shop(t, binary, env, "person", "erase", "-yes", "zoya"); !ok || !strings.Contains(out, "the account erased") {
		t.Errorf("erase: %s", out)
	}
	if out, ok := shop(t, binary, env, "person", "erase", "-yes", "zoya"); ok || !strings.Contains(out, store.ErrNoPerson.Error()) {
		t.Errorf("erased twice: %s", out)
	}
}

// signIn lets a person be known to the shop whose settings these are.
func signIn(t *testing.T, env []string, subject string) {
	t.Helper()
	for _, setting := range append(env, served()...) {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
	cfg, err := app.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	err = a.Store.SignIn(t.Context(), sbid.Identity{Subject: subject, INN: "7707083893", Name: "Зоя"}, sbid.Grant{CompanyINN: "7707083893", Access: "token", Refresh: "token"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}
