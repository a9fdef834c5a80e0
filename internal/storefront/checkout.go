package storefront

import (
	"errors"
	"net/http"
	"net/mail"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

// checkout is the step between the cart and an order.
func (s *server) checkout(c echo.Context) error {
	var contact orders.Contact
	if who := visitorOf(c).who; who != nil {
		contact = orders.Contact{Name: who.Name, Phone: who.Phone, Email: who.Email}
	}
	return s.showCheckout(c, http.StatusOK, contact, nil, nil)
}

func (s *server) showCheckout(c echo.Context, status int, contact orders.Contact, wrong []templates.FieldError, message *templates.Message) error {
	ctx, v := c.Request().Context(), visitorOf(c)
	b, err := s.Checkout.Basket(ctx, v.cart)
	if err != nil {
		return err
	}
	if !settled(b) {
		if len(b.Lines) > 0 {
			if err := s.flash(c, "unconfirmed"); err != nil {
				return err
			}
		}
		return c.Redirect(http.StatusSeeOther, "/cart")
	}
	f, err := s.frame(c, "Оформление заказа")
	if err != nil {
		return err
	}
	view := templates.CheckoutView{Goods: basketGoods(b), Errors: wrong, Message: message, CartVersion: strconv.FormatInt(b.Cart.Version, 10), FormToken: b.Seen()}
	if v.who == nil {
		signIn := s.signInWays(c, "/checkout")
		view.SignIn, view.Ways = &signIn, waysBeforeSignIn()
		return s.show(c, status, f, templates.CheckoutBody(view))
	}
	conditions, err := s.Checkout.Conditions(ctx, *v.who, b.Total)
	if err != nil {
		return err
	}
	f.Company.Chip = credit.Chip(conditions.Ways)
	view.Ways = waysView(conditions, choice{}, []templates.Link{{Text: "Изменить заказ", URL: "/cart", TestID: "change-cart"}})
	view.Ways.StaleLinks = signInAgain(conditions, "/checkout")
	view.Fields = contactFields(contact, wrong)
	return s.show(c, status, f, templates.CheckoutBody(view))
}

func contactFields(contact orders.Contact, wrong []templates.FieldError) []templates.Field {
	fields := []templates.Field{
		{Name: "contact", Label: "Контактное лицо", Type: "text", Value: contact.Name, Autocomplete: "name"},
		{Name: "phone", Label: "Телефон", Type: "tel", Value: contact.Phone, Autocomplete: "tel"},
		{Name: "email", Label: "Электронная почта", Type: "email", Value: contact.Email, Autocomplete: "email"},
		{Name: "delivery_address", Label: "Адрес доставки", Type: "textarea", Value: contact.DeliveryAddress, Autocomplete: "street-address"},
		{Name: "comment", Label: "Комментарий к заказу", Type: "textarea", Value: contact.Comment},
	}
	for i := range fields {
		fields[i].ID = "f-" + fields[i].Name
		for _, w := range wrong {
			if w.FieldID == fields[i].ID {
				fields[i].Error = w.Text
			}
		}
	}
	return fields
}

// placeOrder freezes the cart that was shown into an order.
func (s *server) placeOrder(c echo.Context, who sbid.Identity) error {
	field, err := form(c)
	if err != nil {
		return err
	}
	contact := orders.Contact{Name: field("contact"), Phone: field("phone"), Email: field("email"),
		DeliveryAddress: field("delivery_address"), Comment: field("comment")}
	if wrong := checkContact(contact); len(wrong) > 0 {
		return s.showCheckout(c, http.StatusUnprocessableEntity, contact, wrong, nil)
	}
	if wait, over := s.tooMany(c, s.limits.checkout, "checkout", who.Subject); over {
		return s.showCheckout(c, http.StatusTooManyRequests, contact, nil, tooManyOrders(wait))
	}
	f, err := s.placeForm(c, field, contact)
	if err != nil {
		return err
	}
	number, again, err := s.Checkout.Place(c.Request().Context(), who, f)
	if changed, ok := errors.AsType[*checkout.CartChangedError](err); ok {
		return s.showCartChanged(c, f, changed.Now)
	}
	if errors.Is(err, orders.ErrCartEmpty) {
		return &problem{status: http.StatusUnprocessableEntity, heading: "Корзина пуста", means: "Оформлять пока нечего.",
			do: "Добавьте товары. Если заказ уже оформлен, он есть в списке заказов.", err: err, links: []templates.Link{{Text: "Мои заказы", URL: "/orders"}}}
	}
	if err != nil {
		return err
	}
	if again {
		if err := s.flash(c, "placed"); err != nil {
			return err
		}
	}
	return c.Redirect(http.StatusSeeOther, orderPath(number)+chosen(field))
}

// placeForm says what the buyer was shown. A client that does not tell agreed to the prices at which he filled the cart.
func (s *server) placeForm(c echo.Context, field func(string) string, contact orders.Contact) (checkout.PlaceForm, error) {
	f := checkout.PlaceForm{CartID: visitorOf(c).cart, Contact: contact, Seen: field("seen")}
	if f.Seen == "" {
		f.Seen = field("form_token")
	}
	if n, err := strconv.ParseInt(field("cart_version"), 10, 64); err == nil {
		f.CartVer = &n
	}
	if f.Seen != "" {
		return f, nil
	}
	cart, err := s.Carts.Cart(c.Request().Context(), f.CartID)
	if err != nil {
		return f, err
	}
	for i, item := range cart.Items {
		if i > 0 {
			f.Seen += " "
		}
		f.Seen += item.ProductID + "*" + strconv.FormatInt(item.Quantity, 10) + "@" + item.SeenPrice.String()
	}
	return f, nil
}

// chosen carries the choice of a way to pay over to the order's page.
func chosen(field func(string) string) string {
	method := credit.Method(field("method"))
	if method.Title() == "" {
		return ""
	}
	q := url.Values{"method": {string(method)}}
	if code := field("product_code"); method == credit.Credit && code != "" {
		q.Set("product_code", clip(code, 40))
		if term := termOf(field, code); term > 0 {
			q.Set("term", strconv.Itoa(term))
		}
	}
	if contract := field("contract"); method == credit.Line && contract != "" {
		q.Set("contract", clip(contract, 40))
	}
	return "?" + q.Encode()
}

// termOf reads the term of an offer: its own field, or the plain one.
func termOf(field func(string) string, code string) int {
	for _, name := range []string{"term_" + code, "term"} {
		if n, err := strconv.Atoi(field(name)); err == nil && n > 0 && n <= 1200 {
			return n
		}
	}
	return 0
}

// checkContact looks at what would make a contact useless. Everything may be left empty.
func checkContact(c orders.Contact) []templates.FieldError {
	var wrong []templates.FieldError
	if email := strings.TrimSpace(c.Email); email != "" {
		if a, err := mail.ParseAddress(email); err != nil || a.Address != email {
			wrong = append(wrong, templates.FieldError{FieldID: "f-email", Text: "Проверьте адрес почты: он должен быть вида name@company.ru."})
		}
	}
	if phone := strings.TrimSpace(c.Phone); phone != "" {
		digits := 0
		for _, r := range phone {
			if r >= '0' && r <= '9' {
				digits++
			}
		}
		if digits < 5 || digits > 20 {
			wrong = append(wrong, templates.FieldError{FieldID: "f-phone", Text: "Проверьте телефон: в нём должно быть от 5 до 20 цифр."})
		}
	}
	return wrong
}

// showCartChanged tells what is different from what the buyer saw and asks again, with everything he typed.
func (s *server) showCartChanged(c echo.Context, f checkout.PlaceForm, now checkout.Basket) error {
	frame, err := s.frame(c, "Корзина изменилась")
	if err != nil {
		return err
	}
	s.chip(c, &frame)
	view := templates.ChangedView{
		Heading: "Корзина изменилась",
		Message: templates.Message{Tone: templates.ToneWait, What: "Пока вы оформляли заказ, корзина стала другой.",
			Means: "Заказ не оформлен, деньги не списаны.", Do: "Проверьте, что изменилось."},
		Changes: cartChanges(f.Seen, now), Back: templates.Link{Text: "Вернуться в корзину", URL: "/cart"},
	}
	if now.Ready() {
		view.Action, view.ConfirmLabel = "/orders", "Оформить заказ на "+now.Total.FormatShort()
		view.Hidden = []templates.Hidden{
			{Name: "cart_version", Value: strconv.FormatInt(now.Cart.Version, 10)}, {Name: "seen", Value: now.Seen()},
			{Name: "contact", Value: f.Contact.Name}, {Name: "phone", Value: f.Contact.Phone}, {Name: "email", Value: f.Contact.Email},
			{Name: "delivery_address", Value: f.Contact.DeliveryAddress}, {Name: "comment", Value: f.Contact.Comment},
		}
	}
	return s.show(c, http.StatusConflict, frame, templates.ChangedBody(view))
}

// cartChanges compares what a form says was shown with the basket of now.
func cartChanges(seen string, now checkout.Basket) []templates.Change {
	var changes []templates.Change
	was := map[string]string{} // product → «2 × 1200.00»
	for _, part := range strings.Fields(seen) {
		id, rest, ok := strings.Cut(part, "*")
		if quantity, price, split := strings.Cut(rest, "@"); ok && split {
			was[id] = quantity + " × " + readable(price)
		}
	}
	for _, l := range now.Lines {
		before, known := was[l.ProductID]
		after := strconv.FormatInt(l.Quantity, 10) + " × " + l.Price.FormatShort()
		delete(was, l.ProductID)
		switch {
		case l.Gone:
			after = "нет в продаже"
		case known && before == after:
			continue
		}
		if !known {
			before = "не было"
		}
		changes = append(changes, templates.Change{Name: l.Name, Before: before, After: after})
	}
	if len(was) > 0 && len(changes) < 500 {
		changes = append(changes, templates.Change{Name: "Удалено из корзины", Before: plural(len(was), "товар", "товара", "товаров"), After: "–"})
	}
	return changes
}
