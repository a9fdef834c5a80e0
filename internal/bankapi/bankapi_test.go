package bankapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"creditcart/internal/bankapi"
)

func client(t *testing.T, cfg bankapi.Config) *bankapi.Client {
	t.Helper()
	if cfg.Rate == 0 {
		cfg.Rate = 1e6
	}
	if cfg.RepeatInterval == 0 {
		cfg.RepeatInterval = -1
	}
	c, err := bankapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve starts a bank made of one handler.
func serve(t *testing.T, h http.HandlerFunc) *bankapi.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return client(t, bankapi.Config{BaseURL: s.URL, Timeout: 300 * time.Millisecond})
}

var post = bankapi.Request{Op: "credit-requests", Method: http.MethodPost, Path: "/fintech/api/v1/credit-requests", Token: "t0ken", Body: []byte(`{"amount":10.10}`)}

// failure makes the call and demands an *Error.
func failure(t *testing.T, c *bankapi.Client, r bankapi.Request) *bankapi.Error {
	t.Helper()
	resp, err := c.Do(t.Context(), r)
	e, ok := errors.AsType[*bankapi.Error](err)
	if !ok || resp != nil {
		t.Fatalf("got %v, %v, want *Error", resp, err)
	}
	return e
}

func TestSendsWhatItIsGiven(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Request-Id", "ref-1")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "%s %s|%s|%s|%s|%s", r.Method, r.URL, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), r.Header.Get("Idempotency-Key"), body)
	})
	for name, tt := range map[string]struct {
		r    bankapi.Request
		want string
	}{
		"json": {post, `POST /fintech/api/v1/credit-requests|Bearer t0ken|application/json||{"amount":10.10}`},
		"form": {bankapi.Request{Method: "POST", Path: "/a", Form: url.Values{"k": {"ы"}}}, `POST /a||application/x-www-form-urlencoded||k=%D1%8B`},
		"get":  {bankapi.Request{Method: "GET", Path: "/a?b/c#d", Query: url.Values{"q": {"1"}}, Token: "x"}, `GET /a%3Fb/c%23d?q=1|Bearer x|||`},
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := c.Do(t.Context(), tt.r)
			if err != nil {
				t.Fatal(err)
			}
			if string(resp.Body) != tt.want || resp.Status != 201 || resp.ReferenceID != "ref-1" || resp.Date.IsZero() {
				t.Errorf("got %d %q ref %q", resp.Status, resp.Body, resp.ReferenceID)
			}
		})
	}
}

func TestPathCannotLeaveItsPlace(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") })
	for _, p := range []string{"", "a", "/a/../b", "/a//b", "//evil.example/a"} {
		if e := failure(t, c, bankapi.Request{Method: "GET", Path: p}); !e.NotSent {
			t.Errorf("%q: %v", p, e)
		}
	}
}

