package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"creditcart/cmd/demo/goods"
	"creditcart/internal/app"
	"creditcart/internal/bankemu"
)

// shop is the whole program in this process, with the emulator beside it and its database on a real disk.
type shop struct {
	addr, url, dir string
	app            *app.App
	close          func()
}

const (
	clientID = "111286"
	scope    = "openid CREDIT_REQUEST GET_CREDIT_OFFERS PAY_DOC_RU_INVOICE_ANY buyOnCreditMmb creditLineAvailableSum hasActiveCreditLine orgLawFormShort userCryptoType aud iss inn sub orgFullName OrgName name email phone_number HashOrgId orgKpp"
)

func demoFeed() io.Reader { return bytes.NewReader(goods.Feed) }

func newShop(ctx context.Context, feed io.Reader) (*shop, error) {
	if err := os.MkdirAll("var", 0o755); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("var", "bench-") // not /tmp, which may be memory
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &shop{addr: l.Addr().String(), url: "http://" + l.Addr().String(), dir: dir}
	bank := httptest.NewUnstartedServer(nil)
	bankURL := "http://" + bank.Listener.Addr().String()
	emu, err := bankemu.New(bankemu.Config{PublicURL: bankURL, TokenAgentURL: bankURL, Step: -1, Clients: []bankemu.Client{{ID: clientID, Secret: "bench-secret",
		RedirectURIs: []string{s.url + "/login/callback"}, Scope: scope, OwnINN: bankemu.MerchantINN, BackURLPrefix: s.url}}})
	if err != nil {
		return nil, err
	}
	bank.Config.Handler = emu.Handler()
	bank.Start()
	cfg := s.config(bankURL)
	log := slog.New(slog.DiscardHandler)
	if err := app.Migrate(ctx, cfg, log); err != nil {
		return nil, err
	}
	if _, err := app.Import(ctx, cfg, feed, log); err != nil {
		return nil, err
	}
	if s.app, err = app.New(ctx, cfg, time.Now, log); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = s.app.Run(ctx, l) })
	s.close = func() {
		cancel()
		running.Wait()
		_ = s.app.Close()
		bank.Close()
		_ = os.RemoveAll(dir)
	}
	return s, nil
}

func (s *shop) config(bankURL string) app.Config {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails since Go 1.24
	return app.Config{
		Addr: s.addr, BaseURL: s.url, DatabaseURL: "sqlite:" + filepath.Join(s.dir, "shop.db"), Secret: base64.StdEncoding.EncodeToString(secret), VAT: "22",
		AuthorizeURL: bankURL, AuthorizeURLToken: bankURL, APIURL: bankURL, SignURLSMS: bankURL, SignURLToken: bankURL,
		ClientID: clientID, ClientSecret: "bench-secret", Scope: scope, APIRate: 1000, Timeout: 10 * time.Second, SignPage: "dcb",
		MerchantName: bankemu.MerchantName, MerchantINN: bankemu.MerchantINN, MerchantKPP: bankemu.MerchantKPP,
		MerchantAccount: bankemu.MerchantAccount, MerchantBIC: bankemu.MerchantBIC, MerchantCorrAccount: bankemu.MerchantCorrAccount,
	}
}

// buyer is a signed-in browser.
type buyer struct {
	shop    *shop
	http    *http.Client   // with the browser's cookies
	plain   *http.Client   // without
	session []*http.Cookie // of the signed-in browser, no cart among them
}

func (s *shop) signIn(person string) (*buyer, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	plain := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 2},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	browser := *plain
	browser.Jar = jar
	b := &buyer{shop: s, plain: plain, http: &browser}
	to := s.url + "/login?contour=sms&return=/"
	for i := range 3 {
		var form url.Values
		if i == 1 {
			form = url.Values{"person": {person}, "decision": {"allow"}}
		}
		if to, err = b.send(to, form); err != nil {
			return nil, fmt.Errorf("sign in: %w", err)
		}
	}
	home, err := url.Parse(s.url)
	b.session = jar.Cookies(home)
	return b, err
}

// send posts a form, or gets when there is none, and gives the place of the redirect.
func (b *buyer) send(to string, form url.Values) (string, error) {
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, to, body) //nolint:noctx // a bench on loopback
	if err != nil {
		return "", err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := b.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	next, err := resp.Location()
	if err != nil {
		return "", fmt.Errorf("%s %s: %s", method, req.URL.Path, resp.Status)
	}
	return next.String(), nil
}
