// Package sbid knows СберБизнес ID: who is asking. It builds the authorize URL, turns a code into tokens and a checked
// identity, and keeps the tokens alive. It does not know cookies, sessions or what a credit may be used for.
package sbid

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"creditcart/internal/bankapi"
)

// Paths of decision 4.
const (
	authorizePath = "/ic/sso/api/v2/oauth/authorize"
	tokenPath     = "/ic/sso/api/v2/oauth/token"
	userInfoPath  = "/ic/sso/api/v2/oauth/user-info"
	revokePath    = "/ic/sso/api/v2/oauth/revoke"
)

// Contour is how a person signs documents, hence where his browser is sent.
type Contour string

const (
	ContourSMS   Contour = "sms"
	ContourToken Contour = "token"
)

// Config of the sign-in. ClientID, ClientSecret, RedirectURL, Scope and API are required.
type Config struct {
	AuthorizeURL      string // browser host (decision 1); a bare scheme and host gets the v2 path
	AuthorizeURLToken string // the Token user's local agent; "" = AuthorizeURL, as in the bank's test contour
	ClientID          string
	ClientSecret      string      // as the settings say; Secrets may hold a newer one
	Secrets           SecretStore // nil = ClientSecret is used as it is
	RedirectURL       string      // as registered at the bank, letter by letter
	Scope             string      // space separated, `openid` first (decision 10)
	// Issuers are accepted as iss of the id_token and of user-info. Empty = any: the id_token's issuer is an internal
	// host of the bank that no document names, and both JWTs come over verified mutual TLS (decision 6).
	Issuers []string
	// BankKeys check the signatures of the id_token and of user-info. nil = they are not checked (decision 6).
	BankKeys *BankKeys
	PKCE     bool // S256 (decision 5)
	API      *bankapi.Client
	Now      func() time.Time
	Log      *slog.Logger
}

// Provider signs people in.
type Provider struct {
	cfg     Config
	secrets secrets
}

// NewProvider checks the settings; it does not call the bank.
func NewProvider(cfg Config) (*Provider, error) {
	var err error
	if cfg.AuthorizeURL, err = endpoint(cfg.AuthorizeURL); err != nil {
		return nil, fmt.Errorf("sbid: AuthorizeURL: %w", err)
	}
	if cfg.AuthorizeURLToken, err = endpoint(cmp.Or(cfg.AuthorizeURLToken, cfg.AuthorizeURL)); err != nil {
		return nil, fmt.Errorf("sbid: AuthorizeURLToken: %w", err)
	}
	scope := strings.Fields(cfg.Scope)
	if len(scope) == 0 || scope[0] != "openid" {
		return nil, errors.New("sbid: Scope must begin with openid")
	}
	if cfg.ClientID == "" || cfg.ClientSecret == "" || cfg.RedirectURL == "" || cfg.API == nil {
		return nil, errors.New("sbid: ClientID, ClientSecret, RedirectURL and API are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Provider{cfg: cfg}, nil
}

func endpoint(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", errors.New("must be an absolute http(s) URL")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = authorizePath
	}
	return u.String(), nil
}

// Attempt is one sign-in under way. It is bound to the browser (a single-use cookie of at most 10 minutes) and spent by
// the first answer, whatever it is.
type Attempt struct {
	State, Nonce, Verifier string
	Contour                Contour
}

// NewAttempt draws fresh secrets of 256 bits each, 43 characters.
func NewAttempt(c Contour) Attempt {
	return Attempt{State: secret(), Nonce: secret(), Verifier: oauth2.GenerateVerifier(), Contour: c}
}

func secret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// AuthorizeURL is where the browser goes to sign in (spec §1.2). prompt: "" or none, login, consent, select_account.
func (p *Provider) AuthorizeURL(a Attempt, prompt string) string {
	cfg := oauth2.Config{
		ClientID: p.cfg.ClientID, RedirectURL: p.cfg.RedirectURL, Scopes: strings.Fields(p.cfg.Scope),
		Endpoint: oauth2.Endpoint{AuthURL: p.cfg.AuthorizeURL},
	}
	if a.Contour == ContourToken {
		cfg.Endpoint.AuthURL = p.cfg.AuthorizeURLToken
	}
	opts := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("nonce", a.Nonce)}
	if p.cfg.PKCE {
		opts = append(opts, oauth2.S256ChallengeOption(a.Verifier))
	}
	if prompt != "" {
		opts = append(opts, oauth2.SetAuthURLParam("prompt", prompt))
	}
	return cfg.AuthCodeURL(a.State, opts...)
}

// Callback reads the query of the redirect back and returns the code to Exchange, or a *SignInError.
// An error answer may come without state (spec §1.2): it can only end a sign-in, so it is believed.
func (p *Provider) Callback(a Attempt, q url.Values) (code string, err error) {
	refusal, state := q.Get("error"), q.Get("state")
	if (refusal == "" || state != "") && !same(state, a.State) {
		return "", &SignInError{ReasonState, ErrState}
	}
	if iss := q.Get("iss"); iss != "" && !p.issuer(iss) {
		return "", &SignInError{ReasonUntrusted, fmt.Errorf("%w: iss of the redirect", ErrUntrusted)}
	}
	switch refusal {
	case "":
	case "access_denied", "consent_required", "interaction_required", "login_required", "account_selection_required":
		return "", &SignInError{ReasonDenied, ErrDenied}
	case "server_error", "temporarily_unavailable":
		return "", &SignInError{ReasonUnavailable, errors.New("sbid: authorize: " + refusal)}
	default:
		// Anybody can write this query: only known codes may reach the log.
		if !slices.Contains([]string{"invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope"}, refusal) {
			refusal = "unknown error code"
		}
		return "", &SignInError{ReasonSettings, errors.New("sbid: authorize: " + refusal)}
	}
	if code = q.Get("code"); code == "" || len(code) > 512 {
		return "", &SignInError{ReasonState, fmt.Errorf("%w: no code", ErrState)}
	}
	return code, nil
}

// Exchange turns the code into tokens and a checked identity: token request, id_token checks, user-info, equal sub.
// Every error is a *SignInError; nothing of a failed exchange may be used.
func (p *Provider) Exchange(ctx context.Context, a Attempt, code string) (Identity, Tokens, error) {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.cfg.RedirectURL}}
	if p.cfg.PKCE {
		form.Set("code_verifier", a.Verifier)
	}
	answer, err := p.codeToken(ctx, form, code)
	if e, ok := errors.AsType[*bankapi.Error](err); ok && e.Transient() && ctx.Err() == nil {
		// The code lives 2 minutes. If only the answer was lost, the bank says invalid_grant and the person starts again.
		answer, err = p.codeToken(ctx, form, code)
	}
	if err != nil {
		return Identity{}, Tokens{}, failed(err)
	}
	sub, err := p.checkIDToken(ctx, answer.IDToken, a.Nonce)
	if err != nil {
		return Identity{}, Tokens{}, failed(err)
	}
	id, err := p.UserInfo(ctx, answer.tokens.Access, sub)
	if err != nil {
		return Identity{}, Tokens{}, failed(err)
	}
	return id, answer.tokens, nil
}

// codeToken gives the bank half of the ten seconds a person may be kept waiting here.
func (p *Provider) codeToken(ctx context.Context, form url.Values, code string) (tokenAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return p.token(ctx, form, code)
}

// same compares secrets; an empty one equals nothing.
func same(got, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

func (p *Provider) issuer(iss string) bool {
	return len(p.cfg.Issuers) == 0 || slices.Contains(p.cfg.Issuers, iss)
}
