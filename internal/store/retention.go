package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"creditcart/internal/audit"
	"creditcart/internal/orders"
)

// erasedTrader is what lists show instead of the name of a sole trader whose time is over.
const erasedTrader = "ИП (данные удалены)"

// noTrader erases a sole trader, who is a person and a company in one: an INN of 12 digits.
const noTrader = `, company_name = case when length(company_inn) = 12 then $4 else company_name end,
	company_inn = case when length(company_inn) = 12 then '' else company_inn end`

const oldOrder = " and o.placed_at < $1 and " + finished + `
	and not exists (select 1 from payments p where p.order_id = o.id and p.changed_at >= $1) order by o.placed_at limit $3 + 0`

const oldOrdersQuery = "select o.id from orders o where o.people_kept = 1" + oldOrder

// oldTradersQuery finds orders whose people were erased on request before the sole trader's time was over.
const oldTradersQuery = "select o.id from orders o where o.people_kept = 0 and length(o.company_inn) = 12" + oldOrder

// oldAccountsQuery finds people who did not sign in for so long, unless something of theirs is still going on.
const oldAccountsQuery = `select subject from accounts a where as_of < $1
	and not exists (select 1 from merchant where merchant.subject = a.subject)
	and not exists (select 1 from sessions b where b.subject = a.subject)
	and not exists (select 1 from payments p where p.subject = a.subject and p.watched = 1)
	order by as_of limit $2 + 0`

// LastSignIn is when the bank said last who somebody is; zero = it never did.
func (s *Store) LastSignIn(ctx context.Context) (at time.Time, err error) {
	if err := s.read.QueryRowContext(ctx, "select coalesce(max(as_of), 0) from accounts").Scan(moment{&at}); err != nil {
		return at, fmt.Errorf("store: last sign-in: %w", err)
	}
	return at, nil
}

// EraseOldPeople erases the people of orders that were placed before a moment, are finished, and moved no money since;
// of a sole trader also the name and the INN. Who did not sign in since then is forgotten too. Orders and sums stay.
// It tells of how many orders and people; what was done before an error stays done.
func (s *Store) EraseOldPeople(ctx context.Context, before, now time.Time) (ordersDone, people int, err error) {
	for _, old := range []string{oldOrdersQuery, oldTradersQuery} {
		for more := true; more; {
			n, err := s.eraseOrders(ctx, audit.Entry{Actor: orders.ActorTimer}, noPeople+noTrader, old, ms(before), []byte{}, purgeBatch, erasedTrader)
			if err != nil {
				return ordersDone, 0, fmt.Errorf("store: erase people of old orders: %w", err)
			}
			ordersDone += int(n)
			more = n == purgeBatch
		}
	}
	for more := true; more; {
		n, err := s.eraseOldAccounts(ctx, before, now)
		if err != nil {
			return ordersDone, people, fmt.Errorf("store: erase old accounts: %w", err)
		}
		people += n
		more = n == purgeBatch
	}
	return ordersDone, people, nil
}

func (s *Store) eraseOldAccounts(ctx context.Context, before, now time.Time) (n int, err error) {
	err = s.tx(ctx, func(tx querier) error {
		subjects, err := collect(ctx, tx, func(scan func(...any) error, v *string) error { return scan(v) },
			oldAccountsQuery+s.skipLocked, ms(before), purgeBatch)
		if err != nil || len(subjects) == 0 {
			return err
		}
		for _, subject := range subjects {
			if _, err := tx.ExecContext(ctx, "delete from accounts where subject = $1", subject); err != nil {
				return err
			}
			if _, err := s.dropTokens(ctx, tx, subject, now); err != nil {
				return err
			}
		}
		n = len(subjects)
		return s.audit(ctx, tx, audit.Entry{Kind: audit.PersonErased, Actor: orders.ActorTimer, Detail: "accounts " + strconv.Itoa(n)})
	})
	return n, err
}
