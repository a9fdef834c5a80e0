package storefront

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

const listPage = 25

// orders lists the orders of the company.
func (s *server) orders(c echo.Context, who sbid.Identity) error {
	filter, query := listFilter(c)
	var found []orders.Summary
	var next orders.Cursor
	if query.possible {
		var err error
		if found, next, err = s.OrderLists.OrdersOf(c.Request().Context(), who.INN, filter, listPage); err != nil {
			return err
		}
	}
	f, err := s.frame(c, "Заказы")
	if err != nil {
		return err
	}
	s.chip(c, &f)
	view := templates.OrdersView{
		States: stateOptions(filter, false), Query: query.typed,
		Filtered: filter.Bucket != "" || query.typed != "", Pager: cursorPager(c, filter.Before, next, len(found)),
	}
	amount := summarySums(found)
	for _, o := range found {
		row := templates.OrderRow{Number: o.Number, URL: orderPath(o.Number), Placed: dated(o.PlacedAt, s.Now()),
			Goods: plural(o.Lines, "позиция", "позиции", "позиций"), Status: bucketBadge(o), Total: amount(o.Total), Due: dueOf(o, amount)}
		view.Rows = append(view.Rows, row)
	}
	return s.show(c, http.StatusOK, f, templates.OrdersBody(view))
}

// dueOf is what is left to pay, empty when nothing is.
func dueOf(o orders.Summary, amount func(money.Amount) string) string {
	if o.Bucket == orders.BucketCancelled || o.Paid >= o.Total {
		return ""
	}
	return amount(o.Total - o.Paid)
}

func summarySums(found []orders.Summary) func(money.Amount) string {
	var all []money.Amount
	for _, o := range found {
		all = append(all, o.Total, o.Paid)
	}
	return sums(all...)
}

// attentionState is the filter that is no bucket.
const attentionState = "attention"

// listQuery is what a person typed to find orders by.
type listQuery struct {
	typed    string
	possible bool // false: no number looks like this, so nothing is found
}

// listFilter reads a filter from an address; a state it does not know is no filter.
func listFilter(c echo.Context) (orders.Filter, listQuery) {
	f := orders.Filter{Before: orders.Cursor(clip(c.QueryParam("before"), 200))}
	state := c.QueryParam("state")
	if slices.Contains(orders.Buckets, orders.Bucket(state)) {
		f.Bucket = orders.Bucket(state)
	}
	f.Attention = state == attentionState
	q := listQuery{typed: clip(strings.TrimSpace(c.QueryParam("q")), 50)}
	f.NumberPrefix, q.possible = numberOf(q.typed)
	return f, q
}

// sameLooks turns Cyrillic letters into the Latin ones that look the same, and drops what people write around a number.
var sameLooks = strings.NewReplacer("А", "A", "В", "B", "Е", "E", "К", "K", "М", "M", "Н", "H", "О", "O", "Р", "P", "С", "C", "Т", "T", "У", "Y", "Х", "X",
	"№", "", "#", "", " ", "", "\u00a0", "", "-", "")

// numberOf is the order number, or its beginning, in what a person typed; false when it cannot be one.
func numberOf(typed string) (string, bool) {
	number := sameLooks.Replace(strings.ToUpper(typed))
	other := func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') }
	return number, strings.IndexFunc(number, other) < 0 && (number != "" || typed == "")
}

func stateOptions(f orders.Filter, merchant bool) []templates.Option {
	options := []templates.Option{{Value: "", Label: "Любое", Selected: f.Bucket == "" && !f.Attention}}
	if merchant {
		options = append(options, templates.Option{Value: attentionState, Label: "Требует внимания", Selected: f.Attention})
	}
	for _, b := range orders.Buckets {
		options = append(options, templates.Option{Value: string(b), Label: bucketWord(b), Selected: f.Bucket == b})
	}
	return options
}

// cursorPager leads through a list that is not counted: to its beginning and onwards.
func cursorPager(c echo.Context, before, next orders.Cursor, rows int) templates.Pager {
	if before == "" && next == "" {
		return templates.Pager{}
	}
	at := func(cursor orders.Cursor) string {
		q := url.Values{}
		for _, name := range []string{"state", "q"} {
			if v := c.QueryParam(name); v != "" {
				q.Set(name, clip(v, 50))
			}
		}
		if cursor != "" {
			q.Set("before", string(cursor))
		}
		if len(q) == 0 {
			return c.Request().URL.Path
		}
		return c.Request().URL.Path + "?" + q.Encode()
	}
	p := templates.Pager{Summary: "Показано: " + plural(rows, "заказ", "заказа", "заказов")}
	if before == "" {
		p.Pages = []templates.PageLink{{Label: "1", Current: true}}
	} else {
		p.Pages = []templates.PageLink{{Label: "1", URL: at("")}, {}}
	}
	if next != "" {
		p.Next = at(next)
	}
	return p
}
