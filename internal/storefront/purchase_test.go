package storefront

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"creditcart/internal/orders"
)

// The thinnest whole path: catalogue, cart, sign-in that keeps the cart, order, invoice, signature, paid.
func TestPurchaseByInvoice(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.get("/").want(t, 200, "Бумага А4", "5 400 ₽", "с НДС 22 %")
	b.post("/cart", "product", "cheap", "quantity", "2", "return", "/c/office?page=1").to(t, 303, "/c/office?page=1")
	b.get("/c/office").want(t, 200, "Товар в корзине", "1 товар", "10 800 ₽")
	if r := b.get("/"); strings.Contains(r.body, "Товар в корзине.") {
		t.Error("what was said once is said again")
	}
	b.get("/cart").want(t, 200, "Войдите по СберБизнес ID", "10 800 ₽", "В том числе НДС 22 %")
	b.get("/checkout").want(t, 200, "Войти по СберБизнес ID")
	b.post("/orders").to(t, 303, "/login?return=%2Fcheckout")

	authorize := b.get("/login?contour=sms&return=%2Fcheckout").to(t, 302, w.bank.URL)
	b.get(b.atBank(authorize, "romashka-buyer", "allow")).to(t, 303, "/checkout")
	page := b.get("/checkout").want(t, 200, "Ромашка", "Счёт на оплату", "10 800 ₽")
	if !strings.Contains(page.body, "Круглова Анна Сергеевна") {
		t.Error("the contact is not prefilled")
	}
	to := b.post("/orders", "cart_version", field(page.body, "cart_version"), "form_token", field(page.body, "form_token"), "comment", "Звонить утром").to(t, 303, "/orders/")
	order := strings.TrimSuffix(to, "#pay")
	number := strings.TrimPrefix(order, "/orders/")
	page = b.get(order).want(t, 200, "Ждёт оплаты", "Осталось оплатить 10 800 ₽", "Звонить утром", "Заказ оформлен")

	link := b.post(order+"/payments", "method", "invoice", "decision", field(page.body, "decision"), "amount_invoice", field(page.body, "amount_invoice")).to(t, 303, w.bank.URL)
	if id := w.payment(number); !strings.Contains(link, id) || !strings.Contains(link, url.QueryEscape(w.shop.URL+order)) {
		t.Errorf("link %s", link)
	}
	b.get(order).want(t, 200, "Ждёт подписи", "Документ ждёт подписи в СберБизнес", "Открыть в СберБизнес", "Проверено в")
	b.post(order+"/payments", "method", "invoice").to(t, 303, order)
	b.get(order).want(t, 200, "Документ уже есть в СберБизнес")
	if n := w.payments(number); n != 1 {
		t.Fatalf("%d payments", n)
	}

	w.tell("POST", "/api/documents/"+w.payment(number)+"/sign", "")
	w.clock.add(time.Minute)
	b.get(order).want(t, 200, "Заказ оплачен", "Оплачено 10 800 ₽", "Осталось оплатить 0 ₽")
	b.get("/orders").want(t, 200, number, "Оплачен", "1 позиция")
	b.get("/orders?q="+strings.ToLower(number[:4])).want(t, 200, number)
	b.get("/orders?state=unpaid").want(t, 200, "Таких заказов нет")
	b.post(order+"/cancel").want(t, 409, "Заказ уже оплачен", "Вернуться к заказу")
	for _, secret := range []string{"Круглова", "+7900", "kruglova", "@", "Звонить утром", "40702810", b.cookie(cookieSession).Value} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log knows %q", secret)
		}
	}
}

