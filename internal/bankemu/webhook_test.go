package bankemu_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"creditcart/internal/bankemu"
)

// receiver is a partner's address: it keeps what it got and answers what it is told.
type receiver struct {
	url    string
	mu     sync.Mutex
	status int
	header http.Header
	got    []string // method, content type, body
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	h := &receiver{status: 200}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.got = append(h.got, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
		for k, v := range h.header {
			w.Header()[k] = v
		}
		w.WriteHeader(h.status)
	}))
	t.Cleanup(s.Close)
	h.url = s.URL + "/hooks/secret-part"
	return h
}

func (h *receiver) answers(status int, header ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status, h.header = status, http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.header.Set(header[i], header[i+1])
	}
}

func (h *receiver) calls() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.got)
}

// hooked is a bank with a registered receiver.
func hooked(t *testing.T) (*rig, *receiver) {
	t.Helper()
	r, h := newRig(t), newReceiver(t)
	r.control("PUT", "/api/webhook", `{"url":"`+h.url+`","client":"`+clientID+`"}`)
	return r, h
}

func (r *rig) deliver() int {
	r.t.Helper()
	n, _ := r.control("POST", "/api/webhooks/deliver", "").json(r.t)["calls"].(float64)
	return int(n)
}

func (r *rig) event(i int) object {
	r.t.Helper()
	events, _ := r.control("GET", "/api/webhooks", "").json(r.t)["events"].([]any)
	if i >= len(events) {
		r.t.Fatalf("%d events", len(events))
	}
	o, _ := events[i].(object)
	return o
}

func TestWebhookPayload(t *testing.T) {
	r, h := hooked(t)
	id := r.pay("romashka-director", nil)
	r.advance(5 * time.Second)
	if n := r.deliver(); n != 0 {
		t.Errorf("%d calls before the end", n)
	}
	r.advance(time.Minute)
	if n := r.deliver(); n != 1 {
		t.Errorf("%d calls", n)
	}
	if n := r.deliver(); n != 0 {
		t.Errorf("%d calls after it was told", n)
	}
	got := h.calls()
	if len(got) != 1 || !strings.HasPrefix(got[0], "POST application/json") {
		t.Fatalf("%q", got)
	}
	var payload map[string]any
	if err := json.Unmarshal([]byte(got[0][strings.Index(got[0], "{"):]), &payload); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{"externalId": id, "bankStatus": "IMPLEMENTED", "eventTime": "2026-11-22T09:00:06.000Z"} {
		t.Run(field, func(t *testing.T) {
			if payload[field] != want {
				t.Errorf("%v, want %s", payload[field], want)
			}
		})
	}
	t.Run("nothing else", func(t *testing.T) {
		if len(payload) != 3 {
			t.Errorf("%v", payload)
		}
	})
}

// Each documented status is a subtest: the final ones are told, the others are not.
func TestWebhookStatuses(t *testing.T) {
	final := []string{"IMPLEMENTED", "DELETED", "INVALIDEDS", "RECALL", "REFUSEDBYBANK", "REFUSEDBYABS", "REQUISITEERROR", "REFUSED_BY_RZK", "FRAUDDENY"}
	others := []string{"ACCEPTED", "ACCEPTED_BY_ABS", "CARD2", "CREATED", "CHECKERROR", "DELAYED", "DELIVERED", "DELIVERED_RZK", "FRAUDALLOW", "FRAUDREVIEW",
		"FRAUDSENT", "FRAUDSMS", "NOT_ACCEPTED_RZK", "PARTSIGNED", "PROCESSING_RZK", "REQUESTED_RECALL", "RZK_SIGN_ERROR", "SENDING_TO_RZK", "SIGNED", "TO_PROCESSING_RZK"}
	r, h := hooked(t)
	for _, status := range append(slices.Clone(final), others...) {
		t.Run(status, func(t *testing.T) {
			r.t = t
			id := r.pay("romashka-director", func(o object) { o["amount"] = json.Number("2300.00") })
			before := len(h.calls())
			r.control("POST", "/api/documents/"+id+"/status", `{"status":"`+status+`"}`)
			r.deliver()
			told := h.calls()[before:]
			if !slices.Contains(final, status) {
				if len(told) != 0 {
					t.Errorf("told: %q", told)
				}
				return
			}
			if len(told) != 1 || !strings.Contains(told[0], `"`+status+`"`) || !strings.Contains(told[0], id) {
				t.Errorf("told: %q", told)
			}
		})
	}
}

