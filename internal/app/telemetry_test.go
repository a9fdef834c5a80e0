package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// lines keeps a log for a test to read.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) all(t *testing.T) (out []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range strings.Split(strings.TrimSpace(l.buf.String()), "\n") {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("not one JSON object a line: %s", line)
		}
		out = append(out, m)
	}
	return out
}

// collected is a receiver of traces.
type collected struct {
	mu    sync.Mutex
	spans []*otlp.Span
}

func (c *collected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	var in collector.ExportTraceServiceRequest
	if r.URL.Path != "/v1/traces" || proto.Unmarshal(raw, &in) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, rs := range in.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			c.spans = append(c.spans, ss.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// bought runs a shop, buys and pays once in it, and gives what it told: log, metrics, and traces if there is an endpoint.
func bought(t *testing.T, cfg Config) (log *lines, metrics string, number string) {
	t.Helper()
	log = &lines{}
	a, err := New(t.Context(), cfg, time.Now, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	l, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, l) }()
	if resp, err := http.Get(cfg.BaseURL + "/metrics"); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("/metrics in public: %v", err)
	}
	b := signedIn(t, cfg.BaseURL)
	if number, err = b.buy(); err != nil {
		t.Fatal(err)
	}
	to, err := b.redirect(b.http.PostForm(cfg.BaseURL+"/orders/"+number+"/payments", toPay()))
	if err != nil || !strings.HasPrefix(to, cfg.SignURLSMS) {
		t.Fatalf("pay: %s, %v", to, err)
	}
	if address := metricsAddress(t, log); cfg.MetricsAddr != "" {
		resp, err := http.Get("http://" + address + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		metrics = string(raw)
	} else if address != "" {
		t.Error("metrics without the setting")
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return log, metrics, number
}

func metricsAddress(t *testing.T, log *lines) string {
	for _, m := range log.all(t) {
		if m["msg"] == "metrics" {
			return m["address"].(string)
		}
	}
	return ""
}

var sample = regexp.MustCompile(`^([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? ([0-9.e+-]+|\+Inf)$`)

func TestAPurchaseIsSeen(t *testing.T) {
	cfg := testConfig(t)
	traces := &collected{}
	otlpServer := httptest.NewServer(traces)
	defer otlpServer.Close()
	cfg.MetricsAddr, cfg.OTLPEndpoint = "127.0.0.1:0", otlpServer.URL
	log, metrics, number := bought(t, cfg)

	for _, want := range []string{
		`shop_http_requests_total{route="/orders/:number/payments",method="POST",status="3xx"} 1`,
		`shop_http_requests_total{route="none",method="GET",status="4xx"} 1`,
		`shop_http_request_duration_seconds_count{route="/orders",method="POST"} 1`,
		`shop_bank_calls_total{op="from-invoice-any",outcome="ok"} 1`,
		`shop_bank_call_duration_seconds_count{op="from-invoice-any"} 1`,
		`shop_bank_breaker_state{state="closed"} 1`,
		`shop_bank_breaker_state{state="open"} 0`,
		`shop_bank_calls_waiting{priority="P0"} 0`,
		`shop_payments_open{state="awaiting_customer",age="under_10m"} 1`,
		`shop_payments_open{state="submitting",age="over_1d"} 0`,
		`shop_reviews_waiting 0`,
		`# TYPE shop_store_commit_size histogram`,
		`shop_client_secret_left_seconds 3.4`, // 40 days
		`go_goroutines `,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in\n%s", want, metrics)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(metrics), "\n") {
		if !strings.HasPrefix(line, "# ") && !sample.MatchString(line) {
			t.Errorf("not a sample: %s", line)
		}
		if strings.Contains(line, number) {
			t.Errorf("an order's number: %s", line)
		}
	}
	oneReference(t, log)
	parentAndChild(t, traces, number)
}

// oneReference: the line of the request that paid and the line of its call share one word.
func oneReference(t *testing.T, log *lines) {
	t.Helper()
	ref := map[string]any{}
	for _, m := range log.all(t) {
		switch {
		case m["msg"] == "request" && m["route"] == "/orders/:number/payments":
			ref["request"] = m["ref"]
		case m["msg"] == "bank call" && m["op"] == "from-invoice-any":
			ref["call"] = m["ref"]
		}
		if m["msg"] == "bank call" && m["ref"] == nil && m["op"] != "revoke" {
			t.Errorf("a call without a reference: %v", m)
		}
	}
	if ref["request"] == nil || ref["request"] == "" || ref["request"] != ref["call"] {
		t.Errorf("references %v", ref)
	}
}

func parentAndChild(t *testing.T, c *collected, number string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	named := func(name string) *otlp.Span {
		i := slices.IndexFunc(c.spans, func(s *otlp.Span) bool { return s.Name == name })
		if i < 0 {
			t.Fatalf("no span %q among %d", name, len(c.spans))
		}
		return c.spans[i]
	}
	request, call := named("POST /orders/:number/payments"), named("bank from-invoice-any")
	if !bytes.Equal(call.ParentSpanId, request.SpanId) || !bytes.Equal(call.TraceId, request.TraceId) || len(request.ParentSpanId) != 0 {
		t.Errorf("the call is not the request's: %v, %v", call, request)
	}
	if call.StartTimeUnixNano < request.StartTimeUnixNano || call.EndTimeUnixNano <= call.StartTimeUnixNano {
		t.Errorf("the call's times: %v in %v", call, request)
	}
	for _, s := range c.spans {
		for _, secret := range []string{number, "secret-of-the-shop", "Соколов", "Bearer"} {
			if strings.Contains(s.String(), secret) {
				t.Errorf("%s in %v", secret, s)
			}
		}
	}
}

func TestNothingIsServedUnasked(t *testing.T) {
	cfg := testConfig(t)
	_, metrics, _ := bought(t, cfg)
	if metrics != "" {
		t.Error(metrics)
	}
	a, err := New(t.Context(), cfg, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if a.telemetry.stopTraces != nil {
		t.Error("traces without an endpoint")
	}
	cfg.MetricsAddr = cfg.Addr
	if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), "SHOP_METRICS_ADDR") {
		t.Errorf("the metrics on the public address: %v", err)
	}
}
