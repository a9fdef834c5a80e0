package storefront

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// every address of the site and some that are none, with the methods that browsers and attackers try.
func (w *world) everyAnswer(t *testing.T, h http.Handler, check func(name string, r *http.Response)) {
	t.Helper()
	requests := []string{"GET /none", "GET /orders/none/none", "GET /static/none.css", "GET /%2e%2e/etc/passwd", "PUT /cart", "DELETE /orders", "TRACE /", "PATCH /admin", "OPTIONS /",
		"GET /p/none", "GET /c/none", "POST /hooks/bank/none"}
	requests = append(requests, w.table(t)...)
	for _, route := range requests {
		method, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer(":category", "paper", ":slug", "cheap", ":product", "cheap", ":number", "ZZZZZZZZZZ", ":id", "none", ":token", "wrong", "*", "none.css").Replace(path)
		for _, origin := range []string{"", "https://evil.example"} {
			r := httptest.NewRequest(method, path, strings.NewReader("product=cheap&quantity=1"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			check(route+" "+origin, rec.Result())
		}
	}
}

// secureShop is the site as it stands behind https.
func (w *world) secureShop(change func(*Config)) http.Handler {
	w.Helper()
	c := w.config
	c.BaseURL = "https://shop.example.test"
	if change != nil {
		change(&c)
	}
	h, err := New(c)
	w.check(err)
	return h
}

func TestHeadersOfEveryRoute(t *testing.T) {
	w := newWorld(t)
	statuses := map[int]int{}
	w.everyAnswer(t, w.secureShop(nil), func(name string, r *http.Response) {
		statuses[r.StatusCode]++
		for header, want := range map[string]string{"Strict-Transport-Security": "max-age=63072000; includeSubDomains", "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin"} {
			if got := r.Header.Get(header); got != want {
				t.Errorf("%s: %d: %s is %q", name, r.StatusCode, header, got)
			}
		}
		if p := r.Header.Get("Referrer-Policy"); p != "same-origin" && p != "no-referrer" {
			t.Errorf("%s: Referrer-Policy %q", name, p)
		}
		policy := r.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self' "} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: no %q in the policy %q", name, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: policy %q", name, policy)
		}
		for _, header := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Server", "X-Powered-By"} {
			if v := r.Header.Get(header); v != "" {
				t.Errorf("%s: %s: %s", name, header, v)
			}
		}
		body, err := io.ReadAll(r.Body)
		w.check(err)
		if kind := r.Header.Get("Content-Type"); len(body) > 0 && kind == "" || strings.HasPrefix(kind, "text/") && !strings.Contains(strings.ToLower(kind), "charset=utf-8") {
			t.Errorf("%s: Content-Type %q", name, kind)
		}
		for _, c := range r.Cookies() {
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("%s: cookie %v", name, c)
			}
		}
	})
	for _, want := range []int{200, 303, 400, 403, 404, 405} {
		if statuses[want] == 0 {
			t.Errorf("no answer of %d was looked at: %v", want, statuses)
		}
	}
}

func TestMethodsThatNothingTakes(t *testing.T) {
	w := newWorld(t)
	h := w.server.handler()
	for _, route := range w.table(t) {
		_, path, _ := strings.Cut(route, " ")
		for _, method := range []string{"PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "OPTIONS", "PROPFIND"} {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequest(method, strings.NewReplacer(":number", "N", ":id", "x", ":token", "t", ":product", "cheap", ":slug", "cheap", ":category", "paper", "*", "x").Replace(path), nil))
			if rec.Code != http.StatusMethodNotAllowed && (method != "OPTIONS" || rec.Code != http.StatusNoContent) {
				t.Errorf("%s %s: %d", method, path, rec.Code)
			}
		}
	}
	for _, get := range []string{"/logout", "/admin/secret", "/admin/offers/refresh", "/admin/sessions", "/orders/N/cancel", "/orders/N/payments"} {
		w.browser().get(get).want(t, 405)
	}
}

func TestNothingOfTheInsideIsServed(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/.git/config", "/.git/HEAD", "/.env", "/debug/pprof/", "/debug/vars", "/metrics", "/server-status", "/backup.sql", "/shop.db", "/go.mod",
		"/static/", "/static/img/", "/static/img", "/static/../go.mod", "/static/%2e%2e/%2e%2e/go.mod", "/static/..%2fgo.mod", "/swagger", "/actuator", "/wp-login.php", "/.well-known/x"} {
		if r := w.browser().get(path); r.StatusCode != 404 {
			t.Errorf("%s: %d\n%s", path, r.StatusCode, text(r.body))
		}
	}
}

