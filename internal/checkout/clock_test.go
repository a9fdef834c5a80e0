package checkout_test

import (
	"testing"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
)

// jump puts the shop's clock elsewhere while the bank's goes on.
func (w *world) jump(d time.Duration) {
	w.Helper()
	w.clock.add(d)
	w.tell("POST", "/api/clock", `{"advance":"`+(-d).String()+`"}`)
}

// The clock of the shop's machine jumps by a day and back, either way first (S28): nothing is failed, closed or called late,
// and the shop goes on at once by whatever clock it has.
func TestClockThatJumps(t *testing.T) {
	for name, by := range map[string]time.Duration{"ahead": 24 * time.Hour, "behind": -24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			who := w.signIn("sever-director")
			left, looked := w.order(who, "mid"), w.order(who, "part")
			first := w.pay(who, left, checkout.PayForm{Method: credit.Invoice})
			second := w.pay(who, looked, checkout.PayForm{Method: credit.Invoice})
			w.reconcile(time.Minute)
			for _, d := range []time.Duration{by, -by} {
				w.jump(d)
				w.reconcile(5 * time.Minute)
				for _, o := range []*orders.Order{left, looked} {
					o = w.refresh(who, o.Number)
					if p := o.Payments[0]; o.State != orders.Placed || p.State != orders.PaymentAwaiting || p.Late || p.Review != "" || p.NeedsLogin {
						t.Errorf("after a jump by %v: order %s, payment %s, late %v, review %q, needs a sign-in %v", d, o.State, p.State, p.Late, p.Review, p.NeedsLogin)
					}
				}
			}
			for _, id := range []string{first.ExternalID, second.ExternalID} {
				w.tell("POST", "/api/documents/"+id+"/sign", `{}`)
			}
			if o := w.refresh(who, looked.Number); o.Settlement() != orders.Paid {
				t.Errorf("the buyer looks: %s", o.Settlement())
			}
			if err := w.service.ForgetFuture(w.ctx); err != nil {
				t.Fatal(err)
			}
			w.reconcile(time.Minute)
			if o := w.find(who, left.Number); o.Settlement() != orders.Paid {
				t.Errorf("nobody looks: %s", o.Settlement())
			}
		})
	}
}

// The page of an order is asked about anew although the last answer is of tomorrow.
func TestLookAfterTheClockWasPutBack(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.jump(24 * time.Hour)
	w.refresh(who, o.Number)
	w.jump(-24 * time.Hour)
	w.tell("POST", "/api/documents/"+started.ExternalID+"/sign", `{}`)
	if o = w.refresh(who, o.Number); o.Settlement() != orders.Paid {
		t.Errorf("%s", o.Settlement())
	}
}

// A jump does not end the settle window of a refusal: an earlier send may still be executed.
func TestJumpDoesNotSettleARefusal(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	w.fault("POST", draftPath, `"kind":"drop","times":1`)
	w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.fault("POST", draftPath, `"kind":"status","status":400,"times":1`)
	w.reconcile(40 * time.Second)
	w.jump(24 * time.Hour)
	w.reconcile(2 * time.Minute)
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentRejecting {
		t.Fatalf("two minutes after the send it is %s", p.State)
	}
	w.reconcile(15 * time.Minute)
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentFailed {
		t.Errorf("after the window it is %s", p.State)
	}
}
