package storefront

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"creditcart/internal/audit"
	"creditcart/internal/bankapi"
	"creditcart/internal/checkout"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

func (s *server) secretView(secret checkout.ClientSecret) templates.AdminSecret {
	now := s.Now()
	v := templates.AdminSecret{Action: "/admin/secret", Status: templates.Badge{Tone: templates.ToneOK, Word: "Действует"},
		Text: "Автоматическая смена выключена (BANK_ROTATE_SECRET). Смените секрет до окончания срока: без него вход и оплата остановятся."}
	switch {
	case secret.Until.IsZero():
		v.Text = "Срок секрета неизвестен."
	case !now.Before(secret.Until):
		v.Status = templates.Badge{Tone: templates.ToneBad, Word: "Срок истёк"}
	case secret.Warn:
		v.Status = templates.Badge{Tone: templates.ToneWait, Word: "Скоро истекает"}
	}
	if !secret.ChangeAt.IsZero() {
		v.Text = "Магазин сменит его сам, начиная с " + day(secret.ChangeAt, now) + "."
	}
	if secret.Pending {
		v.Text = "Банк не ответил на смену секрета. Магазин хранит оба, старый и новый, и сам узнает, какой действует."
	}
	if !secret.Until.IsZero() {
		v.Facts = append(v.Facts, templates.Fact{Label: "Действует до", Value: dated(secret.Until, now).Text})
	}
	if !secret.Asked.IsZero() {
		v.Facts = append(v.Facts, templates.Fact{Label: "Последняя попытка смены", Value: dated(secret.Asked, now).Text})
	}
	return v
}

func (s *server) secretAttention(secret checkout.ClientSecret) templates.Attention {
	a := templates.Attention{Tone: templates.ToneWait, Title: "Секрет клиента истекает " + day(secret.Until, s.Now()),
		Text: "После этого банк не примет ни одного запроса магазина: вход и оплата остановятся.", Action: templates.Link{Text: "Сменить", URL: "#secret-h"}}
	if !s.Now().Before(secret.Until) {
		a.Tone, a.Title = templates.ToneBad, "Секрет клиента истёк "+day(secret.Until, s.Now())
		a.Text = "Если банк больше не принимает запросы магазина, получите новый секрет в банке и укажите его в BANK_CLIENT_SECRET."
	}
	return a
}

// adminChangeSecret changes the client secret at once.
func (s *server) adminChangeSecret(c echo.Context, who sbid.Identity) error {
	if err := s.did(c, who, audit.MerchantSecret, "", ""); err != nil {
		return err
	}
	err := s.Checkout.ChangeClientSecret(c.Request().Context())
	if err != nil {
		s.Log.WarnContext(c.Request().Context(), "the client secret was not changed", "ref", referenceOf(c), "error", err)
	}
	word := "secret-unknown"
	bank, fromBank := errors.AsType[*bankapi.Error](err)
	switch {
	case err == nil:
		word = "secret-changed"
	case errors.Is(err, checkout.ErrNotConnected), errors.Is(err, checkout.ErrSignInAgain):
		word = "secret-connect"
	case errors.Is(err, sbid.ErrBusy):
		word = "secret-busy"
	case fromBank && bank.Definite():
		word = "secret-refused"
	}
	if err := s.flash(c, word); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin")
}
