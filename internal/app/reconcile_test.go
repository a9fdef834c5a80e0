package app

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/orders"
)

// order buys so many of a thing, or sends the cart as it is.
func (b *browser) order(t *testing.T, quantity string) (number string) {
	t.Helper()
	if quantity != "" {
		b.fill(t, quantity)
	}
	to, err := b.redirect(b.http.PostForm(b.shop+"/orders", url.Values{}))
	_, number, found := strings.Cut(to, "/orders/")
	if err != nil || !found {
		t.Fatalf("order: %s, %v", to, err)
	}
	return number
}

func (b *browser) fill(t *testing.T, quantity string) {
	t.Helper()
	if _, err := b.redirect(b.http.PostForm(b.shop+"/cart", url.Values{"product": {"11009"}, "quantity": {quantity}})); err != nil {
		t.Fatal(err)
	}
}

func (b *browser) mustPay(t *testing.T, number string) {
	t.Helper()
	if status, page := b.pay(number); status != http.StatusSeeOther {
		t.Fatalf("pay: %d %s", status, page)
	}
}

func inShort(r *checkout.MoneyReport) string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, strings.TrimSpace(fmt.Sprint(f.Kind, " ", f.Order, " ", f.BankStatus)))
	}
	return strings.Join(all, ", ")
}

// The drill with money (faults S32): after a backup one order was paid, one was placed and paid, and for one a document was
// made. The report names exactly these three, the running shop and the buyer put them right, and nothing is made twice.
func TestReconcileAfterRestore(t *testing.T) {
	// Noon in Moscow: the bank tells nothing of a day before 03:01 of it.
	y, m, d := time.Now().Date()
	var shift atomic.Int64
	shift.Store(int64(time.Until(time.Date(y, m, d, 9, 0, 0, 0, time.UTC))))
	now := func() time.Time { return time.Now().Add(time.Duration(shift.Load())) }
	cfg, bank := testWorldAt(t, now)
	cfg.Scope += " GET_STATEMENT_ACCOUNT"
	log := slog.New(slog.DiscardHandler)
	today := now().UTC().Format(time.DateOnly)
	compare := func() *checkout.MoneyReport {
		t.Helper()
		r, err := CompareMoney(t.Context(), cfg, today, "", now, log)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	stop := serveAt(t, cfg, now)
	signedInAs(t, cfg.BaseURL, "merchant-manager")
	b := signedIn(t, cfg.BaseURL)
	paid, begun := b.order(t, "1"), b.order(t, "2")
	b.mustPay(t, paid)
	b.fill(t, "3")
	made, err := Backup(t.Context(), cfg, filepath.Join(t.TempDir(), "b.db"), now(), log)
	if err != nil {
		t.Fatal(err)
	}
	lost := b.order(t, "")
	b.mustPay(t, lost)
	for _, id := range documents(t, bank) {
		control(t, bank, "POST", "/api/documents/"+id+"/sign", `{}`, nil)
	}
	b.mustPay(t, begun)
	before := documents(t, bank)
	stop()
	if _, err := Restore(t.Context(), cfg, made.Path, now()); err != nil {
		t.Fatal(err)
	}

	r := compare()
	want := fmt.Sprintf("unknown-order %s, not-paid-here %s IMPLEMENTED, unknown-document %s CREATED", lost, paid, begun)
	if got := inShort(r); got != want || !r.Whole() {
		t.Fatalf("after the restore: %s, gaps %+v\nwant %s", got, r.Gaps, want)
	}

	shift.Add(int64(time.Minute)) // what was asked before the backup is old enough to be asked again
	stop = serveAt(t, cfg, now)
	if again := b.order(t, ""); again != lost {
		t.Errorf("the same cart became order %s, before the restore it was %s", again, lost)
	}
	b.mustPay(t, lost)
	b.mustPay(t, begun)
	for _, n := range []string{paid, lost, begun} {
		if status, _ := b.page(b.http.Get(b.shop + "/orders/" + n)); status != http.StatusOK {
			t.Errorf("order %s: %d", n, status)
		}
	}
	// Beside the running shop.
	if r := compare(); !r.Agrees() || !r.Whole() || r.Agreed.Count != 2 {
		t.Errorf("in the end: %s, agreed %+v, gaps %+v", inShort(r), r.Agreed, r.Gaps)
	}
	if after := documents(t, bank); len(after) != len(before) {
		t.Errorf("documents at the bank: %v, then %v", before, after)
	}
	stop()
	db, err := openStore(t.Context(), cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[string]orders.Settlement{paid: orders.Paid, lost: orders.Paid, begun: orders.Unpaid} {
		if o, err := db.Order(t.Context(), n); err != nil || o.Settlement() != want || len(o.Payments) != 1 {
			t.Errorf("order %s: %v, want %s", n, err, want)
		}
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}
