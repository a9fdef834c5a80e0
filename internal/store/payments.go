package store

import (
	"context"
	"time"
)

// Due is a payment whose state is to be asked now.
type Due struct {
	Number     string // of the order
	ExternalID string
}

// ClaimDue takes up to limit watched payments whose check is due, the longest waiting first, and leases them until the
// given time: nobody else gets them before. UpdateOrder frees the lease of every payment it changes.
func (s *Store) ClaimDue(ctx context.Context, now, until time.Time, limit int) ([]Due, error) {
	return nil, errTodo
}
