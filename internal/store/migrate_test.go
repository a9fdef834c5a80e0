package store_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"creditcart/internal/store"
	"creditcart/internal/store/storetest"
)

var migrateKey = []byte("0123456789abcdef0123456789abcdef")

// next are the program's migrations and one more.
func next(t *testing.T, text string) fs.FS {
	t.Helper()
	all := fstest.MapFS{"migrations/99999_next.sql": {Data: []byte("-- +goose Up\n" + text)}}
	entries, err := os.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		raw, err := os.ReadFile("migrations/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		all["migrations/"+e.Name()] = &fstest.MapFile{Data: raw}
	}
	return all
}

// The second statement takes long enough to be killed in.
const (
	slowSQLite   = "insert into half with recursive seq(i) as (select 1 union all select i + 1 from seq where i < 2000000000) select i, printf('%0500d', i) from seq;"
	slowPostgres = "select pg_sleep(3);"
)

func onBoth(t *testing.T, test func(t *testing.T, url, slow string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, storetest.SQLiteURL(t), slowSQLite) })
	t.Run("Postgres", func(t *testing.T) { test(t, storetest.PostgresURL(t), slowPostgres) })
}

func openAt(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, store.Config{Key: migrateKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// works tells that the database is the one before the migration, serves, and can be migrated once the fault is gone.
func works(t *testing.T, url string) {
	t.Helper()
	s := openAt(t, url)
	if err := s.Ping(t.Context()); err != nil {
		t.Fatalf("after half a migration: %v", err)
	}
	if half, err := s.HasTable(t.Context(), "half"); half || err != nil {
		t.Errorf("half of the migration is there: %v, %v", half, err)
	}
	if err := s.Check(t.Context(), true); err != nil {
		t.Error(err)
	}
	if err := s.MigrateFrom(t.Context(), next(t, "create table half (a {int});\ncreate table whole (a {int});")); err != nil {
		t.Fatal(err)
	}
	if whole, err := s.HasTable(t.Context(), "whole"); !whole || err != nil {
		t.Errorf("the repaired migration: %v, %v", whole, err)
	}
	// And now this program is older than the schema.
	var schema *store.SchemaError
	if err := s.Ping(t.Context()); !errors.As(err, &schema) || schema.Have != 99999 {
		t.Errorf("an older program: %v", err)
	}
	if again, err := store.Open(t.Context(), url, store.Config{Key: migrateKey}); !errors.As(err, &schema) {
		t.Errorf("an older program opened: %v, %v", again, err)
	}
}

func TestMigrationFailsHalfWay(t *testing.T) {
	onBoth(t, func(t *testing.T, url, _ string) {
		s := openAt(t, url)
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.MigrateFrom(t.Context(), next(t, "create table half (a {int});\ninsert into nowhere values (1);")); err == nil {
			t.Fatal("a migration that cannot work worked")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		works(t, url)
	})
}

func TestMigrationKilledHalfWay(t *testing.T) {
	if url := os.Getenv("STORE_TEST_MIGRATE"); url != "" {
		_ = openAt(t, url).MigrateFrom(t.Context(), next(t, "create table half (a {int}, b text);\n"+os.Getenv("STORE_TEST_SLOW")))
		t.Fatal("the child was not killed")
	}
	onBoth(t, func(t *testing.T, url, slow string) {
		s := openAt(t, url)
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMigrationKilledHalfWay$")
		cmd.Env = append(os.Environ(), "STORE_TEST_MIGRATE="+url, "STORE_TEST_SLOW="+slow)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		within(t, func() bool { return inSecondStatement(t, s, url) })
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		works(t, url)
	})
}

// inSecondStatement: SQLite's log grew by what only the long insert writes; PostgreSQL tells what it runs.
func inSecondStatement(t *testing.T, s *store.Store, url string) bool {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		info, err := os.Stat(path + "-wal")
		return err == nil && info.Size() > 10<<20
	}
	n, err := s.Count(t.Context(), "select count(*) from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'")
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// within waits for what another process does.
func within(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen in 30 s")
		}
		time.Sleep(5 * time.Millisecond)
	}
}
