package chaos

import (
	"context"
	"fmt"
	"math/big"
)

// outboxRow is a notification in the shop's database.
type outboxRow struct {
	id, number, kind string
	delivered        bool
}

// untold tells how many notifications wait.
func (o *oracle) untold(ctx context.Context) (n int, err error) {
	if o.told == nil {
		return 0, nil
	}
	err = o.db.QueryRowContext(ctx, "select count(*) from outbox where delivered_at = 0").Scan(&n)
	return n, err
}

// notified is what of I11 holds at any moment: what is to be told stands in the database with its cause, and what is
// marked as delivered was taken by the receiver.
func (o *oracle) notified(ctx context.Context) error {
	if o.told == nil {
		return nil
	}
	paid := map[string]int64{} // as it was read, before what is read here
	for _, p := range o.rows {
		if p.state == "paid" {
			paid[p.number] += p.amount
		}
	}
	totals, err := o.totals(ctx)
	if err != nil {
		return err
	}
	rows, err := o.outbox(ctx)
	if err != nil {
		return err
	}
	written := map[string]bool{}
	o.told.mu.Lock()
	defer o.told.mu.Unlock()
	for _, m := range rows {
		written[m.number+" "+m.kind] = true
		if m.delivered && !o.told.taken[m.id] {
			o.violated("I11: %s of order %s is marked as delivered, nobody took it", m.kind, m.number)
		}
	}
	for number, total := range totals {
		switch {
		case !written[number+" order.placed"]:
			o.violated("I11: nothing was written of the placing of order %s", number)
		case paid[number] >= total && !written[number+" order.paid"]:
			o.violated("I11: nothing was written of the payment of order %s", number)
		}
	}
	o.found = append(o.found, o.told.found...)
	return nil
}

// delivered is the rest of I11, when everything had time to arrive: by the bank's and the buyers' word, not the database's.
func (o *oracle) delivered(ctx context.Context, r *Report) error {
	if o.told == nil {
		return nil
	}
	waiting, err := o.untold(ctx)
	if err != nil {
		return err
	}
	if waiting > 0 {
		o.violated("I11: %d notifications were not delivered", waiting)
	}
	totals, err := o.totals(ctx)
	if err != nil {
		return err
	}
	executed := map[string]int64{}
	for id, d := range o.bank {
		if p := o.rows[id]; p != nil && d.Final == "IMPLEMENTED" {
			sum, ok := new(big.Rat).SetString(d.Amount.String())
			if !ok {
				return fmt.Errorf("chaos: document %s has the amount %q", id, d.Amount)
			}
			executed[p.number] += new(big.Rat).Mul(sum, big.NewRat(100, 1)).Num().Int64()
		}
	}
	o.told.mu.Lock()
	defer o.told.mu.Unlock()
	r.Told, r.Messages = o.told.calls, len(o.told.bodies)
	for number, sum := range executed {
		kind := "order.paid"
		if sum < totals[number] {
			kind = "order.partly_paid"
		}
		if !o.told.taken[number+" "+kind] {
			o.violated("I11: the bank executed %d of order %s of %d, %s was not delivered", sum, number, totals[number], kind)
		}
	}
	for i, b := range o.crowd {
		for _, a := range b.told() {
			if !o.told.taken[a.number+" order.placed"] {
				o.violated("I11: buyer %d saw order %s, order.placed was not delivered", i, a.number)
			}
		}
	}
	return nil
}

// totals are the sums of the orders, by number.
func (o *oracle) totals(ctx context.Context) (map[string]int64, error) {
	rows, err := o.db.QueryContext(ctx, "select number, total from orders")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	totals := map[string]int64{}
	for rows.Next() {
		var number string
		var total int64
		if err := rows.Scan(&number, &total); err != nil {
			return nil, err
		}
		totals[number] = total
	}
	return totals, rows.Err()
}

func (o *oracle) outbox(ctx context.Context) ([]outboxRow, error) {
	rows, err := o.db.QueryContext(ctx, "select m.id, o.number, m.type, m.delivered_at > 0 from outbox m join orders o on o.id = m.order_id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []outboxRow
	for rows.Next() {
		var m outboxRow
		if err := rows.Scan(&m.id, &m.number, &m.kind, &m.delivered); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, rows.Err()
}
