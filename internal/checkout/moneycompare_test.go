package checkout_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"creditcart/internal/bankemu"
	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

// paidAs is an order whose signed document's money arrives as the bank is told.
func (w *world) paidAs(who sbid.Identity, product, kind string) *orders.Order {
	w.Helper()
	o := w.order(who, product)
	started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.tell("POST", "/api/documents/"+started.ExternalID+"/incoming", `{"kind":"`+kind+`"}`)
	w.tell("POST", "/api/documents/"+started.ExternalID+"/sign", `{}`)
	w.reconcile(time.Minute)
	if o = w.find(who, o.Number); o.Settlement() != orders.Paid {
		w.Fatalf("order of %s money: %s", kind, o.Settlement())
	}
	return o
}

func (w *world) compare(since, to string) checkout.MoneyReport {
	w.Helper()
	r, err := w.service.CompareMoney(w.ctx, since, to)
	if err != nil {
		w.Fatal(err)
	}
	return *r
}

// Money arrives in every way that the bank knows; the report names each, and no order changes.
func TestCompareMoney(t *testing.T) {
	w := newWorld(t)
	who, other := w.signIn("sever-director"), w.signIn("romashka-director")
	exact, part := w.paidAs(who, "mid", "exact"), w.paidAs(who, "part", "part")
	double, mistyped, late := w.paidAs(who, "cheap", "double"), w.paidAs(w.signIn("sokolov"), "mid", "mistyped-purpose"), w.paidAs(other, "mid", "late")
	unpaid := w.order(other, "cheap")
	stranger := w.order(other, "part")
	for _, in := range []string{
		`"amount":"5400.00","payerInn":"` + other.INN + `","purpose":"Оплата по заказу № ` + unpaid.Number + `"`,
		`"amount":"40230.00","payerInn":"` + who.INN + `","purpose":"за ООО по заказу ` + stranger.Number + `"`,
		`"amount":"777.00","payerInn":"` + who.INN + `","purpose":"Оплата по заказу № ` + lostNumber + ` от 21.11.2026"`,
		`"amount":"12.00","purpose":"Аренда"`,
	} {
		w.tell("POST", "/api/incoming", `{"account":"`+bankemu.MerchantAccount+`",`+in+`}`)
	}
	before := w.snapshot(exact, part, double, mistyped, late, unpaid, stranger)
	r := w.compare("2026-11-20", "2026-11-22")
	want := strings.Join([]string{
		"unknown-order " + lostNumber, "not-paid-here " + unpaid.Number, "sum-differs " + part.Number + " 40230.00",
		"double " + double.Number, "other-payer " + stranger.Number, "unclear-purpose " + mistyped.Number}, ", ")
	if got := said(r); got != want {
		t.Errorf("found %s\nwant  %s", got, want)
	}
	// The late money is on its way.
	if r.Agreed.Count != 2 || r.Awaited != (checkout.Tally{Count: 1, Sum: late.Total}) || r.Other != (checkout.Tally{Count: 1, Sum: 1200}) || !r.Whole() {
		t.Errorf("agreed %+v, awaited %+v, other %+v, gaps %+v", r.Agreed, r.Awaited, r.Other, r.Gaps)
	}
	if diff := cmp.Diff(before, w.snapshot(exact, part, double, mistyped, late, unpaid, stranger)); diff != "" {
		t.Errorf("the report changed orders: %s", diff)
	}
	for _, secret := range []string{who.INN, bankemu.MerchantAccount, "Аренда"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log names %s", secret)
		}
	}
	w.clock.add(7 * 24 * time.Hour)
	w.signIn("merchant-manager")
	if r := w.compare("2026-11-20", "2026-11-29"); said(r) != want || r.Agreed.Count != 3 || r.Awaited.Count != 0 {
		t.Errorf("a week later: agreed %+v, awaited %+v, found %s", r.Agreed, r.Awaited, said(r))
	}
}

func (w *world) snapshot(all ...*orders.Order) (out []orders.Order) {
	w.Helper()
	for _, o := range all {
		stored, err := w.service.Orders.Order(w.ctx, o.Number)
		if err != nil {
			w.Fatal(err)
		}
		out = append(out, *stored)
	}
	return out
}

// What the bank executed while nobody here looked, and a document that only the bank remembers.
func TestCompareMoneyAsksTheBank(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	before := w.snapshot(o)
	started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.clock.add(time.Minute)
	w.tell("POST", "/api/documents/"+started.ExternalID+"/incoming", `{"kind":"late"}`)
	w.tell("POST", "/api/documents/"+started.ExternalID+"/sign", `{}`)
	w.clock.add(time.Minute)
	r := w.compare("2026-11-22", "2026-11-22")
	if said(r) != "paid-at-bank "+o.Number || r.Findings[0].Payment != started.ExternalID || r.Findings[0].BankStatus != "IMPLEMENTED" || r.Asked != 1 {
		t.Errorf("asked %d, found %+v", r.Asked, r.Findings)
	}
	if now := w.find(who, o.Number); now.Settlement() != orders.Unpaid {
		t.Error("the report paid an order")
	}
	// The same order in a database that has forgotten its payment.
	w.openStore()
	w.service = w.newService()
	w.signIn("merchant-manager")
	who = w.signIn("sever-director")
	w.put(before[0].CartID, "mid")
	if _, err := w.store.PlaceOrder(w.ctx, &before[0]); err != nil {
		t.Fatal(err)
	}
	r = w.compare("2026-11-22", "2026-11-22")
	if said(r) != "unknown-document "+o.Number || r.Findings[0].Payment != started.ExternalID || r.Findings[0].BankStatus != "IMPLEMENTED" {
		t.Errorf("found %+v", r.Findings)
	}
	made := w.documents()
	w.pay(who, w.find(who, o.Number), checkout.PayForm{Method: credit.Invoice})
	w.reconcile(time.Minute)
	if now := w.find(who, o.Number); w.documents() != made || now.Settlement() != orders.Paid || now.Payments[0].ExternalID != started.ExternalID {
		t.Errorf("%d documents instead of %d, the order is %s", w.documents(), made, now.Settlement())
	}
	w.clock.add(3 * 24 * time.Hour)
	w.signIn("merchant-manager")
	if r := w.compare("2026-11-22", "2026-11-25"); !r.Agrees() || !r.Whole() || r.Agreed.Count != 1 {
		t.Errorf("the money came late: %+v", r)
	}
}

