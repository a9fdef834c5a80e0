// Package storetest holds what a store must do on any database, and opens empty stores for the tests of other packages.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"creditcart/internal/store"
)

// Database is an empty database for one test: it opens one more Store on it each time it is called.
type Database func(t testing.TB) *store.Store

var key = []byte("0123456789abcdef0123456789abcdef")

// noon is the time of fixtures.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Open gives a migrated, empty store on SQLite that is closed with the test.
func Open(t testing.TB) *store.Store { return SQLite(t)(t) }

// SQLite makes a database in a file of the test's own directory.
func SQLite(t testing.TB) Database {
	t.Helper()
	return opened(MigratedURL(t))
}

// MigratedURL names a file of the test's own directory that has the schema and nothing in it.
func MigratedURL(t testing.TB) string {
	t.Helper()
	url := SQLiteURL(t)
	ok(t, os.WriteFile(strings.TrimPrefix(url, "sqlite:"), got(empty())(t), 0o600))
	return url
}

// empty is the file of a migrated database, made once: to copy it costs a hundredth of the migrations.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "storetest-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "shop.db")
	s, err := store.Open(context.Background(), "sqlite:"+file, store.Config{Key: key})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.Migrate(context.Background()), s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// SQLiteURL names a file of the test's own directory that is not there yet.
func SQLiteURL(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "shop.db") }

func opened(url string) Database {
	return func(t testing.TB) *store.Store {
		t.Helper()
		s, err := store.Open(context.Background(), url, store.Config{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}

// Run checks every promise of a store. fresh makes an empty database.
func Run(t *testing.T, fresh func(t testing.TB) Database) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Database)
	}{
		{"PlaceOrder", placeOrder}, {"PlaceOrderRefusals", placeOrderRefusals}, {"PlaceOrderRace", placeOrderRace},
		{"UpdateOrder", updateOrder}, {"UpdateOrderRefusals", updateOrderRefusals}, {"UpdateOrderRace", updateOrderRace},
		{"OneLivePayment", oneLivePayment}, {"OneLivePaymentRace", oneLivePaymentRace},
		{"OrdersOfPeriod", ordersOfPeriod}, {"ClaimDue", claimDue}, {"SignInWakes", signInWakes}, {"ClaimDueRace", claimDueRace}, {"CheckSoon", checkSoon}, {"SaveCheck", saveCheck}, {"ClockAhead", clockAhead},
		{"Outbox", outboxOrder}, {"OutboxAtomic", outboxAtomic}, {"OutboxRace", outboxRace},
		{"Lists", lists}, {"ListsPaging", listsPaging}, {"Attention", attention},
		{"Carts", carts}, {"CartRace", cartRace}, {"PurgeCarts", purgeCarts},
		{"People", people}, {"Grants", grants}, {"GrantRace", grantRace}, {"UnfinishedRefresh", unfinished}, {"LiveSubjects", liveSubjects}, {"SignOut", signOut}, {"SignOutNeeded", signOutNeeded}, {"SignOutRace", signOutRace},
		{"ClientSecrets", clientSecrets}, {"ClientSecretsRace", clientSecretsRace}, {"Merchant", merchant}, {"Snapshots", snapshots}, {"Sessions", sessions}, {"Attempts", attempts},
		{"Catalog", catalogue}, {"CatalogEmpty", catalogueEmpty}, {"CatalogPages", cataloguePages}, {"CatalogSearch", catalogueSearch}, {"CatalogReplaced", catalogueReplaced},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, fresh(t)) })
	}
}

// together runs f in n goroutines that start at the same moment, each with one of two stores on the same database.
func together(t *testing.T, db Database, n int, f func(s *store.Store, i int) error) {
	t.Helper()
	stores := []*store.Store{db(t), db(t)}
	var wg sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = f(stores[i%2], i)
		})
	}
	close(start)
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("goroutine %d: %v", i, err)
		}
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got unwraps a result: got(s.Order(…))(t).
func got[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func id(kind string, n int) string { return fmt.Sprintf("%s-%04d", kind, n) }
