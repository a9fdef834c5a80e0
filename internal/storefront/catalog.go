package storefront

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"creditcart/internal/catalog"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

func (s *server) home(c echo.Context) error {
	// The bank's own cabinet sends its clients here already knowing how they sign.
	if c.QueryParam("loginDCB") == "true" {
		contour := sbid.ContourSMS
		if strings.EqualFold(c.QueryParam("userType"), "token") {
			contour = sbid.ContourToken
		}
		return s.startSignIn(c, contour, "/")
	}
	return s.listing(c, catalog.Query{})
}

func (s *server) category(c echo.Context) error {
	return s.listing(c, catalog.Query{Category: c.Param("category")})
}

func (s *server) search(c echo.Context) error {
	text := strings.ToValidUTF8(strings.TrimSpace(c.QueryParam("q")), "")
	if text == "" {
		return c.Redirect(http.StatusSeeOther, "/")
	}
	return s.listing(c, catalog.Query{Text: clip(text, 200)})
}

func clip(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes])
	}
	return s
}

// maxPage is beyond any catalogue; a larger number is a mistake.
const maxPage = 1_000_000

// listing shows one page of goods. The body is rendered once per catalogue version and address, the frame each time; only
// for visitors of whom nothing is known the frame is always the same too.
func (s *server) listing(c echo.Context, q catalog.Query) error {
	q.Sort = catalog.ParseSort(c.QueryParam("sort"))
	q.Page = 1
	if n, err := strconv.Atoi(c.QueryParam("page")); err == nil && n > 1 && n <= maxPage {
		q.Page = n
	}
	// The version is read before the goods: what is kept under it can only be newer than it says, never older.
	version, err := s.catalogVersion(c.Request().Context())
	if err != nil {
		return err
	}
	key := listingKey(version, q)
	shared := q.Text == "" && s.nothingKnown(c) // what people search for has no bounds
	s.catalogCaching(c)
	if shared {
		if whole, ok := s.pages.get(key); ok {
			send(c, http.StatusOK, whole.html)
			return nil
		}
	}
	b, err := s.listingBody(c.Request().Context(), version, q)
	if err != nil {
		return err
	}
	if shared {
		f := templates.Frame{Title: b.title, Description: b.description, Shop: s.shop(), LoginURL: loginURL(listPath(q))}
		var whole bytes.Buffer
		if err := templates.Page(f, templates.Bytes(b.html)).Render(c.Request().Context(), &whole); err != nil {
			return fmt.Errorf("storefront: catalogue page: %w", err)
		}
		if b.page == q.Page {
			s.pages.put(key, body{html: whole.Bytes()})
		}
		send(c, http.StatusOK, whole.Bytes())
		return nil
	}
	f, err := s.frame(c, b.title)
	if err != nil {
		return err
	}
	s.chip(c, &f)
	f.Description, f.Query = b.description, q.Text
	return s.show(c, http.StatusOK, f, templates.Bytes(b.html))
}

// catalogCaching lets a browser keep what shows nobody's company.
func (s *server) catalogCaching(c echo.Context) {
	if visitorOf(c).who == nil {
		c.Response().Header().Set("Cache-Control", cacheable)
	}
}

// nothingKnown tells whether a page of the catalogue is the same for this visitor as for any other: nobody signed in, no
// cart, nothing to be said once.
func (s *server) nothingKnown(c echo.Context) bool {
	v := visitorOf(c)
	return v.who == nil && v.cart == "" && !s.cookies.has(c.Request(), cookieFlash)
}

func listingKey(version int64, q catalog.Query) string {
	return strconv.FormatInt(version, 10) + " " + strconv.Itoa(q.Page) + " " + string(q.Sort) + " " + q.Category
}

