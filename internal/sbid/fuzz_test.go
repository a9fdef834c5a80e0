package sbid_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"creditcart/internal/bankapi"
	"creditcart/internal/sbid"
)

// canned is a bank that answers a token request and user-info with what it is told, without a network.
type canned struct {
	status      int
	token, info string
}

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	status, kind, body := c.status, "application/json", c.token
	if strings.HasSuffix(r.URL.Path, "/user-info") {
		status, kind, body = 200, "application/jwt", c.info
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// fuzzProvider is for one answer: a pause that it asks for would stop the next call.
func fuzzProvider(t *testing.T, bank *canned) *sbid.Provider {
	t.Helper()
	api, err := bankapi.New(bankapi.Config{BaseURL: "https://bank.test", Transport: bank, Rate: 1e9, RepeatInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	p, err := sbid.NewProvider(sbid.Config{AuthorizeURL: "https://sbi.test", ClientID: clientID, ClientSecret: "s3cretSecret",
		RedirectURL: "https://shop.test/cb", Scope: "openid inn", API: api, Now: at(start)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// answers are the documented answers of testdata, whole, halved and with their quotes gone, then some that are none.
func answers(f *testing.F) (all []string) {
	f.Helper()
	files, err := filepath.Glob("testdata/answers/*.json")
	if err != nil || len(files) < 5 {
		f.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		text := strings.TrimSpace(string(raw))
		all = append(all, text, text[:len(text)/2], "["+text+"]", strings.ReplaceAll(text, `"`, ``))
	}
	return append(all, "", "null", "{}", "[]", `{"access_token":{}}`, "\xff", strings.Repeat(`{"sub":`, 5000))
}

// jwt puts a payload into the form of the bank's tokens.
func jwt(payload string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"typ":"JWT","alg":"gost34.10-2012"}`)) + "." + enc([]byte(payload)) + "." + enc(make([]byte, 64))
}

// FuzzTokenAnswer: only a 200 with an access token is one, and nothing of a failed answer is handed on.
func FuzzTokenAnswer(f *testing.F) {
	for _, a := range answers(f) {
		for _, status := range []uint16{0, 2, 200, 201} {
			f.Add(status, a)
		}
	}
	f.Fuzz(func(t *testing.T, n uint16, body string) {
		bank := &canned{status: 200 + int(n)%400, token: body}
		p := fuzzProvider(t, bank)
		tokens, err := p.Refresh(context.Background(), "refresh")
		if err != nil {
			if tokens != (sbid.Tokens{}) {
				t.Errorf("%d %q: tokens with an error: %v", bank.status, body, err)
			}
			if (errors.Is(err, sbid.ErrExpiredGrant) || errors.Is(err, sbid.ErrClient)) && bank.status/100 != 4 {
				t.Errorf("%d %q ends the tokens: %v", bank.status, body, err)
			}
			return
		}
		if bank.status != 200 || tokens.Access == "" || tokens.Refresh == "" || !tokens.ExpiresAt.After(start) || tokens.ExpiresAt.After(start.AddDate(0, 0, 31)) {
			t.Errorf("%d %q is the answer: expires %v", bank.status, body, tokens.ExpiresAt)
		}
	})
}

// FuzzUserInfo: whatever the JWT says, an identity is of the person asked about and has an INN and a company.
func FuzzUserInfo(f *testing.F) {
	for _, a := range answers(f) {
		f.Add(a, false)
		f.Add(jwt(a), true)
	}
	f.Add("a.b", true)
	f.Add("..", true)
	f.Add(`{"protected":"e30","payload":"e30","signature":"AA"}`, true)
	f.Fuzz(func(t *testing.T, said string, whole bool) {
		bank := &canned{status: 200, info: said}
		if !whole {
			bank.info = jwt(said)
		}
		p := fuzzProvider(t, bank)
		id, err := p.UserInfo(context.Background(), "access", personID)
		switch {
		case err != nil && id != (sbid.Identity{}):
			t.Errorf("%q: an identity with an error: %v", said, err)
		case err == nil && (id.Subject != personID || len(id.INN) != 10 && len(id.INN) != 12 || id.OrgName+id.OrgFullName == "" || id.LineAvailable != nil && *id.LineAvailable < 0):
			t.Errorf("%q is %+v", said, id)
		}
	})
}

// FuzzExchange: a sign-in with whatever id_token either ends with a reason, or is of the person user-info is about.
func FuzzExchange(f *testing.F) {
	all := answers(f)
	for _, a := range all {
		for _, b := range all {
			f.Add(a, b) // among them the one pair that signs somebody in
		}
	}
	attempt := sbid.Attempt{State: "state", Nonce: "nonce", Contour: sbid.ContourSMS}
	f.Fuzz(func(t *testing.T, claims, person string) {
		p := fuzzProvider(t, &canned{200, `{"access_token":"a","refresh_token":"r","id_token":"` + jwt(claims) + `"}`, jwt(person)})
		id, tokens, err := p.Exchange(context.Background(), attempt, "code")
		failure, explained := errors.AsType[*sbid.SignInError](err)
		switch {
		case err != nil && (!explained || failure.Reason == "" || id != (sbid.Identity{}) || tokens != (sbid.Tokens{})):
			t.Errorf("%q: %+v, %v", claims, id, err)
		case err == nil && (id.Subject == "" || !strings.Contains(claims, "nonce")):
			t.Errorf("%q let %+v in", claims, id)
		}
	})
}

// FuzzCallback: a code comes out only with the state that went in, and a refusal is never a code.
func FuzzCallback(f *testing.F) {
	for _, q := range []string{"code=c&state=state", "code=c", "state=state", "error=access_denied", "error=access_denied&state=state&code=c", "error=server_error&state=x",
		"code=c&state=state&iss=https://evil.test", "code=c&state=state&state=x", "code=%00&state=state", "code=" + strings.Repeat("c", 600) + "&state=state", "%zz", ";", "error=%0aFORGED&state=state"} {
		f.Add(q)
	}
	attempt := sbid.Attempt{State: "state", Nonce: "nonce"}
	f.Fuzz(func(t *testing.T, query string) {
		p := fuzzProvider(t, &canned{})
		q, _ := url.ParseQuery(query) // what a server reads of a broken query
		code, err := p.Callback(attempt, q)
		failure, explained := errors.AsType[*sbid.SignInError](err)
		switch {
		case err == nil && (code == "" || code != q.Get("code") || q.Get("state") != "state" || q.Get("error") != ""):
			t.Errorf("%q gave the code %q", query, code)
		case err != nil && (code != "" || !explained || failure.Reason == "" || strings.ContainsAny(err.Error(), "\r\n")):
			t.Errorf("%q: %q, %v", query, code, err)
		}
		if _, err := p.Callback(sbid.Attempt{}, q); err == nil {
			t.Errorf("%q fits a sign-in that never began", query)
		}
	})
}
