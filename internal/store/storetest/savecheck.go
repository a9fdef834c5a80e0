package storetest

import (
	"testing"
	"time"

	"creditcart/internal/orders"
)

// saveCheck: an answer that found nothing new is saved as UpdateOrder would save it, and never over a newer one.
func saveCheck(t *testing.T, db Database) {
	s := db(t)
	paying(t, s, 1, noon, func(p *orders.Payment) { p.State, p.BankStatus = orders.PaymentAwaiting, "RECEIVED" })
	number := id("N", 1)
	if due := got(s.ClaimDue(t.Context(), noon, noon.Add(time.Minute), 9))(t); len(due) != 1 {
		t.Fatalf("%d are due", len(due))
	}
	before := got(s.Payment(t.Context(), id("e", 1)))(t)
	version := got(s.Order(t.Context(), number))(t).Version
	after := before
	after.Tries, after.CheckedAt, after.CheckAt = before.Tries+1, noon.Add(time.Second), noon.Add(time.Second)
	after.BankComment = "not a field of a check"
	if !got(s.SaveCheck(t.Context(), number, before, after))(t) {
		t.Fatal("not saved")
	}
	o := got(s.Order(t.Context(), number))(t)
	if p := o.Payments[0]; p.Tries != after.Tries || !p.CheckedAt.Equal(after.CheckedAt) || !p.CheckAt.Equal(after.CheckAt) || p.BankComment != "" {
		t.Errorf("saved %+v", p)
	}
	if o.Version != version+1 {
		t.Errorf("version %d after %d: whoever follows the order hears of the check", o.Version, version)
	}
	if due := got(s.ClaimDue(t.Context(), noon.Add(time.Second), noon.Add(time.Minute), 9))(t); len(due) != 1 {
		t.Error("the lease is not free")
	}
	now := o.Payments[0]
	for name, change := range map[string]func(*orders.Payment){
		"state":   func(p *orders.Payment) { p.State = orders.PaymentSubmitting },
		"status":  func(p *orders.Payment) { p.BankStatus = "SIGNED" },
		"comment": func(p *orders.Payment) { p.BankComment = "x" },
		"late":    func(p *orders.Payment) { p.Late = true },
		"sign-in": func(p *orders.Payment) { p.NeedsLogin = true },
		"misses":  func(p *orders.Payment) { p.Misses = 1 },
		"tries":   func(p *orders.Payment) { p.Tries-- },
		"changed": func(p *orders.Payment) { p.ChangedAt = p.ChangedAt.Add(time.Second) },
		"checked": func(p *orders.Payment) { p.CheckedAt = noon },
		"id":      func(p *orders.Payment) { p.ExternalID = "nobody's" },
	} {
		stale := now
		change(&stale)
		if got(s.SaveCheck(t.Context(), number, stale, after))(t) {
			t.Errorf("%s: saved over another", name)
		}
	}
	for _, other := range []string{"NONE", ""} {
		if got(s.SaveCheck(t.Context(), other, now, after))(t) {
			t.Errorf("saved for order %q", other)
		}
	}
	if o := got(s.Order(t.Context(), number))(t); o.Version != version+1 || o.Payments[0].Tries != now.Tries {
		t.Errorf("what was not saved changed the order: version %d", o.Version)
	}
}
