package bankemu_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"creditcart/internal/bankemu"
	"creditcart/internal/gost"
)

// bankKeys is the client's own key set: the bank publishes no JWKS, it gives a certificate.
type bankKeys struct {
	certificates []*gost.Certificate
	now          func() time.Time
}

func (k bankKeys) VerifySignature(_ context.Context, jwt string) ([]byte, error) {
	end := strings.LastIndexByte(jwt, '.')
	signature, err := base64.RawURLEncoding.DecodeString(jwt[end+1:])
	if err != nil {
		return nil, err
	}
	if _, err := gost.VerifyCMS(signature, []byte(jwt[:end]), k.certificates, k.now()); err != nil {
		return nil, err
	}
	return base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
}

// A client made of golang.org/x/oauth2 and go-oidc, with nothing of ours in it, goes the whole way unchanged.
func TestGenericOpenIDConnectClient(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	const sso = "/ic/sso/api/v2/oauth/"
	client := oauth2.Config{ClientID: clientID, ClientSecret: secret, RedirectURL: callback, Scopes: strings.Fields(bankemu.DefaultScope),
		Endpoint: oauth2.Endpoint{AuthURL: r.bank + sso + "authorize", TokenURL: r.bank + sso + "token", AuthStyle: oauth2.AuthStyleInParams}}
	check := oidc.Config{ClientID: clientID, SupportedSigningAlgs: []string{"gost34.10-2012"}, Now: r.now}
	keys := bankKeys{r.certificates(), r.now}
	verifier := oidc.NewVerifier(bankemu.IDTokenIssuer, keys, &check)

	pkce, state := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	link := client.AuthCodeURL(state, oidc.Nonce("n-0S6_WzA2Mj"), oauth2.S256ChallengeOption(pkce))
	q := do(t, browser(), "POST", link, formType, url.Values{"decision": {"allow"}, "person": {"vektor-director"}}.Encode()).back(t)
	if q.Get("state") != state {
		t.Fatalf("state %q", q.Get("state"))
	}
	token, err := client.Exchange(ctx, q.Get("code"), oauth2.VerifierOption(pkce))
	if err != nil {
		t.Fatal(err)
	}
	idToken, err := verifier.Verify(ctx, token.Extra("id_token").(string))
	if err != nil {
		t.Fatal(err)
	}
	if idToken.Nonce != "n-0S6_WzA2Mj" || idToken.Expiry.Sub(idToken.IssuedAt) != 5*time.Minute || !token.Valid() {
		t.Errorf("id_token %+v", idToken)
	}

	token.Expiry = time.Now().Add(-time.Hour)
	source := client.TokenSource(ctx, token)
	fresh, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	if fresh.AccessToken == token.AccessToken || fresh.RefreshToken == token.RefreshToken {
		t.Error("the refresh gave nothing new")
	}
	if id, err := verifier.Verify(ctx, fresh.Extra("id_token").(string)); err != nil || id.Subject != idToken.Subject {
		t.Errorf("id_token of the refresh: %v", err)
	}

	first, second := strings.Split(token.Extra("id_token").(string), "."), strings.Split(fresh.Extra("id_token").(string), ".")
	if _, err := verifier.Verify(ctx, first[0]+"."+first[1]+"."+second[2]); !strings.Contains(fmt.Sprint(err), "failed to verify signature") {
		t.Errorf("an id_token under the signature of another: %v", err)
	}

	resp, err := oauth2.NewClient(ctx, source).Get(r.bank + sso + "user-info")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/jwt") {
		t.Fatalf("user-info: %v, %s, %s", err, resp.Status, resp.Header.Get("Content-Type"))
	}
	check.SkipExpiryCheck = true // user-info says nothing of its age
	info, err := oidc.NewVerifier("http://localhost:8090", keys, &check).Verify(ctx, string(body))
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ INN string }
	if err := info.Claims(&claims); err != nil || info.Subject != idToken.Subject || claims.INN != "9901011759" {
		t.Errorf("user-info %+v: %v", claims, err)
	}
}
