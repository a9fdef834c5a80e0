package bankemu_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankemu"
)

func TestAuthorizeRefusals(t *testing.T) {
	r := newRig(t)
	set := func(k, v string) func(url.Values) { return func(q url.Values) { q.Set(k, v) } }
	cases := []struct {
		name   string
		change func(url.Values)
		status int
		code   string // error on the redirect; empty = a page without a redirect
	}{
		{"unknown client", set("client_id", "999"), 400, ""},
		{"foreign redirect_uri", set("redirect_uri", "http://127.0.0.1:8080/login/callback/"), 400, ""},
		{"no redirect_uri", func(q url.Values) { q.Del("redirect_uri") }, 400, ""},
		{"no state", func(q url.Values) { q.Del("state") }, 302, "invalid_request"},
		{"token flow", set("response_type", "token"), 302, "unsupported_response_type"},
		{"no scope", set("scope", ""), 302, "invalid_scope"},
		{"openid not first", set("scope", "inn openid"), 302, "invalid_scope"},
		{"scope not registered", set("scope", "openid PAYROLL"), 302, "invalid_scope"},
		{"plain PKCE", func(q url.Values) { q.Set("code_challenge", strings.Repeat("a", 43)) }, 302, "invalid_request"},
		{"short PKCE", func(q url.Values) { q.Set("code_challenge", "a"); q.Set("code_challenge_method", "S256") }, 302, "invalid_request"},
		{"prompt unknown", set("prompt", "now"), 302, "invalid_request"},
		{"prompt none without a session", set("prompt", "none"), 302, "login_required"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := do(t, browser(), "GET", r.bank+authorizeQuery(c.change), "", "")
			u, _ := url.Parse(a.header.Get("Location"))
			if a.status != c.status || u.Query().Get("error") != c.code {
				t.Errorf("status %d, error %q: %s", a.status, u.Query().Get("error"), a.body)
			}
		})
	}
}

func TestAuthorizeDecisions(t *testing.T) {
	r := newRig(t)
	a := do(t, browser(), "POST", r.bank+authorizeQuery(nil), formType, "decision=deny")
	u, _ := url.Parse(a.header.Get("Location"))
	if u.Query().Get("error") != "access_denied" || u.Query().Get("state") != strings.Repeat("s", 40) {
		t.Errorf("deny: %s", u)
	}
	for name, form := range map[string]string{"nobody": "decision=allow", "stranger": "decision=allow&person=nobody", "no decision": "person=sokolov"} {
		if a := do(t, browser(), "POST", r.bank+authorizeQuery(nil), formType, form); a.status != 422 {
			t.Errorf("%s: status %d", name, a.status)
		}
	}
	a = do(t, browser(), "POST", r.bank+authorizeQuery(nil), formType, "decision=allow&person=niva-head")
	if a.status != 403 || !strings.Contains(a.body, "http://localhost:28016/ic/sso/api/v2/oauth/authorize?") {
		t.Errorf("a Token user on the SMS host: status %d: %s", a.status, a.body)
	}
	if a := do(t, browser(), "POST", r.agent+authorizeQuery(nil), formType, "decision=allow&person=sokolov"); a.status != 403 {
		t.Errorf("an SMS user on the agent: status %d", a.status)
	}
	r.control("POST", "/api/settings", `{"testContour":true}`)
	r.authorize(browser(), r.bank, "niva-head", nil) // one host for both in the test contour
	c := browser()
	r.authorize(c, r.bank, "sokolov", nil)
	a = do(t, c, "GET", r.bank+authorizeQuery(func(q url.Values) { q.Set("prompt", "none") }), "", "")
	if u, _ := url.Parse(a.header.Get("Location")); u.Query().Get("code") == "" {
		t.Errorf("prompt=none with a session: %s", u)
	}
}

func TestEverySpellingOfThePaths(t *testing.T) {
	r := newRig(t)
	query := strings.SplitAfterN(authorizeQuery(nil), "?", 2)[1]
	for _, p := range []string{"/ic/sso/api/oauth/authorize", "/ic/sso/api/v1/oauth/authorize", "/ic/sbbid/api/v2/oauth/authorize"} {
		a := do(t, browser(), "POST", r.bank+p+"?"+query, formType, "decision=allow&person=sokolov")
		if a.status != 302 {
			t.Errorf("%s: status %d", p, a.status)
		}
	}
	for _, v := range []string{"", "/v1", "/v2"} {
		code := r.authorize(browser(), r.bank, "sokolov", nil).Get("code")
		form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "client_id": {clientID}, "client_secret": {secret}}
		a := do(t, http.DefaultClient, "POST", r.bank+"/ic/sso/api"+v+"/oauth/token", formType, form.Encode())
		tok := readPair(t, a)
		if a := r.get("/ic/sso/api"+v+"/oauth/user-info", tok.Access); a.status != 200 {
			t.Errorf("user-info%s: status %d", v, a.status)
		}
	}
}