// A request whose length can be read in two ways is refused and the connection closed: a proxy in front may read the other way.
// Of a length beside a coding Go obeys the coding, as RFC 9112 6.3 says; a proxy that does not is broken by itself.
func TestSmuggledRequests(t *testing.T) {
	w := newWorld(t)
	hidden := "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, request := range map[string]string{
		"two lengths":              "POST /cart HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 36\r\n\r\n" + hidden,
		"length with a sign":       "POST /cart HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n12345" + hidden,
		"length that is no number": "POST /cart HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\n12345" + hidden,
		"unknown coding":           "POST /cart HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
		"coding twice":             "POST /cart HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
		"space before the colon":   "POST /cart HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
		"folded header":            "POST /cart HTTP/1.1\r\nHost: x\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"bad chunk":                "POST /cart HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + hidden,
		"two hosts":                "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + hidden,
		"no host":                  "GET / HTTP/1.1\r\n\r\n" + hidden,
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", w.shop.Listener.Addr().String())
		w.check(err)
		w.check(conn.SetDeadline(time.Now().Add(5 * time.Second)))
		_, err = io.WriteString(conn, request)
		w.check(err)
		in := bufio.NewReader(conn)
		first, err := http.ReadResponse(in, nil)
		w.check(err)
		_, _ = io.Copy(io.Discard, first.Body)
		second, err := http.ReadResponse(in, nil)
		if err == nil {
			_ = second.Body.Close()
		}
		if first.StatusCode < 400 || err == nil {
			t.Errorf("%s: %d, and the connection goes on: %v", name, first.StatusCode, err == nil)
		}
		_ = conn.Close()
	}
}

// An id has 256 bits of the system's randomness, and every bit of it moves.
func TestSessionsHaveEnoughEntropy(t *testing.T) {
	seen := map[string]bool{}
	const n = 10_000
	var ones [256]int
	for range n {
		id := newSecret()
		raw, err := base64.RawURLEncoding.DecodeString(id)
		if err != nil || len(raw) != 32 || seen[id] {
			t.Fatalf("id %q, %v", id, err)
		}
		seen[id] = true
		for bit := range ones {
			ones[bit] += int(raw[bit/8]>>(bit%8)) & 1
		}
	}
	for bit, count := range ones {
		if count < n*45/100 || count > n*55/100 {
			t.Errorf("bit %d is set in %d of %d ids", bit, count, n)
		}
	}
}

// What a stranger sends stands in one line of the log, if at all.
func TestLogLinesCannotBeForged(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	before := strings.Count(w.log.String(), "\n")
	for _, path := range []string{"/p/x%0a%7B%22level%22%3A%22ERROR%22%7D", "/search?q=%0d%0aforged", "/login/callback?error=x%0aforged&state=y", "/orders/%0aforged"} {
		b.get(path)
	}
	lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")[before:]
	for _, line := range lines {
		if !strings.HasPrefix(line, `{"time":`) || strings.Contains(line, "forged") {
			t.Errorf("line %q", line)
		}
	}
	if len(lines) < 4 {
		t.Errorf("%d lines", len(lines))
	}
}

// Of a field that is sent twice the first counts, and fields that no form has change nothing.
func TestDoubledAndForeignFields(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	b.do("POST", "/cart?product=dear", map[string][]string{"product": {"cheap", "dear"}, "quantity": {"2", "99"}}).to(t, 303, "/cart")
	b.get("/cart").want(t, 200, "10 800 ₽")
	to := b.post("/orders", "contact", "Анна", "company_inn", "7700000000", "total", "1.00", "state", "paid", "subject", "x", "price", "1").to(t, 303, "/orders/")
	number, _, _ := strings.Cut(strings.TrimPrefix(to, "/orders/"), "?")
	o, err := w.store.Order(t.Context(), number)
	w.check(err)
	if o.Total != 1080000 || o.Buyer.CompanyINN == "7700000000" || o.Buyer.Subject != w.subject(b) || o.PaidSum() != 0 {
		t.Errorf("%+v", o)
	}
}
