package sbid_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/money"
	"creditcart/internal/sbid"
)

func TestAuthorizeURL(t *testing.T) {
	p := newProvider(t, nil, nil, nil)
	a := sbid.NewAttempt(sbid.ContourSMS)
	u, err := url.Parse(p.AuthorizeURL(a, "login"))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{"response_type": "code", "client_id": clientID, "redirect_uri": "https://shop.test/signin/callback",
		"scope": "openid inn OrgName", "state": a.State, "nonce": a.Nonce, "code_challenge_method": "S256", "prompt": "login"} {
		if q.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, q.Get(name), want)
		}
	}
	if u.Host != "sbi.test:9443" || u.Path != "/ic/sso/api/v2/oauth/authorize" || len(q.Get("code_challenge")) != 43 {
		t.Errorf("got %s", u)
	}
	if strings.Contains(u.String(), a.Verifier) {
		t.Error("the verifier is in the URL")
	}
	a.Contour = sbid.ContourToken
	if got := p.AuthorizeURL(a, ""); !strings.HasPrefix(got, "http://localhost:28016/ic/sso/api/v2/oauth/authorize?") || strings.Contains(got, "prompt") {
		t.Errorf("token contour: %s", got)
	}
	p = newProvider(t, nil, func(c *sbid.Config) {
		c.PKCE, c.AuthorizeURLToken, c.AuthorizeURL = false, "", "https://sbi.test/ic/own"
	}, nil)
	if got := p.AuthorizeURL(a, ""); !strings.HasPrefix(got, "https://sbi.test/ic/own?") || strings.Contains(got, "code_challenge") {
		t.Errorf("one host, no PKCE: %s", got)
	}
}

func TestAttemptsAreUnguessable(t *testing.T) {
	a, b := sbid.NewAttempt(sbid.ContourSMS), sbid.NewAttempt(sbid.ContourSMS)
	for _, s := range [][2]string{{a.State, b.State}, {a.Nonce, b.Nonce}, {a.Verifier, b.Verifier}} {
		if len(s[0]) < 43 || s[0] == s[1] {
			t.Errorf("%q and %q", s[0], s[1])
		}
	}
	if a.State == a.Nonce {
		t.Error("state is the nonce")
	}
}

func TestCallback(t *testing.T) {
	a := sbid.Attempt{State: strings.Repeat("s", 43), Nonce: "n"}
	p := newProvider(t, nil, func(c *sbid.Config) { c.Issuers = []string{iss} }, nil)
	tests := []struct {
		query  string
		code   string
		reason sbid.Reason
		is     error
	}{
		{query: "code=abc&state=" + a.State, code: "abc"},
		{query: "code=abc&iss=http%3A%2F%2Fsbt-oafs:9080%2Ficdk&state=" + a.State, code: "abc"},
		{query: "", reason: sbid.ReasonState, is: sbid.ErrState},
		{query: "code=abc", reason: sbid.ReasonState, is: sbid.ErrState},
		{query: "code=abc&state=other", reason: sbid.ReasonState, is: sbid.ErrState},
		{query: "code=abc&state=" + a.State + "x", reason: sbid.ReasonState, is: sbid.ErrState},
		{query: "state=" + a.State, reason: sbid.ReasonState, is: sbid.ErrState},
		{query: "code=" + strings.Repeat("c", 513) + "&state=" + a.State, reason: sbid.ReasonState, is: sbid.ErrState},
		{query: "code=abc&iss=https://evil.test&state=" + a.State, reason: sbid.ReasonUntrusted, is: sbid.ErrUntrusted},
		{query: "error=access_denied&state=" + a.State, reason: sbid.ReasonDenied, is: sbid.ErrDenied},
		{query: "error=access_denied", reason: sbid.ReasonDenied, is: sbid.ErrDenied},
		{query: "error=access_denied&state=other", reason: sbid.ReasonState, is: sbid.ErrState},
		{query: "error=access_denied&code=abc&state=" + a.State, reason: sbid.ReasonDenied, is: sbid.ErrDenied},
		{query: "error=invalid_scope&state=" + a.State, reason: sbid.ReasonSettings},
		{query: "error=unauthorized_client&state=" + a.State, reason: sbid.ReasonSettings},
		{query: "error=server_error&state=" + a.State, reason: sbid.ReasonUnavailable},
		{query: "error=%0Afake+log+line&state=" + a.State, reason: sbid.ReasonSettings},
	}
	for _, tt := range tests {
		q, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		code, err := p.Callback(a, q)
		if tt.code != "" {
			if err != nil || code != tt.code {
				t.Errorf("%s: %q, %v", tt.query, code, err)
			}
			continue
		}
		e, ok := errors.AsType[*sbid.SignInError](err)
		if !ok || code != "" || e.Reason != tt.reason || tt.is != nil && !errors.Is(err, tt.is) || strings.Contains(err.Error(), "fake") {
			t.Errorf("%s: %q, %v", tt.query, code, err)
		}
	}
	// An attempt that was never made (empty cookie) fits no answer.
	if _, err := p.Callback(sbid.Attempt{}, url.Values{"code": {"abc"}, "state": {""}}); !errors.Is(err, sbid.ErrState) {
		t.Errorf("empty attempt: %v", err)
	}
}

