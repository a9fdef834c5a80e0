package checkout

import (
	"context"
	"crypto/hmac"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

// How the shop asks by itself. The buyer's own page asks more often.
const (
	firstCheck      = 30 * time.Second // after the intent: the timer must not race the request in flight
	settleRead      = time.Minute
	needsLoginCheck = 15 * time.Minute
	claimFor        = 45 * time.Second // longer than one step can take
	claimLimit      = 32
	claimAhead      = 10 * time.Second // no more is claimed than the bank's pace can serve in this time
	tick            = time.Second
	keepAlive       = 30 * time.Minute
	finishEvery     = 30 * time.Second // the timer looks for refreshes of unknown outcome
)

// refreshTimeout bounds how long a buyer's page waits for the bank; refreshPause is how old an answer may be to be shown as it is.
const (
	refreshTimeout = 3 * time.Second
	refreshPause   = 2 * time.Second
)

// Refresh re-reads an order's open payments from the bank, at most 3 s, and gives the order as it is known then.
// The buyer came back, or looks at the page; that he came back proves nothing.
func (s *Service) Refresh(ctx context.Context, who sbid.Identity, number string) (*orders.Order, error) {
	o, err := s.Find(ctx, who, number)
	if err != nil {
		return nil, err
	}
	now, timeout, away := s.Now(), time.NewTimer(refreshTimeout), s.Bank.Places(refreshTimeout) == 0
	defer timeout.Stop()
	for _, p := range o.Watched() {
		if p.NeedsLogin {
			if p.CheckAt.Before(now.Add(claimFor)) { // somebody has signed in since, or the long pause is over
				if err := s.Resume(ctx, who, number); err != nil {
					return nil, err
				}
			}
		} else if passed := now.Sub(p.CheckedAt); passed >= 0 && passed < refreshPause || p.Unsure() && now.Before(p.CheckAt) {
			continue // a send of unknown outcome keeps its own pace, however often the page is opened
		} else if away && !p.BecomesLate(now) {
			continue // nobody would be asked: no need to write that down at each look at the page
		}
		select {
		case <-s.resolve(ctx, number, p.ExternalID, turn{}):
		case <-timeout.C:
			return s.Find(ctx, who, number)
		case <-ctx.Done():
			return nil, fmt.Errorf("checkout: refresh: %w", ctx.Err())
		}
	}
	return s.Find(ctx, who, number)
}

// NoteRefusal remembers that the buyer came back by the refusal address of the credit request that is alive.
// A token that is not that request's says nothing.
func (s *Service) NoteRefusal(ctx context.Context, who sbid.Identity, number, token string) error {
	o, err := s.Find(ctx, who, number)
	if err != nil {
		return err
	}
	live := o.Live()
	if live == nil || live.RefusedHint || !hmac.Equal([]byte(token), []byte(s.refusalToken(live.ExternalID))) {
		return nil
	}
	_, err = s.Orders.UpdateOrder(ctx, number, func(o *orders.Order) error {
		if now := o.Live(); now != nil && now.ExternalID == live.ExternalID {
			o.NoteRefusal(who.Subject, s.Now().UTC())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("checkout: note refusal: %w", err)
	}
	return nil
}

// Run asks about payments whose time has come and keeps the merchant's connection alive, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var kept, swept, finished time.Time
	for {
		if every(keepAlive, &kept, s.Now()) {
			s.warnOfSecret(ctx)
			if c, err := s.Connection(ctx); err != nil || c.Err != nil {
				s.Log.WarnContext(ctx, "the merchant's connection to the bank does not work", "error", err, "why", c.Err)
			}
		}
		if every(signOutEvery, &swept, s.Now()) {
			s.revokeLeft(ctx)
			s.rotateSecret(ctx)
			if err := s.ForgetFuture(ctx); err != nil && ctx.Err() == nil {
				s.Log.ErrorContext(ctx, "checks of a clock ahead", "error", err)
			}
		}
		if every(finishEvery, &finished, s.Now()) {
			s.inflight.Go(func() { s.FinishRefreshes(ctx) }) // the payments do not wait for it
		}
		if _, err := s.Reconcile(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "reconcile", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// FinishRefreshes repeats refreshes whose answer was lost while the bank still repeats it. One that has begun outlives ctx.
func (s *Service) FinishRefreshes(ctx context.Context) {
	if _, err := s.Keeper.Finish(context.WithoutCancel(ctx)); err != nil && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "finish refreshes", "error", err)
	}
}

// Reconcile takes one step for every payment that is due now, the longest due first, and reports how many there were.
// All of them wait for the bank's pace at once, which lets the urgent ones go first. While the bank is unavailable it does
// nothing, or one step to see whether the bank is back.
func (s *Service) Reconcile(ctx context.Context) (int, error) {
	limit := min(claimLimit, s.Bank.Places(claimAhead))
	if limit == 0 {
		return 0, nil
	}
	now := s.Now().UTC()
	due, err := s.Orders.ClaimDue(ctx, now, now.Add(claimFor), limit)
	if err != nil {
		return 0, fmt.Errorf("checkout: reconcile: %w", err)
	}
	var steps sync.WaitGroup
	for _, d := range due {
		steps.Go(func() {
			<-s.resolve(bankapi.WithRef(ctx, bankapi.NewRef()), d.Number, d.ExternalID, turn{background: true})
		})
	}
	steps.Wait()
	return len(due), nil
}

// priority is the class of a call about a payment (faults, polling budget).
func (s *Service) priority(p orders.Payment, t turn) bankapi.Priority {
	age := s.Now().Sub(p.CreatedAt)
	switch {
	case !t.background:
		return bankapi.P0
	case p.Unsure():
		return bankapi.P1
	case p.Late || age >= 24*time.Hour:
		return bankapi.P4
	case age >= time.Hour:
		return bankapi.P3
	}
	return bankapi.P2
}

// backoff is the pause after a send of unknown outcome: 2, 4, 8 … 60 s, then 5 min, ± 25 %.
func backoff(p *orders.Payment, now time.Time) time.Duration {
	d := 5 * time.Minute
	if p.Tries <= 12 {
		d = min(time.Minute, 2*time.Second<<max(0, min(p.Tries-1, 5)))
	}
	return jitter(d, p, now)
}

// jitter spreads checks: other payments, and the next check of this one, get another pause. It repeats with id and time.
func jitter(d time.Duration, p *orders.Payment, now time.Time) time.Duration {
	h := fnv.New64a()
	fmt.Fprint(h, p.ExternalID, now.UnixMilli())
	spread := rand.New(rand.NewPCG(h.Sum64(), 0)) //nolint:gosec // spreading load is no secret
	return d*3/4 + time.Duration(spread.Int64N(int64(d/2)))
}

// nextCheck is when the shop asks about a payment again: soon while something is likely to happen, ever slower afterwards,
// and never not at all while the bank may still execute it.
func nextCheck(p *orders.Payment, now time.Time) time.Time {
	age := now.Sub(p.ChangedAt)
	var pause time.Duration
	switch {
	case p.State == orders.PaymentSubmitting:
		return now.Add(backoff(p, now))
	case p.Late:
		pause = 24 * time.Hour
	case age < 10*time.Minute:
		pause = 10 * time.Second
	case age < time.Hour:
		pause = time.Minute
	default:
		pause = 15 * time.Minute
	}
	if base := credit.Lookup(p.BankStatus).Poll; p.BankStatus != "" && age >= 10*time.Minute {
		pause = max(pause, base)
	}
	return now.Add(jitter(pause, p, now))
}
