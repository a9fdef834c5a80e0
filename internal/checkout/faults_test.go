package checkout_test

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
)

// reconcile lets the timer work until nothing is due within the given time.
func (w *world) reconcile(d time.Duration) {
	w.Helper()
	for end := w.clock.Now().Add(d); w.clock.Now().Before(end); w.clock.add(10 * time.Second) {
		if _, err := w.service.Reconcile(w.ctx); err != nil {
			w.Fatal(err)
		}
	}
}

// Whatever happens to one POST, there is one document in the end, and the buyer was never told that it failed.
func TestUnknownOutcomeMakesOneDocument(t *testing.T) {
	for _, way := range []struct {
		name   string
		form   checkout.PayForm
		path   string
		person string
	}{
		{"draft", checkout.PayForm{Method: credit.Invoice}, draftPath, "sever-director"},
		{"credit", checkout.PayForm{Method: credit.Credit, ProductCode: "MBKoo226"}, requestPath, "romashka-director"},
	} {
		for name, fault := range map[string]string{
			"answer lost":        `"kind":"lose-answer","times":1`,
			"dropped":            `"kind":"drop","times":1`,
			"500 after the work": `"kind":"status","status":500,"afterWork":true,"times":1`,
			"503 three times":    `"kind":"status","status":503,"times":3`,
			"429":                `"kind":"status","status":429,"retryAfter":"1","times":1`,
			"HTML":               `"kind":"html","times":1`,
			"truncated":          `"kind":"truncate","times":1`,
		} {
			t.Run(way.name+" "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				who := w.signIn(way.person)
				o := w.order(who, "mid")
				w.fault("POST", way.path, fault)
				form := way.form
				form.Number = o.Number
				started, err := w.service.Pay(w.ctx, who, form)
				if err != nil || started.Link != "" {
					t.Fatalf("an unknown outcome: link %q, %v", started.Link, err)
				}
				if _, err := w.service.Pay(w.ctx, who, form); !isLive(err) {
					t.Fatalf("a second document was begun: %v", err)
				}
				w.reconcile(5 * time.Minute)
				o = w.find(who, o.Number)
				if len(o.Payments) != 1 || o.Payments[0].State != orders.PaymentAwaiting {
					t.Fatalf("%d payments, the first %s", len(o.Payments), o.Payments[0].State)
				}
				if n := w.documents(); n != 1 {
					t.Errorf("%d documents at the bank", n)
				}
			})
		}
	}
}

func isLive(err error) bool {
	_, yes := errors.AsType[*orders.LiveError](err)
	return yes
}

func TestCrashAfterTheIntent(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	w.fault("POST", draftPath, `"kind":"drop","times":1`)
	started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.service = w.newService() // the first process is gone
	w.reconcile(2 * time.Minute)
	o = w.find(who, o.Number)
	if p := o.Payments[0]; p.State != orders.PaymentAwaiting || p.ExternalID != started.ExternalID {
		t.Fatalf("%s %s, want the same document %s", p.State, p.ExternalID, started.ExternalID)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sokolov")
	o := w.order(who, "mid")

	w.tell("PUT", "/api/companies/sokolov", `{"contract":null}`) // the shop still believes what it read
	if _, err := w.service.Conditions(w.ctx, who, o.Due()); err != nil {
		t.Fatal(err)
	}
	w.fault("POST", draftPath, `"kind":"status","status":403,"times":1`)
	_, err := w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Invoice})
	if _, ok := errors.AsType[*checkout.RefusedError](err); !ok {
		t.Fatalf("403: %v", err)
	}
	o = w.find(who, o.Number)
	if o.Payments[0].BankStatus != "" {
		t.Errorf("the code of an error became a status: %s", o.Payments[0].BankStatus)
	}
	if o.Payments[0].State != orders.PaymentFailed || o.Live() != nil {
		t.Fatalf("a definite refusal leaves %s", o.Payments[0].State)
	}
	again := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	if again.ExternalID == o.Payments[0].ExternalID {
		t.Error("a new attempt after a refusal needs an id of its own")
	}
}

