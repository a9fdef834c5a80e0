// Package checkout is the process: place an order, which ways to pay it, start one, the buyer came back, the timer asks.
// It is the only package that speaks both the shop's language (orders) and the bank's (credit).
// It knows neither HTTP handlers nor SQL.
package checkout

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"creditcart/internal/catalog"
	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

// Orders keeps orders. Every method is one durable transaction; none of them calls the bank.
type Orders interface {
	// PlaceOrder stores a new order and empties its cart. If this state of the cart became an order before, its number
	// is returned and nothing changes. Errors: orders.ErrCartChanged, orders.ErrNumberTaken.
	PlaceOrder(ctx context.Context, o *orders.Order) (existing string, err error)
	// Order loads an order whole, or orders.ErrNotFound.
	Order(ctx context.Context, number string) (*orders.Order, error)
	// Payment loads one payment, or orders.ErrNoPayment.
	Payment(ctx context.Context, externalID string) (orders.Payment, error)
	// UpdateOrder loads, runs fn and saves; fn's error rolls back and comes back as it is. A second live payment is *orders.LiveError.
	UpdateOrder(ctx context.Context, number string, fn func(*orders.Order) error) (*orders.Order, error)
	// SaveCheck saves Tries, CheckedAt and CheckAt of a payment that is still as it was before, and tells whether it is.
	SaveCheck(ctx context.Context, number string, before, after orders.Payment) (saved bool, err error)
	// ClaimDue leases payments whose CheckAt has come, at most limit of them, until the given time.
	ClaimDue(ctx context.Context, now, until time.Time, limit int) ([]orders.Due, error)
	// ForgetFuture makes payments due that were checked by a clock more than a minute ahead of now; no lease of them lasts longer than lease from now.
	ForgetFuture(ctx context.Context, now time.Time, lease time.Duration) error
	// CheckSoon moves the check of a document that the bank has to now, or to pause after the bank's last answer;
	// never later than it was. A document that is not there, settled or still being sent is left alone.
	CheckSoon(ctx context.Context, externalID string, now time.Time, pause time.Duration) error
	// OrdersOfPeriod gives the numbers of orders that were placed or paid between two moments or may still be executed.
	OrdersOfPeriod(ctx context.Context, since, until time.Time) ([]string, error)
}

// People keeps who signed in, the merchant's connection and the bank's last answers about conditions.
type People interface {
	SignIn(ctx context.Context, id sbid.Identity, g sbid.Grant) error
	Account(ctx context.Context, subject string) (sbid.Identity, error)
	SaveAccount(ctx context.Context, id sbid.Identity) error
	LiveSubjects(ctx context.Context, companyINN string) ([]string, error)
	Merchant(ctx context.Context) (sbid.Connection, error)
	SetMerchant(ctx context.Context, c sbid.Connection) error
	Snapshot(ctx context.Context, key string) (body []byte, asOf time.Time, err error)
	SaveSnapshot(ctx context.Context, key string, body []byte, asOf time.Time) error
}

// Goods gives the goods of a cart and the cart itself.
type Goods interface {
	Products(ctx context.Context, ids []string) (map[string]catalog.Product, error)
	Cart(ctx context.Context, id string) (orders.Cart, error)
}

// Merchant is who gets the money: the requisites as the bank wants them.
type Merchant struct {
	Name, INN, KPP, Account, BIC, CorrAccount string
}

// Config is what the process needs. All fields are required unless said otherwise.
type Config struct {
	Orders   Orders
	People   People
	SignOuts SignOuts
	Goods    Goods
	Bank     *credit.Client
	Provider *sbid.Provider
	Keeper   *sbid.Keeper

	Merchant     Merchant
	ClientID     string        // of the shop at the bank: the clientID of platform offers
	DefaultVAT   money.VATRate // of goods whose feed names no rate
	BaseURL      string        // public address of the shop, without a slash at the end
	SignURLSMS   string        // scheme and host of the bank's contours
	SignURLToken string
	SignPage     credit.SignPage
	IDKey        []byte // derives external ids; the same key after a restore makes the same ids
	BankTimeout  time.Duration
	RotateSecret bool // change the client secret at the bank before it ends
	Consent      Consent

	Now func() time.Time
	Log *slog.Logger
}

// Service runs the process. Its methods are safe for concurrent use, also by several instances on one database.
type Service struct {
	Config
	flight   singleflight.Group // one call per document, one per set of offers
	inflight sync.WaitGroup     // calls that outlive the request that started them
	hints    recent             // notifications of the bank
}

// New makes the process.
func New(c Config) *Service { return &Service{Config: c} }

// Wait returns when no call to the bank is under way any more, or when ctx ends: for a graceful stop.
func (s *Service) Wait(ctx context.Context) {
	done := make(chan struct{})
	go func() { s.inflight.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
