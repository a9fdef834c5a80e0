package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"creditcart/internal/audit"
	"creditcart/internal/sbid"
)

var _ sbid.TokenStore = (*Store)(nil)

// SignIn saves who a person is and his new tokens in one transaction. The grant gets the version after the stored one
// and no lease: whoever is refreshing the old tokens finds them replaced.
func (s *Store) SignIn(ctx context.Context, id sbid.Identity, g sbid.Grant) error {
	err := s.tx(ctx, func(tx querier) error {
		if err := s.saveAccount(ctx, tx, id); err != nil {
			return err
		}
		g.Subject, g.Version, g.LeaseUntil, g.Dead = id.Subject, 1, time.Time{}, false
		args := s.grantValues(g)
		_, err := tx.ExecContext(ctx, "insert into grants ("+grantColumns+") values "+rowsOf(1, len(args))+` on conflict (subject) do update set
			company_inn = excluded.company_inn, access = excluded.access, refresh = excluded.refresh, prev_refresh = excluded.prev_refresh,
			scope = excluded.scope, expires_at = excluded.expires_at, obtained_at = excluded.obtained_at,
			version = grants.version + 1, lease_until = 0, dead = 0, left_at = 0`, args...)
		if err != nil {
			return err
		}
		// What waited for somebody of the company to sign in is asked about now.
		if _, err := tx.ExecContext(ctx, `update payments set check_at = $2 where attention = 1 and needs_login = 1 and watched = 1 and check_at > $2
			and exists (select 1 from orders o where o.id = payments.order_id and o.company_inn = $1)`, id.INN, ms(g.ObtainedAt)); err != nil {
			return err
		}
		return s.audit(ctx, tx, audit.Entry{Kind: audit.SignIn, Actor: id.Subject, Company: id.INN})
	})
	if err != nil {
		return fmt.Errorf("store: sign in: %w", err)
	}
	return nil
}

// Account reads what the bank said last about a person. Somebody who never signed in is sbid.ErrNoGrant.
func (s *Store) Account(ctx context.Context, subject string) (sbid.Identity, error) {
	var sealed []byte
	var id sbid.Identity
	err := s.read.QueryRowContext(ctx, "select identity from accounts where subject = $1", subject).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		err = sbid.ErrNoGrant
	}
	if err == nil {
		err = s.openJSON(sealed, "account:"+subject, &id)
	}
	if err != nil {
		return sbid.Identity{}, fmt.Errorf("store: account: %w", err)
	}
	return id, nil
}

// SaveAccount keeps a newer word of the bank about a person; an older one changes nothing, and one about somebody who was
// erased while the bank was asked does not bring him back.
func (s *Store) SaveAccount(ctx context.Context, id sbid.Identity) error {
	sealed, err := s.sealJSON(id, "account:"+id.Subject)
	if err == nil {
		_, err = s.write.ExecContext(ctx, "update accounts set company_inn = $2, identity = $3, as_of = $4 where subject = $1 and as_of <= $4",
			id.Subject, id.INN, sealed, ms(id.AsOf))
	}
	if err != nil {
		return fmt.Errorf("store: save account: %w", err)
	}
	return nil
}

func (s *Store) saveAccount(ctx context.Context, q querier, id sbid.Identity) error {
	sealed, err := s.sealJSON(id, "account:"+id.Subject)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `insert into accounts (subject, company_inn, identity, as_of) values ($1, $2, $3, $4)
		on conflict (subject) do update set company_inn = excluded.company_inn, identity = excluded.identity, as_of = excluded.as_of
		where accounts.as_of <= excluded.as_of`, id.Subject, id.INN, sealed, ms(id.AsOf))
	return err
}

const liveSubjectsQuery = "select subject from grants where dead = 0 and company_inn = $1 order by obtained_at desc"

// LiveSubjects lists the people of a company whose tokens are not dead, those with the newest tokens first.
func (s *Store) LiveSubjects(ctx context.Context, companyINN string) ([]string, error) {
	subjects, err := collect(ctx, s.read, func(scan func(...any) error, v *string) error { return scan(v) }, liveSubjectsQuery, companyINN)
	if err != nil {
		return nil, fmt.Errorf("store: live subjects: %w", err)
	}
	return subjects, nil
}

// Merchant reads the merchant's connection; the zero Connection when there is none.
func (s *Store) Merchant(ctx context.Context) (sbid.Connection, error) {
	var c sbid.Connection
	var name []byte
	err := s.read.QueryRowContext(ctx, "select subject, name, connected_at from merchant where id = 1").Scan(&c.Subject, &name, moment{&c.ConnectedAt})
	if errors.Is(err, sql.ErrNoRows) {
		return sbid.Connection{}, nil
	}
	if err == nil {
		name, err = s.seal.open(name, "merchant|name")
		c.Name = string(name)
	}
	if err != nil {
		return sbid.Connection{}, fmt.Errorf("store: merchant: %w", err)
	}
	return c, nil
}

// SetMerchant replaces the merchant's connection.
func (s *Store) SetMerchant(ctx context.Context, c sbid.Connection) error {
	err := s.tx(ctx, func(tx querier) error {
		_, err := tx.ExecContext(ctx, `insert into merchant (id, subject, name, connected_at) values (1, $1, $2, $3)
			on conflict (id) do update set subject = excluded.subject, name = excluded.name, connected_at = excluded.connected_at`,
			c.Subject, s.seal.seal([]byte(c.Name), "merchant|name"), ms(c.ConnectedAt))
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, audit.Entry{Kind: audit.Connected, Actor: c.Subject})
	})
	if err != nil {
		return fmt.Errorf("store: set merchant: %w", err)
	}
	return nil
}

func (s *Store) sealJSON(v any, place string) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.seal.seal(plain, place), nil
}

func (s *Store) openJSON(sealed []byte, place string, v any) error {
	plain, err := s.seal.open(sealed, place)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, v)
}