// After an unknown outcome a refusal may be about a later send than the one that is still executing.
func TestRefusalAfterUnknownSettlesFirst(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	w.fault("POST", draftPath, `"kind":"drop","times":1`)
	w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.fault("POST", draftPath, `"kind":"status","status":400,"times":1,"body":"{\"cause\":\"WORKFLOW_FAULT\",\"message\":\"Невозможно идентифицировать организацию плательщика\"}"`)
	w.reconcile(time.Minute)
	if o = w.find(who, o.Number); o.Payments[0].State != orders.PaymentRejecting {
		t.Fatalf("a doubtful refusal made it %s", o.Payments[0].State)
	}
	w.reconcile(12 * time.Minute)
	if o = w.find(who, o.Number); o.Payments[0].State != orders.PaymentFailed {
		t.Fatalf("after the settle window: %s", o.Payments[0].State)
	}
}

// Two instances: the first one's refusal arrives after the second has sent the same document and the bank has taken it.
func TestLateRefusalDoesNotUndoAConfirmation(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	w.fault("POST", draftPath, `"kind":"status","status":400,"delay":"600ms","times":1,"body":"{\"cause\":\"WORKFLOW_FAULT\",\"message\":\"Не найден плательщик\"}"`)
	first := make(chan error, 1)
	go func() {
		_, err := w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Invoice})
		first <- err
	}()
	for w.faultsLeft() > 0 { // until the first process is in the middle of its call
		select {
		case err := <-first:
			t.Fatalf("the first instance is through before its call: %v", err)
		default:
		}
	}
	w.clock.add(time.Minute)
	second := w.newService()
	if _, err := second.Reconcile(w.ctx); err != nil {
		t.Fatal(err)
	}
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentAwaiting {
		t.Fatalf("the second instance made it %s", p.State)
	}
	if err := <-first; err != nil {
		t.Errorf("the first instance: %v", err)
	}
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentAwaiting {
		t.Errorf("the late refusal made it %s", p.State)
	}
	if n := w.documents(); n != 1 {
		t.Errorf("%d documents", n)
	}
}

// A bank that says «exists» and «not found» at once must not be asked in a circle.
func TestContradictoryBankIsAskedAtItsPace(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	w.fault("POST", draftPath, `"kind":"status","status":400,"times":0,"body":"{\"cause\":\"WORKFLOW_FAULT\",\"message\":\"Документ с таким externalId уже существует в системе\"}"`)
	w.fault("GET", statePath, `"kind":"status","status":404,"times":0`)
	if started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice}); started.Link != "" {
		t.Fatal("a link to nothing")
	}
	w.reconcile(2 * time.Minute)
	if n := w.calls("POST", "from-invoice-any"); n > 8 {
		t.Errorf("%d sends in two minutes", n)
	}
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentSubmitting {
		t.Errorf("state %s", p.State)
	}
}

func TestCancelledOrderIsNotPaid(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	if _, err := w.service.Cancel(w.ctx, who, o.Number); err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Invoice}); !errors.Is(err, orders.ErrCancelled) {
		t.Errorf("pay while cancelling: %v", err)
	}
}

func TestForbiddenConditionsSaySo(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-buyer")
	o := w.order(who, "mid")
	w.fault("GET", "/fintech/api/v1/credit-offers", `"kind":"status","status":403,"times":0`)
	c, err := w.service.Conditions(w.ctx, who, o.Due())
	if err != nil || !c.Denied {
		t.Errorf("denied %v, %v", c.Denied, err)
	}
}

func TestExpiredTokenIsRefreshedOnce(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	w.clock.add(61 * time.Minute)
	w.signIn("merchant-manager")
	before := w.calls("POST", "/oauth/token")
	if started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice}); started.Link == "" {
		t.Fatal("no link")
	}
	if n := w.calls("POST", "/oauth/token") - before; n != 1 {
		t.Errorf("%d refreshes", n)
	}
}

