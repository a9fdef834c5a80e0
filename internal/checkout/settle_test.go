package checkout_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
)

// The settle window of a refused request ends while the bank is being asked. What it says about a payment order proves
// nothing about a request, and what it said about a draft was asked too early: neither may be called failed.
func TestReadAcrossTheEndOfTheSettleWindow(t *testing.T) {
	for _, way := range []struct {
		path, person string
		form         checkout.PayForm
	}{
		{requestPath, "romashka-director", checkout.PayForm{Method: credit.Credit, ProductCode: "MBKoo226"}},
		{draftPath, "sever-director", checkout.PayForm{Method: credit.Invoice}},
	} {
		t.Run(string(way.form.Method), func(t *testing.T) {
			w := newWorld(t)
			n := &network{}
			w.network = n
			w.service = w.newService()
			who := w.signIn(way.person)
			o := w.order(who, "mid")
			w.fault("POST", way.path, `"kind":"drop","times":1`)
			w.pay(who, o, way.form)
			w.fault("POST", way.path, `"kind":"status","status":400,"times":1`)
			w.reconcile(40 * time.Second)
			p := w.find(who, o.Number).Payments[0]
			if p.State != orders.PaymentRejecting {
				t.Fatalf("the second send was refused: %s", p.State)
			}
			w.clock.add(p.SentAt.Add(10*time.Minute - time.Second).Sub(w.clock.Now()))
			n.plan("/state", "", 1, func(_ *network, r *http.Request) (*http.Response, error) {
				w.clock.add(20 * time.Second) // the question waits for its turn
				return http.DefaultTransport.RoundTrip(r)
			})
			if _, err := w.service.Reconcile(w.ctx); err != nil {
				t.Fatal(err)
			}
			if p = w.find(who, o.Number).Payments[0]; n.left > 0 || p.State != orders.PaymentRejecting {
				t.Fatalf("an answer of before the end of the window made it %s", p.State)
			}
		})
	}
}

// After the window a credit request is sent again, and the third refusal is the end: also when the store had to decide
// each twice.
func TestRefusalAfterTheSettleWindowIsTheEnd(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-director")
	o := w.order(who, "mid")
	w.fault("POST", requestPath, `"kind":"drop","times":1`)
	w.pay(who, o, checkout.PayForm{Method: credit.Credit, ProductCode: "MBKoo226"})
	w.fault("POST", requestPath, `"kind":"status","status":400,"times":4`)
	w.reconcile(40 * time.Second)
	p := w.find(who, o.Number).Payments[0]
	if p.State != orders.PaymentRejecting {
		t.Fatalf("the second send was refused: %s", p.State)
	}
	w.reconcile(p.SentAt.Add(20 * time.Minute).Sub(w.clock.Now()))
	if p = w.find(who, o.Number).Payments[0]; p.State != orders.PaymentFailed {
		t.Fatalf("refused three times more: %s", p.State)
	}
}

// A request that the bank has may be refused for another reason when it is sent again, more than once: the duplicate
// that comes in the end tells the truth. Nothing may be called failed before, for the buyer would make a second one.
func TestRefusalsOfARequestThatTheBankHas(t *testing.T) {
	for refusals, want := range map[int]orders.PaymentState{1: orders.PaymentAwaiting, 3: orders.PaymentAwaiting, 9: orders.PaymentFailed} {
		w := newWorld(t)
		who := w.signIn("romashka-director")
		o := w.order(who, "mid")
		w.fault("POST", requestPath, `"kind":"lose-answer","times":1`)
		w.pay(who, o, checkout.PayForm{Method: credit.Credit, ProductCode: "MBKoo226"})
		w.fault("POST", requestPath, fmt.Sprintf(`"kind":"status","status":400,"times":%d`, refusals))
		w.reconcile(25 * time.Minute)
		if p := w.find(who, o.Number).Payments[0]; p.State != want {
			t.Errorf("after %d refusals of a request that is there: %s", refusals, p.State)
		}
	}
}

// A repeat after the window whose own outcome is unknown opens the window anew: what was refused before and after it proves
// nothing about what the bank is still executing.
func TestUnknownRepeatOpensTheWindowAgain(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-director")
	o := w.order(who, "mid")
	refuse, drop := `"kind":"status","status":400,"times":1`, `"kind":"drop","times":1`
	w.fault("POST", requestPath, drop)
	w.pay(who, o, checkout.PayForm{Method: credit.Credit, ProductCode: "MBKoo226"})
	for _, next := range []string{refuse, refuse, drop} { // at once, after the window, two minutes later
		w.fault("POST", requestPath, next)
		for left := w.faultsLeft(); w.faultsLeft() == left; {
			w.reconcile(10 * time.Second)
		}
	}
	sent := w.find(who, o.Number).Payments[0].SentAt
	w.fault("POST", requestPath, `"kind":"status","status":400,"times":0`)
	w.reconcile(sent.Add(9 * time.Minute).Sub(w.clock.Now()))
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentRejecting || !p.SentAt.Equal(sent) {
		t.Fatalf("nine minutes after a send of unknown outcome: %s, sent again: %t", p.State, !p.SentAt.Equal(sent))
	}
	w.reconcile(30 * time.Minute)
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentFailed {
		t.Errorf("in the end: %s", p.State)
	}
}
