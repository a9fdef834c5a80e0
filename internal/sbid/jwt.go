package sbid

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	// gostAlg is what the bank writes into the header of its JWTs; every other alg, `none` above all, is refused.
	gostAlg = "gost34.10-2012"
	// rsaAlg is accepted only when an RSA key of the bank is configured, because then it is checked.
	rsaAlg = "RS256"
	leeway = 2 * time.Minute // between the bank's clock and ours
)

// receivedDirectly takes the payload of a JWT without checking its signature: allowed because both JWTs are fetched by us
// from the bank over verified mutual TLS (OpenID Connect Core 3.1.3.7, point 6; decision 6). With keys of the bank
// configured, signedByBank takes its place.
type receivedDirectly struct{}

func (receivedDirectly) VerifySignature(_ context.Context, jwt string) ([]byte, error) {
	parts, err := compact(jwt)
	if err != nil {
		return nil, err
	}
	return base64.RawURLEncoding.DecodeString(parts[1])
}

// signedByBank takes the payload of a JWT whose signature is the bank's.
type signedByBank struct {
	keys *BankKeys
	now  func() time.Time
}

func (s signedByBank) VerifySignature(_ context.Context, jwt string) ([]byte, error) {
	parts, err := compact(jwt)
	if err != nil {
		return nil, err
	}
	enc := base64.RawURLEncoding.Strict()
	head, err := enc.DecodeString(parts[0])
	if err != nil {
		return nil, err
	}
	var header struct {
		Alg string `json:"alg"`
	}
	if err := json.Unmarshal(head, &header); err != nil {
		return nil, err
	}
	sig, err := enc.DecodeString(parts[2])
	if err != nil {
		return nil, err
	}
	if err := s.keys.verify(header.Alg, []byte(parts[0]+"."+parts[1]), sig, s.now()); err != nil {
		return nil, err
	}
	return enc.DecodeString(parts[1])
}

// compact splits a JWT; the library also reads JSON serialization, which the bank never sends.
func compact(jwt string) ([]string, error) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 || parts[2] == "" {
		return nil, errors.New("not a compact signed JWT")
	}
	return parts, nil
}

func (p *Provider) verifier(userInfo bool) *oidc.IDTokenVerifier {
	var signature oidc.KeySet = receivedDirectly{}
	algs := []string{gostAlg}
	if p.cfg.BankKeys != nil {
		signature, algs = signedByBank{p.cfg.BankKeys, p.cfg.Now}, p.cfg.BankKeys.algorithms()
	}
	return oidc.NewVerifier("", signature, &oidc.Config{
		ClientID:             p.cfg.ClientID,
		SupportedSigningAlgs: algs,
		SkipIssuerCheck:      true, // against a list, below
		// user-info carries aud, and rarely exp: what is there is checked below.
		SkipClientIDCheck: userInfo,
		SkipExpiryCheck:   userInfo,
		Now:               func() time.Time { return p.cfg.Now().Add(-leeway) },
	})
}

// checkIDToken returns the sub of an id_token that passed every check of decision 6.
func (p *Provider) checkIDToken(ctx context.Context, raw, nonce string) (string, error) {
	t, err := p.verifier(false).Verify(ctx, raw)
	if err != nil {
		return "", untrusted("id_token", err)
	}
	var extra struct {
		AZP json.RawMessage `json:"azp"`
	}
	if err := t.Claims(&extra); err != nil {
		return "", untrusted("id_token", err)
	}
	azp := scalar(extra.AZP)
	switch {
	case t.Subject == "":
		return "", untrusted("id_token", errors.New("no sub"))
	case !p.issuer(t.Issuer):
		return "", untrusted("id_token", errors.New("iss is not in the list"))
	case !same(t.Nonce, nonce):
		return "", untrusted("id_token", errors.New("nonce differs"))
	case t.IssuedAt.IsZero() || t.IssuedAt.After(p.cfg.Now().Add(leeway)):
		return "", untrusted("id_token", errors.New("iat is absent or in the future"))
	case azp != "" && azp != p.cfg.ClientID, azp == "" && len(t.Audience) > 1:
		return "", untrusted("id_token", errors.New("issued for another client"))
	}
	return t.Subject, nil
}

// checkUserInfo returns the claims of a user-info JWT about wantSub.
func (p *Provider) checkUserInfo(ctx context.Context, raw, wantSub string) (json.RawMessage, error) {
	t, err := p.verifier(true).Verify(ctx, strings.TrimSpace(raw))
	if err != nil {
		return nil, untrusted("user-info", err)
	}
	switch {
	case !same(t.Subject, wantSub):
		return nil, untrusted("user-info", errors.New("sub differs"))
	case len(t.Audience) > 0 && !slices.Contains(t.Audience, p.cfg.ClientID):
		return nil, untrusted("user-info", errors.New("aud differs"))
	case !p.issuer(t.Issuer):
		return nil, untrusted("user-info", errors.New("iss is not in the list"))
	case t.Expiry.Unix() > 0 && t.Expiry.Before(p.cfg.Now().Add(-leeway)):
		return nil, untrusted("user-info", errors.New("expired"))
	}
	var payload json.RawMessage
	if err := t.Claims(&payload); err != nil {
		return nil, untrusted("user-info", err)
	}
	return payload, nil
}

func untrusted(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrUntrusted, what, err)
}