func TestTokenRefusals(t *testing.T) {
	r := newRig(t)
	verifier := strings.Repeat("v", 50)
	sum := sha256.Sum256([]byte(verifier))
	pkce := func(q url.Values) {
		q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
		q.Set("code_challenge_method", "S256")
	}
	cases := []struct {
		name   string
		pkce   bool
		change func(url.Values)
		status int
		code   string
	}{
		{"all right", true, func(url.Values) {}, 200, ""},
		{"wrong secret", false, func(f url.Values) { f.Set("client_secret", "x") }, 401, "invalid_client"},
		{"unknown client", false, func(f url.Values) { f.Set("client_id", "9") }, 401, "invalid_client"},
		{"grant type", false, func(f url.Values) { f.Set("grant_type", "client_credentials") }, 400, "unsupported_grant_type"},
		{"unknown code", false, func(f url.Values) { f.Set("code", "x") }, 400, "invalid_grant"},
		{"other redirect_uri", false, func(f url.Values) { f.Set("redirect_uri", callback+"x") }, 400, "invalid_grant"},
		{"no verifier", true, func(f url.Values) { f.Del("code_verifier") }, 400, "invalid_grant"},
		{"wrong verifier", true, func(f url.Values) { f.Set("code_verifier", verifier+"x") }, 400, "invalid_grant"},
		{"verifier without challenge", false, func(f url.Values) { f.Set("code_verifier", verifier) }, 400, "invalid_grant"},
		{"too late", false, func(url.Values) { r.advance(2 * time.Minute) }, 400, "invalid_grant"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			change := func(url.Values) {}
			if c.pkce {
				change = pkce
			}
			form := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {callback},
				"code": {r.authorize(browser(), r.bank, "sokolov", change).Get("code")}}
			if c.pkce {
				form.Set("code_verifier", verifier)
			}
			c.change(form)
			a := r.tokenCall(form)
			if got, _ := a.json(t)["error"].(string); a.status != c.status || got != c.code {
				t.Errorf("status %d: %s", a.status, a.body)
			}
		})
	}
}

func TestSpentCodeRevokesItsTokens(t *testing.T) {
	r := newRig(t)
	form := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code": {r.authorize(browser(), r.bank, "sokolov", nil).Get("code")}}
	tok := readPair(t, r.tokenCall(form))
	if a := r.get(pathOffers, tok.Access); a.status != 200 {
		t.Fatalf("before: status %d", a.status)
	}
	if a := r.tokenCall(form); a.json(t)["error"] != "invalid_grant" {
		t.Errorf("replay: %s", a.body)
	}
	if a := r.get(pathOffers, tok.Access); a.status != 401 {
		t.Errorf("access token after the replay: status %d", a.status)
	}
	if a := r.refresh(tok.Refresh); a.status != 400 {
		t.Errorf("refresh token after the replay: status %d", a.status)
	}
}

func TestRefreshReserve(t *testing.T) {
	r := newRig(t)
	first := r.signIn("sokolov")
	second := readPair(t, r.refresh(first.Refresh))
	r.advance(59 * time.Minute)
	third := readPair(t, r.refresh(first.Refresh)) // the answer was lost: the same token again
	for name, tok := range map[string]pair{"first": first, "second": second, "third": third} {
		if a := r.get(pathOffers, tok.Access); a.status != 200 {
			t.Errorf("%s access token: status %d", name, a.status)
		}
	}
	r.advance(time.Minute) // an hour since the first use
	if a := r.refresh(first.Refresh); a.json(t)["error"] != "invalid_grant" {
		t.Errorf("repeat after an hour: %s", a.body)
	}
	r.advance(time.Hour)
	if a := r.refresh(first.Refresh); a.status != 400 {
		t.Errorf("repeat after two hours: status %d", a.status)
	}
	readPair(t, r.refresh(second.Refresh))
	r.control("POST", "/api/settings", `{"secretLife":"0s"}`) // the client's secret would be dead long before
	r.advance(180 * 24 * time.Hour)
	if a := r.refresh(third.Refresh); a.status != 400 {
		t.Errorf("after 180 days: status %d", a.status)
	}
}

