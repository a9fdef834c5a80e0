package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"creditcart/internal/orders"
	"creditcart/internal/outbox"
	"creditcart/internal/store"
	"creditcart/internal/store/storetest"
)

// The test vector that libraries of Standard Webhooks share.
func TestSignature(t *testing.T) {
	key, err := outbox.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := outbox.Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got)
	}
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// call is what the receiver heard.
type call struct{ id, at, signature, body string }

// world is a store with a courier at work and a receiver that answers as the test says.
type world struct {
	*testing.T
	store *store.Store
	book  *outbox.Book
	calls chan call
	mu    sync.Mutex
	now   time.Time
	marks outbox.Store // what the courier sees of the store
	done  chan string  // results
	log   strings.Builder
}

var key = []byte("key of the signatures, 32 bytes!")

func newWorld(t *testing.T) *world {
	w := &world{T: t, store: storetest.Open(t), book: outbox.NewBook([]byte("ids")), calls: make(chan call, 100), now: noon, done: make(chan string, 100)}
	w.store.UseOutbox(w.book)
	w.marks = w.store
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	w.book.Wake()
}

// run starts the courier against a receiver.
func (w *world) run(answer http.HandlerFunc) {
	receiver := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		answer(rw, q)
		w.calls <- call{q.Header.Get("webhook-id"), q.Header.Get("webhook-timestamp"), q.Header.Get("webhook-signature"), string(body)}
	}))
	ctx, stop := context.WithCancel(w.Context())
	courier := outbox.NewCourier(outbox.Config{Store: w.marks, Book: w.book, URL: receiver.URL + "/in", Key: key, Observe: func(r string) { w.done <- r },
		Now: w.clock, Log: slog.New(slog.NewTextHandler(&w.log, nil))})
	ended := make(chan struct{})
	go func() { courier.Run(ctx); close(ended) }()
	w.Cleanup(func() {
		stop()
		<-ended
		receiver.Close()
	})
}

// buy places an order and pays it.
func (w *world) buy(number string) {
	w.Helper()
	ctx := w.Context()
	cart, err := w.store.UpdateCart(ctx, number, noon, func(c *orders.Cart) error { return c.Add("p", 1, 100) })
	if err != nil {
		w.Fatal(err)
	}
	o := &orders.Order{ID: number, Number: number, CartID: cart.ID, CartVer: cart.Version, Total: 100, State: orders.Placed, PlacedAt: noon,
		Buyer: orders.Buyer{CompanyINN: "7707083893"}, Events: []orders.Event{{At: noon, Kind: orders.EventOrder, To: string(orders.Placed)}}}
	if _, err := w.store.PlaceOrder(ctx, o); err != nil {
		w.Fatal(err)
	}
	if _, err := w.store.UpdateOrder(ctx, number, func(o *orders.Order) error {
		if err := o.BeginPayment(orders.Payment{ExternalID: "e" + number, Method: orders.MethodInvoice, Amount: 100}, "", "s", noon); err != nil {
			return err
		}
		_, err := o.Observe("e"+number, orders.Observation{State: orders.PaymentPaid, At: noon})
		return err
	}); err != nil {
		w.Fatal(err)
	}
}

// next waits for a call.
func (w *world) next() call {
	w.Helper()
	select {
	case c := <-w.calls:
		return c
	case <-time.After(30 * time.Second):
		w.Fatal("nobody called")
		return call{}
	}
}

// ended waits for the result of an attempt.
func (w *world) ended(want string) {
	w.Helper()
	select {
	case got := <-w.done:
		if got != want {
			w.Fatalf("result %q, want %q", got, want)
		}
	case <-time.After(30 * time.Second):
		w.Fatal("no result")
	}
}

func (w *world) status() outbox.Status {
	w.Helper()
	st, err := w.store.Outbox(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return st
}

func (c call) kind() string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(c.body, `{"type":"`), `"`)
	return kind
}

