package storefront

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"creditcart/internal/orders"
)

func TestBadInputOfTheCart(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.post("/cart", "product", "cheap", "quantity", "1").to(t, 303, "/cart")
	for _, bad := range []struct{ product, quantity, words string }{
		{"none", "1", "Такого товара нет в каталоге"},
		{"", "1", "Такого товара нет в каталоге"},
		{strings.Repeat("x", 5000), "1", "Такого товара нет в каталоге"},
		{"sold-out", "1", "сейчас нет в наличии"},
		{"cheap", "0", "от 1 до 99 999"},
		{"cheap", "-1", "от 1 до 99 999"},
		{"cheap", "1000000000", "от 1 до 99 999"},
		{"cheap", "99999999999999999999", "от 1 до 99 999"},
		{"cheap", "1e9", "целым числом"},
		{"cheap", "два", "целым числом"},
		{"cheap", "1.5", "целым числом"},
		{"cheap", "", "Укажите количество"},
		{"cheap", "99999", "Вместе с тем, что уже в корзине"},
	} {
		b.post("/cart", "product", bad.product, "quantity", bad.quantity).want(t, 422, bad.words)
	}
	for _, bad := range []string{"-1", "100000", "x", ""} {
		r := b.post("/cart/items/cheap", "quantity", bad).want(t, 422, "Проверьте поля")
		if !strings.Contains(r.body, `href="#qty-cheap"`) {
			t.Error("the summary does not lead to the field")
		}
	}
	b.get("/cart").want(t, 200, "Бумага А4", "5 400 ₽", "1 товар")
	b.post("/cart/items/none", "quantity", "0").to(t, 303, "/cart")
	b.do("POST", "/cart", url.Values{"product": {strings.Repeat("x", 70<<10)}}).want(t, 413, "Слишком много данных")
}

// A form that is cut off or broken is not half obeyed.
func TestFormsThatDidNotComeWhole(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	b.post("/cart", "product", "cheap", "quantity", "1")
	for body, status := range map[string]int{"comment=%zz": 400, "comment=" + strings.Repeat("x", 70<<10): 413} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", w.shop.URL+"/orders", io.MultiReader(strings.NewReader(body))) // chunked
		w.check(err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := b.client.Do(req)
		w.check(err)
		_ = resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("status %d, want %d", resp.StatusCode, status)
		}
	}
	b.get("/cart").want(t, 200, "Бумага А4")
}

func TestTooManyLines(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.post("/cart", "product", "cheap", "quantity", "1")
	cart := b.cookie(cookieCart)
	secret := w.server.cookies.read(&http.Request{Header: http.Header{"Cookie": {cart.String()}}}, cookieCart)
	_, err := w.store.UpdateCart(t.Context(), secret, w.clock.Now(), func(c *orders.Cart) error {
		for i := len(c.Items); i < orders.MaxCartLines; i++ {
			c.Items = append(c.Items, orders.CartItem{ProductID: "gone-" + strings.Repeat("x", i%10) + string(rune('0'+i%10)) + string(rune(0x400+i)), Quantity: 1, SeenPrice: 100})
		}
		return nil
	})
	w.check(err)
	if r := b.post("/cart", "product", "mid", "quantity", "1"); r.StatusCode != 422 || !strings.Contains(r.body, "не больше 500 разных товаров") {
		t.Errorf("status %d", r.StatusCode)
	}
}

// cookie is what the browser holds for the shop.
func (b *browser) cookie(name string) *http.Cookie {
	b.Helper()
	u, err := url.Parse(b.shop.URL)
	b.check(err)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (b *browser) setCookie(name, value string) {
	u, err := url.Parse(b.shop.URL)
	b.check(err)
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

func TestBadContactKeepsWhatWasWritten(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	b.post("/orders").want(t, 422, "Корзина пуста")
	b.post("/cart", "product", "cheap", "quantity", "1")
	r := b.post("/orders", "email", "не почта", "phone", "12", "comment", "Звонить").want(t, 422, "Проверьте адрес почты", "Проверьте телефон")
	if !strings.Contains(r.body, "Звонить") || !strings.Contains(r.body, `href="#f-email"`) {
		t.Error("what was written is lost, or the summary leads nowhere")
	}
}

func TestCrossSiteRequestsChangeNothing(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	add := url.Values{"product": {"cheap"}, "quantity": {"1"}}
	for _, evil := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "null"},
		{"Sec-Fetch-Site", "same-site", "Origin", "https://evil.example"}, {"Referer", "https://evil.example/page"}, {"Referer", "no address"},
		{"Origin", w.shop.URL, "Referer", "https://evil.example/"}, {"Sec-Fetch-Site", "same-origin", "Origin", "https://evil.example"}} {
		b.do("POST", "/cart", add, evil...).want(t, 403, "Запрос пришёл с другого сайта")
		b.do("POST", "/logout", nil, evil...).want(t, 403)
	}
	b.get("/cart").want(t, 200, "В корзине пока пусто")
	for _, own := range [][]string{nil, {"Origin", w.shop.URL}, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"},
		{"Referer", w.shop.URL + "/p/cheap"}, {"Sec-Fetch-Site", "same-origin", "Origin", "null"}} {
		b.do("POST", "/cart", add, own...).to(t, 303, "/cart")
	}
	b.get("/cart").want(t, 200, "32 400 ₽")
}

