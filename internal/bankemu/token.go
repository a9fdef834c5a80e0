package bankemu

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Lives of what the bank gives out, by its own clock.
const (
	accessLife   = time.Hour
	refreshLife  = 180 * 24 * time.Hour
	reserveLife  = 2 * time.Hour // a used refresh token is kept so long
	replayWindow = time.Hour     // and may be repeated so long, in case the answer was lost
)

// grant is one sign-in: all tokens that grew from one code share it.
type grant struct {
	client, company, person string
	scope                   []string
	since                   time.Time
	revoked                 bool
}

type accessToken struct {
	grant   *grant
	until   time.Time
	revoked bool
}

type refreshToken struct {
	grant   *grant
	issued  time.Time
	used    time.Time // first successful use; zero = active
	revoked bool
}

// state names what a refresh token is at this moment: active, reserve or dead.
func (t *refreshToken) state(now time.Time) string {
	switch {
	case t.revoked || t.grant.revoked || !now.Before(t.issued.Add(refreshLife)):
		return "dead"
	case t.used.IsZero():
		return "active"
	case now.Before(t.used.Add(reserveLife)):
		return "reserve"
	}
	return "dead"
}

func (t *accessToken) alive(now time.Time) bool {
	return !t.revoked && !t.grant.revoked && now.Before(t.until)
}

func (b *Bank) oauthRoutes(mux *http.ServeMux) {
	for _, version := range []string{"", "/v1", "/v2"} {
		base := "/ic/sso/api" + version + "/oauth"
		mux.HandleFunc("POST "+base+"/token", b.locked(b.token))
		mux.HandleFunc("POST "+base+"/revoke", b.locked(b.revoke))
		mux.HandleFunc("GET "+base+"/user-info", b.locked(b.userInfo))
	}
}

// formOf merges the body and the query: the documents show both ways.
func formOf(c *call) (url.Values, bool) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return nil, false
	}
	for k, v := range c.r.URL.Query() {
		if !form.Has(k) {
			form[k] = v
		}
	}
	return form, true
}

func (b *Bank) clientOf(form url.Values) (Client, *reply) {
	client, ok := b.clients[form.Get("client_id")]
	if !ok || subtle.ConstantTimeCompare([]byte(client.Secret), []byte(form.Get("client_secret"))) != 1 {
		r := oauthError(http.StatusUnauthorized, "invalid_client", "Client authentication failed")
		return Client{}, &r
	}
	return client, nil
}

// token exchanges a code or a refresh token. client_secret_post; nothing else is accepted as proof of the client.
func (b *Bank) token(c *call) reply {
	form, ok := formOf(c)
	if !ok || (len(c.body) > 0 && !strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")) {
		return oauthError(http.StatusBadRequest, "invalid_request", "application/x-www-form-urlencoded is expected")
	}
	annotate(c.r, form.Get("grant_type"))
	client, stop := b.clientOf(form)
	if stop != nil {
		return *stop
	}
	switch form.Get("grant_type") {
	case "authorization_code":
		return b.exchangeCode(c, client, form)
	case "refresh_token":
		return b.exchangeRefresh(c, client, form)
	}
	return oauthError(http.StatusBadRequest, "unsupported_grant_type", "grant_type must be authorization_code or refresh_token")
}

func (b *Bank) exchangeCode(c *call, client Client, form url.Values) reply {
	invalid := func(text string) reply { return oauthError(http.StatusBadRequest, "invalid_grant", text) }
	code := b.st.codes[form.Get("code")]
	if code == nil || code.grant.client != client.ID {
		return invalid("The code is unknown")
	}
	if code.used {
		// Somebody holds a code that was already spent: the tokens that came of it are not safe any more.
		code.grant.revoked = true
		return invalid("The code was already used")
	}
	code.used = true
	if !c.now.Before(code.issued.Add(codeLife)) {
		return invalid("The code has expired")
	}
	if form.Get("redirect_uri") != code.redirectURI {
		return invalid("redirect_uri differs from the one of the authorize request")
	}
	if code.challenge != "" {
		sum := sha256.Sum256([]byte(form.Get("code_verifier")))
		if base64.RawURLEncoding.EncodeToString(sum[:]) != code.challenge {
			return invalid("code_verifier does not match")
		}
	} else if form.Get("code_verifier") != "" {
		return invalid("code_verifier without code_challenge")
	}
	return b.issuePair(c, code.grant, code.nonce)
}

// exchangeRefresh implements the reserve rule: a used token stays for two hours, and within the first hour a repeat of
// it gives another pair, so that a lost answer costs nobody a sign-in. Earlier pairs stay valid.
func (b *Bank) exchangeRefresh(c *call, client Client, form url.Values) reply {
	t := b.st.refresh[form.Get("refresh_token")]
	if t == nil || t.grant.client != client.ID {
		return oauthError(http.StatusBadRequest, "invalid_grant", "The refresh token is unknown")
	}
	switch t.state(c.now) {
	case "active":
		t.used = c.now
	case "reserve":
		if !c.now.Before(t.used.Add(replayWindow)) {
			return oauthError(http.StatusBadRequest, "invalid_grant", "The refresh token is in reserve and may not be repeated any more")
		}
	default:
		return oauthError(http.StatusBadRequest, "invalid_grant", "The refresh token has expired")
	}
	return b.issuePair(c, t.grant, "")
}

func (b *Bank) issuePair(c *call, g *grant, nonce string) reply {
	access, refresh := newSecret(), newSecret()
	b.st.access[access] = &accessToken{grant: g, until: c.now.Add(accessLife)}
	b.st.refresh[refresh] = &refreshToken{grant: g, issued: c.now}
	return jsonReply(http.StatusOK, map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(accessLife.Seconds()),
		"refresh_token": refresh, "scope": strings.Join(g.scope, " "), "id_token": b.idToken(c, g, nonce),
	})
}

// revoke kills one access token, or with a refresh token the whole sign-in. Unknown tokens are no error.
func (b *Bank) revoke(c *call) reply {
	form, ok := formOf(c)
	if !ok {
		return oauthError(http.StatusBadRequest, "invalid_request", "application/x-www-form-urlencoded is expected")
	}
	client, stop := b.clientOf(form)
	if stop != nil {
		return *stop
	}
	value := form.Get("token")
	if !reToken38.MatchString(value) {
		return oauthError(http.StatusBadRequest, "invalid_request", "token is required")
	}
	if t := b.st.access[value]; t != nil && t.grant.client == client.ID {
		t.revoked = true
	}
	if t := b.st.refresh[value]; t != nil && t.grant.client == client.ID {
		t.grant.revoked = true
	}
	return reply{status: http.StatusOK}
}

// bearer finds the living access token of a request. Both «Bearer x» and the bare token are documented.
func (b *Bank) bearer(c *call) (*grant, string) {
	value := bearerValue(c.r)
	if t := b.st.access[value]; t != nil && t.alive(c.now) {
		return t.grant, value
	}
	return nil, value
}

func bearerValue(r *http.Request) string {
	value := strings.TrimSpace(r.Header.Get("Authorization"))
	if len(value) > 7 && strings.EqualFold(value[:7], "Bearer ") {
		value = strings.TrimSpace(value[7:])
	}
	return value
}
