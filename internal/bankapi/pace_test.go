package bankapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"creditcart/internal/bankapi"
)

// bank answers in memory, so that time inside a bubble is fake, and notes when each call began.
type bank struct {
	mu     sync.Mutex
	began  time.Time
	starts []time.Duration
	ops    []string
	answer func(n int, r *http.Request) (*http.Response, error)
}

func (b *bank) RoundTrip(r *http.Request) (*http.Response, error) {
	b.mu.Lock()
	b.starts = append(b.starts, time.Since(b.began))
	b.ops = append(b.ops, r.URL.Path)
	n := len(b.starts)
	b.mu.Unlock()
	if b.answer != nil {
		return b.answer(n, r)
	}
	return reply(200, nil), nil
}

func reply(status int, h http.Header) *http.Response {
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(`{"cause":"X"}`))}
}

func inBubble(t *testing.T, cfg bankapi.Config, answer func(int, *http.Request) (*http.Response, error), test func(*testing.T, *bankapi.Client, *bank)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bank{began: time.Now(), answer: answer}
		cfg.BaseURL, cfg.Transport = "https://bank.test", b
		c, err := bankapi.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		test(t, c, b)
	})
}

func get(path, subject string) bankapi.Request {
	return bankapi.Request{Op: path, Method: http.MethodGet, Path: "/" + path, Subject: subject}
}

func all(t *testing.T, c *bankapi.Client, requests ...bankapi.Request) (limited int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, r := range requests {
		wg.Go(func() {
			_, err := c.Do(t.Context(), r)
			if e, ok := errors.AsType[*bankapi.Error](err); ok && e.Kind == bankapi.Limited && e.NotSent && e.RetryAfter > 0 {
				mu.Lock()
				limited++
				mu.Unlock()
			} else if err != nil {
				t.Errorf("%v", err)
			}
		})
		synctest.Wait() // arrival in order
	}
	wg.Wait()
	return limited
}

func gaps(b *bank) (min time.Duration) {
	min = time.Hour
	for i := 1; i < len(b.starts); i++ {
		if d := b.starts[i] - b.starts[i-1]; d < min {
			min = d
		}
	}
	return min
}

func TestRateHoldsAcrossGoroutines(t *testing.T) {
	inBubble(t, bankapi.Config{Rate: 5}, nil, func(t *testing.T, c *bankapi.Client, b *bank) {
		requests := make([]bankapi.Request, 40)
		for i := range requests {
			requests[i] = get("a", "")
		}
		limited := all(t, c, requests...)
		// 0 s, 0.2 s … 2.8 s (or 3 s): the others would wait more than three seconds.
		if sent := len(b.starts); sent < 15 || sent > 16 || sent+limited != 40 {
			t.Errorf("%d sent, %d limited", sent, limited)
		}
		if g := gaps(b); g < 200*time.Millisecond-time.Microsecond {
			t.Errorf("calls only %v apart", g)
		}
	})
}

func TestStrictInterval(t *testing.T) {
	inBubble(t, bankapi.Config{MinInterval: 2100 * time.Millisecond}, nil, func(t *testing.T, c *bankapi.Client, b *bank) {
		requests := make([]bankapi.Request, 8)
		for i := range requests {
			requests[i] = get("a", "")
			requests[i].Priority = bankapi.P4
		}
		all(t, c, requests...)
		if g := gaps(b); len(b.starts) != 8 || g < 2100*time.Millisecond-time.Microsecond || g > 2101*time.Millisecond {
			t.Errorf("%d calls, %v apart", len(b.starts), g)
		}
	})
}

func TestOnlyRepeatsWait(t *testing.T) {
	inBubble(t, bankapi.Config{Rate: 1000}, nil, func(t *testing.T, c *bankapi.Client, b *bank) {
		all(t, c, get("state", "doc1"), get("state", "doc1"), get("state", "doc2"), get("token", "doc1"), get("state", ""), get("state", ""))
		last := b.starts[len(b.starts)-1]
		if before := b.starts[len(b.starts)-2]; before > 10*time.Millisecond || last < 2*time.Second || last > 2010*time.Millisecond {
			t.Errorf("starts %v", b.starts)
		}
		// The third repeat at once would wait 4 s: an interactive call does not.
		if limited := all(t, c, get("state", "doc1"), get("state", "doc1")); limited != 1 {
			t.Errorf("%d limited, want 1", limited)
		}
	})
}

