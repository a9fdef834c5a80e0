package bankemu

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
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
	issued  time.Time
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
		base := "/ic/sso/api" + version
		only(mux, "POST", base+"/oauth/token", b.locked(b.token))
		only(mux, "POST", base+"/oauth/revoke", b.locked(b.revoke))
		only(mux, "GET", base+"/oauth/user-info", b.locked(b.userInfo))
		only(mux, "POST", base+"/change-client-secret", b.locked(b.changeSecret))
	}
}

// only serves one method. Others get a 405 for programs, not the browser host's page of an unknown address.
func only(mux *http.ServeMux, method, path string, h http.HandlerFunc) {
	mux.HandleFunc(method+" "+path, h)
	mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", method)
		oauthError(http.StatusMethodNotAllowed, "invalid_request", method+" is expected").write(w)
	})
}

const formContent = "application/x-www-form-urlencoded"

// formOf merges the body and the query: the documents show both ways. A body that is no form does not count: one
// known client sends everything in the query and calls the empty body JSON.
func formOf(c *call) (url.Values, bool) {
	form := url.Values{}
	if kind := c.r.Header.Get("Content-Type"); kind == "" || strings.HasPrefix(kind, formContent) {
		var err error
		if form, err = url.ParseQuery(string(c.body)); err != nil {
			return nil, false
		}
	}
	for k, v := range c.r.URL.Query() {
		if !form.Has(k) {
			form[k] = v
		}
	}
	return form, true
}

func badForm() reply {
	return oauthError(http.StatusBadRequest, "invalid_request", formContent+" is expected")
}

func invalidGrant(text string) reply { return oauthError(http.StatusBadRequest, "invalid_grant", text) }

func givenTwice() reply {
	return oauthError(http.StatusBadRequest, "invalid_request", "a parameter is given twice")
}

func missing(name string) reply {
	return oauthError(http.StatusBadRequest, "invalid_request", name+" is required")
}

// token exchanges a code or a refresh token. client_secret_post; nothing else is accepted as proof of the client.
func (b *Bank) token(c *call) reply {
	form, ok := formOf(c)
	if !ok || (len(c.body) > 0 && !strings.HasPrefix(c.r.Header.Get("Content-Type"), formContent)) {
		return badForm()
	}
	annotate(c.r, form.Get("grant_type"))
	if repeated(form) {
		return givenTwice()
	}
	if onlyJOSE(c.r.Header.Values("Accept")) {
		return oauthError(http.StatusNotAcceptable, "invalid_request", "The client has no encryption of tokens: application/json is answered")
	}
	client, stop := b.clientOf(form, c.now)
	if stop != nil {
		return *stop
	}
	switch form.Get("grant_type") {
	case "authorization_code":
		return b.exchangeCode(c, client, form)
	case "refresh_token":
		return b.exchangeRefresh(c, client, form)
	case "":
		return missing("grant_type")
	}
	return oauthError(http.StatusBadRequest, "unsupported_grant_type", "grant_type must be authorization_code or refresh_token")
}

// onlyJOSE: the encrypted form of the answer is for partners who agreed keys with the bank; here nobody has.
func onlyJOSE(accept []string) bool {
	all := strings.Join(accept, ",")
	return strings.Contains(all, "application/jose") && !strings.Contains(all, "json") && !strings.Contains(all, "*/*")
}

// reVerifier is the form of a code_verifier (RFC 7636, 4.1).
var reVerifier = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