// good is a bank that signs the person in.
func good(a sbid.Attempt) *fake {
	return &fake{
		token: func(n int, _ *http.Request, w http.ResponseWriter) { answer(w, 200, pair(n, gost(idToken(a.Nonce)))) },
		info:  func(_ *http.Request, w http.ResponseWriter) { info(w, gost(person())) },
	}
}

func info(w http.ResponseWriter, jwt string) {
	w.Header().Set("Content-Type", "application/jwt;charset=UTF-8")
	w.Write([]byte(jwt))
}

func TestExchange(t *testing.T) {
	a := sbid.NewAttempt(sbid.ContourSMS)
	f := good(a)
	f.token = func(n int, r *http.Request, w http.ResponseWriter) {
		for name, want := range map[string]string{"grant_type": "authorization_code", "code": "c0de", "client_id": clientID,
			"client_secret": "s3cretSecret", "redirect_uri": "https://shop.test/signin/callback", "code_verifier": a.Verifier} {
			if got := r.PostForm.Get(name); got != want {
				t.Errorf("%s = %q, want %q", name, got, want)
			}
		}
		answer(w, 200, pair(n, gost(idToken(a.Nonce))).with("expires_in", "3600"))
	}
	f.info = func(r *http.Request, w http.ResponseWriter) {
		if got := r.Header.Get("Authorization"); got != "Bearer access1" {
			t.Errorf("Authorization %q", got)
		}
		info(w, gost(person())+"\n")
	}
	id, tokens, err := newProvider(t, f, nil, at(start)).Exchange(t.Context(), a, "c0de")
	if err != nil {
		t.Fatal(err)
	}
	sum := money.Amount(314)
	want := sbid.Identity{Subject: personID, INN: "7784523718", KPP: "770001001", OrgName: `ООО "Ромашка"`,
		OrgFullName: `Общество с ограниченной ответственностью "Ромашка"`, LawForm: "ООО", HashOrgID: "8c80", Name: "Иванов Иван",
		Email: "i@example.test", Phone: "+79057362611", Position: "Директор", CryptoType: "SMS", BuyOnCredit: true, AsOf: start}
	if id.LineAvailable == nil || *id.LineAvailable != sum {
		t.Errorf("line %v", id.LineAvailable)
	}
	if id.LineAvailable = nil; id != want {
		t.Errorf("got %+v", id)
	}
	if tokens != (sbid.Tokens{Access: "access1", Refresh: "refresh1", Scope: "openid", ExpiresAt: start.Add(time.Hour)}) {
		t.Errorf("got %+v", tokens)
	}
}

