package outbox

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"creditcart/internal/money"
	"creditcart/internal/orders"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func newOrder(total money.Amount) *orders.Order {
	return &orders.Order{ID: "3f0c", Number: "K7Q2M9XZ4A", State: orders.Placed, Total: total, PlacedAt: noon,
		Buyer:   orders.Buyer{Subject: "SUBJECT", PersonName: "PERSON", CompanyINN: "7707083893", CompanyName: "COMPANY"},
		Contact: orders.Contact{Name: "CONTACT", Phone: "PHONE", Email: "EMAIL", DeliveryAddress: "ADDRESS", Comment: "COMMENT"},
		Events:  []orders.Event{{At: noon, Kind: orders.EventOrder, Actor: "SUBJECT", To: string(orders.Placed)}}}
}

// stored numbers events as the store does after a commit.
func stored(o *orders.Order) {
	for i := range o.Events {
		o.Events[i].Seq = int64(i + 1)
	}
}

// step makes the messages of what is new and stores it.
func step(t rapid.TB, b *Book, o *orders.Order) []Message {
	t.Helper()
	m, err := b.Messages(o)
	if err != nil {
		t.Fatal(err)
	}
	stored(o)
	return m
}

func types(all []Message) string {
	var out []string
	for _, m := range all {
		out = append(out, m.Type)
	}
	return strings.Join(out, " ")
}

func begin(t rapid.TB, o *orders.Order, id string, amount money.Amount) {
	t.Helper()
	p := orders.Payment{ExternalID: id, Method: orders.MethodLine, Amount: amount, Subject: "SUBJECT", Payload: []byte("PAYLOAD")}
	if err := o.BeginPayment(p, "", "SUBJECT", noon); err != nil {
		t.Fatal(err)
	}
}

