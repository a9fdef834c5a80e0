package storetest

import (
	"testing"

	"creditcart/internal/catalog"
	"creditcart/internal/orders"
	"creditcart/internal/outbox"
	"creditcart/internal/sbid"
	"creditcart/internal/store"
)

// Fill puts something of every kind into a store: n orders with a payment each, people, sessions, goods.
func Fill(t testing.TB, s *store.Store, n int) {
	t.Helper()
	ctx := t.Context()
	for _, subject := range []string{"sub", "gone"} {
		signIn(t, s, subject, romashka)
	}
	for i := range n {
		o := placed(t, s, i, romashka, noon)
		_, err := s.UpdateOrder(ctx, o.Number, func(o *orders.Order) error {
			o.Payments = append(o.Payments, payment(t, id("e", i)))
			return nil
		})
		ok(t, err)
	}
	s.UseOutbox(outbox.NewBook(key))
	announced(t, s, n, noon)
	filled(t, s, "open cart")
	ok(t, s.MarkLeft(ctx, "gone", noon))
	got(s.RetireLeft(ctx, noon, 5))(t)
	ok(t, s.SetMerchant(ctx, sbid.Connection{Subject: "sub", Name: "Иванов", ConnectedAt: noon}))
	ok(t, s.KeepConsent(ctx, "hash", "1", "text", noon))
	ok(t, s.SaveSnapshot(ctx, "k", []byte("body"), noon))
	ok(t, s.SavePending(ctx, sbid.Pending{ID: "a", Verifier: "v", ExpiresAt: noon}))
	ok(t, s.SaveSession(ctx, sbid.Session{ID: "a", Subject: "sub", Data: []byte("data"), CreatedAt: noon, SeenAt: noon, ExpiresAt: noon}))
	got(s.SwapClientSecrets(ctx, "1", sbid.ClientSecrets{Current: sbid.Secret{Value: "current", Until: noon}}, 0))(t)
	ok(t, s.ReplaceCatalog(ctx, smallFeed(t)))
}

// Filled reads back through the methods of a store what Fill put there.
func Filled(t testing.TB, s *store.Store, n int) {
	t.Helper()
	ctx := t.Context()
	o := got(s.Order(ctx, id("N", n-1)))(t)
	same(t, "order", len(o.Payments)+len(o.Lines)+len(o.Events), 1+2+1)
	same(t, "payload", o.Payments[0].Payload, payment(t, "x").Payload)
	same(t, "tokens", got(s.Grant(ctx, "sub"))(t).Refresh, "refresh-sub")
	same(t, "secrets", got(s.ClientSecrets(ctx, "1"))(t).Current.Value, "current")
	same(t, "person", got(s.Account(ctx, "sub"))(t), identity(t, "sub", romashka))
	same(t, "goods", len(got(s.Listing(ctx, catalog.Query{}))(t).Products), len(smallFeed(t).Products))
	due, err := s.ClaimDue(ctx, noon.AddDate(1, 0, 0), noon.AddDate(2, 0, 0), n+1)
	ok(t, err)
	same(t, "due", len(due), n)
	placed(t, s, n+1, romashka, noon) // and it goes on
}
