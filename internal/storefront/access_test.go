package storefront

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"creditcart/web/static"
)

// access says who gets in by a route; the number is the status for those who do.
type access struct {
	to     string
	status int
}

// Who gets in. Everybody else is sent to the sign-in when signed out; to people of another company an order is as
// absent as one that never was, and the merchant's pages are forbidden whether or not there is such an order.
const (
	everybody = "everybody"
	signedIn  = "signed in"
	company   = "people of the order's company"
	merchant  = "the merchant"
	anyOrder  = "the merchant, for orders that exist"
)

// matrix has a row for every route. Forms are sent empty but for their fields in common, so nothing is bought here.
var matrix = map[string]access{
	"GET /": {everybody, 200}, "GET /c/:category": {everybody, 200}, "GET /search": {everybody, 303}, "GET /p/:slug": {everybody, 200},
	"GET /cart": {everybody, 200}, "POST /cart": {everybody, 303}, "POST /cart/items/:product": {everybody, 303},
	"GET /login": {everybody, 200}, "GET /login/callback": {everybody, 400}, "POST /logout": {everybody, 303},
	"GET /sessions": {signedIn, 200}, "POST /sessions": {signedIn, 303},
	"GET /checkout":                          {everybody, 303}, // the cart is empty: back to it
	"POST /orders":                           {signedIn, 422},
	"GET /orders":                            {signedIn, 200},
	"GET /orders/:number":                    {company, 200},
	"GET /orders/:number/events":             {company, 200},
	"POST /orders/:number/payments":          {company, 303}, // there is a live document already
	"POST /orders/:number/cancel":            {company, 200}, // asks first
	"POST /orders/:number/repeat":            {company, 303},
	"GET /admin":                             {merchant, 200},
	"GET /admin/orders":                      {merchant, 200},
	"GET /admin/orders/:number":              {anyOrder, 200},
	"GET /admin/orders/:number/payments/:id": {anyOrder, 200},
	"POST /admin/offers/refresh":             {merchant, 303},
	"POST /admin/secret":                     {merchant, 303},
	"POST /admin/notifications":              {merchant, 303},
	"POST /admin/sessions":                   {merchant, 303},
	"POST /hooks/bank/:token":                {everybody, 400}, // no notification inside
	"GET /healthz":                           {everybody, 200},
	"GET /readyz":                            {everybody, 200},
	"GET /favicon.ico":                       {everybody, 301},
	"GET /static/*":                          {everybody, 200},
}

// person is a column of the matrix.
type person struct {
	name    string
	cookie  *http.Cookie
	company string // whose orders he may see
	staff   bool
}

// orderOf is an order with a document at the bank.
type orderOf struct{ company, number, payment string }

func TestEveryRouteForEverybody(t *testing.T) {
	w := newWorld(t)
	w.check(w.config.Provider.AdoptSecret(t.Context(), time.Time{}))
	stopping := make(chan struct{})
	close(stopping)
	w.server.Stopping = stopping // event streams end at once
	people, placed := w.cast()
	for _, route := range w.table(t) {
		row, ok := matrix[strings.Replace(route, "HEAD ", "GET ", 1)]
		if !ok {
			t.Errorf("%s has no row in the matrix: say who gets in", route)
			continue
		}
		t.Run(strings.ReplaceAll(route, "/", "|"), func(t *testing.T) {
			for i, p := range people {
				if row.to == everybody && route == "POST /logout" && p.cookie != nil {
					continue // ends the session; TestSignInIsSpentOnceAndMakesANewSession
				}
				w.cells(t, route, row, people[i], placed)
			}
		})
	}
	for route := range matrix {
		if !slices.Contains(w.table(t), route) {
			t.Errorf("%s is in the matrix and is no route", route)
		}
	}
}

// table is every route of the site.
func (w *world) table(t *testing.T) []string {
	t.Helper()
	e := echo.New()
	w.server.routes(e)
	var routes []string
	for _, r := range e.Routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	slices.Sort(routes)
	if len(routes) < 40 {
		t.Fatalf("only %d routes", len(routes))
	}
	return routes
}

