package bankemu_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestFaultsOfOneCall(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	cases := []struct {
		name, fault string
		status      int
		has         string
	}{
		{"503", `{"path":"/fintech/","kind":"status","status":503,"times":1}`, 503, "UNAVAILABLE_RESOURCE_EXCEPTION"},
		{"429", `{"path":"/fintech/","kind":"status","status":429,"times":1,"retryAfter":"2"}`, 429, "TOO_MANY_REQUESTS"},
		{"401", `{"path":"/fintech/","kind":"status","status":401,"times":1}`, 401, "UNAUTHORIZED"},
		{"403", `{"path":"/fintech/","kind":"status","status":403,"times":1}`, 403, "ACTION_ACCESS_EXCEPTION"},
		{"500", `{"path":"/fintech/api/v1/credit-*","kind":"status","status":500,"times":1}`, 500, "UNKNOWN_EXCEPTION"},
		{"own body", `{"path":"/fintech/","kind":"status","status":400,"times":1,"body":"{\"x\":1}"}`, 400, `{"x":1}`},
		{"redirect", `{"path":"/fintech/","kind":"status","status":307,"times":1,"headers":{"X-Seen":"1"}}`, 307, "{}"},
		{"html", `{"method":"get","path":"/fintech/","kind":"html","times":1}`, 200, "<html>"},
		{"truncated", `{"path":"/fintech/","kind":"truncate","times":1}`, 200, `[{"clientId"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.control("POST", "/api/faults", c.fault)
			a := r.get(pathOffers, tok.Access)
			if a.status != c.status || !strings.Contains(a.body, c.has) {
				t.Errorf("status %d: %s", a.status, a.body)
			}
			if c.name == "429" && a.header.Get("Retry-After") != "2" {
				t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
			}
			if c.name == "truncated" && json.Valid([]byte(a.body)) {
				t.Errorf("still whole: %s", a.body)
			}
			if a := r.get(pathOffers, tok.Access); a.status != 200 {
				t.Errorf("the fault outlived its times: status %d", a.status)
			}
		})
	}
}

// oneShot never reuses a connection, so that the client repeats nothing by itself.
func oneShot(t *testing.T) *http.Client {
	tr := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func TestLostAnswerAndDroppedCall(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	send := func(kind string) (string, error) {
		r.control("POST", "/api/faults", `{"method":"POST","path":"`+pathInvoice+`","kind":"`+kind+`","times":1}`)
		id := newID()
		_, err := try(oneShot(t), "POST", r.bank+pathInvoice, "application/json", body(t, invoice(id)), "Authorization", "Bearer "+tok.Access)
		return id, err
	}
	id, err := send("lose-answer")
	if err == nil {
		t.Error("the answer came")
	}
	if got := r.state(id, tok.Access); got != "CREATED" {
		t.Errorf("lost answer: the document is %s", got)
	}
	id, err = send("drop")
	if err == nil {
		t.Error("the answer came")
	}
	if got := r.state(id, tok.Access); got != "404" {
		t.Errorf("dropped call: the document is %s", got)
	}
	log := r.control("GET", "/api/requests", "")
	if !strings.Contains(log.body, `"status":0`) {
		t.Errorf("the journal does not show the closed connection")
	}
}

func TestErrorAfterTheWork(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	r.control("POST", "/api/faults", `{"path":"`+pathInvoice+`","kind":"status","status":500,"times":1,"afterWork":true}`)
	id := newID()
	if a := r.post(pathInvoice, tok.Access, body(t, invoice(id))); a.status != 500 {
		t.Errorf("status %d", a.status)
	}
	if got := r.state(id, tok.Access); got != "CREATED" {
		t.Errorf("the document is %s", got)
	}
}

func TestDelayAndSkip(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	r.control("POST", "/api/faults", `{"path":"/fintech/","kind":"delay","delay":"30ms","times":1}`)
	began := time.Now()
	r.get(pathOffers, tok.Access)
	if took := time.Since(began); took < 30*time.Millisecond {
		t.Errorf("took %s", took)
	}
	r.control("POST", "/api/faults", `{"path":"/fintech/","kind":"status","status":500,"skip":1,"times":1}`)
	var got []int
	for range 3 {
		got = append(got, r.get(pathOffers, tok.Access).status)
	}
	if got[0] != 200 || got[1] != 500 || got[2] != 200 {
		t.Errorf("answers %v", got)
	}
	r.control("POST", "/api/faults", `{"path":"/fintech/","kind":"status","status":500,"times":0}`)
	for range 3 {
		if a := r.get(pathOffers, tok.Access); a.status != 500 {
			t.Errorf("until cleared: status %d", a.status)
		}
	}
	r.control("DELETE", "/api/faults", "")
	if a := r.get(pathOffers, tok.Access); a.status != 200 {
		t.Errorf("cleared: status %d", a.status)
	}
}

func TestBadJWT(t *testing.T) {
	r := newRig(t)
	r.control("POST", "/api/faults", `{"path":"/ic/sso/api/v2/oauth/token","kind":"bad-jwt","times":1,"claims":{"aud":"999","nonce":null}}`)
	tok := r.signIn("sokolov")
	id := payload(t, tok.ID)
	if _, has := id["nonce"]; has || id["aud"] != "999" || id["sub"] == nil {
		t.Errorf("id_token %v", id)
	}
	r.control("POST", "/api/faults", `{"path":"/ic/sso/api/v2/oauth/user-info","kind":"bad-jwt","times":1,"claims":{"sub":"x"}}`)
	if info := payload(t, r.get("/ic/sso/api/v2/oauth/user-info", tok.Access).body); info["sub"] != "x" || info["aud"] != clientID {
		t.Errorf("user-info %v", info)
	}
}

func TestOAuthDialects(t *testing.T) {
	r := newRig(t)
	for status, key := range map[string]string{"400": "error", "401": "error", "403": "errorCode", "429": "cause", "500": "cause"} {
		r.control("POST", "/api/faults", `{"path":"/ic/sso/","kind":"status","status":`+status+`,"times":1}`)
		a := r.tokenCall(url.Values{"grant_type": {"refresh_token"}})
		if a.json(t)[key] == nil {
			t.Errorf("%s: %s", status, a.body)
		}
	}
}

func TestWrongFaultsAreRefused(t *testing.T) {
	r := newRig(t)
	for _, f := range []string{`{"kind":"explode"}`, `{"kind":"status"}`, `{"kind":"delay"}`, `{"kind":"delay","delay":"soon"}`, `{"kind":"bad-jwt"}`, `{"kind":"drop","tmies":1}`} {
		r.refused("POST", "/api/faults", f, 400)
	}
}
