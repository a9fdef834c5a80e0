package bankemu_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const nextSecret = "NextSecret0123456789abcdefghijklmnopqrst"

func changeForm(access string) url.Values {
	return url.Values{"access_token": {access}, "client_id": {clientID}, "client_secret": {secret}, "new_client_secret": {nextSecret}}
}

func (r *rig) changeSecret(form url.Values, headers ...string) answer {
	r.t.Helper()
	return do(r.t, http.DefaultClient, "POST", r.bank+"/ic/sso/api/v1/change-client-secret", formType, form.Encode(), headers...)
}

// works tells whether a client secret is taken: an unknown refresh token is the next thing to be refused.
func (r *rig) works(value string) bool {
	r.t.Helper()
	a := r.tokenCall(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}, "client_secret": {value}})
	switch code := a.json(r.t)["error"]; {
	case a.status == 400 && code == "invalid_grant":
		return true
	case a.status == 401 && code == "invalid_client":
		return false
	}
	r.t.Fatalf("status %d: %s", a.status, a.body)
	return false
}

func TestChangeClientSecretWays(t *testing.T) {
	cases := []struct {
		name            string
		query           bool
		contentType     string
		body            string // instead of the form
		withAccessToken bool   // in the Authorization header
	}{
		{"form", false, formType, "", false},
		{"form with Authorization", false, formType, "", true},
		{"query", true, "", "", false},
		{"query with a JSON body", true, "application/json", `{"a":"%"}`, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, path := range []string{"/ic/sso/api/change-client-secret", "/ic/sso/api/v1/change-client-secret", "/ic/sso/api/v2/change-client-secret"} {
				r := newRig(t)
				access := r.signIn("merchant-manager").Access
				target, body := r.bank+path, changeForm(access).Encode()
				if c.query {
					target, body = target+"?"+body, c.body
				}
				var headers []string
				if c.withAccessToken {
					headers = []string{"Authorization", "Bearer " + access}
				}
				a := do(t, http.DefaultClient, "POST", target, c.contentType, body, headers...)
				if a.status != 200 || a.body != `{"clientSecretExpiration":40}` {
					t.Fatalf("%s: status %d: %s", path, a.status, a.body)
				}
				if r.works(secret) || !r.works(nextSecret) {
					t.Errorf("%s: the old secret works, or the new one does not", path)
				}
			}
		})
	}
}

// A refused change changes nothing.
func TestChangeClientSecretRefusals(t *testing.T) {
	r := newRig(t)
	own, stranger := r.signIn("merchant-manager"), r.signIn("sokolov")
	r.advance(30 * time.Minute)
	fresh := readPair(t, r.refresh(own.Refresh))
	cases := []struct {
		name   string
		change func(url.Values)
		header string
		status int
		code   string
	}{
		{"access_token required", func(f url.Values) { f.Del("access_token") }, "Bearer " + fresh.Access, 400, "invalid_request"},
		{"access_token unknown", param("access_token", strings.Repeat("x", 38)), "", 401, "invalid_token"},
		{"access_token differs from Authorization", func(url.Values) {}, "Bearer " + stranger.Access, 401, "invalid_token"},
		{"access_token of a client's company", param("access_token", stranger.Access), "", 403, "ACCESS_EXCEPTION"},
		{"client_id unknown", param("client_id", "999"), "", 401, "invalid_client"},
		{"client_secret wrong", param("client_secret", nextSecret), "", 401, "invalid_client"},
		{"new_client_secret required", func(f url.Values) { f.Del("new_client_secret") }, "", 400, "invalid_request"},
		{"new_client_secret too short", param("new_client_secret", "Short12"), "", 400, "invalid_request"},
		{"new_client_secret too long", param("new_client_secret", strings.Repeat("a", 257)), "", 400, "invalid_request"},
		{"new_client_secret charset", param("new_client_secret", "пароль-пароль"), "", 400, "invalid_request"},
		{"new_client_secret is the old one", param("new_client_secret", secret), "", 400, "invalid_request"},
		{"parameter twice", func(f url.Values) { f.Add("new_client_secret", nextSecret+"x") }, "", 400, "invalid_request"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			form := changeForm(fresh.Access)
			c.change(form)
			var headers []string
			if c.header != "" {
				headers = []string{"Authorization", c.header}
			}
			a := r.changeSecret(form, headers...)
			got := a.json(t)["error"]
			if c.status == 403 {
				got = a.json(t)["errorCode"]
			}
			if a.status != c.status || got != c.code {
				t.Errorf("status %d: %s", a.status, a.body)
			}
			if !r.works(secret) || r.works(nextSecret) {
				t.Error("a refused change has changed something")
			}
		})
	}
	t.Run("access_token expired", func(t *testing.T) {
		r.advance(30 * time.Minute)
		if a := r.changeSecret(changeForm(own.Access)); a.status != 401 || a.json(t)["error"] != "invalid_token" {
			t.Errorf("status %d: %s", a.status, a.body)
		}
	})
}

