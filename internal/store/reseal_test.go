package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"creditcart/internal/store"
	"creditcart/internal/store/storetest"
)

// After Reseal the newest key opens everything, and the old one nothing.
func TestReseal(t *testing.T) {
	const orders = 450 // more than one transaction
	newest := bytes.Repeat([]byte{9}, 32)
	for _, engine := range []struct {
		name string
		url  func(testing.TB) string
	}{{"SQLite", storetest.SQLiteURL}, {"PostgreSQL", storetest.PostgresURL}} {
		t.Run(engine.name, func(t *testing.T) {
			url := engine.url(t)
			old := openWith(t, url, store.Config{Key: migrateKey})
			if err := old.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			storetest.Fill(t, old, orders)

			both := openWith(t, url, store.Config{Key: migrateKey, SealKeys: [][]byte{newest}})
			if _, err := both.Grant(t.Context(), "sub"); err != nil {
				t.Errorf("what the old key sealed: %v", err)
			}
			done, err := both.Reseal(t.Context())
			if err != nil || done < orders {
				t.Fatalf("%d values, %v", done, err)
			}
			if again, err := both.Reseal(t.Context()); again != 0 || err != nil {
				t.Errorf("and again %d values, %v", again, err)
			}
			for _, c := range store.SealedColumns() {
				n, err := both.Count(t.Context(), fmt.Sprintf("select count(*) from %s where length(%s) > 0 and substr(%[2]s, 1, 1) <> $1", c[0], c[1]), both.SealID())
				all, countErr := both.Count(t.Context(), fmt.Sprintf("select count(*) from %s where length(%s) > 0", c[0], c[1]))
				if err := errors.Join(err, countErr); n != 0 || all == 0 || err != nil {
					t.Errorf("%s.%s: %d of %d values are of another key, %v", c[0], c[1], n, all, err)
				}
			}
			if _, err := old.Grant(t.Context(), "sub"); !errors.Is(err, store.ErrSealed) {
				t.Errorf("the old key still opens: %v", err)
			}
			storetest.Filled(t, openWith(t, url, store.Config{Key: newest}), orders)
		})
	}
}

// A value that no key opens stops Reseal; nothing is thrown away.
func TestResealWithoutTheKey(t *testing.T) {
	url := storetest.MigratedURL(t)
	storetest.Fill(t, openWith(t, url, store.Config{Key: migrateKey}), 3)
	other := openWith(t, url, store.Config{Key: bytes.Repeat([]byte{8}, 32), SealKeys: [][]byte{bytes.Repeat([]byte{9}, 32)}})
	if _, err := other.Reseal(t.Context()); !errors.Is(err, store.ErrSealed) {
		t.Errorf("got %v", err)
	}
	storetest.Filled(t, openWith(t, url, store.Config{Key: migrateKey}), 3)
}

func openWith(t *testing.T, url string, cfg store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// An old key that was taken away before everything was sealed anew is noticed at once, also when accounts are done already.
func TestKeyTakenAwayTooEarly(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s := db(t)
		storetest.Fill(t, s, 3)
		if err := s.CheckKeys(t.Context()); err != nil {
			t.Errorf("the right key: %v", err)
		}
		foreign := append(s.SealID(), "of a key that is gone"...)
		foreign[0]++
		for _, c := range store.SealedColumns() {
			n, err := s.Tamper(t.Context(), fmt.Sprintf("update %s set %s = $1 where length(%[2]s) > 0", c[0], c[1]), foreign)
			if err != nil || n == 0 {
				t.Fatalf("%s.%s: %d rows, %v", c[0], c[1], n, err)
			}
			if err := s.CheckKeys(t.Context()); !errors.Is(err, store.ErrOtherKey) {
				t.Errorf("%s.%s: %v", c[0], c[1], err)
			}
			own := bytes.Clone(foreign)
			own[0]--
			if _, err := s.Tamper(t.Context(), fmt.Sprintf("update %s set %s = $1 where length(%[2]s) > 0", c[0], c[1]), own); err != nil {
				t.Fatal(err)
			}
		}
	})
}
