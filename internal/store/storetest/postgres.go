package storetest

import (
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"

	"creditcart/internal/store"
)

// Postgres makes databases on the server that SHOP_TEST_POSTGRES names, each with the schema and nothing in it: copies of
// one that lives as long as t. Without such a server the test is skipped.
func Postgres(t testing.TB) func(testing.TB) Database {
	t.Helper()
	return copies(t, "")
}

// PostgresPooled is Postgres in the mode that a pooler of transactions needs: no prepared statements of a connection.
func PostgresPooled(t testing.TB) func(testing.TB) Database {
	t.Helper()
	return copies(t, "exec")
}

func copies(t testing.TB, mode string) func(testing.TB) Database {
	t.Helper()
	original := PostgresURL(t)
	migrate(t, inMode(t, original, mode))
	return func(t testing.TB) Database {
		t.Helper()
		return opened(inMode(t, database(t, parsed(t, original).Path[1:]), mode))
	}
}

// PostgresURL names an empty database that is gone after the test.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return database(t, "template0")
}

// database copies another one, to which nobody is connected.
func database(t testing.TB, original string) string {
	t.Helper()
	address := os.Getenv("SHOP_TEST_POSTGRES")
	if address == "" {
		t.Skip("SHOP_TEST_POSTGRES is not set (scripts/postgres.sh sets it)")
	}
	admin, err := sql.Open("pgx", address)
	ok(t, err)
	name := "t" + strings.ToLower(rand.Text()[:12])
	if _, err := admin.ExecContext(t.Context(), "create database "+name+" template "+original); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("drop database " + name + " with (force)"); err != nil { //nolint:noctx // the test's context is over
			t.Error(err)
		}
		admin.Close()
	})
	u := parsed(t, address)
	u.Path = "/" + name
	return u.String()
}

func inMode(t testing.TB, address, mode string) string {
	t.Helper()
	u := parsed(t, address)
	if mode != "" {
		q := u.Query()
		q.Set("default_query_exec_mode", mode)
		u.RawQuery = q.Encode()
	}
	return u.String()
}

func parsed(t testing.TB, address string) *url.URL {
	t.Helper()
	return got(url.Parse(address))(t)
}

func migrate(t testing.TB, url string) {
	t.Helper()
	s := got(store.Open(t.Context(), url, store.Config{Key: key}))(t)
	err := s.Migrate(t.Context())
	if closeErr := s.Close(); err == nil {
		err = closeErr
	}
	ok(t, err)
}
