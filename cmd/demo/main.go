// Command demo runs the shop and the bank emulator in one process on loopback: a whole purchase, offline, with one command.
// With -bank-only it runs the emulator alone, for any other integration.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"creditcart/cmd/demo/goods"
	"creditcart/internal/app"
	"creditcart/internal/bankemu"
)

// options are the program's flags: where everything listens and what runs.
type options struct {
	shop, bank, api, token, control string
	step                            time.Duration
	bankOnly, verbose, oneClock     bool
	feed                            string
	tls                             bool
	tlsDir                          string
	scenario                        bankemu.Scenario // who banks here: the shipped companies and those of the files given
}

// The bank's addresses. Without TLS one listener serves browsers and the API.

func (o options) bankURL() string {
	if o.tls {
		return "https://" + o.bank
	}
	return "http://" + o.bank
}

func (o options) apiURL() string {
	if o.tls {
		return "https://" + o.api
	}
	return o.bankURL()
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := options{scenario: bankemu.DefaultScenario()}
	flag.StringVar(&o.shop, "shop", "127.0.0.1:8080", "address of the shop")
	flag.StringVar(&o.bank, "bank", "localhost:8090", "address of the bank: browser host and API host")
	flag.StringVar(&o.api, "api", "localhost:8092", "address of the bank's API host, which demands a client certificate; only with -tls")
	flag.StringVar(&o.token, "token", "localhost:28016", "address of the Token user's agent")
	flag.StringVar(&o.control, "control", "127.0.0.1:8091", "address of the bank's control page")
	flag.DurationVar(&o.step, "step", bankemu.DefaultStep, "pause between two statuses of a signed document")
	flag.BoolVar(&o.bankOnly, "bank-only", false, "run the bank emulator alone; the client registered with it is printed")
	flag.BoolVar(&o.verbose, "v", false, "log every request and every call to the bank")
	flag.BoolVar(&o.oneClock, "one-clock", false, "the shop lives by the bank's clock, which the control page moves; without it the shop's stays")
	flag.StringVar(&o.feed, "feed", "", "YML feed to sell instead of the demo goods")
	flag.BoolVar(&o.tls, "tls", false, "the bank speaks TLS: a browser host, and an API host that demands client certificates")
	flag.StringVar(&o.tlsDir, "tls-dir", "", "directory for the bank's ca.pem and client.p12 with -tls; empty = a temporary one")
	flag.Func("scenario", "JSON file with more companies for the bank, see internal/bankemu/scenarios; may be repeated", func(name string) error {
		more, err := bankemu.ReadScenario(name)
		if err != nil {
			return err
		}
		return o.scenario.Add(more)
	})
	flag.Parse()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo: "+err.Error())
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, out io.Writer) error {
	if !bankemu.IsLoopback(o.control) {
		return fmt.Errorf("-control %s: the control page signs for anybody, so it is served on loopback only (127.0.0.1 or localhost)", o.control)
	}
	level := slog.LevelWarn
	if o.verbose {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	listeners, err := listen(ctx, o)
	if err != nil {
		return err
	}
	shopURL, tokenURL := "http://"+o.shop, "http://"+o.token
	secure, err := newTransport(o)
	if err != nil {
		return err
	}
	defer secure.close()
	secret := hex.EncodeToString([]byte(random()))[:40] // letters and digits only, as the bank wants
	bank, err := bankemu.New(bankemu.Config{PublicURL: o.bankURL(), APIURL: o.apiURL(), TokenAgentURL: tokenURL, Step: o.step, Scenario: o.scenario, Logger: log, Now: time.Now,
		Clients: []bankemu.Client{{ID: clientID, Secret: secret, RedirectURIs: []string{shopURL + "/login/callback"},
			Scope: everything, OwnINN: bankemu.MerchantINN, BackURLPrefix: shopURL}}})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var servers sync.WaitGroup
	failed := make(chan error, 4)
	serve := func(l net.Listener, h http.Handler) {
		srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		servers.Go(func() {
			if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		})
		context.AfterFunc(ctx, func() { _ = srv.Close() })
	}
	if secure == nil {
		serve(listeners["bank"], bank.Handler())
	} else {
		serve(tls.NewListener(listeners["bank"], secure.server), bank.BrowserHandler())
		serve(tls.NewListener(listeners["api"], bankemu.AskForCertificate(secure.server)), secure.authority.RequireCertificate(bank.APIHandler(), log))
	}
	serve(listeners["token"], bank.TokenHandler())
	serve(listeners["control"], bank.Control())
	servers.Go(func() { bank.Run(ctx) })
	if o.bankOnly {
		printBank(out, o, secret, secure)
	} else {
		stopShop, err := startShop(ctx, o, secret, bank, secure, listeners["shop"], log, failed)
		if err != nil {
			return err
		}
		defer stopShop()
		printShop(out, o)
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	cancel()
	servers.Wait()
	return err
}

// listen opens all ports before anything starts, so that a taken one is one clear error.
func listen(ctx context.Context, o options) (map[string]net.Listener, error) {
	want := map[string]string{"bank": o.bank, "token": o.token, "control": o.control}
	if !o.bankOnly {
		want["shop"] = o.shop
	}
	if o.tls {
		want["api"] = o.api
	}
	out := map[string]net.Listener{}
	var problems []error
	for name, addr := range want {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s cannot be listened on (%w): choose another with -%s HOST:PORT", addr, err, name))
			continue
		}
		out[name] = l
	}
	if len(problems) > 0 {
		for _, l := range out {
			_ = l.Close()
		}
		return nil, errors.Join(problems...)
	}
	return out, nil
}

// startShop makes a fresh shop in a directory of its own: the emulator forgets everything at exit, so orders would have no bank behind them.
func startShop(ctx context.Context, o options, secret string, bank *bankemu.Bank, secure *transport, l net.Listener, log *slog.Logger, failed chan<- error) (stop func(), err error) {
	dir, err := os.MkdirTemp("", "creditcart-demo-")
	if err != nil {
		return nil, err
	}
	cfg := config(o, secret, secure, filepath.Join(dir, "shop.db"))
	cfg.JWTCertFile = filepath.Join(dir, "bank-jwt.pem")
	if err := os.WriteFile(cfg.JWTCertFile, bank.Certificate(), 0o600); err != nil {
		return nil, err
	}
	if err := app.Migrate(ctx, cfg, log); err != nil {
		return nil, err
	}
	feed, err := openFeed(o.feed)
	if err != nil {
		return nil, err
	}
	defer feed.Close()
	if _, err := app.Import(ctx, cfg, feed, log); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	now := time.Now
	if o.oneClock {
		now = bank.Now
	}
	a, err := app.New(ctx, cfg, now, log)
	if err != nil {
		return nil, err
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := a.Run(ctx, l); err != nil {
			failed <- err
		}
	})
	stop = func() {
		running.Wait()
		_ = a.Close()
		_ = os.RemoveAll(dir)
	}
	if err := connectMerchant(ctx, cfg.BaseURL, secure.client()); err != nil {
		return nil, fmt.Errorf("connect the merchant: %w", err)
	}
	return stop, nil
}

