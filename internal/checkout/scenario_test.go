package checkout_test

import (
	"testing"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
)

// The buyer is back before the bank has changed anything: that he came back proves nothing (S10).
func TestComingBackEarlyProvesNothing(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	if o = w.refresh(who, o.Number); o.Settlement() == orders.Paid || o.Payments[0].State != orders.PaymentAwaiting {
		t.Fatalf("%s, %s", o.Settlement(), o.Payments[0].State)
	}
	w.tell("POST", "/api/documents/"+started.ExternalID+"/sign", `{}`)
	if o = w.refresh(who, o.Number); o.Settlement() != orders.Paid {
		t.Errorf("the bank says so now: %s", o.Settlement())
	}
}

// A document that the bank had confirmed is not found three times: a person looks, nothing is failed (S16).
func TestVanishedDocumentIsForAPerson(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.fault("GET", statePath, `"kind":"status","status":404,"times":3`)
	w.reconcile(10 * time.Minute)
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentAwaiting || p.Review != orders.ReviewVanished {
		t.Fatalf("%s, review %q", p.State, p.Review)
	}
	w.tell("POST", "/api/documents/"+started.ExternalID+"/sign", `{}`)
	w.reconcile(20 * time.Minute)
	if o = w.find(who, o.Number); o.Settlement() != orders.Paid {
		t.Errorf("it was there after all: %s", o.Settlement())
	}
}

// A notification that overtakes the answer to the post, or is about nothing of ours, changes nothing (S20).
func TestNotificationBeforeTheAnswer(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	w.fault("POST", draftPath, `"kind":"lose-answer","times":1`)
	started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	for _, id := range []string{started.ExternalID, "00000000-0000-4000-8000-000000000000"} {
		if err := w.service.Hint(w.ctx, credit.Event{ExternalID: id, Status: "IMPLEMENTED", Time: "2026-11-22T12:00:00"}); err != nil {
			t.Fatal(err)
		}
	}
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentSubmitting {
		t.Fatalf("a notification made it %s", p.State)
	}
	w.reconcile(5 * time.Minute)
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentAwaiting {
		t.Errorf("%s", p.State)
	}
}

// Two open orders of one buyer and one sum: the money of one is not that of the other (S35).
func TestTwoOrdersOfOneSum(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	first := w.order(who, "mid")
	w.clock.add(time.Second)
	second := w.order(who, "mid")
	a := w.pay(who, first, checkout.PayForm{Method: credit.Invoice})
	b := w.pay(who, second, checkout.PayForm{Method: credit.Invoice})
	if a.ExternalID == b.ExternalID || first.Number == second.Number {
		t.Fatal("one document for two orders")
	}
	w.tell("POST", "/api/documents/"+b.ExternalID+"/sign", `{}`)
	w.reconcile(5 * time.Minute)
	if first, second = w.find(who, first.Number), w.find(who, second.Number); first.Settlement() == orders.Paid || second.Settlement() != orders.Paid {
		t.Errorf("the first is %s, the second %s", first.Settlement(), second.Settlement())
	}
}
