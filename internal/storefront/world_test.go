package storefront

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
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

// world is the whole shop on a real database with a real emulator of the bank behind HTTP.
type world struct {
	testing.TB
	clock   *clock
	store   *store.Store
	file    string // of the database
	log     *journal
	config  Config
	server  *server
	shop    *httptest.Server
	bank    *httptest.Server
	control *httptest.Server
}

const (
	testClient = "111286"
	testHook   = "0123456789abcdef0123456789abcdef01234567"
	testScope  = "openid CREDIT_REQUEST GET_CREDIT_OFFERS PAY_DOC_RU_INVOICE_ANY buyOnCreditMmb creditLineAvailableSum hasActiveCreditLine orgLawFormShort userCryptoType aud iss inn sub orgFullName OrgName name email phone_number HashOrgId orgKpp"
)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, clock: &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}, log: &journal{}}
	w.shop = httptest.NewUnstartedServer(nil)
	w.bank = httptest.NewUnstartedServer(nil)
	base := "http://" + w.shop.Listener.Addr().String()
	emu, err := bankemu.New(bankemu.Config{Now: w.clock.Now, PublicURL: "http://" + w.bank.Listener.Addr().String(), TokenAgentURL: "http://localhost:28016", Step: -1,
		Clients: []bankemu.Client{{ID: testClient, Secret: "secret-of-the-shop", RedirectURIs: []string{base + "/login/callback"}, Scope: testScope,
			OwnINN: bankemu.MerchantINN, BackURLPrefix: base}}})
	w.check(err)
	w.bank.Config.Handler = emu.Handler()
	w.bank.Start()
	w.control = httptest.NewServer(emu.Control())
	w.openStore()
	w.config = w.newConfig(base)
	w.server, err = newServer(w.config)
	w.check(err)
	w.server.pauses = []time.Duration{time.Millisecond} // of an event stream
	w.server.versionAge = 0                             // a new catalogue is seen at once
	w.server.glanceWait = 10 * time.Second              // a busy machine changes no page
	w.shop.Config.Handler = w.server.handler()
	w.shop.Start()
	t.Cleanup(func() {
		w.shop.Close()
		w.config.Checkout.Wait(t.Context())
		w.bank.Close()
		w.control.Close()
	})
	return w
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func testFeed() catalog.Feed {
	f := catalog.Feed{Categories: []catalog.Category{{ID: "1", Slug: "office", Name: "Офис"}, {ID: "2", ParentID: "1", Slug: "paper", Name: "Бумага", Position: 1}}}
	add := func(id, name string, price money.Amount, available bool) {
		f.Products = append(f.Products, catalog.Product{ID: id, Slug: id, Name: name, Unit: "шт", CategoryID: "2", Price: price, Available: available,
			Description: "Хорошая вещь.\n\nСлужит долго.", Position: len(f.Products)})
	}
	add("cheap", "Бумага А4", 540000, true)
	add("mid", "Стол", 18450000, true)
	add("part", "Принтер", 4023000, true)
	add("dear", "Сервер", 380000000, true)
	add("sold-out", "Лампа", 100000, false)
	for i := range 30 {
		add(fmt.Sprintf("pen-%d", i), fmt.Sprintf("Ручка %d", i), money.Amount(1000+i), true)
	}
	return f
}

func (w *world) openStore() {
	url := storetest.MigratedURL(w)
	w.file = strings.TrimPrefix(url, "sqlite:")
	db, err := store.Open(w.Context(), url, store.Config{Key: bytes.Repeat([]byte{7}, 32), Now: w.clock.Now, Ref: bankapi.RefOf})
	w.check(err)
	w.Cleanup(func() { _ = db.Close() })
	w.check(db.ReplaceCatalog(w.Context(), testFeed()))
	w.store = db
}

// journal lets a test read the log while the shop writes it.
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

func (w *world) newConfig(base string) Config {
	log := slog.New(slog.NewJSONHandler(w.log, nil))
	api, err := bankapi.New(bankapi.Config{BaseURL: w.bank.URL, Timeout: 2 * time.Second, Rate: 1000, RepeatInterval: -1, Now: w.clock.Now, Log: log})
	w.check(err)
	provider, err := sbid.NewProvider(sbid.Config{AuthorizeURL: w.bank.URL, ClientID: testClient, ClientSecret: "secret-of-the-shop", Secrets: w.store,
		RedirectURL: base + "/login/callback", Scope: testScope, PKCE: true, API: api, Now: w.clock.Now, Log: log})
	w.check(err)
	service := checkout.New(checkout.Config{Orders: w.store, People: w.store, SignOuts: w.store, Goods: w.store, Bank: credit.NewClient(api), Provider: provider,
		Keeper: sbid.NewKeeper(provider, w.store, w.clock.Now),
		Merchant: checkout.Merchant{Name: bankemu.MerchantName, INN: bankemu.MerchantINN, KPP: bankemu.MerchantKPP, Account: bankemu.MerchantAccount,
			BIC: bankemu.MerchantBIC, CorrAccount: bankemu.MerchantCorrAccount},
		ClientID: testClient, DefaultVAT: 22, BaseURL: base, SignURLSMS: w.bank.URL, SignURLToken: "http://localhost:28016",
		SignPage: credit.SignPageDCB, IDKey: []byte("key of ids"), BankTimeout: 2 * time.Second, Now: w.clock.Now, Log: log})
	return Config{Checkout: service, Provider: provider, Catalog: w.store, Carts: w.store, OrderLists: w.store, SignIns: w.store, People: w.store, Audit: w.store, Outbox: w.store,
		MerchantName: bankemu.MerchantName, MerchantINN: bankemu.MerchantINN, BaseURL: base, CookieKey: bytes.Repeat([]byte{9}, 32), HookToken: testHook,
		BankOrigins: []string{w.bank.URL, "http://localhost:28016"}, DefaultVAT: 22, BankStatus: api.Status, Now: w.clock.Now, Log: log}
}

