package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"creditcart/internal/sbid"
)

// MarkLeft notes that a person signed out: the tokens go as soon as nothing needs them. A new sign-in takes the mark away.
func (s *Store) MarkLeft(ctx context.Context, subject string, now time.Time) error {
	if _, err := s.write.ExecContext(ctx, "update grants set left_at = $2 where subject = $1 and dead = 0 and left_at = 0", subject, ms(now)); err != nil {
		return fmt.Errorf("store: mark as left: %w", err)
	}
	return nil
}

// unneeded are the tokens of people who signed out, unless they are in use: nobody refreshes them just now, no browser
// is signed in with them, the shop's connection is another person's, and no open document is asked about with them.
// A document is asked about with the token of whoever made it and, when that is dead, with those of colleagues.
const unneeded = `left_at > 0 and dead = 0 and lease_until <= $1
	and not exists (select 1 from merchant where merchant.subject = g.subject)
	and not exists (select 1 from sessions b where b.subject = g.subject and b.expires_at > $1)
	and not exists (select 1 from payments p where p.subject = g.subject and p.watched = 1)
	and not exists (select 1 from grants c join payments p on p.subject = c.subject and p.watched = 1
		where c.company_inn = g.company_inn and c.dead = 1)`

const unneededQuery = "select subject, access, refresh from grants g where " + unneeded + " order by left_at limit $2 + 0"

// RetireLeft takes tokens of people who signed out out of use, at most limit people's, and keeps them as revocations: in one
// transaction, so that a token is either in use or about to be revoked. It tells how many.
func (s *Store) RetireLeft(ctx context.Context, now time.Time, limit int) (int, error) {
	type left struct {
		subject         string
		access, refresh []byte
	}
	var n int
	err := s.tx(ctx, func(tx querier) error {
		people, err := collect(ctx, tx, func(scan func(...any) error, v *left) error {
			return scan(&v.subject, &v.access, &v.refresh)
		}, unneededQuery+s.skipLocked, ms(now), limit)
		if err != nil {
			return err
		}
		for _, p := range people {
			if err := s.retire(ctx, tx, p.subject, p.access, p.refresh, now); err != nil {
				return err
			}
			if err := forgetTokens(ctx, tx, p.subject); err != nil {
				return err
			}
		}
		n = len(people)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("store: retire tokens: %w", err)
	}
	return n, nil
}

func (s *Store) retire(ctx context.Context, tx querier, subject string, access, refresh []byte, now time.Time) error {
	r := sbid.Revocation{ID: rand.Text()}
	for _, token := range []struct {
		sealed []byte
		which  string
		to     *string
	}{{access, "access", &r.Access}, {refresh, "refresh", &r.Refresh}} {
		plain, err := s.seal.open(token.sealed, grantPlace(subject, token.which))
		if err != nil {
			return err
		}
		*token.to = string(plain)
	}
	sealed, err := s.sealJSON(r, "revocation:"+r.ID)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "insert into revocations (id, tokens, created_at, try_at) values ($1, $2, $3, $3)", r.ID, sealed, ms(now)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `update grants set access = $2, refresh = $2, prev_refresh = $2, dead = 1, left_at = 0, version = version + 1,
		lease_until = 0 where subject = $1`, subject, []byte{})
	return err
}

// ClaimRevocations takes up to limit revocations whose time has come; nobody else gets them before until.
func (s *Store) ClaimRevocations(ctx context.Context, now, until time.Time, limit int) ([]sbid.Revocation, error) {
	type row struct {
		id     string
		sealed []byte
	}
	rows, err := collect(ctx, s.write, func(scan func(...any) error, v *row) error { return scan(&v.id, &v.sealed) },
		`update revocations set try_at = $2 where id in (select id from revocations where try_at <= $1 order by try_at limit $3 + 0`+s.skipLocked+`)
		returning id, tokens`, ms(now), ms(until), limit)
	var claimed []sbid.Revocation
	for _, r := range rows {
		var v sbid.Revocation
		if err == nil {
			err = s.openJSON(r.sealed, "revocation:"+r.id, &v)
		}
		claimed = append(claimed, v)
	}
	if err != nil {
		return nil, fmt.Errorf("store: claim revocations: %w", err)
	}
	return claimed, nil
}

// DropRevocation forgets a token that needs no revocation any more.
func (s *Store) DropRevocation(ctx context.Context, id string) error {
	if _, err := s.write.ExecContext(ctx, "delete from revocations where id = $1", id); err != nil {
		return fmt.Errorf("store: drop revocation: %w", err)
	}
	return nil
}
