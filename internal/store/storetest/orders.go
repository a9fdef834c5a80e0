package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/store"
)

// full fails for a fixture with a field left zero: a field that the store forgets must not go unnoticed.
func full(t testing.TB, v any, except ...string) {
	t.Helper()
	r := reflect.ValueOf(v)
fields:
	for i := range r.NumField() {
		name := r.Type().Field(i).Name
		for _, e := range except {
			if e == name {
				continue fields
			}
		}
		if r.Field(i).IsZero() {
			t.Fatalf("fixture: %T.%s is zero", v, name)
		}
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// newOrder is an order of a cart; it is not stored.
func newOrder(t testing.TB, n int, cart orders.Cart, inn string, placed time.Time) *orders.Order {
	t.Helper()
	var lines []orders.Line
	for i := 1; i <= 2; i++ {
		l, err := orders.NewLine(orders.Line{ProductID: id("p", i), Slug: id("slug", i), SKU: "SKU", Name: "Лампа", Unit: "шт",
			Quantity: int64(i), Price: money.Amount(10_000 * i), VATRate: 22})
		ok(t, err)
		full(t, l)
		lines = append(lines, l)
	}
	total, vat, err := orders.Total(lines)
	ok(t, err)
	o := &orders.Order{ID: id("id", n), Number: id("N", n), CartID: cart.ID, CartVer: cart.Version, Lines: lines, Total: total, VAT: vat,
		Buyer:   orders.Buyer{Subject: "sub", PersonName: "Иванов", CompanyINN: inn, CompanyKPP: "770101001", CompanyName: "ООО «Ромашка»", LawForm: "ООО"},
		Contact: orders.Contact{Name: "Пётр", Phone: "+7", Email: "a@b.ru", DeliveryAddress: "Москва", Comment: "позвонить"},
		State:   orders.Placed, PlacedAt: placed,
		Events: []orders.Event{{At: placed, Kind: orders.EventOrder, Actor: "sub", ExternalID: "x", From: "f", To: "placed", Note: "n", Detail: "подробность"}}}
	full(t, *o, "Version", "Payments")
	full(t, o.Buyer)
	full(t, o.Contact)
	full(t, o.Events[0], "Seq")
	return o
}

// filled stores a cart with one item.
func filled(t testing.TB, s *store.Store, cart string) orders.Cart {
	t.Helper()
	return got(s.UpdateCart(t.Context(), cart, noon, func(c *orders.Cart) error { return c.Add("p-0001", 1, 10_000) }))(t)
}

// placed stores an order.
func placed(t testing.TB, s *store.Store, n int, inn string, at time.Time) *orders.Order {
	t.Helper()
	o := newOrder(t, n, filled(t, s, id("cart", n)), inn, at)
	existing, err := s.PlaceOrder(t.Context(), o)
	if err != nil || existing != "" {
		t.Fatalf("place: %q, %v", existing, err)
	}
	return o
}

func placeOrder(t *testing.T, db Database) {
	s := db(t)
	o := placed(t, s, 1, romashka, noon)
	if o.Version != 1 || o.Events[0].Seq != 1 {
		t.Errorf("version %d, event %d; want 1, 1", o.Version, o.Events[0].Seq)
	}
	same(t, "order", got(s.Order(t.Context(), o.Number))(t), o)
	cart := got(s.Cart(t.Context(), o.CartID))(t)
	same(t, "cart", cart, orders.Cart{ID: o.CartID, Version: o.CartVer + 1, LastOrder: o.Number, UpdatedAt: noon})

	again := *o
	again.ID, again.Number = "other", "OTHER"
	if existing, err := s.PlaceOrder(t.Context(), &again); existing != o.Number || err != nil {
		t.Errorf("the same state of the cart again: %q, %v; want %q", existing, err, o.Number)
	}
	if _, err := s.Order(t.Context(), "OTHER"); !errors.Is(err, orders.ErrNotFound) {
		t.Errorf("the second order: %v", err)
	}
	same(t, "cart after the repeat", got(s.Cart(t.Context(), o.CartID))(t), cart)
}

func placeOrderRefusals(t *testing.T, db Database) {
	s := db(t)
	first := placed(t, s, 1, romashka, noon)
	cart := filled(t, s, "cart")
	for name, c := range map[string]struct {
		change func(*orders.Order)
		want   error
	}{
		"older cart":    {func(o *orders.Order) { o.CartVer-- }, orders.ErrCartChanged},
		"newer cart":    {func(o *orders.Order) { o.CartVer++ }, orders.ErrCartChanged},
		"no such cart":  {func(o *orders.Order) { o.CartID, o.CartVer = "none", 0 }, orders.ErrCartChanged},
		"number in use": {func(o *orders.Order) { o.Number = first.Number }, orders.ErrNumberTaken},
	} {
		o := newOrder(t, 2, cart, romashka, noon)
		c.change(o)
		if _, err := s.PlaceOrder(t.Context(), o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if o.Version != 0 || o.Events[0].Seq != 0 {
			t.Errorf("%s: the refused order was numbered", name)
		}
	}
	same(t, "cart", got(s.Cart(t.Context(), "cart"))(t), cart)
	same(t, "first order", got(s.Order(t.Context(), first.Number))(t), first)
	if _, err := s.PlaceOrder(t.Context(), newOrder(t, 2, cart, romashka, noon)); err != nil {
		t.Errorf("after the refusals: %v", err)
	}
}

func placeOrderRace(t *testing.T, db Database) {
	s := db(t)
	for round := range 5 {
		cart := filled(t, s, id("race", round))
		numbers := make([]string, 8)
		together(t, db, len(numbers), func(s *store.Store, i int) error {
			o := newOrder(t, 100*round+i, cart, romashka, noon)
			existing, err := s.PlaceOrder(t.Context(), o)
			if numbers[i] = existing; existing == "" {
				numbers[i] = o.Number
			}
			return err
		})
		for _, n := range numbers {
			if n != numbers[0] {
				t.Fatalf("one state of a cart became several orders: %v", numbers)
			}
		}
		got(s.Order(t.Context(), numbers[0]))(t)
	}
}

// payment is a fixture with every field set.
func payment(t testing.TB, externalID string) orders.Payment {
	t.Helper()
	at := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	p := orders.Payment{ExternalID: externalID, Attempt: 1, Method: orders.MethodCredit, Amount: 10_000, CreditAmount: 20_000, ProductCode: "pc", Term: 12,
		ContractNumber: "c", Subject: "sub", Contour: "sms", State: orders.PaymentAwaiting, BankStatus: "CREATED", BankComment: "bc", Reason: "r",
		Late: true, RefusedHint: true, Released: true, Review: "look", NeedsLogin: true, Payload: []byte{0, 1, 255}, PayloadHash: "ph", Misses: 2, Tries: 3,
		CreatedAt: at(1), SentAt: at(3), ExpiresAt: at(4), ChangedAt: at(5), CheckedAt: at(6), CheckAt: at(7), PaidAt: at(8)}
	full(t, p)
	return p
}

func updateOrder(t *testing.T, db Database) {
	s := db(t)
	o := placed(t, s, 1, romashka, noon)
	update := func(fn func(*orders.Order)) *orders.Order {
		t.Helper()
		out := got(s.UpdateOrder(t.Context(), o.Number, func(o *orders.Order) error { fn(o); return nil }))(t)
		same(t, "stored", got(s.Order(t.Context(), o.Number))(t), out)
		return out
	}
	u := update(func(o *orders.Order) { o.Payments = append(o.Payments, payment(t, "e1")) })
	if len(u.Payments) != 1 || u.Version != 2 {
		t.Fatalf("version %d with %d payments, want 2 with 1", u.Version, len(u.Payments))
	}
	u = update(func(o *orders.Order) {
		o.State = orders.CancelRequested
		p := &o.Payments[0]
		p.Late, p.Payload, p.SentAt, p.Review, p.State = false, []byte("new"), time.Time{}, "", orders.PaymentFailed
		o.Events = append(o.Events, orders.Event{At: noon, Kind: orders.EventNote}, orders.Event{At: noon, Kind: orders.EventBank})
	})
	if len(u.Events) != 3 || u.Events[2].Seq != 3 || u.Version != 3 {
		t.Errorf("version %d, events %+v", u.Version, u.Events)
	}
	if u = update(func(o *orders.Order) { o.Payments[0].Payload[0] = 'N' }); string(u.Payments[0].Payload) != "New" {
		t.Errorf("payload changed in place: %q", u.Payments[0].Payload)
	}
	if same := update(func(*orders.Order) {}); same.Version != u.Version {
		t.Errorf("nothing changed, but the version went from %d to %d", u.Version, same.Version)
	}
}

func updateOrderRefusals(t *testing.T, db Database) {
	s := db(t)
	if _, err := s.UpdateOrder(t.Context(), "none", func(*orders.Order) error { return nil }); !errors.Is(err, orders.ErrNotFound) {
		t.Errorf("unknown order: %v", err)
	}
	if _, err := s.Order(t.Context(), "none"); !errors.Is(err, orders.ErrNotFound) {
		t.Errorf("unknown order: %v", err)
	}
	o := placed(t, s, 1, romashka, noon)
	refusal := errors.New("refused")
	_, err := s.UpdateOrder(t.Context(), o.Number, func(o *orders.Order) error {
		o.State = orders.Cancelled
		o.Payments = append(o.Payments, payment(t, "e1"))
		return refusal
	})
	if !errors.Is(err, refusal) {
		t.Errorf("fn's error came back as %v", err)
	}
	same(t, "after a refusal", got(s.Order(t.Context(), o.Number))(t), o)
}

func updateOrderRace(t *testing.T, db Database) {
	s := db(t)
	o := placed(t, s, 1, romashka, noon)
	const writers, each = 8, 10
	together(t, db, writers, func(s *store.Store, i int) error {
		for n := range each {
			if _, err := s.UpdateOrder(t.Context(), o.Number, func(o *orders.Order) error {
				o.Events = append(o.Events, orders.Event{At: noon, Kind: orders.EventNote, Note: fmt.Sprint(i, n)})
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	u := got(s.Order(t.Context(), o.Number))(t)
	if want := int64(1 + writers*each); u.Version != want || int64(len(u.Events)) != want {
		t.Errorf("version %d, %d events; want %d of both", u.Version, len(u.Events), want)
	}
	for i, e := range u.Events {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has number %d", i, e.Seq)
		}
	}
}

func begin(o *orders.Order, externalID, release string) error {
	return o.BeginPayment(orders.Payment{ExternalID: externalID, Method: orders.MethodInvoice, Amount: o.Due(), Subject: "sub", CheckAt: noon}, release, "sub", noon)
}

func oneLivePayment(t *testing.T, db Database) {
	s := db(t)
	o := placed(t, s, 1, romashka, noon)
	got(s.UpdateOrder(t.Context(), o.Number, func(o *orders.Order) error { return begin(o, "e1", "") }))(t)
	// Behind the back of BeginPayment: the index itself must refuse.
	_, err := s.UpdateOrder(t.Context(), o.Number, func(o *orders.Order) error {
		p := o.Payments[0]
		p.ExternalID, p.Attempt = "e2", 2
		o.Payments = append(o.Payments, p)
		return nil
	})
	var live *orders.LiveError
	if !errors.As(err, &live) || live.Payment.ExternalID != "e1" || live.Number != o.Number {
		t.Fatalf("a second live payment: %v", err)
	}
	if u := got(s.Order(t.Context(), o.Number))(t); len(u.Payments) != 1 {
		t.Errorf("%d payments", len(u.Payments))
	}
	u := got(s.UpdateOrder(t.Context(), o.Number, func(o *orders.Order) error {
		o.Payments[0].State, o.Payments[0].Late = orders.PaymentAwaiting, true
		return begin(o, "e2", "e1")
	}))(t)
	if len(u.Payments) != 2 || !u.Payments[0].Released || u.Live().ExternalID != "e2" {
		t.Errorf("after a release: %+v", u.Payments)
	}
	// The external id of a payment that blocks nothing, used again by another order.
	got(s.UpdateOrder(t.Context(), o.Number, func(o *orders.Order) error { o.Payments[1].State = orders.PaymentPaid; return nil }))(t)
	want := got(s.Order(t.Context(), o.Number))(t)
	if _, err = s.UpdateOrder(t.Context(), placed(t, s, 2, romashka, noon).Number, func(o *orders.Order) error { return begin(o, "e2", "") }); err == nil {
		t.Error("an external id was used by two orders")
	}
	same(t, "the order whose external id was used again", got(s.Order(t.Context(), o.Number))(t), want)
}

func oneLivePaymentRace(t *testing.T, db Database) {
	s := db(t)
	for round := range 5 {
		o := placed(t, s, round, romashka, noon)
		won := make([]bool, 8)
		together(t, db, len(won), func(s *store.Store, i int) error {
			_, err := s.UpdateOrder(t.Context(), o.Number, func(o *orders.Order) error { return begin(o, id("e", 100*round+i), "") })
			won[i] = err == nil
			if live := (*orders.LiveError)(nil); errors.As(err, &live) {
				return nil
			}
			return err
		})
		count := 0
		for _, w := range won {
			if w {
				count++
			}
		}
		if u := got(s.Order(t.Context(), o.Number))(t); count != 1 || len(u.Payments) != 1 {
			t.Errorf("%d winners, %d payments; want 1, 1", count, len(u.Payments))
		}
	}
}
