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

// Priority says who waits for a call: the classes of the polling budget (docs/adr/0010-pace.md).
type Priority int

const (
	P0 Priority = iota // a person looks at the page; a call that cannot start within 3 s fails as Limited without being sent
	P1                 // nobody knows whether the bank has the document
	P2                 // a document of the last hour
	P3                 // of the last day
	P4                 // older, or past its time; and whatever has no hurry at all
)

// Priorities is how many classes there are.
const Priorities = int(P4) + 1

// patience is how long a background call of a class lets buyers go first. Among background calls the one whose patience
// ends first is next, so a class's urgency is a head start and not a right of way for ever.
var patience = [Priorities]time.Duration{P1: 5 * time.Second, P2: 10 * time.Second, P3: 20 * time.Second, P4: 30 * time.Second}

const (
	maxInteractiveWait = 3 * time.Second
	// What a Retry-After costs the other operations: the host is busy for a moment, but a limit belongs to one method.
	maxHostPause = 2 * time.Second
	// Of five starts for which buyers and impatient background calls compete, buyers get three.
	buyersCost, debtDue = 2, 3
)

var errPace = errors.New("no place in time")

// pace decides when the next call may start (decision 8), and whether any may (breaker). One mutex, one timer: every rule
// is checked at the very moment of the start, so none of them can be slipped past by two goroutines.
type pace struct {
	mu      sync.Mutex
	limit   *rate.Limiter
	repeat  time.Duration
	paused  map[string]time.Time // no call of an Op before: the bank said Retry-After; "" = of any Op
	said    RetryAfter           // the last pause the bank asked for
	last    map[string]time.Time // starts by Op and Subject
	waiting []*waiter            // in order of arrival
	owed    int                  // what buyers owe to impatient background calls
	starts  minute
	breaker breaker
	timer   *time.Timer
}

type waiter struct {
	op, key  string
	priority Priority
	patient  time.Time     // until then buyers go first; it also orders the background
	probe    bool          // the one call that may look whether the bank is back
	refused  error         // why it shall not start
	start    chan struct{} // closed when the call may start, or is refused
}

func newPace(perSecond float64, minInterval, repeat time.Duration) *pace {
	limit := rate.Limit(cmp.Or(perSecond, 5))
	if minInterval > 0 {
		limit = min(limit, rate.Every(minInterval))
	}
	return &pace{limit: rate.NewLimiter(limit, 1), repeat: cmp.Or(repeat, 2*time.Second),
		paused: map[string]time.Time{}, last: map[string]time.Time{}}
}

// wait returns when r may start now; probe: its outcome decides whether the bank is back. On errPace and ErrUnavailable
// the duration says when to try again.
func (p *pace) wait(ctx context.Context, r Request) (probe bool, again time.Duration, err error) {
	now := time.Now()
	class := min(max(r.Priority, P0), P4)
	w := &waiter{op: r.Op, priority: class, patient: now.Add(patience[class]), start: make(chan struct{})}
	if r.Subject != "" && p.repeat > 0 {
		w.key = r.Op + "\x00" + r.Subject
	}
	p.mu.Lock()
	kept := p.earliest(w).Sub(now)
	if class == P0 && kept > maxInteractiveWait {
		p.mu.Unlock()
		return false, kept, errPace
	}
	var open time.Duration
	if w.probe, open = p.breaker.enter(now, kept <= maxInteractiveWait); open > 0 {
		p.mu.Unlock()
		return false, open, ErrUnavailable
	}
	var late <-chan time.Time
	if class == P0 {
		t := time.NewTimer(maxInteractiveWait)
		defer t.Stop()
		late = t.C
	}
	p.waiting = append(p.waiting, w)
	p.dispatch()
	p.mu.Unlock()
	select {
	case <-w.start:
	case <-ctx.Done():
		if _, left := p.leave(w); !left && w.probe {
			p.giveUpProbe()
		}
		return false, 0, context.Cause(ctx)
	case <-late:
		if again, left := p.leave(w); left {
			return false, max(again, defaultPause), errPace
		}
		// Its turn came at the same moment: a place that is taken is used.
	}
	return w.probe, p.untilProbe(w.refused), w.refused
}

// pause keeps calls of op back for d, and all others for a moment (ADR 7).
func (p *pace) pause(op string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.said = RetryAfter{Op: op, At: now, For: d}
	for name, until := range map[string]time.Time{op: now.Add(d), "": now.Add(min(d, maxHostPause))} {
		if until.After(p.paused[name]) {
			p.paused[name] = until
		}
	}
}

// leave gives up waiting and says how long the rules (but the rate) would keep w back still; left is false when its turn
// has come already.
func (p *pace) leave(w *waiter) (again time.Duration, left bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.waiting, w)
	if i < 0 {
		return 0, false
	}
	p.waiting = slices.Delete(p.waiting, i, i+1)
	if w.probe {
		p.breaker.forgo()
	}
	return time.Until(p.earliest(w)), true
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

// dispatch starts everything that may start now and arms the timer for the next moment worth looking. The rate is asked
// first: while it lets nobody start, who would be next is not looked for.
func (p *pace) dispatch() {
	now := time.Now()
	for len(p.waiting) > 0 {
		place := p.limit.ReserveN(now, 1)
		if delay := place.DelayFrom(now); delay > 0 {
			place.CancelAt(now)
			p.wake(delay)
			return
		}
		w, at, contested := p.next(now)
		if at.After(now) {
			place.CancelAt(now)
			p.wake(at.Sub(now))
			return
		}
		switch {
		case !contested:
		case w.priority == P0:
			p.owed += buyersCost
		default:
			p.owed -= debtDue
		}
		p.start(w, now)
	}
}

// next picks the waiter to start: of those that may start now the buyers' in order of arrival, except that background
// calls which have lost their patience get two of five starts (contested); of the background the one whose patience ends
// first. If none may start, the one that may soonest.
func (p *pace) next(now time.Time) (w *waiter, at time.Time, contested bool) {
	var buyer, other, soonest *waiter
	for _, w := range p.waiting {
		if w.priority == P0 && buyer != nil || w.priority != P0 && other != nil && !w.patient.Before(other.patient) {
			continue // whenever it may start, another one that may now goes first
		}
		t := p.earliest(w)
		switch {
		case t.After(now):
			if soonest == nil || t.Before(at) {
				soonest, at = w, t
			}
		case w.priority == P0:
			buyer = w
		default:
			other = w
		}
	}
	switch {
	case buyer == nil && other == nil:
		return soonest, at, false
	case other == nil:
		return buyer, now, false
	case buyer == nil:
		return other, now, false
	case now.Before(other.patient):
		return buyer, now, false
	case p.owed >= debtDue:
		return other, now, true
	}
	return buyer, now, true
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
	p.starts.add(now)
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
