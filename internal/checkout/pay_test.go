package checkout_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

func (w *world) pay(who sbid.Identity, o *orders.Order, f checkout.PayForm) checkout.Started {
	w.Helper()
	f.Number = o.Number
	started, err := w.service.Pay(w.ctx, who, f)
	if err != nil {
		w.Fatalf("pay: %v", err)
	}
	return started
}

func TestInvoiceFromOrderToPaid(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	want := "http://sms.bank/ic/dcb/index.html#/payment-creator/" + started.ExternalID + "?backUrl=https%3A%2F%2Fshop.example.test%2Forders%2F" + o.Number
	if started.Link != want {
		t.Errorf("link = %s\nwant   %s", started.Link, want)
	}
	if o = w.refresh(who, o.Number); o.Settlement() != orders.Unpaid || o.Payments[0].State != orders.PaymentAwaiting {
		t.Fatalf("coming back without a signature: %s, %s", o.Settlement(), o.Payments[0].State)
	}
	w.tell("POST", "/api/documents/"+started.ExternalID+"/sign", "")
	if o = w.refresh(who, o.Number); o.Settlement() != orders.Paid || o.Due() != 0 {
		t.Fatalf("after the signature: %s, due %s", o.Settlement(), o.Due())
	}
	if w.documents() != 1 {
		t.Errorf("%d documents at the bank", w.documents())
	}
}

func TestCreditSentAsDecided(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-buyer")
	for _, c := range []struct {
		product        string
		amount, credit money.Amount
	}{{"mid", rub("184500"), rub("184500")}, {"cheap", rub("5400"), rub("20000")}} {
		o := w.order(who, c.product)
		w.pay(who, o, checkout.PayForm{Method: credit.Credit, ProductCode: "MBKoo226", Term: 6})
		o = w.find(who, o.Number)
		p := o.Payments[0]
		if p.Amount != c.amount || p.CreditAmount != c.credit || p.Term != 6 {
			t.Errorf("%s: amount %s, credit %s, term %d", c.product, p.Amount, p.CreditAmount, p.Term)
		}
		var sent map[string]any
		if err := json.Unmarshal(p.Payload, &sent); err != nil {
			t.Fatal(err)
		}
		if sent["orderUrl"] == sent["negativeOrderUrl"] || !strings.HasPrefix(sent["orderUrl"].(string), baseURL) {
			t.Errorf("order urls: %v, %v", sent["orderUrl"], sent["negativeOrderUrl"])
		}
		w.tell("POST", "/api/credit-requests/"+p.ExternalID+"/approve", "")
		if o = w.refresh(who, o.Number); o.Settlement() != orders.Paid {
			t.Errorf("%s after the approval: %s (%s)", c.product, o.Settlement(), o.Payments[0].BankStatus)
		}
	}
}

func TestOverTheLimitIsRefusedByTheShop(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-buyer")
	o := w.order(who, "dear")
	_, err := w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Credit, ProductCode: "MBKoo226"})
	var no *checkout.UnavailableError
	if !errors.As(err, &no) || no.Way.Reason != credit.ReasonOverMax || no.Way.OverBy != rub("3300000") {
		t.Fatalf("over sumMax: %v", err)
	}
	if w.documents() != 0 {
		t.Error("the bank was asked all the same")
	}
}

func TestPartFromTheLineThenTheRestByInvoice(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("vektor-director")
	o := w.order(who, "part")
	first := w.pay(who, o, checkout.PayForm{Method: credit.Line})
	o = w.find(who, o.Number)
	if o.Payments[0].Amount != rub("10000.50") {
		t.Fatalf("part = %s", o.Payments[0].Amount)
	}
	_, err := w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Invoice})
	var live *orders.LiveError
	if !errors.As(err, &live) {
		t.Fatalf("a second document while the first can be signed: %v", err)
	}
	w.tell("POST", "/api/documents/"+first.ExternalID+"/sign", "")
	o = w.refresh(who, o.Number)
	if o.Settlement() != orders.PartlyPaid || o.Due() != rub("30229.50") {
		t.Fatalf("after the part: %s, due %s", o.Settlement(), o.Due())
	}
	second := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.tell("POST", "/api/documents/"+second.ExternalID+"/sign", "")
	if o = w.refresh(who, o.Number); o.Settlement() != orders.Paid {
		t.Fatalf("after the rest: %s", o.Settlement())
	}
	if vat := payloadVAT(t, o.Payments[0]) + payloadVAT(t, o.Payments[1]); vat != o.VAT {
		t.Errorf("VAT of the parts %s, of the order %s", vat, o.VAT)
	}
}

func payloadVAT(t *testing.T, p orders.Payment) money.Amount {
	t.Helper()
	var sent struct {
		VAT struct {
			Amount money.Amount `json:"amount"`
		} `json:"vat"`
	}
	if err := json.Unmarshal(p.Payload, &sent); err != nil {
		t.Fatal(err)
	}
	return sent.VAT.Amount
}

// refusal is the token of the refusal address, as the bank got it.
func refusal(t *testing.T, p orders.Payment) string {
	t.Helper()
	var sent struct {
		NegativeOrderURL string `json:"negativeOrderUrl"`
	}
	if err := json.Unmarshal(p.Payload, &sent); err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(sent.NegativeOrderURL, "?refused=")
	return token
}

