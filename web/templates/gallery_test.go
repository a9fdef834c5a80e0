package templates

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

type shot struct {
	frame   Frame
	body    templ.Component
	primary int // how many primary buttons the screen must have: 1, or 0 when there is nothing to do
}

// gallery is every page in every state.
func gallery() map[string]shot {
	g := map[string]shot{
		"home":                {signedOut("Всё для офиса"), CatalogBody(home()), 0},
		"category":            {signedIn("Принтеры и МФУ"), CatalogBody(catalog()), 0},
		"search-empty":        {signedOut("Поиск"), CatalogBody(emptyFound()), 0},
		"product":             {signedIn("Принтер"), ProductBody(product()), 1},
		"cart-empty":          {signedOut("Корзина"), CartBody(CartView{}), 1},
		"cart":                {signedIn("Корзина"), CartBody(cart()), 1},
		"cart-changed":        {signedIn("Корзина"), CartBody(cartChangedPrice()), 0},
		"checkout-signed-out": {signedOut("Оформление"), CheckoutBody(checkoutSignedOut()), 1},
		"checkout-errors":     {signedIn("Оформление"), CheckoutBody(checkoutErrors()), 1},
		"order-signed-out":    {signedOut("Вход"), OrderSignInBody(OrderSignInView{SignIn: signIn()}), 1},
		"orders":              {signedIn("Заказы"), OrdersBody(orders()), 0},
		"sessions": {signedIn("Мои входы"), SessionsBody(SessionsView{Others: true, Rows: []SessionRow{
			{ID: "a", Browser: "Chrome, Windows", Began: on("13:58"), Seen: on("14:03"), This: true}, {ID: "b", Browser: "Safari, iPhone", Began: on("13:58"), Seen: on("14:03")},
		}}), 1},
		"orders-empty":       {signedIn("Заказы"), OrdersBody(OrdersView{}), 1},
		"orders-none-fit":    {signedIn("Заказы"), OrdersBody(OrdersView{Filtered: true, Query: "ZZZ", States: orders().States}), 0},
		"login":              {signedOut("Вход"), LoginBody(LoginView{SignIn: signIn(), Reason: "Войдите, чтобы увидеть условия для вашей компании.", BackURL: "/cart"}), 1},
		"conditions-changed": {signedIn("Условия изменились"), ChangedBody(conditionsChanged()), 1},
		"cart-409":           {signedIn("Корзина изменилась"), ChangedBody(cartConflict()), 1},
		"cancel-live":        {signedIn("Отмена"), CancelBody(cancelLive()), 1},
		"cancel":             {signedIn("Отмена"), CancelBody(CancelView{Number: "K7Q2M9XWDT", Allowed: true, Message: Message{Tone: ToneInfo, What: "Документов в банке нет", Means: "Отмена ничего не спишет.", Do: "Заказ останется в списке отменённым."}}), 1},
		"admin":              {merchant("Кабинет"), AdminHomeBody(adminHome(true)), 0},
		"admin-disconnected": {merchant("Кабинет"), AdminHomeBody(adminHome(false)), 1},
		"admin-orders":       {merchant("Заказы"), AdminOrdersBody(adminOrders()), 0},
		"admin-orders-empty": {merchant("Заказы"), AdminOrdersBody(AdminOrdersView{States: orders().States}), 0},
		"admin-document":     {merchant("Документ в банке"), AdminDocumentBody(adminDocument()), 0},
		"admin-order":        {merchant("Заказ"), AdminOrderBody(adminOrder()), 0},
	}
	token := signIn()
	token.Remembered = "token"
	g["login-token"] = shot{signedOut("Вход"), LoginBody(LoginView{SignIn: token, Problem: &Message{Tone: ToneWait, What: "Вход не завершён", Means: "Вы отказались от входа на странице банка.", Do: "Попробуйте ещё раз или вернитесь в магазин."}}), 1}
	for name, w := range decisions() {
		g["checkout-"+name] = shot{signedIn("Оформление"), CheckoutBody(checkout(w)), 1}
	}
	for name, v := range orderStates() {
		f := signedIn("Заказ № " + v.Number)
		if v.EventsURL != "" {
			f.RefreshSeconds = 10
		}
		want := 1
		switch name {
		case "unknown", "processing", "paid", "cancelled", "review":
			want = 0
		}
		g["order-"+name] = shot{f, OrderBody(v), want}
	}
	for code, v := range errorPages() {
		g["error-"+code] = shot{signedOut(v.Heading), ErrorBody(v), 1}
	}
	flash := g["category"]
	flash.frame.Flash = []Flash{{Tone: ToneOK, Text: "«Каска защитная» добавлена в корзину.", Links: []Link{{Text: "Перейти в корзину", URL: "/cart", TestID: "flash-cart"}}}}
	g["category-added"] = flash
	return g
}

func conditionsChanged() ChangedView {
	return ChangedView{
		Heading: "Условия изменились", Action: "/orders/K7Q2M9XWDT/payments", ConfirmLabel: "Согласиться и перейти в СберБизнес",
		Message: Message{Tone: ToneWait, What: "Банк обновил условия, пока вы выбирали", Means: "Документ ещё не создан, деньги не списаны.", Do: "Сравните и подтвердите новые условия."},
		Changes: []Change{{"Ставка", "21,5 % годовых", "22 % годовых"}, {"Примерный платёж", rub("17 224"), rub("17 267")}, {"Сумма кредита", rub("184 500"), rub("184 500")}},
		Hidden:  []Hidden{{"method", "credit"}, {"product_code", "BUSINESS_TURNOVER"}, {"term", "12"}, {"decision", "d2"}},
		Back:    Link{Text: "Выбрать другой способ", URL: "/orders/K7Q2M9XWDT"},
	}
}

