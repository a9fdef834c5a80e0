package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Snapshot is the last answer of the bank kept under a key, and when it was given; a nil body when there is none.
func (s *Store) Snapshot(ctx context.Context, key string) (body []byte, asOf time.Time, err error) {
	var sealed []byte
	err = s.read.QueryRowContext(ctx, "select body, as_of from snapshots where id = $1", key).Scan(&sealed, moment{&asOf})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, time.Time{}, nil
	}
	if err == nil {
		body, err = s.seal.open(sealed, "snapshot:"+key)
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("store: snapshot: %w", err)
	}
	if body == nil {
		body = []byte{}
	}
	return body, asOf, nil
}

// SaveSnapshot keeps an answer of the bank in place of the one before.
func (s *Store) SaveSnapshot(ctx context.Context, key string, body []byte, asOf time.Time) error {
	_, err := s.write.ExecContext(ctx, `insert into snapshots (id, body, as_of) values ($1, $2, $3)
		on conflict (id) do update set body = excluded.body, as_of = excluded.as_of`, key, s.seal.seal(body, "snapshot:"+key), ms(asOf))
	if err != nil {
		return fmt.Errorf("store: save snapshot: %w", err)
	}
	return nil
}
