package storefront

import (
	"testing"
)

func TestMerchantEndsTheSessionsOfACompany(t *testing.T) {
	w := newWorld(t)
	admin := w.connect()
	buyer, director, stranger := w.browser().signIn("romashka-buyer"), w.browser().signIn("romashka-director"), w.browser().signIn("sokolov")
	buyer.post("/cart", "product", "cheap", "quantity", "1").to(t, 303, "/cart")
	who, err := w.store.Account(t.Context(), w.subject(buyer))
	w.check(err)
	inn := who.INN
	stranger.post("/admin/sessions", "inn", inn).want(t, 403)
	admin.do("POST", "/admin/sessions", nil, "Origin", "https://evil.test").want(t, 403)
	for typed, words := range map[string]string{"": "ИНН состоит из 10 или 12 цифр", "12345": "ИНН состоит", "7700000000": "нет открытых сеансов"} {
		admin.post("/admin/sessions", "inn", typed).to(t, 303, "/admin")
		admin.get("/admin").want(t, 200, words)
	}
	buyer.get("/orders").want(t, 200)

	admin.post("/admin/sessions", "inn", " "+inn+" ").to(t, 303, "/admin")
	admin.get("/admin").want(t, 200, "Сеансы компании завершены")
	for _, b := range []*browser{buyer, director} {
		b.get("/orders").to(t, 303, "/login")
	}
	buyer.get("/cart").want(t, 200, "Бумага А4")
	stranger.get("/orders").want(t, 200)
	buyer.signIn("romashka-buyer").get("/orders").want(t, 200)
}

// subject is whose session a browser has.
func (w *world) subject(b *browser) string {
	w.Helper()
	row, ok, err := w.store.Session(w.Context(), hashed(w.secretOf(b, cookieSession)), w.clock.Now())
	w.check(err)
	if !ok {
		w.Fatal("no session")
	}
	return row.Subject
}