func TestWebhookEnds(t *testing.T) {
	draft := func(r *rig) string {
		id := newID()
		if a := r.post(pathInvoice, r.signIn("romashka-director").Access, body(r.t, invoice(id))); a.status != 201 {
			r.t.Fatalf("%d %s", a.status, a.body)
		}
		return id
	}
	t.Run("draft that nobody signed in time", func(t *testing.T) {
		r, h := hooked(t)
		id := draft(r)
		r.advance(10 * 24 * time.Hour)
		r.deliver()
		if n := len(h.calls()); n != 0 {
			t.Errorf("%d calls in its life", n)
		}
		r.advance(24 * time.Hour)
		r.deliver()
		if got := h.calls(); len(got) != 1 || !strings.Contains(got[0], "DELETED") || !strings.Contains(got[0], id) {
			t.Errorf("%q", got)
		}
	})
	t.Run("declined draft", func(t *testing.T) {
		r, h := hooked(t)
		r.control("POST", "/api/documents/"+draft(r)+"/decline", "")
		r.deliver()
		r.advance(20 * 24 * time.Hour)
		r.deliver()
		if got := h.calls(); len(got) != 1 || !strings.Contains(got[0], "DELETED") {
			t.Errorf("%q", got)
		}
	})
	t.Run("recalled", func(t *testing.T) {
		r, h := hooked(t)
		r.control("POST", "/api/documents/"+r.pay("romashka-director", nil)+"/recall", "")
		r.advance(time.Minute)
		r.deliver()
		if got := h.calls(); len(got) != 1 || !strings.Contains(got[0], `"RECALL"`) {
			t.Errorf("%q", got)
		}
	})
	t.Run("a status that changes once more is told once more", func(t *testing.T) {
		r, h := hooked(t)
		id := r.pay("romashka-director", nil)
		r.control("POST", "/api/documents/"+id+"/status", `{"status":"FRAUDDENY"}`)
		r.deliver()
		r.advance(time.Hour)
		r.control("POST", "/api/documents/"+id+"/status", `{"status":""}`)
		r.deliver()
		if got := h.calls(); len(got) != 2 || !strings.Contains(got[0], "FRAUDDENY") || !strings.Contains(got[1], "IMPLEMENTED") {
			t.Errorf("%q", got)
		}
	})
	t.Run("test contour never says IMPLEMENTED", func(t *testing.T) {
		r, h := hooked(t)
		r.control("POST", "/api/settings", `{"testContour":true}`)
		r.pay("romashka-director", nil)
		r.advance(time.Hour)
		if r.deliver(); len(h.calls()) != 0 {
			t.Errorf("%q", h.calls())
		}
	})
	t.Run("what ended before the registration is not told", func(t *testing.T) {
		r, h := newRig(t), newReceiver(t)
		r.pay("romashka-director", nil)
		r.advance(time.Hour)
		r.deliver()
		r.control("PUT", "/api/webhook", `{"url":"`+h.url+`"}`)
		if r.deliver(); len(h.calls()) != 0 {
			t.Errorf("%q", h.calls())
		}
	})
}

// Each answer of the receiver is a subtest, by its code.
func TestWebhookAnswers(t *testing.T) {
	outcome := map[int]string{}
	for _, code := range []int{200, 201, 202, 204} {
		outcome[code] = "delivered"
	}
	for _, code := range []int{408, 409, 429, 500, 502, 503, 504, 507, 508, 509} {
		outcome[code] = "waiting"
	}
	for _, code := range []int{301, 302, 307, 308, 400, 401, 403, 404, 405, 410, 413, 415, 422, 501, 505, 511} {
		outcome[code] = "refused"
	}
	r, h := hooked(t)
	i := 0
	for code, want := range outcome {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			r.t = t
			h.answers(code, "Location", h.url)
			before := len(h.calls())
			r.pay("romashka-director", func(o object) { o["amount"] = json.Number("2300.00") })
			r.advance(6 * time.Second)
			r.deliver()
			e := r.event(i)
			i++
			if e["state"] != want || e["lastCode"] != float64(code) || e["attempts"] != 1.0 || len(h.calls()) != before+1 {
				t.Errorf("%v after %d calls", e, len(h.calls())-before)
			}
			h.answers(200)
			r.advance(time.Minute)
			r.deliver()
			again := len(h.calls()) - before - 1
			if want == "waiting" && again != 1 || want != "waiting" && again != 0 {
				t.Errorf("%d calls more", again)
			}
		})
	}
}