// browser keeps cookies and follows nothing by itself.
type browser struct {
	*world
	client *http.Client
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	w.check(err)
	return &browser{w, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body string
}

func (b *browser) do(method, path string, fields url.Values, headers ...string) reply {
	b.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = b.shop.URL + path
	}
	req, err := http.NewRequestWithContext(b.Context(), method, address, strings.NewReader(fields.Encode()))
	b.check(err)
	if fields != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.client.Do(req)
	b.check(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	b.check(err)
	return reply{resp, string(raw)}
}

func (b *browser) get(path string) reply { b.Helper(); return b.do("GET", path, nil) }

// post sends a form given as name, value, name, value, …
func (b *browser) post(path string, pairs ...string) reply {
	b.Helper()
	fields := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		fields.Add(pairs[i], pairs[i+1])
	}
	return b.do("POST", path, fields)
}

// want checks the status and that the page says something.
func (r reply) want(t testing.TB, status int, words ...string) reply {
	t.Helper()
	if r.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d, Location %q\n%s", r.Request.Method, r.Request.URL.Path, r.StatusCode, status, r.Header.Get("Location"), text(r.body))
	}
	for _, word := range words {
		if !strings.Contains(text(r.body), word) {
			t.Errorf("%s %s: no %q in\n%s", r.Request.Method, r.Request.URL.Path, word, text(r.body))
		}
	}
	return r
}

// to checks where an answer leads.
func (r reply) to(t testing.TB, status int, prefix string) string {
	t.Helper()
	r.want(t, status)
	location := r.Header.Get("Location")
	if !strings.HasPrefix(location, prefix) {
		t.Fatalf("%s %s: Location %q, want %q…", r.Request.Method, r.Request.URL.Path, location, prefix)
	}
	return location
}

var tags = regexp.MustCompile(`(?s)<head>.*?</head>|<svg.*?</svg>|<[^>]*>`)

// text is a page as it reads: no tags, plain spaces.
func text(page string) string {
	s := tags.ReplaceAllString(page, " ")
	s = strings.NewReplacer("\u00a0", " ", "&#34;", `"`, "&amp;", "&").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}

// field is the value of a hidden or other input of a page.
func field(page, name string) string {
	m := regexp.MustCompile(`name="` + regexp.QuoteMeta(name) + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&#43;", "+").Replace(m[1])
}

// atBank answers the bank's sign-in page and gives the address of the redirect back.
func (b *browser) atBank(authorize, person, decision string) string {
	b.Helper()
	r := b.do("POST", authorize, url.Values{"person": {person}, "decision": {decision}})
	return r.Header.Get("Location")
}

// signIn walks through the bank as a person.
func (b *browser) signIn(person string) *browser {
	b.Helper()
	authorize := b.get("/login?contour=sms").to(b, 302, b.bank.URL)
	b.get(b.atBank(authorize, person, "allow")).to(b, 303, "/")
	return b
}

// tell calls the bank's control listener.
func (w *world) tell(method, path, body string) map[string]any {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), method, w.control.URL+path, strings.NewReader(body))
	w.check(err)
	resp, err := http.DefaultClient.Do(req)
	w.check(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	w.check(err)
	if resp.StatusCode >= 300 {
		w.Fatalf("control %s %s: %s: %s", method, path, resp.Status, raw)
	}
	var out map[string]any
	_ = json.Unmarshal(raw, &out)
	return out
}

// connect signs the merchant in, so that there are offers.
func (w *world) connect() *browser { w.Helper(); return w.browser().signIn("merchant-manager") }

// order fills the cart with one piece and places the order as the browser would.
func (b *browser) order(product string) string {
	b.Helper()
	b.post("/cart", "product", product, "quantity", "1").to(b, 303, "/cart")
	page := b.get("/checkout").want(b, 200).body
	to := b.post("/orders", "cart_version", field(page, "cart_version"), "form_token", field(page, "form_token"), "contact", "Анна", "method", "invoice").to(b, 303, "/orders/")
	path, _, _ := strings.Cut(strings.TrimPrefix(to, "/orders/"), "?")
	path, _, _ = strings.Cut(path, "#")
	return path
}

// payment is the external id of the newest payment of an order.
func (w *world) payment(number string) string {
	w.Helper()
	o, err := w.store.Order(w.Context(), number)
	w.check(err)
	if len(o.Payments) == 0 {
		w.Fatal("no payment")
	}
	return o.Payments[len(o.Payments)-1].ExternalID
}

func (w *world) payments(number string) int {
	w.Helper()
	o, err := w.store.Order(w.Context(), number)
	w.check(err)
	return len(o.Payments)
}

func (w *world) version(number string) int64 {
	w.Helper()
	o, err := w.store.Order(w.Context(), number)
	w.check(err)
	return o.Version
}
