package bankapi

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	maxInteractiveWait = 3 * time.Second
	// A background call that has waited this long is treated as interactive, so that a busy day does not stop the polls.
	maxBackgroundYield = 30 * time.Second
	// What a Retry-After costs the other operations: the host is busy for a moment, but a limit belongs to one method.
	maxHostPause = 2 * time.Second
)

var errPace = errors.New("no place in time")

// pace decides when the next call may start (decision 8). One mutex, one timer: every rule is checked at the very
// moment of the start, so none of them can be slipped past by two goroutines.
type pace struct {
	mu      sync.Mutex
	limit   *rate.Limiter
	repeat  time.Duration
	paused  map[string]time.Time // no call of an Op before: the bank said Retry-After; "" = of any Op
	last    map[string]time.Time // starts by Op and Subject
	waiting []*waiter            // in order of arrival
	timer   *time.Timer
}

type waiter struct {
	op, key    string
	background bool
	since      time.Time
	start      chan struct{} // closed when the call may start
}

func newPace(perSecond float64, minInterval, repeat time.Duration) *pace {
	limit := rate.Limit(cmp.Or(perSecond, 5))
	if minInterval > 0 {
		limit = min(limit, rate.Every(minInterval))
	}
	return &pace{limit: rate.NewLimiter(limit, 1), repeat: cmp.Or(repeat, 2*time.Second),
		paused: map[string]time.Time{}, last: map[string]time.Time{}}
}

// wait returns nil when r may start now. On errPace the duration says when to try again.
func (p *pace) wait(ctx context.Context, r Request) (time.Duration, error) {
	w := &waiter{op: r.Op, background: r.Background, since: time.Now(), start: make(chan struct{})}
	if r.Subject != "" && p.repeat > 0 {
		w.key = r.Op + "\x00" + r.Subject
	}
	var late <-chan time.Time
	p.mu.Lock()
	if !w.background {
		if d := p.earliest(w).Sub(w.since); d > maxInteractiveWait {
			p.mu.Unlock()
			return d, errPace
		}
		t := time.NewTimer(maxInteractiveWait)
		defer t.Stop()
		late = t.C
	}
	p.waiting = append(p.waiting, w)
	p.dispatch()
	p.mu.Unlock()
	select {
	case <-w.start:
		return 0, nil
	case <-ctx.Done():
		p.leave(w)
		return 0, context.Cause(ctx)
	case <-late:
		return max(p.leave(w), defaultPause), errPace
	}
}

// pause keeps calls of op back for d, and all others for a moment (ADR 7).
func (p *pace) pause(op string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for name, until := range map[string]time.Time{op: now.Add(d), "": now.Add(min(d, maxHostPause))} {
		if until.After(p.paused[name]) {
			p.paused[name] = until
		}
	}
}

// leave gives up waiting and says how long the rules (but the rate) would keep w back still.
func (p *pace) leave(w *waiter) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting, w); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
	return time.Until(p.earliest(w))
}

// earliest is when w may start for all rules but the rate.
func (p *pace) earliest(w *waiter) time.Time {
	at := p.paused[""]
	if own := p.paused[w.op]; own.After(at) {
		at = own
	}
	if last, ok := p.last[w.key]; ok && w.key != "" && last.Add(p.repeat).After(at) {
		at = last.Add(p.repeat)
	}
	return at
}

// dispatch starts everything that may start now and arms the timer for the next moment worth looking.
func (p *pace) dispatch() {
	now := time.Now()
	for {
		w, at := p.next(now)
		if w == nil {
			return
		}
		if at.After(now) {
			p.wake(at.Sub(now))
			return
		}
		if place := p.limit.ReserveN(now, 1); place.DelayFrom(now) > 0 {
			delay := place.DelayFrom(now)
			place.CancelAt(now)
			p.wake(delay)
			return
		}
		p.start(w, now)
	}
}

// next picks the waiter to start: of those that may start now interactive ones first, then by arrival;
// if none may, the one that may soonest.
func (p *pace) next(now time.Time) (best *waiter, at time.Time) {
	rank := func(w *waiter, at time.Time) int {
		switch {
		case at.After(now):
			return 2
		case w.background && now.Sub(w.since) < maxBackgroundYield:
			return 1
		}
		return 0
	}
	bestRank := 3
	for _, w := range p.waiting {
		t := p.earliest(w)
		if r := rank(w, t); r < bestRank || r == 2 && bestRank == 2 && t.Before(at) {
			best, at, bestRank = w, t, r
		}
	}
	return best, at
}

func (p *pace) start(w *waiter, now time.Time) {
	i := slices.Index(p.waiting, w)
	p.waiting = slices.Delete(p.waiting, i, i+1)
	if w.key != "" {
		if len(p.last) >= 1000 {
			p.forget(now)
		}
		p.last[w.key] = now
	}
	close(w.start)
}

func (p *pace) forget(now time.Time) {
	for k, t := range p.last {
		if now.Sub(t) >= p.repeat {
			delete(p.last, k)
		}
	}
}

func (p *pace) wake(d time.Duration) {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dispatch()
	})
}
