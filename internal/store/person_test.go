package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"creditcart/internal/audit"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/internal/store"
	"creditcart/internal/store/storetest"
)

var personNoon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const personINN, traderINN = "7707083893", "770708389312"

// arrive signs a person in, in two browsers.
func arrive(t *testing.T, s *store.Store, subject string, at time.Time) {
	t.Helper()
	must(t, s.SignIn(t.Context(), sbid.Identity{Subject: subject, INN: personINN, Name: "Канарейкина " + subject, Phone: "+7", AsOf: at},
		sbid.Grant{CompanyINN: personINN, Access: "token-" + subject, Refresh: "again-" + subject, ObtainedAt: at, ExpiresAt: at}))
	for n := range 2 {
		must(t, s.SaveSession(t.Context(), sbid.Session{ID: fmt.Sprint("session-", subject, n), Subject: subject, CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(12 * time.Hour)}))
	}
}

// order places an order of a person; state is that of its payment, empty for none.
func order(t *testing.T, s *store.Store, number, subject, inn string, at time.Time, state orders.PaymentState) {
	t.Helper()
	cart, err := s.UpdateCart(t.Context(), "cart-"+number, at, func(c *orders.Cart) error { return c.Add("p", 1, 10_000) })
	must(t, err)
	line, err := orders.NewLine(orders.Line{ProductID: "p", Name: "Лампа", Unit: "шт", Quantity: 1, Price: 10_000, VATRate: 22})
	must(t, err)
	_, err = s.PlaceOrder(t.Context(), &orders.Order{ID: "id-" + number, Number: number, CartID: cart.ID, CartVer: cart.Version,
		Lines: []orders.Line{line}, Total: line.Total, VAT: line.VAT, Buyer: orders.Buyer{Subject: subject, PersonName: "Канарейкина", CompanyINN: inn, CompanyName: "ИП Канарейкина"},
		Contact: orders.Contact{Name: "Зоя", Phone: "+79990001122", Email: "zoya@example.ru", DeliveryAddress: "Тупик", Comment: "Звонить"}, State: orders.Placed, PlacedAt: at})
	must(t, err)
	if state == "" {
		return
	}
	_, err = s.UpdateOrder(t.Context(), number, func(o *orders.Order) error {
		if err := o.BeginPayment(orders.Payment{ExternalID: "ext-" + number, Method: orders.MethodInvoice, Amount: o.Due(), Subject: subject}, "", subject, at); err != nil {
			return err
		}
		_, err := o.Observe("ext-"+number, orders.Observation{State: state, Actor: orders.ActorBank, At: at})
		return err
	})
	must(t, err)
}

// kept tells whether an order still has its people, and that the rest of it is as it was.
func kept(t *testing.T, s *store.Store, number string) bool {
	t.Helper()
	o, err := s.Order(t.Context(), number)
	must(t, err)
	if o.Total != 10_000 || len(o.Lines) != 1 || o.Lines[0].Name != "Лампа" {
		t.Errorf("%s: the order itself changed: %+v", number, o)
	}
	people := o.Buyer.PersonName + o.Contact.Name + o.Contact.Phone + o.Contact.Email + o.Contact.DeliveryAddress + o.Contact.Comment
	if people != "" && people != "КанарейкинаЗоя+79990001122zoya@example.ruТупикЗвонить" {
		t.Errorf("%s: erased in part: %q", number, people)
	}
	return people != ""
}

