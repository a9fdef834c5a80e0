package checkout

import (
	"context"
	"fmt"
	"time"

	"creditcart/internal/orders"
)

// settle is how long after the last send a refusal stays in doubt: an earlier send of the same id may still be executed
// while the bank already refuses the later one (faults 2.3, step 6).
const settle = 10 * time.Minute

// A request that may be at the bank is failed when the bank refused it so many times after the window, so far apart.
const (
	refusedOften = 3
	refusedAgain = 2 * time.Minute
)

// turn says on whose behalf a step is taken.
type turn struct {
	first      bool // right after the intent, which has the time of this send already
	alone      bool // no earlier send can be under way, so a refusal of this one is definite
	sent       bool // this step has sent already: one send a step
	background bool // nobody waits: interactive calls go before
}

// resolve takes the next step for one document: sends it, or asks what became of it. At most one such step runs per document
// in a process; whoever asks meanwhile waits for the same one. The step outlives the request that started it.
func (s *Service) resolve(ctx context.Context, number, externalID string, t turn) <-chan struct{} {
	done := make(chan struct{})
	s.inflight.Add(1)
	go func() {
		defer s.inflight.Done()
		defer close(done)
		_, err, _ := s.flight.Do("document:"+externalID, func() (any, error) {
			ctx := context.WithoutCancel(ctx)
			return nil, s.step(ctx, number, externalID, t)
		})
		if err != nil {
			s.Log.ErrorContext(ctx, "payment step failed", "order", number, "payment", externalID, "error", err)
		}
	}()
	return done
}

func (s *Service) step(ctx context.Context, number, externalID string, t turn) error {
	p, err := s.Orders.Payment(ctx, externalID)
	if err != nil || p.State.Final() {
		return err
	}
	switch {
	case p.State == orders.PaymentSubmitting && t.first:
		return s.send(ctx, p, number, t)
	case p.State == orders.PaymentSubmitting:
		return s.settleUnknown(ctx, p, number, t)
	case p.State == orders.PaymentRejecting:
		return s.settleRefused(ctx, p, number, t)
	default:
		return s.ask(ctx, p, number, t)
	}
}

// settleUnknown: nobody knows whether the bank has the document. A draft is read first; a credit request cannot be read,
// so it is posted again under the same id, where a duplicate is a success.
func (s *Service) settleUnknown(ctx context.Context, p orders.Payment, number string, t turn) error {
	if p.Method == orders.MethodCredit {
		return s.send(ctx, p, number, turn{background: t.background})
	}
	return s.ask(ctx, p, number, t)
}

// settleRefused waits, with reads only, until no earlier send can be executed any more; then the refusal is definite.
func (s *Service) settleRefused(ctx context.Context, p orders.Payment, number string, t turn) error {
	wait := settle
	if p.Misses > 0 { // the last send was refused: it cannot be executed any more
		wait = refusedAgain
	}
	over := s.settled(p.SentAt, s.Now(), wait)
	if over && p.Method == orders.MethodCredit {
		// Nothing can be read about a request. More posts of the same id tell: a duplicate means it is there.
		return s.send(ctx, p, number, turn{alone: true, background: t.background})
	}
	return s.ask(ctx, p, number, t)
}

// update loads an order, changes one of its payments and saves, in one transaction.
func (s *Service) update(ctx context.Context, number, externalID string, fn func(*orders.Order, *orders.Payment, time.Time) error) error {
	_, err := s.Orders.UpdateOrder(ctx, number, func(o *orders.Order) error {
		p, err := o.Payment(externalID)
		if err != nil {
			return err
		}
		return fn(o, p, s.Now().UTC())
	})
	if err != nil {
		return fmt.Errorf("checkout: payment %s: %w", externalID, err)
	}
	return nil
}