func Test401WithAFreshTokenKeepsTheOrder(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	w.fault("POST", draftPath, `"kind":"status","status":401,"times":2`)
	_, err := w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Invoice})
	if !errors.Is(err, checkout.ErrSignInAgain) {
		t.Fatalf("401 twice: %v", err)
	}
	who = w.signIn("sever-director")
	w.refresh(who, o.Number)
	w.reconcile(time.Minute)
	if o = w.find(who, o.Number); o.Payments[0].State != orders.PaymentAwaiting {
		t.Fatalf("after the new sign-in: %s", o.Payments[0].State)
	}
}

func TestEightfoldClick(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	var clicks sync.WaitGroup
	var mu sync.Mutex
	links := 0
	for range 8 {
		clicks.Go(func() {
			started, err := w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Invoice})
			mu.Lock()
			defer mu.Unlock()
			if err == nil && started.Link != "" {
				links++
			} else if !isLive(err) {
				t.Errorf("click: %v", err)
			}
		})
	}
	clicks.Wait()
	if links != 1 || w.documents() != 1 {
		t.Errorf("%d links, %d documents", links, w.documents())
	}
}

func TestTimerFinishesWhatTheBuyerDoesNot(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-buyer")
	o := w.order(who, "mid")
	started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.clock.add(26 * time.Hour) // he closed the tab; his token is long dead, his refresh token is not
	w.tell("POST", "/api/documents/"+started.ExternalID+"/sign", `{"person":"romashka-director"}`)
	w.reconcile(20 * time.Minute)
	if o = w.find(who, o.Number); o.Settlement() != orders.Paid {
		t.Fatalf("%s, %s", o.Settlement(), o.Payments[0].BankStatus)
	}
}

func TestLateDraftStaysWatched(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.tell("POST", "/api/documents/"+started.ExternalID+"/status", `{"status":"CREATED"}`) // a bank that closes nothing by itself
	w.clock.add(12 * 24 * time.Hour)
	w.reconcile(time.Minute)
	o = w.find(who, o.Number)
	if p := o.Payments[0]; !p.Late || p.State != orders.PaymentAwaiting {
		t.Fatalf("late %v, %s", p.Late, p.State)
	}
	w.clock.add(48 * time.Hour)
	w.tell("POST", "/api/documents/"+started.ExternalID+"/status", `{"status":"IMPLEMENTED"}`)
	w.reconcile(time.Minute)
	if o = w.find(who, o.Number); o.Settlement() != orders.Paid {
		t.Fatalf("money after the deadline: %s", o.Settlement())
	}
}

func TestEveryStatusReachesThePage(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	want := map[string]orders.PaymentState{"PARTSIGNED": orders.PaymentAwaiting, "CHECKERROR": orders.PaymentAwaiting, "FRAUDREVIEW": orders.PaymentProcessing,
		"FRAUDDENY": orders.PaymentProcessing, "CARD2": orders.PaymentProcessing, "FRAUDSMS": orders.PaymentProcessing, "REFUSEDBYABS": orders.PaymentFailed, "DELETED": orders.PaymentFailed, "IMPLEMENTED": orders.PaymentPaid}
	for status, state := range want {
		o := w.order(who, "cheap")
		started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
		w.tell("POST", "/api/documents/"+started.ExternalID+"/status", `{"status":"`+status+`","comment":"Слова банка"}`)
		o = w.refresh(who, o.Number)
		if p := o.Payments[0]; p.State != state || p.BankStatus != status {
			t.Errorf("%s: %s %s, want %s", status, p.State, p.BankStatus, state)
		}
	}
}

