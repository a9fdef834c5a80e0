package outbox

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestBackoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 1_000_000).Draw(t, "n")
		want := time.Hour
		if n <= 10 {
			want = 5 * time.Second << (n - 1)
		}
		if got := backoff(n); got < want*4/5 || got > want*6/5 {
			t.Errorf("after %d failures %s, want about %s", n, got, want)
		}
	})
}

// one is a store with one message, which is claimed once.
type one struct {
	claimed bool
	marks   []string
}

func (s *one) ClaimMessages(context.Context, time.Time, time.Time, int) ([]Message, error) {
	if s.claimed {
		return nil, nil
	}
	s.claimed = true
	return []Message{{ID: "msg_1", Body: []byte("{}")}}, nil
}

func (s *one) MessageDelivered(ctx context.Context, _ string, _ time.Time) error {
	s.marks = append(s.marks, "delivered")
	return ctx.Err()
}

func (s *one) MessageFailed(ctx context.Context, _, class string, _ time.Time) error {
	s.marks = append(s.marks, class)
	return ctx.Err()
}

// silent never answers.
type silent struct{}

func (silent) RoundTrip(q *http.Request) (*http.Response, error) {
	<-q.Context().Done()
	return nil, q.Context().Err()
}

func TestSilentReceiver(t *testing.T) {
	for _, c := range []struct {
		name       string
		stop, took time.Duration
		marks      []string
	}{
		{"a delivery ends by itself", time.Minute, time.Minute, []string{"timeout"}},
		{"a stopping program cuts it", time.Second, 4 * time.Second, []string{"stopped"}},
		{"a stopping program waits for it", 9 * time.Second, 10 * time.Second, []string{"timeout"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, began := &one{}, time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), c.stop)
				defer cancel()
				NewCourier(Config{Store: s, Book: NewBook(nil), URL: "http://receiver", Now: time.Now, Log: slog.New(slog.DiscardHandler), Transport: silent{}}).Run(ctx)
				if took := time.Since(began); took != c.took || !slices.Equal(s.marks, c.marks) {
					t.Errorf("took %s, marked %q", took, s.marks)
				}
			})
		})
	}
}

func TestResult(t *testing.T) {
	for class, want := range map[string]string{"": "delivered", "307": "3xx", "503": "5xx", "timeout": "timeout"} {
		if got := result(class); got != want {
			t.Errorf("%q is %q", class, got)
		}
	}
}