func (s *server) listingBody(ctx context.Context, version int64, q catalog.Query) (body, error) {
	if q.Text == "" {
		if b, ok := s.bodies.get(listingKey(version, q)); ok {
			return b, nil
		}
	}
	categories, err := s.Catalog.Categories(ctx)
	if err != nil {
		return body{}, err
	}
	found, err := s.Catalog.Listing(ctx, q)
	if err != nil {
		return body{}, err
	}
	q.Page = max(1, found.Page)
	view, title := s.catalogView(q, found, categories)
	var buf bytes.Buffer
	if err := templates.CatalogBody(view).Render(ctx, &buf); err != nil {
		return body{}, fmt.Errorf("storefront: catalogue page: %w", err)
	}
	b := body{html: buf.Bytes(), title: title, description: title + ". Оплата по счёту, в кредит или с кредитной линии.", page: q.Page}
	if q.Text == "" { // what people search for has no bounds
		s.bodies.put(listingKey(version, q), b)
	} else {
		b.description = ""
	}
	return b, nil
}

// seenVersion is the catalogue's version with the moment it was read.
type seenVersion struct {
	version int64
	at      time.Time
}

// versionAge is how long a new catalogue may go unnoticed by its own pages. Prices of a cart and an order are always read anew.
const versionAge = 500 * time.Millisecond

// catalogVersion spares the database a question per page. It measures real time: how old a number in memory is, is no
// matter of the shop's clock.
func (s *server) catalogVersion(ctx context.Context) (int64, error) {
	if seen := s.version.Load(); seen != nil && time.Since(seen.at) < s.versionAge {
		return seen.version, nil
	}
	at := time.Now()
	version, err := s.Catalog.CatalogVersion(ctx)
	if err != nil {
		return 0, err
	}
	s.version.Store(&seenVersion{version, at})
	return version, nil
}

func (s *server) product(c echo.Context) error {
	p, err := s.Catalog.Product(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	return s.showProduct(c, http.StatusOK, p, "1", "")
}

// showProduct is the page of a product, with what is wrong about the quantity asked for.
func (s *server) showProduct(c echo.Context, status int, p catalog.Product, quantity, wrong string) error {
	ctx := c.Request().Context()
	categories, err := s.Catalog.Categories(ctx)
	if err != nil {
		return err
	}
	f, err := s.frame(c, p.Name)
	if err != nil {
		return err
	}
	view := s.productView(p, categories)
	view.Quantity, view.MaxQuantity, view.Error = quantity, strconv.Itoa(orders.MaxQuantity), wrong
	if who := visitorOf(c).who; who != nil {
		if conditions, ok := s.glance(ctx, *who, p.Price); ok {
			f.Company.Chip = credit.Chip(conditions.Ways)
			view.Credit = monthly(conditions.Ways)
		}
	}
	f.Description = clip(p.Name+". "+strings.Join(view.Description, " "), 160)
	s.catalogCaching(c)
	return s.show(c, status, f, templates.ProductBody(view))
}

// monthly is the estimate beside a price: only of a credit for exactly this price, not of a limit that is larger.
func monthly(ways []credit.Way) string {
	for _, w := range ways {
		t := w.DefaultTerm()
		if w.Method == credit.Credit && w.Available && !w.UnderMin && t.Monthly > 0 {
			return "в кредит примерно " + t.About() + " в месяц на " + strconv.Itoa(t.Months) + "\u00a0мес."
		}
	}
	return ""
}

// listPath is the address of a page of a listing, without what is the default.
func listPath(q catalog.Query) string {
	path, values := "/", url.Values{}
	switch {
	case q.Text != "":
		path = "/search"
		values.Set("q", q.Text)
	case q.Category != "":
		path = "/c/" + url.PathEscape(q.Category)
	}
	if q.Sort != "" && q.Sort != catalog.SortPopular {
		values.Set("sort", string(q.Sort))
	}
	if q.Page > 1 {
		values.Set("page", strconv.Itoa(q.Page))
	}
	if len(values) > 0 {
		path += "?" + values.Encode()
	}
	return path
}