func TestInteractiveBeforeBackground(t *testing.T) {
	inBubble(t, bankapi.Config{Rate: 5}, nil, func(t *testing.T, c *bankapi.Client, b *bank) {
		poll := get("poll", "")
		poll.Priority = bankapi.P2
		all(t, c, poll, poll, poll, get("buyer", ""), get("buyer", ""))
		if got := strings.Join(b.ops, " "); got != "/poll /buyer /buyer /poll /poll" {
			t.Errorf("order %s", got)
		}
	})
}

// An optional call that is refused for long must not close sign-in and payment: others wait two seconds at most.
func TestRetryAfterPausesItsOperation(t *testing.T) {
	first := func(n int, _ *http.Request) (*http.Response, error) {
		if n == 1 {
			return reply(429, http.Header{"Retry-After": {"7200"}}), nil
		}
		return reply(200, nil), nil
	}
	inBubble(t, bankapi.Config{}, first, func(t *testing.T, c *bankapi.Client, b *bank) {
		_, err := c.Do(t.Context(), get("offers", "a"))
		if e, _ := errors.AsType[*bankapi.Error](err); e == nil || e.Kind != bankapi.Limited || e.NotSent || e.RetryAfter != time.Hour {
			t.Fatalf("got %v", err)
		}
		if _, err := c.Do(t.Context(), get("token", "")); err != nil {
			t.Errorf("another operation: %v", err)
		}
		_, err = c.Do(t.Context(), get("offers", "b")) // about another company, the same operation
		if e, _ := errors.AsType[*bankapi.Error](err); e == nil || e.Kind != bankapi.Limited || !e.NotSent || e.RetryAfter != time.Hour-2*time.Second {
			t.Errorf("the same operation: %v", err)
		}
		offers := get("offers", "c")
		offers.Priority = bankapi.P2
		if _, err := c.Do(t.Context(), offers); err != nil {
			t.Error(err)
		}
		if len(b.starts) != 3 || b.starts[1] != 2*time.Second || b.starts[2] != time.Hour {
			t.Errorf("starts %v", b.starts)
		}
	})
}

// A pause shorter than two seconds holds the others no longer than it holds its operation; a later short one takes
// nothing from a long one.
func TestShortPauses(t *testing.T) {
	answers := []string{"60", "1"}
	limited := func(n int, _ *http.Request) (*http.Response, error) {
		if n <= len(answers) {
			time.Sleep(100 * time.Millisecond) // long enough for two calls to be under way at once
			return reply(429, http.Header{"Retry-After": {answers[n-1]}}), nil
		}
		return reply(200, nil), nil
	}
	inBubble(t, bankapi.Config{Rate: 1000}, limited, func(t *testing.T, c *bankapi.Client, b *bank) {
		var calls sync.WaitGroup
		for _, subject := range []string{"a", "b"} {
			calls.Go(func() { c.Do(t.Context(), get("offers", subject)) })
		}
		calls.Wait()
		poll := get("offers", "c")
		poll.Priority = bankapi.P2
		if _, err := c.Do(t.Context(), poll); err != nil || b.starts[2] < time.Minute {
			t.Errorf("%v, starts %v", err, b.starts)
		}
	})
	answers = []string{"1"}
	inBubble(t, bankapi.Config{}, limited, func(t *testing.T, c *bankapi.Client, b *bank) {
		c.Do(t.Context(), get("offers", ""))
		if _, err := c.Do(t.Context(), get("token", "")); err != nil || b.starts[1] != 1100*time.Millisecond {
			t.Errorf("%v, starts %v", err, b.starts)
		}
	})
}

