package storefront

import (
	"strings"
	"testing"
	"time"

	"creditcart/internal/outbox"
)

func TestMerchantSeesNotifications(t *testing.T) {
	w := newWorld(t)
	w.store.UseOutbox(outbox.NewBook([]byte("ids")))
	admin, buyer := w.connect(), w.browser().signIn("romashka-director")
	admin.get("/admin").want(t, 200, "Уведомления вашей системе", "Доставлено всё", "Заказов ещё не было")
	buyer.order("cheap")
	admin.get("/admin").want(t, 200, "Отправляются", "Ждут отправки 1")

	now := w.clock.Now()
	due, err := w.store.ClaimMessages(t.Context(), now, now, 9)
	w.check(err)
	w.check(w.store.MessageFailed(t.Context(), due[0].ID, "503", now.Add(3*time.Hour)))
	page := admin.get("/admin").want(t, 200, "Отправляются", "Последняя ошибка ответ с кодом 503", "Следующая попытка")
	if strings.Contains(page.body, "не принимает уведомления") {
		t.Error("too early to call a person")
	}
	w.clock.add(2 * time.Hour)
	admin = w.connect()
	admin.get("/admin").want(t, 200, "Не доставляются", "Ваша система не принимает уведомления")

	w.browser().signIn("romashka-director").post("/admin/notifications").want(t, 403)
	admin.do("POST", "/admin/notifications", nil, "Origin", "https://evil.test").want(t, 403)
	if due, err = w.store.ClaimMessages(t.Context(), w.clock.Now(), w.clock.Now(), 9); err != nil || len(due) != 0 {
		t.Fatalf("due %v, %v", due, err)
	}
	admin.post("/admin/notifications").to(t, 303, "/admin")
	admin.get("/admin").want(t, 200, "отправляет ждущие уведомления")
	if due, err = w.store.ClaimMessages(t.Context(), w.clock.Now(), w.clock.Now(), 9); err != nil || len(due) != 1 {
		t.Errorf("due %v, %v", due, err)
	}
}

func TestNobodyIsNotified(t *testing.T) {
	w := newWorld(t)
	w.server.Outbox = nil
	admin := w.connect()
	if strings.Contains(admin.get("/admin").want(t, 200).body, "Уведомления вашей системе") {
		t.Error("a panel without a receiver")
	}
	admin.post("/admin/notifications").want(t, 404)
}

// Every class of failure that the courier writes has words.
func TestWordsOfFailures(t *testing.T) {
	for _, class := range []string{"unreachable", "timeout", "broken", "certificate", "name", "stopped"} {
		if strings.Contains(outboxError(class), class) {
			t.Errorf("%s has no words", class)
		}
	}
}