// Everything that must not sign anybody in: C04, C15–C18 of the security checklist, F19.
func TestExchangeRefusesBadStatements(t *testing.T) {
	a := sbid.NewAttempt(sbid.ContourSMS)
	ok := idToken(a.Nonce)
	jsonForm := func(c claims) string {
		parts := strings.Split(gost(c), ".")
		return `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`
	}
	noSignature := strings.TrimRight(gost(ok), "A")
	tests := []struct {
		name          string
		id, user      string
		reason        sbid.Reason
		issuers       []string
		wantUntrusted bool
	}{
		{name: "alg none", id: sign("none", ok)},
		{name: "RS256", id: sign("RS256", ok)},
		{name: "HS256", id: sign("HS256", ok)},
		{name: "ES256", id: sign("ES256", ok)},
		{name: "no id_token", id: " "},
		{name: "JSON serialization", id: jsonForm(ok)},
		{name: "empty signature", id: noSignature},
		{name: "two parts", id: strings.Join(strings.Split(gost(ok), ".")[:2], ".")},
		{name: "garbage payload", id: sign("gost34.10-2012", "text")},
		{name: "aud of another client", id: gost(ok.with("aud", "999"))},
		{name: "aud missing", id: gost(ok.with("aud", nil))},
		{name: "several aud without azp", id: gost(ok.with("aud", []string{clientID, "999"}).with("azp", nil))},
		{name: "azp of another client", id: gost(ok.with("azp", "999"))},
		{name: "expired", id: gost(ok.with("exp", start.Add(-2*time.Minute-time.Second).Unix()))},
		{name: "exp missing", id: gost(ok.with("exp", nil))},
		{name: "iat missing", id: gost(ok.with("iat", nil))},
		{name: "iat in the future", id: gost(ok.with("iat", start.Add(3*time.Minute).Unix()))},
		{name: "nbf in the future", id: gost(ok.with("nbf", start.Add(10*time.Minute).Unix()))},
		{name: "nonce of another sign-in", id: gost(ok.with("nonce", "other"))},
		{name: "nonce missing", id: gost(ok.with("nonce", nil))},
		{name: "sub missing", id: gost(ok.with("sub", nil))},
		{name: "iss not in the list", id: gost(ok.with("iss", "https://evil.test")), issuers: []string{iss}},
		{name: "user-info iss not in the list", user: gost(person().with("iss", "https://evil.test")), issuers: []string{iss}},
		{name: "user-info of another person", user: gost(person().with("sub", "other"))},
		{name: "user-info without sub", user: gost(person().with("sub", nil))},
		{name: "user-info of another client", user: gost(person().with("aud", "999"))},
		{name: "user-info expired", user: gost(person().with("exp", start.Add(-3*time.Minute).Unix()))},
		{name: "user-info alg none", user: sign("none", person())},
		{name: "user-info plain JSON", user: `{"sub":"` + personID + `","inn":"7784523718","OrgName":"x"}`},
		{name: "no INN", user: gost(person().with("inn", nil)), reason: sbid.ReasonIncomplete},
		{name: "INN of letters", user: gost(person().with("inn", "77845237I8")), reason: sbid.ReasonIncomplete},
		{name: "no company", user: gost(person().with("OrgName", nil).with("orgFullName", " ")), reason: sbid.ReasonIncomplete},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := good(a)
			if tt.id != "" {
				f.token = func(n int, _ *http.Request, w http.ResponseWriter) { answer(w, 200, pair(n, tt.id)) }
			}
			if tt.user != "" {
				f.info = func(_ *http.Request, w http.ResponseWriter) { info(w, tt.user) }
			} else {
				f.info = func(*http.Request, http.ResponseWriter) { t.Error("user-info asked after a bad id_token") }
			}
			want := tt.reason
			if want == "" {
				want = sbid.ReasonUntrusted
			}
			p := newProvider(t, f, func(c *sbid.Config) { c.Issuers = tt.issuers }, at(start))
			id, tokens, err := p.Exchange(t.Context(), a, "code")
			e, ok := errors.AsType[*sbid.SignInError](err)
			if !ok || e.Reason != want || id != (sbid.Identity{}) || tokens != (sbid.Tokens{}) {
				t.Errorf("got %+v, %v", id, err)
			}
		})
	}
}

