package checkout

import (
	"context"
	"fmt"
	"sync"
	"time"

	"creditcart/internal/credit"
)

const (
	// hintPause is how soon after the last answer of the bank a notification may make the shop ask again.
	hintPause = 2 * time.Second
	// hintsKept bounds what is remembered of notifications; a forgotten one that is repeated costs one question.
	hintsKept = 4096
)

// Hint hears that the bank notified about a document. The notification proves nothing, so nothing of the order changes:
// the shop only asks sooner. A document that is unknown, settled, or still being sent is left alone, and so is a repeat.
func (s *Service) Hint(ctx context.Context, e credit.Event) error {
	key := e.ExternalID + " " + e.Time
	if s.hints.has(key) {
		return nil
	}
	if err := s.Orders.CheckSoon(ctx, e.ExternalID, s.Now().UTC(), hintPause); err != nil {
		return fmt.Errorf("checkout: hint: %w", err)
	}
	s.hints.add(key)
	return nil
}

// recent remembers the last keys it was given. The zero value is ready.
type recent struct {
	mu   sync.Mutex
	seen map[string]bool
	ring []string
	next int
}

func (r *recent) has(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen[key]
}

func (r *recent) add(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen, r.ring = make(map[string]bool), make([]string, hintsKept)
	}
	if r.seen[key] {
		return
	}
	delete(r.seen, r.ring[r.next])
	r.seen[key], r.ring[r.next] = true, key
	r.next = (r.next + 1) % hintsKept
}
