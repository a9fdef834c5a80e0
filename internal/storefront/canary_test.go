package storefront

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"creditcart/internal/outbox"
)

// canaries are unique words of one whole purchase: what each is, and the word.
type canaries map[string]string

// secrets are what nobody may read anywhere but its owner; people is what the buyer and the merchant may read on pages.
func (w *world) purchaseOfCanaries() (secrets, people canaries) {
	w.Helper()
	secrets, people = canaries{}, canaries{}
	w.store.UseOutbox(outbox.NewBook([]byte("ids"))) // what is to leave the shop is searched too
	buyer := w.browser()
	authorize := buyer.get("/login?contour=sms").to(w, 302, w.bank.URL)
	sent, err := url.Parse(authorize)
	w.check(err)
	secrets["state"], secrets["nonce"] = sent.Query().Get("state"), sent.Query().Get("nonce")
	secrets["sign-in cookie"] = w.secretOf(buyer, cookieSignIn)
	callback := buyer.atBank(authorize, "romashka-buyer", "allow")
	back, err := url.Parse(callback)
	w.check(err)
	secrets["code"] = back.Query().Get("code")
	buyer.get(callback).to(w, 303, "/")
	secrets["session cookie"] = w.secretOf(buyer, cookieSession)
	subject := w.subject(buyer)
	tokens, err := w.store.Grant(w.Context(), subject)
	w.check(err)
	secrets["access token"], secrets["refresh token"], secrets["client secret"] = tokens.Access, tokens.Refresh, "secret-of-the-shop"
	who, err := w.store.Account(w.Context(), subject)
	w.check(err)
	people["name at the bank"], people["phone at the bank"], people["e-mail at the bank"] = who.Name, who.Phone, who.Email

	buyer.post("/cart", "product", "cheap", "quantity", "1").to(w, 303, "/cart")
	for field, word := range map[string]string{"contact": "Канарейкина Зоя", "phone": "+7 921 777-41-63", "email": "zoya@kanareyka.example",
		"delivery_address": "Канареечный тупик, 17", "comment": "позвать Канарейку"} {
		people[field] = word
	}
	to := buyer.post("/orders", "contact", people["contact"], "phone", people["phone"], "email", people["email"],
		"delivery_address", people["delivery_address"], "comment", people["comment"]).to(w, 303, "/orders/")
	number, _, _ := strings.Cut(strings.TrimPrefix(to, "/orders/"), "?")
	buyer.post("/cart", "product", "mid", "quantity", "1").to(w, 303, "/cart")
	buyer.post("/orders", "phone", people["phone"], "email", "кривая "+people["email"]).want(w, 422)
	buyer.post("/orders/"+number+"/payments", "method", "invoice").to(w, 303, w.bank.URL)
	buyer.get("/orders/"+number).want(w, 200)
	buyer.get("/login/callback?code="+secrets["code"]+"&state="+secrets["state"]).want(w, 400)
	w.tell("POST", "/api/faults", `{"path":"/fintech/api/v1/payments/*","kind":"status","status":500,"times":2}`)
	w.clock.add(5 * time.Minute)
	buyer.get("/orders/"+number).want(w, 200)

	admin := w.connect()
	if page := text(admin.get("/admin/orders/"+number).want(w, 200).body); !strings.Contains(page, people["contact"]) || !strings.Contains(page, people["delivery_address"]) {
		w.Error("the merchant does not see for whom the order is")
	}
	for _, b := range []*browser{w.browser(), w.browser().signIn("sokolov")} { // pages of others
		for _, path := range []string{"/", "/cart", "/orders", "/orders/" + number, "/orders/" + number + "/events", "/checkout", "/admin", "/admin/orders/" + number, "/login", "/readyz"} {
			page := b.get(path).body
			secrets.absent(w, "a page of another: "+path, []byte(page))
			people.absent(w, "a page of another: "+path, []byte(page))
		}
	}
	for _, path := range []string{"/", "/orders", "/orders/" + number, "/checkout"} {
		secrets.absent(w, "the buyer's own "+path, []byte(buyer.get(path).body))
	}
	secrets.absent(w, "the merchant's page", []byte(admin.get("/admin").body))
	buyer.post("/logout").to(w, 303, "/")
	return secrets, people
}

// absent looks for each canary as it is and in its usual disguises.
func (c canaries) absent(t testing.TB, where string, in []byte) {
	t.Helper()
	for what, word := range c {
		if len(word) < 8 {
			t.Fatalf("%s is no canary: %q", what, word)
		}
		for how, form := range map[string]string{"": word, " in base64": base64.StdEncoding.EncodeToString([]byte(word))[:len(word)], " in hex": hex.EncodeToString([]byte(word)),
			" in a query": url.QueryEscape(word)} {
			if bytes.Contains(in, []byte(form)) {
				t.Errorf("%s knows the %s%s", where, what, how)
			}
		}
	}
}

// Tokens, secrets and what is about people stand neither in the log nor readable in the database, and not on pages of others.
func TestCanaries(t *testing.T) {
	w := newWorld(t)
	secrets, people := w.purchaseOfCanaries()
	w.config.Checkout.Wait(t.Context())
	log := []byte(w.log.String())
	if !bytes.Contains(log, []byte("signed in")) {
		t.Fatal("this is not the log")
	}
	secrets.absent(t, "the log", log)
	people.absent(t, "the log", log)
	for _, file := range []string{w.file, w.file + "-wal"} {
		raw, err := os.ReadFile(file)
		w.check(err)
		secrets.absent(t, file, raw)
		people.absent(t, file, raw)
	}
	raw, err := os.ReadFile(w.file + "-wal")
	w.check(err)
	if main, err := os.ReadFile(w.file); err != nil || !bytes.Contains(append(raw, main...), []byte("cheap")) {
		t.Error("this is not the database")
	}
}
