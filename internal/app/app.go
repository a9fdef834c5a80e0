// Package app wires the program: settings in, a running shop out. It is the one place that knows every other package;
// nothing below imports it. It never knows the bank emulator.
package app

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/outbox"
	"creditcart/internal/sbid"
	"creditcart/internal/store"
	"creditcart/internal/storefront"
)

// stopWithin is how long a stopping program waits for requests and calls under way.
const stopWithin = 10 * time.Second

// App is a shop ready to serve.
type App struct {
	Store    *store.Store
	Checkout *checkout.Service

	cfg       Config
	telemetry observed
	stopping  chan struct{} // closed when the program stops: ends the streams, which would never end by themselves
	handler   http.Handler
	upkeep    *upkeep
	courier   *outbox.Courier // nil: nobody is told
	log       *slog.Logger
	now       func() time.Time
	network   http.RoundTripper // to the bank; nil = the real one
}

// Option changes how an App is wired.
type Option func(*App)

// WithTransport puts a world of one's own in the place of the network to the bank: for simulations.
func WithTransport(rt http.RoundTripper) Option { return func(a *App) { a.network = rt } }

// New opens the database and wires everything. The schema must be current: see Migrate.
func New(ctx context.Context, cfg Config, now func() time.Time, log *slog.Logger, options ...Option) (*App, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	cfg.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	tell, err := observe(ctx, cfg, now, log)
	if err != nil {
		return nil, err
	}
	db, err := openCurrentAt(ctx, cfg, now, tell.Commit, log)
	if err != nil {
		return nil, damaged(cfg, err)
	}
	if err := db.CheckKeys(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a := &App{Store: db, cfg: cfg, telemetry: tell, stopping: make(chan struct{}), log: log, now: now}
	for _, o := range options {
		o(a)
	}
	if a.upkeep, err = newUpkeep(ctx, cfg, db, now, log); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := a.keepOutbox(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := a.wire(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := errors.Join(a.adoptSecret(ctx), a.keepConsent(ctx)); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if strings.TrimSpace(cfg.Issuers) == "" {
		log.WarnContext(ctx, "BANK_ISSUERS is empty: the issuer of the bank's tokens is not checked")
	}
	if cfg.JWTCertFile == "" {
		log.WarnContext(ctx, "BANK_JWT_CERT_FILE is empty: the signatures of the bank's tokens are not checked")
	}
	return a, nil
}

// adoptSecret lets the settings and the database agree on the client secret.
func (a *App) adoptSecret(ctx context.Context) error {
	issued, err := a.cfg.secretIssued()
	if err != nil {
		return fmt.Errorf("BANK_CLIENT_SECRET_ISSUED: %w", err)
	}
	return a.Checkout.Provider.AdoptSecret(ctx, issued)
}

func (a *App) wire() error {
	cfg := a.cfg
	api, secret, err := a.wireCheckout()
	if err != nil {
		return err
	}
	proxies, err := cfg.trustedProxies()
	if err != nil {
		return fmt.Errorf("SHOP_TRUSTED_PROXIES: %w", err)
	}
	a.handler, err = storefront.New(storefront.Config{Checkout: a.Checkout, Provider: a.Checkout.Provider, Catalog: a.Store, Carts: a.Store,
		OrderLists: a.Store, SignIns: a.Store, People: a.Store, Audit: a.Store, Outbox: a.notices(), Ready: a.ready, Unavailable: store.Unavailable,
		MerchantName: cfg.MerchantName, MerchantINN: cfg.MerchantINN, BaseURL: cfg.BaseURL, CookieKey: derive(secret, "cookies"), HookToken: hex.EncodeToString(derive(secret, "notifications of the bank")[:20]),
		TrustedProxies: proxies, Limits: storefront.Limits{SignIn: cfg.LimitSignIn, Account: cfg.LimitAccount, Checkout: cfg.LimitCheckout, Hook: cfg.LimitHook},
		BankOrigins: bankOrigins(cfg), DefaultVAT: a.Checkout.DefaultVAT, BankStatus: api.Status, Watch: a.telemetry.Request, Stopping: a.stopping, Now: a.now, Log: a.log})
	return err
}

// wireCheckout wires the process and all below it: what a command needs that speaks to the bank.
func (a *App) wireCheckout() (api *bankapi.Client, secret []byte, err error) {
	cfg := a.cfg
	if secret, err = cfg.secret(); err != nil {
		return nil, nil, err
	}
	var certs *tls.Config
	if strings.HasPrefix(cfg.APIURL, "https:") {
		if certs, err = bankapi.LoadTLS(cfg.TLSP12, cfg.TLSP12Password, cfg.CAFile); err != nil {
			return nil, nil, fmt.Errorf("BANK_TLS_P12, BANK_CA_FILE: %w", err)
		}
	}
	api, err = bankapi.New(bankapi.Config{BaseURL: cfg.APIURL, TLS: certs, Timeout: cfg.Timeout, Rate: cfg.APIRate,
		MinInterval: cfg.MinInterval, Observe: a.telemetry.BankCall, Now: a.now, Log: a.log, Transport: a.network})
	if err != nil {
		return nil, nil, fmt.Errorf("BANK_API_URL: %w", err)
	}
	keys, err := cfg.bankKeys()
	if err != nil {
		return nil, nil, fmt.Errorf("BANK_JWT_CERT_FILE: %w", err)
	}
	provider, err := sbid.NewProvider(sbid.Config{AuthorizeURL: cfg.AuthorizeURL, AuthorizeURLToken: cfg.AuthorizeURLToken,
		ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, Secrets: a.Store, RedirectURL: cfg.BaseURL + "/login/callback", Scope: cfg.Scope,
		Issuers: strings.Fields(cfg.Issuers), BankKeys: keys, PKCE: cfg.PKCE, API: api, Now: a.now, Log: a.log})
	if err != nil {
		return nil, nil, err
	}
	a.telemetry.Watch(a.sources(api, provider, certs))
	vat, err := money.ParseVAT(cfg.VAT)
	if err != nil {
		return nil, nil, fmt.Errorf("SHOP_VAT: %w", err)
	}
	consent, err := cfg.consent()
	if err != nil {
		return nil, nil, fmt.Errorf("SHOP_CONSENT_FILE: %w", err)
	}
	a.Checkout = checkout.New(checkout.Config{Orders: a.Store, People: a.Store, SignOuts: a.Store, Goods: a.Store,
		Bank: credit.NewClient(api), Provider: provider, Keeper: sbid.NewKeeper(provider, a.Store, a.now),
		Merchant: checkout.Merchant{Name: cfg.MerchantName, INN: cfg.MerchantINN, KPP: cfg.MerchantKPP,
			Account: cfg.MerchantAccount, BIC: cfg.MerchantBIC, CorrAccount: cfg.MerchantCorrAccount},
		ClientID: cfg.ClientID, DefaultVAT: vat, BaseURL: cfg.BaseURL, SignURLSMS: cfg.SignURLSMS, SignURLToken: cfg.SignURLToken,
		SignPage: credit.SignPage(cfg.SignPage), IDKey: derive(secret, "payment ids"), BankTimeout: cfg.Timeout, RotateSecret: cfg.RotateSecret, Consent: consent,
		Now: a.now, Log: a.log})
	return api, secret, nil
}

// bankOrigins are the only foreign places a browser is ever sent to.
func bankOrigins(cfg Config) []string {
	var out []string
	for _, s := range []string{cfg.AuthorizeURL, cfg.AuthorizeURLToken, cfg.SignURLSMS, cfg.SignURLToken} {
		if u, err := url.Parse(s); err == nil && u.Host != "" {
			out = append(out, u.Scheme+"://"+u.Host)
		}
	}
	return out
}

// derive makes a key for one purpose out of SHOP_SECRET.
func derive(secret []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, "creditcart: "+purpose, 32)
	if err != nil { // cannot happen: 32 bytes is within what SHA-256 may give
		panic(err)
	}
	return key
}

// ready lists what is missing to serve buyers in full.
func (a *App) ready(ctx context.Context) []string {
	var out []string
	if err := a.Store.Ping(ctx); err != nil {
		return []string{"database"}
	}
	if v, err := a.Store.CatalogVersion(ctx); err != nil || v == 0 {
		out = append(out, "catalogue: nothing imported yet (shop import FEED.xml)")
	}
	if c, err := a.Store.Merchant(ctx); err != nil || c.Subject == "" {
		out = append(out, "merchant: not connected to the bank yet (sign in at /admin)")
	}
	return out
}

// Handler is what Run serves.
func (a *App) Handler() http.Handler { return a.handler }

// Run serves a listener and asks the bank about open payments until ctx ends, then stops in order: no new requests,
// those under way finish, the calls to the bank they started finish. It is called once.
func (a *App) Run(ctx context.Context, l net.Listener) error {
	srv := &http.Server{Handler: a.handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn)}
	stopMetrics, err := a.serveMetrics(ctx)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	loopCtx, endLoop := context.WithCancel(ctx)
	defer endLoop()
	var loop sync.WaitGroup
	loop.Go(func() { a.Checkout.Run(loopCtx) })
	loop.Go(func() { a.sweep(loopCtx) })
	loop.Go(func() { a.upkeep.run(loopCtx) })
	loop.Go(func() { a.sealAudit(loopCtx) })
	loop.Go(func() { a.deliver(loopCtx) })
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err = <-failed:
	case err = <-a.upkeep.damage:
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	close(a.stopping)
	endLoop()
	err = errors.Join(err, srv.Shutdown(grace))
	a.Checkout.Wait(grace)
	loop.Wait()
	err = errors.Join(err, a.stopTelemetry(grace, stopMetrics))
	a.sealOnce(grace)
	a.tellHead(grace)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// cartLife is how long a cart that nobody touches is kept: as long as the cookie that names it.
const cartLife = 30 * 24 * time.Hour

// sweep removes once an hour what nobody can come back to: old carts, sessions that ended, sign-ins that never returned,
// notifications delivered long ago, people whose time is over.
func (a *App) sweep(ctx context.Context) {
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	for {
		a.sweepOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (a *App) sweepOnce(ctx context.Context) {
	now := a.now().UTC()
	err := errors.Join(a.Store.PurgeCarts(ctx, now.Add(-cartLife)), a.Store.PurgeSessions(ctx, now), a.purgeNotifications(ctx, now), a.eraseOldPeople(ctx, now))
	if err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "sweep", "error", err)
	}
}

// Close closes the database.
func (a *App) Close() error {
	a.upkeep.endCheck()
	return a.Store.Close()
}
