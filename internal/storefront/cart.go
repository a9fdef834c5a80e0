package storefront

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"creditcart/internal/catalog"
	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
	"creditcart/web/static"
	"creditcart/web/templates"
)

// addToCart puts a product into the cart, or says on the product's own page why not.
func (s *server) addToCart(c echo.Context) error {
	field, err := form(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	p, err := s.sold(ctx, field("product"))
	if err != nil {
		return err
	}
	quantity, wrong := parseQuantity(field("quantity"))
	if wrong == "" && quantity < 1 {
		wrong = quantityRange
	}
	if wrong != "" {
		return s.productAgain(c, p.Slug, field("quantity"), wrong)
	}
	err = s.updateCart(c, func(cart *orders.Cart) error { return cart.Add(p.ID, quantity, p.Price) })
	switch {
	case errors.Is(err, orders.ErrQuantity):
		return s.productAgain(c, p.Slug, field("quantity"), "Вместе с тем, что уже в корзине, получается больше "+grouped(orders.MaxQuantity)+". Уменьшите количество.")
	case errors.Is(err, orders.ErrCartFull):
		return s.showCart(c, http.StatusUnprocessableEntity, cartMistake{text: cartFull})
	case err != nil:
		return err
	}
	back := ownPath(field("return"))
	if field("return") == "" {
		back = "/cart"
	} else if err := s.flash(c, "added"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, back)
}

const (
	quantityRange = "Укажите количество от 1 до 99 999."
	cartFull      = "В корзине может быть не больше 500 разных товаров. Оформите этот заказ, остальное закажите следующим."
)

// parseQuantity reads what a person typed; wrong says what is not right about it.
func parseQuantity(text string) (quantity int64, wrong string) {
	text = strings.TrimSpace(text)
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case text == "":
		return 0, "Укажите количество."
	case errors.Is(err, strconv.ErrRange):
		return 0, quantityRange
	case err != nil:
		return 0, "Укажите количество целым числом, например 3."
	case n < 0 || n > orders.MaxQuantity:
		return 0, quantityRange
	}
	return n, ""
}

// sold finds a product that can be bought now.
func (s *server) sold(ctx context.Context, id string) (catalog.Product, error) {
	found, err := s.Catalog.Products(ctx, []string{clip(id, 64)})
	if err != nil {
		return catalog.Product{}, err
	}
	p, there := found[id]
	switch {
	case !there:
		return p, &problem{status: http.StatusUnprocessableEntity, heading: "Такого товара нет в каталоге",
			means: "Мы ничего не добавили, корзина не изменилась.", do: "Найдите товар в каталоге и добавьте его оттуда.", err: catalog.ErrNoProduct}
	case !p.Available:
		return p, &problem{status: http.StatusUnprocessableEntity, heading: "Этого товара сейчас нет в наличии",
			means: "Мы ничего не добавили, корзина не изменилась.", do: "Выберите похожий товар в каталоге.", err: catalog.ErrNoProduct}
	}
	return p, nil
}

func (s *server) productAgain(c echo.Context, slug, typed, wrong string) error {
	p, err := s.Catalog.Product(c.Request().Context(), slug)
	if err != nil {
		return err
	}
	return s.showProduct(c, http.StatusUnprocessableEntity, p, clip(typed, 20), wrong)
}

// updateCart changes this browser's cart; a browser without one gets one.
func (s *server) updateCart(c echo.Context, change func(*orders.Cart) error) error {
	v := visitorOf(c)
	secret := v.cart
	if secret == "" {
		secret = newSecret()
	}
	if _, err := s.Carts.UpdateCart(c.Request().Context(), secret, s.Now().UTC(), change); err != nil {
		return fmt.Errorf("storefront: cart: %w", err)
	}
	v.cart = secret
	return s.cookies.write(c.Response(), cookieCart, secret, cartDays*24*time.Hour)
}

// changeCart sets a quantity, 0 removes. The buyer sees the price while he does it, so he has agreed to it.
func (s *server) changeCart(c echo.Context) error {
	field, err := form(c)
	if err != nil {
		return err
	}
	id := unescaped(c.Param("product"))
	quantity, wrong := parseQuantity(field("quantity"))
	if wrong != "" {
		return s.showCart(c, http.StatusUnprocessableEntity, cartMistake{product: id, typed: field("quantity"), text: wrong})
	}
	found, err := s.Catalog.Products(c.Request().Context(), []string{id})
	if err != nil {
		return err
	}
	p, there := found[id]
	if quantity > 0 && (!there || !p.Available) {
		return s.showCart(c, http.StatusUnprocessableEntity, cartMistake{product: id, typed: field("quantity"), text: "Этого товара больше нет в продаже, его можно только удалить из корзины."})
	}
	if visitorOf(c).cart == "" {
		return c.Redirect(http.StatusSeeOther, "/cart")
	}
	if err := s.updateCart(c, func(cart *orders.Cart) error { return cart.Set(id, quantity, p.Price) }); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/cart")
}

