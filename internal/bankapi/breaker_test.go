package bankapi_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"creditcart/internal/bankapi"
)

var errDown = errors.New("connection reset")

// outage is a bank that fails in a way that can be changed.
type outage struct{ answer atomic.Pointer[http.Response] }

func (o *outage) is(r *http.Response) { o.answer.Store(r) }

func (o *outage) say(int, *http.Request) (*http.Response, error) {
	r := o.answer.Load()
	if r == nil {
		return nil, errDown
	}
	return &http.Response{StatusCode: r.StatusCode, Header: r.Header, Body: io.NopCloser(strings.NewReader(`{"cause":"X"}`))}, nil
}

func refused(err error) bool {
	e, ok := errors.AsType[*bankapi.Error](err)
	return ok && errors.Is(err, bankapi.ErrUnavailable) && e.Kind == bankapi.Unknown && e.NotSent && e.Definite() && e.RetryAfter > 0
}

func TestBreakerOpensProbesAndCloses(t *testing.T) {
	var o outage
	inBubble(t, bankapi.Config{Rate: 1000}, o.say, func(t *testing.T, c *bankapi.Client, b *bank) {
		for i := range 5 {
			if _, err := c.Do(t.Context(), get([]string{"token", "state"}[i%2], "")); !errors.Is(err, errDown) {
				t.Fatalf("call %d: %v", i, err)
			}
		}
		if s := c.Status(); s.Breaker != "open" || time.Until(s.NextProbe) != 5*time.Second || c.Places(time.Hour) != 0 {
			t.Fatalf("%+v", s)
		}
		// Whoever comes is refused at once, without a call.
		before := time.Now()
		for _, class := range []bankapi.Priority{bankapi.P0, bankapi.P1, bankapi.P4} {
			r := get("token", "")
			r.Priority = class
			if _, err := c.Do(t.Context(), r); !refused(err) {
				t.Errorf("class %d: %v", class, err)
			}
		}
		if len(b.starts) != 5 || time.Since(before) != 0 {
			t.Errorf("%d calls after %v", len(b.starts), time.Since(before))
		}
		// One call a pause looks whether the bank is back; the pause doubles up to a minute.
		poll := get("state", "")
		poll.Priority = bankapi.P2
		for _, pause := range []time.Duration{5, 10, 20, 40, 60, 60} {
			time.Sleep(pause*time.Second - time.Millisecond)
			if _, err := c.Do(t.Context(), poll); !refused(err) {
				t.Fatalf("before %d s: %v", pause, err)
			}
			time.Sleep(time.Millisecond)
			if n := c.Places(time.Hour); n != 1 {
				t.Errorf("%d places for the probe", n)
			}
			if _, err := c.Do(t.Context(), poll); !errors.Is(err, errDown) {
				t.Fatalf("after %d s: %v", pause, err)
			}
		}
		o.is(reply(200, nil))
		time.Sleep(time.Minute)
		if _, err := c.Do(t.Context(), poll); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Do(t.Context(), get("token", "")); err != nil || c.Status().Breaker != "closed" || !c.Status().Since.IsZero() {
			t.Errorf("%v, %+v", err, c.Status())
		}
	})
}

