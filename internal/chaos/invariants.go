package chaos

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// liveness is I8: nothing stays unknown, nothing waits for a sign-in when everybody has signed in.
func (o *oracle) liveness() {
	for id, p := range o.rows {
		if p.unknown() {
			o.violated("I8: payment %s of order %s is still %s", id, p.number, p.state)
		}
		if p.needsLogin {
			o.violated("I8: payment %s of order %s, %s, waits for a sign-in", id, p.number, p.state)
		}
	}
}

// documents are I3 to I6: what the bank has, against the shop's rows.
func (o *oracle) documents(r *Report) {
	byOrder := map[string][]*document{}
	for _, id := range slices.Sorted(maps.Keys(o.bank)) { // what is seen twice must be said alike
		d, p := o.bank[id], o.rows[id]
		r.Documents++
		if p == nil {
			o.violated("I6: the bank has document %s of order %s, the shop has no payment for it", id, d.Order)
			continue
		}
		byOrder[p.number] = append(byOrder[p.number], d)
		executed := d.Final == "IMPLEMENTED"
		if executed {
			r.Executed++
		}
		switch {
		case d.Final != "" && p.state != "paid" && p.state != "failed":
			o.violated("I8: document %s of order %s ended with %s at the bank and is still %s in the shop", id, p.number, d.Final, p.state)
		case p.state == "paid" && !executed, p.state == "failed" && executed:
			o.violated("I5: document %s of order %s is %q at the bank and %s in the shop", id, p.number, d.Final, p.state)
		}
		if d.Final == "" && d.Decision != "refused" && p.state == "failed" {
			o.violated("I5: document %s of order %s may still be signed and is failed in the shop", id, p.number)
		}
	}
	for id, p := range o.rows {
		if o.bank[id] == nil && p.state != "failed" && !p.unknown() {
			o.violated("I5: payment %s of order %s is %s, the bank has no such document", id, p.number, p.state)
		}
	}
	for number, all := range byOrder {
		executed := 0
		for i, a := range all {
			if a.Final == "IMPLEMENTED" {
				executed++
			}
			for _, b := range all[:i] {
				if alive(a, b.Created) || alive(b, a.Created) {
					o.violated("I3: order %s had documents %s and %s alive at one moment", number, a.ExternalID, b.ExternalID)
				}
			}
		}
		if executed > 1 {
			o.violated("I4: order %s has %d executed documents", number, executed)
		}
	}
}

// alive: the document could still be signed, or is being executed, at a moment after its creation.
func alive(d *document, at time.Time) bool {
	return !at.Before(d.Created) && (d.Ended == nil || at.Before(*d.Ended)) && d.Decision != "refused"
}

// acknowledged is I1 and I2.
func (o *oracle) acknowledged(ctx context.Context) error {
	type order struct{ total, lines int64 }
	o.mu.Lock()
	crowd := o.crowd
	o.mu.Unlock()
	told := make([][]ack, len(crowd)) // before the database is read, which has them by then
	for i, b := range crowd {
		told[i] = b.told()
	}
	have := map[string]order{}
	rows, err := o.db.QueryContext(ctx, `select o.number, o.total, (select cast(sum(l.total) as bigint) from order_lines l where l.order_id = o.id) from orders o`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var number string
		var x order
		if err := rows.Scan(&number, &x.total, &x.lines); err != nil {
			return err
		}
		have[number] = x
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for i, acks := range told {
		byForm := map[int]string{}
		for _, a := range acks {
			x, ok := have[a.number]
			switch {
			case !ok:
				o.violated("I1: buyer %d saw order %s, it is not there", i, a.number)
			case x.total != x.lines || x.total <= 0:
				o.violated("I1: order %s costs %d, its lines %d", a.number, x.total, x.lines)
			}
			if other := byForm[a.form]; other != "" && other != a.number {
				o.violated("I2: one form made orders %s and %s", other, a.number)
			}
			byForm[a.form] = a.number
		}
	}
	return nil
}

// frozen is I7: the bank has what was frozen before the first call.
func (o *oracle) frozen(context.Context) error {
	for id, p := range o.rows {
		if sum := sha256.Sum256(p.payload); hex.EncodeToString(sum[:]) != p.hash {
			o.violated("I7: the payload of %s is not the one that was frozen", id)
		}
		d := o.bank[id]
		if d == nil {
			continue
		}
		var sent struct {
			ExternalID string      `json:"externalId"`
			Amount     json.Number `json:"amount"`
			Purpose    string      `json:"purpose"`
		}
		if err := json.Unmarshal(p.payload, &sent); err != nil {
			return fmt.Errorf("chaos: payload of %s: %w", id, err)
		}
		if sent.ExternalID != id || sent.Amount != d.Amount || sent.Purpose != d.Purpose && d.Decision == "" {
			o.violated("I7: %s is %s «%s» at the bank and %s «%s» in the payload", id, d.Amount, d.Purpose, sent.Amount, sent.Purpose)
		}
		if want := fmt.Sprintf("%d.%02d", p.amount/100, p.amount%100); want != sent.Amount.String() {
			o.violated("I7: payment %s is %s in the shop and %s in its payload", id, want, sent.Amount)
		}
	}
	return nil
}

// history is I9: nothing ever left paid.
func (o *oracle) history(ctx context.Context) error {
	var n int
	if err := o.db.QueryRowContext(ctx, `select count(*) from order_events where kind = 'payment' and from_state = 'paid'`).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		o.violated("I9: %d payments left the state paid", n)
	}
	return nil
}

// whole is I12 and I10: no person's tokens were thrown away.
func (o *oracle) whole(ctx context.Context) error {
	var thrown int
	if err := o.db.QueryRowContext(ctx, `select count(*) from chaos_thrown`).Scan(&thrown); err != nil {
		return err
	}
	if o.excused != nil {
		thrown -= o.excused()
	}
	if thrown > 0 {
		o.violated("I10: %d sign-ins were thrown away", thrown)
	}
	if strings.HasPrefix(o.Database, "sqlite:") {
		var text string
		if err := o.db.QueryRowContext(ctx, `pragma integrity_check`).Scan(&text); err != nil {
			return err
		}
		if text != "ok" {
			o.violated("I12: %s", text)
		}
	}
	return nil
}
