package chaos

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"creditcart/cmd/demo/goods"
	"creditcart/internal/app"
	"creditcart/internal/bankemu"
)

// world is a bank, a database and the shop processes on it, behind one address.
type world struct {
	Config
	clock   Clock
	cfg     app.Config
	bank    *httptest.Server
	control *httptest.Server
	front   *httptest.Server // what buyers see: it picks a living instance, as a balancer would
	pace    *paceLog
	told    *receiver         // nil: nobody is notified
	hook    string            // where the bank's notifications go
	network http.RoundTripper // nil = the real one
	close   []func()

	mu        sync.Mutex
	instances []*instance
	crowd     []*buyer // who trades
}

type instance struct {
	addr string
	cmd  *exec.Cmd
	up   bool
	died chan struct{}
}

const (
	clientID     = "111286"
	clientSecret = "secretOfTheShop1"
	// bankTimeout is real time; scaled by the clock it stays below every lease of the shop.
	bankTimeout = 600 * time.Millisecond
)

func newWorld(ctx context.Context, c Config) (w *world, err error) {
	w = &world{Config: c, clock: Clock{Start: time.Now(), Speed: c.Speed}, pace: newPaceLog(bankPause / 2)}
	defer func() {
		if err != nil {
			w.shut()
		}
	}()
	w.front = httptest.NewServer(http.HandlerFunc(w.balance))
	w.close = append(w.close, w.front.Close)
	bank := httptest.NewUnstartedServer(nil)
	bankURL := "http://" + bank.Listener.Addr().String()
	emu, err := bankemu.New(bankemu.Config{Now: w.clock.Now, PublicURL: bankURL, TokenAgentURL: bankURL, Step: 2 * time.Second,
		Clients: []bankemu.Client{{ID: clientID, Secret: clientSecret, RedirectURIs: []string{w.front.URL + "/login/callback"},
			Scope: scope(), OwnINN: bankemu.MerchantINN, BackURLPrefix: w.front.URL}}})
	if err != nil {
		return w, err
	}
	bank.Config.Handler = w.pace.watch(emu.Handler())
	bank.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	bank.Start()
	w.bank, w.control = bank, httptest.NewServer(emu.Control())
	w.close = append(w.close, bank.Close, w.control.Close)
	w.cfg = w.settings()
	if err := errors.Join(w.receive(), w.furnish(ctx)); err != nil {
		return w, err
	}
	for range c.Instances {
		addr, err := freeAddress(ctx)
		if err != nil {
			return w, err
		}
		w.instances = append(w.instances, &instance{addr: addr})
	}
	for _, in := range w.instances {
		if err := w.start(ctx, in); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (w *world) shut() {
	for _, in := range w.instances {
		w.kill(in)
	}
	for i := len(w.close) - 1; i >= 0; i-- {
		w.close[i]()
	}
}

func (w *world) settings() app.Config {
	secret := sha256.Sum256([]byte("chaos")) // the same each time: external ids repeat with the seed
	return app.Config{BaseURL: w.front.URL, DatabaseURL: w.Database, Secret: base64.StdEncoding.EncodeToString(secret[:]), VAT: "22", Scope: scope(),
		AuthorizeURL: w.bank.URL, AuthorizeURLToken: w.bank.URL, APIURL: w.bank.URL, SignURLSMS: w.bank.URL, SignURLToken: w.bank.URL,
		ClientID: clientID, ClientSecret: clientSecret, PKCE: true, APIRate: 100_000, Timeout: bankTimeout, SignPage: "dcb", Addr: "127.0.0.1:0",
		MerchantName: bankemu.MerchantName, MerchantINN: bankemu.MerchantINN, MerchantKPP: bankemu.MerchantKPP,
		MerchantAccount: bankemu.MerchantAccount, MerchantBIC: bankemu.MerchantBIC, MerchantCorrAccount: bankemu.MerchantCorrAccount}
}

func scope() string {
	for _, s := range app.Settings() {
		if s.Name == "BANK_SCOPE" {
			return s.Default
		}
	}
	return ""
}

// furnish fills an empty database and the companies' accounts.
func (w *world) furnish(ctx context.Context) error {
	if err := w.stock(ctx); err != nil {
		return err
	}
	return w.enrich()
}

// stock makes the tables and fills the shelves.
func (w *world) stock(ctx context.Context) error {
	log := slog.New(slog.DiscardHandler)
	if w.Program != "" {
		cmd := exec.CommandContext(ctx, w.Program) //nolint:gosec // the harness built it
		cmd.Env, cmd.Stderr = append(w.environment(""), "CHAOS_MIGRATE=1"), w.Log
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("chaos: migrate: %w", err)
		}
	} else if err := app.Migrate(ctx, w.cfg, log); err != nil {
		return err
	}
	if _, err := app.Import(ctx, w.cfg, bytes.NewReader(goods.Feed), log); err != nil {
		return err
	}
	return remember(ctx, w.Database)
}

// enrich gives the companies money enough for any number of checkouts.
func (w *world) enrich() error {
	for _, company := range []string{"romashka", "sokolov", "sever", "gavan"} {
		if err := w.tell("PUT", "/api/companies/"+company, `{"balance":"90000000000.00"}`, nil); err != nil {
			return err
		}
	}
	return w.tell("PUT", "/api/companies/sokolov", `{"contract":{"availableSum":"90000000000.00"},"creditLineAvailableSum":"90000000000.00"}`, nil)
}

// environment is that of a shop process.
func (w *world) environment(addr string) []string {
	c := w.cfg
	return append(os.Environ(), "CHAOS_CLOCK="+w.clock.String(), "SHOP_ADDR="+addr, "SHOP_BASE_URL="+c.BaseURL, "SHOP_DATABASE_URL="+c.DatabaseURL,
		"SHOP_SECRET="+c.Secret, "BANK_AUTHORIZE_URL="+c.AuthorizeURL, "BANK_AUTHORIZE_URL_TOKEN="+c.AuthorizeURLToken, "BANK_API_URL="+c.APIURL,
		"BANK_SIGN_URL_SMS="+c.SignURLSMS, "BANK_SIGN_URL_TOKEN="+c.SignURLToken, "BANK_CLIENT_ID="+c.ClientID, "BANK_CLIENT_SECRET="+c.ClientSecret,
		"SHOP_NOTIFY_URL="+c.NotifyURL, "SHOP_NOTIFY_SECRET="+c.NotifySecret,
		"SHOP_LIMIT_SIGNIN=0", "SHOP_LIMIT_ACCOUNT=0", "SHOP_LIMIT_CHECKOUT=0", "SHOP_LIMIT_HOOK=0",
		"SHOP_LIMIT_SIGNIN=0", "SHOP_LIMIT_ACCOUNT=0", "SHOP_LIMIT_CHECKOUT=0", "SHOP_LIMIT_HOOK=0", "BANK_API_RATE=100000", "BANK_TIMEOUT="+c.Timeout.String(), "MERCHANT_NAME="+c.MerchantName, "MERCHANT_INN="+c.MerchantINN,
		"MERCHANT_KPP="+c.MerchantKPP, "MERCHANT_ACCOUNT="+c.MerchantAccount, "MERCHANT_BIC="+c.MerchantBIC, "MERCHANT_CORR_ACCOUNT="+c.MerchantCorrAccount)
}

// start runs a process and returns when it serves.
func (w *world) start(ctx context.Context, in *instance) error {
	cmd := exec.CommandContext(ctx, w.Program) //nolint:gosec // the harness built it
	cmd.Env = append(w.environment(in.addr), w.nextPoint(in))
	cmd.Stderr = w.Log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	died := make(chan struct{})
	line, err := bufio.NewReader(out).ReadString('\n')
	w.mu.Lock()
	w.pace.birth()
	in.cmd, in.up, in.died = cmd, err == nil, died
	w.mu.Unlock()
	go func() {
		_ = cmd.Wait()
		_ = stdin.Close()
		close(died)
		w.revive(ctx, in, cmd)
	}()
	if err != nil || line != "serving\n" {
		return fmt.Errorf("chaos: a shop process said %q: %w", line, errors.Join(err, errDidNotStart))
	}
	return nil
}

// revive starts an instance again that came to its kill point.
func (w *world) revive(ctx context.Context, in *instance, was *exec.Cmd) {
	w.mu.Lock()
	itself := in.cmd == was && in.up
	if itself {
		in.up = false
		w.Points = w.Points[min(1, len(w.Points)):]
	}
	w.mu.Unlock()
	if itself && ctx.Err() == nil {
		if err := w.start(ctx, in); err != nil {
			fmt.Fprintln(w.Log, err)
		}
	}
}

// nextPoint tells an instance where to kill itself. Only the first one does, so that somebody always serves.
func (w *world) nextPoint(in *instance) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.Points) == 0 || in != w.instances[0] {
		return "CHAOS_KILL="
	}
	return "CHAOS_KILL=" + w.Points[0]
}

