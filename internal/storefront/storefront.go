// Package storefront shows the shop to buyers and to the merchant: echo handlers, sessions, cookies, the words around
// what the other packages decide. It knows HTTP and words; it does not know SQL, the bank's API or the rules of credit.
package storefront

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"creditcart/internal/bankapi"
	"creditcart/internal/catalog"
	"creditcart/internal/checkout"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

// Catalog reads the goods. An unknown slug is catalog.ErrNoProduct or catalog.ErrNoCategory.
type Catalog interface {
	// CatalogVersion changes whenever anything of the catalogue does.
	CatalogVersion(ctx context.Context) (int64, error)
	Categories(ctx context.Context) ([]catalog.CountedCategory, error)
	// Listing answers a page beyond the last one with the last one.
	Listing(ctx context.Context, q catalog.Query) (catalog.Listing, error)
	Product(ctx context.Context, slug string) (catalog.Product, error)
	// Products leaves out unknown ids.
	Products(ctx context.Context, ids []string) (map[string]catalog.Product, error)
}

// Carts keeps carts. A cart that was never stored is empty.
type Carts interface {
	Cart(ctx context.Context, id string) (orders.Cart, error)
	// UpdateCart loads, runs fn and saves in one transaction; fn's error rolls back and comes back as it is.
	UpdateCart(ctx context.Context, id string, now time.Time, fn func(*orders.Cart) error) (orders.Cart, error)
}

// OrderLists lists orders, newest first. A cursor that no list gave out is orders.ErrCursor.
type OrderLists interface {
	OrdersOf(ctx context.Context, companyINN string, f orders.Filter, limit int) ([]orders.Summary, orders.Cursor, error)
	AllOrders(ctx context.Context, f orders.Filter, limit int) ([]orders.Summary, orders.Cursor, error)
	AttentionCounts(ctx context.Context) (orders.Attention, error)
}

// SignIns keeps sign-ins under way and signed-in browsers. Ids are hashes of what the cookies hold.
type SignIns interface {
	SavePending(ctx context.Context, p sbid.Pending) error
	// TakePending deletes and returns: exactly one caller gets it. Absent or expired is false.
	TakePending(ctx context.Context, id string, now time.Time) (sbid.Pending, bool, error)
	SaveSession(ctx context.Context, s sbid.Session) error
	// TouchSession moves SeenAt of a session that is there; one that was ended meanwhile stays ended.
	TouchSession(ctx context.Context, id string, seen time.Time) error
	// Session is false for one that is absent or past its ExpiresAt.
	Session(ctx context.Context, id string, now time.Time) (sbid.Session, bool, error)
	// SessionsOf lists those of a person that are not past their ExpiresAt.
	SessionsOf(ctx context.Context, subject string, now time.Time) ([]sbid.Session, error)
	DeleteSession(ctx context.Context, id string) error
	// EndSessions ends all sessions of the people of a company and tells how many; their tokens go as after a sign-out.
	EndSessions(ctx context.Context, companyINN, actor string, now time.Time) (int, error)
}

// People tells who a subject is, as the bank said last.
type People interface {
	Account(ctx context.Context, subject string) (sbid.Identity, error)
}

// Config is what the storefront needs. All fields are required unless said otherwise.
type Config struct {
	Checkout   *checkout.Service
	Provider   *sbid.Provider
	Catalog    Catalog
	Carts      Carts
	OrderLists OrderLists
	SignIns    SignIns
	People     People
	Audit      Audit
	Outbox     Outbox // nil: the merchant has no system that is notified
	// Ready names what is missing for readiness, in short words without secrets; nothing means ready. May be nil.
	Ready func(ctx context.Context) []string
	// Unavailable tells whether an error means that the database takes nothing at the moment. May be nil.
	Unavailable func(error) bool

	MerchantName   string
	MerchantINN    string
	BaseURL        string         // public address of the shop, scheme and host
	CookieKey      []byte         // at least 32 bytes; keys of each cookie are derived from it
	HookToken      string         // unguessable last part of the address for the bank's notifications
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed; empty = nobody's
	BankOrigins    []string       // scheme and host of every page of the bank that a buyer may be sent to
	DefaultVAT     money.VATRate  // of goods whose feed names no rate
	Limits         Limits

	// BankStatus tells what the transport to the bank is doing. May be nil.
	BankStatus func() bankapi.Status
	// Watch is told that a request begins, gives the context of its work, and is told how it ended: route is the pattern,
	// "" for an unknown address; stream is true for an answer that lasts as long as the page is open. May be nil.
	Watch func(ctx context.Context, method string) (context.Context, func(route string, status int, stream bool))

	Now func() time.Time
	Log *slog.Logger
	// Stopping is closed when the program begins to stop: open event streams end then. May be nil.
	Stopping <-chan struct{}
}

