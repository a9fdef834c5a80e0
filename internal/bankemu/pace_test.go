package bankemu_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// answers sends n calls and gives their statuses, as in "204 429".
func answers(r *rig, token string, n int) string {
	r.t.Helper()
	var got []string
	for range n {
		got = append(got, fmt.Sprint(r.get(pathOffers, token).status))
	}
	return strings.Join(got, " ")
}

func TestPace(t *testing.T) {
	r := newRig(t)
	sever, gavan := r.signIn("sever-director").Access, r.signIn("gavan-director").Access
	r.control("POST", "/api/settings", `{"rate":2}`)
	if got := answers(r, sever, 3); got != "204 204 429" {
		t.Errorf("two a second: %s", got)
	}
	if got := r.get(pathOffers, gavan).status; got != 429 {
		t.Errorf("the rate is the client's, not the company's: %d", got)
	}
	r.advance(500 * time.Millisecond)
	if got := answers(r, sever, 2); got != "204 429" {
		t.Errorf("half a second later: %s", got)
	}
	r.control("POST", "/api/clock", `{"advance":"1s"}`)
	if got := answers(r, sever, 3); got != "204 204 429" {
		t.Errorf("a second later by the bank's clock: %s", got)
	}
	r.control("POST", "/api/clock", `{"advance":"-1h"}`)
	if got := answers(r, sever, 3); got != "204 204 429" {
		t.Errorf("the clock was put back: %s", got)
	}
	r.control("POST", "/api/settings", `{"rate":0}`)
	if got := answers(r, sever, 3); got != "204 204 204" {
		t.Errorf("switched off: %s", got)
	}
}

func TestTooManyRequests(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sever-director").Access
	r.control("POST", "/api/settings", `{"rate":1}`)
	r.get(pathOffers, tok)
	a := r.get(pathOffers, tok)
	if m := a.json(t); a.status != 429 || m["cause"] != "TOO_MANY_REQUESTS" || m["referenceId"] == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if _, has := a.header["Retry-After"]; has {
		t.Errorf("Retry-After %q without the setting", a.header.Get("Retry-After"))
	}
	r.control("POST", "/api/settings", `{"retryAfter":"3"}`)
	if a := r.get(pathOffers, tok); a.status != 429 || a.header.Get("Retry-After") != "3" {
		t.Errorf("%d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
}

func TestRefusedByPaceUsesUpNoFault(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sever-director").Access
	r.control("POST", "/api/settings", `{"rate":1}`)
	r.get(pathOffers, tok)
	r.control("POST", "/api/faults", `{"path":"/fintech/","kind":"status","status":503,"times":1}`)
	if got := answers(r, tok, 1); got != "429" {
		t.Errorf("%s", got)
	}
	r.advance(time.Second)
	if got := answers(r, tok, 1); got != "503" {
		t.Errorf("%s", got)
	}
}

func TestMinInterval(t *testing.T) {
	r := newRig(t)
	sever, gavan := r.signIn("sever-director").Access, r.signIn("gavan-director").Access
	r.control("POST", "/api/settings", `{"minInterval":"2s"}`)
	if got := answers(r, sever, 2); got != "204 429" {
		t.Errorf("at once: %s", got)
	}
	if got := r.get(pathOffers, gavan).status; got != 204 {
		t.Errorf("another token: %d", got)
	}
	if got := r.get("/ic/sso/api/v2/oauth/user-info", sever).status; got != 200 {
		t.Errorf("another call: %d", got)
	}
	if got := r.state(newID(), sever) + r.state(newID(), sever); got != "404429" {
		t.Errorf("the same call about two documents: %s", got)
	}
	r.advance(1999 * time.Millisecond)
	if got := answers(r, sever, 1); got != "429" {
		t.Errorf("before the interval: %s", got)
	}
	r.advance(time.Millisecond)
	if got := answers(r, sever, 1); got != "204" {
		t.Errorf("after the interval: %s", got)
	}
}

func TestStatementRate(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sever-director").Access
	r.control("POST", "/api/settings", `{"statementRate":5}`)
	var last answer
	for range 5 {
		if last = r.get("/fintech/api/v2/statement/summary", tok); last.status == 429 {
			t.Fatal("refused too early")
		}
	}
	if last = r.get("/fintech/api/v2/statement/summary", tok); last.status != 429 {
		t.Errorf("the sixth call of a second: %d", last.status)
	}
	if got := answers(r, tok, 6); got != "204 204 204 204 204 204" {
		t.Errorf("other families: %s", got)
	}
}

func TestWrongPaceIsRefused(t *testing.T) {
	r := newRig(t)
	for _, s := range []string{`{"rate":-1}`, `{"rate":2000000}`, `{"minInterval":"soon"}`, `{"minInterval":"-1s"}`, `{"record":"all"}`, `{"retryAfter":"1\r\nX: y"}`} {
		r.refused("POST", "/api/settings", s, 400)
	}
	for _, s := range []string{`{"advance":"xd"}`, `{"advance":"1"}`, `{"advance":"99999d"}`} {
		r.refused("POST", "/api/clock", s, 400)
	}
	if got := r.control("POST", "/api/clock", `{"advance":"40d12h"}`).json(t)["offset"]; got != "972h0m0s" {
		t.Errorf("offset %v", got)
	}
}
