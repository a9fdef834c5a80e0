package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"creditcart/internal/orders"
	"creditcart/internal/outbox"
)

// UseOutbox makes the store keep what the book says of orders, from now on; before the store is used by anybody else.
func (s *Store) UseOutbox(b *outbox.Book) { s.book = b }

// tell keeps what is to be told of an order's new events, in their transaction.
func (s *Store) tell(ctx context.Context, tx querier, o *orders.Order) error {
	if s.book == nil {
		return nil
	}
	messages, err := s.book.Messages(o)
	if err != nil {
		return err
	}
	rows := make([][]any, len(messages))
	for i, m := range messages {
		rows[i] = []any{m.ID, m.OrderID, m.Seq, m.Type, m.Body, ms(m.At), ms(m.At), 0, 0, "", 0}
	}
	return insertRows(ctx, tx, `insert into outbox (id, order_id, seq, type, body, created_at, try_at, lease_until, attempts, last_error, delivered_at) values `, rows)
}

// told wakes whoever delivers, after a commit.
func (s *Store) told() {
	if s.book != nil {
		s.book.Wake()
	}
}

// waitingQuery finds messages that are due, the first of each order only.
const waitingQuery = `select id from outbox as m where delivered_at = 0 and try_at <= $1 and lease_until <= $1 and not exists (
		select 1 from outbox as earlier where earlier.order_id = m.order_id and earlier.seq < m.seq and earlier.delivered_at = 0)`

// ClaimMessages takes up to limit messages that are due, the longest waiting first, and leases them until the given time.
// Of an order it takes the first that is not delivered, and only that.
func (s *Store) ClaimMessages(ctx context.Context, now, until time.Time, limit int) ([]outbox.Message, error) {
	var due string
	err := s.read.QueryRowContext(ctx, waitingQuery+" limit 1", ms(now)).Scan(&due)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil // the usual answer, which needs no writer
	}
	var all []outbox.Message
	if err == nil {
		all, err = collect(ctx, s.write, func(scan func(...any) error, m *outbox.Message) error {
			return scan(&m.ID, &m.OrderID, &m.Seq, &m.Type, &m.Body, moment{&m.At}, &m.Attempts)
		}, `update outbox set lease_until = $2 where id in (`+waitingQuery+` order by try_at limit $3 + 0`+s.skipLocked+`)
			returning id, order_id, seq, type, body, created_at, attempts`, ms(now), ms(until), limit)
	}
	if err != nil {
		return nil, fmt.Errorf("store: claim messages: %w", err)
	}
	slices.SortFunc(all, func(a, b outbox.Message) int { return a.At.Compare(b.At) })
	return all, nil
}

// MessageDelivered marks a message as taken by its receiver; what waited behind it is due.
func (s *Store) MessageDelivered(ctx context.Context, id string, now time.Time) error {
	err := s.mark(ctx, now, "update outbox set delivered_at = $2, lease_until = 0, last_error = '' where id = $1 and delivered_at = 0", id, ms(now))
	if err != nil {
		return fmt.Errorf("store: message delivered: %w", err)
	}
	return nil
}

// MessageFailed puts a message back until next. One that was delivered meanwhile stays delivered.
func (s *Store) MessageFailed(ctx context.Context, id, class string, next time.Time) error {
	err := s.mark(ctx, next, `update outbox set try_at = $2, lease_until = 0, attempts = attempts + 1, last_error = $3
		where id = $1 and delivered_at = 0`, id, ms(next), class)
	if err != nil {
		return fmt.Errorf("store: message failed: %w", err)
	}
	return nil
}

// mark changes a message that is not delivered, and when those of its order that come after it are looked at.
func (s *Store) mark(ctx context.Context, behind time.Time, query, id string, args ...any) error {
	return s.tx(ctx, func(tx querier) error {
		n, err := affected(ctx, tx, query, append([]any{id}, args...)...)
		if err != nil || n == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, `update outbox set try_at = $2 where delivered_at = 0 and (order_id, seq) in (select m.order_id, m.seq
			from outbox as m join outbox as first on first.order_id = m.order_id and first.seq < m.seq where first.id = $1)`, id, ms(behind))
		return err
	})
}

// HurryMessages makes everything that waits due now.
func (s *Store) HurryMessages(ctx context.Context, now time.Time) error {
	if _, err := s.write.ExecContext(ctx, "update outbox set try_at = $1 where delivered_at = 0 and try_at > $1", ms(now)); err != nil {
		return fmt.Errorf("store: hurry messages: %w", err)
	}
	s.told()
	return nil
}

// Outbox tells how the outbox stands.
func (s *Store) Outbox(ctx context.Context) (outbox.Status, error) {
	var st outbox.Status
	err := s.snapshot(ctx, func(tx querier) error {
		if err := tx.QueryRowContext(ctx, "select count(*) from outbox where delivered_at = 0").Scan(&st.Waiting); err != nil || st.Waiting == 0 {
			return err
		}
		return tx.QueryRowContext(ctx, "select created_at, last_error, try_at from outbox where delivered_at = 0 order by created_at limit 1").
			Scan(moment{&st.Oldest}, &st.LastError, moment{&st.NextTry})
	})
	if err != nil {
		return outbox.Status{}, fmt.Errorf("store: outbox: %w", err)
	}
	return st, nil
}

// PurgeMessages forgets messages that were delivered before a time and tells how many.
func (s *Store) PurgeMessages(ctx context.Context, before time.Time) (int64, error) {
	n, err := affected(ctx, s.write, "delete from outbox where delivered_at > 0 and delivered_at < $1", ms(before))
	if err != nil {
		return 0, fmt.Errorf("store: purge messages: %w", err)
	}
	return n, nil
}
