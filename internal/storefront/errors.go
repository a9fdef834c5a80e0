package storefront

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"creditcart/internal/bankapi"
	"creditcart/internal/catalog"
	"creditcart/internal/checkout"
	"creditcart/internal/orders"
	"creditcart/web/templates"
)

// problem is an error with its own page. The words are for the person, err is for the log.
type problem struct {
	status             int
	heading, means, do string
	primary            templates.Link
	links              []templates.Link
	err                error
}

func (p *problem) Error() string {
	if p.err != nil {
		return p.err.Error()
	}
	return http.StatusText(p.status)
}

func (p *problem) Unwrap() error { return p.err }

const statusClientGone = 499 // only for the log

// showError is the one place where an error becomes a page and a line of the log.
func (s *server) showError(err error, c echo.Context) {
	ctx := c.Request().Context()
	p := explain(err)
	var repeat *templates.Repeat
	if s.Unavailable != nil && s.Unavailable(err) {
		p, repeat = s.unavailable(c, err)
	}
	log := []any{"ref", referenceOf(c), "method", c.Request().Method, "route", c.Path(), "status", p.status, "error", err.Error()}
	switch {
	case c.Response().Committed:
		s.Log.ErrorContext(ctx, "failed after the answer began", log...)
		return
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		c.Response().Status = statusClientGone
		return
	case p.status >= http.StatusInternalServerError:
		s.Log.ErrorContext(ctx, "request failed", log...)
	default:
		s.Log.InfoContext(ctx, "request refused", log...)
	}
	s.keepForbidden(c, p.status)
	view := templates.ErrorView{Code: p.status, Heading: p.heading, Means: p.means, Do: p.do, Reference: referenceOf(c), Primary: p.primary, Links: p.links, Repeat: repeat}
	if view.Primary.URL == "" {
		view.Primary = templates.Link{Text: "Открыть каталог", URL: "/"}
	}
	frame := templates.Frame{Title: p.heading, Shop: s.shop(), LoginURL: "/login"}
	if p.status < http.StatusInternalServerError { // a broken database must not break the page that says so
		if full, err := s.frame(c, p.heading); err == nil {
			s.chip(c, &full)
			frame = full
		}
	}
	if err := s.show(c, p.status, frame, templates.ErrorBody(view)); err != nil {
		s.Log.ErrorContext(ctx, "the error page failed", "ref", referenceOf(c), "error", err)
	}
}

// explain gives every error its status and words.
func explain(err error) *problem {
	var p *problem
	var e *echo.HTTPError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, orders.ErrNotFound):
		return &problem{status: http.StatusNotFound, heading: "Такого заказа нет",
			means: "Проверьте номер. Заказ видят только сотрудники компании, которая его оформила.",
			do:    "Если вы работаете в нескольких компаниях, войдите от имени нужной.", primary: templates.Link{Text: "Все заказы", URL: "/orders"}}
	case errors.Is(err, catalog.ErrNoProduct):
		return &problem{status: http.StatusNotFound, heading: "Такого товара нет",
			means: "Возможно, он больше не продаётся или адрес набран с ошибкой.", do: "Найдите его или похожий через поиск."}
	case errors.Is(err, catalog.ErrNoCategory):
		return &problem{status: http.StatusNotFound, heading: "Такой категории нет",
			means: "Возможно, каталог изменился или адрес набран с ошибкой.", do: "Выберите категорию в каталоге."}
	case errors.Is(err, orders.ErrCursor):
		return &problem{status: http.StatusBadRequest, heading: "Такой страницы списка нет", means: "Адрес страницы устарел или набран с ошибкой.",
			do: "Откройте список сначала.", primary: templates.Link{Text: "Все заказы", URL: "/orders"}}
	case errors.Is(err, checkout.ErrSignInAgain):
		return &problem{status: http.StatusUnauthorized, heading: "Войдите ещё раз", means: "Банк больше не принимает прежний вход. Корзина и заказы сохранены.",
			do: "Войдите по СберБизнес ID и повторите действие.", primary: templates.Link{Text: "Войти по СберБизнес ID", URL: "/login", TestID: "login-again"}}
	case errors.As(err, &tooLarge):
		return ofStatus(http.StatusRequestEntityTooLarge, err)
	case errors.As(err, &e):
		return ofStatus(e.Code, err)
	case isTransient(err):
		return ofStatus(http.StatusServiceUnavailable, err)
	}
	return ofStatus(http.StatusInternalServerError, err)
}

func isTransient(err error) bool {
	bank, ok := errors.AsType[*bankapi.Error](err)
	return ok && bank.Transient()
}

// ofStatus is the page of a status that has no words of its own.
func ofStatus(status int, err error) *problem {
	p := &problem{status: status, err: err}
	switch status {
	case http.StatusNotFound:
		p.heading, p.means, p.do = "Такой страницы нет", "Возможно, адрес набран с ошибкой или страница переехала.", "Начните с каталога или воспользуйтесь поиском."
	case http.StatusMethodNotAllowed:
		p.heading, p.means, p.do = "Так эту страницу открыть нельзя", "Она принимает только отправку формы.", "Вернитесь в каталог или в корзину и повторите действие там."
	case http.StatusRequestEntityTooLarge:
		p.heading, p.means, p.do = "Слишком много данных", "Мы не приняли форму, ничего не изменилось.", "Сократите текст и отправьте форму ещё раз."
	case http.StatusForbidden:
		p.heading, p.means, p.do = "Сюда нельзя", "У вас нет права на эту страницу.", "Вернитесь в каталог."
	case http.StatusTooManyRequests:
		p.heading, p.means, p.do = "Слишком много запросов", "Мы временно не отвечаем на часть из них.", "Подождите минуту и повторите."
	case http.StatusServiceUnavailable:
		p.heading, p.means, p.do = "Магазин или банк временно не отвечает", "Корзина и заказы сохранены.", "Повторите через минуту."
	case http.StatusUnprocessableEntity, http.StatusBadRequest:
		p.heading, p.means, p.do = "Мы не поняли запрос", "Ничего не изменилось.", "Вернитесь назад и проверьте, что введено."
	default:
		if status < http.StatusInternalServerError {
			p.heading, p.means, p.do = "Запрос не выполнен", "Ничего не изменилось.", "Вернитесь в каталог и повторите действие."
			break
		}
		p.status = http.StatusInternalServerError
		p.heading, p.means, p.do = "Ошибка на нашей стороне", "Мы уже видим её в журнале. Корзина и заказы сохранены.", "Повторите через минуту. Если вы оплачивали заказ, откройте его: второй документ создавать не нужно."
		p.links = []templates.Link{{Text: "Мои заказы", URL: "/orders"}}
	}
	return p
}
