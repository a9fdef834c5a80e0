package bankapi

import "time"

// Status is what the transport is doing, for the merchant's page and for metrics.
type Status struct {
	Breaker   string    // one of BreakerStates
	Since     time.Time // when the breaker opened; zero = closed
	NextProbe time.Time // when the bank is looked at again; zero = closed
	Waiting   [Priorities]int
	Said      RetryAfter    // the last one; zero = none since the start
	Rate      float64       // calls a second that may start
	LastMin   int           // calls started in the last 60 s
	Skew      time.Duration // see Client.Skew
}

// RetryAfter is a pause the bank asked for.
type RetryAfter struct {
	Op  string
	At  time.Time
	For time.Duration
}

// Used is the part of a minute's calls that was used in the last one, 0 to 1 (a burst may be above).
func (s Status) Used() float64 { return float64(s.LastMin) / (s.Rate * 60) }

// Status tells what the transport is doing now. It is cheap. Its times are of the process's clock.
func (c *Client) Status() Status {
	p := c.pace
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Status{Breaker: p.breaker.state(), Since: p.breaker.openedAt, NextProbe: p.breaker.probeAt, Said: p.said,
		Rate: float64(p.limit.Limit()), LastMin: p.starts.sum(time.Now()), Skew: c.Skew()}
	for _, w := range p.waiting {
		s.Waiting[w.priority]++
	}
	return s
}

// Places is how many calls may start within d: work for more would only wait. While the bank is unavailable it is 1 when
// somebody should look whether it is back, else 0.
func (c *Client) Places(d time.Duration) int {
	p := c.pace
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := &p.breaker; b.pause > 0 {
		if b.probing || time.Now().Before(b.probeAt) {
			return 0
		}
		return 1
	}
	return max(1, int(float64(p.limit.Limit())*d.Seconds()))
}

// minute counts events of the last 60 s, by the second.
type minute struct {
	counts [60]int
	second [60]int64
}

func (m *minute) add(now time.Time) {
	s := now.Unix()
	i := s % 60
	if m.second[i] != s {
		m.second[i], m.counts[i] = s, 0
	}
	m.counts[i]++
}

func (m *minute) sum(now time.Time) (n int) {
	for i, s := range m.second {
		if now.Unix()-s < 60 {
			n += m.counts[i]
		}
	}
	return n
}