func TestErasePerson(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s, ctx := db(t), t.Context()
		arrive(t, s, "zoya", personNoon)
		arrive(t, s, "other", personNoon)
		order(t, s, "PAID", "zoya", personINN, personNoon, orders.PaymentPaid)
		order(t, s, "OPEN", "zoya", personINN, personNoon, orders.PaymentAwaiting)
		order(t, s, "NONE", "zoya", personINN, personNoon, "")
		order(t, s, "OTHER", "other", personINN, personNoon, orders.PaymentPaid)
		// An order from before its people were sealed.
		_, err := s.Tamper(ctx, "update orders set people = null, person_name = 'Канарейкина', contact_name = 'Зоя', phone = '+79990001122', email = 'zoya@example.ru', delivery_address = 'Тупик', comment = 'Звонить' where number = 'PAID'")
		must(t, err)

		done, err := s.ErasePerson(ctx, "zoya", "operator", personNoon)
		must(t, err)
		if !done.Account || done.Sessions != 2 || done.Orders != 2 || done.Open != 1 || done.OpenFirst[0] != "OPEN" || !done.TokensStay {
			t.Errorf("erased: %+v", done)
		}
		for number, want := range map[string]bool{"PAID": false, "OPEN": true, "NONE": false, "OTHER": true} {
			if kept(t, s, number) != want {
				t.Errorf("%s: people kept: %v", number, !want)
			}
		}
		if _, err := s.Account(ctx, "zoya"); !errors.Is(err, sbid.ErrNoGrant) {
			t.Errorf("the account: %v", err)
		}
		if _, found, _ := s.Session(ctx, "session-zoya0", personNoon); found {
			t.Error("a session lives on")
		}
		if _, found, _ := s.Session(ctx, "session-other0", personNoon); !found {
			t.Error("another person was signed out")
		}

		_, err = s.UpdateOrder(ctx, "OPEN", func(o *orders.Order) error {
			_, err := o.Observe("ext-OPEN", orders.Observation{State: orders.PaymentPaid, Actor: orders.ActorBank, At: personNoon})
			return err
		})
		must(t, err)
		done, err = s.ErasePerson(ctx, "zoya", "operator", personNoon)
		must(t, err)
		if done.Account || done.Orders != 1 || done.Open != 0 || done.TokensStay || kept(t, s, "OPEN") {
			t.Errorf("after the last document: %+v", done)
		}
		left, err := s.ClaimRevocations(ctx, personNoon, personNoon, 5)
		must(t, err)
		if len(left) != 1 || left[0].Refresh != "again-zoya" {
			t.Errorf("tokens to revoke at the bank: %d", len(left))
		}
		if _, err := s.ErasePerson(ctx, "zoya", "operator", personNoon); !errors.Is(err, store.ErrNoPerson) {
			t.Errorf("a third time: %v", err)
		}
		p, err := s.ExportPerson(ctx, "zoya", "operator") // what may not be erased: orders without people, acts
		must(t, err)
		raw, err := json.Marshal(p)
		must(t, err)
		for _, gone := range []string{"Канарейкина\"", "Зоя", "9990001122", "zoya@", "Тупик", "Звонить"} {
			if strings.Contains(strings.ReplaceAll(string(raw), "ИП Канарейкина", ""), gone) {
				t.Errorf("%s is still known: %s", gone, raw)
			}
		}
		if len(p.Orders) != 3 || !p.Orders[0].Erased || p.Account != nil || p.Tokens != nil || len(p.Acts) == 0 {
			t.Errorf("what is left: %s", raw)
		}
		if report, err := s.VerifyAudit(ctx, audit.Head{}); err != nil || len(report.Problems) > 0 {
			t.Errorf("the audit log: %+v, %v", report, err)
		}
	})
}

func TestErasePersonRefusals(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s := db(t)
		if _, err := s.ErasePerson(t.Context(), "nobody", "operator", personNoon); !errors.Is(err, store.ErrNoPerson) {
			t.Errorf("nobody: %v", err)
		}
		if _, err := s.ExportPerson(t.Context(), "nobody", "operator"); !errors.Is(err, store.ErrNoPerson) {
			t.Errorf("nobody: %v", err)
		}
		arrive(t, s, "boss", personNoon)
		must(t, s.SetMerchant(t.Context(), sbid.Connection{Subject: "boss", Name: "Иванов"}))
		if _, err := s.ErasePerson(t.Context(), "boss", "operator", personNoon); !errors.Is(err, store.ErrMerchantPerson) {
			t.Errorf("the merchant's connection: %v", err)
		}
		if _, found, err := s.Session(t.Context(), "session-boss0", personNoon); !found || err != nil {
			t.Errorf("a refusal ended a session: %v", err)
		}
	})
}

func TestExportPerson(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s := db(t)
		arrive(t, s, "zoya", personNoon)
		arrive(t, s, "other", personNoon)
		order(t, s, "SECOND", "zoya", personINN, personNoon.Add(time.Hour), orders.PaymentPaid)
		order(t, s, "FIRST", "zoya", personINN, personNoon, "")
		order(t, s, "OTHER", "other", personINN, personNoon, "")
		p, err := s.ExportPerson(t.Context(), "zoya", "operator")
		must(t, err)
		raw, err := json.Marshal(p)
		must(t, err)
		if p.Account == nil || p.Account.Name != "Канарейкина zoya" || p.Tokens == nil || len(p.Sessions) != 2 || len(p.Orders) != 2 {
			t.Fatalf("%s", raw)
		}
		if o := p.Orders[0]; o.Number != "FIRST" || o.Phone != "+79990001122" || o.Email != "zoya@example.ru" || o.Erased {
			t.Errorf("%+v", o)
		}
		if len(p.Acts) < 2 || p.Acts[0].Kind != audit.SignIn {
			t.Errorf("%+v", p.Acts)
		}
		for _, secret := range []string{"token-zoya", "again-zoya", "session-zoya", "other"} {
			if strings.Contains(string(raw), secret) {
				t.Errorf("the export shows %s", secret)
			}
		}
	})
}