// On https the public address alone says who we are: a request names its host itself.
func TestHostOfARequestIsNotBelievedOnHTTPS(t *testing.T) {
	w := newWorld(t)
	c := w.config
	c.BaseURL = "https://shop.example.test:443"
	h, err := New(c)
	w.check(err)
	status := func(host string, headers ...string) int {
		r := httptest.NewRequest("POST", "http://"+host+"/cart", strings.NewReader("product=cheap&quantity=1"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Code
	}
	for _, evil := range [][]string{{"Origin", "http://evil.example"}, {"Origin", "https://evil.example"}, {"Referer", "https://evil.example/x"},
		{"Origin", "http://evil.example", "Sec-Fetch-Site", "same-origin"}} {
		if got := status("evil.example", evil...); got != 403 {
			t.Errorf("%v: status %d", evil, got)
		}
	}
	for _, own := range [][]string{nil, {"Origin", "https://shop.example.test"}, {"Referer", "https://shop.example.test/p/cheap"}, {"Origin", "https://shop.example.test", "Sec-Fetch-Site", "same-origin"}} {
		if got := status("inside:8080", own...); got != 303 { // behind a proxy the host is another
			t.Errorf("%v: status %d", own, got)
		}
	}
}

func TestReturnLeadsOnlyIntoTheShop(t *testing.T) {
	for _, p := range []string{"", "https://evil.example", "http:evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/%5cevil.example",
		"/\t/evil.example", "/\n/evil.example", "/%09/evil.example", "/%0a/evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example", "///evil.example",
		"/a//evil.example", "/%2f/evil.example", "/login", "/login?return=/x", "/logout", " /x", "/x\x00", "/%00", "/%", "/\u2028x", "/" + strings.Repeat("a", 500)} {
		if got := ownPath(p); got != "/" {
			t.Errorf("ownPath(%q) = %q", p, got)
		}
	}
	for _, p := range []string{"/", "/cart", "/orders/AB23?refused=1f", "/search?q=a%2F%2Fb", "/c/office?page=2&sort=price", "/admin"} {
		if got := ownPath(p); got != p {
			t.Errorf("ownPath(%q) = %q", p, got)
		}
	}
	w := newWorld(t)
	b := w.browser()
	authorize := b.get("/login?contour=sms&return="+url.QueryEscape("//evil.example")).to(t, 302, w.bank.URL)
	if to := b.get(b.atBank(authorize, "romashka-buyer", "allow")).to(t, 303, "/"); to != "/" {
		t.Errorf("after the sign-in: %s", to)
	}
	if to := b.post("/cart", "product", "cheap", "quantity", "1", "return", "https://evil.example/").to(t, 303, "/"); to != "/" {
		t.Errorf("after the cart: %s", to)
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	for _, path := range []string{"/", "/cart", "/login", "/orders/NONE", "/nowhere", "/c/nowhere", "/p/nowhere", "/healthz", "/static/none.css", "/login/callback"} {
		r := b.get(path)
		csp := r.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "form-action 'self' "+w.bank.URL) && !strings.Contains(csp, w.bank.URL) ||
			!strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: CSP %q", path, csp)
		}
		for _, name := range []string{"X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Cache-Control", "X-Reference"} {
			if r.Header.Get(name) == "" {
				t.Errorf("%s: no %s", path, name)
			}
		}
		if strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") && r.Header.Get("Content-Length") == "" {
			t.Errorf("%s: no length", path)
		}
	}
	for _, path := range []string{"/nowhere", "/c/nowhere", "/p/nowhere"} {
		r := b.get(path).want(t, 404)
		if !strings.Contains(r.body, r.Header.Get("X-Reference")) {
			t.Errorf("%s does not name its reference", path)
		}
	}
	if r := b.do("HEAD", "/", nil); r.StatusCode != 200 || r.Header.Get("Content-Length") == "" {
		t.Errorf("HEAD: %d", r.StatusCode)
	}
	b.do("TRACE", "/", nil).want(t, 405)
	b.do("DELETE", "/cart", nil).want(t, 405)
	b.do("PUT", "/orders", nil).want(t, 405)
	b.get("/logout").want(t, 405)
	if c := b.get("/").Header.Get("Cache-Control"); c != cacheable {
		t.Errorf("catalogue: %s", c)
	}
	b.signIn("romashka-buyer")
	for _, path := range []string{"/", "/orders", "/cart", "/p/cheap"} {
		if c := b.get(path).Header.Get("Cache-Control"); c != "no-store" {
			t.Errorf("%s of a company: %s", path, c)
		}
	}
}