func observe(t rapid.TB, o *orders.Order, id string, state orders.PaymentState, at time.Time) {
	t.Helper()
	if _, err := o.Observe(id, orders.Observation{State: state, BankStatus: "BANKSTATUS", BankComment: "BANKCOMMENT", Reason: "REASON", Actor: orders.ActorBank, At: at}); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsTold(t *testing.T) {
	b := NewBook([]byte("key"))
	o := newOrder(10_000)
	say := func(want string) []Message {
		t.Helper()
		m := step(t, b, o)
		if types(m) != want {
			t.Fatalf("told %q, want %q", types(m), want)
		}
		return m
	}
	say(OrderPlaced)
	begin(t, o, "e1", 4_000)
	say("")
	observe(t, o, "e1", orders.PaymentProcessing, noon)
	say("")
	observe(t, o, "e1", orders.PaymentPaid, noon.Add(time.Minute))
	say(OrderPartlyPaid)
	begin(t, o, "e2", 6_000)
	observe(t, o, "e2", orders.PaymentFailed, noon)
	say(PaymentFailed)
	begin(t, o, "e3", 6_000)
	observe(t, o, "e3", orders.PaymentPaid, noon.Add(time.Hour))
	paid := say(OrderPaid)
	want := `{"type":"order.paid","timestamp":"2026-11-22T13:00:00Z","data":{"order_id":"3f0c","number":"K7Q2M9XZ4A","state":"placed","settlement":"paid",` +
		`"buyer_inn":"7707083893","total_kopecks":10000,"total":"100.00","paid_kopecks":10000,"paid":"100.00",` +
		`"payment":{"method":"line","amount_kopecks":6000,"amount":"60.00","state":"paid","paid_at":"2026-11-22T13:00:00Z"}}}`
	if string(paid[0].Body) != want {
		t.Errorf("body\n%s, want\n%s", paid[0].Body, want)
	}
	observe(t, o, "e2", orders.PaymentPaid, noon) // money after a failure, and more than the order costs
	more := say(OrderReview + " " + OrderReview)
	if !strings.Contains(string(more[0].Body), orders.ReviewPaidFailed) || !strings.Contains(string(more[1].Body), orders.ReviewOverpaid) {
		t.Errorf("reasons: %s %s", more[0].Body, more[1].Body)
	}
}

func TestCancelledAndPaidAllTheSame(t *testing.T) {
	b, o := NewBook([]byte("key")), newOrder(10_000)
	begin(t, o, "e1", 10_000)
	observe(t, o, "e1", orders.PaymentFailed, noon)
	if err := o.RequestCancel("SUBJECT", noon); err != nil {
		t.Fatal(err)
	}
	if got := types(step(t, b, o)); got != OrderPlaced+" "+PaymentFailed+" "+OrderCancelled {
		t.Errorf("told %q", got)
	}
	observe(t, o, "e1", orders.PaymentPaid, noon)
	if got := types(step(t, b, o)); got != OrderReview+" "+OrderPaid+" "+OrderReview {
		t.Errorf("told %q", got)
	}
}

// An order lives a random life, stored after each step or after several: the ids are the same, no two are alike, order.placed
// and order.paid come once, the order of the history is kept, and nobody's personal data or tokens are inside.
func TestMessagesOfAnyLife(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBook([]byte("key"))
		o := newOrder(10_000)
		var byStep []Message
		attempts := 0
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch what := rapid.IntRange(0, 6).Draw(t, "what"); {
			case what == 0 && o.State == orders.Placed && o.Due() > 0 && o.Live() == nil:
				attempts++
				begin(t, o, "e"+string(rune('a'+attempts)), money.Amount(rapid.Int64Range(1, int64(o.Due())).Draw(t, "amount")))
			case what == 1:
				_ = o.RequestCancel("SUBJECT", noon) // refused for a paid one
			case len(o.Payments) > 0:
				p := o.Payments[rapid.IntRange(0, len(o.Payments)-1).Draw(t, "payment")]
				observe(t, o, p.ExternalID, rapid.SampledFrom(orders.PaymentStates).Draw(t, "state"), noon)
			}
			if rapid.Bool().Draw(t, "stored") {
				byStep = append(byStep, step(t, b, o)...)
			}
		}
		byStep = append(byStep, step(t, b, o)...)
		for i := range o.Events {
			o.Events[i].Seq = 0
		}
		replayed := step(t, NewBook([]byte("key")), o)
		if len(replayed) != len(byStep) {
			t.Fatalf("%d messages, replayed %d", len(byStep), len(replayed))
		}
		seen, once := map[string]bool{}, map[string]int{}
		for i, m := range byStep {
			if r := replayed[i]; r.ID != m.ID || r.Seq != m.Seq || r.Type != m.Type {
				t.Errorf("replayed %+v, was %+v", r, m)
			}
			if seen[m.ID] || strings.Contains(m.ID, ".") || i > 0 && m.Seq <= byStep[i-1].Seq {
				t.Errorf("message %d: %s", i, m.ID)
			}
			seen[m.ID] = true
			once[m.Type]++
			for _, word := range []string{"SUBJECT", "PERSON", "COMPANY", "CONTACT", "PHONE", "EMAIL", "ADDRESS", "COMMENT", "PAYLOAD", "REASON", "BANK"} {
				if strings.Contains(string(m.Body), word) {
					t.Errorf("%s in %s", word, m.Body)
				}
			}
			if !json.Valid(m.Body) {
				t.Errorf("%s", m.Body)
			}
		}
		paid := 0
		if o.PaidSum() >= o.Total {
			paid = 1
		}
		if once[OrderPlaced] != 1 || once[OrderPaid] != paid {
			t.Errorf("%v, paid %s of %s", once, o.PaidSum(), o.Total)
		}
	})
}

func TestIDsDependOnTheKeyAndTheOrder(t *testing.T) {
	var ids []string
	for _, k := range []string{"a", "b"} {
		for _, id := range []string{"1", "2"} {
			o := newOrder(1)
			o.ID = id
			ids = append(ids, step(t, NewBook([]byte(k)), o)[0].ID)
		}
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 4 {
		t.Errorf("%v", ids)
	}
}

func TestParseSecret(t *testing.T) {
	key, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil || len(key) != 24 {
		t.Errorf("%d bytes, %v", len(key), err)
	}
	for _, s := range []string{"", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_c2hvcnQ=", "whsec_***", "whsec_" + strings.Repeat("A", 88)} {
		if _, err := ParseSecret(s); err == nil || len(s) > len(secretPrefix) && strings.Contains(err.Error(), s[len(secretPrefix):]) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
