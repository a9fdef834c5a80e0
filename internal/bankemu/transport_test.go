package bankemu_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The rows of testdata/conformance/transport.tsv that have no test elsewhere.
func TestTransport(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov").Access
	plain := func(method, path, contentType, body string, headers ...string) answer {
		return do(t, http.DefaultClient, method, r.bank+path, contentType, body, headers...)
	}
	t.Run("Bearer and bare token", func(t *testing.T) {
		for _, value := range []string{"Bearer " + tok, "bearer " + tok, tok} {
			if a := plain("GET", pathOffers, "", "", "Authorization", value); a.status != 200 {
				t.Errorf("%.7s…: %d", value, a.status)
			}
		}
	})
	t.Run("no token", func(t *testing.T) {
		a := plain("GET", pathOffers, "", "")
		if m := a.json(t); a.status != 401 || m["cause"] != "UNAUTHORIZED" || m["referenceId"] == "" || m["message"] == "" {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("content type of JSON", func(t *testing.T) {
		for _, a := range []answer{r.get(pathOffers, tok), r.get(pathOffers, "x"), r.tokenCall(url.Values{"grant_type": {"x"}})} {
			if got := a.header.Get("Content-Type"); got != "application/json;charset=UTF-8" {
				t.Errorf("%d: %s", a.status, got)
			}
		}
	})
	t.Run("content type of user-info", func(t *testing.T) {
		if got := r.get("/ic/sso/api/v2/oauth/user-info", tok).header.Get("Content-Type"); !strings.HasPrefix(got, "application/jwt") {
			t.Errorf("%s", got)
		}
	})
	t.Run("token call wants a form", func(t *testing.T) {
		a := plain("POST", "/ic/sso/api/v2/oauth/token", "application/json", `{"grant_type":"refresh_token"}`)
		if a.status != 400 || a.json(t)["error"] != "invalid_request" {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("unknown resource", func(t *testing.T) {
		if a := r.get("/fintech/api/v1/nothing", tok); a.status != 404 || a.json(t)["cause"] != "DATA_NOT_FOUND" {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("other methods", func(t *testing.T) {
		for path, allowed := range map[string]string{"/ic/sso/api/v2/oauth/token": "POST", "/ic/sso/api/oauth/revoke": "POST", "/ic/sso/api/v1/change-client-secret": "POST", "/ic/sso/api/v2/oauth/user-info": "GET"} {
			a := plain("PUT", path, "", "")
			if a.status != 405 || a.header.Get("Allow") != allowed || a.json(t)["error"] != "invalid_request" {
				t.Errorf("%s: %d %s %s", path, a.status, a.header.Get("Allow"), a.body)
			}
		}
	})
	t.Run("answers are not stored", func(t *testing.T) {
		if got := r.get(pathOffers, tok).header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s", got)
		}
	})
	t.Run("body too large", func(t *testing.T) {
		if a := r.post(pathInvoice, tok, strings.Repeat(" ", 1<<20+1)); a.status != 413 {
			t.Errorf("%d", a.status)
		}
	})
}

// Each mode of README.md switches something, and reset brings it back.
func TestModes(t *testing.T) {
	secretIs := func(r *rig, next string) int {
		return r.changeSecret(url.Values{"access_token": {r.signIn("merchant-manager").Access}, "client_id": {clientID}, "client_secret": {secret}, "new_client_secret": {next}}).status
	}
	sign := func(r *rig, page string) int { return do(r.t, browser(), "GET", r.bank+page, "", "").status }
	cases := []struct {
		name, setting string
		try           func(*rig) int
		off, on       int
	}{
		{"documented or lifelike", `{"documented":true}`, func(r *rig) int { return secretIs(r, "New-secret_0123456789") }, 200, 400},
		{"test contour or production", `{"testContour":true}`, func(r *rig) int {
			return do(r.t, browser(), "POST", r.bank+authorizeQuery(nil), formType, "decision=allow&person=niva-head").status
		}, 403, 302},
		{"array or object", `{"wrapOffers":true}`, func(r *rig) int {
			return int(r.get(pathOffers, r.signIn("sokolov").Access).body[0])
		}, '[', '{'},
		{"dcb", `{"signPage":"dcb"}`, func(r *rig) int { return sign(r, "/ic/ufs/rpp-light/index.html") }, 200, 404},
		{"rpp-light", `{"signPage":"rpp-light"}`, func(r *rig) int { return sign(r, "/ic/dcb/index.html") }, 200, 404},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.control("POST", "/api/settings", c.setting)
			if got := c.try(r); got != c.on {
				t.Errorf("with %s: %d, want %d", c.setting, got, c.on)
			}
			r.control("POST", "/api/reset", "")
			if got := c.try(r); got != c.off {
				t.Errorf("by default: %d, want %d", got, c.off)
			}
		})
	}
}