func TestExchangeForgivesClocks(t *testing.T) {
	a := sbid.NewAttempt(sbid.ContourSMS)
	for name, c := range map[string]claims{
		"expired a minute ago":  idToken(a.Nonce).with("exp", start.Add(-time.Minute).Unix()),
		"issued in a minute":    idToken(a.Nonce).with("iat", start.Add(time.Minute).Unix()),
		"aud list, azp missing": idToken(a.Nonce).with("aud", []string{clientID}).with("azp", nil),
	} {
		f := good(a)
		f.token = func(n int, _ *http.Request, w http.ResponseWriter) { answer(w, 200, pair(n, gost(c))) }
		if _, _, err := newProvider(t, f, nil, at(start)).Exchange(t.Context(), a, "code"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClaimsAreReadTolerantly(t *testing.T) {
	sum := func(k int64) *money.Amount { a := money.Amount(k); return &a }
	tests := []struct {
		name  string
		value any
		check func(sbid.Identity) bool
	}{
		{"buyOnCreditMmb", "true", func(i sbid.Identity) bool { return i.BuyOnCredit }},
		{"buyOnCreditMmb", 1, func(i sbid.Identity) bool { return i.BuyOnCredit }},
		{"buyOnCreditMmb", "0", func(i sbid.Identity) bool { return !i.BuyOnCredit }},
		{"buyOnCreditMmb", []bool{true}, func(i sbid.Identity) bool { return !i.BuyOnCredit }},
		{"hasActiveCreditLine", "TRUE", func(i sbid.Identity) bool { return i.HasActiveLine }},
		{"creditLineAvailableSum", 1500000.5, func(i sbid.Identity) bool { return *i.LineAvailable == *sum(150000050) }},
		{"creditLineAvailableSum", "0.00", func(i sbid.Identity) bool { return *i.LineAvailable == 0 }},
		{"creditLineAvailableSum", "-1.00", func(i sbid.Identity) bool { return i.LineAvailable == nil }},
		{"creditLineAvailableSum", "нет", func(i sbid.Identity) bool { return i.LineAvailable == nil }},
		{"creditLineAvailableSum", nil, func(i sbid.Identity) bool { return i.LineAvailable == nil }},
		{"creditLineAvailableSum", "", func(i sbid.Identity) bool { return i.LineAvailable == nil }},
		{"inn", 7784523718, func(i sbid.Identity) bool { return i.INN == "7784523718" }},
		{"orgKpp", []byte(nil), func(i sbid.Identity) bool { return i.KPP == "" }}, // null
		{"OrgName", nil, func(i sbid.Identity) bool { return i.OrgName == "" && i.OrgFullName != "" }},
		{"unheardOf", map[string]int{"a": 1}, func(i sbid.Identity) bool { return i.Subject == personID }},
	}
	for _, tt := range tests {
		f := good(sbid.Attempt{})
		f.info = func(_ *http.Request, w http.ResponseWriter) { info(w, gost(person().with(tt.name, tt.value))) }
		id, err := newProvider(t, f, nil, at(start)).UserInfo(t.Context(), "access", personID)
		if err != nil || !tt.check(id) {
			t.Errorf("%s = %v: %+v, %v", tt.name, tt.value, id, err)
		}
	}
}

func TestContour(t *testing.T) {
	for crypto, want := range map[string]sbid.Contour{"SMS": "sms", "Token": "token", "TOKEN": "token", " token ": "token", "sms": "sms"} {
		if c, ok := (sbid.Identity{CryptoType: crypto}).Contour(); c != want || !ok {
			t.Errorf("%q: %s, %v", crypto, c, ok)
		}
	}
	for _, crypto := range []string{"", "PAYCONTROL", "TOKENS"} {
		if c, ok := (sbid.Identity{CryptoType: crypto}).Contour(); c != sbid.ContourSMS || ok {
			t.Errorf("%q: %s, %v", crypto, c, ok)
		}
	}
}

// The columns «token by code» and «user-info» of the fault matrix.
func TestExchangeFaults(t *testing.T) {
	refuse := func(status int, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { answer(w, status, body) }
	}
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	type fault = func(http.ResponseWriter, *http.Request)
	tests := []struct {
		name        string
		token, info fault
		times       int // how often it strikes; 0 = always
		reason      sbid.Reason
		calls       int // token requests
		is          error
	}{
		{name: "F04 token once", token: hang, times: 1, calls: 2},
		{name: "F04 token", token: hang, reason: sbid.ReasonUnavailable, calls: 2},
		{name: "F04 user-info once", info: hang, times: 1, calls: 1},
		{name: "F04 user-info", info: hang, reason: sbid.ReasonUnavailable, calls: 1},
		{name: "F07 token once", token: refuse(500, `{}`), times: 1, calls: 2},
		{name: "F07 token", token: refuse(500, `{}`), reason: sbid.ReasonUnavailable, calls: 2},
		{name: "F07 user-info twice", info: refuse(500, `{}`), times: 2, calls: 1},
		{name: "F09 token", token: refuse(503, ``), reason: sbid.ReasonUnavailable, calls: 1},
		{name: "F10 token", token: refuse(429, ``), reason: sbid.ReasonUnavailable, calls: 1},
		{name: "F11 user-info", info: refuse(401, `{"error":"UNAUTHORIZED"}`), reason: sbid.ReasonExpired, calls: 1},
		{name: "F13 user-info", info: refuse(403, `{"errorCode":"ACCESS_EXCEPTION","errorMsg":"нет"}`), reason: sbid.ReasonSettings, calls: 1},
		{name: "F17 token", token: refuse(404, `{"error":"x"}`), reason: sbid.ReasonSettings, calls: 1},
		{name: "F18 token", token: refuse(200, `<html>`), reason: sbid.ReasonUnavailable, calls: 1},
		{name: "F18 token without token", token: refuse(200, `{}`), reason: sbid.ReasonUnavailable, calls: 1},
		{name: "F18 token of another type", token: refuse(200, `{"access_token":"a","token_type":"mac"}`), reason: sbid.ReasonUnavailable, calls: 1},
		{name: "F18 user-info", info: refuse(200, ``), reason: sbid.ReasonUnavailable, calls: 1},
		{name: "F20 token", token: refuse(202, `{}`), reason: sbid.ReasonUnavailable, calls: 1},
		{name: "F20 user-info", info: refuse(204, ``), reason: sbid.ReasonUnavailable, calls: 1},
		{name: "F21 token", token: refuse(302, ``), reason: sbid.ReasonSettings, calls: 1},
		{name: "F24 invalid_grant", token: refuse(400, `{"error":"invalid_grant"}`), reason: sbid.ReasonExpired, calls: 1, is: sbid.ErrExpiredGrant},
		{name: "F24 invalid_client", token: refuse(401, `{"error":"invalid_client"}`), reason: sbid.ReasonSettings, calls: 1, is: sbid.ErrClient},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := sbid.NewAttempt(sbid.ContourSMS)
				f := good(a)
				token, user, struck := f.token, f.info, 0
				strikes := func(planned fault) bool {
					if planned == nil || tt.times > 0 && struck == tt.times {
						return false
					}
					struck++
					return true
				}
				f.token = func(n int, r *http.Request, w http.ResponseWriter) {
					if strikes(tt.token) {
						tt.token(w, r)
					} else {
						token(n, r, w)
					}
				}
				f.info = func(r *http.Request, w http.ResponseWriter) {
					if strikes(tt.info) {
						tt.info(w, r)
					} else {
						user(r, w)
					}
				}
				began := time.Now()
				_, _, err := newProvider(t, f, nil, at(start)).Exchange(t.Context(), a, "code")
				e, _ := errors.AsType[*sbid.SignInError](err)
				switch {
				case tt.reason == "" && err != nil:
					t.Error(err)
				case tt.reason != "" && (e == nil || e.Reason != tt.reason || e.Alarm() != (tt.reason == sbid.ReasonSettings)):
					t.Errorf("got %v, want %s", err, tt.reason)
				}
				if tt.is != nil && !errors.Is(err, tt.is) {
					t.Errorf("%v is not %v", err, tt.is)
				}
				if len(f.forms) != tt.calls || time.Since(began) > 10*time.Second {
					t.Errorf("%d token requests, %v", len(f.forms), time.Since(began))
				}
			})
		})
	}
}

