package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"creditcart/internal/bankapi"
)

// Shop collects what one process does.
type Shop struct {
	registry
	families
	sources Sources
	tracer  trace.Tracer // nil: no traces
	now     func() time.Time
	log     *slog.Logger

	mu    sync.Mutex
	asked time.Time // when the database was asked last
}

// families are the metrics that a Shop keeps. docs/metrics.md is tested against them.
type families struct {
	requests, requestTime                                     *family
	calls, callTime, callWait, waiting, breaker, budget, skew *family
	retryAfter, payments, reviews, commits                    *family
	tokenAge, secretLeft, certificateLeft, backupAge          *family
	waitingOut, oldestOut, deliveries                         *family
	build, goroutines, heap, collections, started             *family
}

// fast and slow are bounds in seconds: of a page, of the bank.
var (
	fast = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5}
	slow = []float64{0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10}
)

// New makes the metrics of a process; version is of the program. tracer may be nil.
func New(version string, tracer trace.Tracer, now func() time.Time, log *slog.Logger) *Shop {
	s := &Shop{tracer: tracer, now: now, log: log}
	s.families = families{
		requests:    s.new(counter, "shop_http_requests_total", "route method status", "Requests answered, by route pattern, method and class of the status."),
		requestTime: s.new(histogram, "shop_http_request_duration_seconds", "route method", "Time to answer a request. Event streams are left out.", fast...),
		calls:       s.new(counter, "shop_bank_calls_total", "op outcome", "Calls to the bank by operation and outcome: ok, the kind of the failure, unavailable when the breaker refused it."),
		callTime:    s.new(histogram, "shop_bank_call_duration_seconds", "op", "Time of a call that was sent, without the wait for its turn.", slow...),
		callWait:    s.new(histogram, "shop_bank_call_wait_seconds", "priority", "Wait of a call for its turn, by class: P0 a person looks at the page, P4 no hurry.", slow...),
		waiting:     s.new(gauge, "shop_bank_calls_waiting", "priority", "Calls that wait for their turn now."),
		breaker:     s.new(gauge, "shop_bank_breaker_state", "state", "1 for the state of the breaker in front of the bank's host: closed, half-open or open."),
		budget:      s.new(gauge, "shop_bank_budget_used_ratio", "", "Part of the calls allowed in a minute that was used in the last one."),
		skew:        s.new(gauge, "shop_bank_clock_skew_seconds", "", "How far the bank's clock is ahead of the shop's by its last answer, negative when it is behind; 0 when they agree within a second."),
		retryAfter:  s.new(gauge, "shop_bank_retry_after_seconds", "op", "What the last Retry-After of the bank asked for."),
		payments:    s.new(gauge, "shop_payments_open", "state age", "Payments that are followed, by state and age since they were begun."),
		reviews:     s.new(gauge, "shop_reviews_waiting", "", "Payments with a contradiction that a person has to look at."),
		commits:     s.new(histogram, "shop_store_commit_size", "", "Transactions that shared one commit (SQLite).", 1, 2, 4, 8, 16, 32, 64),
		tokenAge:    s.new(gauge, "shop_merchant_token_age_seconds", "", "Time since the merchant's token was obtained; absent while nobody has connected the shop."),
		secretLeft:  s.new(gauge, "shop_client_secret_left_seconds", "", "Time until the bank stops accepting the client secret; 86400 a day."),
		certificateLeft: s.new(gauge, "shop_tls_client_certificate_left_seconds", "",
			"Time until the client certificate for the bank ends; absent without one."),
		backupAge:   s.new(gauge, "shop_backup_age_seconds", "", "Time since the newest backup of the shop's own was finished; absent without one."),
		waitingOut:  s.new(gauge, "shop_outbox_waiting", "", "Notifications to the merchant's own system that are not delivered yet; absent while SHOP_NOTIFY_URL is empty."),
		oldestOut:   s.new(gauge, "shop_outbox_oldest_age_seconds", "", "Age of the oldest of them; 0 when none waits."),
		deliveries:  s.new(counter, "shop_outbox_deliveries_total", "result", "Attempts to deliver one: delivered, the class of the status (3xx, 4xx, 5xx), or unreachable, timeout, broken, certificate, name, stopped."),
		build:       s.new(gauge, "shop_build_info", "version goversion", "Always 1; the labels tell what runs."),
		goroutines:  s.new(gauge, "go_goroutines", "", "Goroutines that exist now."),
		heap:        s.new(gauge, "go_heap_objects_bytes", "", "Memory of live objects and of those not collected yet."),
		collections: s.new(counter, "go_gc_cycles_total", "", "Garbage collections since the start."),
		started:     s.new(gauge, "process_start_time_seconds", "", "When the process started, in unix seconds."),
	}
	s.describe(version)
	return s
}