func TestSilentBankShowsOldConditionsAndCreditFailsClosed(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-buyer")
	o := w.order(who, "mid")
	if c, err := w.service.Conditions(w.ctx, who, o.Due()); err != nil || c.Stale {
		t.Fatalf("%v, stale %v", err, c.Stale)
	}
	w.clock.add(20 * time.Minute)
	w.fault("GET", "/fintech/api/v1/credit-offers", `"kind":"status","status":503,"times":0`)
	c, err := w.service.Conditions(w.ctx, who, o.Due())
	if err != nil || !c.Stale || !slices.ContainsFunc(c.Ways, func(w credit.Way) bool { return w.Method == credit.Credit && w.Available }) {
		t.Fatalf("old conditions are not shown: %v, stale %v", err, c.Stale)
	}
	_, err = w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Credit, ProductCode: "MBKoo226"})
	if _, closed := errors.AsType[*checkout.UnavailableError](err); !closed {
		t.Errorf("credit on old conditions: %v", err)
	}
	if started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice}); started.Link == "" {
		t.Error("own money can be paid while offers are silent")
	}
}

// Waits of the bank one after another: from the callback to the conditions two besides the token, from «Оплатить» to the redirect one.
func TestWaitsForTheBank(t *testing.T) {
	w := newWorld(t)
	w.tell("DELETE", "/api/requests", "")
	w.fault("", "/", `"kind":"delay","delay":"300ms","times":0`)
	who := w.signIn("sokolov")
	o := w.order(who, "mid")
	if _, err := w.service.Conditions(w.ctx, who, o.Due()); err != nil {
		t.Fatal(err)
	}
	// the authorize page and the token exchange, then user-info, then both kinds of offers at once
	if n := w.waits(); n != 4 {
		t.Errorf("%d waits one after another from sign-in to conditions, want 4 with the authorize page and the token", n)
	}
	w.tell("DELETE", "/api/requests", "")
	w.pay(who, o, checkout.PayForm{Method: credit.Line})
	if n := w.waits(); n != 1 {
		t.Errorf("%d waits from «Оплатить» to the redirect", n)
	}
}

// waits counts groups of overlapping requests in the bank's log.
func (w *world) waits() int {
	w.Helper()
	type span struct{ begin, end float64 }
	var spans []span
	for _, r := range w.tell(http.MethodGet, "/api/requests", "")["requests"].([]any) {
		m := r.(map[string]any)
		spans = append(spans, span{m["begin"].(float64), m["end"].(float64)})
	}
	slices.SortFunc(spans, func(a, b span) int { return int(a.begin - b.begin) })
	n, end := 0, -1.0
	for _, s := range spans {
		if s.begin > end {
			n++
		}
		end = max(end, s.end)
	}
	return n
}

func TestPlace(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-buyer")
	if _, _, err := w.service.Place(w.ctx, who, checkout.PlaceForm{CartID: "nothing"}); !errors.Is(err, orders.ErrCartEmpty) {
		t.Errorf("an empty cart: %v", err)
	}
	w.put("c", "mid")
	shown, err := w.service.Basket(w.ctx, "c")
	if err != nil {
		t.Fatal(err)
	}
	w.put("c", "cheap") // in another tab
	form := checkout.PlaceForm{CartID: "c", CartVer: &shown.Cart.Version, Seen: shown.Seen()}
	var changed *checkout.CartChangedError
	if _, _, err := w.service.Place(w.ctx, who, form); !errors.As(err, &changed) || len(changed.Now.Lines) != 2 {
		t.Fatalf("the cart changed in another tab: %v", err)
	}
	now := changed.Now
	form = checkout.PlaceForm{CartID: "c", CartVer: &now.Cart.Version, Seen: now.Seen()}
	numbers := make(chan string, 8)
	var clicks sync.WaitGroup
	for range 8 {
		clicks.Go(func() {
			n, _, err := w.service.Place(w.ctx, who, form)
			if err != nil {
				t.Errorf("click: %v", err)
			}
			numbers <- n
		})
	}
	clicks.Wait()
	first := <-numbers
	for range 7 {
		if n := <-numbers; n != first {
			t.Errorf("two orders of one cart: %s, %s", first, n)
		}
	}
	if o := w.find(who, first); o.Total != rub("189900") || len(o.Lines) != 2 {
		t.Errorf("order %s, %d lines", o.Total, len(o.Lines))
	}
}
