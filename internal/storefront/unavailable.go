package storefront

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"creditcart/web/templates"
)

// unavailable is the page for when the database takes nothing: a form that was sent is kept whole and can be sent again.
// That is safe, because the same cart becomes one order and the same order has one document at a time.
func (s *server) unavailable(c echo.Context, err error) (*problem, *templates.Repeat) {
	c.Response().Header().Set(echo.HeaderRetryAfter, "30")
	p := &problem{status: http.StatusServiceUnavailable, err: err, heading: "Страница временно недоступна",
		means: "Корзина и заказы сохранены.", do: "Откройте её ещё раз через минуту."}
	r := c.Request()
	if r.Method != http.MethodPost {
		return p, nil
	}
	p.do = "Подождите минуту и отправьте ещё раз. Всё, что вы ввели, осталось на этой странице."
	switch {
	case c.Path() == "/orders":
		p.heading, p.means = "Оформление временно недоступно", "Заказ не оформлен, документов в банке нет, корзина сохранена."
	case strings.HasSuffix(c.Path(), "/payments"):
		p.heading, p.means = "Оформление временно недоступно", "Мы не смогли записать ваш запрос. Второй документ по этому заказу не появится, даже если отправить ещё раз."
	default:
		p.heading, p.means = "Изменения временно не сохраняются", "Мы ничего не записали. То, что было раньше, сохранено."
	}
	if _, err := form(c); err != nil {
		return p, nil
	}
	repeat := &templates.Repeat{Action: r.URL.RequestURI(), Label: "Отправить ещё раз"}
	for name, values := range r.PostForm {
		for _, v := range values {
			repeat.Hidden = append(repeat.Hidden, templates.Hidden{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(repeat.Hidden, func(a, b templates.Hidden) int { return strings.Compare(a.Name, b.Name) })
	p.links = []templates.Link{{Text: "Открыть каталог", URL: "/"}}
	return p, repeat
}