func TestWebhookPauses(t *testing.T) {
	t.Run("grow, and end after a day", func(t *testing.T) {
		r, h := hooked(t)
		h.answers(503)
		r.pay("romashka-director", nil)
		r.advance(6 * time.Second)
		ended, times := r.now(), []time.Duration{}
		for r.now().Before(ended.Add(30 * time.Hour)) {
			if r.deliver() > 0 {
				times = append(times, r.now().Sub(ended))
			}
			if r.now().Sub(ended) < time.Hour {
				r.advance(10 * time.Second)
			} else {
				r.advance(5 * time.Minute)
			}
		}
		for i := 2; i < len(times); i++ {
			if times[i]-times[i-1] < times[i-1]-times[i-2] {
				t.Errorf("the pause before attempt %d is shorter than the one before it: %v", i+1, times)
			}
		}
		if e := r.event(0); len(times) < 10 || times[1] != 10*time.Second || times[len(times)-1] > 24*time.Hour || e["state"] != "givenUp" || e["attempts"] != float64(len(times)) {
			t.Errorf("%v at %v", e, times)
		}
	})
	t.Run("no answer at all is tried again", func(t *testing.T) {
		r := newRig(t)
		gone := httptest.NewServer(http.NotFoundHandler())
		gone.Close()
		r.control("PUT", "/api/webhook", `{"url":"`+gone.URL+`/hooks/secret-part"}`)
		r.pay("romashka-director", nil)
		r.advance(6 * time.Second)
		r.deliver()
		e := r.event(0)
		if e["state"] != "waiting" || e["lastCode"] != 0.0 || e["lastError"] == nil || strings.Contains(fmt.Sprint(e), "secret-part") {
			t.Errorf("%v", e)
		}
		h := newReceiver(t)
		r.control("PUT", "/api/webhook", `{"url":"`+h.url+`"}`)
		r.advance(10 * time.Second)
		if r.deliver(); len(h.calls()) != 1 || r.event(0)["state"] != "delivered" || r.event(0)["attempts"] != 2.0 {
			t.Errorf("%v, %q", r.event(0), h.calls())
		}
	})
}

func TestWebhookMisbehaviour(t *testing.T) {
	t.Run("twice", func(t *testing.T) {
		r, h := hooked(t)
		r.control("POST", "/api/settings", `{"webhookTwice":true}`)
		r.pay("romashka-director", nil)
		r.advance(6 * time.Second)
		r.deliver()
		if got := h.calls(); len(got) != 2 || got[0] != got[1] {
			t.Errorf("%q", got)
		}
	})
	t.Run("out of order", func(t *testing.T) {
		r, h := hooked(t)
		r.control("POST", "/api/settings", `{"webhookReverse":true}`)
		first := r.pay("romashka-director", func(o object) { o["amount"] = json.Number("2300.00") })
		r.advance(time.Second)
		second := r.pay("romashka-director", func(o object) { o["amount"] = json.Number("2300.00") })
		r.advance(time.Minute)
		r.deliver()
		if got := h.calls(); len(got) != 2 || !strings.Contains(got[0], second) || !strings.Contains(got[1], first) {
			t.Errorf("%q", got)
		}
	})
}

func TestWebhookRegistration(t *testing.T) {
	put := func(r *rig, body string) int {
		return do(t, http.DefaultClient, "PUT", r.manage+"/api/webhook", "application/json", body).status
	}
	r, h := hooked(t)
	for body, want := range map[string]int{`{"url":"ftp://127.0.0.1/x"}`: 400, `{"url":"/hooks"}`: 400, `{"url":"http://user:pw@127.0.0.1/"}`: 400,
		`{"url":"javascript:alert(1)"}`: 400, `{"url":"` + h.url + `","client":"1"}`: 404, `{"uri":"x"}`: 400} {
		if got := put(r, body); got != want {
			t.Errorf("%s: %d, want %d", body, got, want)
		}
	}
	if s := r.control("GET", "/api/webhooks", "").body; strings.Contains(s, "secret-part") || !strings.Contains(s, "127.0.0.1") {
		t.Errorf("addresses: %s", s)
	}
	put(r, `{"url":""}`)
	r.pay("romashka-director", nil)
	r.advance(time.Hour)
	if r.deliver(); len(h.calls()) != 0 {
		t.Errorf("after the address was taken away: %q", h.calls())
	}
	t.Run("by configuration", func(t *testing.T) {
		h := newReceiver(t)
		r := newRigWith(t, func(c *bankemu.Config) { c.Clients[0].WebhookURL = h.url })
		r.pay("romashka-director", nil)
		r.advance(time.Hour)
		if r.deliver(); len(h.calls()) != 1 {
			t.Errorf("%q", h.calls())
		}
		if _, err := bankemu.New(bankemu.Config{Clients: []bankemu.Client{{ID: "1", Secret: "x", RedirectURIs: []string{callback}, WebhookURL: "file:///x"}}}); err == nil {
			t.Error("a file is no address")
		}
	})
}

// Run delivers at each tick and ends with its context.
func TestRun(t *testing.T) {
	h, tick := newReceiver(t), make(chan time.Time)
	r := newRigWith(t, func(c *bankemu.Config) { c.Clients[0].WebhookURL, c.Tick = h.url, tick })
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { r.emu.Run(ctx) })
	r.pay("romashka-director", nil)
	tick <- r.now()
	r.advance(6 * time.Second)
	tick <- r.now()
	tick <- r.now() // taken only when the look before it is over
	if n := len(h.calls()); n != 1 {
		t.Errorf("%d calls", n)
	}
	cancel()
	running.Wait()
}
