package storefront

import (
	"fmt"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestLimiterSlides(t *testing.T) {
	c := &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	for _, limit := range []int{1, 5, 10, 50} {
		l := newLimiter(limit, time.Minute, c.Now)
		var let []time.Time
		for range 400 { // a client that asks every second for 400 seconds
			if wait, _ := l.allow("a"); wait == 0 {
				let = append(let, c.Now())
			}
			c.add(time.Second)
		}
		for i, at := range let {
			if i >= 2*limit && at.Sub(let[i-2*limit]) < time.Minute {
				t.Errorf("limit %d: %d within a minute", limit, 2*limit)
			}
		}
		if len(let) < limit*3 {
			t.Errorf("limit %d: only %d in 400 seconds", limit, len(let))
		}
	}
}

func TestLimiterTellsWhen(t *testing.T) {
	c := &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	l := newLimiter(5, time.Minute, c.Now)
	firsts := 0
	for range 300 {
		wait, first := l.allow("a")
		if first {
			firsts++
		}
		if wait == 0 {
			continue
		}
		if wait < 0 || wait > 2*time.Minute {
			t.Fatalf("wait %s", wait)
		}
		c.add(wait + time.Millisecond)
		if again, _ := l.allow("a"); again != 0 {
			t.Fatalf("after the wait of %s it is %s more", wait, again)
		}
	}
	if wait, _ := l.allow("b"); wait != 0 {
		t.Error("another key waits")
	}
	if firsts == 0 || firsts > 150 {
		t.Errorf("%d first refusals", firsts)
	}
}

func TestLimiterHasBoundedMemory(t *testing.T) {
	c := &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	l := newLimiter(1, time.Minute, c.Now)
	for i := range maxKeys + 1000 {
		if wait, _ := l.allow(strconv.Itoa(i)); wait != 0 {
			t.Fatal("a new key waits")
		}
	}
	if len(l.this) > maxKeys {
		t.Errorf("%d keys are kept", len(l.this))
	}
	if wait, _ := l.allow("0"); wait == 0 {
		t.Error("a key that was counted is forgotten")
	}
	c.add(time.Hour)
	l.allow("x")
	if len(l.this)+len(l.last) != 1 {
		t.Error("old windows are kept")
	}
}

// limited is a shop with limits.
func limited(t *testing.T, l Limits) *world {
	w := newWorld(t)
	w.server.limits = newLimiters(l, w.clock.Now)
	return w
}

func waits(t *testing.T, r reply) {
	t.Helper()
	if seconds, err := strconv.Atoi(r.Header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 120 {
		t.Errorf("Retry-After %q", r.Header.Get("Retry-After"))
	}
}

func TestLimitOfSignIns(t *testing.T) {
	w := limited(t, Limits{SignIn: 10})
	for i := range 10 {
		w.browser().do("GET", "/login?contour=sms&return=%2Fcart", nil, "X-Forwarded-For", fmt.Sprintf("10.1.1.%d", i)).to(t, 302, w.bank.URL)
	}
	// A forged address helps as little as a new browser, or the other entry.
	for i, path := range []string{"/login?contour=sms&return=%2Fcart", "/login?contour=token&return=%2Fcart", "/?loginDCB=true&userType=WEB"} {
		r := w.browser().do("GET", path, nil, "X-Forwarded-For", fmt.Sprintf("10.2.2.%d", i), "X-Real-IP", "10.3.3.3", "Forwarded", "for=10.4.4.4").
			want(t, 429, "Слишком много попыток входа", "Войти ещё раз")
		waits(t, r)
	}
	if n := strings.Count(w.log.String(), `"limit reached"`); n != 1 {
		t.Errorf("%d lines of the log about one limit", n)
	}
	w.browser().get("/").want(t, 200)
	w.clock.add(2 * time.Minute)
	w.browser().signIn("romashka-buyer").get("/orders").want(t, 200)
}

// Behind a proxy of ours everybody has the address that the proxy saw, and an IPv6 network is one address.
func TestAddressOfALimit(t *testing.T) {
	w := newWorld(t)
	c := w.config
	c.Limits, c.TrustedProxies = Limits{SignIn: 1}, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	h, err := New(c)
	w.check(err)
	status := func(remote, forwarded string) int {
		r := httptest.NewRequest("GET", "/login?contour=sms", nil)
		r.RemoteAddr = remote + ":1"
		r.Header.Set("X-Forwarded-For", forwarded)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Code
	}
	for _, step := range []struct {
		remote, forwarded string
		want              int
	}{
		{"192.0.2.1", "198.51.100.1", 302}, {"192.0.2.1", "198.51.100.2", 302}, {"192.0.2.2", "198.51.100.1", 429},
		{"192.0.2.1", "10.9.9.9, 198.51.100.1", 429},                               // what the client wrote itself stands before
		{"203.0.113.1", "198.51.100.3", 302}, {"203.0.113.1", "198.51.100.4", 429}, // no proxy of ours
		{"192.0.2.1", "2001:db8:1:1::1", 302}, {"192.0.2.1", "2001:db8:1:1::2", 429}, {"192.0.2.1", "2001:db8:1:2::1", 302},
	} {
		if got := status(step.remote, step.forwarded); got != step.want {
			t.Errorf("from %s for %s: %d, want %d", step.remote, step.forwarded, got, step.want)
		}
	}
}

func TestLimitOfAnAccount(t *testing.T) {
	w := limited(t, Limits{Account: 5})
	for range 5 {
		w.browser().signIn("romashka-buyer")
	}
	b := w.browser()
	r := b.get(b.atBank(b.get("/login?contour=sms&return=%2Fcart").to(t, 302, w.bank.URL), "romashka-buyer", "allow")).want(t, 429, "Слишком много попыток входа")
	waits(t, r)
	if b.cookie(cookieSession) != nil {
		t.Error("there is a session")
	}
	w.browser().signIn("romashka-director").get("/orders").want(t, 200)
}

func TestLimitOfTheCheckout(t *testing.T) {
	w := limited(t, Limits{Checkout: 3})
	b := w.browser().signIn("romashka-buyer")
	number := b.order("cheap")
	b.post("/orders/"+number+"/payments", "method", "invoice").to(t, 303, w.bank.URL)
	b.post("/orders/"+number+"/payments", "method", "invoice").to(t, 303, "/orders/")
	version := w.version(number)
	waits(t, b.post("/orders/"+number+"/payments", "method", "invoice").want(t, 429, "Слишком много запросов подряд", "Мы ничего не изменили"))
	if w.version(number) != version {
		t.Error("a refused payment changed the order")
	}
	b.post("/cart", "product", "mid", "quantity", "2").to(t, 303, "/cart")
	r := b.post("/orders", "contact", "Анна", "comment", "Звонить после обеда").want(t, 429, "Слишком много запросов подряд", "всё, что вы ввели, на месте")
	waits(t, r)
	if !strings.Contains(r.body, "Звонить после обеда") || !strings.Contains(r.body, `action="/orders"`) {
		t.Error("the form is lost")
	}
	b.get("/cart").want(t, 200, "Стол")
	other := w.browser().signIn("romashka-director")
	other.order("cheap")
	w.clock.add(2 * time.Minute)
	b.order("cheap")
}

func TestLimitOfNotifications(t *testing.T) {
	w := limited(t, Limits{Hook: 50})
	b := w.browser()
	send := func() reply { return b.do("POST", "/hooks/bank/"+testHook, nil) }
	for range 50 {
		send().want(t, 400)
	}
	waits(t, send().want(t, 429))
	b.do("POST", "/hooks/bank/wrong", nil).want(t, 404)
	w.clock.add(2 * time.Second)
	send().want(t, 400)
}
