package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"creditcart/internal/orders"
	"creditcart/internal/store"
)

// paying stores an order with one payment that is to be checked at the given time.
func paying(t testing.TB, s *store.Store, n int, checkAt time.Time, change func(*orders.Payment)) {
	t.Helper()
	o := placed(t, s, n, romashka, noon)
	got(s.UpdateOrder(t.Context(), o.Number, func(o *orders.Order) error {
		if err := begin(o, id("e", n), ""); err != nil {
			return err
		}
		o.Payments[0].CheckAt = checkAt
		change(&o.Payments[0])
		return nil
	}))(t)
}

// Payments that waited for somebody of a company to sign in are asked about as soon as somebody has.
func signInWakes(t *testing.T, db Database) {
	s := db(t)
	later := noon.Add(time.Hour)
	paying(t, s, 1, later, func(p *orders.Payment) { p.NeedsLogin = true })
	paying(t, s, 2, later, func(p *orders.Payment) { p.Late = true })
	paying(t, s, 3, later, func(p *orders.Payment) { p.NeedsLogin, p.State = true, orders.PaymentFailed })
	claim := func(want ...orders.Due) {
		t.Helper()
		same(t, "claimed", got(s.ClaimDue(t.Context(), noon, noon.Add(time.Second), 9))(t), append([]orders.Due{}, want...))
	}
	signIn(t, s, "stranger", other)
	claim()
	signIn(t, s, "colleague", romashka)
	claim(orders.Due{Number: id("N", 1), ExternalID: id("e", 1)})
}

func claimDue(t *testing.T, db Database) {
	s := db(t)
	keep := func(*orders.Payment) {}
	paying(t, s, 1, noon.Add(-time.Minute), keep)
	paying(t, s, 2, noon.Add(-2*time.Minute), func(p *orders.Payment) { p.Released = true })
	paying(t, s, 3, noon, keep)
	paying(t, s, 4, noon.Add(time.Second), keep)
	paying(t, s, 5, noon.Add(-time.Hour), func(p *orders.Payment) { p.State = orders.PaymentPaid })
	paying(t, s, 6, noon.Add(-time.Hour), func(p *orders.Payment) { p.State = orders.PaymentFailed })
	until := noon.Add(30 * time.Second)
	claim := func(now time.Time, limit int, want ...int) {
		t.Helper()
		due := make([]orders.Due, len(want))
		for i, n := range want {
			due[i] = orders.Due{Number: id("N", n), ExternalID: id("e", n)}
		}
		same(t, "claimed", got(s.ClaimDue(t.Context(), now, now.Add(until.Sub(noon)), limit))(t), due)
	}
	stored := got(s.Order(t.Context(), id("N", 4)))(t).Payments[0]
	same(t, "read alone", got(s.Payment(t.Context(), id("e", 4)))(t), stored)
	if _, err := s.Payment(t.Context(), id("e", 99)); !errors.Is(err, orders.ErrNoPayment) {
		t.Errorf("a payment that is not there: %v", err)
	}
	claim(noon, 2, 2, 1)
	claim(noon, 9, 3)
	claim(noon, 9)
	claim(until.Add(-time.Millisecond), 9, 4)
	claim(until, 9, 2, 1, 3)
	// Whoever changes a payment gives it back; whoever changes nothing does not.
	got(s.UpdateOrder(t.Context(), id("N", 1), func(o *orders.Order) error { o.Payments[0].Tries++; return nil }))(t)
	got(s.UpdateOrder(t.Context(), id("N", 3), func(o *orders.Order) error { return nil }))(t)
	claim(until, 9, 1)
}

func claimDueRace(t *testing.T, db Database) {
	s := db(t)
	const payments = 60
	for n := range payments {
		paying(t, s, n, noon, func(*orders.Payment) {})
	}
	var mu sync.Mutex
	times := map[string]int{}
	together(t, db, 8, func(s *store.Store, _ int) error {
		for {
			due, err := s.ClaimDue(t.Context(), noon, noon.Add(time.Minute), 7)
			if err != nil || len(due) == 0 {
				return err
			}
			mu.Lock()
			for _, d := range due {
				times[d.ExternalID]++
			}
			mu.Unlock()
		}
	})
	if len(times) != payments {
		t.Errorf("%d of %d payments were claimed", len(times), payments)
	}
	for e, n := range times {
		if n != 1 {
			t.Errorf("%s was claimed %d times", e, n)
		}
	}
}

func checkSoon(t *testing.T, db Database) {
	s := db(t)
	const pause = 2 * time.Second
	soon := func(n int) time.Time {
		t.Helper()
		ok(t, s.CheckSoon(t.Context(), id("e", n), noon, pause))
		return got(s.Order(t.Context(), id("N", n)))(t).Payments[0].CheckAt
	}
	later := noon.Add(time.Hour)
	for n, c := range map[int]struct {
		why    string
		change func(*orders.Payment)
		want   time.Time
	}{
		1: {"waits", func(p *orders.Payment) { p.State = orders.PaymentAwaiting }, noon},
		2: {"in process", func(p *orders.Payment) { p.State, p.CheckedAt = orders.PaymentProcessing, noon.Add(-time.Minute) }, noon},
		3: {"answered a second ago", func(p *orders.Payment) {
			p.State, p.CheckedAt = orders.PaymentAwaiting, noon.Add(-time.Second)
		}, noon.Add(time.Second)},
		4: {"due before", func(p *orders.Payment) { p.State, p.CheckAt = orders.PaymentAwaiting, noon.Add(-time.Minute) }, noon.Add(-time.Minute)},
		5: {"being sent", func(*orders.Payment) {}, later},
		6: {"settled", func(p *orders.Payment) { p.State = orders.PaymentFailed }, later},
	} {
		paying(t, s, n, later, c.change)
		for range 2 {
			if at := soon(n); !at.Equal(c.want) {
				t.Errorf("%s: checked at %v, want %v", c.why, at, c.want)
			}
		}
	}
	ok(t, s.CheckSoon(t.Context(), "nobody's", noon, pause))
}
