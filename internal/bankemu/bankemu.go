// Package bankemu is a bank in a box: an emulator of the part of Sber API that «Кредит в корзине» needs.
//
// It is an independent program that is reached over HTTP only. It knows the bank's documents (СберБизнес ID,
// «Кредит в корзине», «Моментальные платежи») and has its own wire types; it does not know the shop and imports
// nothing of it, so that one misreading of the documents cannot hide on both sides. (It shares internal/gost, the
// signatures, which OpenSSL proves.)
//
// All state is in memory. Nothing runs in the background: a document's status is computed from the moment of its
// signature, the pace of the walk and the bank's clock whenever somebody looks. See README.md for the control API.
package bankemu

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// DefaultScope is the operations and claims of the documented contract set («Scope сервиса»).
const DefaultScope = "openid CREDIT_REQUEST GET_CREDIT_OFFERS PAY_DOC_RU_INVOICE_ANY buyOnCreditMmb creditLineAvailableSum " +
	"hasActiveCreditLine orgLawFormShort userCryptoType aud iss inn sub orgFullName email phone_number HashOrgId orgKpp"

// IDTokenIssuer is the `iss` of id_token: an internal host of the bank, different from the public one.
const IDTokenIssuer = "http://sbt-oafs:9080/icdk"

// DefaultStep is the time a signed document spends in each intermediate status.
const DefaultStep = 400 * time.Millisecond

// Client is a partner registered with the bank.
type Client struct {
	ID           string   // digits, e.g. "111286"
	Secret       string   //
	RedirectURIs []string // compared exactly
	Scope        string   // allowed operations and claims, space separated; empty = DefaultScope
	ServiceID    string   // di-<uuid>, the scope that stands for all of Scope; empty = any such id is taken
	RequirePKCE  bool     // code_challenge was agreed on registration: authorize refuses without it
	OwnINN       string   // INN of the partner's own company: only its people may read the platform's offers
	// BackURLPrefix is the registered address of the platform: return links outside it get a warning page
	// and are refused in credit requests. Empty = the origin of the first redirect URI.
	BackURLPrefix string
	Certificate   []byte // PEM, a GOST key: the partner signs his requests with it, see the setting requireJWS; empty = control gives one out
	WebhookURL    string // gets wh-payment; empty = none until control registers one
}

// Config describes one bank. The zero value of a field means its documented default.
type Config struct {
	Now           func() time.Time // wall clock; the bank's own clock is Now() plus the offset set by control
	PublicURL     string           // e.g. http://localhost:8090: the browser host
	APIURL        string           // the API host, which is the issuer of user-info; empty = the browser host serves both
	TokenAgentURL string           // e.g. http://localhost:28016: the Token user's local agent
	Clients       []Client
	Step          time.Duration    // see DefaultStep; negative = statuses are passed at once
	Scenario      Scenario         // empty = DefaultScenario()
	Tick          <-chan time.Time // when Run looks for webhooks to send; nil = every 250 ms
	// JWTKey and JWTCertificate are PEM: the GOST key (256 bits, PKCS#8) and certificate that sign the JWTs.
	// Empty = New makes both, and an authority that issues the certificate.
	JWTKey, JWTCertificate []byte
	Logger                 *slog.Logger // never gets tokens, secrets, names, phones or account numbers
}

// Bank is one emulator. Its handlers are safe for concurrent use.
type Bank struct {
	cfg     Config
	clients map[string]Client
	log     *slog.Logger
	journal *journal
	poster  *http.Client // sends webhooks
	jwt     jwtSigners

	mu    sync.Mutex // guards st
	st    state
	keys  map[string]signingKey // of people and partners, see keyOf; guarded by mu
	sites []*site
}