// What failed is sent again, the same bytes under the same id with a new time, and nothing overtakes it.
func TestInOrderUntilTaken(t *testing.T) {
	w := newWorld(t)
	var n atomic.Int32
	w.run(func(rw http.ResponseWriter, _ *http.Request) {
		if i := n.Add(1); i <= 2 {
			rw.WriteHeader(map[int32]int{1: 500, 2: 410}[i])
		}
	})
	w.buy("A")
	first := w.next()
	w.ended("5xx")
	if st := w.status(); st.Waiting != 2 || st.LastError != "500" || st.NextTry.Sub(noon) < 4*time.Second || st.NextTry.Sub(noon) > 6*time.Second {
		t.Errorf("%+v", st)
	}
	w.pass(10 * time.Second)
	second := w.next()
	w.ended("4xx")
	w.pass(time.Minute)
	third := w.next()
	w.ended("delivered")
	paid := w.next()
	w.ended("delivered")
	if first.kind() != outbox.OrderPlaced || second.id != first.id || third.id != first.id || second.body != first.body || third.body != first.body {
		t.Errorf("%+v %+v %+v", first, second, third)
	}
	if paid.kind() != outbox.OrderPaid || paid.id == first.id {
		t.Errorf("then %+v", paid)
	}
	for i, c := range []call{first, second, third, paid} {
		at := []time.Duration{0, 10 * time.Second, 70 * time.Second, 70 * time.Second}[i]
		if c.at != fmt.Sprint(noon.Add(at).Unix()) || c.signature != outbox.Sign(key, c.id, noon.Add(at), []byte(c.body)) {
			t.Errorf("call %d: %+v", i, c)
		}
	}
	if st := w.status(); st != (outbox.Status{}) {
		t.Errorf("%+v", st)
	}
}

// dying is a store whose process dies before the mark of the first delivery.
type dying struct {
	outbox.Store
	died bool
}

func (d *dying) MessageDelivered(ctx context.Context, id string, now time.Time) error {
	if !d.died {
		d.died = true
		return errors.New("the process is gone")
	}
	return d.Store.MessageDelivered(ctx, id, now)
}

func TestCrashBetweenAnswerAndMark(t *testing.T) {
	w := newWorld(t)
	w.marks = &dying{Store: w.store}
	w.run(func(http.ResponseWriter, *http.Request) {})
	w.buy("A")
	first := w.next()
	w.ended("delivered") // so the receiver said
	w.pass(time.Hour)    // the lease ends
	again := w.next()
	if again.id != first.id || again.body != first.body || again.at == first.at {
		t.Errorf("first %+v, again %+v", first, again)
	}
	if paid := w.next(); paid.kind() != outbox.OrderPaid {
		t.Errorf("then %+v", paid)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	w := newWorld(t)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	w.run(func(rw http.ResponseWriter, q *http.Request) {
		http.Redirect(rw, q, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	w.buy("A")
	w.next()
	w.ended("3xx")
	if st := w.status(); st.LastError != "307" || st.Waiting != 2 {
		t.Errorf("%+v", st)
	}
}

// What the receiver writes is nobody's business: it is neither kept nor logged, and may be long.
func TestAnswerIsIgnored(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("FOREIGN ", 100_000)
	var n atomic.Int32
	w.run(func(rw http.ResponseWriter, _ *http.Request) {
		if n.Add(1) == 1 {
			rw.Header().Set("Retry-After", "600")
			http.Error(rw, "FOREIGN", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(rw, long)
	})
	w.buy("A")
	w.next()
	w.ended("5xx")
	if st := w.status(); st.LastError != "503" || st.NextTry != noon.Add(10*time.Minute) {
		t.Errorf("%+v", st)
	}
	if err := w.store.HurryMessages(t.Context(), w.clock()); err != nil { // wakes the courier too
		t.Fatal(err)
	}
	w.next()
	w.ended("delivered")
	w.next()
	w.ended("delivered")
	if strings.Contains(w.log.String(), "FOREIGN") || !strings.Contains(w.log.String(), "why=503") {
		t.Error(w.log.String())
	}
}

func TestNobodyThere(t *testing.T) {
	w := newWorld(t)
	gone := httptest.NewServer(nil)
	gone.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	courier := outbox.NewCourier(outbox.Config{Store: w.store, Book: w.book, URL: gone.URL, Key: key, Observe: func(r string) { w.done <- r; stop() },
		Now: w.clock, Log: slog.New(slog.DiscardHandler)})
	w.buy("A")
	courier.Run(ctx)
	w.ended("unreachable")
}

// A receiver that hangs on one order holds up that order only.
func TestOrdersDoNotWaitForEachOther(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	var once sync.Once
	w.run(func(_ http.ResponseWriter, q *http.Request) {
		hang := false
		once.Do(func() { hang = true })
		if hang {
			select {
			case <-release:
			case <-q.Context().Done():
			}
		}
	})
	for _, number := range []string{"A", "B", "C"} {
		w.buy(number)
	}
	heard := map[string]int{}
	for range 4 {
		heard[w.next().kind()]++
		w.ended("delivered")
	}
	if heard[outbox.OrderPaid] != 2 {
		t.Errorf("while one hangs: %v", heard)
	}
	close(release)
	for _, want := range []string{outbox.OrderPlaced, outbox.OrderPaid} {
		if c := w.next(); c.kind() != want {
			t.Errorf("then %s, want %s", c.kind(), want)
		}
	}
}
