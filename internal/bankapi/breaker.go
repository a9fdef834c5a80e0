package bankapi

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// ErrUnavailable: the bank's host has failed several times in a row, so the call was not even sent. Error.NotSent is set
// and RetryAfter says when the next look at the bank is due.
var ErrUnavailable = errors.New("the bank is unavailable")

const (
	breakAfter  = 5 // failures in a row
	firstOpen   = 5 * time.Second
	longestOpen = time.Minute
)

// States of the breaker, for Status.
const (
	BreakerClosed = "closed"
	BreakerProbe  = "half-open" // one call looks whether the bank is back
	BreakerOpen   = "open"
)

// BreakerStates lists them.
var BreakerStates = []string{BreakerClosed, BreakerProbe, BreakerOpen}

// breaker stops calls to a host that does not answer anybody. It decides nothing about any payment: a call that it
// refuses was certainly not sent. It is guarded by the mutex of pace.
//
// Five failures in a row open it, if they are the host's: a broken connection or certificate always is, a timeout or a
// 5xx only when more than one operation met it, because one broken operation must not close sign-in and payment.
// While it is open one call a pause is let through, whoever's comes first: as a rule a poll of the background. Any
// answer below 500 closes it.
type breaker struct {
	failures int
	op       string // of the first failure in a row
	host     bool   // the failures are the host's, not one operation's
	openedAt time.Time
	probeAt  time.Time
	pause    time.Duration // 0 = closed
	probing  bool
}

// enter tells whether a call may go on to wait for its turn, as a probe perhaps; open > 0 is how long not. Only a call
// whose turn comes soon can be a probe: all others wait for its answer.
func (b *breaker) enter(now time.Time, soon bool) (probe bool, open time.Duration) {
	switch {
	case b.pause == 0:
		return false, 0
	case b.probing, !soon:
		return false, max(b.probeAt.Sub(now), firstOpen)
	case now.Before(b.probeAt):
		return false, b.probeAt.Sub(now)
	}
	b.probing = true
	return true, 0
}

// forgo: the probe was never sent.
func (b *breaker) forgo() { b.probing = false }

// succeeded: the host answers.
func (b *breaker) succeeded() { *b = breaker{} }

// failed notes a failure and tells whether it opened the breaker.
func (b *breaker) failed(now time.Time, op string, probe, host bool) (opened bool) {
	switch {
	case b.pause > 0 && probe:
		b.probing, b.pause = false, min(2*b.pause, longestOpen)
		b.probeAt = now.Add(b.pause)
		return false
	case b.pause > 0: // sent before it opened
		return false
	}
	if b.failures++; b.failures == 1 {
		b.op = op
	}
	if b.host = b.host || host || op != b.op; b.failures < breakAfter || !b.host {
		return false
	}
	b.pause, b.openedAt, b.probeAt = firstOpen, now, now.Add(firstOpen)
	return true
}

func (b *breaker) state() string {
	switch {
	case b.pause == 0:
		return BreakerClosed
	case b.probing:
		return BreakerProbe
	}
	return BreakerOpen
}

// report tells the breaker how a call ended; e is nil after a success. Whoever waits when it opens is refused at once.
func (p *pace) report(ctx context.Context, op string, probe bool, e *Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case e == nil, e.Status != 0 && e.Status < http.StatusInternalServerError && e.Kind != Certificate:
		p.breaker.succeeded()
	case errors.Is(ctx.Err(), context.Canceled), errors.Is(e, errBadRequest): // ours, not the bank's
		if probe {
			p.breaker.forgo()
		}
	default:
		if p.breaker.failed(now, op, probe, e.NotSent || e.Kind == Certificate) {
			for _, w := range p.waiting {
				w.refused = ErrUnavailable
				close(w.start)
			}
			p.waiting = nil
		}
	}
}

// giveUpProbe: the probe's turn came when nobody wanted it any more.
func (p *pace) giveUpProbe() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.breaker.forgo()
}

// untilProbe is how long a refused call should stay away; 0 for one that was not refused.
func (p *pace) untilProbe(refused error) time.Duration {
	if refused == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(time.Until(p.breaker.probeAt), defaultPause)
}
