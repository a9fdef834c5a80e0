package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"creditcart/internal/orders"
)

// PlaceOrder saves a new order and empties the cart it was made of (version+1, LastOrder = its number), all or nothing.
// If an order was made from this state of the cart already, its number is returned and nothing changes.
// A cart of another version is orders.ErrCartChanged, a number in use orders.ErrNumberTaken. On success existing is empty,
// and o has its version and the numbers of its events.
func (s *Store) PlaceOrder(ctx context.Context, o *orders.Order) (existing string, err error) {
	err = s.tx(ctx, func(tx querier) error {
		// First of all, because it makes a second order of the same cart wait here.
		n, err := affected(ctx, tx, `update carts set version = version + 1, items = '[]', last_order = $1, updated_at = $2
			where id = $3 and version = $4`, o.Number, ms(o.PlacedAt), o.CartID, o.CartVer)
		if err != nil {
			return err
		}
		if n == 0 {
			err := tx.QueryRowContext(ctx, "select number from orders where cart_id = $1 and cart_version = $2", o.CartID, o.CartVer).Scan(&existing)
			if errors.Is(err, sql.ErrNoRows) {
				return orders.ErrCartChanged
			}
			return err
		}
		existing = "" // what an earlier run of this may have found
		return s.insertOrder(ctx, tx, o)
	})
	if err != nil {
		return "", fmt.Errorf("store: place order %s: %w", o.Number, err)
	}
	if existing == "" {
		o.Version = 1
		numberEvents(o.Events)
		s.told()
	}
	return existing, nil
}

func (s *Store) insertOrder(ctx context.Context, tx querier, o *orders.Order) error {
	people, err := s.sealPeople(o)
	if err != nil {
		return err
	}
	args := []any{o.ID, o.Number, o.CartID, o.CartVer, o.Buyer.Subject, "", o.Buyer.CompanyINN, o.Buyer.CompanyKPP,
		o.Buyer.CompanyName, o.Buyer.LawForm, "", "", "", "", "", people, o.Total, o.VAT, o.State, ms(o.PlacedAt), 1, o.PaidSum(), o.Bucket(), flag(o.NeedsAttention()), len(o.Lines)}
	n, err := affected(ctx, tx, `insert into orders (id, number, cart_id, cart_version, subject, person_name, company_inn, company_kpp,
		company_name, law_form, contact_name, phone, email, delivery_address, comment, people, total, vat, state, placed_at, version,
		paid, bucket, attention, line_count) values `+rowsOf(1, len(args))+` on conflict (number) do nothing`, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return orders.ErrNumberTaken
	}
	lines := make([][]any, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = []any{o.ID, i, l.ProductID, l.Slug, l.SKU, l.Name, l.Unit, l.Quantity, l.Price, l.Total, int64(l.VATRate), l.VAT}
	}
	if err := insertRows(ctx, tx, `insert into order_lines (order_id, pos, product_id, slug, sku, name, unit, quantity, price,
		total, vat_rate, vat) values `, lines); err != nil {
		return err
	}
	for i := range o.Payments {
		if err := s.savePayment(ctx, tx, o, &o.Payments[i]); err != nil {
			return err
		}
	}
	return s.appendEvents(ctx, tx, o)
}

