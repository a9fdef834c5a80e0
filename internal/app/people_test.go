package app

import (
	"log/slog"
	"net/url"
	"testing"
	"time"

	"creditcart/internal/bankemu"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

// toPay is the form that pays by an invoice, with the consent to the program's own text.
func toPay() url.Values {
	c, err := Config{MerchantName: bankemu.MerchantName}.consent()
	if err != nil {
		panic(err)
	}
	return url.Values{"method": {"invoice"}, "consent": {c.Hash}}
}

// The hourly sweep erases people of an order on the day after SHOP_PEOPLE_KEEP, never when it is 0, and not by a clock that
// nothing confirms.
func TestPeopleAreErasedOnTime(t *testing.T) {
	placed := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		keep  int
		after time.Duration
		seen  bool // somebody has just signed in
		kept  bool
	}{{1826, 1826 * 24 * time.Hour, true, true}, {1826, 1826*24*time.Hour + time.Second, true, false}, {0, 9000 * 24 * time.Hour, true, true},
		{1826, 9000 * 24 * time.Hour, false, true}} {
		cfg := testConfig(t)
		cfg.PeopleKeep = c.keep
		now := placed
		a, err := New(t.Context(), cfg, func() time.Time { return now }, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		cart, err := a.Store.UpdateCart(t.Context(), "cart", now, func(c *orders.Cart) error { return c.Add("p", 1, 100) })
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Store.PlaceOrder(t.Context(), &orders.Order{ID: "id", Number: "N", CartID: "cart", CartVer: cart.Version, Total: 100, State: orders.Placed,
			PlacedAt: placed, Buyer: orders.Buyer{Subject: "s", PersonName: "Зоя"}, Contact: orders.Contact{Phone: "+7"}})
		if err != nil {
			t.Fatal(err)
		}
		now = placed.Add(c.after)
		if c.seen {
			if err := a.Store.SignIn(t.Context(), sbid.Identity{Subject: "other", INN: "7707083893", AsOf: now}, sbid.Grant{ObtainedAt: now}); err != nil {
				t.Fatal(err)
			}
		}
		a.sweepOnce(t.Context())
		o, err := a.Store.Order(t.Context(), "N")
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Buyer.PersonName + o.Contact.Phone; (got != "") != c.kept || o.Total != 100 {
			t.Errorf("keep %d days, after %v: %q of %d", c.keep, c.after, got, o.Total)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