// unescaped undoes the escaping of an id in an address where the router did not.
func unescaped(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

func (s *server) cart(c echo.Context) error { return s.showCart(c, http.StatusOK, cartMistake{}) }

// signedOutText is credit.SignedOut without the title that stands above it.
const signedOutText = "Войдите по СберБизнес ID, чтобы увидеть условия для вашей компании."

// cartMistake is what the buyer typed wrong, shown beside the field; nothing of it was saved.
type cartMistake struct{ product, typed, text string }

func (s *server) showCart(c echo.Context, status int, m cartMistake) error {
	ctx, v := c.Request().Context(), visitorOf(c)
	f, err := s.frame(c, "Корзина")
	if err != nil {
		return err
	}
	var b checkout.Basket
	if v.cart != "" {
		if b, err = s.Checkout.Basket(ctx, v.cart); err != nil {
			return err
		}
	}
	view := cartView(b, m)
	if len(view.Lines) > 0 && v.who != nil {
		conditions, err := s.Checkout.Conditions(ctx, *v.who, b.Total)
		if err != nil {
			return err
		}
		f.Company.Chip = credit.Chip(conditions.Ways)
		view.Decision = decision(conditions)
	} else if len(view.Lines) > 0 {
		view.Decision = &templates.Decision{Tone: templates.ToneInfo, Title: credit.Credit.Title(), Text: signedOutText,
			Links: []templates.Link{{Text: "Войти по СберБизнес ID", URL: loginURL("/cart"), TestID: "decision-login"}}}
	}
	return s.show(c, status, f, templates.CartBody(view))
}

func cartView(b checkout.Basket, m cartMistake) templates.CartView {
	view := templates.CartView{CanCheckout: settled(b)}
	amounts := basketSums(b)
	for _, l := range b.Lines {
		line := templates.CartLine{
			Product: url.PathEscape(l.ProductID), Name: l.Name, URL: "/p/" + l.Slug, Article: article(l.SKU, l.ProductID), Picture: static.Picture(l.Product.Picture),
			Quantity: strconv.FormatInt(l.Quantity, 10), MaxQuantity: strconv.Itoa(orders.MaxQuantity), Price: amounts(l.Price), VAT: withVAT(l.VATRate), Sum: amounts(l.Total), Gone: l.Gone,
		}
		switch {
		case l.Gone:
			line.Changed, line.Sum = "Этого товара больше нет в продаже. Удалите его, чтобы оформить заказ.", "–"
		case l.PriceChanged():
			line.Changed = "Цена изменилась: было " + l.SeenPrice.FormatShort() + ", стало " + l.Price.FormatShort()
		}
		if l.Slug == "" {
			line.URL = "/"
		}
		if l.ProductID == m.product && m.text != "" {
			line.Quantity, line.Error = clip(m.typed, 20), m.text
			view.Errors = []templates.FieldError{{FieldID: "qty-" + line.Product, Text: l.Name + ": " + m.text}}
		}
		view.Lines = append(view.Lines, line)
	}
	if m.text != "" && len(view.Errors) == 0 {
		view.Errors = []templates.FieldError{{FieldID: "main", Text: m.text}}
	}
	if !view.CanCheckout {
		view.Blocked = "Проверьте отмеченные строки: согласитесь с новой ценой или удалите товар. После этого можно оформить заказ."
	}
	view.Totals, view.Total = basketTotals(b, amounts), amounts(b.Total)
	return view
}

// settled tells whether the cart can be ordered without a surprise: nothing gone, every new price agreed to.
func settled(b checkout.Basket) bool {
	for _, l := range b.Lines {
		if l.PriceChanged() {
			return false
		}
	}
	return b.Ready()
}

// decision is the bar about credit: the best way that is not the invoice, or why there is none.
func decision(c checkout.Conditions) *templates.Decision {
	var best *credit.Way
	for i := range c.Ways {
		w := &c.Ways[i]
		if w.Method == credit.Invoice || w.Method == credit.Line && !w.Available {
			continue
		}
		if best == nil || w.Available && (!best.Available || w.Rest < best.Rest) {
			best = w
		}
	}
	if best == nil {
		return nil
	}
	d := &templates.Decision{Tone: templates.ToneInfo, Title: best.Method.Title(), Text: best.Condition()}
	if best.Available {
		d.Tone = templates.ToneOK
	}
	d.Asof = staleText(c)
	return d
}
