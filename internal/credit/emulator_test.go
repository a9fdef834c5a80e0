package credit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/bankemu"
	"creditcart/internal/credit"
	"creditcart/internal/money"
)

const (
	clientID = "111286"
	secret   = "emulatorsecret0123456789"
	shop     = "http://127.0.0.1:8080"
	callback = shop + "/login/callback"
	uuid1    = "0b7a1d3e-4f6a-4c1e-9d51-6f3c2b1a0e9f"
	uuid2    = "1b7a1d3e-4f6a-4c1e-9d51-6f3c2b1a0e9f"
)

// bank is the emulator behind HTTP and our client of it.
type bank struct {
	t           *testing.T
	now         time.Time
	url, manage string
	scope       string
	client      *credit.Client
}

func newBank(t *testing.T) *bank { return newBankWith(t, bankemu.DefaultScope) }

// newBankWith is a bank with which operations are registered.
func newBankWith(t *testing.T, scope string) *bank {
	b := &bank{t: t, scope: scope, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	emu, err := bankemu.New(bankemu.Config{
		Now: func() time.Time { return b.now }, PublicURL: "http://localhost:8090", Step: -1,
		Clients: []bankemu.Client{{ID: clientID, Secret: secret, RedirectURIs: []string{callback}, OwnINN: bankemu.MerchantINN, Scope: scope}},
	})
	if err != nil {
		t.Fatal(err)
	}
	site, control := httptest.NewServer(emu.Handler()), httptest.NewServer(emu.Control())
	t.Cleanup(site.Close)
	t.Cleanup(control.Close)
	b.url, b.manage = site.URL, control.URL
	api, err := bankapi.New(bankapi.Config{BaseURL: site.URL, Rate: 1000, RepeatInterval: -1, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	b.client = credit.NewClient(api)
	return b
}

// token signs a person in by plain HTTP.
func (b *bank) token(person string) string {
	b.t.Helper()
	q := url.Values{"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {callback}, "scope": {b.scope}, "state": {strings.Repeat("s", 40)}}
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := noFollow.PostForm(b.url+"/ic/sso/api/v2/oauth/authorize?"+q.Encode(), url.Values{"decision": {"allow"}, "person": {person}})
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		b.t.Fatal(err)
	}
	resp, err = http.PostForm(b.url+"/ic/sso/api/v2/oauth/token", url.Values{"grant_type": {"authorization_code"}, "client_id": {clientID},
		"client_secret": {secret}, "redirect_uri": {callback}, "code": {back.Query().Get("code")}})
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	var pair struct {
		Access string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&pair); err != nil || pair.Access == "" {
		b.t.Fatalf("token of %s: %d, %v", person, resp.StatusCode, err)
	}
	return pair.Access
}

func (b *bank) control(method, path, body string) {
	b.t.Helper()
	req, err := http.NewRequest(method, b.manage+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(resp.Body); err != nil || resp.StatusCode/100 != 2 {
		b.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text.String())
	}
}

func kind(err error) bankapi.Kind {
	if e, ok := errors.AsType[*bankapi.Error](err); ok {
		return e.Kind
	}
	return -1
}

func payee() credit.PayeeInfo {
	return credit.PayeeInfo{BankBIC: bankemu.MerchantBIC, CorrAcc: bankemu.MerchantCorrAccount, INN: bankemu.MerchantINN, KPP: bankemu.MerchantKPP, Name: bankemu.MerchantName}
}

// A credit for less than sumMin: the numbers of Quote are what the bank takes, a repeat is a duplicate, the payment comes later.
func TestNewCreditAtTheEmulator(t *testing.T) {
	ctx, b := context.Background(), newBank(t)
	for _, wrap := range []string{"true", "false"} {
		b.control("POST", "/api/settings", `{"wrapOffers":`+wrap+`}`)
		if offers, err := b.client.PlatformOffers(ctx, b.token("merchant-manager"), clientID, "ООО"); err != nil || len(offers) != 2 {
			t.Fatalf("wrapped %s: %+v, %v", wrap, offers, err)
		}
	}
	offers, err := b.client.PlatformOffers(ctx, b.token("merchant-manager"), clientID, "ООО")
	if err != nil {
		t.Fatal(err)
	}
	token := b.token("romashka-buyer")
	if _, err := b.client.PlatformOffers(ctx, token, clientID, "ООО"); kind(err) != bankapi.Forbidden {
		t.Errorf("platform offers with a customer's token: %v", err)
	}
	if contracts, err := b.client.ActiveContracts(ctx, token); err != nil || len(contracts) != 0 {
		t.Errorf("contracts %v, %v", contracts, err)
	}
	const due = money.Amount(540000)
	ways := credit.Quote(due, credit.Facts{BuyOnCredit: true, LawForm: "ООО", Now: b.now, Offers: offers, OffersKnown: true, MerchantConnected: true, ContractsKnown: true})
	w := ways[1]
	if w.Method != credit.Credit || !w.UnderMin || w.CreditAmount != 2000000 {
		t.Fatalf("%+v", ways)
	}
	vat := credit.SumVAT([]credit.VATLine{{Gross: due, Rate: 22, VAT: money.VATRate(22).Included(due)}})
	body, err := credit.CreditRequest{
		Account: bankemu.MerchantAccount, Amount: w.PayNow, CreditAmount: w.CreditAmount, CreditProductCode: w.Offer.ProductCode, CreditTerm: w.DefaultTerm().Months,
		ExternalID: uuid1, OrderURL: shop + "/orders/A1?bank=done", NegativeOrderURL: shop + "/orders/A1?bank=refused", OrderID: "A1", PayeeInfo: payee(),
		OrderInfo: []credit.OrderInfo{{NumOfPosition: 2, Position: "Бумага", Price: due / 2, TotalPrice: due}},
		Purpose:   credit.Purpose("A1", b.now, vat, credit.LimitRequestPurpose), VATAmount: vat.RequestAmount(),
	}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	ack, err := b.client.CreateRequest(ctx, token, body, uuid1, bankapi.P0)
	if err != nil || credit.Lookup(ack.Status).Stage != credit.StageWaitSignature {
		t.Fatalf("%+v, %v", ack, err)
	}
	if _, err := b.client.CreateRequest(ctx, token, body, uuid1, bankapi.P1); !credit.IsDuplicate(err) {
		t.Errorf("a repeat: %v", err)
	}
	if _, err := b.client.State(ctx, token, uuid1, bankapi.P0); kind(err) != bankapi.NotFound {
		t.Errorf("state before the decision: %v", err)
	}
	b.control("POST", "/api/credit-requests/"+uuid1+"/approve", "")
	if s, err := b.client.State(ctx, token, uuid1, bankapi.P0); err != nil || credit.Lookup(s.Status).Stage != credit.StagePaid {
		t.Errorf("state after the decision: %+v, %v", s, err)
	}
}

// Part of an order from a line that is too small: the contract, the part and its VAT are what the bank takes.
func TestPartFromTheLineAtTheEmulator(t *testing.T) {
	ctx, b := context.Background(), newBank(t)
	token := b.token("vektor-director")
	contracts, err := b.client.ActiveContracts(ctx, token)
	if err != nil || len(contracts) != 1 || contracts[0].Available != 1000050 {
		t.Fatalf("%+v, %v", contracts, err)
	}
	const due = money.Amount(4023000)
	w := credit.Quote(due, credit.Facts{HasActiveLine: true, Now: b.now, Contracts: contracts, ContractsKnown: true})[0]
	if !w.Available || w.PayNow != 1000050 || w.Rest != 3022950 {
		t.Fatalf("%+v", w)
	}
	whole := credit.SumVAT([]credit.VATLine{{Gross: due, Rate: 22, VAT: money.VATRate(22).Included(due)}})
	part, rest := credit.ProrateAfter(whole, 0, w.PayNow, due), credit.ProrateAfter(whole, w.PayNow, w.Rest, due)
	drafts := []struct {
		id, contract string
		amount       money.Amount
		vat          credit.VAT
	}{{uuid1, w.Contract.Number, w.PayNow, part}, {uuid2, "", w.Rest, rest}}
	for _, d := range drafts {
		date, expiration, _ := credit.Validity(b.now, 10)
		body, err := credit.InvoiceAny{
			Amount: d.amount, CreditContractNumber: d.contract, IsPaidByCredit: d.contract != "", Date: date, ExpirationDate: expiration, ExternalID: d.id,
			OperationCode: credit.OperationCode, OrderNumber: "A1", PayeeAccount: bankemu.MerchantAccount, PayeeBankBIC: bankemu.MerchantBIC,
			PayeeBankCorrAccount: bankemu.MerchantCorrAccount, PayeeINN: bankemu.MerchantINN, PayeeKPP: bankemu.MerchantKPP, PayeeName: bankemu.MerchantName,
			Priority: credit.Priority, Purpose: credit.Purpose("A1", b.now, d.vat, credit.LimitPaymentPurpose), VAT: d.vat.Payment(),
		}.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		// The answer is lost on the way: unknown, then found by its state.
		b.control("POST", "/api/faults", `{"path":"/fintech/api/v1/payments/from-invoice-any","kind":"lose-answer","times":1}`)
		if _, err := b.client.CreateDraft(ctx, token, body, d.id, bankapi.P0); kind(err) != bankapi.Unknown {
			t.Errorf("a lost answer: %v", err)
		}
		if s, err := b.client.State(ctx, token, d.id, bankapi.P1); err != nil || s.Status != "CREATED" {
			t.Errorf("state %+v, %v", s, err)
		}
		if _, err := b.client.CreateDraft(ctx, token, body, d.id, bankapi.P0); !credit.IsDuplicate(err) {
			t.Errorf("a repeat: %v", err)
		}
		p, err := b.client.Payment(ctx, token, d.id, bankapi.P0)
		if err != nil || *p.Amount != d.amount || *p.VATAmount != d.vat.Amount || !strings.HasSuffix(p.Purpose, d.vat.Words()) {
			t.Errorf("document %+v, %v", p, err)
		}
		b.control("POST", "/api/documents/"+d.id+"/sign", "")
		if s, err := b.client.State(ctx, token, d.id, bankapi.P0); err != nil || !credit.Lookup(s.Status).Final {
			t.Errorf("signed: %+v, %v", s, err)
		}
	}
}
