package bankemu

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// traffic are the settings of how many calls the bank takes and what it keeps of them. All limits are off by default.
type traffic struct {
	Rate          int      `json:"rate"`          // fintech calls per second of one client; 0 = any
	StatementRate int      `json:"statementRate"` // the same for the statement family, whose documents say 5; 0 = any
	MinInterval   lifespan `json:"minInterval"`   // between two equal calls with one access token («> 2 с»); 0s = none
	RetryAfter    string   `json:"retryAfter"`    // what a 429 of the pace says in Retry-After, in whole seconds or as an HTTP date; empty = no header
	Record        string   `json:"record"`        // bodies: the log keeps headers and bodies; none: the lines only
}

const (
	recordBodies = "bodies"
	recordNone   = "none"
)

func (t traffic) check() error {
	if t.Rate < 0 || t.StatementRate < 0 || t.Rate > 1e6 || t.StatementRate > 1e6 {
		return fmt.Errorf("rate and statementRate must be 0 to 1000000")
	}
	if t.MinInterval < 0 {
		return fmt.Errorf("minInterval must be 0s or more")
	}
	if strings.ContainsAny(t.RetryAfter, "\r\n") || len(t.RetryAfter) > 40 {
		return fmt.Errorf("retryAfter must be one short line")
	}
	if msg := oneOf(recordBodies, recordNone)(t.Record); msg != "" {
		return fmt.Errorf("record: %s", msg)
	}
	return nil
}

// parseSpan reads a Go duration that may begin with days: 40d, 10d12h, -1d.
func parseSpan(s string) (time.Duration, error) {
	number, rest, days := strings.Cut(s, "d")
	if !days {
		return time.ParseDuration(s)
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < -10000 || n > 10000 {
		return 0, fmt.Errorf("not a duration: %q", s)
	}
	d := time.Duration(n) * 24 * time.Hour
	if rest == "" {
		return d, nil
	}
	more, err := time.ParseDuration(rest)
	if n < 0 {
		more = -more
	}
	return d + more, err
}

// pace remembers when the next call is due, by the bank's clock.
type pace struct {
	due  map[string]time.Time // by client and family
	last map[string]time.Time // by access token and call
}

// keepPace answers 429 to a call that came too fast, and nil to others. It never waits. The caller holds b.mu.
func (b *Bank) keepPace(r *http.Request, who caller) *reply {
	s := b.st.settings
	if s.Rate == 0 && s.StatementRate == 0 && s.MinInterval == 0 || who.token == "" {
		return nil
	}
	now := b.now()
	if b.st.pace.tooSoon(who.token+r.Method+reAnyUUID.ReplaceAllString(r.URL.Path, "{id}"), now, time.Duration(s.MinInterval)) || b.tooMany(r.URL.Path, who.client, now) {
		return b.tooManyRequests()
	}
	return nil
}

func (b *Bank) tooMany(path, client string, now time.Time) bool {
	switch s := b.st.settings; {
	case !strings.HasPrefix(path, "/fintech/"):
		return false
	case s.StatementRate > 0 && strings.Contains(path, "/statement/"):
		return b.st.pace.tooMany("statement "+client, now, s.StatementRate)
	default:
		return s.Rate > 0 && b.st.pace.tooMany(client, now, s.Rate)
	}
}

func (b *Bank) tooManyRequests() *reply {
	rep := fail(http.StatusTooManyRequests, "TOO_MANY_REQUESTS", "Превышено количество запросов")
	rep.retryAfter = b.st.settings.RetryAfter
	return &rep
}

// tooSoon notes a call and says whether the one before it is less than gap ago. A refused call is not noted.
func (p *pace) tooSoon(call string, now time.Time, gap time.Duration) bool {
	if gap <= 0 {
		return false
	}
	if p.last == nil || len(p.last) > 10000 { // forgetting lets a call through too early once in ten thousand
		p.last = map[string]time.Time{}
	}
	if since := now.Sub(p.last[call]); since >= 0 && since < gap {
		return true
	}
	p.last[call] = now
	return false
}

// tooMany lets rate calls through at once and then one each 1/rate of a second (a leaky bucket).
func (p *pace) tooMany(who string, now time.Time, rate int) bool {
	if p.due == nil {
		p.due = map[string]time.Time{}
	}
	due, step := p.due[who], time.Second/time.Duration(rate)
	if due.Before(now) || due.Sub(now) > 2*time.Second { // idle, or the clock was put back
		due = now
	}
	if due.Sub(now) > time.Second-step {
		return true
	}
	p.due[who] = due.Add(step)
	return false
}
