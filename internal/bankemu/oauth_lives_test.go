package bankemu_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// stateOf is the state of the one row of a kind and person.
func (r *rig) stateOf(kind, person string) string {
	r.t.Helper()
	rows := r.tokens("?kind=" + kind + "&person=" + person)
	if len(rows) != 1 {
		r.t.Fatalf("%d rows of %s", len(rows), kind)
	}
	return rows[0].State
}

// Every object's life on the movable clock, seen from both sides: what the call answers and what control shows.
func TestLifeSpans(t *testing.T) {
	t.Run("code 2 minutes", func(t *testing.T) {
		for wait, want := range map[time.Duration]string{2*time.Minute - time.Second: "used", 2 * time.Minute: "expired"} {
			r := newRig(t)
			code := r.authorize(browser(), r.bank, "sokolov", nil).Get("code")
			if got := r.stateOf("code", "sokolov"); got != "active" {
				t.Errorf("at once: %s", got)
			}
			r.control("POST", "/api/clock", `{"advance":"`+wait.String()+`"}`)
			if want == "expired" && r.stateOf("code", "sokolov") != want {
				t.Errorf("after %v: %s", wait, r.stateOf("code", "sokolov"))
			}
			a := r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}})
			if (a.status == 200) != (want == "used") {
				t.Errorf("after %v: status %d: %s", wait, a.status, a.body)
			}
			if want == "used" && r.stateOf("code", "sokolov") != want {
				t.Errorf("spent: %s", r.stateOf("code", "sokolov"))
			}
		}
	})
	t.Run("access token 60 minutes", func(t *testing.T) {
		r := newRig(t)
		tok := r.signIn("sokolov")
		r.control("POST", "/api/clock", `{"advance":"59m59s"}`)
		if got := r.stateOf("access", "sokolov"); got != "active" || r.get(pathOffers, tok.Access).status != 200 {
			t.Errorf("before its end: %s", got)
		}
		r.control("POST", "/api/clock", `{"advance":"1s"}`)
		if got := r.stateOf("access", "sokolov"); got != "expired" || r.get(pathOffers, tok.Access).status != 401 {
			t.Errorf("after its end: %s", got)
		}
	})
	t.Run("refresh token 180 days", func(t *testing.T) {
		r := newRig(t)
		r.control("POST", "/api/settings", `{"secretLife":"0s"}`)
		tok := r.signIn("sokolov")
		r.control("POST", "/api/clock", `{"advance":"4320h"}`)
		if got := r.stateOf("refresh", "sokolov"); got != "dead" || r.refresh(tok.Refresh).status != 400 {
			t.Errorf("after 180 days: %s", got)
		}
		r.control("POST", "/api/clock", `{"advance":"-1s"}`)
		if got := r.stateOf("refresh", "sokolov"); got != "active" || r.refresh(tok.Refresh).status != 200 {
			t.Errorf("a second before: %s", got)
		}
	})
	t.Run("refresh token in reserve", func(t *testing.T) {
		r := newRig(t)
		tok := r.signIn("sokolov")
		readPair(t, r.refresh(tok.Refresh))
		used := func() tokenRow {
			for _, row := range r.tokens("?kind=refresh&person=sokolov") {
				if row.Used != nil {
					return row
				}
			}
			t.Fatal("no used refresh token")
			return tokenRow{}
		}
		row := used()
		if row.State != "reserve" || row.ReplayUntil.Sub(*row.Used) != time.Hour || row.Expires.Sub(*row.Used) != 2*time.Hour {
			t.Errorf("%+v", row)
		}
		r.control("POST", "/api/clock", `{"advance":"2h"}`)
		if got := used().State; got != "dead" {
			t.Errorf("after two hours: %s", got)
		}
	})
	t.Run("bank session 60 minutes", func(t *testing.T) {
		r := newRig(t)
		r.authorize(browser(), r.bank, "sokolov", nil)
		r.control("POST", "/api/clock", `{"advance":"1h"}`)
		if got := r.stateOf("session", "sokolov"); got != "expired" {
			t.Errorf("%s", got)
		}
	})
	t.Run("client secret 40 days", func(t *testing.T) {
		r := newRig(t)
		row := r.tokens("?kind=secret")[0]
		if row.State != "active" || row.Expires.Sub(row.Issued) != 40*24*time.Hour || row.Client != clientID {
			t.Errorf("%+v", row)
		}
		r.control("POST", "/api/clock", `{"advance":"960h"}`)
		if got := r.tokens("?kind=secret")[0].State; got != "expired" {
			t.Errorf("after 40 days: %s", got)
		}
	})
}

func TestTokensAreMasked(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("merchant-manager")
	if a := r.changeSecret(changeForm(tok.Access)); a.status != 200 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	body := r.control("GET", "/api/tokens", "").body
	for _, whole := range []string{tok.Access, tok.Refresh, secret, nextSecret} {
		if strings.Contains(body, whole) || strings.Contains(body, whole[:5]) || !strings.Contains(body, `"`+whole[:4]+`…"`) {
			t.Errorf("%s… is shown whole or not at all", whole[:4])
		}
	}
	states := map[string]string{}
	for _, row := range r.tokens("") {
		states[row.Kind+" "+row.Value] = row.State
	}
	if states["secret "+nextSecret[:4]+"…"] != "active" || states["secret "+secret[:4]+"…"] != "replaced" {
		t.Errorf("secrets %v", states)
	}
	do(t, http.DefaultClient, "POST", r.bank+"/ic/sso/api/v2/oauth/revoke", formType,
		url.Values{"client_id": {clientID}, "client_secret": {nextSecret}, "token": {tok.Access}}.Encode())
	if got := r.stateOf("access", "merchant-manager"); got != "revoked" {
		t.Errorf("revoked access token: %s", got)
	}
	if a := do(t, http.DefaultClient, "GET", r.manage+"/api/tokens?limit=0", "", ""); a.status != 400 {
		t.Errorf("limit=0: status %d", a.status)
	}
	if n := len(r.tokens("?limit=1")); n != 1 {
		t.Errorf("limit=1: %d rows", n)
	}
}

// What ended long ago by the wall clock is forgotten when the next thing is issued; a moved bank clock forgets nothing.
func TestDeadTokensAreForgotten(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	readPair(t, r.refresh(tok.Refresh))
	count := func() map[string]int {
		n := map[string]int{}
		for _, row := range r.tokens("?person=sokolov") {
			n[row.Kind]++
		}
		return n
	}
	r.control("POST", "/api/clock", `{"advance":"100h"}`)
	r.signIn("vektor-director")
	if n := count(); n["code"] != 1 || n["access"] != 2 || n["refresh"] != 2 || n["session"] != 1 {
		t.Errorf("a moved clock: %v", n)
	}
	r.control("POST", "/api/clock", `{"advance":"-100h"}`)
	r.advance(4 * time.Hour)
	r.signIn("vektor-director")
	if n := count(); n["code"] != 0 || n["access"] != 0 || n["refresh"] != 1 || n["session"] != 0 {
		t.Errorf("after four hours: %v", n)
	}
}
