package storefront

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

// pay starts a payment and sends the buyer to the bank, or tells what came of it.
func (s *server) pay(c echo.Context, who sbid.Identity) error {
	field, err := form(c)
	if err != nil {
		return err
	}
	f, err := readPayForm(c.Param("number"), field)
	if err != nil {
		return s.notPaid(c, who, f, err)
	}
	if wait, over := s.tooMany(c, s.limits.checkout, "checkout", who.Subject); over {
		return s.payLater(c, who, f, wait)
	}
	started, err := s.Checkout.Pay(c.Request().Context(), who, f)
	if err != nil {
		return s.notPaid(c, who, f, err)
	}
	if started.Link == "" { // nobody knows yet: the order's page says so and asks
		return c.Redirect(http.StatusSeeOther, orderPath(f.Number))
	}
	if !s.toBank(started.Link) {
		s.Log.ErrorContext(c.Request().Context(), "the signing link is not at the bank's addresses: check the settings", "ref", referenceOf(c), "order", f.Number)
		if err := s.flash(c, "noway"); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, orderPath(f.Number))
	}
	return c.Redirect(http.StatusSeeOther, started.Link)
}

// payLater shows the order with what was chosen: the limit of payments begun is reached.
func (s *server) payLater(c echo.Context, who sbid.Identity, f checkout.PayForm, wait time.Duration) error {
	o, err := s.Checkout.Find(c.Request().Context(), who, f.Number)
	if err != nil {
		return err
	}
	return s.showOrder(c, who, o, orderExtra{status: http.StatusTooManyRequests, message: tooManyOrders(wait), otherwise: f.Release != "",
		choice: choice{method: f.Method, code: f.ProductCode, term: f.Term, contract: f.Contract}})
}

// readPayForm reads the chosen way. Fields of the same meaning carry the name of their way first (see templates.PayWay).
// An amount that is no sum is money.ErrAmount; the rest of the form is read all the same.
func readPayForm(number string, field func(string) string) (checkout.PayForm, error) {
	f := checkout.PayForm{Number: number, Method: credit.Method(field("method")), Decision: field("decision"), Consent: field("consent"), Release: field("release")}
	if f.Method == credit.Credit {
		f.ProductCode = field("product_code")
		f.Term = termOf(field, f.ProductCode)
		if f.Term == 0 && field("term") != "" {
			f.Term = -1 // a term that is no number is no term of any offer
		}
	}
	if f.Method == credit.Line {
		f.Contract = field("contract")
	}
	for _, name := range []string{"amount_" + string(f.Method), "amount"} {
		text := field(name)
		if text == "" {
			continue
		}
		a, err := money.ParseInput(text)
		if err != nil {
			return f, fmt.Errorf("storefront: amount: %w", err)
		}
		if a <= 0 {
			return f, fmt.Errorf("storefront: amount: %w", money.ErrAmount)
		}
		f.Amount = &a
		break
	}
	return f, nil
}

// notPaid shows why no payment began; the order is as it was.
func (s *server) notPaid(c echo.Context, who sbid.Identity, f checkout.PayForm, cause error) error {
	ctx := c.Request().Context()
	changed, isChanged := errors.AsType[*checkout.ChangedError](cause)
	_, isLive := errors.AsType[*orders.LiveError](cause)
	switch {
	case isChanged:
		return s.showChanged(c, f, changed)
	case isLive:
		if err := s.flash(c, "live"); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, orderPath(f.Number))
	case errors.Is(cause, checkout.ErrSignInAgain):
		return c.Redirect(http.StatusSeeOther, loginURL(orderPath(f.Number)))
	}
	extra, known := errorsToOrder(cause)
	if !known {
		return cause
	}
	s.Log.InfoContext(ctx, "payment not started", "ref", referenceOf(c), "order", f.Number, "status", extra.status, "error", cause.Error())
	o, err := s.Checkout.Find(ctx, who, f.Number)
	if err != nil {
		return err
	}
	if errors.Is(cause, orders.ErrCancelled) && o.State == orders.CancelRequested {
		extra.message.What, extra.message.Do = "Заказ отменяется.", "Дождитесь, пока закроется прежний документ, или отклоните его в СберБизнес."
	}
	extra.choice = choice{method: f.Method, code: f.ProductCode, term: f.Term, contract: f.Contract}
	return s.showOrder(c, who, o, extra)
}