func TestEraseOldPeople(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s, ctx := db(t), t.Context()
		before := personNoon
		long, since := before.Add(-time.Hour), before.Add(time.Hour)
		arrive(t, s, "long", long)
		arrive(t, s, "since", since)
		must(t, s.PurgeSessions(ctx, since.AddDate(1, 0, 0)))
		order(t, s, "OLD", "long", personINN, long, orders.PaymentPaid)
		order(t, s, "TRADER", "long", traderINN, long, orders.PaymentPaid)
		order(t, s, "UNPAID", "long", personINN, long, "")
		order(t, s, "NEW", "since", personINN, since, orders.PaymentPaid)
		order(t, s, "WATCHED", "third", personINN, long, orders.PaymentAwaiting)
		order(t, s, "LATELY", "third", personINN, long, orders.PaymentAwaiting)
		_, err := s.UpdateOrder(ctx, "LATELY", func(o *orders.Order) error {
			_, err := o.Observe("ext-LATELY", orders.Observation{State: orders.PaymentPaid, Actor: orders.ActorBank, At: since})
			return err
		})
		must(t, err)
		for round, want := range [][2]int{{3, 1}, {0, 0}} {
			n, people, err := s.EraseOldPeople(ctx, before, since)
			must(t, err)
			if n != want[0] || people != want[1] {
				t.Errorf("round %d: people of %d orders, %d accounts", round, n, people)
			}
		}
		for number, want := range map[string]bool{"OLD": false, "TRADER": false, "UNPAID": false, "NEW": true, "WATCHED": true, "LATELY": true} {
			if kept(t, s, number) != want {
				t.Errorf("%s: people kept: %v", number, !want)
			}
		}
		trader, err := s.Order(ctx, "TRADER")
		must(t, err)
		if trader.Buyer.CompanyINN != "" || strings.Contains(trader.Buyer.CompanyName, "Канарейкина") || trader.PaidSum() != 10_000 {
			t.Errorf("a sole trader: %+v", trader.Buyer)
		}
		company, err := s.Order(ctx, "OLD")
		must(t, err)
		if company.Buyer.CompanyINN != personINN || company.Buyer.CompanyName == "" {
			t.Errorf("a company is no person: %+v", company.Buyer)
		}
		if _, err := s.Account(ctx, "long"); !errors.Is(err, sbid.ErrNoGrant) {
			t.Errorf("who was not here for so long: %v", err)
		}
		if _, err := s.Account(ctx, "since"); err != nil {
			t.Errorf("who was: %v", err)
		}
	})
}

// Who was erased on request does not come back by an answer of the bank that was under way, and nothing of him waits for ever.
func TestErasedStaysErased(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s, ctx := db(t), t.Context()
		long, keepUntil := personNoon, personNoon.AddDate(5, 0, 0)
		arrive(t, s, "zoya", long)
		order(t, s, "TRADER", "zoya", traderINN, long, orders.PaymentPaid)
		order(t, s, "OPEN", "zoya", traderINN, long, orders.PaymentAwaiting)
		_, err := s.ErasePerson(ctx, "zoya", "operator", long)
		must(t, err)

		must(t, s.SaveAccount(ctx, sbid.Identity{Subject: "zoya", INN: traderINN, Name: "Канарейкина", AsOf: long.Add(time.Second)}))
		if _, err := s.Account(ctx, "zoya"); !errors.Is(err, sbid.ErrNoGrant) {
			t.Errorf("an answer that was under way brought the account back: %v", err)
		}

		_, err = s.UpdateOrder(ctx, "OPEN", func(o *orders.Order) error {
			_, err := o.Observe("ext-OPEN", orders.Observation{State: orders.PaymentFailed, Actor: orders.ActorBank, At: long})
			return err
		})
		must(t, err)
		if n, err := s.RetireLeft(ctx, long.Add(time.Hour), 5); err != nil || n != 1 {
			t.Errorf("%d people's tokens went with the last document, %v", n, err)
		}
		if n, err := s.Count(ctx, "select count(*) from grants where subject = 'zoya'"); err != nil || n != 0 {
			t.Errorf("whose tokens they were, and of which company, is still known: %d, %v", n, err)
		}

		for _, want := range []int{2, 0} { // OPEN with its people, TRADER whose people went on request
			n, _, err := s.EraseOldPeople(ctx, keepUntil, keepUntil)
			must(t, err)
			if n != want {
				t.Errorf("%d orders, want %d", n, want)
			}
		}
		for _, number := range []string{"TRADER", "OPEN"} {
			o, err := s.Order(ctx, number)
			must(t, err)
			if kept(t, s, number) || o.Buyer.CompanyINN != "" || strings.Contains(o.Buyer.CompanyName, "Канарейкина") {
				t.Errorf("%s: a sole trader whose time is over: %+v", number, o.Buyer)
			}
		}
	})
}
