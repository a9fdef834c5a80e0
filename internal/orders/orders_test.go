package orders

import (
	"errors"
	"testing"
	"time"

	"creditcart/internal/money"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func order(t testing.TB, price money.Amount, quantity int64) *Order {
	t.Helper()
	l, err := NewLine(Line{ProductID: "p1", Quantity: quantity, Price: price, VATRate: 22})
	if err != nil {
		t.Fatal(err)
	}
	total, vat, err := Total([]Line{l})
	if err != nil {
		t.Fatal(err)
	}
	return &Order{Number: "A1", Lines: []Line{l}, Total: total, VAT: vat, State: Placed, PlacedAt: noon}
}

func begin(t testing.TB, o *Order, id string, amount money.Amount) {
	t.Helper()
	if err := o.BeginPayment(Payment{ExternalID: id, Method: MethodInvoice, Amount: amount}, "", "buyer", noon); err != nil {
		t.Fatal(err)
	}
}

func observe(t testing.TB, o *Order, id string, s PaymentState, bank string) {
	t.Helper()
	if _, err := o.Observe(id, Observation{State: s, BankStatus: bank, Actor: ActorTimer, At: noon}); err != nil {
		t.Fatal(err)
	}
}

// Every pair of states: what the table forbids leaves the state as it was and asks for a review; paid is absorbing.
func TestEveryPairOfPaymentStates(t *testing.T) {
	allowed := map[[2]PaymentState]bool{}
	for i, from := range PaymentStates {
		for j, to := range PaymentStates {
			forward := j > i && from != PaymentPaid
			allowed[[2]PaymentState{from, to}] = forward || from == PaymentFailed && to == PaymentPaid
		}
	}
	for _, from := range PaymentStates {
		for _, to := range PaymentStates {
			o := order(t, 10000, 1)
			begin(t, o, "x", 10000)
			o.Payments[0].State = from
			observe(t, o, "x", to, "S")
			p := o.Payments[0]
			switch ok := allowed[[2]PaymentState{from, to}]; {
			case ok && p.State != to:
				t.Errorf("%s → %s: stayed %s", from, to, p.State)
			case !ok && p.State != from:
				t.Errorf("%s → %s: forbidden, became %s", from, to, p.State)
			case !ok && from != to && p.Review == "":
				t.Errorf("%s → %s: a contradiction without a review", from, to)
			}
			if from == PaymentFailed && to == PaymentPaid && p.Review == "" {
				t.Error("money after a failure must be looked at by a person")
			}
		}
	}
}

func TestOneLivePayment(t *testing.T) {
	o := order(t, 10000, 1)
	begin(t, o, "x", 10000)
	var live *LiveError
	if err := o.BeginPayment(Payment{ExternalID: "y", Amount: 10000}, "", "buyer", noon); !errors.As(err, &live) || live.Payment.ExternalID != "x" {
		t.Fatalf("second live payment: %v", err)
	}
	if err := o.BeginPayment(Payment{ExternalID: "y", Amount: 10000}, "x", "buyer", noon); !errors.As(err, &live) {
		t.Fatalf("a draft that can be signed must not be released: %v", err)
	}
	observe(t, o, "x", PaymentFailed, "DELETED")
	begin(t, o, "y", 10000)
	if o.Payments[1].Attempt != 2 {
		t.Errorf("attempt = %d", o.Payments[1].Attempt)
	}
}

func TestRefusedCreditMayBeReleasedAndIsStillWatched(t *testing.T) {
	o := order(t, 10000, 1)
	if err := o.BeginPayment(Payment{ExternalID: "c", Method: MethodCredit, Amount: 10000}, "", "buyer", noon); err != nil {
		t.Fatal(err)
	}
	observe(t, o, "c", PaymentAwaiting, "RECEIVED")
	if !o.NoteRefusal("buyer", noon) || o.NoteRefusal("buyer", noon) {
		t.Fatal("the hint is recorded once")
	}
	if o.Payments[0].State != PaymentAwaiting {
		t.Fatal("a return address proves nothing")
	}
	if err := o.BeginPayment(Payment{ExternalID: "i", Method: MethodInvoice, Amount: 10000}, "c", "buyer", noon); err != nil {
		t.Fatal(err)
	}
	if len(o.Watched()) != 2 || o.Live().ExternalID != "i" {
		t.Fatalf("watched %d, live %v", len(o.Watched()), o.Live())
	}
	observe(t, o, "i", PaymentPaid, "IMPLEMENTED")
	observe(t, o, "c", PaymentPaid, "IMPLEMENTED")
	if o.Settlement() != Overpaid || !o.NeedsReview() {
		t.Errorf("double money: %s, review %v", o.Settlement(), o.NeedsReview())
	}
}

func TestCancel(t *testing.T) {
	o := order(t, 10000, 1)
	begin(t, o, "x", 10000)
	observe(t, o, "x", PaymentAwaiting, "CREATED")
	if err := o.RequestCancel("buyer", noon); err != nil || o.State != CancelRequested {
		t.Fatalf("%s, %v", o.State, err)
	}
	if err := o.BeginPayment(Payment{ExternalID: "y", Amount: 1}, "", "buyer", noon); !errors.Is(err, ErrCancelled) {
		t.Fatalf("pay while cancelling: %v", err)
	}
	observe(t, o, "x", PaymentFailed, "DELETED")
	if o.State != Cancelled {
		t.Fatalf("state %s", o.State)
	}

	paid := order(t, 10000, 1)
	begin(t, paid, "x", 10000)
	if err := paid.RequestCancel("buyer", noon); err != nil {
		t.Fatal(err)
	}
	observe(t, paid, "x", PaymentPaid, "IMPLEMENTED")
	if paid.State != Placed || paid.Settlement() != Paid || !paid.NeedsReview() {
		t.Errorf("money beats a wish: %s %s", paid.State, paid.Settlement())
	}
	if err := paid.RequestCancel("buyer", noon); !errors.Is(err, ErrPaidCancel) {
		t.Errorf("cancel a paid order: %v", err)
	}
}

// Whatever the bank says in whatever order: paid money is never lost and no two payments block each other.
func TestMoneyIsNeverLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, _ := NewLine(Line{ProductID: "p", Quantity: 1, Price: 100000, VATRate: 22})
		o := &Order{Number: "A1", Lines: []Line{l}, Total: l.Total, State: Placed}
		paid := map[string]money.Amount{}
		for i := range rapid.IntRange(1, 30).Draw(t, "steps") {
			id := string(rune('a' + rapid.IntRange(0, 3).Draw(t, "id")))
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				if _, err := o.Payment(id); err != nil {
					_ = o.BeginPayment(Payment{ExternalID: id, Method: MethodCredit, Amount: money.Amount(rapid.Int64Range(1, 100000).Draw(t, "amount"))}, rapid.SampledFrom([]string{"", "a", "b", "c", "d"}).Draw(t, "release"), "buyer", noon)
				}
			case 1:
				s := rapid.SampledFrom(PaymentStates).Draw(t, "state")
				if p, err := o.Payment(id); err == nil {
					if s == PaymentPaid {
						paid[id] = p.Amount
					}
					_, _ = o.Observe(id, Observation{State: s, BankStatus: string(s), At: noon.Add(time.Duration(i) * time.Second)})
				}
			case 2:
				o.NoteRefusal("buyer", noon)
			case 3:
				_ = o.RequestCancel("buyer", noon)
			}
			var sum money.Amount
			for _, a := range paid {
				sum += a
			}
			live := 0
			for i := range o.Payments {
				if o.Payments[i].Live() {
					live++
				}
			}
			if o.PaidSum() != sum || live > 1 || o.Due() < 0 {
				t.Fatalf("paid %v want %v, live %d, due %v", o.PaidSum(), sum, live, o.Due())
			}
		}
	})
}

func TestCartLimits(t *testing.T) {
	var c Cart
	for _, q := range []int64{0, -1, MaxQuantity + 1, 1e9} {
		if err := c.Add("p", q, 1); !errors.Is(err, ErrQuantity) {
			t.Errorf("Add %d: %v", q, err)
		}
	}
	if err := c.Add("p", MaxQuantity, 100); err != nil {
		t.Fatal(err)
	}
	if err := c.Add("p", 1, 100); !errors.Is(err, ErrQuantity) || c.Items[0].Quantity != MaxQuantity {
		t.Errorf("over the limit by adding: %v", err)
	}
	if err := c.Set("p", 0, 100); err != nil || c.Pieces() != 0 {
		t.Errorf("remove: %v, %d", err, c.Pieces())
	}
	for i := range MaxCartLines {
		if err := c.Add(string(rune(i+1000)), 1, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Add("one more", 1, 1); !errors.Is(err, ErrCartFull) {
		t.Errorf("10 000 lines: %v", err)
	}
}