// showChanged tells what is different from the conditions that were shown and asks again.
func (s *server) showChanged(c echo.Context, f checkout.PayForm, changed *checkout.ChangedError) error {
	frame, err := s.frame(c, "Условия изменились")
	if err != nil {
		return err
	}
	frame.Company.Chip = credit.Chip(changed.Now.Ways)
	view := templates.ChangedView{
		Heading: "Условия изменились",
		Message: templates.Message{Tone: templates.ToneWait, What: "С тех пор как вы открыли страницу, условия оплаты изменились.",
			Means: "Документ в банке не создан, деньги не списаны.", Do: changed.Way.Condition()},
		Action: orderPath(f.Number) + "/payments", ConfirmLabel: "Согласиться и перейти в СберБизнес",
		Back: templates.Link{Text: "Выбрать другой способ", URL: orderPath(f.Number) + "#pay"},
		Hidden: []templates.Hidden{{Name: "method", Value: string(f.Method)}, {Name: "amount", Value: changed.Way.PayNow.String()},
			{Name: "decision", Value: changed.Now.Token()}, {Name: "consent", Value: f.Consent}},
	}
	if f.Method == credit.Credit {
		view.Hidden = append(view.Hidden, templates.Hidden{Name: "product_code", Value: changed.Way.Offer.ProductCode})
		if _, allowed := changed.Way.Term(f.Term); allowed {
			view.Hidden = append(view.Hidden, templates.Hidden{Name: "term", Value: strconv.Itoa(f.Term)})
		}
	}
	if changed.Way.Contract != nil {
		view.Hidden = append(view.Hidden, templates.Hidden{Name: "contract", Value: changed.Way.Contract.Number})
	}
	if f.Release != "" {
		view.Hidden = append(view.Hidden, templates.Hidden{Name: "release", Value: f.Release})
	}
	for _, ch := range changed.Changes {
		view.Changes = append(view.Changes, templates.Change{Name: ch.What, Before: ch.Was, After: ch.Now})
	}
	return s.show(c, http.StatusConflict, frame, templates.ChangedBody(view))
}

// payForm is the choice among the ways to pay what is due.
func payForm(o *orders.Order, c checkout.Conditions, consent checkout.Consent, x orderExtra, now time.Time) *templates.PayForm {
	f := &templates.PayForm{Heading: "Оплатите заказ", Ways: waysView(c, x.choice, nil), Decision: c.Token()}
	if consent.Hash != "" {
		f.Consent = &templates.Consent{Version: consent.Version, Hash: consent.Hash, Paragraphs: consent.Paragraphs()}
	}
	if o.PaidSum() > 0 {
		f.Heading = "Оплатите оставшиеся " + o.Due().FormatShort()
	}
	live := o.Live()
	if live == nil {
		return f
	}
	f.Heading = "Оплатить иначе"
	f.Hidden = []templates.Hidden{{Name: "release", Value: live.ExternalID}}
	f.Warning = &templates.Message{Tone: templates.ToneWait, What: "Прежний документ ещё может быть исполнен.",
		Means: "Магазин не может его отозвать. Если исполнятся оба документа, заказ будет оплачен дважды, и лишнее придётся возвращать.",
		Do:    "Если он вам больше не нужен, отклоните его в СберБизнес."}
	if live.Method == orders.MethodCredit {
		f.Warning.What = "Банк ещё не закрыл кредитную заявку."
	}
	if !live.ExpiresAt.IsZero() && now.Before(live.ExpiresAt) {
		f.Warning.What += " Подписать его можно до " + until(live.ExpiresAt, now) + "."
	}
	return f
}
