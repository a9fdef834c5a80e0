package storefront

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"creditcart/internal/orders"
)

// notify posts what the bank would, without cookies.
func (w *world) notify(token, body string) (status int, said string) {
	w.Helper()
	resp, err := http.Post(w.shop.URL+"/hooks/bank/"+token, "application/json", strings.NewReader(body))
	w.check(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	w.check(err)
	if len(resp.Header.Values("Set-Cookie")) > 0 {
		w.Error("the bank was given a cookie")
	}
	return resp.StatusCode, string(raw)
}

// waiting is an order whose draft waits for a signature, checked a minute ago and not due for a while.
func (w *world) waiting() (number, id string) {
	w.Helper()
	w.connect()
	b := w.browser().signIn("romashka-director")
	number = b.order("cheap")
	b.post("/orders/"+number+"/payments", "method", "invoice")
	id = w.payment(number)
	w.reconcile()
	w.clock.add(time.Minute)
	w.reconcile()
	w.clock.add(4 * time.Second)
	return number, id
}

// reconcile lets the timer take its step.
func (w *world) reconcile() int {
	w.Helper()
	n, err := w.config.Checkout.Reconcile(w.Context())
	w.check(err)
	return n
}

func (w *world) first(number string) orders.Payment {
	w.Helper()
	o, err := w.store.Order(w.Context(), number)
	w.check(err)
	return o.Payments[0]
}

func event(id, status, at string) string {
	return `{"externalId":"` + id + `","bankStatus":"` + status + `","eventTime":"` + at + `"}`
}

func TestForgedNotificationChangesNothing(t *testing.T) {
	w := newWorld(t)
	number, id := w.waiting()
	before := w.first(number)
	if status, said := w.notify(testHook, event(id, "IMPLEMENTED", "2026-11-22T12:01:00")); status != 200 || said != "" {
		t.Fatalf("answered %d %q", status, said)
	}
	after := w.first(number)
	if after.State != before.State || after.BankStatus != before.BankStatus || !after.CheckAt.Equal(w.clock.Now()) {
		t.Errorf("state %s, bank %s, checked at %v", after.State, after.BankStatus, after.CheckAt)
	}
	if n := w.reconcile(); n != 1 {
		t.Errorf("%d documents were asked about", n)
	}
	if p := w.first(number); p.State != orders.PaymentAwaiting || p.BankStatus != "CREATED" {
		t.Errorf("a forged notification made it %s %s", p.State, p.BankStatus)
	}
}

func TestNotificationMakesTheShopAsk(t *testing.T) {
	w := newWorld(t)
	number, id := w.waiting()
	w.tell("POST", "/api/documents/"+id+"/status", `{"status":"IMPLEMENTED"}`)
	if n := w.reconcile(); n != 0 {
		t.Fatalf("%d documents were due without the notification", n)
	}
	// Out of order, and each twice: whichever comes first makes the shop ask, and the bank's answer alone counts.
	for _, e := range []string{event(id, "IMPLEMENTED", "2026-11-22T12:01:00"), event(id, "DELETED", "2026-11-22T12:00:00")} {
		for range 2 {
			if status, _ := w.notify(testHook, e); status != 200 {
				t.Errorf("answered %d", status)
			}
			w.reconcile()
		}
	}
	if p := w.first(number); p.State != orders.PaymentPaid {
		t.Errorf("state %s", p.State)
	}
}

func TestRepeatedNotificationAsksOnce(t *testing.T) {
	w := newWorld(t)
	_, id := w.waiting()
	asked := 0
	for range 5 {
		w.notify(testHook, event(id, "IMPLEMENTED", "2026-11-22T12:01:00"))
		asked += w.reconcile()
		w.clock.add(time.Second) // five in all: before the timer's own next question
	}
	if asked != 1 {
		t.Errorf("a notification sent five times made %d questions", asked)
	}
	// Each of another time, but the bank is not asked more often than it may be.
	for _, at := range []string{"a", "b", "c"} {
		w.notify(testHook, event(id, "IMPLEMENTED", at))
		w.reconcile()
		w.notify(testHook, event(id, "IMPLEMENTED", at+"'"))
		if n := w.reconcile(); n != 0 {
			t.Error("asked twice within two seconds")
		}
		w.clock.add(2 * time.Second)
	}
}

func TestNotificationsThatAreNone(t *testing.T) {
	w := newWorld(t)
	_, id := w.waiting()
	good := event(id, "IMPLEMENTED", "t")
	for name, c := range map[string]struct {
		token, body string
		status      int
	}{
		"unknown document": {testHook, event("00000000-0000-4000-8000-000000000000", "IMPLEMENTED", "t"), 200},
		"more fields":      {testHook, strings.Replace(good, "{", `{"version":7,"x":[{}],`, 1), 200},
		"wrong token":      {strings.Repeat("f", 40), good, 404},
		"short token":      {"0", good, 404},
		"no id":            {testHook, `{"bankStatus":"IMPLEMENTED","eventTime":"t"}`, 400},
		"no uuid":          {testHook, event("1 or 1=1", "IMPLEMENTED", "t"), 400},
		"no status":        {testHook, event(id, "", "t"), 400},
		"no time":          {testHook, event(id, "IMPLEMENTED", ""), 400},
		"a list":           {testHook, "[" + good + "]", 400},
		"junk":             {testHook, "bankStatus=IMPLEMENTED", 400},
		"nothing":          {testHook, "", 400},
		"too large":        {testHook, strings.Replace(good, "{", `{"x":"`+strings.Repeat("x", maxHook)+`",`, 1), 413},
	} {
		status, said := w.notify(c.token, c.body)
		if status != c.status || status != 404 && said != "" {
			t.Errorf("%s: answered %d %q, want %d", name, status, text(said), c.status)
		}
	}
	if strings.Contains(w.log.String(), testHook) {
		t.Error("the token of the address is in the log")
	}
	w.browser().get("/hooks/bank/"+testHook).want(t, 405)
	w.connect().get("/admin").want(t, 200, "Уведомления банка")
}

// The bank's own notification is understood.
func TestNotificationOfTheEmulator(t *testing.T) {
	w := newWorld(t)
	number, id := w.waiting()
	w.tell("PUT", "/api/webhook", `{"url":"`+w.server.hookURL()+`"}`)
	w.tell("POST", "/api/documents/"+id+"/status", `{"status":"IMPLEMENTED"}`)
	w.tell("POST", "/api/webhooks/deliver", "")
	if at := w.first(number).CheckAt; at.After(w.clock.Now()) {
		t.Errorf("the next question is at %v", at)
	}
	w.reconcile()
	if p := w.first(number); p.State != orders.PaymentPaid {
		t.Errorf("state %s", p.State)
	}
}
