package checkout_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/bankemu"
	"creditcart/internal/catalog"
	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/internal/store"
	"creditcart/internal/store/storetest"
)

// clock is the wall clock of a test: it moves when the test says so.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a shop's process with a real database and a real bank emulator behind HTTP.
type world struct {
	*testing.T
	ctx     context.Context
	clock   *clock
	store   *store.Store
	service *checkout.Service
	control *httptest.Server
	bank    *httptest.Server
	log     journal
	network http.RoundTripper // to the bank; nil = the real one
}

// journal lets a test read what the shop logged.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *journal) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *journal) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

const (
	clientID = "111286"
	baseURL  = "https://shop.example.test"
	scope    = "openid CREDIT_REQUEST GET_CREDIT_OFFERS PAY_DOC_RU_INVOICE_ANY GET_STATEMENT_ACCOUNT buyOnCreditMmb creditLineAvailableSum hasActiveCreditLine orgLawFormShort userCryptoType aud iss inn sub orgFullName OrgName name email phone_number HashOrgId orgKpp"
)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, ctx: t.Context(), clock: &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}}
	w.startBank()
	w.openStore()
	w.service = w.newService()
	w.signIn("merchant-manager")
	return w
}

func (w *world) startBank() {
	w.bank = httptest.NewUnstartedServer(nil)
	emu, err := bankemu.New(bankemu.Config{Now: w.clock.Now, PublicURL: "http://" + w.bank.Listener.Addr().String(), TokenAgentURL: "http://localhost:28016", Step: -1,
		Clients: []bankemu.Client{{ID: clientID, Secret: "secret-of-the-shop", RedirectURIs: []string{baseURL + "/login/callback"}, Scope: scope, OwnINN: bankemu.MerchantINN, BackURLPrefix: baseURL}}})
	if err != nil {
		w.Fatal(err)
	}
	w.bank.Config.Handler = emu.Handler()
	w.bank.Start()
	w.Cleanup(w.bank.Close)
	w.control = httptest.NewServer(emu.Control())
	w.Cleanup(w.control.Close)
}

func (w *world) openStore() {
	db, err := store.Open(w.ctx, storetest.MigratedURL(w), store.Config{Key: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = db.Close() })
	w.store = db
	feed := catalog.Feed{Categories: []catalog.Category{{ID: "1", Slug: "all", Name: "Все"}}, Products: []catalog.Product{
		{ID: "cheap", Slug: "cheap", Name: "Бумага", Unit: "уп", CategoryID: "1", Price: 540000, Available: true, Position: 0},
		{ID: "mid", Slug: "mid", Name: "Стол", Unit: "шт", CategoryID: "1", Price: 18450000, Available: true, Position: 1},
		{ID: "part", Slug: "part", Name: "Принтер", Unit: "шт", CategoryID: "1", Price: 4023000, Available: true, Position: 2},
		{ID: "dear", Slug: "dear", Name: "Сервер", Unit: "шт", CategoryID: "1", Price: 380000000, Available: true, Position: 3},
	}}
	if err := db.ReplaceCatalog(w.ctx, feed); err != nil {
		w.Fatal(err)
	}
}

// newService is one more process on the same database: another instance, or this one after a crash.
func (w *world) newService() *checkout.Service {
	return w.newServiceWith("secret-of-the-shop")
}

// newServiceWith is a process whose settings name a client secret.
func (w *world) newServiceWith(secret string) *checkout.Service {
	w.Helper()
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	api, err := bankapi.New(bankapi.Config{BaseURL: w.bank.URL, Timeout: 2 * time.Second, Rate: 1000, RepeatInterval: -1, Now: w.clock.Now, Log: log, Transport: w.network})
	if err != nil {
		w.Fatal(err)
	}
	provider, err := sbid.NewProvider(sbid.Config{AuthorizeURL: w.bank.URL, ClientID: clientID, ClientSecret: secret, Secrets: w.store,
		RedirectURL: baseURL + "/login/callback", Scope: scope, PKCE: true, API: api, Now: w.clock.Now, Log: log})
	if err != nil {
		w.Fatal(err)
	}
	if err := provider.AdoptSecret(w.ctx, time.Time{}); err != nil {
		w.Fatal(err)
	}
	return checkout.New(checkout.Config{Orders: forgetful{w.store}, People: w.store, SignOuts: w.store, Goods: w.store, Bank: credit.NewClient(api), Provider: provider,
		Keeper: sbid.NewKeeper(provider, w.store, w.clock.Now),
		Merchant: checkout.Merchant{Name: bankemu.MerchantName, INN: bankemu.MerchantINN, KPP: bankemu.MerchantKPP, Account: bankemu.MerchantAccount,
			BIC: bankemu.MerchantBIC, CorrAccount: bankemu.MerchantCorrAccount},
		ClientID: clientID, DefaultVAT: 22, BaseURL: baseURL, SignURLSMS: "http://sms.bank", SignURLToken: "http://token.bank",
		SignPage: credit.SignPageDCB, IDKey: []byte("key of ids"), BankTimeout: 2 * time.Second, RotateSecret: true, Now: w.clock.Now, Log: log})
}