func cartConflict() ChangedView {
	return ChangedView{
		Heading: "Корзина изменилась", Message: Message{Tone: ToneWait, What: "Корзину изменили в другой вкладке", Means: "Заказ не оформлен.", Do: "Проверьте состав и сумму и оформите заказ ещё раз."},
		Changes: []Change{{"Бумага офисная А4", "4 шт.", "10 шт."}, {"Итого", rub("184 500"), rub("187 200")}}, Back: Link{Text: "Проверить корзину", URL: "/cart"},
	}
}

func errorPages() map[string]ErrorView {
	page := func(code int, heading, means, do string, back Link) ErrorView {
		return ErrorView{Code: code, Heading: heading, Means: means, Do: do, Reference: "4F7K-22QA", Primary: back, Links: []Link{{Text: "Открыть корзину", URL: "/cart"}}}
	}
	home := Link{Text: "Открыть каталог", URL: "/"}
	again := Link{Text: "Повторить", URL: "/checkout"}
	kept := page(503, "Оформление временно недоступно", "Заказ не оформлен, документов в банке нет, корзина сохранена.",
		"Подождите минуту и отправьте ещё раз. Всё, что вы ввели, осталось на этой странице.", home)
	kept.Repeat = &Repeat{Action: "/orders", Label: "Отправить ещё раз", Hidden: []Hidden{{"contact", "Пётр Петров"}}}
	return map[string]ErrorView{
		"503-kept": kept,
		"403":      page(403, "Запрос пришёл с другой страницы", "Мы не выполнили его, чтобы защитить ваш заказ.", "Откройте страницу заново и повторите.", home),
		"404":      page(404, "Такой страницы нет", "Адрес набран с ошибкой, или заказ принадлежит другой компании.", "Проверьте адрес или начните с каталога.", home),
		"409":      page(409, "Заказ изменился", "Его обновили в другой вкладке.", "Откройте заказ заново: ничего не потеряно.", again),
		"422":      page(422, "Количество не подходит", "Можно указать целое число от 1 до 9 999.", "Вернитесь и исправьте количество.", again),
		"429":      page(429, "Слишком много запросов подряд", "Мы ненадолго приостановили их.", "Подождите минуту и повторите.", again),
		"500":      page(500, "У нас что-то сломалось", "Мы уже знаем об ошибке. Корзина и заказы сохранены.", "Повторите через минуту.", again),
		"503":      page(503, "Магазин временно недоступен", "Идут технические работы. Корзина и заказы сохранены.", "Зайдите через несколько минут.", again),
	}
}

func render(t *testing.T, s shot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Page(s.frame, s.body).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGallery(t *testing.T) {
	out := os.Getenv("GALLERY")
	seen := map[string]bool{}
	for name, s := range gallery() {
		t.Run(name, func(t *testing.T) {
			page := render(t, s)
			if out != "" {
				if err := os.WriteFile(filepath.Join(out, name+".html"), page, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			checkPage(t, page, s.primary, seen)
		})
	}
	checkReadmeIDs(t, seen)
}

var documented = regexp.MustCompile("`([a-z0-9_-]+)`")

// checkReadmeIDs holds README.md and the pages to each other: a test may rely on every id in its list.
func checkReadmeIDs(t *testing.T, seen map[string]bool) {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, ok := strings.Cut(string(text), "## Test ids")
	if !ok {
		t.Fatal("README.md has no «## Test ids»")
	}
	listed := map[string]bool{}
	for _, m := range documented.FindAllStringSubmatch(list, -1) {
		listed[m[1]] = true
		if !seen[m[1]] {
			t.Errorf("README.md lists test id %q, but no page has it", m[1])
		}
	}
	for id := range seen {
		if !listed[id] && id != "flash-cart" {
			t.Errorf("test id %q is not in README.md", id)
		}
	}
}

func TestBytesWritesWhatWasKept(t *testing.T) {
	kept := []byte("<h1>Каталог</h1>")
	if page := render(t, shot{frame: signedOut("Каталог"), body: Bytes(kept)}); !bytes.Contains(page, kept) {
		t.Error("the kept body is not on the page")
	}
}

// The cached body must be the same for everybody.
func TestCatalogBodyHoldsNothingPersonal(t *testing.T) {
	var b bytes.Buffer
	if err := CatalogBody(catalog()).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"token", "Ромашка", "logout", "login"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("the catalogue's body mentions %q", bad)
		}
	}
}

func TestWithoutJavaScriptALivePageReloadsItself(t *testing.T) {
	f := signedIn("Заказ")
	if page := render(t, shot{frame: f, body: OrderBody(orderStates()["sign"])}); bytes.Contains(page, []byte(`http-equiv="refresh"`)) {
		t.Error("a page without RefreshSeconds must stay")
	}
	f.RefreshSeconds = 10
	page := render(t, shot{frame: f, body: OrderBody(orderStates()["sign"])})
	if !bytes.Contains(page, []byte(`<noscript><meta http-equiv="refresh" content="10"></noscript>`)) {
		t.Error("no refresh inside noscript")
	}
}

func TestValuesAreEscaped(t *testing.T) {
	v := emptyFound()
	v.Empty.Text = `<script>alert(1)</script>`
	v.Empty.Nearest.URL = "javascript:alert(1)"
	f := signedOut("x")
	f.Query = `"><img src=x onerror=alert(1)>`
	page := render(t, shot{frame: f, body: CatalogBody(v)})
	for _, bad := range []string{"<script>alert", "<img src=x", "javascript:alert"} {
		if bytes.Contains(page, []byte(bad)) {
			t.Errorf("the page contains %q", bad)
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
