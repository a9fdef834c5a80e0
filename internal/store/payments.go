package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"creditcart/internal/orders"
)

// ClaimDue takes up to limit watched payments whose check is due, the longest waiting first, and leases them until the
// given time: nobody else gets them before. UpdateOrder frees the lease of every payment it changes.
func (s *Store) ClaimDue(ctx context.Context, now, until time.Time, limit int) ([]orders.Due, error) {
	type claimed struct {
		orders.Due
		checkAt int64
	}
	rows, err := collect(ctx, s.write, func(scan func(...any) error, c *claimed) error {
		return scan(&c.Number, &c.ExternalID, &c.checkAt)
	}, s.claimQuery(), ms(now), ms(until), limit)
	if err != nil {
		return nil, fmt.Errorf("store: claim due payments: %w", err)
	}
	slices.SortFunc(rows, func(a, b claimed) int { return cmp.Compare(a.checkAt, b.checkAt) })
	due := make([]orders.Due, len(rows))
	for i, r := range rows {
		due[i] = r.Due
	}
	return due, nil
}

// clockAhead is by how much more two clocks of a shop differ when one of them was put right.
const clockAhead = time.Minute

// ForgetFuture makes watched payments due that were checked by a clock more than clockAhead ahead of now, which was put back
// since. Their leases end no later than the given time from now.
func (s *Store) ForgetFuture(ctx context.Context, now time.Time, lease time.Duration) error {
	_, err := s.write.ExecContext(ctx, `update payments set checked_at = $1, check_at = case when check_at > $1 then $1 else check_at end,
			lease_until = case when lease_until > $2 then $2 else lease_until end
		where watched = 1 and check_at > $3 and checked_at > $3`, ms(now), ms(now.Add(lease)), ms(now.Add(clockAhead)))
	if err != nil {
		return fmt.Errorf("store: forget future: %w", err)
	}
	return nil
}

// A bare «limit $3» would be planned for each number anew: SQLite looks at what is bound there.
func (s *Store) claimQuery() string {
	return `update payments set lease_until = $2 where external_id in (
			select external_id from payments where watched = 1 and check_at <= $1 and lease_until <= $1
			order by check_at limit $3 + 0` + s.skipLocked + `)
		returning (select number from orders where orders.id = payments.order_id), external_id, check_at`
}

// Payment reads one payment. An unknown id is orders.ErrNoPayment.
func (s *Store) Payment(ctx context.Context, externalID string) (orders.Payment, error) {
	var p orders.Payment
	err := scanPayment(s.read.QueryRowContext(ctx, "select "+paymentColumns+" from payments where external_id = $1", externalID).Scan, &p)
	if errors.Is(err, sql.ErrNoRows) {
		err = orders.ErrNoPayment
	}
	if err != nil {
		return p, fmt.Errorf("store: payment %s: %w", externalID, err)
	}
	return p, nil
}

// CheckSoon moves the check of a payment that the bank has to now, or to pause after the bank's last answer; never later
// than it was. Nothing else of the order changes, and a payment that is settled or still being sent not even that.
func (s *Store) CheckSoon(ctx context.Context, externalID string, now time.Time, pause time.Duration) error {
	_, err := s.write.ExecContext(ctx, `update payments set check_at = case when checked_at + $3 > $2 then checked_at + $3 else $2 end
		where external_id = $1 and state in ('awaiting_customer', 'processing') and check_at > $2 and check_at > checked_at + $3`,
		externalID, ms(now), pause.Milliseconds())
	if err != nil {
		return fmt.Errorf("store: check soon: %w", err)
	}
	return nil
}

const paymentColumns = `external_id, attempt, method, amount, credit_amount, product_code, term, contract_number, subject, contour,
	state, bank_status, bank_comment, reason, late, refused_hint, released, review, needs_login, payload, payload_hash, misses, tries,
	created_at, sent_at, expires_at, changed_at, checked_at, check_at, paid_at`

// paymentValues are the values of paymentColumns.
func paymentValues(p *orders.Payment) []any {
	payload := p.Payload
	if payload == nil {
		payload = []byte{}
	}
	return []any{p.ExternalID, p.Attempt, p.Method, p.Amount, p.CreditAmount, p.ProductCode, p.Term, p.ContractNumber, p.Subject, p.Contour,
		p.State, p.BankStatus, p.BankComment, p.Reason, flag(p.Late), flag(p.RefusedHint), flag(p.Released), p.Review, flag(p.NeedsLogin),
		payload, p.PayloadHash, p.Misses, p.Tries,
		ms(p.CreatedAt), ms(p.SentAt), ms(p.ExpiresAt), ms(p.ChangedAt), ms(p.CheckedAt), ms(p.CheckAt), ms(p.PaidAt)}
}

func scanPayment(scan func(...any) error, p *orders.Payment) error {
	return scan(&p.ExternalID, &p.Attempt, &p.Method, &p.Amount, &p.CreditAmount, &p.ProductCode, &p.Term, &p.ContractNumber, &p.Subject, &p.Contour,
		&p.State, &p.BankStatus, &p.BankComment, &p.Reason, &p.Late, &p.RefusedHint, &p.Released, &p.Review, &p.NeedsLogin,
		&p.Payload, &p.PayloadHash, &p.Misses, &p.Tries,
		moment{&p.CreatedAt}, moment{&p.SentAt}, moment{&p.ExpiresAt}, moment{&p.ChangedAt},
		moment{&p.CheckedAt}, moment{&p.CheckAt}, moment{&p.PaidAt})
}

// samePayment tells whether two payments would be stored as the same row.
func samePayment(a, b *orders.Payment) bool {
	return slices.EqualFunc(paymentValues(a), paymentValues(b), func(x, y any) bool {
		if bx, ok := x.([]byte); ok {
			return bytes.Equal(bx, y.([]byte))
		}
		return x == y
	})
}

// savePayment inserts a payment or replaces what may change of it: never whose it is, nor its number, method and sums.
func (s *Store) savePayment(ctx context.Context, tx querier, o *orders.Order, p *orders.Payment) error {
	watched := !p.State.Final()
	attention := p.Review != "" || watched && (p.Late || p.NeedsLogin)
	args := append(paymentValues(p), o.ID, flag(p.Live()), flag(watched), flag(attention), 0)
	n, err := affected(ctx, tx, "insert into payments ("+paymentColumns+", order_id, live, watched, attention, lease_until) values "+
		rowsOf(1, len(args))+` on conflict (external_id) do update set
		subject = excluded.subject, contour = excluded.contour, state = excluded.state, bank_status = excluded.bank_status,
		bank_comment = excluded.bank_comment, reason = excluded.reason, late = excluded.late, refused_hint = excluded.refused_hint,
		released = excluded.released, review = excluded.review, needs_login = excluded.needs_login,
		payload = excluded.payload, payload_hash = excluded.payload_hash, misses = excluded.misses, tries = excluded.tries,
		sent_at = excluded.sent_at, expires_at = excluded.expires_at,
		changed_at = excluded.changed_at, checked_at = excluded.checked_at, check_at = excluded.check_at, paid_at = excluded.paid_at,
		live = excluded.live, watched = excluded.watched, attention = excluded.attention, lease_until = excluded.lease_until
		where payments.order_id = excluded.order_id`, args...)
	if err == nil && n == 0 {
		err = fmt.Errorf("payment %s belongs to another order", p.ExternalID)
	}
	return err
}