func TestSecretCharset(t *testing.T) {
	r := newRig(t)
	form := changeForm(r.signIn("merchant-manager").Access)
	form.Set("new_client_secret", "made_by-the_banks-own_SDK")
	r.control("POST", "/api/settings", `{"documented":true}`)
	if a := r.changeSecret(form); a.status != 400 {
		t.Errorf("documented: status %d: %s", a.status, a.body)
	}
	r.control("POST", "/api/settings", `{"documented":false}`)
	if a := r.changeSecret(form); a.status != 200 {
		t.Errorf("lifelike: status %d: %s", a.status, a.body)
	}
}

func TestClientSecretLives40Days(t *testing.T) {
	r := newRig(t)
	r.advance(40*24*time.Hour - time.Second)
	if !r.works(secret) {
		t.Error("dead before its time")
	}
	tok := r.signIn("merchant-manager")
	r.advance(time.Second)
	a := r.refresh(tok.Refresh)
	if a.status != 401 || a.json(t)["error"] != "invalid_client" || !strings.Contains(a.body, "expired") {
		t.Errorf("after 40 days: status %d: %s", a.status, a.body)
	}
	if a := r.changeSecret(changeForm(tok.Access)); a.status != 401 {
		t.Errorf("an expired secret changes itself: status %d: %s", a.status, a.body)
	}
	r.control("POST", "/api/reset", `{"tokens":true}`) // the partner got a new one in the bank's office
	if !r.works(secret) {
		t.Error("a full reset does not renew the secret")
	}
	r.advance(20 * 24 * time.Hour)
	if a := r.changeSecret(changeForm(r.signIn("merchant-manager").Access)); a.status != 200 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	r.advance(40*24*time.Hour - time.Second)
	if !r.works(nextSecret) {
		t.Error("the age is not counted from the change")
	}
}

// A shop that has changed its secret keeps it over a plain reset; a full one brings the configured secret back.
func TestResetAndTheSecret(t *testing.T) {
	r := newRig(t)
	if a := r.changeSecret(changeForm(r.signIn("merchant-manager").Access)); a.status != 200 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	r.control("POST", "/api/reset", "")
	if r.works(secret) || !r.works(nextSecret) {
		t.Error("plain reset took the changed secret")
	}
	r.control("POST", "/api/reset", `{"tokens":true}`)
	if !r.works(secret) || r.works(nextSecret) {
		t.Error("full reset kept the changed secret")
	}
}

func TestSecretOverlap(t *testing.T) {
	r := newRig(t)
	r.control("POST", "/api/settings", `{"secretOverlap":"1h"}`)
	if a := r.changeSecret(changeForm(r.signIn("merchant-manager").Access)); a.status != 200 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	if !r.works(secret) || !r.works(nextSecret) {
		t.Error("both must work for an hour")
	}
	r.advance(time.Hour)
	if r.works(secret) || !r.works(nextSecret) {
		t.Error("only the new one works after an hour")
	}
}

// The answer may be lost after the work was done: then only the new secret works.
func TestChangeClientSecretAnswerLost(t *testing.T) {
	r := newRig(t)
	form := changeForm(r.signIn("merchant-manager").Access)
	r.control("POST", "/api/faults", `{"path":"*/change-client-secret","kind":"lose-answer","times":1}`)
	if a, err := try(http.DefaultClient, "POST", r.bank+"/ic/sso/api/v1/change-client-secret", formType, form.Encode()); err == nil {
		t.Fatalf("an answer came: %d", a.status)
	}
	if r.works(secret) || !r.works(nextSecret) {
		t.Error("the work was not done")
	}
}