// signIn walks through the bank's page as a person.
func (w *world) signIn(person string) sbid.Identity {
	w.Helper()
	a := sbid.NewAttempt(sbid.ContourSMS)
	code := w.codeFor(a, person)
	id, err := w.service.SignIn(w.ctx, a, code)
	if err != nil {
		w.Fatalf("sign in %s: %v", person, err)
	}
	return id
}

func (w *world) codeFor(a sbid.Attempt, person string) string {
	w.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.PostForm(w.service.Provider.AuthorizeURL(a, ""), url.Values{"person": {person}, "decision": {"allow"}})
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		w.Fatalf("authorize %s: %s", person, resp.Status)
	}
	return to.Query().Get("code")
}

// order places an order of one piece.
func (w *world) order(who sbid.Identity, product string) *orders.Order {
	w.Helper()
	id := "cart-" + product + "-" + who.INN + fmt.Sprint(w.clock.Now().UnixNano())
	w.put(id, product)
	number, _, err := w.service.Place(w.ctx, who, checkout.PlaceForm{CartID: id})
	if err != nil {
		w.Fatal(err)
	}
	return w.find(who, number)
}

func (w *world) put(cart, product string) {
	w.Helper()
	goods, err := w.store.Products(w.ctx, []string{product})
	if err != nil {
		w.Fatal(err)
	}
	_, err = w.store.UpdateCart(w.ctx, cart, w.clock.Now(), func(c *orders.Cart) error { return c.Add(product, 1, goods[product].Price) })
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) find(who sbid.Identity, number string) *orders.Order {
	w.Helper()
	o, err := w.service.Find(w.ctx, who, number)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

// refresh lets the pause between two questions pass and opens the order page.
func (w *world) refresh(who sbid.Identity, number string) *orders.Order {
	w.Helper()
	w.clock.add(5 * time.Second)
	o, err := w.service.Refresh(w.ctx, who, number)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

// tell calls the bank's control listener.
func (w *world) tell(method, path, body string) map[string]any {
	w.Helper()
	req, err := http.NewRequestWithContext(w.ctx, method, w.control.URL+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	if resp.StatusCode >= 300 {
		w.Fatalf("control %s %s: %s: %s", method, path, resp.Status, raw)
	}
	var out map[string]any
	_ = json.Unmarshal(raw, &out)
	return out
}

func (w *world) fault(method, path, more string) {
	w.Helper()
	w.tell("POST", "/api/faults", `{"method":"`+method+`","path":"`+path+`",`+more+`}`)
}

// faultsLeft counts the faults of this test that have not happened yet; those of the bank's own companies are not its.
func (w *world) faultsLeft() (n int) {
	w.Helper()
	list, _ := w.tell("GET", "/api/faults", "")["faults"].([]any)
	for _, f := range list {
		if f.(map[string]any)["company"] == nil {
			n++
		}
	}
	return n
}

const (
	draftPath   = "/fintech/api/v1/payments/from-invoice-any"
	requestPath = "/fintech/api/v1/credit-requests"
	statePath   = "/fintech/api/v1/payments/*/state"
)

// calls counts what the bank was asked, by a part of the path.
func (w *world) calls(method, part string) int {
	w.Helper()
	log := w.tell("GET", "/api/requests", "")
	n := 0
	for _, r := range log["requests"].([]any) {
		m := r.(map[string]any)
		if m["method"] == method && strings.Contains(fmt.Sprint(m["path"]), part) {
			n++
		}
	}
	return n
}

// documents counts payment drafts and credit requests at the bank.
func (w *world) documents() int {
	w.Helper()
	n := 0
	for _, list := range w.tell("GET", "/api/documents", "") {
		if l, ok := list.([]any); ok {
			n += len(l)
		}
	}
	return n
}

func rub(s string) money.Amount {
	a, err := money.Parse(s)
	if err != nil {
		panic(err)
	}
	return a
}
