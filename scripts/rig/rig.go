// Package rig puts up what load is tried on: a shop with a database on a real disk, the bank in the box beside it, and
// signed-in buyers. The shop runs in this process, where a profile sees it, or as the production program.
package rig

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"creditcart/cmd/demo/goods"
	"creditcart/internal/app"
	"creditcart/internal/bankemu"
)

// What the bank knows the shop by.
const (
	ClientID = "111286"
	Scope    = "openid CREDIT_REQUEST GET_CREDIT_OFFERS PAY_DOC_RU_INVOICE_ANY buyOnCreditMmb creditLineAvailableSum hasActiveCreditLine orgLawFormShort userCryptoType aud iss inn sub orgFullName OrgName name email phone_number HashOrgId orgKpp"
)

// DemoFeed is the small catalogue of the demo.
func DemoFeed() io.Reader { return bytes.NewReader(goods.Feed) }

// Shop is a shop that serves.
type Shop struct {
	Addr, URL, Dir string
	Config         app.Config
	Bank           *Bank
	Pid            int // of its process; 0 when it runs in this one

	ahead atomic.Int64 // of the real clock, nanoseconds
	stop  func()
}

// Ahead lets the clock of a shop in this process jump.
func (s *Shop) Ahead(d time.Duration) { s.ahead.Add(int64(d)) }

func (s *Shop) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// Close stops shop and bank and removes the database.
func (s *Shop) Close() {
	s.Stop()
	s.Bank.server.Close()
	_ = os.RemoveAll(s.Dir)
}

// newShop takes an address, a directory and a bank, migrates and imports. Nothing serves yet.
func newShop(ctx context.Context, feed io.Reader) (*Shop, net.Listener, error) {
	if err := os.MkdirAll("var", 0o755); err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("var", "rig-") // not /tmp, which may be memory
	if err != nil {
		return nil, nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	s := &Shop{Addr: l.Addr().String(), URL: "http://" + l.Addr().String(), Dir: dir}
	if s.Bank, err = newBank(s.URL); err != nil {
		return nil, nil, err
	}
	s.Config = s.settings()
	log := slog.New(slog.DiscardHandler)
	if err := app.Migrate(ctx, s.Config, log); err != nil {
		return nil, nil, err
	}
	_, err = app.Import(ctx, s.Config, feed, log)
	return s, l, err
}

// InProcess starts a shop in this process.
func InProcess(ctx context.Context, feed io.Reader) (*Shop, error) {
	s, l, err := newShop(ctx, feed)
	if err != nil {
		return nil, err
	}
	a, err := app.New(ctx, s.Config, s.now, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = a.Run(ctx, l) })
	s.stop = func() {
		cancel()
		running.Wait()
		_ = a.Close()
	}
	return s, nil
}

func (s *Shop) settings() app.Config {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails since Go 1.24
	bank := s.Bank.URL
	return app.Config{
		Addr: s.Addr, BaseURL: s.URL, DatabaseURL: "sqlite:" + filepath.Join(s.Dir, "shop.db"), Secret: base64.StdEncoding.EncodeToString(secret), VAT: "22",
		AuthorizeURL: bank, AuthorizeURLToken: bank, APIURL: bank, SignURLSMS: bank, SignURLToken: bank,
		ClientID: ClientID, ClientSecret: "bench-secret", Scope: Scope, APIRate: 5000, Timeout: 10 * time.Second, SignPage: "dcb",
		MerchantName: bankemu.MerchantName, MerchantINN: bankemu.MerchantINN, MerchantKPP: bankemu.MerchantKPP,
		MerchantAccount: bankemu.MerchantAccount, MerchantBIC: bankemu.MerchantBIC, MerchantCorrAccount: bankemu.MerchantCorrAccount,
	}
}

// Mood is what the bank does with a call.
type Mood int32

// Moods of the bank.
const (
	Well    Mood = iota
	Refuses      // the connection is closed at once, as by a host that is down
	Hangs        // nothing is ever answered
)

// Bank is the emulator, which can be made to fail.
type Bank struct {
	URL  string
	mood atomic.Int32

	server *httptest.Server
	end    chan struct{}
}

// Become changes the mood.
func (b *Bank) Become(m Mood) { b.mood.Store(int32(m)) }

func newBank(shopURL string) (*Bank, error) {
	b := &Bank{server: httptest.NewUnstartedServer(nil), end: make(chan struct{})}
	b.URL = "http://" + b.server.Listener.Addr().String()
	emu, err := bankemu.New(bankemu.Config{PublicURL: b.URL, TokenAgentURL: b.URL, Step: -1, Clients: []bankemu.Client{{ID: ClientID, Secret: "bench-secret",
		RedirectURIs: []string{shopURL + "/login/callback"}, Scope: Scope, OwnINN: bankemu.MerchantINN, BackURLPrefix: shopURL}}})
	if err != nil {
		return nil, err
	}
	well := emu.Handler()
	b.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch Mood(b.mood.Load()) {
		case Well:
			well.ServeHTTP(w, r)
		case Refuses:
			panic(http.ErrAbortHandler)
		case Hangs:
			_, _ = io.Copy(io.Discard, r.Body) // so that the server sees the caller leave
			<-r.Context().Done()
		}
	})
	b.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	b.server.Start()
	return b, nil
}

var errNoAnswer = errors.New("the shop does not answer")

// WaitFor asks for a page until it is there.
func WaitFor(url string, atMost time.Duration) error {
	for end := time.Now().Add(atMost); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if _, err := Get(url); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s: %w", url, errNoAnswer)
}

// Get reads a page; another status than 200 is an error.
func Get(url string) ([]byte, error) {
	resp, err := http.Get(url) //nolint:noctx // on loopback
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	return io.ReadAll(resp.Body)
}
