package bankemu_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"creditcart/internal/bankemu"
)

const (
	clientID = "111286"
	secret   = "emulatorsecret0123456789"
	callback = "http://127.0.0.1:8080/login/callback"
	shop     = "http://127.0.0.1:8080"
	start    = "2026-11-22T09:00:00Z"
)

// rig is one bank behind real HTTP servers, with a clock that only moves when told.
type rig struct {
	t                   testing.TB
	bank, agent, manage string       // base URLs
	direct              http.Handler // the bank without a network
	emu                 *bankemu.Bank
	mu                  sync.Mutex
	clock               time.Time
}

func newRig(t testing.TB) *rig {
	t.Helper()
	return newRigWith(t, func(*bankemu.Config) {})
}

// newRigWith is a bank whose configuration a test has changed.
func newRigWith(t testing.TB, change func(*bankemu.Config)) *rig {
	t.Helper()
	r := &rig{t: t}
	var err error
	if r.clock, err = time.Parse(time.RFC3339, start); err != nil {
		t.Fatal(err)
	}
	cfg := bankemu.Config{
		Now:       r.now,
		PublicURL: "http://localhost:8090", TokenAgentURL: "http://localhost:28016", Step: time.Second,
		Clients: []bankemu.Client{{ID: clientID, Secret: secret, RedirectURIs: []string{callback}, OwnINN: bankemu.MerchantINN, BackURLPrefix: shop}},
	}
	change(&cfg)
	b, err := bankemu.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	serve := func(h http.Handler) string {
		s := httptest.NewServer(h)
		s.Config.ErrorLog = nil
		t.Cleanup(s.Close)
		return s.URL
	}
	r.direct, r.emu = b.Handler(), b
	r.bank, r.agent, r.manage = serve(b.Handler()), serve(b.TokenHandler()), serve(b.Control())
	return r
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clock
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = r.clock.Add(d)
}

// answer is a response read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("status %d, not an object: %v: %s", a.status, err, a.body)
	}
	return m
}

// browser keeps cookies and does not follow redirects.
func browser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func do(t testing.TB, c *http.Client, method, url, contentType, body string, headers ...string) answer {
	t.Helper()
	a, err := try(c, method, url, contentType, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return a
}

func try(c *http.Client, method, url, contentType, body string, headers ...string) (answer, error) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(raw)}, err
}

const formType = "application/x-www-form-urlencoded"

func authorizeQuery(change func(url.Values)) string {
	q := url.Values{"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {callback}, "scope": {bankemu.DefaultScope},
		"state": {strings.Repeat("s", 40)}, "nonce": {"nonce-1"}}
	if change != nil {
		change(q)
	}
	return "/ic/sso/api/v2/oauth/authorize?" + q.Encode()
}

// authorize signs a person in by plain HTTP and gives the query of the redirect.
func (r *rig) authorize(c *http.Client, base, person string, change func(url.Values)) url.Values {
	r.t.Helper()
	a := do(r.t, c, "POST", base+authorizeQuery(change), formType, "decision=allow&person="+person)
	if a.status != http.StatusFound {
		r.t.Fatalf("authorize %s: status %d: %s", person, a.status, a.body)
	}
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		r.t.Fatal(err)
	}
	return u.Query()
}

func (r *rig) tokenCall(form url.Values) answer {
	r.t.Helper()
	for k, v := range map[string]string{"client_id": clientID, "client_secret": secret} {
		if !form.Has(k) {
			form.Set(k, v)
		}
	}
	return do(r.t, http.DefaultClient, "POST", r.bank+"/ic/sso/api/v2/oauth/token", formType, form.Encode())
}

type pair struct{ Access, Refresh, ID, Scope string }

func readPair(t testing.TB, a answer) pair {
	t.Helper()
	if a.status != 200 {
		t.Fatalf("token: status %d: %s", a.status, a.body)
	}
	m := a.json(t)
	return pair{m["access_token"].(string), m["refresh_token"].(string), m["id_token"].(string), m["scope"].(string)}
}

