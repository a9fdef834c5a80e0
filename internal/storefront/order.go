package storefront

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

// order is the page of one order: where the bank sends buyers back to, and where they look how it goes.
// Signed out, it explains itself without telling whether there is such an order.
func (s *server) order(c echo.Context) error {
	v := visitorOf(c)
	if v.who == nil {
		f, err := s.frame(c, "Войдите, чтобы увидеть заказ")
		if err != nil {
			return err
		}
		view := templates.OrderSignInView{SignIn: s.signInWays(c, ownPath(c.Request().URL.RequestURI()))}
		return s.show(c, http.StatusUnauthorized, f, templates.OrderSignInBody(view))
	}
	number := c.Param("number")
	if token := c.QueryParam("refused"); token != "" {
		// Only a hint, remembered for the words and for «Оплатить иначе»; it moves no state.
		if err := s.Checkout.NoteRefusal(c.Request().Context(), *v.who, number, token); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, orderPath(number))
	}
	o, err := s.Checkout.Refresh(c.Request().Context(), *v.who, number)
	if err != nil {
		return err
	}
	return s.showOrder(c, *v.who, o, orderExtra{status: http.StatusOK})
}

// orderExtra is what an attempt to do something adds to the order's page.
type orderExtra struct {
	status    int
	message   *templates.Message
	wrongWay  string // why the chosen way cannot be
	otherwise bool   // show the ways to pay beside a document that may be left
	choice    choice
}

// showOrder shows an order with the ways to pay what is due.
func (s *server) showOrder(c echo.Context, who sbid.Identity, o *orders.Order, x orderExtra) error {
	ctx := c.Request().Context()
	f, err := s.frame(c, "Заказ № "+o.Number)
	if err != nil {
		return err
	}
	if x.choice == (choice{}) {
		x.choice = choice{method: credit.Method(c.QueryParam("method")), code: c.QueryParam("product_code"), contract: c.QueryParam("contract")}
		x.choice.term, _ = strconv.Atoi(c.QueryParam("term"))
	}
	view := s.orderView(o, who)
	view.Goods = orderGoods(o, s.pictures(ctx, o))
	if x.message != nil {
		view.Message = x.message
	}
	if needsLogin(o) {
		f.Flash = append(f.Flash, templates.Flash{Tone: templates.ToneWait, Text: "Вход в СберБизнес ID истёк, поэтому мы не можем спросить банк о документе. Новый создавать не нужно: достаточно, чтобы вошёл любой сотрудник вашей компании.",
			Links: []templates.Link{{Text: "Войти ещё раз", URL: loginURL(orderPath(o.Number)), TestID: "login-again"}}})
	}
	if live := o.Live(); payable(o) && (live == nil || live.MayRelease() && (x.otherwise || c.QueryParam("pay") == "otherwise")) {
		conditions, err := s.Checkout.Conditions(ctx, who, o.Due())
		if err != nil {
			return err
		}
		f.Company.Chip = credit.Chip(conditions.Ways)
		if x.choice.method == "" && creditWasRefused(o) {
			x.choice.method = credit.Invoice
		}
		view.Pay = payForm(o, conditions, s.Checkout.Consent, x, s.Now())
		view.Pay.Ways.Error, view.Pay.Ways.StaleLinks = x.wrongWay, signInAgain(conditions, orderPath(o.Number))
		for i := range view.Payments { // the form has the primary button now, and is itself the other way
			p := &view.Payments[i]
			p.Primary = false
			if live != nil && p.ID == live.ExternalID {
				p.Otherwise = ""
			}
		}
	} else {
		s.chip(c, &f)
	}
	if watched := len(o.Watched()) > 0; watched {
		view.EventsURL = orderPath(o.Number) + "/events?v=" + strconv.FormatInt(o.Version, 10)
		if view.Pay == nil { // a page that reloads by itself would undo a choice
			f.RefreshSeconds = refreshSeconds(o)
		}
	}
	return s.show(c, x.status, f, templates.OrderBody(view))
}

