package storefront

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"creditcart/internal/checkout"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

const adminRecent = 10

// adminHome shows the merchant what needs attention, the connection to the bank and the last orders.
func (s *server) adminHome(c echo.Context, _ sbid.Identity) error {
	ctx := c.Request().Context()
	counts, err := s.OrderLists.AttentionCounts(ctx)
	if err != nil {
		return err
	}
	connection, err := s.Checkout.Connection(ctx)
	if err != nil {
		return err
	}
	recent, _, err := s.OrderLists.AllOrders(ctx, orders.Filter{}, adminRecent)
	if err != nil {
		return err
	}
	f, err := s.frame(c, "Кабинет магазина")
	if err != nil {
		return err
	}
	view := templates.AdminHomeView{
		Attention: attentionList(counts, connection), Connection: s.connectionView(connection), Recent: s.adminRows(recent),
		OffersText:   "Магазин запрашивает предложения для ООО, ИП и ГКФХ не чаще раза в 15 минут. Если банк изменил условия, запросите их сразу.",
		OffersAction: "/admin/offers/refresh",
	}
	return s.show(c, http.StatusOK, f, templates.AdminHomeBody(view))
}

func attentionList(counts orders.Attention, connection checkout.Connection) []templates.Attention {
	var list []templates.Attention
	all := templates.Link{Text: "Показать", URL: "/admin/orders?state=" + attentionState}
	add := func(tone templates.Tone, n int, title, text string) {
		if n > 0 {
			list = append(list, templates.Attention{Tone: tone, Title: title + ": " + grouped(n), Text: text, Action: all})
		}
	}
	if !connection.Works {
		list = append(list, templates.Attention{Tone: templates.ToneBad, Title: "Магазин не подключён к банку",
			Text: "Покупатели не видят кредитных предложений.", Action: templates.Link{Text: "Подключить", URL: connectURL}})
	}
	add(templates.ToneBad, counts.Review, "Противоречие в платеже", "Ответ банка не сходится с тем, что известно магазину. Нужно решение человека.")
	add(templates.ToneWait, counts.Late, "Срок подписи прошёл", "Документ ещё может быть исполнен. Не отгружайте без оплаты и не закрывайте заказ.")
	add(templates.ToneWait, counts.NeedsLogin, "Нужен вход покупателя", "Состояние документа нельзя узнать, пока кто-нибудь из компании не войдёт по СберБизнес ID.")
	return list
}

// connectURL signs the merchant in again, which connects the shop.
const connectURL = "/login?return=%2Fadmin"

func (s *server) connectionView(c checkout.Connection) templates.Connection {
	v := templates.Connection{ConnectURL: connectURL, ConnectLabel: "Подключить заново"}
	switch {
	case c.Subject == "":
		v.Status, v.Primary, v.ConnectLabel = templates.Badge{Tone: templates.ToneBad, Word: "Не подключено"}, true, "Подключить"
		v.Text = "Чтобы банк отдавал кредитные предложения, сотрудник магазина должен один раз войти по СберБизнес ID."
		return v
	case c.Works:
		v.Status = templates.Badge{Tone: templates.ToneOK, Word: "Работает"}
		v.Text = "Магазин сам продлевает доступ. Если сотрудник уволится, подключите другого."
	default:
		v.Status, v.Primary = templates.Badge{Tone: templates.ToneBad, Word: "Не работает"}, true
		v.Text = "Банк не принимает доступ магазина или не отвечает. Если через несколько минут ничего не изменится, подключите магазин заново."
	}
	v.Facts = []templates.Fact{{Label: "Подключил", Value: c.Name}, {Label: "Когда", Value: dated(c.ConnectedAt, s.Now()).Text}}
	return v
}

func (s *server) adminRefreshOffers(c echo.Context, _ sbid.Identity) error {
	if err := s.Checkout.ForgetOffers(c.Request().Context()); err != nil {
		return err
	}
	if err := s.flash(c, "offers"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin")
}

// adminOrders is the list of all orders. What looks like an INN finds the orders of that company.
func (s *server) adminOrders(c echo.Context, _ sbid.Identity) error {
	ctx, filter := c.Request().Context(), listFilter(c)
	query := filter.NumberPrefix
	var found []orders.Summary
	var next orders.Cursor
	var err error
	if isINN(query) {
		filter.NumberPrefix = ""
		found, next, err = s.OrderLists.OrdersOf(ctx, query, filter, listPage)
	} else {
		found, next, err = s.OrderLists.AllOrders(ctx, filter, listPage)
	}
	if err != nil {
		return err
	}
	f, err := s.frame(c, "Заказы покупателей")
	if err != nil {
		return err
	}
	view := templates.AdminOrdersView{States: stateOptions(filter, true), Query: query, Rows: s.adminRows(found),
		Filtered: filter.Bucket != "" || filter.Attention || query != "", Pager: cursorPager(c, filter.Before, next, len(found))}
	return s.show(c, http.StatusOK, f, templates.AdminOrdersBody(view))
}

func isINN(s string) bool {
	return (len(s) == 10 || len(s) == 12) && strings.Trim(s, "0123456789") == ""
}

func (s *server) adminRows(found []orders.Summary) []templates.AdminRow {
	amount := summarySums(found)
	rows := make([]templates.AdminRow, 0, len(found))
	for _, o := range found {
		row := templates.AdminRow{Number: o.Number, URL: "/admin" + orderPath(o.Number), Placed: dated(o.PlacedAt, s.Now()),
			Company: o.CompanyName, INN: o.CompanyINN, Method: "–", Status: bucketBadge(o), Total: amount(o.Total), Due: dueOf(o, amount)}
		if o.Attention {
			row.Flag = "Требует внимания"
		}
		rows = append(rows, row)
	}
	return rows
}

// adminOrder is one order with everything that happened and who caused it.
func (s *server) adminOrder(c echo.Context, _ sbid.Identity) error {
	ctx := c.Request().Context()
	o, err := s.Checkout.Orders.Order(ctx, c.Param("number"))
	if err != nil {
		return err
	}
	f, err := s.frame(c, "Заказ № "+o.Number)
	if err != nil {
		return err
	}
	view := s.adminOrderView(o)
	view.Goods = orderGoods(o, s.pictures(ctx, o))
	return s.show(c, http.StatusOK, f, templates.AdminOrderBody(view))
}
