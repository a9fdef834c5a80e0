package bankemu_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"creditcart/internal/bankemu"
)

// back is the query of the redirect to the shop; it fails when there is none.
func (a answer) back(t testing.TB) url.Values {
	t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != http.StatusFound || !strings.HasPrefix(u.String(), callback+"?") {
		t.Fatalf("status %d, location %q: %s", a.status, u, a.body)
	}
	return u.Query()
}

func param(pairs ...string) func(url.Values) {
	return func(q url.Values) {
		for i := 0; i+1 < len(pairs); i += 2 {
			q.Set(pairs[i], pairs[i+1])
		}
	}
}

var authorizeSpellings = []string{"/ic/sso/api/oauth/authorize", "/ic/sso/api/v1/oauth/authorize", "/ic/sso/api/v2/oauth/authorize",
	"/ic/sbbid/api/oauth/authorize", "/ic/sbbid/api/v1/oauth/authorize", "/ic/sbbid/api/v2/oauth/authorize"}

// Both browser hosts answer every spelling: with the page, and with the decision.
func TestAuthorizeSpellings(t *testing.T) {
	r := newRig(t)
	query := strings.SplitAfterN(authorizeQuery(nil), "?", 2)[1]
	for _, p := range authorizeSpellings {
		for host, person := range map[string]string{r.bank: "sokolov", r.agent: "niva-head"} {
			a := do(t, browser(), "GET", host+p+"?"+query, "", "")
			if a.status != 200 || !strings.Contains(a.body, `data-testid="bank-login-person-`+person+`"`) {
				t.Errorf("GET %s: status %d: %s", p, a.status, a.body)
			}
			q := do(t, browser(), "POST", host+p+"?"+query, formType, "decision=allow&person="+person).back(t)
			if q.Get("code") == "" || q.Get("state") != strings.Repeat("s", 40) {
				t.Errorf("POST %s: %v", p, q)
			}
		}
	}
}

func TestAuthorizeRules(t *testing.T) {
	r := newRigWith(t, func(c *bankemu.Config) { c.Clients[0].ServiceID = "di-17ae8543-0000-4000-8000-000000000001" })
	challenge := strings.Repeat("c", 43)
	twice := func(name string) func(url.Values) { return func(q url.Values) { q.Add(name, "openid") } }
	cases := []struct {
		name   string
		change func(url.Values)
		code   string // error on the redirect; "page" = an error page and no redirect; empty = the sign-in page
	}{
		{"client_id required", func(q url.Values) { q.Del("client_id") }, "page"},
		{"client_id unknown", param("client_id", "999"), "page"},
		{"client_id is digits", param("client_id", "abc"), "page"},
		{"client_id twice", twice("client_id"), "page"},
		{"redirect_uri required", func(q url.Values) { q.Del("redirect_uri") }, "page"},
		{"redirect_uri not registered", param("redirect_uri", callback+"?x=1"), "page"},
		{"redirect_uri twice", twice("redirect_uri"), "page"},
		{"state required", func(q url.Values) { q.Del("state") }, "invalid_request"},
		{"state of one letter", param("state", "s"), ""},
		{"state too long", param("state", strings.Repeat("s", 1025)), "invalid_request"},
		{"response_type required", func(q url.Values) { q.Del("response_type") }, "invalid_request"},
		{"response_type is code", param("response_type", "token"), "unsupported_response_type"},
		{"scope required", func(q url.Values) { q.Del("scope") }, "invalid_scope"},
		{"scope openid first", param("scope", "inn openid"), "invalid_scope"},
		{"scope openid alone", param("scope", "openid"), ""},
		{"scope with plus signs", param("scope", "openid+inn+GET_CREDIT_OFFERS"), ""},
		{"scope not registered", param("scope", "openid PAYROLL"), "invalid_scope"},
		{"scope too long", param("scope", "openid "+strings.Repeat("inn ", 3000)), "invalid_scope"},
		{"scope service id", param("scope", "openid di-17ae8543-0000-4000-8000-000000000001"), ""},
		{"scope foreign service id", param("scope", "openid di-17ae8543-0000-4000-8000-000000000002"), "invalid_scope"},
		{"scope twice", twice("scope"), "invalid_request"},
		{"nonce optional", func(q url.Values) { q.Del("nonce") }, ""},
		{"nonce too long", param("nonce", strings.Repeat("n", 1025)), "invalid_request"},
		{"code_challenge S256", param("code_challenge", challenge, "code_challenge_method", "S256"), ""},
		{"code_challenge plain", param("code_challenge", challenge, "code_challenge_method", "plain"), "invalid_request"},
		{"code_challenge without method", param("code_challenge", challenge), "invalid_request"},
		{"code_challenge_method alone", param("code_challenge_method", "S256"), "invalid_request"},
		{"code_challenge too long", param("code_challenge", challenge+"c", "code_challenge_method", "S256"), "invalid_request"},
		{"code_challenge charset", param("code_challenge", strings.Repeat("+", 43), "code_challenge_method", "S256"), "invalid_request"},
		{"prompt login", param("prompt", "login"), ""},
		{"prompt consent", param("prompt", "consent"), ""},
		{"prompt select_account", param("prompt", "select_account"), ""},
		{"prompt none", param("prompt", "none"), "login_required"},
		{"prompt of two words", param("prompt", "login consent"), "invalid_request"},
		{"parameter unknown", param("ui_locales", "ru"), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := do(t, browser(), "GET", r.bank+authorizeQuery(c.change), "", "")
			switch c.code {
			case "":
				if a.status != 200 || !strings.Contains(a.body, "bank-allow") {
					t.Errorf("status %d: %s", a.status, a.body)
				}
			case "page":
				if a.status != 400 || a.header.Get("Location") != "" || !strings.Contains(a.body, `data-testid="bank-message"`) {
					t.Errorf("status %d, location %q", a.status, a.header.Get("Location"))
				}
			default:
				q := a.back(t)
				if q.Get("error") != c.code || q.Get("error_description") == "" || q.Has("code") {
					t.Errorf("redirect %v", q)
				}
			}
		})
	}
}