// signIn is the whole way from authorize to tokens.
func (r *rig) signIn(person string) pair {
	r.t.Helper()
	base := r.bank
	if person == "niva-head" {
		base = r.agent
	}
	q := r.authorize(browser(), base, person, nil)
	return readPair(r.t, r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {callback}}))
}

func (r *rig) refresh(token string) answer {
	r.t.Helper()
	return r.tokenCall(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

func (r *rig) get(path, token string) answer {
	r.t.Helper()
	return do(r.t, http.DefaultClient, "GET", r.bank+path, "", "", "Authorization", "Bearer "+token)
}

func (r *rig) post(path, token, body string) answer {
	r.t.Helper()
	return do(r.t, http.DefaultClient, "POST", r.bank+path, "application/json", body, "Authorization", "Bearer "+token)
}

func (r *rig) control(method, path, body string) answer {
	r.t.Helper()
	a := do(r.t, http.DefaultClient, method, r.manage+path, "application/json", body)
	if a.status >= 300 {
		r.t.Fatalf("control %s %s: status %d: %s", method, path, a.status, a.body)
	}
	return a
}

func (r *rig) state(id, token string) string {
	r.t.Helper()
	a := r.get("/fintech/api/v1/payments/"+id+"/state", token)
	if a.status != 200 {
		return fmt.Sprint(a.status)
	}
	return a.json(r.t)["bankStatus"].(string)
}

func payload(t testing.TB, jwt string) map[string]any {
	t.Helper()
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		t.Fatalf("not a compact JWT: %s", jwt)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// object is a request body that a test may bend before it is sent. Amounts are json.Number to keep their two decimals.
type object = map[string]any

func body(t testing.TB, o object) string {
	t.Helper()
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func invoice(id string) object {
	return object{
		"amount": json.Number("12200.00"), "date": "2026-11-22", "expirationDate": "2026-12-02", "externalId": id, "isPaidByCredit": false,
		"orderNumber": "A1024", "payeeAccount": bankemu.MerchantAccount, "payeeBankBic": bankemu.MerchantBIC,
		"payeeBankCorrAccount": bankemu.MerchantCorrAccount, "payeeInn": bankemu.MerchantINN, "payeeKpp": bankemu.MerchantKPP,
		"payeeName": bankemu.MerchantName, "purpose": "Оплата заказа A1024. В том числе НДС 22% - 2200.00 рублей",
		"vat": object{"type": "INCLUDED", "rate": "22", "amount": json.Number("2200.00")},
	}
}

func creditRequest(id string) object {
	return object{
		"account": bankemu.MerchantAccount, "amount": json.Number("184500.00"), "creditAmount": json.Number("184500.00"),
		"creditProductCode": "MBKoo226", "creditTerm": 12, "deliveryAmount": json.Number("500.00"), "externalId": id, "orderId": "A1024",
		"orderUrl": shop + "/orders/A1024?credit=ok", "negativeOrderUrl": shop + "/orders/A1024?credit=no",
		"purpose": "Оплата заказа A1024, в том числе НДС 22% - 33270.49 рублей", "vatAmount": json.Number("33270.49"),
		"orderInfo": []object{{"numOfPosition": 2, "position": "Насос «Струя»", "price": json.Number("92000.00"), "totalPrice": json.Number("184000.00")}},
		"payeeInfo": object{"payeeBankBic": bankemu.MerchantBIC, "payeeCorrAcc": bankemu.MerchantCorrAccount, "payeeInn": bankemu.MerchantINN,
			"payeeKpp": bankemu.MerchantKPP, "payeeName": bankemu.MerchantName},
	}
}

func newID() string { return uuid.NewString() }

const (
	pathInvoice = "/fintech/api/v1/payments/from-invoice-any"
	pathRequest = "/fintech/api/v1/credit-requests"
	pathOffers  = "/fintech/api/v1/credit-offers"
)
