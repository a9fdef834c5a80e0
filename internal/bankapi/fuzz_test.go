package bankapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankapi"
)

// canned answers everything with the same, without a network.
type canned struct {
	status            int
	kind, wait, words string
}

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	h := http.Header{"Content-Type": {c.kind}, "Retry-After": {c.wait}, "X-Request-Id": {c.words}}
	return &http.Response{StatusCode: c.status, Header: h, Body: io.NopCloser(strings.NewReader(c.words)), Request: r}, nil
}

// FuzzErrorDialects: an answer other than 2xx is an error whatever its body, a refusal is one only in the bank's own words,
// and nothing of those words gets into a log line but short codes.
func FuzzErrorDialects(f *testing.F) {
	for _, body := range []string{
		`{"error":"invalid_grant","error_description":"x","error_uri":"u"}`, `{"errorCode":"ACTION_ACCESS_EXCEPTION","errorMsg":"нет прав"}`,
		`{"cause":"WORKFLOW_FAULT","referenceId":"19c8f679","message":"уже существует","checks":[{"level":"ERROR","message":"m","fields":["f"]},{}],"fieldNames":["a",1,null]}`,
		`{"cause":7,"message":{},"checks":"none","fieldNames":{}}`, `{"error":"UNAUTHORIZED"}`, `{"cause":"a\nb\u0000","message":"c"}`,
		"<html>400 No required SSL certificate was sent</html>", "", "null", "[]", "{}", `""`, "\xff", strings.Repeat("[", 20000), `{"cause":"` + strings.Repeat("x", 5000) + `"}`,
	} {
		for _, status := range []uint16{200, 201, 203, 204, 215, 229, 300, 303, 102, 0, 4} {
			f.Add(status, "application/json", "7", body)
		}
		f.Add(uint16(200), "text/html; charset=\xff", "Sun, 22 Nov 2026 12:00:09 GMT", body)
	}
	noon := func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }
	f.Fuzz(func(t *testing.T, status uint16, kind, wait, words string) {
		bank := &canned{200 + int(status)%400, kind, wait, words}
		// A client of its own each time: a pause that the bank asks for would stop the next call.
		c := client(t, bankapi.Config{BaseURL: "https://bank.test", Transport: bank, Now: noon})
		resp, err := c.Do(context.Background(), bankapi.Request{Op: "op", Method: http.MethodPost, Path: "/x", Body: []byte("{}")})
		if bank.status/100 == 2 {
			if err != nil || string(resp.Body) != words {
				t.Errorf("%d: %v", bank.status, err)
			}
			return
		}
		e, ok := errors.AsType[*bankapi.Error](err)
		if !ok || resp != nil || e.Status != bank.status || e.RetryAfter < 0 || e.RetryAfter > time.Hour {
			t.Fatalf("%d %q: %v, %v", bank.status, words, resp, err)
		}
		if e.Definite() && bank.status/100 != 4 {
			t.Errorf("%d %q is definite: %v", bank.status, words, err)
		}
		if e.Kind == bankapi.Refused && e.Cause == "" && e.Message == "" {
			t.Errorf("%d %q is refused without words", bank.status, words)
		}
		if said := err.Error(); len(said) > 400 || strings.ContainsFunc(said, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%d: the log would read %q", bank.status, said)
		}
	})
}