func TestPurchaseOnCreditRefusedThenInvoice(t *testing.T) {
	w := newWorld(t)
	w.connect()
	b := w.browser().signIn("romashka-buyer")
	b.get("/p/mid").want(t, 200, "Стол")
	b.get("/cart")
	number := b.order("mid")
	order := "/orders/" + number
	page := b.get(order+"?method=credit&product_code=MBKoo226&term=6").want(t, 200, "Кредит в корзине", "21,5 % годовых", "Примерный платёж", "Нужен ли залог?", "Выезд банка в компанию")
	if !strings.Contains(page.body, `value="6" selected`) {
		t.Error("the chosen term is not marked")
	}
	form := []string{"method", "credit", "product_code", "MBKoo226", "term_MBKoo226", "6", "decision", field(page.body, "decision"), "amount_credit", "184500.00"}
	link := b.post(order+"/payments", form...).to(t, 303, w.bank.URL)
	if !strings.Contains(link, "#/credits/credit-financing/credit-partners?order="+w.payment(number)) {
		t.Errorf("link %s", link)
	}
	if p, _ := w.store.Order(t.Context(), number); p.Payments[0].Term != 6 || p.Payments[0].ProductCode != "MBKoo226" {
		t.Errorf("%+v", p.Payments[0])
	}
	b.get(order).want(t, 200, "Новый кредит на 6 месяцев", "Кредитная заявка ждёт подписи")
	b.get(w.negativeURL(number)).to(t, 303, order)
	page = b.get(order).want(t, 200, "Похоже, банк не одобрил кредит", "Оплатить иначе", "похоже, отказ")
	if other, bank := strings.Index(page.body, `data-testid="pay-otherwise"`), strings.Index(page.body, `data-testid="open-bank"`); other < 0 || other > bank {
		t.Error("after a refusal the other ways come first")
	}
	page = b.get(order+"?pay=otherwise").want(t, 200, "Банк ещё не закрыл кредитную заявку", "Магазин не может его отозвать")
	if !strings.Contains(page.body, `name="method" value="invoice" checked`) {
		t.Error("after a refused credit the invoice is proposed")
	}
	if n := strings.Count(page.body, "btn-primary"); n != 1 {
		t.Errorf("%d primary buttons", n)
	}
	b.post(order+"/payments", "method", "invoice", "release", field(page.body, "release")).to(t, 303, w.bank.URL)
	if n := w.payments(number); n != 2 {
		t.Fatalf("%d payments", n)
	}
	w.tell("POST", "/api/documents/"+w.payment(number)+"/sign", "")
	w.clock.add(time.Minute)
	b.get(order).want(t, 200, "Заказ оплачен")
}

func TestPartFromTheLineThenTheRest(t *testing.T) {
	w := newWorld(t)
	w.connect()
	b := w.browser().signIn("vektor-director")
	number := b.order("part")
	order := "/orders/" + number
	page := b.get(order).want(t, 200, "На линии доступно 10 000,50 ₽", "Останется оплатить 30 229,50 ₽")
	if !strings.Contains(page.body, `name="method" value="credit" checked`) {
		t.Error("a way that pays everything is proposed before one that pays a part")
	}
	b.post(order+"/payments", "method", "line").to(t, 303, w.bank.URL)
	w.tell("POST", "/api/documents/"+w.payment(number)+"/sign", "")
	w.clock.add(time.Minute)
	b.get(order).want(t, 200, "Оплачен частично", "Оплатите оставшиеся 30 229,50 ₽")
}

func TestConditionsChangedAreAskedAgain(t *testing.T) {
	w := newWorld(t)
	w.connect()
	b := w.browser().signIn("sokolov")
	number := b.order("part")
	order := "/orders/" + number
	page := b.get(order).want(t, 200, "После оплаты останется")
	w.tell("PUT", "/api/companies/sokolov", `{"contract":{"availableSum":"100.00"}}`)
	w.clock.add(16 * time.Minute)
	page = b.post(order+"/payments", "method", "line", "decision", field(page.body, "decision")).want(t, 409, "Условия изменились", "40 230,00 ₽", "100,00 ₽")
	if w.payments(number) != 0 {
		t.Fatal("a document was made without asking")
	}
	b.post(order+"/payments", "method", "line", "decision", field(page.body, "decision"), "amount", field(page.body, "amount")).to(t, 303, w.bank.URL)
}