// Rows of the fault matrix as one answer each.
func TestAnswers(t *testing.T) {
	const fintech = `{"cause":"%s","referenceId":"19c8f679-ef70","message":"Объект не соответствует","checks":[{"level":"ERROR","message":"м","fields":["f"]},{}],"fieldNames":["amount"]}`
	html := "<html><head><title>400 No required SSL certificate was sent</title></head></html>"
	tests := []struct {
		name       string
		status     int
		ctype      string
		body       string
		kind       bankapi.Kind
		cause      string
		definite   bool
		misconfig  bool
		transient  bool
		retryAfter string
		wait       time.Duration
	}{
		{name: "F03", status: 400, ctype: "text/html", body: html, kind: bankapi.Certificate, misconfig: true},
		{name: "F03 without type", status: 400, ctype: "text/plain", body: html, kind: bankapi.Certificate, misconfig: true},
		{name: "F07", status: 500, body: fmt.Sprintf(fintech, "UNKNOWN_EXCEPTION"), kind: bankapi.Unknown, cause: "UNKNOWN_EXCEPTION", transient: true},
		{name: "F07 html", status: 502, ctype: "text/html", body: "<html>", kind: bankapi.Unknown, transient: true},
		{name: "F09", status: 503, kind: bankapi.Unknown},
		{name: "F09 asks to wait", status: 503, kind: bankapi.Unknown, retryAfter: "7", wait: 7 * time.Second},
		{name: "F10 none", status: 429, body: fmt.Sprintf(fintech, "TOO_MANY_REQUESTS"), kind: bankapi.Limited, cause: "TOO_MANY_REQUESTS", definite: true, wait: 2 * time.Second},
		{name: "F10 html", status: 429, ctype: "text/html", body: "<html>", kind: bankapi.Limited, definite: true, wait: 2 * time.Second},
		{name: "F10 seconds", status: 429, kind: bankapi.Limited, definite: true, retryAfter: "5", wait: 5 * time.Second},
		{name: "F10 date", status: 429, kind: bankapi.Limited, definite: true, retryAfter: "Sun, 22 Nov 2026 12:00:09 GMT", wait: 9 * time.Second},
		{name: "F10 past date", status: 429, kind: bankapi.Limited, definite: true, retryAfter: "Sun, 22 Nov 2026 11:00:00 GMT", wait: 2 * time.Second},
		{name: "F10 a day", status: 429, kind: bankapi.Limited, definite: true, retryAfter: "86400", wait: time.Hour},
		{name: "F10 absurd", status: 429, kind: bankapi.Limited, definite: true, retryAfter: "99999999999999999999999", wait: time.Hour},
		{name: "F10 nonsense", status: 429, kind: bankapi.Limited, definite: true, retryAfter: "-1", wait: 2 * time.Second},
		{name: "F11", status: 401, body: `{"error":"UNAUTHORIZED"}`, kind: bankapi.Unauthorized, cause: "UNAUTHORIZED", definite: true},
		{name: "F11 empty", status: 401, kind: bankapi.Unauthorized, definite: true},
		{name: "F11 html", status: 401, ctype: "text/html", body: "<html>", kind: bankapi.Unknown},
		{name: "F13", status: 403, body: `{"errorCode":"ACTION_ACCESS_EXCEPTION","errorMsg":"нет прав"}`, kind: bankapi.Forbidden, cause: "ACTION_ACCESS_EXCEPTION", definite: true, misconfig: true},
		{name: "F13 firewall", status: 403, ctype: "text/html", body: "<html>denied</html>", kind: bankapi.Unknown},
		{name: "F15", status: 400, body: fmt.Sprintf(fintech, "WORKFLOW_FAULT"), kind: bankapi.Refused, cause: "WORKFLOW_FAULT", definite: true},
		{name: "F16", status: 400, body: fmt.Sprintf(fintech, "VALIDATION_FAULT"), kind: bankapi.Refused, cause: "VALIDATION_FAULT", definite: true, misconfig: true},
		{name: "400 empty", status: 400, kind: bankapi.Unknown},
		{name: "400 odd checks", status: 400, body: `{"cause":"WORKFLOW_FAULT","message":"м","checks":"?"}`, kind: bankapi.Refused, cause: "WORKFLOW_FAULT", definite: true},
		{name: "400 list", status: 400, body: `[]`, kind: bankapi.Unknown},
		{name: "F17", status: 404, body: `{"cause":"DATA_NOT_FOUND_EXCEPTION","message":"Не найдено"}`, kind: bankapi.NotFound, cause: "DATA_NOT_FOUND_EXCEPTION", definite: true},
		{name: "404 nginx", status: 404, ctype: "text/html", body: "<html>404</html>", kind: bankapi.Unknown},
		{name: "F21", status: 302, kind: bankapi.Unknown, misconfig: true},
		{name: "F24", status: 400, body: `{"error":"invalid_grant","error_description":"x"}`, kind: bankapi.Refused, cause: "invalid_grant", definite: true},
		{name: "F24 client", status: 401, body: `{"error":"invalid_client"}`, kind: bankapi.Unauthorized, cause: "invalid_client", definite: true, misconfig: true},
		{name: "cause with a line break", status: 400, body: `{"cause":"A\nlevel=ERROR B","message":null}`, kind: bankapi.Refused, cause: "Alevel=ERRORB", definite: true},
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var calls atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				w.Header().Set("Content-Type", "application/json;charset=UTF-8")
				if tt.ctype != "" {
					w.Header().Set("Content-Type", tt.ctype)
				}
				w.Header().Set("Location", "/elsewhere")
				if tt.retryAfter != "" {
					w.Header().Set("Retry-After", tt.retryAfter)
				}
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
			}))
			defer s.Close()
			e := failure(t, client(t, bankapi.Config{BaseURL: s.URL, Now: func() time.Time { return now }}), post)
			if e.Kind != tt.kind || e.Cause != tt.cause || e.Status != tt.status || e.NotSent || e.RetryAfter != tt.wait {
				t.Errorf("got %+v", e)
			}
			if e.Definite() != tt.definite || e.Misconfigured() != tt.misconfig || e.Transient() != tt.transient {
				t.Errorf("definite %v, misconfigured %v, transient %v", e.Definite(), e.Misconfigured(), e.Transient())
			}
			if strings.ContainsAny(e.Error(), "\n") || strings.Contains(e.Error(), "соответ") {
				t.Errorf("unfit for a log: %q", e.Error())
			}
			if calls.Load() != 1 {
				t.Errorf("%d calls, want 1", calls.Load())
			}
		})
	}
}

