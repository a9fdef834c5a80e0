package storefront

import (
	"testing"
	"time"
)

func TestMerchantChangesTheSecret(t *testing.T) {
	w := newWorld(t)
	w.check(w.config.Provider.AdoptSecret(t.Context(), time.Time{}))
	admin, stranger := w.connect(), w.browser().signIn("romashka-director")
	stranger.post("/admin/secret").want(t, 403)
	admin.do("POST", "/admin/secret", nil, "Origin", "https://evil.test").want(t, 403)
	admin.get("/admin").want(t, 200, "Секрет клиента", "Автоматическая смена выключена", "Сейчас ничего")

	before, err := w.store.ClientSecrets(t.Context(), testClient)
	w.check(err)
	admin.post("/admin/secret").to(t, 303, "/admin")
	admin.get("/admin").want(t, 200, "Секрет клиента сменён")
	admin.post("/admin/secret").to(t, 303, "/admin")
	admin.get("/admin").want(t, 200, "Секрет меняют прямо сейчас")
	w.browser().signIn("romashka-director").get("/orders").want(t, 200)
	after, err := w.store.ClientSecrets(t.Context(), testClient)
	w.check(err)
	if after.Current.Value == before.Current.Value {
		t.Error("the secret is the same")
	}

	for fault, words := range map[string]string{`"status":403`: "Банк отказался сменить секрет, действует прежний", `"status":503`: "Банк не ответил, сменился ли секрет"} {
		w.clock.add(2 * time.Minute)
		w.tell("POST", "/api/faults", `{"method":"POST","path":"*/change-client-secret","kind":"status",`+fault+`,"times":1}`)
		admin.post("/admin/secret").to(t, 303, "/admin")
		admin.get("/admin").want(t, 200, words)
	}
	admin.get("/admin").want(t, 200, "Магазин хранит оба, старый и новый")
}

func TestMerchantIsWarnedOfTheSecret(t *testing.T) {
	w := newWorld(t)
	w.check(w.config.Provider.AdoptSecret(t.Context(), w.clock.Now().Add(-36*24*time.Hour)))
	w.connect().get("/admin").want(t, 200, "Секрет клиента истекает 26 ноября", "Скоро истекает")
	w.clock.add(4 * 24 * time.Hour)
	w.connect().get("/admin").want(t, 200, "Секрет клиента истёк 26 ноября", "Срок истёк")
}
