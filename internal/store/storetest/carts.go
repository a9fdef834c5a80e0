package storetest

import (
	"errors"
	"testing"
	"time"

	"creditcart/internal/orders"
	"creditcart/internal/store"
)

func carts(t *testing.T, db Database) {
	s := db(t)
	same(t, "absent cart", got(s.Cart(t.Context(), "c"))(t), orders.Cart{ID: "c"})
	add := func(product string) func(*orders.Cart) error {
		return func(c *orders.Cart) error { return c.Add(product, 2, 150_00) }
	}
	got(s.UpdateCart(t.Context(), "c", noon, add("p2")))(t)
	c := got(s.UpdateCart(t.Context(), "c", noon.Add(time.Minute), add("p1")))(t)
	want := orders.Cart{ID: "c", Version: 2, UpdatedAt: noon.Add(time.Minute),
		Items: []orders.CartItem{{ProductID: "p2", Quantity: 2, SeenPrice: 150_00}, {ProductID: "p1", Quantity: 2, SeenPrice: 150_00}}}
	same(t, "returned", c, want)
	same(t, "stored", got(s.Cart(t.Context(), "c"))(t), want)

	refusal := errors.New("refused")
	if _, err := s.UpdateCart(t.Context(), "c", noon, func(c *orders.Cart) error { c.Items = nil; return refusal }); !errors.Is(err, refusal) {
		t.Errorf("fn's error came back as %v", err)
	}
	same(t, "after a refusal", got(s.Cart(t.Context(), "c"))(t), want)
	same(t, "another cart", got(s.Cart(t.Context(), "d"))(t), orders.Cart{ID: "d"})
}

func cartRace(t *testing.T, db Database) {
	const writers, each = 8, 10
	together(t, db, writers, func(s *store.Store, _ int) error {
		for range each {
			if _, err := s.UpdateCart(t.Context(), "c", noon, func(c *orders.Cart) error { return c.Add("p", 1, 100) }); err != nil {
				return err
			}
		}
		return nil
	})
	c := got(db(t).Cart(t.Context(), "c"))(t)
	if c.Version != writers*each || len(c.Items) != 1 || c.Items[0].Quantity != writers*each {
		t.Errorf("%+v; want version and quantity %d", c, writers*each)
	}
}

func purgeCarts(t *testing.T, db Database) {
	s := db(t)
	o := placed(t, s, 1, romashka, noon) // its cart was changed at noon
	got(s.UpdateCart(t.Context(), "young", noon.Add(time.Minute), func(c *orders.Cart) error { return c.Add("p", 1, 100) }))(t)
	for n := range 7 {
		filled(t, s, id("old", n))
	}
	ok(t, s.PurgeCarts(t.Context(), noon.Add(time.Second)))
	for _, cart := range []string{id("old", 3), o.CartID} {
		same(t, "purged", got(s.Cart(t.Context(), cart))(t), orders.Cart{ID: cart})
	}
	if c := got(s.Cart(t.Context(), "young"))(t); len(c.Items) != 1 {
		t.Error("a young cart was purged")
	}
	// The browser comes back with the purged cart: what it orders now must not be taken for its old order.
	cart := filled(t, s, o.CartID)
	if existing, err := s.PlaceOrder(t.Context(), newOrder(t, 2, cart, romashka, noon)); existing != "" || err != nil {
		t.Errorf("an order of a cart that was purged and filled again: %q, %v", existing, err)
	}
}