func TestFaultDetails(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		io.WriteString(w, `{"cause":"VALIDATION_FAULT","referenceId":"r1","message":"м","fieldNames":["amount",7],"checks":[{"level":"ERROR","message":"к","fields":["a","b"]}]}`)
	})
	e := failure(t, c, post)
	if e.Message != "м" || e.ReferenceID != "r1" || strings.Join(e.FieldNames, " ") != "amount 7" ||
		len(e.Checks) != 1 || e.Checks[0].Level != "ERROR" || len(e.Checks[0].Fields) != 2 {
		t.Errorf("got %+v", e)
	}
}

// Answers that break on the way (F04, F05, F18, F23): unknown, and a POST is never sent twice.
func TestBrokenAnswers(t *testing.T) {
	tests := map[string]http.HandlerFunc{
		"timeout": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"closed":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"truncated": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"externalId":`)
		},
		"truncated refusal": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(400)
			io.WriteString(w, `{"cause":"WORKFLOW_FAULT"}`)
		},
		"too large": func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 1<<20+1)) },
		"gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 4 {
				z.Write(make([]byte, 1<<20))
			}
			z.Close()
		},
		"large header": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 100<<10)) },
		"drip": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.Write([]byte(" "))
				w.(http.Flusher).Flush()
			}
		},
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				io.Copy(io.Discard, r.Body)
				h(w, r)
			})
			e := failure(t, c, post)
			if e.Kind != bankapi.Unknown || e.Definite() || e.Err == nil {
				t.Errorf("got %+v", e)
			}
			if calls.Load() != 1 {
				t.Errorf("%d calls, want 1", calls.Load())
			}
		})
	}
}

// A connection the bank closed while idle is where net/http would like to send again.
func TestStaleConnectionDoesNotRepeatPOST(t *testing.T) {
	var calls atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if calls.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
	})
	if _, err := c.Do(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	if e := failure(t, c, post); e.Definite() || calls.Load() != 2 {
		t.Errorf("%v after %d calls", e, calls.Load())
	}
}

func TestNothingListens(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	e := failure(t, client(t, bankapi.Config{BaseURL: s.URL}), post)
	if e.Kind != bankapi.Unknown || !e.NotSent || !e.Definite() {
		t.Errorf("got %+v", e)
	}
}

func TestUnreadable2xx(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `<html>`) })
	resp, err := c.Do(t.Context(), post)
	if err != nil {
		t.Fatal(err)
	}
	var v struct{}
	e, ok := errors.AsType[*bankapi.Error](resp.JSON(&v))
	if !ok || e.Kind != bankapi.Unknown || e.Definite() || e.Op != post.Op || e.Status != 200 {
		t.Errorf("got %+v", e)
	}
}

func TestLogSaysNoSecrets(t *testing.T) {
	var out bytes.Buffer
	answer := func(status int, body string) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, body)
		}))
		defer s.Close()
		c := client(t, bankapi.Config{BaseURL: s.URL, Log: slog.New(slog.NewJSONHandler(&out, nil))})
		r := post
		r.Query, r.Subject = url.Values{"account": {"SECRET"}}, "SECRET"
		r.Token, r.Body = "SECRET", []byte(`{"name":"SECRET"}`)
		_, err := c.Do(bankapi.WithRef(context.Background(), "req-7"), r)
		if err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("error: %v", err)
		}
		s.Close()
		if _, err = c.Do(t.Context(), r); strings.Contains(err.Error(), "SECRET") {
			t.Errorf("error: %v", err)
		}
	}
	answer(200, `{"access_token":"SECRET"}`)
	answer(400, `{"cause":"WORKFLOW_FAULT","referenceId":"bank-9","message":"SECRET","fieldNames":["SECRET"]}`)
	log := out.String()
	if strings.Contains(log, "SECRET") {
		t.Errorf("log: %s", log)
	}
	for _, want := range []string{`"ref":"req-7"`, `"op":"credit-requests"`, `"path":"/fintech/api/v1/credit-requests"`, `"status":200`, `"cause":"WORKFLOW_FAULT"`, `"reference_id":"bank-9"`} {
		if !strings.Contains(log, want) {
			t.Errorf("no %s in the log:\n%s", want, log)
		}
	}
	if n := strings.Count(log, "\n"); n != 4 {
		t.Errorf("%d lines, want one per call", n)
	}
}

func TestNewRefusesBadBaseURL(t *testing.T) {
	for _, u := range []string{"", "bank", "ftp://bank", "https://", "https://me:pw@bank", "https://bank?x=1"} {
		if _, err := bankapi.New(bankapi.Config{BaseURL: u}); err == nil {
			t.Errorf("%q accepted", u)
		}
	}
}