// creditWasRefused tells whether the last credit request of an order came to nothing: then own money is proposed first.
func creditWasRefused(o *orders.Order) bool {
	for _, p := range slices.Backward(o.Payments) {
		if p.Method == orders.MethodCredit {
			return seemsRefused(p) || p.State == orders.PaymentFailed
		}
	}
	return false
}

// payable tells whether a payment of this order may be started at all.
func payable(o *orders.Order) bool { return o.State == orders.Placed && o.Due() > 0 }

func needsLogin(o *orders.Order) bool {
	for _, p := range o.Watched() {
		if p.NeedsLogin {
			return true
		}
	}
	return false
}

func refreshSeconds(o *orders.Order) int {
	if live := o.Live(); live != nil && live.State == orders.PaymentAwaiting {
		return 15
	}
	return 5
}

// pictures are the drawings of an order's goods that are still sold. An order is shown without them rather than not at all.
func (s *server) pictures(ctx context.Context, o *orders.Order) map[string]string {
	ids := make([]string, len(o.Lines))
	for i, l := range o.Lines {
		ids[i] = l.ProductID
	}
	found, err := s.Catalog.Products(ctx, ids)
	if err != nil {
		s.Log.WarnContext(ctx, "pictures of an order", "order", o.Number, "error", err)
	}
	pictures := make(map[string]string, len(found))
	for id, p := range found {
		pictures[id] = p.Picture
	}
	return pictures
}

// cancel asks first and tells the truth about documents that may still be signed.
func (s *server) cancel(c echo.Context, who sbid.Identity) error {
	field, err := form(c)
	if err != nil {
		return err
	}
	number := c.Param("number")
	if field("confirm") != "yes" {
		return s.askCancel(c, who, number)
	}
	o, err := s.Checkout.Cancel(c.Request().Context(), who, number)
	if errors.Is(err, orders.ErrPaidCancel) {
		return paidCancel(number)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, orderPath(o.Number)) // the page itself says what came of it
}

func (s *server) askCancel(c echo.Context, who sbid.Identity, number string) error {
	o, err := s.Checkout.Refresh(c.Request().Context(), who, number)
	if err != nil {
		return err
	}
	if o.PaidSum() > 0 {
		return paidCancel(o.Number)
	}
	f, err := s.frame(c, "Отменить заказ № "+o.Number)
	if err != nil {
		return err
	}
	s.chip(c, &f)
	view := templates.CancelView{Number: o.Number, Allowed: o.State == orders.Placed, ConfirmLabel: "Отменить заказ", Message: templates.Message{
		Tone: templates.ToneInfo, What: "Заказ закроется, оплатить его будет нельзя.", Means: "Деньги по нему не списывались.",
		Do: "Товары можно будет заказать снова кнопкой «Повторить заказ»."}}
	if o.State != orders.Placed {
		view.Message = templates.Message{Tone: templates.ToneInfo, What: "Отмена этого заказа уже отмечена.", Do: "Вернитесь к заказу, чтобы увидеть его состояние."}
	}
	if watched := o.Watched(); len(watched) > 0 {
		view.Message = templates.Message{Tone: templates.ToneWait, What: "Документ по заказу ещё можно подписать.",
			Means: "Если его подпишут, деньги спишутся и заказ будет оплачен.", Do: credit.CancelWhileLiveText}
		view.ConfirmLabel = "Запросить отмену заказа"
		for _, p := range watched {
			card := s.paymentCard(o, *p, who)
			card.Primary, card.Otherwise = false, ""
			view.Payments = append(view.Payments, card)
		}
	}
	return s.show(c, http.StatusOK, f, templates.CancelBody(view))
}

