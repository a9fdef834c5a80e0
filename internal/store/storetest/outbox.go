package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"creditcart/internal/orders"
	"creditcart/internal/outbox"
	"creditcart/internal/store"
)

// telling is a store that keeps notifications.
func telling(t testing.TB, db Database) *store.Store {
	t.Helper()
	s := db(t)
	s.UseOutbox(outbox.NewBook(key))
	return s
}

// announced stores an order as the checkout does: its first event is a beginning.
func announced(t testing.TB, s *store.Store, n int, at time.Time) *orders.Order {
	t.Helper()
	o := newOrder(t, n, filled(t, s, id("cart", n)), romashka, at)
	o.Events[0].From = ""
	_, err := s.PlaceOrder(t.Context(), o)
	ok(t, err)
	return o
}

// settle pays an order whole.
func settle(o *orders.Order, externalID string, at time.Time) error {
	if err := o.BeginPayment(orders.Payment{ExternalID: externalID, Method: orders.MethodInvoice, Amount: o.Total}, "", "sub", at); err != nil {
		return err
	}
	_, err := o.Observe(externalID, orders.Observation{State: orders.PaymentPaid, Actor: orders.ActorBank, At: at})
	return err
}

func claimed(t testing.TB, s *store.Store, now time.Time, limit int) []outbox.Message {
	t.Helper()
	return got(s.ClaimMessages(t.Context(), now, now.Add(time.Minute), limit))(t)
}

func outboxOrder(t *testing.T, db Database) {
	s, ctx := telling(t, db), t.Context()
	o := announced(t, s, 1, noon)
	got(s.UpdateOrder(ctx, o.Number, func(o *orders.Order) error { return settle(o, "e", noon.Add(time.Second)) }))(t)
	late := noon.Add(time.Hour)
	first := claimed(t, s, late, 9)
	if len(first) != 1 || first[0].Type != outbox.OrderPlaced || first[0].OrderID != o.ID || !json.Valid(first[0].Body) || !first[0].At.Equal(noon) {
		t.Fatalf("first %+v", first)
	}
	same(t, "leased", len(claimed(t, s, late.Add(59*time.Second), 9)), 0)
	ok(t, s.MessageFailed(ctx, first[0].ID, "500", late.Add(time.Hour)))
	same(t, "put back, and what comes after it waits", len(claimed(t, s, late.Add(59*time.Minute), 9)), 0)
	st := got(s.Outbox(ctx))(t)
	same(t, "status", st, outbox.Status{Waiting: 2, Oldest: noon, LastError: "500", NextTry: late.Add(time.Hour)})
	ok(t, s.HurryMessages(ctx, late.Add(time.Minute)))
	again := claimed(t, s, late.Add(time.Minute), 9)
	if len(again) != 1 || again[0].ID != first[0].ID || string(again[0].Body) != string(first[0].Body) || again[0].Attempts != 1 {
		t.Fatalf("again %+v", again)
	}
	ok(t, s.MessageDelivered(ctx, again[0].ID, late))
	ok(t, s.MessageFailed(ctx, again[0].ID, "500", late)) // another instance was late: delivered is delivered
	second := claimed(t, s, late, 9)
	if len(second) != 1 || second[0].Type != outbox.OrderPaid || second[0].ID == first[0].ID {
		t.Fatalf("second %+v", second)
	}
	ok(t, s.MessageDelivered(ctx, second[0].ID, late.Add(time.Minute)))
	same(t, "all delivered", got(s.Outbox(ctx))(t), outbox.Status{})
	same(t, "only what is old goes", got(s.PurgeMessages(ctx, late.Add(time.Minute)))(t), int64(1))
	announced(t, s, 2, noon)
	same(t, "then the rest", got(s.PurgeMessages(ctx, late.Add(time.Hour)))(t), int64(1))
	same(t, "what waits never goes", got(s.Outbox(ctx))(t).Waiting, 1)
}

func outboxAtomic(t *testing.T, db Database) {
	s, ctx := telling(t, db), t.Context()
	o := announced(t, s, 1, noon)
	same(t, "placed", messages(t, s), 1)
	existing, err := s.PlaceOrder(ctx, newOrder(t, 2, orders.Cart{ID: o.CartID, Version: o.CartVer}, romashka, noon))
	ok(t, err)
	same(t, "the same cart again", existing+fmt.Sprint(messages(t, s)), o.Number+"1")
	no := errors.New("no")
	_, err = s.UpdateOrder(ctx, o.Number, func(o *orders.Order) error { return errors.Join(settle(o, "e", noon), no) })
	if !errors.Is(err, no) {
		t.Fatal(err)
	}
	same(t, "a change that was taken back", messages(t, s), 1)
	quiet := db(t) // nobody is to be told
	placed(t, quiet, 3, romashka, noon)
	got(quiet.UpdateOrder(ctx, o.Number, func(o *orders.Order) error { return settle(o, "e", noon) }))(t)
	same(t, "without a receiver", messages(t, s), 1)
}

// messages counts what waits.
func messages(t testing.TB, s *store.Store) int {
	t.Helper()
	return got(s.Outbox(t.Context()))(t).Waiting
}

// outboxRace: two instances share the work, nobody gets what another one has, and an order's messages keep their order.
func outboxRace(t *testing.T, db Database) {
	s := telling(t, db)
	const many = 20
	for n := range many {
		o := announced(t, s, n, noon)
		got(s.UpdateOrder(t.Context(), o.Number, func(o *orders.Order) error { return settle(o, id("e", n), noon) }))(t)
	}
	var mu sync.Mutex
	seen := map[string][]string{}
	now := noon.Add(time.Hour)
	together(t, db, 6, func(s *store.Store, _ int) error {
		for {
			all, err := s.ClaimMessages(t.Context(), now, now.Add(time.Minute), 3)
			if err != nil {
				return err
			}
			st, err := s.Outbox(t.Context())
			if err != nil || st.Waiting == 0 {
				return err
			}
			for _, m := range all {
				mu.Lock()
				seen[m.OrderID] = append(seen[m.OrderID], m.Type)
				mu.Unlock()
				if err := s.MessageDelivered(t.Context(), m.ID, now); err != nil {
					return err
				}
			}
		}
	})
	same(t, "orders", len(seen), many)
	for order, types := range seen {
		same(t, order, strings.Join(types, " "), outbox.OrderPlaced+" "+outbox.OrderPaid)
	}
}
