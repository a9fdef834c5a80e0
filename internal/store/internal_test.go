package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"creditcart/internal/catalog"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

var testKey = []byte("0123456789abcdef0123456789abcdef")

type testStore struct {
	*Store
	testPath string
}

func openTest(t testing.TB) testStore {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	s, err := Open(t.Context(), "sqlite:"+path, Config{Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return testStore{s, path}
}

func TestOpenRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	for url, cfg := range map[string]Config{
		"sqlite:" + path: {Key: testKey[:31]}, "mysql://x": {Key: testKey}, "sqlite:": {Key: testKey}, "sqlite::memory:": {Key: testKey},
		"sqlite:" + filepath.Join(path, "none", "x.db"): {Key: testKey}, "postgres://u:secret@h:bad/": {Key: testKey},
	} {
		s, err := Open(t.Context(), url, cfg)
		if err == nil {
			s.Close()
			t.Errorf("%s was opened", url)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func TestSchemaVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b%.db")
	s, err := Open(t.Context(), "sqlite:"+path, Config{Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var schema *SchemaError
	if err := s.Ping(t.Context()); !errors.As(err, &schema) || schema.Have != 0 {
		t.Errorf("ping before the migration: %v", err)
	}
	for range 2 {
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if have, want, err := s.SchemaVersion(t.Context()); have != want || have == 0 || err != nil {
		t.Errorf("version %d of %d, %v", have, want, err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the file: %v, %v", info.Mode(), err)
	}
	if _, err := s.write.Exec("insert into " + versionTable + " (version_id, is_applied) values (99999, 1)"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), "sqlite:"+path, Config{Key: testKey}); !errors.As(err, &schema) || schema.Have != 99999 || !strings.Contains(err.Error(), "newer version of the program") {
		t.Errorf("a newer schema: %v", err)
	}
}

// Programs that start together on a new database all come up.
func TestMigrateTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			s, err := Open(t.Context(), "sqlite:"+path, Config{Key: testKey})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := s.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestPragmas(t *testing.T) {
	s := openTest(t)
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"} {
		for pool, db := range map[string]*pool{"write": s.write, "read": s.read} {
			var got string
			if err := db.QueryRow("pragma " + name).Scan(&got); err != nil || got != want {
				t.Errorf("%s pool: %s = %s, %v; want %s", pool, name, got, err, want)
			}
		}
	}
	if _, err := s.read.Exec("delete from carts"); err == nil {
		t.Error("the pool of readers can write")
	}
}

// Neither tokens nor personal data of sign-ins can be read in the database's files.
func TestSealedAtRest(t *testing.T) {
	s := openTest(t)
	const canary = "CANARY-7d1f"
	try := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id := sbid.Identity{Subject: "sub", INN: "1", Name: canary, Email: canary, Phone: canary}
	try(s.SignIn(t.Context(), id, sbid.Grant{Access: canary, Refresh: canary, PrevRefresh: canary}))
	_, err := s.SwapGrant(t.Context(), sbid.Grant{Subject: "sub", Access: canary, Refresh: canary, PrevRefresh: canary}, 1)
	try(err)
	try(s.SaveAccount(t.Context(), id))
	try(s.SetMerchant(t.Context(), sbid.Connection{Subject: "sub", Name: canary}))
	try(s.SaveSnapshot(t.Context(), "k", []byte(canary), time.Now()))
	try(s.SavePending(t.Context(), sbid.Pending{ID: "a", Verifier: canary, Nonce: canary, State: canary}))
	try(s.SaveSession(t.Context(), sbid.Session{ID: "a", Data: []byte(canary)}))
	found := false
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(s.testPath + suffix)
		try(err)
		found = found || bytes.Contains(raw, []byte("sign_in_attempts"))
		if bytes.Contains(raw, []byte(canary)) {
			t.Errorf("plain text in the file %q", "shop.db"+suffix)
		}
	}
	if !found {
		t.Error("the files hold nothing of the store: the test looked at the wrong ones")
	}
}

func TestSealedIsBoundToItsPlace(t *testing.T) {
	s := openTest(t)
	for _, subject := range []string{"a", "b"} {
		if err := s.SignIn(t.Context(), sbid.Identity{Subject: subject}, sbid.Grant{Access: "access-" + subject, Refresh: "r"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.write.Exec("update grants set access = (select access from grants where subject = 'a') where subject = 'b'"); err != nil {
		t.Fatal(err)
	}
	if g, err := s.Grant(t.Context(), "b"); !errors.Is(err, ErrSealed) || g.Access != "" {
		t.Errorf("a token moved to another person opens: %v", err)
	}
	again, err := Open(t.Context(), "sqlite:"+s.testPath, Config{Key: []byte("another key, also of 32 bytes ..")})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Grant(t.Context(), "a"); !errors.Is(err, ErrSealed) {
		t.Errorf("opened with another key: %v", err)
	}
}

// The compare-and-swap itself, without the locks around it.
func TestVersionLost(t *testing.T) {
	s := openTest(t)
	c, err := s.UpdateCart(t.Context(), "c", time.Now(), func(*orders.Cart) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	o := &orders.Order{ID: "i", Number: "N", CartID: "c", CartVer: c.Version, State: orders.Placed}
	if _, err := s.PlaceOrder(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	stale := imageOf(o)
	stale.version--
	tries := 0
	err = s.tx(t.Context(), func(tx querier) error {
		tries++
		o.State = orders.Cancelled
		return s.saveOrder(t.Context(), tx, o, stale)
	})
	if !errors.Is(err, errConflict) || tries != maxTries {
		t.Errorf("a stale order: %v after %d tries", err, tries)
	}
	err = s.tx(t.Context(), func(tx querier) error { return saveCart(t.Context(), tx, &orders.Cart{ID: "c"}, c.Version) })
	if !errors.Is(err, errConflict) {
		t.Errorf("a stale cart: %v", err)
	}
	if stored, err := s.Order(t.Context(), "N"); err != nil || stored.State != orders.Placed {
		t.Errorf("%+v, %v", stored, err)
	}
}

func oneProduct(name string) catalog.Feed {
	return catalog.Feed{Categories: []catalog.Category{{ID: "1", Slug: "c", Name: "c"}},
		Products: []catalog.Product{{ID: "p", Slug: "p", Name: name, CategoryID: "1"}}}
}

// An import that was killed half-way is never seen, and the next one removes it.
func TestImportCutOff(t *testing.T) {
	s := openTest(t)
	ctx := t.Context()
	try := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	served := func(want string) {
		t.Helper()
		if p, err := s.Product(ctx, "p"); err != nil || p.Name != want {
			t.Errorf("served %q, %v; want %q", p.Name, err, want)
		}
		if l, err := s.Listing(ctx, catalog.Query{Text: want}); err != nil || l.Total != 1 {
			t.Errorf("found %d, %v", l.Total, err)
		}
	}
	try(s.ReplaceCatalog(ctx, oneProduct("первый")))
	cut, err := s.beginGeneration(ctx, oneProduct("обрыв"))
	try(err)
	try(s.writeProducts(ctx, cut, oneProduct("обрыв").Products))
	served("первый")
	late, err := s.beginGeneration(ctx, oneProduct("опоздал"))
	try(err)
	try(s.writeGeneration(ctx, late, oneProduct("опоздал")))
	served("первый")

	try(s.ReplaceCatalog(ctx, oneProduct("второй")))
	served("второй")
	if _, err := s.serveGeneration(ctx, late); !errors.Is(err, ErrOvertaken) {
		t.Errorf("an overtaken import was served: %v", err)
	}
	try(s.ReplaceCatalog(ctx, oneProduct("третий")))
	served("третий")
	for _, table := range []string{"catalog_generations", "catalog_categories", "catalog_products", "catalog_terms", "catalog_listings"} {
		var gens int
		try(s.read.QueryRowContext(ctx, "select count(distinct gen) from "+table).Scan(&gens))
		if gens != 2 {
			t.Errorf("%s holds %d generations, want the current and the one before", table, gens)
		}
	}
}
