package bankemu

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// fault is a planned misbehaviour of one call. See README.md for the meaning of each kind.
type fault struct {
	ID         int               `json:"id"`
	Method     string            `json:"method,omitempty"` // empty = any
	Path       string            `json:"path"`             // a prefix, or a pattern of the whole path when it has *
	Kind       string            `json:"kind"`
	Status     int               `json:"status,omitempty"`
	Times      int               `json:"times"` // 0 or less = until cleared
	Skip       int               `json:"skip,omitempty"`
	Delay      string            `json:"delay,omitempty"`
	RetryAfter string            `json:"retryAfter,omitempty"`
	Body       string            `json:"body,omitempty"`      // instead of the standard body of the status
	AfterWork  bool              `json:"afterWork,omitempty"` // the call does its work before it misbehaves
	Headers    map[string]string `json:"headers,omitempty"`   // added to the answer of status and html, e.g. Location
	Claims     map[string]any    `json:"claims,omitempty"`
	Hits       int               `json:"hits"`

	delay time.Duration
}

var faultKinds = []string{"status", "lose-answer", "drop", "delay", "html", "truncate", "bad-jwt"}

func (f *fault) check() error {
	if msg := oneOf(faultKinds...)(f.Kind); msg != "" {
		return fmt.Errorf("kind: %s", msg)
	}
	if f.Kind == "status" && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status must be 200 to 599")
	}
	if f.Kind == "bad-jwt" && len(f.Claims) == 0 {
		return fmt.Errorf("claims are required for bad-jwt")
	}
	if f.Delay != "" {
		d, err := time.ParseDuration(f.Delay)
		if err != nil {
			return fmt.Errorf("delay: %w", err)
		}
		f.delay = d
	}
	if f.Kind == "delay" && f.delay <= 0 {
		return fmt.Errorf("delay is required")
	}
	return nil
}

func (f *fault) matches(r *http.Request) bool {
	if f.Method != "" && !strings.EqualFold(f.Method, r.Method) {
		return false
	}
	return pathMatches(f.Path, r.URL.Path)
}

// pathMatches: without a star the pattern is a prefix; a star stands for any run of characters.
func pathMatches(pattern, path string) bool {
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	if len(parts) == 1 {
		return true
	}
	rest, last := path[len(parts[0]):], parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, last)
}

// take counts a request against the planned faults: all delays that match, and the first other fault.
func (b *Bank) take(r *http.Request) (delay time.Duration, hit *fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	keep := b.st.faults[:0:0]
	for _, f := range b.st.faults {
		if !f.matches(r) || (f.Kind != "delay" && hit != nil) {
			keep = append(keep, f)
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			keep = append(keep, f)
			continue
		}
		f.Hits++
		delay += f.delay
		if f.Kind != "delay" {
			c := *f
			hit = &c
		}
		if f.Times != 1 {
			if f.Times > 1 {
				f.Times--
			}
			keep = append(keep, f)
		}
	}
	b.st.faults = keep
	return delay, hit
}

type claimsKey struct{}

func claimOverrides(r *http.Request) map[string]any {
	claims, _ := r.Context().Value(claimsKey{}).(map[string]any)
	return claims
}

// instrument puts the journal and the planned faults around a site. Panics with http.ErrAbortHandler make net/http
// close the connection without an answer.
func (b *Bank) instrument(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, w, done := b.journal.begin(r, w)
		defer done()
		delay, f := b.take(r)
		if delay > 0 {
			// A caller who hung up does not stop the bank: the work is then done at once, without anybody to hear.
			select {
			case <-time.After(delay):
			case <-r.Context().Done():
			}
		}
		if f == nil {
			next.ServeHTTP(w, r)
			return
		}
		f.apply(w, r, next)
	})
}

func (f *fault) apply(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if f.Kind == "bad-jwt" {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), claimsKey{}, f.Claims)))
		return
	}
	rec := httptest.NewRecorder()
	if f.AfterWork || f.Kind == "lose-answer" || f.Kind == "truncate" {
		next.ServeHTTP(rec, r)
	}
	switch f.Kind {
	case "lose-answer", "drop":
		panic(http.ErrAbortHandler)
	case "truncate":
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
	case "html":
		f.answer(w, "text/html; charset=utf-8", "<html><head><title>Service</title></head><body><h1>Сервис временно недоступен</h1></body></html>", http.StatusOK)
	case "status":
		rep := standardError(r.URL.Path, f.Status)
		f.answer(w, rep.contentType, string(rep.body), f.Status)
	}
}

func (f *fault) answer(w http.ResponseWriter, contentType, body string, status int) {
	if f.Body != "" {
		body = f.Body
	}
	if f.Status != 0 {
		status = f.Status
	}
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	w.Header().Set("Content-Type", contentType)
	for name, value := range f.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	if status != http.StatusNoContent && status != http.StatusNotModified {
		_, _ = w.Write([]byte(body))
	}
}

// standardError is the body that the bank sends with a status, in the dialect of the address.
func standardError(path string, status int) reply {
	sso := strings.HasPrefix(path, "/ic/")
	switch {
	case status < 400:
		return reply{status: status, contentType: "application/json;charset=UTF-8", body: []byte("{}")}
	case sso && strings.HasSuffix(path, "/user-info") && status == 401:
		return jsonReply(status, map[string]string{"error": "UNAUTHORIZED"})
	case sso && status == 403:
		return ssoForbidden("ACCESS_EXCEPTION", "Доступ запрещен")
	case sso && status == 401:
		return oauthError(status, "invalid_client", "Client authentication failed")
	case sso && status < 429:
		return oauthError(status, "invalid_grant", "The request was refused")
	}
	type words struct{ cause, message string }
	w, ok := map[int]words{
		400: {"WORKFLOW_FAULT", "Невозможно идентифицировать организацию плательщика"},
		401: {"UNAUTHORIZED", "accessToken not found by value ="},
		403: {"ACTION_ACCESS_EXCEPTION", "Операция не может быть выполнена: доступ к ресурсу запрещен"},
		404: {"DATA_NOT_FOUND", "Документ не найден"},
		429: {"TOO_MANY_REQUESTS", "Превышено количество запросов"},
		503: {"UNAVAILABLE_RESOURCE_EXCEPTION", "Сервис временно недоступен"},
	}[status]
	if !ok {
		w = words{"UNKNOWN_EXCEPTION", "Внутренняя ошибка сервера"}
	}
	return fail(status, w.cause, w.message)
}

func decodeFault(body []byte) (*fault, error) {
	f := &fault{}
	if err := strict(body, f); err != nil {
		return nil, err
	}
	f.ID, f.Hits = 0, 0
	return f, f.check()
}
