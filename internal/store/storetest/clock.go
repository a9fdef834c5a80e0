package storetest

import (
	"testing"
	"time"

	"creditcart/internal/orders"
)

// clockAhead: what a clock wrote that was put back since holds up nothing, and what two clocks of two machines wrote stays.
func clockAhead(t *testing.T, db Database) {
	s := db(t)
	for n, ahead := range []time.Duration{24 * time.Hour, 30 * time.Second} {
		paying(t, s, n, noon.Add(ahead+time.Minute), func(p *orders.Payment) { p.CheckedAt = noon.Add(ahead) })
	}
	ok(t, s.ForgetFuture(t.Context(), noon, time.Minute))
	due := got(s.ClaimDue(t.Context(), noon, noon.Add(time.Minute), 10))(t)
	if len(due) != 1 || due[0].ExternalID != id("e", 0) {
		t.Errorf("due: %+v", due)
	}

	signIn(t, s, "sub", romashka)
	lease := func(now time.Time) bool {
		t.Helper()
		return got(s.LeaseGrant(t.Context(), "sub", 1, now, now.Add(30*time.Second)))(t)
	}
	switch {
	case !lease(noon.Add(30 * time.Second)):
		t.Error("not leased")
	case lease(noon):
		t.Error("the lease of a colleague whose clock is 30 s ahead is taken from him")
	case !lease(noon.Add(24 * time.Hour)), !lease(noon):
		t.Error("a lease of tomorrow holds")
	}
}
