package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"creditcart/internal/audit"
	"creditcart/internal/sbid"
)

// SavePending stores a sign-in that was sent to the bank under its unguessable id.
func (s *Store) SavePending(ctx context.Context, p sbid.Pending) error {
	sealed, err := s.sealJSON(p, "attempt:"+p.ID)
	if err == nil {
		_, err = s.write.ExecContext(ctx, "insert into sign_in_attempts (id, data, expires_at) values ($1, $2, $3)", p.ID, sealed, ms(p.ExpiresAt))
	}
	if err != nil {
		return fmt.Errorf("store: save sign-in attempt: %w", err)
	}
	return nil
}

// TakePending deletes a sign-in attempt and returns it: to exactly one caller. Absent or expired gives false.
func (s *Store) TakePending(ctx context.Context, id string, now time.Time) (sbid.Pending, bool, error) {
	var p sbid.Pending
	var sealed []byte
	err := s.write.QueryRowContext(ctx, "delete from sign_in_attempts where id = $1 returning data", id).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	if err == nil {
		err = s.openJSON(sealed, "attempt:"+id, &p)
	}
	if err != nil {
		return sbid.Pending{}, false, fmt.Errorf("store: take sign-in attempt: %w", err)
	}
	if !now.Before(p.ExpiresAt) {
		return sbid.Pending{}, false, nil
	}
	return p, true, nil
}

// SaveSession inserts or replaces a session.
func (s *Store) SaveSession(ctx context.Context, v sbid.Session) error {
	_, err := s.write.ExecContext(ctx, `insert into sessions (id, subject, data, created_at, seen_at, expires_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (id) do update set subject = excluded.subject, data = excluded.data, created_at = excluded.created_at,
		seen_at = excluded.seen_at, expires_at = excluded.expires_at`,
		v.ID, v.Subject, s.seal.seal(v.Data, "session:"+v.ID), ms(v.CreatedAt), ms(v.SeenAt), ms(v.ExpiresAt))
	if err != nil {
		return fmt.Errorf("store: save session: %w", err)
	}
	return nil
}

// TouchSession moves the time a session was last seen, never back; an absent session stays absent.
func (s *Store) TouchSession(ctx context.Context, id string, seen time.Time) error {
	if _, err := s.write.ExecContext(ctx, "update sessions set seen_at = $2 where id = $1 and seen_at < $2", id, ms(seen)); err != nil {
		return fmt.Errorf("store: touch session: %w", err)
	}
	return nil
}

// Session reads a session that has not expired; false when there is none.
func (s *Store) Session(ctx context.Context, id string, now time.Time) (sbid.Session, bool, error) {
	v := sbid.Session{ID: id}
	var sealed []byte
	err := s.read.QueryRowContext(ctx, "select subject, data, created_at, seen_at, expires_at from sessions where id = $1 and expires_at > $2", id, ms(now)).
		Scan(&v.Subject, &sealed, moment{&v.CreatedAt}, moment{&v.SeenAt}, moment{&v.ExpiresAt})
	if errors.Is(err, sql.ErrNoRows) {
		return sbid.Session{}, false, nil
	}
	if err == nil {
		v.Data, err = s.seal.open(sealed, "session:"+id)
	}
	if err != nil {
		return sbid.Session{}, false, fmt.Errorf("store: session: %w", err)
	}
	return v, true, nil
}

// SessionsOf lists the sessions of a person that have not expired, in no order.
func (s *Store) SessionsOf(ctx context.Context, subject string, now time.Time) ([]sbid.Session, error) {
	list, err := collect(ctx, s.read, func(scan func(...any) error, v *sbid.Session) error {
		var sealed []byte
		err := scan(&v.ID, &sealed, moment{&v.CreatedAt}, moment{&v.SeenAt}, moment{&v.ExpiresAt})
		if err == nil {
			v.Subject = subject
			v.Data, err = s.seal.open(sealed, "session:"+v.ID)
		}
		return err
	}, "select id, data, created_at, seen_at, expires_at from sessions where subject = $1 and expires_at > $2", subject, ms(now))
	if err != nil {
		return nil, fmt.Errorf("store: sessions of a person: %w", err)
	}
	return list, nil
}

// DeleteSession revokes a session; an absent one is no error.
func (s *Store) DeleteSession(ctx context.Context, id string) error {
	err := s.tx(ctx, func(tx querier) error {
		var subject string
		err := tx.QueryRowContext(ctx, "delete from sessions where id = $1 returning subject", id).Scan(&subject)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, audit.Entry{Kind: audit.SessionEnded, Actor: subject})
	})
	if err != nil {
		return fmt.Errorf("store: delete session: %w", err)
	}
	return nil
}

// EndSessions ends all sessions of the people of a company and tells how many. Their tokens are marked as after a sign-out.
func (s *Store) EndSessions(ctx context.Context, companyINN, actor string, now time.Time) (int, error) {
	var ended int64
	err := s.tx(ctx, func(tx querier) (err error) {
		ended, err = affected(ctx, tx, "delete from sessions where subject in (select subject from accounts where company_inn = $1)", companyINN)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "update grants set left_at = $2 where company_inn = $1 and dead = 0 and left_at = 0", companyINN, ms(now))
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, audit.Entry{Kind: audit.SessionsEnded, Actor: actor, Company: companyINN, Detail: strconv.FormatInt(ended, 10)})
	})
	if err != nil {
		return 0, fmt.Errorf("store: end sessions: %w", err)
	}
	return int(ended), nil
}

// PurgeSessions removes expired sessions and sign-in attempts.
func (s *Store) PurgeSessions(ctx context.Context, now time.Time) error {
	return errors.Join(s.purge(ctx, "sessions", "expires_at", now), s.purge(ctx, "sign_in_attempts", "expires_at", now))
}