func TestPaymentsThatCannotBegin(t *testing.T) {
	w := newWorld(t)
	w.connect()
	b := w.browser().signIn("romashka-buyer")
	number := b.order("dear")
	order := "/orders/" + number
	b.get(order).want(t, 200, "заказ дороже на 800 000 ₽")
	b.post(order+"/payments", "method", "credit", "product_code", "MBKoo226").want(t, 422, "заказ дороже")
	b.post(order+"/payments", "method", "line").want(t, 422, "нет действующей кредитной линии")
	b.post(order+"/payments", "method", "gold").want(t, 422, "Выберите способ оплаты")
	b.post(order+"/payments").want(t, 422, "Выберите способ оплаты")
	b.post(order+"/payments", "method", "invoice", "amount", "1.00").want(t, 409, "Условия изменились")
	b.post(order+"/payments", "method", "invoice", "amount", "сто").want(t, 422, "Укажите сумму числом")
	if w.payments(number) != 0 {
		t.Fatal("a payment began")
	}
	small := "/orders/" + b.order("mid")
	b.post(small+"/payments", "method", "credit", "product_code", "MBKoo226", "term", "400").want(t, 422, "Выберите способ оплаты и срок")
	b.post(small+"/payments", "method", "credit", "product_code", "MBKoo226", "term", "год").want(t, 422, "Выберите способ оплаты и срок")
	b.post(small+"/payments", "method", "credit", "product_code", "NONE", "term", "6").want(t, 422, "Выберите способ оплаты и срок")

	w.tell("POST", "/api/faults", `{"method":"POST","path":"/fintech/api/v1/payments/from-invoice-any","kind":"status","status":400,"times":1}`)
	b.post(small+"/payments", "method", "invoice").want(t, 422, "Банк не принял документ", "Заказ сохранён")
	w.tell("POST", "/api/faults", `{"method":"POST","path":"/fintech/api/v1/payments/from-invoice-any","kind":"lose-answer","times":1}`)
	w.tell("POST", "/api/faults", `{"method":"GET","path":"/fintech/api/v1/payments/*/state","kind":"status","status":503}`)
	b.post(small+"/payments", "method", "invoice").to(t, 303, small)
	b.get(small).want(t, 200, "Проверяем, принял ли банк документ", "Новый создавать не нужно")
	w.tell("DELETE", "/api/faults", "")
	w.clock.add(time.Minute)
	b.get(small).want(t, 200, "Документ ждёт подписи")
}

func TestCancelTellsTheTruth(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	order := "/orders/" + b.order("cheap")
	b.post(order+"/cancel").want(t, 200, "Отменить заказ")
	b.post(order+"/payments", "method", "invoice").to(t, 303, w.bank.URL)
	b.post(order+"/cancel").want(t, 200, "Документ по заказу ещё можно подписать", "Отозвать документ может только ваша компания", "Запросить отмену заказа")
	b.get(order).want(t, 200, "Ждёт подписи")
	b.post(order+"/cancel", "confirm", "yes").to(t, 303, order)
	b.get(order).want(t, 200, "Отмена запрошена")
	w.tell("POST", "/api/documents/"+w.payment(strings.TrimPrefix(order, "/orders/"))+"/decline", "")
	w.clock.add(time.Minute)
	if r := b.get(order).want(t, 200, "Заказ отменён. Деньги не списаны.", "Осталось оплатить –"); strings.Contains(r.body, "order-rail") {
		t.Error("a cancelled order has no way to go")
	}
	b.post(order+"/repeat").to(t, 303, "/cart")
	b.get("/cart").want(t, 200, "Товары из заказа добавлены", "Бумага А4")
}

