package telemetry

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/orders"
)

func scrape(t *testing.T, s *Shop) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Errorf("content type %s", got)
	}
	return w.Body.String()
}

func TestTextForm(t *testing.T) {
	r := registry{}
	h := r.new(histogram, "a_seconds", "op", "Help.", 0.1, 1)
	for _, v := range []float64{0.05, 0.1, 0.5, 7} {
		h.observe(v, `q"\`+"\n")
	}
	r.new(counter, "b_total", "", "Help.").add(2)
	r.new(gauge, "empty", "", "Nothing was said about it.")
	var b bytes.Buffer
	r.write(&b)
	want := `# HELP a_seconds Help.
# TYPE a_seconds histogram
a_seconds_bucket{op="q\"\\\n",le="0.1"} 2
a_seconds_bucket{op="q\"\\\n",le="1"} 3
a_seconds_bucket{op="q\"\\\n",le="+Inf"} 4
a_seconds_sum{op="q\"\\\n"} 7.65
a_seconds_count{op="q\"\\\n"} 4
# HELP b_total Help.
# TYPE b_total counter
b_total 2
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// The names follow Prometheus' rules: base units, _total for counters only, no type in the name, help as a sentence.
func TestNames(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)
	bad := regexp.MustCompile(`_(ms|millis|milliseconds|minutes|hours|days|kilobytes|percent|gauge|counter|histogram|sum|count|bucket)(_|$)`)
	for _, m := range Metrics() {
		if !form.MatchString(m.Name) || bad.MatchString(m.Name) || strings.HasSuffix(m.Name, "_total") != (m.Kind == counter) || !strings.HasSuffix(m.Help, ".") {
			t.Errorf("%+v", m)
		}
		for _, label := range strings.Fields(m.Labels) {
			if label == "le" || label == "quantile" || strings.Contains("_"+m.Name+"_", "_"+label+"_") && label != "state" {
				t.Errorf("%s has the label %s", m.Name, label)
			}
		}
	}
}

func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range Metrics() {
		if !strings.Contains(string(page), "| `"+m.Name+"` | "+m.Kind+" |") {
			t.Errorf("%s is not in docs/metrics.md: make generate", m.Name)
		}
	}
}

// Made-up methods and addresses make no new series: anybody can send them.
func TestLabelsAreBounded(t *testing.T) {
	s := New("v", nil, time.Now, slog.New(slog.DiscardHandler))
	for _, method := range []string{"BREW", "PURGE", "GET"} {
		_, over := s.Request(context.Background(), method)
		over("", 404, false)
	}
	page := scrape(t, s)
	if !strings.Contains(page, `shop_http_requests_total{route="none",method="other",status="4xx"} 2`) || strings.Contains(page, "BREW") {
		t.Error(page)
	}
}

func TestStreamsHaveNoDuration(t *testing.T) {
	s := New("v", nil, time.Now, slog.New(slog.DiscardHandler))
	_, over := s.Request(context.Background(), "GET")
	over("/orders/:number/events", 200, true)
	if page := scrape(t, s); strings.Contains(page, "duration") || !strings.Contains(page, `shop_http_requests_total{route="/orders/:number/events",method="GET",status="2xx"} 1`) {
		t.Error(page)
	}
}

func TestTheDatabaseIsAskedRarely(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	s := New("v", nil, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	asked, broken := 0, errors.New("locked")
	var fail error
	s.Watch(Sources{
		Bank: func() bankapi.Status {
			return bankapi.Status{Breaker: bankapi.BreakerOpen, Rate: 5, LastMin: 30, Waiting: [bankapi.Priorities]int{0, 3}, Skew: -90 * time.Second}
		},
		Payments: func(context.Context, time.Time) ([]orders.OpenCount, error) {
			asked++
			return []orders.OpenCount{{State: orders.PaymentSubmitting, Age: "under_1h", Count: asked}}, fail
		},
		MerchantToken: func(context.Context) (time.Time, error) { return now.Add(-time.Minute), nil },
		Secret:        func(context.Context) (time.Time, error) { return now.Add(48 * time.Hour), nil },
		Backup:        func(context.Context) (time.Time, error) { return time.Time{}, nil },
		Certificate:   now.Add(24 * time.Hour),
	})
	scrape(t, s)
	now = now.Add(14 * time.Second)
	page := scrape(t, s)
	for _, want := range []string{`shop_payments_open{state="submitting",age="under_1h"} 1`, `shop_bank_breaker_state{state="open"} 1`, `shop_bank_budget_used_ratio 0.1`, `shop_bank_clock_skew_seconds -90`,
		`shop_bank_calls_waiting{priority="P1"} 3`, "shop_merchant_token_age_seconds 60", "shop_client_secret_left_seconds 172800", "shop_tls_client_certificate_left_seconds 86386"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if strings.Contains(page, "shop_backup_age") {
		t.Error("an age of no backup")
	}
	now, fail = now.Add(time.Second), broken
	if page := scrape(t, s); asked != 2 || !strings.Contains(page, `age="under_1h"} 1`) {
		t.Errorf("asked %d times, %s", asked, page)
	}
}
