package storefront

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzOwnPath: wherever a browser goes with it, it stays in the shop.
func FuzzOwnPath(f *testing.F) {
	for _, p := range []string{"/", "/cart", "/orders/AB23?refused=1f", "//evil.test", "/\\evil.test", "/%5cevil.test", "/\t/evil.test", "https://evil.test", "/%2f/evil.test", "/a/..//evil.test", "/login", "/?x=//evil.test", "/#//evil.test"} {
		f.Add(p)
	}
	base, _ := url.Parse("https://shop.test/login/callback")
	f.Fuzz(func(t *testing.T, given string) {
		got := ownPath(given)
		if got != given && got != "/" {
			t.Errorf("%q became %q", given, got)
		}
		to, err := base.Parse(got)
		if err != nil || to.Host != base.Host || to.Scheme != base.Scheme || to.User != nil || len(got) > maxReturn {
			t.Errorf("%q leads to %v, %v", given, to, err)
		}
		// A browser reads \ as / and drops tabs and line ends.
		lax := strings.NewReplacer("\\", "/", "\t", "", "\n", "", "\r", "").Replace(got)
		if strings.HasPrefix(lax, "//") || !strings.HasPrefix(lax, "/") {
			t.Errorf("a browser reads %q as %q", got, lax)
		}
	})
}

// FuzzCallbackPage: whatever the redirect back carries, the answer is a page, and nobody is signed in.
func FuzzCallbackPage(f *testing.F) {
	for _, q := range []string{"", "code=x&state=y", "error=access_denied", "error=%0a&error_description=%3Cscript%3E", "%zz", strings.Repeat("a=b&", 2000), "code=\x00"} {
		f.Add(q)
	}
	w := newWorld(f)
	h := w.server.handler()
	f.Fuzz(func(t *testing.T, query string) {
		req := httptest.NewRequest(http.MethodGet, "/login/callback", nil)
		req.URL.RawQuery = query
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code != http.StatusBadRequest || strings.Contains(rec.Header().Get("Set-Cookie"), cookieSession+"=") {
			t.Errorf("%q: %d, %v", query, rec.Code, rec.Header())
		}
	})
}

// FuzzNotification: 200, 400 or 413 without a body, never a fault of ours.
func FuzzNotification(f *testing.F) {
	for _, b := range []string{event("0b7a1d3e-4f6a-4c1e-9d51-6f3c2b1a0e9f", "IMPLEMENTED", "2026-11-22T12:01:00"), event("0B7A1D3E-4F6A-4C1E-9D51-6F3C2B1A0E9F", "x", "\u0000"), "", "{}", "[]", "null", "\xff",
		`{"externalId":["0b7a1d3e-4f6a-4c1e-9d51-6f3c2b1a0e9f"],"bankStatus":1,"eventTime":1e99}`, strings.Repeat(`{"externalId":`, 200), strings.Repeat("x", maxHook+1)} {
		f.Add(b)
	}
	w := newWorld(f)
	h := w.server.handler()
	f.Fuzz(func(t *testing.T, body string) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/hooks/bank/"+testHook, strings.NewReader(body)))
		switch {
		case rec.Body.Len() > 0:
			t.Errorf("%q: a body", body)
		case len(body) > maxHook && rec.Code != http.StatusRequestEntityTooLarge, len(body) <= maxHook && rec.Code != http.StatusOK && rec.Code != http.StatusBadRequest:
			t.Errorf("%q: %d", body, rec.Code)
		}
	})
}