// The same cart becomes one order, in whatever tab and however often it is sent.
func TestOneCartOneOrder(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	b.post("/cart", "product", "cheap", "quantity", "1")
	page := b.get("/checkout").body
	form := []string{"cart_version", field(page, "cart_version"), "form_token", field(page, "form_token")}
	first := b.post("/orders", form...).to(t, 303, "/orders/")
	if again := b.post("/orders", form...).to(t, 303, "/orders/"); again != first {
		t.Errorf("%s, then %s", first, again)
	}
	b.get(strings.TrimSuffix(first, "#pay")).want(t, 200, "Этот заказ уже оформлен")
	b.post("/cart", "product", "mid", "quantity", "1")
	b.post("/orders", form...).want(t, 409, "Корзина изменилась", "Стол", "не было")
}

func TestCartThatChangedSinceItWasShown(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	b.post("/cart", "product", "cheap", "quantity", "1")
	b.post("/cart", "product", "mid", "quantity", "1")
	page := b.get("/checkout").body
	form := []string{"cart_version", field(page, "cart_version"), "form_token", field(page, "form_token"), "comment", "Не потерять"}
	feed := testFeed()
	feed.Products[0].Price = 600000
	w.check(w.store.ReplaceCatalog(t.Context(), feed))
	b.get("/").want(t, 200, "6 000 ₽") // the rendered catalogue went with its version
	b.get("/cart").want(t, 200, "Цена изменилась: было 5 400 ₽, стало 6 000 ₽", "Согласиться с новой ценой")
	b.get("/checkout").to(t, 303, "/cart")
	r := b.post("/orders", form...).want(t, 409, "Корзина изменилась", "1 × 5 400 ₽", "1 × 6 000 ₽")
	if field(r.body, "comment") != "Не потерять" {
		t.Error("what the buyer wrote is lost")
	}
	b.post("/orders").want(t, 409, "Корзина изменилась") // a client that tells nothing agreed to the prices of its cart
	to := b.post("/orders", "seen", field(r.body, "seen"), "cart_version", field(r.body, "cart_version")).to(t, 303, "/orders/")
	b.get(strings.TrimSuffix(to, "#pay")).want(t, 200, "190 500 ₽")

	b.post("/cart", "product", "cheap", "quantity", "1")
	w.check(w.store.ReplaceCatalog(t.Context(), testFeed()))
	b.post("/cart/items/cheap", "quantity", "1", "confirm", "yes").to(t, 303, "/cart")
	b.get("/checkout").want(t, 200, "5 400 ₽")
	feed.Products = feed.Products[1:]
	w.check(w.store.ReplaceCatalog(t.Context(), feed))
	b.get("/cart").want(t, 200, "больше нет в продаже")
	b.post("/cart/items/cheap", "quantity", "2").want(t, 422, "можно только удалить")
	b.post("/cart/items/cheap", "quantity", "0").to(t, 303, "/cart")
	b.get("/cart").want(t, 200, "В корзине пока пусто")
}

// Nobody learns anything about an order of another company, whatever he asks.
func TestForeignOrders(t *testing.T) {
	w := newWorld(t)
	owner := w.browser().signIn("romashka-buyer")
	number := owner.order("cheap")
	colleague, stranger, nobody := w.browser().signIn("romashka-director"), w.browser().signIn("sever-director"), w.browser()
	colleague.get("/orders/"+number).want(t, 200, "Ждёт оплаты")
	for _, n := range []string{number, "NONESUCH22"} {
		path := "/orders/" + n
		for _, r := range []reply{stranger.get(path), stranger.get(path + "?refused=1"), stranger.get(path + "/events"),
			stranger.post(path+"/payments", "method", "invoice"), stranger.post(path + "/cancel"), stranger.post(path+"/cancel", "confirm", "yes"), stranger.post(path + "/repeat")} {
			r.want(t, 404, "Такого заказа нет")
			if strings.Contains(r.body, "5 400") || strings.Contains(r.body, "Ромашка") {
				t.Errorf("%s tells about the order", r.Request.URL)
			}
		}
		nobody.get(path).want(t, 401, "Войдите, чтобы увидеть заказ")
		nobody.get(path+"/events").want(t, 204)
		nobody.post(path+"/payments", "method", "invoice").to(t, 303, "/login?return=%2Forders%2F"+n)
		nobody.post(path+"/cancel").to(t, 303, "/login")
	}
	stranger.get("/admin").want(t, 403, "только для сотрудников магазина")
	stranger.get("/admin/orders/"+number).want(t, 403)
	stranger.post("/admin/offers/refresh").want(t, 403)
	nobody.get("/admin").to(t, 303, "/login?return=%2Fadmin")
}

