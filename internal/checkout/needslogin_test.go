package checkout_test

import (
	"testing"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
)

// «No payment order yet» is an answer too: whoever got it does not have to sign in again.
func TestAnswerOfNothingEndsTheWaitForASignIn(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-director")
	o := w.order(who, "mid")
	w.pay(who, o, checkout.PayForm{Method: credit.Credit, ProductCode: "MBKoo226"})
	w.fault("GET", statePath, `"kind":"status","status":401,"times":2`)
	w.reconcile(2 * time.Minute)
	if !w.find(who, o.Number).Payments[0].NeedsLogin {
		t.Fatal("a token refused twice asks for a sign-in")
	}
	w.reconcile(40 * time.Minute)
	if p := w.find(who, o.Number).Payments[0]; p.NeedsLogin {
		t.Errorf("the bank answered at %s, and the buyer is still asked to sign in", p.CheckedAt)
	}
}