// cast signs everybody in and places an order of each company.
func (w *world) cast() ([]person, []orderOf) {
	expired := w.browser().signIn("romashka-buyer").cookie(cookieSession)
	w.clock.add(sessionIdle + time.Minute)
	staff, buyer, colleague, other := w.connect(), w.browser().signIn("romashka-buyer"), w.browser().signIn("romashka-director"), w.browser().signIn("sokolov")
	var placed []orderOf
	for company, b := range map[string]*browser{"romashka": buyer, "sokolov": other} {
		number := b.order("cheap")
		b.post("/orders/"+number+"/payments", "method", "invoice").to(w, 303, w.bank.URL)
		placed = append(placed, orderOf{company, number, w.payment(number)})
	}
	placed = append(placed, orderOf{"", "ZZZZZZZZZZ", "00000000-0000-4000-8000-000000000000"})
	return []person{
		{name: "anonymous"}, {name: "expired", cookie: expired},
		{"buyer", buyer.cookie(cookieSession), "romashka", false}, {"colleague", colleague.cookie(cookieSession), "romashka", false},
		{"other company", other.cookie(cookieSession), "sokolov", false}, {"staff", staff.cookie(cookieSession), "merchant", true},
	}, placed
}

// cells tries one route as one person, for each order when the route names one.
func (w *world) cells(t *testing.T, route string, row access, p person, placed []orderOf) {
	t.Helper()
	if !strings.Contains(route, ":number") {
		placed = placed[:1]
	}
	absent := map[string]bool{} // the pages for what one may not see
	for _, o := range placed {
		before := w.versionOf(o)
		status, location, page := w.send(route, p, o)
		want := expected(route, row, p, o)
		if status != want {
			t.Errorf("%s, order of %q: status %d, want %d", p.name, o.company, status, want)
		}
		if want == http.StatusSeeOther && p.company == "" && row.to != everybody && !strings.HasPrefix(location, "/login") {
			t.Errorf("%s: sent to %q", p.name, location)
		}
		if status == http.StatusNotFound || p.company == "" {
			absent[page] = true
		}
		if o.company != p.company && w.versionOf(o) != before {
			t.Errorf("%s changed the order of %q", p.name, o.company)
		}
	}
	if len(absent) > 1 && !p.staff {
		t.Errorf("%s: the answer tells whether there is such an order", p.name)
	}
}

func expected(route string, row access, p person, o orderOf) int {
	switch {
	case row.to == everybody:
		return row.status
	case p.company == "" && strings.HasSuffix(route, " /orders/:number"):
		return http.StatusUnauthorized // explains itself: buyers come here from the bank
	case p.company == "" && strings.HasSuffix(route, "/events"):
		return http.StatusNoContent
	case p.company == "":
		return http.StatusSeeOther
	case row.to == company && o.company != p.company:
		return http.StatusNotFound
	case (row.to == merchant || row.to == anyOrder) && !p.staff:
		return http.StatusForbidden
	case row.to == anyOrder && o.company == "":
		return http.StatusNotFound
	}
	return row.status
}

func (w *world) versionOf(o orderOf) int64 {
	if o.company == "" {
		return 0
	}
	return w.version(o.number)
}

// send asks as a person and gives the status, the Location and what the page says without its own reference and the number.
func (w *world) send(route string, p person, o orderOf) (status int, location, page string) {
	w.Helper()
	method, path, _ := strings.Cut(route, " ")
	path = strings.NewReplacer(":category", "paper", ":slug", "cheap", ":product", "cheap", ":number", o.number, ":id", o.payment,
		":token", testHook, "/static/*", static.URL("img/favicon.svg")).Replace(path)
	form := url.Values{"product": {"cheap"}, "quantity": {"1"}, "method": {"invoice"}, "inn": {"1"}}
	req, err := http.NewRequestWithContext(w.Context(), method, w.shop.URL+path, strings.NewReader(form.Encode()))
	w.check(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p.cookie != nil {
		req.AddCookie(p.cookie)
	}
	resp, err := w.browser().client.Do(req)
	w.check(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	w.check(err)
	page = strings.NewReplacer(resp.Header.Get("X-Reference"), "REF", o.number, "NUMBER", o.payment, "ID").Replace(string(raw))
	return resp.StatusCode, resp.Header.Get("Location"), fmt.Sprint(resp.StatusCode, page)
}