func TestWaitingEndsWithContext(t *testing.T) {
	inBubble(t, bankapi.Config{MinInterval: time.Hour}, nil, func(t *testing.T, c *bankapi.Client, b *bank) {
		poll := get("poll", "")
		poll.Priority = bankapi.P2
		all(t, c, poll)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Do(ctx, poll)
		if e, _ := errors.AsType[*bankapi.Error](err); e == nil || !e.NotSent || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if len(b.starts) != 1 {
			t.Errorf("starts %v", b.starts)
		}
	})
}

func TestRetriesOnlyAskedGETs(t *testing.T) {
	broken := errors.New("connection reset")
	tests := []struct {
		name   string
		method string
		retry  bool
		answer func(n int, r *http.Request) (*http.Response, error)
		calls  int
		ok     bool
		within time.Duration
	}{
		{"lost twice", "GET", true, func(n int, _ *http.Request) (*http.Response, error) {
			if n < 3 {
				return nil, broken
			}
			return reply(200, nil), nil
		}, 3, true, 5 * time.Second},
		{"500 for ever", "GET", true, func(int, *http.Request) (*http.Response, error) { return reply(500, nil), nil }, 3, false, 5 * time.Second},
		{"hangs once", "GET", true, func(n int, r *http.Request) (*http.Response, error) {
			if n == 1 {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return reply(200, nil), nil
		}, 2, true, 4 * time.Second},
		{"short 429", "GET", true, func(n int, _ *http.Request) (*http.Response, error) {
			if n == 1 {
				return reply(429, http.Header{"Retry-After": {"3"}}), nil
			}
			return reply(200, nil), nil
		}, 2, true, 5 * time.Second},
		{"long 429", "GET", true, func(int, *http.Request) (*http.Response, error) {
			return reply(429, http.Header{"Retry-After": {"60"}}), nil
		}, 1, false, time.Second},
		{"503", "GET", true, func(int, *http.Request) (*http.Response, error) { return reply(503, nil), nil }, 1, false, time.Second},
		{"401", "GET", true, func(int, *http.Request) (*http.Response, error) { return reply(401, nil), nil }, 1, false, time.Second},
		{"not asked", "GET", false, func(int, *http.Request) (*http.Response, error) { return reply(500, nil), nil }, 1, false, time.Second},
		{"POST", "POST", true, func(int, *http.Request) (*http.Response, error) { return reply(500, nil), nil }, 1, false, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, bankapi.Config{}, tt.answer, func(t *testing.T, c *bankapi.Client, b *bank) {
				r := get("offers", "s")
				r.Method, r.Retry = tt.method, tt.retry
				start := time.Now()
				_, err := c.Do(t.Context(), r)
				if (err == nil) != tt.ok || len(b.starts) != tt.calls || time.Since(start) > tt.within {
					t.Errorf("%v after %d calls and %v", err, len(b.starts), time.Since(start))
				}
				if len(b.starts) > 1 && gaps(b) < 2*time.Second {
					t.Errorf("starts %v", b.starts)
				}
			})
		})
	}
}

// What net/http could do behind our back, and what a hostile answer could make us do.
func TestNothingIsRewoundAndNothingReadForEver(t *testing.T) {
	endless := &zeros{}
	look := func(_ int, r *http.Request) (*http.Response, error) {
		if r.GetBody != nil {
			t.Error("net/http could send the body again")
		}
		return &http.Response{StatusCode: 200, Body: endless}, nil
	}
	inBubble(t, bankapi.Config{}, look, func(t *testing.T, c *bankapi.Client, b *bank) {
		if e := failure(t, c, post); e.Definite() || endless.read > 2<<20 {
			t.Errorf("%v after %d bytes", e, endless.read)
		}
	})
}

// zeros is a body without an end (up to a size a test can bear).
type zeros struct{ read int }

func (z *zeros) Read(p []byte) (int, error) {
	if z.read += len(p); z.read > 64<<20 {
		return 0, io.EOF
	}
	return len(p), nil
}

func (z *zeros) Close() error { return nil }
