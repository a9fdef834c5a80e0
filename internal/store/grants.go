package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"creditcart/internal/sbid"
)

const grantColumns = "subject, company_inn, access, refresh, prev_refresh, scope, expires_at, obtained_at, version, lease_until, dead"

func (s *Store) grantValues(g sbid.Grant) []any {
	return []any{g.Subject, g.CompanyINN, s.seal.seal([]byte(g.Access), grantPlace(g.Subject, "access")),
		s.seal.seal([]byte(g.Refresh), grantPlace(g.Subject, "refresh")), s.seal.seal([]byte(g.PrevRefresh), grantPlace(g.Subject, "prev")),
		g.Scope, ms(g.ExpiresAt), ms(g.ObtainedAt), g.Version, ms(g.LeaseUntil), flag(g.Dead)}
}

func grantPlace(subject, which string) string { return "grant:" + subject + "|" + which }

// Grant implements sbid.TokenStore.
func (s *Store) Grant(ctx context.Context, subject string) (sbid.Grant, error) {
	g, err := s.grant(ctx, subject)
	if err != nil {
		return sbid.Grant{}, fmt.Errorf("store: grant: %w", err)
	}
	return g, nil
}

func (s *Store) grant(ctx context.Context, subject string) (sbid.Grant, error) {
	var g sbid.Grant
	var access, refresh, prev []byte
	err := s.read.QueryRowContext(ctx, "select "+grantColumns+" from grants where subject = $1", subject).Scan(&g.Subject, &g.CompanyINN,
		&access, &refresh, &prev, &g.Scope, moment{&g.ExpiresAt}, moment{&g.ObtainedAt}, &g.Version, moment{&g.LeaseUntil}, &g.Dead)
	if errors.Is(err, sql.ErrNoRows) {
		return g, sbid.ErrNoGrant
	}
	if err != nil {
		return g, err
	}
	for _, token := range []struct {
		sealed []byte
		which  string
		to     *string
	}{{access, "access", &g.Access}, {refresh, "refresh", &g.Refresh}, {prev, "prev", &g.PrevRefresh}} {
		plain, err := s.seal.open(token.sealed, grantPlace(subject, token.which))
		if err != nil {
			return g, err
		}
		*token.to = string(plain)
	}
	return g, nil
}

// LeaseGrant implements sbid.TokenStore. A lease that ends later than anybody would take it now is of a clock that was put back.
func (s *Store) LeaseGrant(ctx context.Context, subject string, version int64, now, until time.Time) (bool, error) {
	n, err := affected(ctx, s.write, "update grants set lease_until = $1 where subject = $2 and version = $3 and (lease_until <= $4 or lease_until > $5)",
		ms(until), subject, version, ms(now), ms(until.Add(clockAhead)))
	if err != nil {
		return false, fmt.Errorf("store: lease grant: %w", err)
	}
	return n == 1, nil
}

// SwapGrant implements sbid.TokenStore.
func (s *Store) SwapGrant(ctx context.Context, g sbid.Grant, seen int64) (bool, error) {
	g.Version = seen + 1
	n, err := affected(ctx, s.write, `update grants set (company_inn, access, refresh, prev_refresh, scope, expires_at, obtained_at, version,
		lease_until, dead) = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11) where subject = $1 and version = $12`, append(s.grantValues(g), seen)...)
	if err != nil {
		return false, fmt.Errorf("store: swap grant: %w", err)
	}
	return n == 1, nil
}

// Unfinished implements sbid.TokenStore.
func (s *Store) Unfinished(ctx context.Context, before time.Time, limit int) ([]string, error) {
	subjects, err := collect(ctx, s.read, func(scan func(...any) error, subject *string) error { return scan(subject) },
		"select subject from grants where lease_until > 0 and lease_until <= $1 and dead = 0 order by lease_until limit $2 + 0", ms(before), limit)
	if err != nil {
		return nil, fmt.Errorf("store: unfinished refreshes: %w", err)
	}
	return subjects, nil
}
