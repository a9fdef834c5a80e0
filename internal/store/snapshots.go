package store

import (
	"context"
	"time"
)

// Snapshot is the last answer of the bank kept under a key, and when it was given; a nil body when there is none.
func (s *Store) Snapshot(ctx context.Context, key string) (body []byte, asOf time.Time, err error) {
	return nil, time.Time{}, errTodo
}

// SaveSnapshot keeps an answer of the bank. An answer older than the stored one changes nothing.
func (s *Store) SaveSnapshot(ctx context.Context, key string, body []byte, asOf time.Time) error {
	return errTodo
}