// server holds what the handlers share.
type server struct {
	Config
	secure   bool   // the public address is https
	origin   string // of the public address
	bank     map[string]bool
	cookies  cookieJar
	sessions *sessionStore
	limits   limiters
	bodies   *bodyCache // the catalogue's part of a page, for everybody
	pages    *bodyCache // the same pages whole, for those of whom nothing is known
	streams  *streams
	buffers  sync.Pool
	pauses   []time.Duration // of an event stream, see events.go

	version    atomic.Pointer[seenVersion]
	versionAge time.Duration
	glanceWait time.Duration
	glances    glances
}

// New builds the whole site as one handler.
func New(c Config) (http.Handler, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	return s.handler(), nil
}

func newServer(c Config) (*server, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("storefront: %w", err)
	}
	origin, ok := originOf(c.BaseURL)
	if !ok {
		return nil, fmt.Errorf("storefront: BaseURL %q is not an address", c.BaseURL)
	}
	s := &server{Config: c, secure: strings.HasPrefix(origin, "https:"), origin: origin, bank: map[string]bool{},
		bodies: newBodyCache(bodyCacheBytes), pages: newBodyCache(bodyCacheBytes), streams: newStreams(), pauses: eventPauses, versionAge: versionAge, glanceWait: glanceWait, glances: glances{late: map[string]int{}}}
	for _, o := range c.BankOrigins {
		origin, ok := originOf(o)
		if !ok {
			return nil, fmt.Errorf("storefront: bank origin %q is not an address", o)
		}
		s.bank[origin] = true
	}
	var err error
	if s.cookies, err = newCookieJar(c.CookieKey, s.secure); err != nil {
		return nil, fmt.Errorf("storefront: %w", err)
	}
	s.sessions = &sessionStore{signIns: c.SignIns, cookies: s.cookies, now: c.Now}
	s.limits = newLimiters(c.Limits, c.Now)
	return s, nil
}

func (s *server) handler() http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = clientIP(s.TrustedProxies)
	e.HTTPErrorHandler = s.showError
	s.routes(e)
	return e
}

func (c Config) check() error {
	switch {
	case c.Checkout == nil || c.Provider == nil || c.Catalog == nil || c.Carts == nil || c.OrderLists == nil || c.SignIns == nil || c.People == nil || c.Audit == nil:
		return errors.New("a dependency is missing")
	case c.Now == nil || c.Log == nil:
		return errors.New("no clock or no log")
	case len(c.CookieKey) < 32:
		return errors.New("CookieKey is shorter than 32 bytes")
	case len(c.HookToken) < 32:
		return errors.New("HookToken is shorter than 32 characters")
	case strings.HasSuffix(c.BaseURL, "/"):
		return errors.New("BaseURL ends with a slash")
	}
	return nil
}

// originOf is the scheme and host of an address, as browsers write it: in small letters and without the scheme's own port.
func originOf(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", false
	}
	host := strings.ToLower(u.Host)
	if port := u.Port(); port == "443" && u.Scheme == "https" || port == "80" && u.Scheme == "http" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host, true
}

// toBank tells whether a buyer may be sent to an address: only to the configured pages of the bank.
func (s *server) toBank(address string) bool {
	origin, ok := originOf(address)
	return ok && s.bank[origin]
}

func (s *server) shop() templates.Shop {
	return templates.Shop{Name: brand(s.MerchantName), Merchant: s.MerchantName, INN: s.MerchantINN}
}

// brand is a company's name without its legal form: «Снабжение» of ООО «Снабжение». Any other name stays whole.
func brand(name string) string {
	_, inside, opened := strings.Cut(name, "«")
	if end := strings.LastIndex(inside, "»"); opened && end == len(inside)-len("»") && end > 0 && !strings.Contains(inside, "«") {
		return inside[:end]
	}
	return name
}