func TestAccessTokenExpires(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	r.advance(time.Hour - time.Second)
	if a := r.get(pathOffers, tok.Access); a.status != 200 {
		t.Errorf("at 59:59: status %d", a.status)
	}
	r.control("POST", "/api/clock", `{"advance":"1s"}`)
	a := r.get(pathOffers, tok.Access)
	if a.status != 401 || a.json(t)["cause"] != "UNAUTHORIZED" || a.json(t)["referenceId"] == "" {
		t.Errorf("at 60:00: status %d: %s", a.status, a.body)
	}
	if a := r.get("/ic/sso/api/v2/oauth/user-info", tok.Access); a.status != 401 || a.json(t)["error"] != "UNAUTHORIZED" {
		t.Errorf("user-info: status %d: %s", a.status, a.body)
	}
}

func TestRevoke(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	call := func(token, secret string) answer {
		form := url.Values{"client_id": {clientID}, "client_secret": {secret}, "token": {token}}
		return do(t, http.DefaultClient, "POST", r.bank+"/ic/sso/api/v2/oauth/revoke", formType, form.Encode())
	}
	if a := call(tok.Access, "wrong"); a.status != 401 {
		t.Errorf("wrong secret: status %d", a.status)
	}
	if a := call(tok.Access, secret); a.status != 200 || a.body != "" {
		t.Errorf("status %d: %q", a.status, a.body)
	}
	if a := r.get(pathOffers, tok.Access); a.status != 401 {
		t.Errorf("revoked access token: status %d", a.status)
	}
	next := readPair(t, r.refresh(tok.Refresh))
	call(next.Refresh, secret)
	if a := r.get(pathOffers, next.Access); a.status != 401 {
		t.Errorf("access token of a revoked sign-in: status %d", a.status)
	}
}

func TestJWTs(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("vektor-director")
	for _, s := range []string{tok.Access, tok.Refresh} {
		if !regexp.MustCompile(`^[a-zA-Z0-9]{38}$`).MatchString(s) {
			t.Errorf("token form: %q", s)
		}
	}
	id := payload(t, tok.ID)
	if id["iss"] != bankemu.IDTokenIssuer || id["aud"] != clientID || id["nonce"] != "nonce-1" || id["exp"].(float64)-id["iat"].(float64) != 300 {
		t.Errorf("id_token %v", id)
	}
	a := r.get("/ic/sso/api/v2/oauth/user-info", tok.Access)
	if !strings.HasPrefix(a.header.Get("Content-Type"), "application/jwt") {
		t.Errorf("content type %q", a.header.Get("Content-Type"))
	}
	header, _ := base64.RawURLEncoding.DecodeString(strings.Split(a.body, ".")[0])
	if string(header) != `{"typ":"JWT","alg":"gost34.10-2012"}` {
		t.Errorf("header %s", header)
	}
	info := payload(t, a.body)
	want := map[string]any{"iss": "http://localhost:8090", "aud": clientID, "sub": id["sub"], "inn": "9901011759", "buyOnCreditMmb": true,
		"hasActiveCreditLine": true, "creditLineAvailableSum": "10000.50", "orgLawFormShort": "ООО", "userCryptoType": "SMS"}
	for k, v := range want {
		if info[k] != v {
			t.Errorf("%s = %v, want %v", k, info[k], v)
		}
	}
	if _, ok := info["orgOgrn"]; ok {
		t.Error("a claim outside the scope is there")
	}
	small := r.authorize(browser(), r.bank, "vektor-director", func(q url.Values) { q.Set("scope", "openid inn") })
	tok = readPair(t, r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {small.Get("code")}, "redirect_uri": {callback}}))
	if info := payload(t, r.get("/ic/sso/api/v2/oauth/user-info", tok.Access).body); len(info) != 4 {
		t.Errorf("only aud, iss, sub and inn were asked for: %v", info)
	}
	if a := r.get(pathOffers, tok.Access); a.status != 403 || a.json(t)["cause"] != "ACTION_ACCESS_EXCEPTION" {
		t.Errorf("an operation outside the scope: status %d: %s", a.status, a.body)
	}
}