func TestRefusedCreditThenInvoice(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-director")
	o := w.order(who, "mid")
	started := w.pay(who, o, checkout.PayForm{Method: credit.Credit, ProductCode: "MBKoo226"})
	w.tell("POST", "/api/credit-requests/"+started.ExternalID+"/refuse", "")
	form := checkout.PayForm{Number: o.Number, Method: credit.Invoice, Release: started.ExternalID}
	if err := w.service.NoteRefusal(w.ctx, who, o.Number, "made-up"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.Pay(w.ctx, who, form); !isLive(err) {
		t.Fatalf("a request nobody came back from was released: %v", err)
	}
	o = w.find(who, o.Number)
	if err := w.service.NoteRefusal(w.ctx, who, o.Number, refusal(t, o.Payments[0])); err != nil {
		t.Fatal(err)
	}
	if o = w.refresh(who, o.Number); o.Payments[0].State != orders.PaymentAwaiting {
		t.Fatalf("the refusal address proves nothing, and the state is %s", o.Payments[0].State)
	}
	w.fault("GET", statePath, `"kind":"status","status":503,"times":1`)
	w.clock.add(5 * time.Second)
	if _, err := w.service.Pay(w.ctx, who, form); !errors.Is(err, checkout.ErrUnsettled) {
		t.Fatalf("left without asking the bank: %v", err)
	}
	w.clock.add(5 * time.Second)
	invoice := w.pay(who, o, checkout.PayForm{Method: credit.Invoice, Release: started.ExternalID})
	w.tell("POST", "/api/documents/"+invoice.ExternalID+"/sign", "")
	if o = w.refresh(who, o.Number); o.Settlement() != orders.Paid {
		t.Fatalf("paid by invoice: %s", o.Settlement())
	}
}

// The buyer wants to leave a credit that the bank has approved since he looked.
func TestApprovedCreditIsNotLeft(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-director")
	o := w.order(who, "mid")
	started := w.pay(who, o, checkout.PayForm{Method: credit.Credit, ProductCode: "MBKoo226"})
	o = w.find(who, o.Number)
	if err := w.service.NoteRefusal(w.ctx, who, o.Number, refusal(t, o.Payments[0])); err != nil {
		t.Fatal(err)
	}
	w.tell("POST", "/api/credit-requests/"+started.ExternalID+"/approve", "")
	w.clock.add(5 * time.Second)
	if _, err := w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Invoice, Release: started.ExternalID}); err == nil {
		t.Fatal("a second document beside an executed one")
	}
	if o = w.find(who, o.Number); o.Settlement() != orders.Paid || len(o.Payments) != 1 {
		t.Errorf("%s, %d payments", o.Settlement(), len(o.Payments))
	}
}

func TestChangedConditionsAskAgain(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sokolov")
	o := w.order(who, "mid")
	shown, err := w.service.Conditions(w.ctx, who, o.Due())
	if err != nil {
		t.Fatal(err)
	}
	w.tell("PUT", "/api/companies/sokolov", `{"contract":{"availableSum":"100000.00"},"creditLineAvailableSum":"100000.00"}`)
	w.clock.add(6 * time.Minute) // what was read is not fresh any more
	_, err = w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Line, Decision: shown.Token()})
	var changed *checkout.ChangedError
	if !errors.As(err, &changed) || changed.Way.PayNow != rub("100000") || len(changed.Changes) == 0 {
		t.Fatalf("the line shrank: %v", err)
	}
	if w.documents() != 0 {
		t.Error("a document was made without the buyer's word")
	}
	w.pay(who, o, checkout.PayForm{Method: credit.Line, Decision: changed.Now.Token()})
}

func TestForeignOrderIsNotFound(t *testing.T) {
	w := newWorld(t)
	o := w.order(w.signIn("romashka-buyer"), "cheap")
	stranger := w.signIn("sokolov")
	if _, err := w.service.Pay(w.ctx, stranger, checkout.PayForm{Number: o.Number, Method: credit.Invoice}); !errors.Is(err, orders.ErrNotFound) {
		t.Errorf("pay: %v", err)
	}
	if _, err := w.service.Refresh(w.ctx, stranger, o.Number); !errors.Is(err, orders.ErrNotFound) {
		t.Errorf("refresh: %v", err)
	}
	if _, err := w.service.Cancel(w.ctx, stranger, o.Number); !errors.Is(err, orders.ErrNotFound) {
		t.Errorf("cancel: %v", err)
	}
	colleague := w.signIn("romashka-director")
	if _, err := w.service.Find(w.ctx, colleague, o.Number); err != nil {
		t.Errorf("a colleague: %v", err)
	}
}

func TestSpentLineIsNotPromisedAgain(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sokolov")
	o := w.order(who, "mid")
	started := w.pay(who, o, checkout.PayForm{Method: credit.Line})
	w.tell("POST", "/api/documents/"+started.ExternalID+"/sign", "")
	w.refresh(who, o.Number)
	next := w.order(who, "mid")
	c, err := w.service.Conditions(w.ctx, who, next.Due())
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range c.Ways {
		if way.Method == credit.Line && way.PayNow != rub("65500") {
			t.Errorf("the line is said to pay %s", way.PayNow)
		}
	}
}
