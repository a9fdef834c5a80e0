package checkout

import (
	"context"
	"fmt"
	"time"
)

// ForgetFuture makes payments due again that were checked by a clock far ahead of the one of now: it was put back since.
func (s *Service) ForgetFuture(ctx context.Context) error {
	if err := s.Orders.ForgetFuture(ctx, s.Now().UTC(), claimFor); err != nil {
		return fmt.Errorf("checkout: %w", err)
	}
	return nil
}

// settled tells whether the window after a send was over at that time. The bank's clock bears witness: one of ours that
// jumped since the send does not make the window pass.
func (s *Service) settled(sentAt, at time.Time, window time.Duration) bool {
	return at.Sub(sentAt) > window+s.Bank.Skew().Abs()
}

// every tells whether a job of the timer is due, and notes that it runs now. A last time that is yet to come was of a clock
// that was put back.
func every(d time.Duration, last *time.Time, now time.Time) bool {
	if passed := now.Sub(*last); passed >= 0 && passed < d {
		return false
	}
	*last = now
	return true
}
