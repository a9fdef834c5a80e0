package storefront

import (
	"strings"
	"testing"

	"creditcart/internal/audit"
	"creditcart/internal/checkout"
	"creditcart/internal/orders"
)

// Nothing goes to the bank before the buyer agreed to the text in force; what he agreed to is kept with the intent.
func TestConsentComesBeforeTheBank(t *testing.T) {
	w := newWorld(t)
	text, err := checkout.ParseConsent(checkout.DefaultConsent(), "ООО «Склад»")
	w.check(err)
	w.server.Checkout.Consent = text
	b := w.browser().signIn("romashka-buyer")
	number := b.order("mid")
	path := "/orders/" + number
	page := b.get(path).want(t, 200, "Нажимая кнопку, вы соглашаетесь на передачу сведений о заказе банку.", "Текст согласия, версия 1", "ООО «Склад»")
	for _, wrong := range [][]string{{}, {"consent", ""}, {"consent", strings.Repeat("0", 64)}} {
		b.post(path+"/payments", append([]string{"method", "invoice"}, wrong...)...).want(t, 409, "Текст согласия изменился", "Документ в банке не создан")
	}
	o, err := w.store.Order(t.Context(), number)
	w.check(err)
	if len(o.Payments) != 0 {
		t.Fatalf("a payment without a consent: %+v", o.Payments)
	}
	if field(page.body, "consent") != text.Hash {
		t.Errorf("the form has %q", field(page.body, "consent"))
	}
	b.post(path+"/payments", "method", "invoice", "consent", text.Hash).to(t, 303, w.bank.URL)
	o, err = w.store.Order(t.Context(), number)
	w.check(err)
	var kept []orders.Event
	for _, e := range o.Events {
		if e.Kind == orders.EventConsent {
			kept = append(kept, e)
		}
	}
	if len(kept) != 1 || kept[0].Actor != o.Buyer.Subject || kept[0].Note != "1" || kept[0].Detail != text.Hash || kept[0].At.IsZero() || kept[0].ExternalID != o.Payments[0].ExternalID {
		t.Errorf("kept: %+v", kept)
	}
	p, err := w.store.ExportPerson(t.Context(), o.Buyer.Subject, "operator")
	w.check(err)
	found := false
	for _, a := range p.Acts {
		found = found || a.Kind == audit.Consent && a.Object == number+"/"+o.Payments[0].ExternalID && a.Detail == "1 "+text.Hash
	}
	if !found {
		t.Errorf("the audit log has no consent: %+v", p.Acts)
	}
	b.get(path).want(t, 200, "Согласие на передачу сведений банку, версия 1")
	// Nothing of the person is in what the bank gets.
	for _, c := range []string{o.Buyer.PersonName, o.Contact.Name, o.Contact.Phone, o.Contact.Email} {
		if c != "" && strings.Contains(string(o.Payments[0].Payload), c) {
			t.Errorf("the request to the bank has %q", c)
		}
	}
}