// Order reads a whole order with lines, payments and events. An unknown number is orders.ErrNotFound.
func (s *Store) Order(ctx context.Context, number string) (*orders.Order, error) {
	var o *orders.Order
	err := s.snapshot(ctx, func(tx querier) (err error) {
		o, err = s.loadOrder(ctx, tx, number, "")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store: order %s: %w", number, err)
	}
	return o, nil
}

// UpdateOrder runs fn on an order and saves what fn changed: state, payments, new events. An error of fn is returned as
// it is and nothing is saved. fn must not call anything slow (a transaction is open) and may be run again after a
// conflict with another writer. A second live payment is an error of type *orders.LiveError.
func (s *Store) UpdateOrder(ctx context.Context, number string, fn func(*orders.Order) error) (*orders.Order, error) {
	var o *orders.Order
	var refused error
	err := s.tx(ctx, func(tx querier) (err error) {
		refused = nil // it may have come of what another writer lost again
		if o, err = s.loadOrder(ctx, tx, number, s.forUpdate); err != nil {
			return err
		}
		before := imageOf(o)
		if refused = fn(o); refused != nil {
			return refused
		}
		return s.saveOrder(ctx, tx, o, before)
	})
	switch {
	case refused != nil:
		return nil, refused
	case err != nil && s.violates(err, "one_live", "payments.order_id"):
		return nil, &orders.LiveError{Number: number, Payment: *o.Live()}
	case err != nil:
		return nil, fmt.Errorf("store: update order %s: %w", number, err)
	}
	s.told()
	return o, nil
}

// image is what of an order may change, as it was read.
type image struct {
	state    orders.State
	version  int64
	payments map[string]orders.Payment
}

func imageOf(o *orders.Order) image {
	im := image{state: o.State, version: o.Version, payments: make(map[string]orders.Payment, len(o.Payments))}
	for _, p := range o.Payments {
		p.Payload = append([]byte(nil), p.Payload...)
		im.payments[p.ExternalID] = p
	}
	return im
}

// saveOrder writes what differs from before; the version must still be the one that was read.
func (s *Store) saveOrder(ctx context.Context, tx querier, o *orders.Order, before image) error {
	changed := o.State != before.state
	var payments []*orders.Payment
	for i := range o.Payments {
		if old, ok := before.payments[o.Payments[i].ExternalID]; !ok || !samePayment(&old, &o.Payments[i]) {
			payments = append(payments, &o.Payments[i])
		}
	}
	for i := range o.Events {
		changed = changed || o.Events[i].Seq == 0
	}
	if !changed && len(payments) == 0 {
		return nil
	}
	n, err := affected(ctx, tx, `update orders set state = $1, paid = $2, bucket = $3, attention = $4, version = version + 1
		where id = $5 and version = $6`, o.State, o.PaidSum(), o.Bucket(), flag(o.NeedsAttention()), o.ID, before.version)
	if err != nil {
		return err
	}
	if n == 0 {
		return errConflict
	}
	for _, p := range payments {
		if err := s.savePayment(ctx, tx, o, p); err != nil {
			return err
		}
	}
	if err := s.appendEvents(ctx, tx, o); err != nil {
		return err
	}
	o.Version = before.version + 1
	numberEvents(o.Events)
	return nil
}

// numberEvents gives new events the numbers under which appendEvents stored them.
func numberEvents(events []orders.Event) {
	for i := range events {
		events[i].Seq = int64(i + 1)
	}
}

// appendEvents stores the events that are new, here, in the outbox and in the audit log: they follow the stored ones, and the order is
// locked by its version.
func (s *Store) appendEvents(ctx context.Context, tx querier, o *orders.Order) error {
	var rows [][]any
	for i, e := range o.Events {
		if e.Seq == 0 {
			rows = append(rows, []any{o.ID, i + 1, ms(e.At), e.Kind, e.Actor, e.ExternalID, e.From, e.To, e.Note, e.Detail})
		}
	}
	if err := insertRows(ctx, tx, "insert into order_events (order_id, seq, at, kind, actor, external_id, from_state, to_state, note, detail) values ", rows); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, o); err != nil {
		return err
	}
	return s.audit(ctx, tx, auditEvents(o)...)
}

func (s *Store) loadOrder(ctx context.Context, tx querier, number, lock string) (*orders.Order, error) {
	var o orders.Order
	var people []byte
	b, c := &o.Buyer, &o.Contact
	err := tx.QueryRowContext(ctx, `select id, number, cart_id, cart_version, subject, person_name, company_inn, company_kpp, company_name,
		law_form, contact_name, phone, email, delivery_address, comment, people, total, vat, state, placed_at, version
		from orders where number = $1`+lock, number).Scan(&o.ID, &o.Number, &o.CartID, &o.CartVer, &b.Subject, &b.PersonName,
		&b.CompanyINN, &b.CompanyKPP, &b.CompanyName, &b.LawForm, &c.Name, &c.Phone, &c.Email, &c.DeliveryAddress, &c.Comment, &people,
		&o.Total, &o.VAT, &o.State, moment{&o.PlacedAt}, &o.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, orders.ErrNotFound
	}
	if err == nil {
		err = s.openPeople(&o, people)
	}
	if err != nil {
		return nil, err
	}
	if o.Lines, err = collect(ctx, tx, scanLine, `select product_id, slug, sku, name, unit, quantity, price, total, vat_rate, vat
		from order_lines where order_id = $1 order by pos`, o.ID); err != nil {
		return nil, err
	}
	if o.Payments, err = collect(ctx, tx, scanPayment, "select "+paymentColumns+" from payments where order_id = $1 order by attempt", o.ID); err != nil {
		return nil, err
	}
	o.Events, err = collect(ctx, tx, scanEvent, `select seq, at, kind, actor, external_id, from_state, to_state, note, detail
		from order_events where order_id = $1 order by seq`, o.ID)
	return &o, err
}

func scanLine(scan func(...any) error, l *orders.Line) error {
	return scan(&l.ProductID, &l.Slug, &l.SKU, &l.Name, &l.Unit, &l.Quantity, &l.Price, &l.Total, &l.VATRate, &l.VAT)
}

func scanEvent(scan func(...any) error, e *orders.Event) error {
	return scan(&e.Seq, moment{&e.At}, &e.Kind, &e.Actor, &e.ExternalID, &e.From, &e.To, &e.Note, &e.Detail)
}