func config(o options, secret string, secure *transport, db string) app.Config {
	bankURL, tokenURL := o.bankURL(), "http://"+o.token
	cfg := app.Config{
		Addr: o.shop, BaseURL: "http://" + o.shop, DatabaseURL: "sqlite:" + db, Secret: random(), VAT: "22",
		AuthorizeURL: bankURL, AuthorizeURLToken: tokenURL, APIURL: o.apiURL(), SignURLSMS: bankURL, SignURLToken: tokenURL,
		ClientID: clientID, ClientSecret: secret, Scope: scope, PKCE: true, RotateSecret: true, APIRate: 50, Timeout: 10 * time.Second, SignPage: "dcb",
		Issuers:      bankemu.IDTokenIssuer + " " + o.apiURL(),
		MerchantName: bankemu.MerchantName, MerchantINN: bankemu.MerchantINN, MerchantKPP: bankemu.MerchantKPP,
		MerchantAccount: bankemu.MerchantAccount, MerchantBIC: bankemu.MerchantBIC, MerchantCorrAccount: bankemu.MerchantCorrAccount,
	}
	if secure != nil {
		cfg.TLSP12, cfg.TLSP12Password, cfg.CAFile = secure.p12, secure.password, secure.ca
	}
	return cfg
}

const (
	clientID = "111286"
	scope    = "openid CREDIT_REQUEST GET_CREDIT_OFFERS PAY_DOC_RU_INVOICE_ANY buyOnCreditMmb creditLineAvailableSum hasActiveCreditLine orgLawFormShort userCryptoType aud iss inn sub orgFullName OrgName name email phone_number HashOrgId orgKpp"
)

// everything is registered with the bank: the shop's scope, and what an engineer may want to try beyond it.
const everything = scope + " PAY_DOC_RU PAY_DOC_RU_INVOICE PAY_DOC_RU_INVOICE_BUDGET GET_STATEMENT_ACCOUNT GET_STATEMENT_TRANSACTION " +
	"GET_CLIENT_ACCOUNTS PAYROLL SALARY_AGREEMENT accounts orgOgrn orgLawForm orgJuridicalAddress orgActualAddress terBank orgBusinessSegment " +
	"userPosition userGuid userSignatureType individualExecutiveAgency active isIdentified offerExpirationDate"

func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return base64.StdEncoding.EncodeToString(b)
}

// openFeed is what the shop sells.
func openFeed(path string) (io.ReadCloser, error) {
	if path == "" {
		return io.NopCloser(bytes.NewReader(goods.Feed)), nil
	}
	return os.Open(path)
}
