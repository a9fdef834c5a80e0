package checkout_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
)

// While the bank is away no payment changes its state: neither one at the bank nor one that was never sent. When it is
// back, both go on, and nothing was sent twice.
func TestAnUnavailableBankChangesNoPayment(t *testing.T) {
	for seed := range uint64(3) {
		w := newWorld(t)
		random := rand.New(rand.NewPCG(seed, 4))
		sokolov := w.signIn("sokolov")
		var numbers []string
		for range 2 {
			o := w.order(sokolov, "cheap")
			if _, err := w.service.Pay(w.ctx, sokolov, checkout.PayForm{Number: o.Number, Method: credit.Invoice}); err != nil {
				t.Fatal(err)
			}
			numbers = append(numbers, o.Number)
			w.clock.add(time.Second)
		}
		unsent := w.order(sokolov, "cheap")
		w.fault("", "/", `"kind":"drop","times":0`)
		for n := 0; n < 50 && w.service.Bank.Places(time.Hour) > 0; n++ { // until the breaker opens
			w.clock.add(time.Minute)
			_, _ = w.service.Refresh(w.ctx, sokolov, numbers[random.IntN(2)])
		}
		if w.service.Bank.Places(time.Hour) != 0 {
			t.Fatal("the breaker did not open")
		}
		start := time.Now()
		if _, err := w.service.Pay(w.ctx, sokolov, checkout.PayForm{Number: unsent.Number, Method: credit.Invoice}); err != nil {
			t.Fatalf("seed %d: pay: %v", seed, err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("the buyer waited %v", took)
		}
		p := w.find(sokolov, unsent.Number).Payments[0]
		if p.State != orders.PaymentSubmitting || p.Tries != 0 || !p.CheckAt.After(w.clock.Now()) {
			t.Errorf("seed %d: the unsent payment: %s, %d tries, next %v", seed, p.State, p.Tries, p.CheckAt.Sub(w.clock.Now()))
		}
		for range 20 {
			w.clock.add(time.Duration(random.IntN(3600)) * time.Second)
			if random.IntN(2) == 0 {
				_, _ = w.service.Reconcile(w.ctx)
			} else {
				_, _ = w.service.Refresh(w.ctx, sokolov, append(numbers, unsent.Number)[random.IntN(3)])
			}
			for _, number := range append(numbers, unsent.Number) {
				if p := w.find(sokolov, number).Payments[0]; p.State == orders.PaymentFailed || p.State == orders.PaymentRejecting || p.Review != "" {
					t.Fatalf("seed %d: %s is %s %s", seed, number, p.State, p.Review)
				}
			}
		}
		w.tell("DELETE", "/api/faults", "")
		w.service = w.newService() // its breaker is closed: the pauses of the other one are in real time
		w.clock.add(24 * time.Hour)
		for range 3 {
			if _, err := w.service.Reconcile(w.ctx); err != nil {
				t.Fatal(err)
			}
			w.clock.add(time.Hour)
		}
		for _, number := range append(numbers, unsent.Number) {
			if p := w.find(sokolov, number).Payments[0]; p.State != orders.PaymentAwaiting {
				t.Errorf("seed %d: %s is %s when the bank is back", seed, number, p.State)
			}
		}
		if n := w.documents(); n != 3 {
			t.Errorf("seed %d: %d documents", seed, n)
		}
	}
}

// A look at an order's page while nobody can be asked writes nothing: a reload must not cost a commit. What only the clock
// decides is still noted.
func TestLookingWhileTheBankIsAwayWritesNothing(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sokolov")
	o := w.order(who, "cheap")
	if _, err := w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Invoice}); err != nil {
		t.Fatal(err)
	}
	w.fault("", "/", `"kind":"drop","times":0`)
	for n := 0; n < 50 && w.service.Bank.Places(time.Hour) > 0; n++ {
		w.clock.add(time.Minute)
		_, _ = w.service.Refresh(w.ctx, who, o.Number)
	}
	before := w.find(who, o.Number)
	w.clock.add(time.Minute)
	after, err := w.service.Refresh(w.ctx, who, o.Number)
	if err != nil || after.Version != before.Version {
		t.Errorf("version %d became %d, %v", before.Version, after.Version, err)
	}
	w.clock.add(before.Payments[0].ExpiresAt.Sub(w.clock.Now()))
	if after, err = w.service.Refresh(w.ctx, who, o.Number); err != nil || !after.Payments[0].Late {
		t.Errorf("the time to sign is over, and nobody noted it: %v", err)
	}
}