func (b *Bank) exchangeCode(c *call, client Client, form url.Values) reply {
	for _, name := range []string{"code", "redirect_uri"} {
		if form.Get(name) == "" {
			return missing(name)
		}
	}
	code := b.st.codes[form.Get("code")]
	if code == nil || code.grant.client != client.ID {
		return invalidGrant("The code is unknown")
	}
	if !code.used.IsZero() {
		// Somebody holds a code that was already spent: the tokens that came of it are not safe any more.
		code.grant.revoked = true
		return invalidGrant("The code was already used")
	}
	code.used = c.now
	if !c.now.Before(code.issued.Add(codeLife)) {
		return invalidGrant("The code has expired")
	}
	if form.Get("redirect_uri") != code.redirectURI {
		return invalidGrant("redirect_uri differs from the one of the authorize request")
	}
	verifier := form.Get("code_verifier")
	if code.challenge != "" {
		sum := sha256.Sum256([]byte(verifier))
		if !reVerifier.MatchString(verifier) || base64.RawURLEncoding.EncodeToString(sum[:]) != code.challenge {
			return invalidGrant("code_verifier does not match")
		}
	} else if verifier != "" {
		return invalidGrant("code_verifier without code_challenge")
	}
	return b.issuePair(c, code.grant, code.nonce)
}

// exchangeRefresh implements the reserve rule: a used token stays for two hours, and within the first hour a repeat of
// it gives another pair, so that a lost answer costs nobody a sign-in. Earlier pairs stay valid.
func (b *Bank) exchangeRefresh(c *call, client Client, form url.Values) reply {
	value := form.Get("refresh_token")
	if value == "" {
		return missing("refresh_token")
	}
	if uri := form.Get("redirect_uri"); uri != "" && !slices.Contains(client.RedirectURIs, uri) {
		return invalidGrant("redirect_uri is not registered")
	}
	t := b.st.refresh[value]
	if t == nil || t.grant.client != client.ID {
		return invalidGrant("The refresh token is unknown")
	}
	switch t.state(c.now) {
	case "active":
		t.used = c.now
		b.st.reserveEnds.push(value, b.cfg.Now().Add(reserveLife+deadKept))
	case "reserve":
		if !c.now.Before(t.used.Add(replayWindow)) {
			return invalidGrant("The refresh token is in reserve and may not be repeated any more")
		}
	default:
		return invalidGrant("The refresh token has expired")
	}
	return b.issuePair(c, t.grant, "")
}

func (b *Bank) issuePair(c *call, g *grant, nonce string) reply {
	access, refresh := newSecret(), newSecret()
	b.st.addPair(access, &accessToken{grant: g, issued: c.now, until: c.now.Add(accessLife)}, refresh, &refreshToken{grant: g, issued: c.now}, b.cfg.Now())
	idToken, scope := b.idToken(c, g, nonce), strings.Join(g.scope, " ")
	return reply{later: func() reply {
		return jsonReply(http.StatusOK, map[string]any{
			"access_token": access, "token_type": "Bearer", "expires_in": int(accessLife.Seconds()),
			"refresh_token": refresh, "scope": scope, "id_token": idToken(),
		})
	}}
}

// revoke kills one access token, or with a refresh token the whole sign-in. Unknown tokens are no error (RFC 7009).
func (b *Bank) revoke(c *call) reply {
	form, ok := formOf(c)
	if !ok {
		return badForm()
	}
	if repeated(form) {
		return givenTwice()
	}
	client, stop := b.clientOf(form, c.now)
	if stop != nil {
		return *stop
	}
	value, hint := form.Get("token"), form.Get("token_type_hint")
	if value == "" {
		return missing("token")
	}
	if hint != "" && hint != "access_token" && hint != "refresh_token" {
		return oauthError(http.StatusBadRequest, "invalid_request", "token_type_hint must be access_token or refresh_token")
	}
	if t := b.st.access[value]; t != nil && t.grant.client == client.ID {
		t.revoked = true
	}
	if t := b.st.refresh[value]; t != nil && t.grant.client == client.ID {
		t.grant.revoked = true
	}
	return reply{status: http.StatusOK}
}

// bearerOf reads «Bearer x»; ok is false for any other form of the header.
func bearerOf(header string) (value string, ok bool) {
	header = strings.TrimSpace(header)
	if len(header) > 7 && strings.EqualFold(header[:7], "Bearer ") {
		return strings.TrimSpace(header[7:]), true
	}
	return header, false
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
	value, _ := bearerOf(r.Header.Get("Authorization"))
	return value
}