func TestMerchantSeesEverything(t *testing.T) {
	w := newWorld(t)
	admin := w.connect()
	b := w.browser().signIn("romashka-buyer")
	number := b.order("cheap")
	b.post("/orders/"+number+"/payments", "method", "invoice").to(t, 303, w.bank.URL)
	admin.get("/admin").want(t, 200, "Работает", "Сейчас ничего", number, "Ромашка")
	admin.get("/admin/orders").want(t, 200, number, "9901011389")
	admin.get("/admin/orders?q=9901011389").want(t, 200, number)
	admin.get("/admin/orders?q=990101173").want(t, 200, "Таких заказов нет")
	for _, nobody := range []string{"Ромашка", "%23%21", "№"} {
		admin.get("/admin/orders?q="+url.QueryEscape(nobody)).want(t, 200, "Таких заказов нет")
		b.get("/orders?q="+url.QueryEscape(nobody)).want(t, 200, "Таких заказов нет")
	}
	admin.get("/admin/orders?q="+url.QueryEscape("№ "+strings.NewReplacer("A", "А", "H", "Н", "P", "р").Replace(number))).want(t, 200, "ИНН 9901011389")
	admin.get("/admin/orders?state=attention").want(t, 200, "Таких заказов нет")
	admin.get("/admin/orders/"+number).want(t, 200, "Создан, ждёт подписи покупателя", "CREATED", "Покупатель видит", w.payment(number), "Круглова Анна Сергеевна")
	admin.post("/admin/offers/refresh").to(t, 303, "/admin")
	admin.get("/admin").want(t, 200, "запрошены у банка заново")
}

func TestMerchantSeesFirstWhatNeedsAttention(t *testing.T) {
	w := newWorld(t)
	w.connect()
	b := w.browser().signIn("romashka-buyer")
	pay := func() string {
		number := b.order("cheap")
		b.post("/orders/"+number+"/payments", "method", "invoice").to(t, 303, w.bank.URL)
		return number
	}
	waits, refused, odd := pay(), pay(), pay()
	b.post("/orders/"+odd+"/cancel", "confirm", "yes").to(t, 303, "/orders/"+odd)
	w.tell("POST", "/api/documents/"+w.payment(odd)+"/sign", "")
	w.tell("POST", "/api/documents/"+w.payment(refused)+"/decline", "")
	w.clock.add(time.Minute)
	for _, number := range []string{waits, refused, odd} {
		b.get("/orders/" + number)
	}
	b.get("/orders/"+odd).want(t, 200, "Оплата поступила, магазин её проверяет.", "после вашей просьбы отменить заказ")
	w.clock.add(26 * time.Hour)
	page := text(w.connect().get("/admin").want(t, 200, "Оплата пришла после просьбы об отмене", "ООО «Ромашка», 5 400 ₽", "Ждут оплаты дольше суток: 1 заказ", "Самый старый оформлен 1 день назад").body)
	last := -1
	for _, words := range []string{odd + ": противоречие в платеже", refused + ": оплата не исполнена 1 день", "Ждут оплаты дольше суток", "Последние заказы"} {
		at := strings.Index(page, words)
		if at <= last {
			t.Errorf("%q stands at %d, after %d in\n%s", words, at, last, page)
		}
		last = at
	}
}