func TestOneProbeAtATime(t *testing.T) {
	answer := func(n int, r *http.Request) (*http.Response, error) {
		if n > 5 {
			time.Sleep(3 * time.Second)
			return reply(200, nil), nil
		}
		return nil, errDown
	}
	inBubble(t, bankapi.Config{Rate: 1000}, answer, func(t *testing.T, c *bankapi.Client, b *bank) {
		for i := range 5 {
			c.Do(t.Context(), get([]string{"token", "state"}[i%2], ""))
		}
		time.Sleep(5 * time.Second)
		go c.Do(t.Context(), get("state", ""))
		synctest.Wait()
		if _, err := c.Do(t.Context(), get("token", "")); !refused(err) || c.Status().Breaker != "half-open" || len(b.starts) != 6 {
			t.Errorf("%v, %s, %d calls", err, c.Status().Breaker, len(b.starts))
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if c.Status().Breaker != "closed" {
			t.Error(c.Status().Breaker)
		}
	})
}

// A probe that was given up, or that nobody could send, leaves the door to the next one.
func TestProbeGivenUp(t *testing.T) {
	var o outage
	inBubble(t, bankapi.Config{Rate: 1000}, o.say, func(t *testing.T, c *bankapi.Client, b *bank) {
		for i := range 5 {
			c.Do(t.Context(), get([]string{"token", "state"}[i%2], "doc"))
			time.Sleep(2 * time.Second)
		}
		time.Sleep(5 * time.Second)
		gone, leave := context.WithCancel(t.Context())
		leave()
		c.Do(gone, get("state", ""))
		bad := get("state", "")
		bad.Path = "no/root"
		c.Do(t.Context(), bad)
		o.is(reply(200, nil))
		if _, err := c.Do(t.Context(), get("token", "")); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatOpensTheBreaker(t *testing.T) {
	html := func(status int, body string) *http.Response {
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader(body))}
	}
	one, two := []string{"state"}, []string{"state", "token"}
	for _, tt := range []struct {
		name   string
		ops    []string
		answer func() (*http.Response, error)
		opens  bool
	}{
		{"broken connections", two, func() (*http.Response, error) { return nil, errDown }, true},
		{"500", two, func() (*http.Response, error) { return reply(500, nil), nil }, true},
		{"503", two, func() (*http.Response, error) { return reply(503, nil), nil }, true},
		{"500 of one operation", one, func() (*http.Response, error) { return reply(500, nil), nil }, false},
		{"their certificate", one, func() (*http.Response, error) { return nil, &tls.CertificateVerificationError{} }, true},
		{"our certificate", one, func() (*http.Response, error) {
			return html(400, "<html>No required SSL certificate was sent</html>"), nil
		}, true},
		{"400", two, func() (*http.Response, error) { return reply(400, nil), nil }, false},
		{"401", two, func() (*http.Response, error) { return reply(401, nil), nil }, false},
		{"404", two, func() (*http.Response, error) { return reply(404, nil), nil }, false},
		{"429", two, func() (*http.Response, error) { return reply(429, http.Header{"Retry-After": {"1"}}), nil }, false},
		{"302", two, func() (*http.Response, error) { return reply(302, nil), nil }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer := func(int, *http.Request) (*http.Response, error) { return tt.answer() }
			inBubble(t, bankapi.Config{Rate: 1000}, answer, func(t *testing.T, c *bankapi.Client, b *bank) {
				for i := range 20 {
					c.Do(t.Context(), get(tt.ops[i%len(tt.ops)], ""))
				}
				if got := c.Status().Breaker == "open"; got != tt.opens || tt.opens && len(b.starts) != 5 {
					t.Errorf("open: %v after %d calls", got, len(b.starts))
				}
			})
		})
	}
}

// A success in between begins the count anew, and a caller who leaves proves nothing about the bank.
func TestFailuresInARow(t *testing.T) {
	answer := func(n int, r *http.Request) (*http.Response, error) {
		switch n % 5 {
		case 0:
			return reply(200, nil), nil
		case 1:
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		return nil, errDown
	}
	inBubble(t, bankapi.Config{Rate: 1000}, answer, func(t *testing.T, c *bankapi.Client, b *bank) {
		for i := range 100 {
			ctx, cancel := context.WithCancel(t.Context())
			if i%5 == 0 {
				time.AfterFunc(time.Second, cancel)
			}
			c.Do(ctx, get([]string{"token", "state"}[i%2], ""))
			cancel()
		}
		if len(b.starts) != 100 {
			t.Errorf("%d calls", len(b.starts))
		}
	})
}

// Those who wait for their turn when the bank goes away do not wait for nothing.
func TestWaitingAreRefused(t *testing.T) {
	var o outage
	inBubble(t, bankapi.Config{Rate: 5}, o.say, func(t *testing.T, c *bankapi.Client, b *bank) {
		refusals := make(chan error, 20)
		for i := range 12 {
			go func() {
				_, err := c.Do(t.Context(), get([]string{"token", "state"}[i%2], ""))
				refusals <- err
			}()
		}
		synctest.Wait()
		if w := c.Status().Waiting; w[bankapi.P0] != 11 {
			t.Errorf("waiting %v", w)
		}
		time.Sleep(time.Second)
		n := 0
		for range 12 {
			if refused(<-refusals) {
				n++
			}
		}
		if n != 7 || len(b.starts) != 5 {
			t.Errorf("%d refused, %d sent", n, len(b.starts))
		}
	})
}

func TestStatus(t *testing.T) {
	limited := func(n int, _ *http.Request) (*http.Response, error) {
		if n == 3 {
			return reply(429, http.Header{"Retry-After": {"7"}}), nil
		}
		return reply(200, nil), nil
	}
	inBubble(t, bankapi.Config{Rate: 0.1}, limited, func(t *testing.T, c *bankapi.Client, b *bank) {
		for range 3 {
			poll := get("state", "")
			poll.Priority = bankapi.P3
			c.Do(t.Context(), poll)
		}
		s := c.Status()
		if s.LastMin != 3 || s.Used() != 0.5 || s.Rate != 0.1 || s.Said.Op != "state" || s.Said.For != 7*time.Second || !s.Said.At.Equal(time.Now()) {
			t.Errorf("%+v", s)
		}
		time.Sleep(45 * time.Second) // the first was a minute and five seconds ago
		if s := c.Status(); s.LastMin != 2 {
			t.Errorf("%+v", s)
		}
	})
}