// Metrics lists all metrics for the documentation, in the order of their names.
func Metrics() []Metric {
	s := New("", nil, time.Now, nil)
	var out []Metric
	for _, f := range s.registry.families {
		out = append(out, f.Metric)
	}
	slices.SortFunc(out, func(a, b Metric) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return out
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost}

// Request is told that a request begins and gives the context of its work; the returned function is told how it ended:
// route is the pattern, "" for an unknown address; stream is true for an answer that lasts as long as the page is open.
func (s *Shop) Request(ctx context.Context, method string) (context.Context, func(route string, status int, stream bool)) {
	start := time.Now()
	if !slices.Contains(methods, method) {
		method = "other" // anybody can make methods up
	}
	var span trace.Span
	if s.tracer != nil {
		ctx, span = s.tracer.Start(ctx, method, trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("http.request.method", method), attribute.String("shop.ref", bankapi.RefOf(ctx))))
	}
	return ctx, func(route string, status int, stream bool) {
		if route == "" {
			route = "none"
		}
		s.requests.add(1, route, method, strconv.Itoa(status/100)+"xx")
		if !stream {
			s.requestTime.observe(time.Since(start).Seconds(), route, method)
		}
		if span == nil {
			return
		}
		span.SetName(method + " " + route)
		span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// BankCall is told of a call to the bank that is over.
func (s *Shop) BankCall(ctx context.Context, c bankapi.Call) {
	s.calls.add(1, c.Op, c.Outcome)
	s.callWait.observe(c.Waited.Seconds(), class(c.Priority))
	if c.Sent {
		s.callTime.observe(c.Took.Seconds(), c.Op)
	}
	if s.tracer == nil {
		return
	}
	_, span := s.tracer.Start(ctx, "bank "+c.Op, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(c.Start),
		trace.WithAttributes(attribute.String("bank.op", c.Op), attribute.String("bank.outcome", c.Outcome), attribute.String("shop.ref", bankapi.RefOf(ctx)),
			attribute.Int("http.response.status_code", c.Status), attribute.String("bank.priority", class(c.Priority)), attribute.Int64("bank.waited_ms", c.Waited.Milliseconds())))
	if c.Outcome != "ok" {
		span.SetStatus(codes.Error, c.Outcome)
	}
	span.End(trace.WithTimestamp(c.Start.Add(c.Waited + c.Took)))
}

func class(p bankapi.Priority) string { return "P" + strconv.Itoa(int(p)) }

// Notification is told how an attempt to deliver a notification ended.
func (s *Shop) Notification(result string) { s.deliveries.add(1, result) }

// Commit is told how many transactions shared one commit.
func (s *Shop) Commit(jobs int) { s.commits.observe(float64(jobs)) }

// Handler serves the metrics. It belongs on an address of its own that the public cannot reach.
func (s *Shop) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		s.read(r.Context())
		var page bytes.Buffer
		s.write(&page)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(page.Bytes())
	})
	return mux
}
