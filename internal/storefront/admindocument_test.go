package storefront

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

func TestMerchantReadsTheDocument(t *testing.T) {
	w := newWorld(t)
	number, id := w.waiting()
	page, admin := "/admin/orders/"+number+"/payments/"+id, w.connect()
	admin.get("/admin/orders/"+number).want(t, 200, "Документ в банке")
	read := admin.get(page).want(t, 200, id, "Ждёт подписи", "CREATED", "Создан, ждёт подписи покупателя", "5 400,00 ₽", "Ромашка", "ИНН 9901011389", "22 ноября", number, "Подписей")
	if strings.Contains(text(read.body), "отличается") {
		t.Error("a difference where there is none")
	}
	w.tell("POST", "/api/documents/"+id+"/sign", "")
	w.tell("POST", "/api/documents/"+id+"/status", `{"status":"IMPLEMENTED","comment":"Слова банка"}`)
	before := w.first(number)
	admin.get(page).want(t, 200, "Исполнен", "IMPLEMENTED", "Слова банка")
	if after := w.first(number); after.State != before.State {
		t.Error("looking changed the payment")
	}

	w.change(number, func(p *orders.Payment) {
		p.Payload = bytes.ReplaceAll(p.Payload, []byte(`"amount":5400.00`), []byte(`"amount":5300.00`))
		p.Payload = bytes.ReplaceAll(p.Payload, []byte(`"payeeAccount":"4`), []byte(`"payeeAccount":"3`))
	})
	admin.get(page).want(t, 200, "Документ в банке не такой, как просил магазин", "5 300,00 ₽", "5 400,00 ₽", "Счёт получателя")

	w.browser().signIn("romashka-director").get(page).want(t, 403)
	admin.get("/admin/orders/"+number+"/payments/00000000-0000-4000-8000-000000000000").want(t, 404)
	admin.get("/admin/orders/NONE/payments/"+id).want(t, 404)
}

func TestDocumentThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	number, id := w.waiting()
	page, admin := "/admin/orders/"+number+"/payments/"+id, w.connect()
	for fault, words := range map[string]string{
		`"kind":"status","status":404`: "Банк не нашёл документ",
		`"kind":"status","status":403`: "Банк не разрешает магазину читать документы целиком",
		`"kind":"status","status":503`: "Банк сейчас не отвечает",
		`"kind":"drop"`:                "Банк сейчас не отвечает",
		`"kind":"html"`:                "Документ не удалось прочитать",
	} {
		w.clock.add(10 * time.Second)
		w.tell("POST", "/api/faults", `{"method":"GET","path":"/fintech/api/v1/payments/`+id+`",`+fault+`,"times":3}`)
		admin.get(page).want(t, 200, words)
		w.tell("DELETE", "/api/faults", "")
	}
	w.check(w.store.SetMerchant(t.Context(), sbid.Connection{}))
	admin.get(page).want(t, 200, "Магазин не подключён к банку")
}

// change edits the first payment of an order behind everybody's back.
func (w *world) change(number string, fn func(*orders.Payment)) {
	w.Helper()
	_, err := w.store.UpdateOrder(w.Context(), number, func(o *orders.Order) error { fn(&o.Payments[0]); return nil })
	w.check(err)
}