func TestSecureCookiesOnHTTPS(t *testing.T) {
	w := newWorld(t)
	c := w.config
	c.BaseURL = "https://shop.example.test"
	h, err := New(c)
	w.check(err)
	r := httptest.NewRequest("GET", "https://shop.example.test/login?contour=sms", nil)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	for _, cookie := range rec.Result().Cookies() {
		if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure || cookie.Path != "/" {
			t.Errorf("cookie %v", cookie)
		}
	}
	if len(rec.Result().Cookies()) == 0 || !strings.Contains(rec.Header().Get("Strict-Transport-Security"), "max-age=") {
		t.Errorf("headers %v", rec.Header())
	}
}

// brokenCatalog fails, or panics, as a database may.
type brokenCatalog struct {
	Catalog
	panics bool
}

func (b brokenCatalog) CatalogVersion(context.Context) (int64, error) {
	if b.panics {
		panic("secret of the house")
	}
	return 0, errors.New("secret of the house")
}

func TestOurOwnFaultsSayNothingOfTheInside(t *testing.T) {
	w := newWorld(t)
	for _, panics := range []bool{false, true} {
		c := w.config
		c.Catalog = brokenCatalog{w.store, panics}
		h, err := New(c)
		w.check(err)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
		ref := rec.Header().Get("X-Reference")
		if body := rec.Body.String(); rec.Code != 500 || strings.Contains(body, "secret") || !strings.Contains(body, ref) || ref == "" {
			t.Errorf("panics=%v: status %d\n%s", panics, rec.Code, text(body))
		}
		if !strings.Contains(w.log.String(), ref) {
			t.Error("the log does not know the reference")
		}
	}
}

func TestReadiness(t *testing.T) {
	w := newWorld(t)
	c := w.config
	c.Ready = func(context.Context) []string { return []string{"catalogue is empty"} }
	h, err := New(c)
	w.check(err)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", "/readyz", nil))
	if rec.Code != 503 || !strings.Contains(rec.Body.String(), "catalogue is empty") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	w.browser().get("/readyz").want(t, 200)
	w.browser().get("/healthz").want(t, 200, "ok")
}

func TestStreamsAreCounted(t *testing.T) {
	s := newStreams()
	for range streamsPerUser {
		if !s.enter("a") {
			t.Fatal("too few")
		}
	}
	if s.enter("a") || !s.enter("b") {
		t.Error("the count is not per session")
	}
	s.leave("a")
	if !s.enter("a") {
		t.Error("a place that is free again is not given")
	}
}

// A program that stops does not wait for pages that are open.
func TestStreamsEndWhenTheProgramStops(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	number := b.order("cheap")
	b.post("/orders/"+number+"/payments", "method", "invoice").to(t, 303, w.bank.URL)
	stopping := make(chan struct{})
	w.server.Stopping, w.server.pauses = stopping, []time.Duration{time.Hour}
	time.AfterFunc(time.Millisecond, func() { close(stopping) })
	b.get("/orders/"+number+"/events").want(t, 200, "open")
}

func TestWords(t *testing.T) {
	for n, want := range map[int]string{1: "1 товар", 2: "2 товара", 5: "5 товаров", 11: "11 товаров", 21: "21 товар", 112: "112 товаров", 1234: "1 234 товара"} {
		if got := strings.ReplaceAll(plural(n, "товар", "товара", "товаров"), "\u00a0", " "); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	end := time.Date(2026, 12, 2, 20, 59, 59, 0, time.UTC)
	if got := strings.ReplaceAll(until(end, now), "\u00a0", " "); got != "2 декабря, 23:59 МСК" {
		t.Error(got)
	}
	if m := moment(now, now); m.Text != "12:00" || m.Title != "22 ноября 2026, 12:00:00 МСК" {
		t.Errorf("%+v", m)
	}
	if got := sums(100, 250)(100); got != "1,00\u00a0₽" {
		t.Error(got)
	}
}

// secretOf is what a signed cookie of a browser holds.
func (w *world) secretOf(b *browser, name string) string {
	w.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(b.cookie(name))
	return w.server.cookies.read(r, name)
}