var errDidNotStart = errors.New("it did not start")

// kill ends a process without a word.
func (w *world) kill(in *instance) {
	w.mu.Lock()
	cmd, died := in.cmd, in.died
	in.up = false
	w.mu.Unlock()
	if cmd != nil {
		_ = cmd.Process.Kill()
		<-died
	}
}

// balance sends a request to an instance that is up. It never repeats one: what a killed process did is unknown.
func (w *world) balance(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	var up []string
	for _, in := range w.instances {
		if in.up {
			up = append(up, in.addr)
		}
	}
	w.mu.Unlock()
	if len(up) == 0 {
		http.Error(rw, "no instance is up", http.StatusBadGateway)
		return
	}
	to := &url.URL{Scheme: "http", Host: up[rand.IntN(len(up))]} //nolint:gosec // spreading load is no secret
	(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to); p.Out.Host = p.In.Host },
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}).ServeHTTP(rw, r)
}

// tell uses the bank's control.
func (w *world) tell(method, path, body string, into any) error {
	req, err := http.NewRequest(method, w.control.URL+path, strings.NewReader(body)) //nolint:noctx // a harness on loopback
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: w.network}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("chaos: the bank's control: %s %s: %s %s", method, path, resp.Status, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// SQLite is the database URL of a new file in a directory.
func SQLite(dir string) string { return "sqlite:" + filepath.Join(dir, "shop.db") }
