package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"creditcart/cmd/demo/goods"
	"creditcart/internal/bankemu"
	"creditcart/internal/orders"
)

// TestMain lets the test binary be the shop's process too, so that a test can kill it.
func TestMain(m *testing.M) {
	if os.Getenv("SHOP_TEST_CHILD") == "" {
		os.Exit(m.Run())
	}
	if err := child(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child() error {
	cfg, err := ConfigFromEnv()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM) // as cmd/shop
	defer stop()
	a, err := New(ctx, cfg, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	fmt.Println("serving")
	return errors.Join(a.Run(ctx, l), a.Close())
}

// Every order whose number a buyer saw is there after SIGKILL in the middle of a crowd, and every other cart is whole.
func TestKilledProcessLosesNoOrder(t *testing.T) {
	cfg := testConfig(t)
	for round := range 3 {
		kill := startChild(t, cfg)
		var mu sync.Mutex
		var acknowledged []string
		var crowd sync.WaitGroup
		enough := make(chan struct{})
		for range 16 {
			b := signedIn(t, cfg.BaseURL)
			crowd.Go(func() {
				for {
					number, err := b.buy()
					if err != nil {
						return // the process is gone
					}
					mu.Lock()
					if acknowledged = append(acknowledged, number); len(acknowledged) == 60 {
						close(enough)
					}
					mu.Unlock()
				}
			})
		}
		select {
		case <-enough:
		case <-time.After(time.Minute):
			t.Fatalf("round %d: only %d orders in a minute", round, len(acknowledged))
		}
		kill()
		crowd.Wait()
		db, err := openStore(t.Context(), cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		for _, number := range acknowledged {
			o, err := db.Order(t.Context(), number)
			if err != nil || len(o.Lines) != 1 || o.Total == 0 || o.State != orders.Placed {
				t.Errorf("round %d: order %s: %v", round, number, err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func testConfig(t *testing.T) Config {
	t.Helper()
	cfg, _ := testWorld(t)
	return cfg
}

// testWorld is a shop's settings, its database with goods in it, and its bank.
func testWorld(t *testing.T) (Config, *bankemu.Bank) {
	t.Helper()
	return testWorldAt(t, time.Now)
}

// testWorldAt is a world whose bank has a clock of its own. Statements are registered with the bank for shops that ask.
func testWorldAt(t *testing.T, now func() time.Time) (Config, *bankemu.Bank) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close() // the child takes it
	shop := "http://" + addr
	bank := httptest.NewUnstartedServer(nil)
	emu, err := bankemu.New(bankemu.Config{Now: now, PublicURL: "http://" + bank.Listener.Addr().String(), TokenAgentURL: "http://localhost:28016", Step: -1,
		Clients: []bankemu.Client{{ID: "111286", Secret: "secret-of-the-shop", RedirectURIs: []string{shop + "/login/callback"},
			Scope: defaultOf("BANK_SCOPE") + " " + bankemu.StatementScope, OwnINN: bankemu.MerchantINN, BackURLPrefix: shop}}})
	if err != nil {
		t.Fatal(err)
	}
	bank.Config.Handler = emu.Handler()
	bank.Start()
	t.Cleanup(bank.Close)
	cfg := Config{Addr: addr, BaseURL: shop, DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "shop.db"),
		Secret: base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32)), VAT: "22", Scope: defaultOf("BANK_SCOPE"),
		AuthorizeURL: bank.URL, AuthorizeURLToken: bank.URL, APIURL: bank.URL, SignURLSMS: bank.URL, SignURLToken: bank.URL,
		ClientID: "111286", ClientSecret: "secret-of-the-shop", APIRate: 1000, Timeout: 5 * time.Second, SignPage: "dcb",
		MerchantName: bankemu.MerchantName, MerchantINN: bankemu.MerchantINN, MerchantKPP: bankemu.MerchantKPP,
		MerchantAccount: bankemu.MerchantAccount, MerchantBIC: bankemu.MerchantBIC, MerchantCorrAccount: bankemu.MerchantCorrAccount}
	log := slog.New(slog.DiscardHandler)
	if err := Migrate(t.Context(), cfg, log); err != nil {
		t.Fatal(err)
	}
	if _, err := Import(t.Context(), cfg, bytes.NewReader(goods.Feed), log); err != nil {
		t.Fatal(err)
	}
	return cfg, emu
}

func defaultOf(name string) string {
	for _, s := range Settings() {
		if s.Name == name {
			return s.Default
		}
	}
	return ""
}

// startChild runs the shop as a process of its own and gives the way to kill it without a word.
func startChild(t *testing.T, cfg Config) (kill func()) {
	t.Helper()
	cmd := runChild(t, cfg)
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

func runChild(t *testing.T, cfg Config) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "SHOP_TEST_CHILD=1", "SHOP_ADDR="+cfg.Addr, "SHOP_BASE_URL="+cfg.BaseURL, "SHOP_DATABASE_URL="+cfg.DatabaseURL,
		"SHOP_SECRET="+cfg.Secret, "SHOP_LIMIT_SIGNIN=0", "SHOP_LIMIT_ACCOUNT=0", "SHOP_LIMIT_CHECKOUT=0", "BANK_AUTHORIZE_URL="+cfg.AuthorizeURL, "BANK_API_URL="+cfg.APIURL, "BANK_SIGN_URL_SMS="+cfg.SignURLSMS,
		"BANK_CLIENT_ID="+cfg.ClientID, "BANK_CLIENT_SECRET="+cfg.ClientSecret, "BANK_API_RATE=1000", "MERCHANT_NAME="+cfg.MerchantName,
		"MERCHANT_INN="+cfg.MerchantINN, "MERCHANT_KPP="+cfg.MerchantKPP, "MERCHANT_ACCOUNT="+cfg.MerchantAccount,
		"MERCHANT_BIC="+cfg.MerchantBIC, "MERCHANT_CORR_ACCOUNT="+cfg.MerchantCorrAccount)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "serving\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	return cmd
}

// browser is one buyer over plain HTTP.
type browser struct {
	http *http.Client
	shop string
}

func signedIn(t *testing.T, shop string) *browser {
	t.Helper()
	return signedInAs(t, shop, "sokolov")
}

func signedInAs(t *testing.T, shop, person string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{shop: shop, http: &http.Client{Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	to, err := b.redirect(b.http.Get(shop + "/login?contour=sms&return=/"))
	if err == nil {
		to, err = b.redirect(b.http.PostForm(to, url.Values{"person": {person}, "decision": {"allow"}}))
	}
	if err == nil {
		_, err = b.redirect(b.http.Get(to))
	}
	if err != nil {
		t.Fatalf("sign in: %v", err)
	}
	return b
}

func (b *browser) redirect(resp *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	to, err := resp.Location()
	if err != nil {
		return "", fmt.Errorf("%s instead of a redirect", resp.Status)
	}
	return to.String(), nil
}

// buy fills the cart and orders; the number is what the buyer was shown.
func (b *browser) buy() (number string, err error) {
	if _, err := b.redirect(b.http.PostForm(b.shop+"/cart", url.Values{"product": {"11009"}, "quantity": {"1"}})); err != nil {
		return "", err
	}
	to, err := b.redirect(b.http.PostForm(b.shop+"/orders", url.Values{}))
	_, number, found := strings.Cut(to, "/orders/")
	if err == nil && !found {
		err = fmt.Errorf("an order led to %s", to)
	}
	return number, err
}