// A page that is open learns what the bank says.
func TestEventsTellThatTheOrderChanged(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	number := b.order("cheap")
	b.post("/orders/"+number+"/payments", "method", "invoice").to(t, 303, w.bank.URL)
	shown := fmt.Sprint(w.version(number))
	w.tell("POST", "/api/documents/"+w.payment(number)+"/sign", "")
	w.clock.add(time.Minute)
	r := b.get("/orders/"+number+"/events?v="+shown).want(t, 200) // ends by itself: a paid order changes no more
	if !strings.Contains(r.body, "event: changed") {
		t.Errorf("stream said %q", r.body)
	}
	if o, _ := w.store.Order(t.Context(), number); o.Settlement() != orders.Paid {
		t.Errorf("settlement %s", o.Settlement())
	}
}

// Eight clicks at once make one order, and eight more one document.
func TestEightClicks(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	b.post("/cart", "product", "cheap", "quantity", "1")
	page := b.get("/checkout").body
	order := strings.TrimSuffix(b.eight("/orders", "cart_version", field(page, "cart_version"), "form_token", field(page, "form_token")), "#pay")
	if found, _, _ := w.store.AllOrders(t.Context(), orders.Filter{}, 10); len(found) != 1 {
		t.Fatalf("%d orders", len(found))
	}
	b.eight(order+"/payments", "method", "invoice")
	if n := w.payments(strings.TrimPrefix(order, "/orders/")); n != 1 {
		t.Errorf("%d payments", n)
	}
	if docs := w.tell("GET", "/api/documents", ""); strings.Count(fmt.Sprint(docs), "externalId:") != 1 {
		t.Errorf("documents at the bank: %v", docs)
	}
}

// eight sends a form eight times at once and gives an address that an answer led to; each must lead somewhere.
func (b *browser) eight(path string, pairs ...string) string {
	b.Helper()
	fields := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	answers := make(chan string, 8)
	for range 8 {
		go func() {
			resp, err := b.client.PostForm(b.shop.URL+path, fields)
			if err != nil {
				answers <- err.Error()
				return
			}
			_ = resp.Body.Close()
			answers <- resp.Header.Get("Location")
		}()
	}
	last := ""
	for range 8 {
		if last = <-answers; !strings.HasPrefix(last, "/orders/") && !strings.HasPrefix(last, b.bank.URL) {
			b.Errorf("%s led to %q", path, last)
		}
	}
	return last
}

func TestTokensThatDied(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	number := b.order("cheap")
	order := "/orders/" + number
	b.post(order+"/payments", "method", "invoice").to(t, 303, w.bank.URL)
	w.tell("POST", "/api/reset", `{"tokens":true}`)
	w.clock.add(time.Minute)
	b.get(order).want(t, 200, "Вход в СберБизнес ID истёк", "Войти ещё раз", "Ждёт подписи")
	second := "/orders/" + b.order("mid")
	b.post(second+"/payments", "method", "invoice").to(t, 303, "/login?return="+url.QueryEscape(second))
	b.signIn("romashka-buyer")
	b.post(second+"/payments", "method", "invoice").to(t, 303, w.bank.URL)
}

func TestListsThatAreLong(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	for range listPage + 2 {
		b.order("cheap")
		w.clock.add(time.Second)
	}
	page := b.get("/orders?state=unpaid").want(t, 200, "Показано: 25 заказов")
	next := regexp.MustCompile(`href="(/orders\?before=[^"]*)"`).FindStringSubmatch(page.body)
	if next == nil {
		t.Fatal("no way onwards")
	}
	b.get(strings.ReplaceAll(next[1], "&amp;", "&")).want(t, 200, "Показано: 2 заказа")
	b.get("/orders?before=garbage").want(t, 400, "Такой страницы списка нет")
}