// New checks the configuration and opens the bank.
func New(cfg Config) (*Bank, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.APIURL == "" {
		cfg.APIURL = cfg.PublicURL
	}
	if cfg.Step == 0 {
		cfg.Step = DefaultStep
	}
	if cfg.Step < 0 {
		cfg.Step = 0
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if len(cfg.Scenario.Companies) == 0 {
		cfg.Scenario = DefaultScenario()
	}
	if err := cfg.Scenario.check(); err != nil {
		return nil, fmt.Errorf("bankemu: scenario: %w", err)
	}
	b := &Bank{cfg: cfg, clients: map[string]Client{}, keys: map[string]signingKey{}, log: cfg.Logger, journal: newJournal(cfg.Now), poster: newPoster()}
	for _, c := range cfg.Clients {
		c, err := c.normalized()
		if err != nil {
			return nil, fmt.Errorf("bankemu: client %q: %w", c.ID, err)
		}
		b.clients[c.ID] = c
		if len(c.Certificate) > 0 {
			if err := b.register(c.ID, c.Certificate); err != nil {
				return nil, fmt.Errorf("bankemu: client %q: Certificate: %w", c.ID, err)
			}
		}
	}
	b.sites = []*site{
		{kind: "sms", cookie: "emu_bank_session", title: "СберБизнес"},
		{kind: "token", cookie: "emu_token_session", title: "Агент электронного ключа"},
	}
	var err error
	if b.jwt, err = newJWTSigners(cfg); err != nil {
		return nil, fmt.Errorf("bankemu: %w", err)
	}
	b.st = newState(cfg)
	return b, nil
}

func (c Client) normalized() (Client, error) {
	if !reDigits10.MatchString(c.ID) {
		return c, errors.New("ID must be 1 to 10 digits")
	}
	if c.Secret == "" {
		return c, errors.New("no Secret")
	}
	if len(c.RedirectURIs) == 0 {
		return c, errors.New("no RedirectURIs")
	}
	if err := webhookAddress(c.WebhookURL); err != nil {
		return c, err
	}
	if c.Scope == "" {
		c.Scope = DefaultScope
	}
	if c.BackURLPrefix == "" {
		u, err := url.Parse(c.RedirectURIs[0])
		if err != nil {
			return c, err
		}
		c.BackURLPrefix = u.Scheme + "://" + u.Host
	}
	return c, nil
}

// owns reports whether a return link lies under the platform's registered address.
func (c Client) owns(link string) bool {
	u, err := url.Parse(link)
	if err != nil || u.User != nil {
		return false
	}
	p, err := url.Parse(c.BackURLPrefix)
	if err != nil {
		return false
	}
	prefix := strings.TrimSuffix(p.Path, "/")
	return u.Scheme == p.Scheme && strings.EqualFold(u.Host, p.Host) &&
		(prefix == "" || u.Path == prefix || strings.HasPrefix(u.Path, prefix+"/"))
}

// Handler serves the browser host and the API host in one.
func (b *Bank) Handler() http.Handler {
	mux := http.NewServeMux()
	b.browserRoutes(mux, b.sites[0])
	b.oauthRoutes(mux)
	b.fintechRoutes(mux)
	return b.instrument(mux)
}

// BrowserHandler serves the browser host alone: sign-in and documents, no client certificate.
func (b *Bank) BrowserHandler() http.Handler {
	mux := http.NewServeMux()
	b.browserRoutes(mux, b.sites[0])
	return b.instrument(mux)
}

// APIHandler serves the API host alone: tokens, user-info, /fintech/api. In life it stands behind mutual TLS: Authority.RequireCertificate.
func (b *Bank) APIHandler() http.Handler {
	mux := http.NewServeMux()
	b.oauthRoutes(mux)
	b.fintechRoutes(mux)
	return b.instrument(mux)
}

// TokenHandler serves the local agent of a Token user: the same sign-in and signing pages with a session of their own.
func (b *Bank) TokenHandler() http.Handler {
	mux := http.NewServeMux()
	b.browserRoutes(mux, b.sites[1])
	return b.instrument(mux)
}

// Now is the bank's clock: the given one and what control has added to it.
func (b *Bank) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now()
}

// now is the bank's clock. The caller holds b.mu.
func (b *Bank) now() time.Time { return b.cfg.Now().UTC().Add(b.st.offset) }

func hash64(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}