func TestRefreshWithoutNewRefreshToken(t *testing.T) {
	f := &fake{token: func(n int, _ *http.Request, w http.ResponseWriter) {
		answer(w, 200, pair(n, "").with("refresh_token", nil).with("expires_in", nil))
	}}
	got, err := newProvider(t, f, nil, at(start)).Refresh(t.Context(), "old")
	if err != nil || got.Refresh != "old" || got.Access != "access1" || got.ExpiresAt != start.Add(time.Hour) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestRevoke(t *testing.T) {
	f := &fake{}
	if err := newProvider(t, f, nil, at(start)).Revoke(t.Context(), "tok", "refresh_token"); err != nil {
		t.Fatal(err)
	}
	if want := "client_id=111286&client_secret=s3cretSecret&token=tok&token_type_hint=refresh_token"; f.revoke != want {
		t.Errorf("got %s", f.revoke)
	}
}

func TestNewProviderRefuses(t *testing.T) {
	api, err := bankapi.New(bankapi.Config{BaseURL: "https://bank.test"})
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*sbid.Config){
		"":                 func(*sbid.Config) {},
		"no host":          func(c *sbid.Config) { c.AuthorizeURL = "sbi.test" },
		"bad token host":   func(c *sbid.Config) { c.AuthorizeURLToken = "javascript:1" },
		"openid not first": func(c *sbid.Config) { c.Scope = "inn openid" },
		"no secret":        func(c *sbid.Config) { c.ClientSecret = "" },
		"no transport":     func(c *sbid.Config) { c.API = nil },
	} {
		cfg := sbid.Config{AuthorizeURL: "https://a.test", ClientID: "1", ClientSecret: "2", RedirectURL: "https://b.test", Scope: "openid", API: api}
		change(&cfg)
		if _, err := sbid.NewProvider(cfg); (err == nil) != (name == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A signature part must be there, yet it is not checked without the bank's certificate: decision 6.
func TestSignatureIsNotCheckedYet(t *testing.T) {
	a := sbid.NewAttempt(sbid.ContourSMS)
	f := good(a)
	f.token = func(n int, _ *http.Request, w http.ResponseWriter) {
		parts := strings.Split(gost(idToken(a.Nonce)), ".")
		answer(w, 200, pair(n, parts[0]+"."+parts[1]+"."+base64.RawURLEncoding.EncodeToString([]byte("anything"))))
	}
	if _, _, err := newProvider(t, f, nil, at(start)).Exchange(t.Context(), a, "code"); err != nil {
		t.Error(err)
	}
}
