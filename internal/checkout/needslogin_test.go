package checkout_test

import (
	"testing"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
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

// One instance hears the last word of the bank while the question of another is refused for its token: a payment that is
// paid must not ask anybody to sign in, because nobody will ever ask about it again.
func TestNobodySignsInForAPaymentThatIsOver(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-director")
	o := w.order(who, "mid")
	w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.clock.add(2 * time.Minute)
	w.fault("GET", statePath, `"kind":"status","status":401,"delay":"300ms","times":1`)
	w.fault("GET", statePath, `"kind":"status","status":401,"times":0`)
	faults := w.faultsLeft()
	asked := make(chan error, 1)
	go func() {
		_, err := w.service.Reconcile(w.ctx)
		asked <- err
	}()
	w.onItsWay(faults, asked)
	if _, err := w.store.UpdateOrder(w.ctx, o.Number, func(o *orders.Order) error {
		_, err := o.Observe(o.Payments[0].ExternalID, orders.Observation{State: orders.PaymentPaid, BankStatus: "IMPLEMENTED", Actor: orders.ActorBank, At: w.clock.Now()})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := <-asked; err != nil {
		t.Fatal(err)
	}
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentPaid || p.NeedsLogin {
		t.Errorf("the payment is %s, needs a sign-in: %t", p.State, p.NeedsLogin)
	}
}

// A slow bank must not hide from the buyer that a sign-in is needed, nor ask for another one who has just signed in.
func TestWaitForASignInIsToldWhileTheBankIsAsked(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-director")
	o := w.order(who, "mid")
	w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.clock.add(time.Minute)
	w.fault("GET", statePath, `"kind":"status","status":401,"times":4`) // his token and the merchant's, each refreshed once
	if _, err := w.service.Refresh(w.ctx, who, o.Number); err != nil {
		t.Fatal(err)
	}
	whileAsked := func() (needsLogin bool) {
		w.fault("GET", statePath, `"kind":"status","status":401,"delay":"1s","times":1`)
		w.fault("GET", statePath, `"kind":"status","status":401,"times":3`)
		left, over := w.faultsLeft(), make(chan error, 1)
		go func() {
			_, err := w.service.Refresh(w.ctx, who, o.Number)
			over <- err
		}()
		w.onItsWay(left, over)
		needsLogin = w.find(who, o.Number).Payments[0].NeedsLogin
		if err := <-over; err != nil {
			t.Fatal(err)
		}
		return needsLogin
	}
	if !whileAsked() {
		t.Error("nobody has signed in, and the page does not say so while the bank thinks")
	}
	w.signIn("romashka-director")
	if whileAsked() {
		t.Error("who has just signed in is asked to sign in again")
	}
	if !w.find(who, o.Number).Payments[0].NeedsLogin {
		t.Error("a token refused twice asks for a sign-in")
	}
}

// onItsWay waits until a question has met the first of the faults that were left; it must not be over by then.
func (w *world) onItsWay(left int, over <-chan error) {
	w.Helper()
	for w.faultsLeft() == left {
		select {
		case err := <-over:
			w.Fatalf("nothing was asked: %v", err)
		default:
		}
	}
}