// The service id of the contract stands for everything that is registered.
func TestServiceIDIsAllScopes(t *testing.T) {
	r := newRig(t)
	code := r.authorize(browser(), r.bank, "sokolov", param("scope", "openid di-17ae8543-0000-4000-8000-000000000001")).Get("code")
	tok := readPair(t, r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}))
	if tok.Scope != bankemu.DefaultScope {
		t.Errorf("scope %q", tok.Scope)
	}
	if a := r.get(pathOffers, tok.Access); a.status != 200 {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

func TestStateComesBackUnchanged(t *testing.T) {
	r := newRig(t)
	state := "a+b c/%2F&=#?«я»" + strings.Repeat("x", 40)
	if q := r.authorize(browser(), r.bank, "sokolov", param("state", state)); q.Get("state") != state || q.Has("nonce") {
		t.Errorf("code: %v", q)
	}
	q := do(t, browser(), "GET", r.bank+authorizeQuery(param("state", state, "response_type", "id_token")), "", "").back(t)
	if q.Get("state") != state {
		t.Errorf("error: %v", q)
	}
	q = do(t, browser(), "POST", r.bank+authorizeQuery(param("state", state)), formType, "decision=deny").back(t)
	if q.Get("state") != state || q.Get("error") != "access_denied" {
		t.Errorf("refusal: %v", q)
	}
	r.control("POST", "/api/settings", `{"echoNonce":true}`)
	if q := r.authorize(browser(), r.bank, "sokolov", nil); q.Get("nonce") != "nonce-1" {
		t.Errorf("nonce is not echoed: %v", q)
	}
}

func TestPKCERequired(t *testing.T) {
	r := newRigWith(t, func(c *bankemu.Config) { c.Clients[0].RequirePKCE = true })
	q := do(t, browser(), "GET", r.bank+authorizeQuery(nil), "", "").back(t)
	if q.Get("error") != "invalid_request" {
		t.Errorf("without: %v", q)
	}
	r.authorize(browser(), r.bank, "sokolov", param("code_challenge", strings.Repeat("c", 43), "code_challenge_method", "S256"))
}

func TestBlockedClient(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	r.control("PUT", "/api/clients/"+clientID, `{"blocked":true}`)
	q := do(t, browser(), "GET", r.bank+authorizeQuery(nil), "", "").back(t)
	if q.Get("error") != "unauthorized_client" {
		t.Errorf("authorize: %v", q)
	}
	if a := r.refresh(tok.Refresh); a.status != 400 || a.json(t)["error"] != "unauthorized_client" {
		t.Errorf("token: status %d: %s", a.status, a.body)
	}
	r.control("PUT", "/api/clients/"+clientID, `{"blocked":false}`)
	readPair(t, r.refresh(tok.Refresh))
}

func TestPrompt(t *testing.T) {
	r := newRig(t)
	ask := func(c *http.Client, change func(url.Values)) answer {
		return do(t, c, "GET", r.bank+authorizeQuery(change), "", "")
	}
	none := func(t *testing.T, c *http.Client, more ...string) url.Values {
		t.Helper()
		return ask(c, param(append([]string{"prompt", "none"}, more...)...)).back(t)
	}
	const chosen = `data-testid="bank-login-person-romashka-director" required checked`
	signed := browser()
	r.authorize(signed, r.bank, "romashka-director", param("scope", "openid inn"))

	t.Run("no prompt offers the person of the session", func(t *testing.T) {
		if a := ask(signed, nil); !strings.Contains(a.body, chosen) {
			t.Error("the person is not chosen")
		}
	})
	t.Run("none with a session and an offer", func(t *testing.T) {
		if q := none(t, signed, "scope", "openid inn"); q.Get("code") == "" {
			t.Errorf("%v", q)
		}
	})
	t.Run("none by POST shows no page either", func(t *testing.T) {
		q := do(t, browser(), "POST", r.bank+authorizeQuery(param("prompt", "none")), formType, "decision=allow&person=sokolov").back(t)
		if q.Get("error") != "login_required" {
			t.Errorf("%v", q)
		}
	})
	t.Run("none with a wider scope", func(t *testing.T) {
		if q := none(t, signed); q.Get("error") != "consent_required" {
			t.Errorf("%v", q)
		}
	})
	t.Run("none without an offer", func(t *testing.T) {
		c := browser()
		do(t, c, "POST", r.bank+"/emu/api/session", "application/json", `{"person":"sokolov"}`)
		if q := none(t, c); q.Get("error") != "consent_required" {
			t.Errorf("%v", q)
		}
	})
	t.Run("none for a person of the other host", func(t *testing.T) {
		r.control("POST", "/api/settings", `{"testContour":true}`)
		c := browser()
		r.authorize(c, r.bank, "niva-head", nil)
		r.control("POST", "/api/settings", `{"testContour":false}`)
		if q := none(t, c); q.Get("error") != "interaction_required" {
			t.Errorf("%v", q)
		}
	})
	for _, prompt := range []string{"login", "select_account"} {
		t.Run(prompt, func(t *testing.T) {
			a := ask(signed, param("prompt", prompt))
			if a.status != 200 || strings.Contains(a.body, " checked>\n<span><strong>") || !strings.Contains(a.body, "bank-prompt") {
				t.Errorf("status %d: %s", a.status, a.body)
			}
			r.authorize(signed, r.bank, "romashka-director", param("prompt", prompt))
		})
	}
	t.Run("consent shows the offer again", func(t *testing.T) {
		r.authorize(signed, r.bank, "romashka-director", nil)
		const box = `data-testid="bank-offer-account-40702810338001001418"`
		if a := ask(signed, nil); strings.Contains(a.body, box) {
			t.Error("an offer that holds is asked for")
		}
		if a := ask(signed, param("prompt", "consent")); !strings.Contains(a.body, box) || !strings.Contains(a.body, chosen) {
			t.Errorf("status %d: %s", a.status, a.body)
		}
	})
	t.Run("none after the session ended", func(t *testing.T) {
		r.control("POST", "/api/clock", `{"advance":"1h"}`)
		if q := none(t, signed); q.Get("error") != "login_required" {
			t.Errorf("%v", q)
		}
	})
}
