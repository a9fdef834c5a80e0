package storefront

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"creditcart/internal/audit"
	"creditcart/internal/checkout"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

const adminRecent = 10

// adminHome shows the merchant what needs attention, the connection to the bank and the last orders.
func (s *server) adminHome(c echo.Context, _ sbid.Identity) error {
	ctx := c.Request().Context()
	connection, err := s.Checkout.Connection(ctx)
	if err != nil {
		return err
	}
	secret, err := s.Checkout.ClientSecret(ctx)
	if err != nil {
		return err
	}
	attention, err := s.attention(ctx, connection, secret)
	if err != nil {
		return err
	}
	notices, stuck, err := s.outboxView(ctx)
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
		Attention: append(attention, stuck...), Connection: s.connectionView(connection), Recent: s.adminRows(recent),
		OffersText:   "Магазин запрашивает предложения для ООО, ИП и ГКФХ не чаще раза в 15 минут. Если банк изменил условия, запросите их сразу.",
		OffersAction: "/admin/offers/refresh", HookURL: s.hookURL(), SessionsAction: "/admin/sessions", Secret: s.secretView(secret), Calls: s.callsView(), Outbox: notices,
	}
	return s.show(c, http.StatusOK, f, templates.AdminHomeBody(view))
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

func (s *server) adminRefreshOffers(c echo.Context, who sbid.Identity) error {
	if err := s.did(c, who, audit.MerchantOffers, "", ""); err != nil {
		return err
	}
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
	ctx := c.Request().Context()
	filter, query := listFilter(c)
	var found []orders.Summary
	var next orders.Cursor
	var err error
	switch number := filter.NumberPrefix; {
	case !query.possible:
	case isINN(number):
		filter.NumberPrefix = ""
		found, next, err = s.OrderLists.OrdersOf(ctx, number, filter, listPage)
	default:
		found, next, err = s.OrderLists.AllOrders(ctx, filter, listPage)
	}
	if err != nil {
		return err
	}
	f, err := s.frame(c, "Заказы покупателей")
	if err != nil {
		return err
	}
	view := templates.AdminOrdersView{States: stateOptions(filter, true), Query: query.typed, Rows: s.adminRows(found),
		Filtered: filter.Bucket != "" || filter.Attention || query.typed != "", Pager: cursorPager(c, filter.Before, next, len(found))}
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
			Company: o.CompanyName, INN: o.CompanyINN, Status: bucketBadge(o), Total: amount(o.Total), Due: dueOf(o, amount)}
		if o.Attention {
			row.Flag = "Требует внимания"
		}
		rows = append(rows, row)
	}
	return rows
}

// adminOrder is one order with everything that happened and who caused it.
func (s *server) adminOrder(c echo.Context, who sbid.Identity) error {
	ctx := c.Request().Context()
	o, err := s.Checkout.Orders.Order(ctx, c.Param("number"))
	if err == nil {
		err = s.did(c, who, audit.MerchantRead, o.Number, "")
	}
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