func paidCancel(number string) error {
	return &problem{status: http.StatusConflict, heading: "Заказ уже оплачен, отменить его здесь нельзя", err: orders.ErrPaidCancel,
		means: "Деньги по нему поступили продавцу.", do: "Чтобы вернуть деньги, свяжитесь с магазином и назовите номер заказа.",
		primary: templates.Link{Text: "Вернуться к заказу", URL: orderPath(number)}}
}

// repeat puts the goods of an order into the cart at today's prices.
func (s *server) repeat(c echo.Context, who sbid.Identity) error {
	ctx := c.Request().Context()
	o, err := s.Checkout.Find(ctx, who, c.Param("number"))
	if err != nil {
		return err
	}
	ids := make([]string, len(o.Lines))
	for i, l := range o.Lines {
		ids[i] = l.ProductID
	}
	found, err := s.Catalog.Products(ctx, ids)
	if err != nil {
		return err
	}
	var added int
	err = s.updateCart(c, func(cart *orders.Cart) error {
		added = 0
		for _, l := range o.Lines {
			p, there := found[l.ProductID]
			if there && p.Available && cart.Add(p.ID, l.Quantity, p.Price) == nil {
				added++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	word := "repeated"
	switch {
	case added == 0:
		word = "none"
	case added < len(o.Lines):
		word = "partly"
	}
	if err := s.flash(c, word); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/cart")
}

// bankRefused is how the words about a refused document begin.
const bankRefused = "Банк не принял документ."

// errorsToOrder turns what Pay says about an order's state into words on the order's page.
func errorsToOrder(err error) (orderExtra, bool) {
	x := orderExtra{status: http.StatusUnprocessableEntity}
	say := func(what, means, do string) {
		x.message = &templates.Message{Tone: templates.ToneBad, What: what, Means: means, Do: do}
	}
	unavailable, isUnavailable := errors.AsType[*checkout.UnavailableError](err)
	refused, isRefused := errors.AsType[*checkout.RefusedError](err)
	switch {
	case isUnavailable:
		x.wrongWay = unavailable.Way.Condition()
		x.otherwise = true
		say("Этот способ оплаты сейчас недоступен.", unavailable.Way.Condition(), "Выберите другой способ: заказ сохранён.")
	case isRefused:
		say(bankRefused, strings.TrimSpace(strings.TrimPrefix(refused.Words, bankRefused)), "Деньги не списаны. Заказ сохранён, выберите другой способ.")
	case errors.Is(err, checkout.ErrConsent):
		x.status, x.otherwise = http.StatusConflict, true
		say("Текст согласия изменился.", "Документ в банке не создан, деньги не списаны.", "Прочитайте текст под способами оплаты и нажмите кнопку ещё раз.")
	case errors.Is(err, checkout.ErrNoSuchWay):
		x.wrongWay, x.otherwise = "Выберите способ оплаты и срок из списка.", true
	case errors.Is(err, money.ErrAmount):
		x.wrongWay, x.otherwise = "Укажите сумму числом больше нуля, например 5400 или 5400,50.", true
		say("Сумма платежа указана неверно.", "Платёж не начат, деньги не списаны.", "Укажите сумму числом или выберите способ оплаты ниже.")
	case errors.Is(err, checkout.ErrUnsettled):
		x.status, x.otherwise = http.StatusConflict, true
		say("Прежний документ ещё может быть исполнен.", "Банк сейчас не ответил, поэтому новый создавать рано.", "Попробуйте через минуту.")
	case errors.Is(err, orders.ErrCancelled):
		x.status = http.StatusConflict
		say("Заказ отменён или отменяется.", "Оплатить его нельзя.", "Оформите новый: кнопка «Повторить заказ» положит эти товары в корзину.")
	case errors.Is(err, orders.ErrNothingDue), errors.Is(err, orders.ErrMoreThanDue):
		x.status = http.StatusConflict
		say("Сумма к оплате изменилась.", "По заказу уже есть платёж, новый документ мы не создали.", "Проверьте суммы ниже.")
	default:
		return x, false
	}
	return x, true
}
