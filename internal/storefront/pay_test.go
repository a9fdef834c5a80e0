package storefront

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
)

// negativeURL is where the bank sends the buyer of a refused credit request: the address stands in the document.
func (w *world) negativeURL(number string) string {
	w.Helper()
	o, err := w.store.Order(w.Context(), number)
	w.check(err)
	var document struct{ NegativeOrderURL string }
	w.check(json.Unmarshal(o.Payments[len(o.Payments)-1].Payload, &document))
	return strings.TrimPrefix(document.NegativeOrderURL, w.shop.URL)
}

// Only the address that the bank was given says that a credit was refused, and it moves nothing but the words.
func TestRefusalIsBelievedOnlyWithItsToken(t *testing.T) {
	w := newWorld(t)
	w.connect()
	b := w.browser().signIn("romashka-buyer")
	number := b.order("mid")
	order := "/orders/" + number
	b.post(order+"/payments", "method", "credit", "product_code", "MBKoo226").to(t, 303, w.bank.URL)
	for _, made := range []string{"?bank=refused", "?refused=", "?refused=1", "?refused=" + strings.Repeat("0", 64)} {
		b.get(order + made)
		if r := b.get(order).want(t, 200, "Кредитная заявка ждёт подписи"); strings.Contains(text(r.body), "не одобрил") {
			t.Errorf("%s is believed", made)
		}
	}
	back := w.negativeURL(number)
	if !strings.HasPrefix(back, order+"?refused=") {
		t.Fatalf("address %q", back)
	}
	if to := b.get(back).to(t, 303, order); to != order {
		t.Errorf("leads to %s", to)
	}
	b.get(order).want(t, 200, "Похоже, банк не одобрил кредит")
}

// A sum that is no sum is a mistake of the form, not a change of conditions.
func TestAmountThatIsNoSum(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	number := b.order("cheap")
	order := "/orders/" + number
	for _, bad := range []string{"abc", "-5", "0", "1e3", "5400.001"} {
		for _, name := range []string{"amount", "amount_invoice"} {
			r := b.post(order+"/payments", "method", "invoice", name, bad).want(t, 422, "Укажите сумму числом", "деньги не списаны")
			if strings.Contains(text(r.body), "Условия изменились") || !strings.Contains(r.body, `class="field-error"`) {
				t.Errorf("%s=%s: not a message of the field", name, bad)
			}
		}
	}
	if n := w.payments(number); n != 0 {
		t.Fatalf("%d payments", n)
	}
	w.browser().signIn("sever-director").post(order+"/payments", "method", "invoice", "amount", "abc").want(t, 404, "Такого заказа нет")
	b.post(order+"/payments", "method", "invoice", "amount", "5 400,00").to(t, 303, w.bank.URL)
}

// lines gives a company two lines: one that the bank does not know and the emulator's own.
func (w *world) lines(inn string, available ...money.Amount) {
	w.Helper()
	contracts := []credit.Contract{{Number: "1-2025/1"}, {Number: "5-2026/777"}}
	for i := range contracts {
		contracts[i].Available = available[i]
	}
	raw, err := json.Marshal(contracts)
	w.check(err)
	w.check(w.store.SaveSnapshot(w.Context(), "contracts:"+inn, raw, w.clock.Now()))
}

// With several lines the buyer says which one pays.
func TestChosenLinePays(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("sokolov")
	number := b.order("mid")
	order := "/orders/" + number
	o, err := w.store.Order(t.Context(), number)
	w.check(err)
	w.lines(o.Buyer.CompanyINN, 100_000_00, 250_000_00)
	page := b.get(order).want(t, 200, "Линия № 1-2025/1", "Линия № 5-2026/777")
	for _, want := range []string{`value="1-2025/1" checked data-testid="pay-contract"`, `value="5-2026/777" data-testid="pay-contract"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(page.body, `name="amount_line"`) {
		t.Error("one sum is promised for lines that pay different ones")
	}
	page = b.get(order+"?method=line&contract="+url.QueryEscape("5-2026/777")).want(t, 200, "На линии останется 65 500 ₽")
	if !strings.Contains(page.body, `value="5-2026/777" checked data-testid="pay-contract"`) {
		t.Error("the chosen line is not marked")
	}
	b.post(order+"/payments", "method", "line", "contract", "none").want(t, 422, "Выберите способ оплаты")
	b.post(order+"/payments", "method", "line", "contract", "5-2026/777", "decision", field(page.body, "decision")).to(t, 303, w.bank.URL)
	o, err = w.store.Order(t.Context(), number)
	w.check(err)
	if p := o.Payments[0]; p.ContractNumber != "5-2026/777" || p.Method != orders.MethodLine {
		t.Errorf("%s from line %q", p.Method, p.ContractNumber)
	}
}

// A document that may be executed any moment is not left for another one while the bank is silent.
func TestDocumentThatCannotBeLeftNow(t *testing.T) {
	w := newWorld(t)
	w.connect()
	b := w.browser().signIn("romashka-buyer")
	number := b.order("mid")
	order := "/orders/" + number
	b.post(order+"/payments", "method", "credit", "product_code", "MBKoo226").to(t, 303, w.bank.URL)
	b.get(w.negativeURL(number)).to(t, 303, order)
	page := b.get(order + "?pay=otherwise")
	w.tell("POST", "/api/faults", `{"method":"GET","path":"/fintech/api/v1/","kind":"status","status":503}`)
	w.clock.add(time.Minute)
	again := []string{"method", "invoice", "release", field(page.body, "release")}
	b.post(order+"/payments", again...).want(t, 409, "Прежний документ ещё может быть исполнен.", "Банк сейчас не ответил, поэтому новый создавать рано.", "Попробуйте через минуту.")
	if n := w.payments(number); n != 1 {
		t.Fatalf("%d payments", n)
	}
	w.tell("DELETE", "/api/faults", "")
	b.post(order+"/cancel", "confirm", "yes").to(t, 303, order)
	b.post(order+"/payments", "method", "invoice").want(t, 409, "Заказ отменяется")
}

// Who may not ask the bank, or cannot any more, is told what he himself can do about it.
func TestConditionsThatASignInWouldTell(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("sokolov")
	order := "/orders/" + b.order("mid")
	b.post("/cart", "product", "cheap", "quantity", "1")
	for fault, words := range map[string]string{
		`{"path":"/fintech/api/v1/credit-offers","kind":"status","status":403}`: "Банк не разрешил магазину узнать условия: при входе не подтверждено право GET_CREDIT_OFFERS. Войдите ещё раз и подтвердите все согласия.",
		"": "Вход в СберБизнес ID истёк",
	} {
		w.clock.add(20 * time.Minute)
		b.signIn("sokolov")
		w.clock.add(6 * time.Minute)
		if fault == "" {
			w.tell("POST", "/api/reset", `{"tokens":true}`)
		} else {
			w.tell("POST", "/api/faults", fault)
		}
		for _, path := range []string{order, "/checkout"} {
			r := b.get(path).want(t, 200, words)
			if !strings.Contains(r.body, `href="/login?return=`+strings.ReplaceAll(path, "/", "%2F")+`" data-testid="conditions-login"`) || strings.Contains(text(r.body), "Банк не отвечает") {
				t.Errorf("%s: no way to sign in again, or the bank is blamed", path)
			}
		}
		b.get("/cart").want(t, 200, words)
		w.tell("DELETE", "/api/faults", "")
	}
}
