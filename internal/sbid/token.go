package sbid

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"creditcart/internal/bankapi"
)

// Tokens are one pair as the bank gave it.
type Tokens struct {
	Access, Refresh, Scope string
	ExpiresAt              time.Time // of Access
}

type tokenAnswer struct {
	tokens  Tokens
	IDToken string
}

// token makes a token request (spec §1.5). subject keeps repeats with the same code or refresh token apart.
func (p *Provider) token(ctx context.Context, form url.Values, subject string) (answer tokenAnswer, err error) {
	err = p.asClient(ctx, func(secret string) error {
		form.Set("client_id", p.cfg.ClientID)
		form.Set("client_secret", secret)
		answer, err = p.askToken(ctx, form, subject)
		return err
	})
	return answer, err
}

func (p *Provider) askToken(ctx context.Context, form url.Values, subject string) (tokenAnswer, error) {
	asked := p.cfg.Now()
	resp, err := p.cfg.API.Do(ctx, bankapi.Request{
		Op: "token " + form.Get("grant_type"), Method: http.MethodPost, Path: tokenPath, Form: form, Subject: subject,
	})
	if err != nil {
		return tokenAnswer{}, oauthError(err)
	}
	var wire struct {
		Access    string  `json:"access_token"`
		Refresh   string  `json:"refresh_token"`
		IDToken   string  `json:"id_token"`
		Type      string  `json:"token_type"`
		Scope     string  `json:"scope"`
		ExpiresIn seconds `json:"expires_in"`
	}
	if resp.Status != http.StatusOK {
		return tokenAnswer{}, resp.Unreadable()
	}
	if err := resp.JSON(&wire); err != nil {
		return tokenAnswer{}, err
	}
	if wire.Access == "" || wire.Type != "" && !strings.EqualFold(wire.Type, "Bearer") {
		return tokenAnswer{}, resp.Unreadable()
	}
	life := time.Duration(wire.ExpiresIn) * time.Second
	if life <= 0 || life > 31*24*time.Hour {
		life = time.Hour // spec §1.6
	}
	return tokenAnswer{
		// Counted from the question, so that a slow answer makes the token expire early rather than late.
		tokens:  Tokens{Access: wire.Access, Refresh: wire.Refresh, Scope: wire.Scope, ExpiresAt: asked.Add(life).UTC()},
		IDToken: wire.IDToken,
	}, nil
}

// seconds reads a number or a string; anything else is 0.
type seconds int64

func (s *seconds) UnmarshalJSON(b []byte) error {
	if n, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64); err == nil && n > 0 && n < 1e9 {
		*s = seconds(n)
	}
	return nil
}

// Refresh asks for a new pair. After an error that is neither ErrExpiredGrant nor ErrClient the bank may have issued one:
// repeat later with the same token (spec §1.6, within an hour).
func (p *Provider) Refresh(ctx context.Context, refreshToken string) (Tokens, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}, "redirect_uri": {p.cfg.RedirectURL}}
	answer, err := p.token(ctx, form, refreshToken)
	if err != nil {
		return Tokens{}, fmt.Errorf("sbid: refresh: %w", err)
	}
	if answer.tokens.Refresh == "" { // RFC 6749 §6: the old one stays
		answer.tokens.Refresh = refreshToken
	}
	return answer.tokens, nil
}

// Revoke tells the bank that a token is not needed any more (spec §1.7). hint: access_token or refresh_token.
func (p *Provider) Revoke(ctx context.Context, token, hint string) error {
	err := p.asClient(ctx, func(secret string) error {
		_, err := p.cfg.API.Do(ctx, bankapi.Request{Op: "revoke", Method: http.MethodPost, Path: revokePath, Subject: token, Priority: bankapi.P4, Form: url.Values{
			"client_id": {p.cfg.ClientID}, "client_secret": {secret}, "token": {token}, "token_type_hint": {hint},
		}})
		return oauthError(err)
	})
	if err != nil {
		return fmt.Errorf("sbid: revoke: %w", err)
	}
	return nil
}

// UserInfo asks who the owner of a token is (spec §1.9) and checks that it is wantSub.
func (p *Provider) UserInfo(ctx context.Context, accessToken, wantSub string) (Identity, error) {
	resp, err := p.cfg.API.Do(ctx, bankapi.Request{
		Op: "user-info", Method: http.MethodGet, Path: userInfoPath, Token: accessToken, Subject: accessToken, Retry: true,
	})
	if err != nil {
		return Identity{}, fmt.Errorf("sbid: user-info: %w", err)
	}
	if resp.Status != http.StatusOK || len(resp.Body) == 0 {
		return Identity{}, fmt.Errorf("sbid: user-info: %w", resp.Unreadable())
	}
	payload, err := p.checkUserInfo(ctx, string(resp.Body), wantSub)
	if err != nil {
		return Identity{}, err
	}
	var claims map[string]json.RawMessage
	if json.Unmarshal(payload, &claims) != nil {
		return Identity{}, fmt.Errorf("sbid: user-info: %w", ErrUntrusted)
	}
	return p.identity(claims)
}

// oauthError marks the two answers that mean something of their own.
func oauthError(err error) error {
	e, ok := errors.AsType[*bankapi.Error](err)
	switch {
	case ok && e.Definite() && e.Cause == "invalid_grant":
		return fmt.Errorf("%w: %w", ErrExpiredGrant, err)
	case ok && e.Definite() && (e.Cause == "invalid_client" || e.Cause == "unauthorized_client"):
		return fmt.Errorf("%w: %w", ErrClient, err)
	}
	return err
}
