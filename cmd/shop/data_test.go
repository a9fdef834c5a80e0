package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the same driver as the shop's
)

func TestData(t *testing.T) {
	binary, dir := build(t), t.TempDir()
	path, backups := filepath.Join(dir, "shop.db"), filepath.Join(dir, "backups")
	env := []string{secret, "SHOP_DATABASE_URL=sqlite:" + path, "SHOP_BACKUP_DIR=" + backups}
	must := func(want string, args ...string) string {
		t.Helper()
		out, ok := shop(t, binary, env, args...)
		if !ok || !strings.Contains(out, want) {
			t.Fatalf("%v: %s", args, out)
		}
		return out
	}
	refused := func(env []string, want string, args ...string) {
		t.Helper()
		if out, ok := shop(t, binary, env, args...); ok || !strings.Contains(out, want) {
			t.Errorf("%v, want %q: %s", args, want, out)
		} else if strings.Contains(out, "password") {
			t.Errorf("%v shows the password: %s", args, out)
		}
	}
	refused(env, "no such file", "backup")
	must("", "migrate")
	must("whole", "check")
	must("0 values", "reseal")
	refused(append(env, "SHOP_SEAL_KEYS=short"), "SHOP_SEAL_KEYS: want 32 bytes", "reseal")
	must("verified, 0 orders", "backup")
	must("verified, 0 orders", "backup", filepath.Join(dir, "mine.db"))
	made, err := filepath.Glob(filepath.Join(backups, "shop-*.db"))
	if err != nil || len(made) != 1 {
		t.Fatalf("backups: %v, %v", made, err)
	}
	must("restored", "restore", made[0])
	refused(env, "nothing was changed", "restore", filepath.Join(dir, "absent.db"))
	refused([]string{secret, "SHOP_DATABASE_URL=postgres://u@127.0.0.1:1/x"}, "pg_dump", "backup", dir)
	refused([]string{secret, "SHOP_DATABASE_URL=postgres://u@127.0.0.1:1/x"}, "pg_restore", "restore", dir)
	must("found the same", "copy", "sqlite:"+path, "sqlite:"+filepath.Join(dir, "second.db"))
	refused(env, "as it was", "copy", "sqlite:"+path, "postgres://u:password@127.0.0.1:1/x?connect_timeout=1")
	refused(env, "two databases", "copy", "sqlite:"+path)

	// A schema that a newer program made.
	db, err := sql.Open("sqlite", path)
	if err == nil {
		_, err = db.ExecContext(t.Context(), "insert into schema_version (version_id, is_applied) values (99999, 1)")
		db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"migrate"}, {"backup"}, {"check"}} {
		refused(append(env, served()...), "newer version of the program", args...)
	}

	// Damage: the program names the newest backup.
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"serve", "check"} {
		refused(append(env, served()...), "shop restore "+made[0], command)
	}
	must("kept as", "restore", made[0])
	must("whole", "check")
}

// served are the settings without which serve does not start.
func served() []string {
	return []string{"SHOP_ADDR=127.0.0.1:0", "SHOP_BASE_URL=http://127.0.0.1", "BANK_AUTHORIZE_URL=http://127.0.0.1:1", "BANK_API_URL=http://127.0.0.1:1",
		"BANK_SIGN_URL_SMS=http://127.0.0.1:1", "BANK_CLIENT_ID=1", "BANK_CLIENT_SECRET=x", "MERCHANT_NAME=ООО «Склад»", "MERCHANT_INN=9901011011",
		"MERCHANT_KPP=990101001", "MERCHANT_ACCOUNT=40702810138001000101", "MERCHANT_BIC=044525225", "MERCHANT_CORR_ACCOUNT=30101810400000000225"}
}
