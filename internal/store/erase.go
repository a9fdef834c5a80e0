package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"creditcart/internal/audit"
)

// ErrNoPerson says that the shop keeps nothing about a person.
var ErrNoPerson = errors.New("nothing is kept about this person")

// ErrMerchantPerson says that a person cannot be erased because the shop is connected to the bank as him.
var ErrMerchantPerson = errors.New("the shop is connected to the bank with this person's sign-in: let a colleague of the merchant sign in first")

// Erased tells what an erasure did.
type Erased struct {
	Account    bool     // who the person is, as the bank said
	Sessions   int      // ended
	Orders     int      // whose people were erased
	Open       int      // orders that keep their people for now
	OpenFirst  []string // the numbers of some of them
	TokensStay bool     // an open document needs the person's tokens; they go as after a sign-out
}

const openListed = 100

// finished is an order o of which nothing more is expected: no document of unknown end, no part paid, no cancellation
// under way. One that was never paid is finished too, because it has no end of its own.
const finished = `o.state <> 'cancel_requested' and o.bucket not in ('waiting', 'partly')
	and not exists (select 1 from payments p where p.order_id = o.id and p.watched = 1)`

const noPeople = "people = $2, person_name = '', contact_name = '', phone = '', email = '', delivery_address = '', comment = '', people_kept = 0"

const ordersOfPersonQuery = "select o.id from orders o where o.subject = $1 and o.people_kept = 1 and " + finished + " limit $3 + 0"

// ErasePerson ends the sessions of a person, takes the tokens out of use as a sign-out does, and erases who the person is,
// from the account and from finished orders. Orders, sums and documents stay. Each part is written to the audit log with
// its cause; a part that was done stays done when a later one fails, and the call can be repeated.
// actor is who asked for it. Nothing to erase is ErrNoPerson, the merchant's own connection ErrMerchantPerson.
func (s *Store) ErasePerson(ctx context.Context, subject, actor string, now time.Time) (Erased, error) {
	var done Erased
	err := s.tx(ctx, func(tx querier) (err error) {
		done, err = s.eraseAccount(ctx, tx, subject, actor, now)
		return err
	})
	for more := err == nil; more; {
		var n int64
		n, err = s.eraseOrders(ctx, audit.Entry{Actor: actor, Object: subject}, noPeople, ordersOfPersonQuery, subject, []byte{}, purgeBatch)
		done.Orders += int(n)
		more = err == nil && n == purgeBatch
	}
	if err == nil {
		err = s.openOrders(ctx, subject, &done)
	}
	if err == nil && !done.Account && done.Sessions+done.Orders+done.Open == 0 && !done.TokensStay {
		err = ErrNoPerson
	}
	if err != nil {
		return done, fmt.Errorf("store: erase a person: %w", err)
	}
	return done, nil
}

func (s *Store) eraseAccount(ctx context.Context, tx querier, subject, actor string, now time.Time) (Erased, error) {
	var done Erased
	var merchant int
	if err := tx.QueryRowContext(ctx, "select count(*) from merchant where subject = $1", subject).Scan(&merchant); err != nil {
		return done, err
	}
	if merchant > 0 {
		return done, ErrMerchantPerson
	}
	ended, err := affected(ctx, tx, "delete from sessions where subject = $1", subject)
	if err != nil {
		return done, err
	}
	accounts, err := affected(ctx, tx, "delete from accounts where subject = $1", subject)
	if err != nil {
		return done, err
	}
	done.Account, done.Sessions = accounts > 0, int(ended)
	if done.TokensStay, err = s.dropTokens(ctx, tx, subject, now); err != nil {
		return done, err
	}
	if !done.Account && ended == 0 {
		return done, nil
	}
	return done, s.audit(ctx, tx, audit.Entry{Kind: audit.PersonErased, Actor: actor, Object: subject, Detail: "account"})
}

// dropTokens marks the tokens of a person as left, and takes them out of use at once when nothing needs them: the timer
// revokes them at the bank. It tells whether they stay for now.
func (s *Store) dropTokens(ctx context.Context, tx querier, subject string, now time.Time) (stay bool, err error) {
	_, err = tx.ExecContext(ctx, "update grants set left_at = $2 where subject = $1 and dead = 0 and left_at = 0", subject, ms(now))
	if err != nil {
		return false, err
	}
	var access, refresh []byte
	err = tx.QueryRowContext(ctx, "select access, refresh from grants g where subject = $2 and "+unneeded+s.forUpdate, ms(now), subject).Scan(&access, &refresh)
	if err == nil {
		err = s.retire(ctx, tx, subject, access, refresh, now)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	if err := forgetTokens(ctx, tx, subject); err != nil {
		return false, err
	}
	var left int
	err = tx.QueryRowContext(ctx, "select count(*) from grants where subject = $1", subject).Scan(&left)
	return left > 0, err
}

// forgetTokens removes what is left of the tokens of a person without an account. A row without tokens still tells that
// colleagues' tokens are needed for the documents of this person.
func forgetTokens(ctx context.Context, tx querier, subject string) error {
	_, err := tx.ExecContext(ctx, `delete from grants where subject = $1 and dead = 1
		and not exists (select 1 from accounts where accounts.subject = $1)
		and not exists (select 1 from payments p where p.subject = $1 and p.watched = 1)`, subject)
	return err
}

// eraseOrders sets columns of the orders that a query finds, in one transaction with its audit row.
func (s *Store) eraseOrders(ctx context.Context, why audit.Entry, set, which string, args ...any) (n int64, err error) {
	err = s.tx(ctx, func(tx querier) (err error) {
		if n, err = affected(ctx, tx, "update orders set "+set+" where id in ("+which+")", args...); err != nil || n == 0 {
			return err
		}
		why.Kind, why.Detail = audit.PersonErased, "orders "+strconv.FormatInt(n, 10)
		return s.audit(ctx, tx, why)
	})
	return n, err
}

// openOrders lists the orders of a person that keep their people.
func (s *Store) openOrders(ctx context.Context, subject string, done *Erased) (err error) {
	done.OpenFirst, err = collect(ctx, s.read, func(scan func(...any) error, v *string) error { return scan(v) },
		"select number from orders where subject = $1 and people_kept = 1 limit $2 + 0", subject, openListed)
	if err != nil {
		return err
	}
	return s.read.QueryRowContext(ctx, "select count(*) from orders where subject = $1 and people_kept = 1", subject).Scan(&done.Open)
}
