package storefront

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"creditcart/internal/audit"
	"creditcart/internal/outbox"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

// Outbox is what leaves the shop for the merchant's own system.
type Outbox interface {
	Outbox(ctx context.Context) (outbox.Status, error)
	// HurryMessages makes everything that waits due now.
	HurryMessages(ctx context.Context, now time.Time) error
}

// How old the oldest notification may be before the panel says that nothing gets through, and before a person is to look.
const (
	outboxStuck = 15 * time.Minute
	outboxAlarm = time.Hour
)

// outboxView tells how notifications stand, and what of it a person has to look at; nil when nobody is notified.
func (s *server) outboxView(ctx context.Context) (*templates.AdminOutbox, []templates.Attention, error) {
	if s.Outbox == nil {
		return nil, nil, nil
	}
	st, err := s.Outbox.Outbox(ctx)
	if err != nil {
		return nil, nil, err
	}
	now := s.Now()
	v := &templates.AdminOutbox{Status: templates.Badge{Tone: templates.ToneOK, Word: "Доставлено всё"},
		Text: "Магазин сообщает вашей системе о заказах и оплатах. Недоставленное он отправляет снова, пока система не примет."}
	if st.Waiting == 0 {
		return v, nil, nil
	}
	age := now.Sub(st.Oldest)
	v.Status, v.Action = templates.Badge{Tone: templates.ToneWait, Word: "Отправляются"}, "/admin/notifications"
	v.Facts = []templates.Fact{{Label: "Ждут отправки", Value: strconv.Itoa(st.Waiting)}, {Label: "Самое старое", Value: dated(st.Oldest, now).Text}}
	if st.LastError == "" {
		return v, nil, nil
	}
	v.Facts = append(v.Facts, templates.Fact{Label: "Последняя ошибка", Value: outboxError(st.LastError)},
		templates.Fact{Label: "Следующая попытка", Value: dated(st.NextTry, now).Text})
	if age >= outboxStuck {
		v.Status = templates.Badge{Tone: templates.ToneBad, Word: "Не доставляются"}
	}
	if age < outboxAlarm {
		return v, nil, nil
	}
	return v, []templates.Attention{{Tone: templates.ToneWait, Title: "Ваша система не принимает уведомления",
		Text:   "Ждут отправки: " + strconv.Itoa(st.Waiting) + ". Последняя ошибка: " + outboxError(st.LastError) + ". Заказы и оплаты от этого не зависят.",
		Action: templates.Link{Text: "Подробнее", URL: "#outbox-h"}}}, nil
}

var outboxErrors = map[string]string{
	"unreachable": "нет соединения с сервером",
	"timeout":     "нет ответа за 10 секунд",
	"broken":      "соединение оборвалось",
	"certificate": "сертификат сервера не принят",
	"name":        "имя сервера не найдено",
	"address":     "адрес в SHOP_NOTIFY_URL не годится",
	"stopped":     "магазин перезапускался",
}

// outboxError says in words what kept a notification from being delivered.
func outboxError(class string) string {
	if words, ok := outboxErrors[class]; ok {
		return words
	}
	return "ответ с кодом " + class
}

// adminHurryNotifications sends what waits now.
func (s *server) adminHurryNotifications(c echo.Context, who sbid.Identity) error {
	if s.Outbox == nil {
		return echo.ErrNotFound
	}
	if err := s.did(c, who, audit.MerchantNotify, "", ""); err != nil {
		return err
	}
	if err := s.Outbox.HurryMessages(c.Request().Context(), s.Now().UTC()); err != nil {
		return err
	}
	if err := s.flash(c, "notify-now"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin")
}