// Paid by the bank's word, and no money for a week.
func TestCompareMoneyThatDidNotCome(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("sever-director")
	w.paidAs(who, "mid", "exact")
	w.service.Merchant.Account = "40702810338001001418" // of another company: its statement is refused
	if r := w.compare("2026-11-22", "2026-11-22"); r.Whole() || !r.Agrees() || r.Awaited.Count != 1 {
		t.Errorf("a statement that was not read proves nothing: %+v", r)
	}
	w = newWorld(t)
	who = w.signIn("sever-director")
	o := w.order(who, "mid")
	w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	_, err := w.store.UpdateOrder(w.ctx, o.Number, func(o *orders.Order) error {
		_, err := o.Observe(o.Payments[0].ExternalID, orders.Observation{State: orders.PaymentPaid, BankStatus: "IMPLEMENTED", Actor: orders.ActorBank, At: w.clock.Now()})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.add(7 * 24 * time.Hour)
	w.signIn("merchant-manager")
	w.signIn("sever-director")
	if r := w.compare("2026-11-22", "2026-11-29"); said(r) != "not-in-statement "+o.Number || r.Findings[0].BankStatus != "CREATED" {
		t.Errorf("found %+v", r.Findings)
	}
}

func TestCompareMoneyWithoutTheRight(t *testing.T) {
	w := newWorld(t)
	w.fault("GET", "/fintech/api/v2/statement/transactions", `"kind":"status","status":403,"times":9`)
	r := w.compare("2026-11-10", "2026-11-22")
	if len(r.Gaps) != 1 || r.Gaps[0].Day != "2026-11-10 … 2026-11-22" || !strings.Contains(r.Gaps[0].Why, "GET_STATEMENT_ACCOUNT") || !r.Gaps[0].Alarm || !strings.Contains(w.log.String(), "ALARM") {
		t.Errorf("%+v", r.Gaps)
	}
	if n := w.calls("GET", "/statement/"); n != 1 {
		t.Errorf("asked %d times without the right", n)
	}
	if err := w.store.SetMerchant(w.ctx, sbid.Connection{}); err != nil {
		t.Fatal(err)
	}
	if r := w.compare("2026-11-22", "2026-11-22"); r.Whole() || !strings.Contains(r.Gaps[0].Why, "/admin") {
		t.Errorf("not connected: %+v", r.Gaps)
	}
}

func TestPeriodOfAComparison(t *testing.T) {
	w := newWorld(t)
	if since, to := w.service.DefaultPeriod(); since != "2026-11-07" || to != "2026-11-22" {
		t.Errorf("%s … %s", since, to)
	}
	for _, c := range [][2]string{{"", ""}, {"22.11.2026", "2026-11-22"}, {"2026-11-22", "2026-11-21"}, {"2026-11-22", "2026-11-23"}, {"2025-11-21", "2026-11-22"}} {
		if _, err := w.service.CompareMoney(w.ctx, c[0], c[1]); !errors.Is(err, checkout.ErrPeriod) {
			t.Errorf("%v: %v", c, err)
		}
	}
	w.clock.add(12*time.Hour + 30*time.Minute) // 00:30 of the next day in Moscow
	if _, to := w.service.DefaultPeriod(); to != "2026-11-22" {
		t.Errorf("before 03:01 the bank does not know %s", to)
	}
}

func TestMoneyReportText(t *testing.T) {
	known := []*orders.Order{bought(numberA, innA, 18450000, orders.PaymentPaid)}
	r := checkout.MoneyReport{Since: "2026-11-01", To: "2026-11-30", Asked: 2, Gaps: []checkout.Gap{{Day: "2026-11-02", Why: "Банк не ответил."}}}
	checkout.MatchMoney([]credit.Incoming{came(numberA, innA, 18450000), came(lostNumber, innB, 540000)}, known, wholeMonth(), &r)
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1\u00a0ноября 2026 года — 30\u00a0ноября 2026 года", "Сошлось: 1 платёж", "184\u00a0500,00\u00a0₽", "Деньги по заказу, которого нет в этой базе", lostNumber, "5\u00a0400,00\u00a0₽", innB, "Что делать:", "Не удалось сравнить", "2\u00a0ноября 2026 года", "Банк не ответил."} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, text.String())
		}
	}
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back checkout.MoneyReport
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(string(raw), `"amount":5400.00`) {
		t.Error(fmt.Sprint("sums in JSON: ", string(raw)))
	}
}

// The command may come hours after the merchant's last call: the token is refreshed, and the right stays with it.
func TestCompareMoneyRefreshesTheMerchantsToken(t *testing.T) {
	w := newWorld(t)
	w.clock.add(61 * time.Minute)
	if r := w.compare("2026-11-22", "2026-11-22"); !r.Whole() || !r.Agrees() {
		t.Errorf("%+v", r)
	}
}
