package storetest

import (
	"sync"
	"testing"
	"time"

	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/internal/store"
)

func signOut(t *testing.T, db Database) {
	s := db(t)
	signIn(t, s, "sub", romashka)
	retire := func(want int) {
		t.Helper()
		if n := got(s.RetireLeft(t.Context(), noon, 9))(t); n != want {
			t.Errorf("%d people's tokens were retired, want %d", n, want)
		}
	}
	claim := func(now time.Time) []sbid.Revocation {
		t.Helper()
		return got(s.ClaimRevocations(t.Context(), now, now.Add(10*time.Minute), 9))(t)
	}
	retire(0)
	ok(t, s.MarkLeft(t.Context(), "nobody", noon))
	ok(t, s.MarkLeft(t.Context(), "sub", noon))
	signIn(t, s, "sub", romashka) // came back before the timer
	retire(0)

	ok(t, s.MarkLeft(t.Context(), "sub", noon))
	leased := got(s.LeaseGrant(t.Context(), "sub", 2, noon, noon.Add(time.Second)))(t)
	if retire(0); !leased {
		t.Error("not leased")
	}
	s = db(t) // another program, after this one was killed
	if n := got(s.RetireLeft(t.Context(), noon.Add(time.Second), 9))(t); n != 1 {
		t.Errorf("%d retired after the refresh", n)
	}
	retire(0)
	g := got(s.Grant(t.Context(), "sub"))(t)
	if !g.Dead || g.Access+g.Refresh+g.PrevRefresh != "" || g.Version != 3 {
		t.Errorf("the retired tokens: %+v", g)
	}
	same(t, "subjects", got(s.LiveSubjects(t.Context(), romashka))(t), []string(nil))

	first := claim(noon.Add(time.Second))
	if len(first) != 1 {
		t.Fatalf("%d revocations", len(first))
	}
	full(t, first[0])
	same(t, "tokens to revoke", first[0], sbid.Revocation{ID: first[0].ID, Access: "access-sub", Refresh: "refresh-sub"})
	same(t, "while the first is at it", claim(noon.Add(10*time.Minute)), []sbid.Revocation(nil))
	same(t, "after it did not answer", claim(noon.Add(10*time.Minute+time.Second)), first)
	ok(t, s.DropRevocation(t.Context(), first[0].ID))
	ok(t, s.DropRevocation(t.Context(), first[0].ID))
	same(t, "after it was revoked", claim(noon.Add(time.Hour)), []sbid.Revocation(nil))

	signIn(t, s, "sub", romashka)
	if g := got(s.Grant(t.Context(), "sub"))(t); g.Dead || g.Access == "" || g.Version != 4 {
		t.Errorf("after a new sign-in: %+v", g)
	}
}

// signOutNeeded: tokens that something still needs stay, and go when it does not.
func signOutNeeded(t *testing.T, db Database) {
	for _, c := range []struct {
		name       string
		need, free func(s *store.Store)
	}{
		{"another browser", func(s *store.Store) {
			ok(t, s.SaveSession(t.Context(), sbid.Session{ID: "b", Subject: "sub", ExpiresAt: noon.Add(time.Hour)}))
		}, func(s *store.Store) { ok(t, s.DeleteSession(t.Context(), "b")) }},
		{"the merchant's connection", func(s *store.Store) { ok(t, s.SetMerchant(t.Context(), sbid.Connection{Subject: "sub"})) },
			func(s *store.Store) { ok(t, s.SetMerchant(t.Context(), sbid.Connection{Subject: "next"})) }},
		{"an open document", func(s *store.Store) { paying(t, s, 1, noon, func(*orders.Payment) {}) }, settled(t, 1)},
		{"an open document of a colleague whose tokens are dead", func(s *store.Store) {
			signIn(t, s, "gone", romashka)
			paying(t, s, 2, noon, func(p *orders.Payment) { p.Subject = "gone" })
			ok(t, s.MarkLeft(t.Context(), "gone", noon))
			g := got(s.Grant(t.Context(), "gone"))(t)
			g.Dead = true
			got(s.SwapGrant(t.Context(), g, 1))(t)
		}, settled(t, 2)},
	} {
		s := db(t)
		signIn(t, s, "sub", romashka)
		c.need(s)
		ok(t, s.MarkLeft(t.Context(), "sub", noon))
		if n := got(s.RetireLeft(t.Context(), noon, 9))(t); n != 0 {
			t.Errorf("%s: the tokens were retired", c.name)
		}
		c.free(s)
		if n := got(s.RetireLeft(t.Context(), noon, 9))(t); n != 1 {
			t.Errorf("%s is over: %d retired", c.name, n)
		}
	}
}

// settled ends the payment of an order.
func settled(t *testing.T, n int) func(*store.Store) {
	return func(s *store.Store) {
		got(s.UpdateOrder(t.Context(), id("N", n), func(o *orders.Order) error {
			o.Payments[0].State = orders.PaymentPaid
			return nil
		}))(t)
	}
}

// signOutRace: every token is retired once and revoked by one program.
func signOutRace(t *testing.T, db Database) {
	s := db(t)
	const people = 20
	for n := range people {
		signIn(t, s, id("s", n), romashka)
		ok(t, s.MarkLeft(t.Context(), id("s", n), noon))
	}
	var mu sync.Mutex
	claimed := map[string]int{}
	together(t, db, 8, func(s *store.Store, _ int) error {
		for range people {
			if _, err := s.RetireLeft(t.Context(), noon, 3); err != nil {
				return err
			}
			left, err := s.ClaimRevocations(t.Context(), noon, noon.Add(time.Minute), 3)
			if err != nil {
				return err
			}
			mu.Lock()
			for _, r := range left {
				claimed[r.Refresh]++
			}
			mu.Unlock()
		}
		return nil
	})
	for n := range people {
		if c := claimed["refresh-"+id("s", n)]; c != 1 {
			t.Errorf("the token of %d was claimed %d times", n, c)
		}
	}
}
