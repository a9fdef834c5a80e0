package storefront

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

// cacheable marks a page without anything personal: the browser may keep it but asks whether it is still right.
const cacheable = "private, no-cache"

// maxPooled keeps a rare huge page from holding its memory for ever.
const maxPooled = 1 << 20

// show renders a page into a buffer and sends it whole: a fault while rendering never leaves half a page.
func (s *server) show(c echo.Context, status int, f templates.Frame, body templ.Component) error {
	buf, ok := s.buffers.Get().(*bytes.Buffer)
	if !ok {
		buf = new(bytes.Buffer)
	}
	defer func() {
		if buf.Cap() <= maxPooled {
			buf.Reset()
			s.buffers.Put(buf)
		}
	}()
	if err := templates.Page(f, body).Render(c.Request().Context(), buf); err != nil {
		return fmt.Errorf("storefront: render %s: %w", c.Path(), err)
	}
	send(c, status, buf.Bytes())
	return nil
}

// send writes a whole page. When the browser left there is nobody to tell.
func send(c echo.Context, status int, page []byte) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/html; charset=utf-8")
	h.Set(echo.HeaderContentLength, strconv.Itoa(len(page)))
	c.Response().WriteHeader(status)
	_, _ = c.Response().Write(page)
}

// frame is what stands around a body: who is here, the cart, what has just happened.
func (s *server) frame(c echo.Context, title string) (templates.Frame, error) {
	f := templates.Frame{Title: title, Shop: s.shop(), LoginURL: "/login"}
	r, v := c.Request(), visitorOf(c)
	if r.Method == http.MethodGet && v.who == nil {
		f.LoginURL = loginURL(ownPath(r.URL.RequestURI()))
	}
	if v.who != nil {
		f.Company = &templates.Company{Name: companyName(*v.who), Admin: s.Checkout.IsStaff(*v.who)}
	}
	f.Flash = s.takeFlash(c)
	if v.cart == "" {
		return f, nil
	}
	b, err := s.Checkout.Basket(r.Context(), v.cart)
	if err != nil {
		return f, err
	}
	if n := len(b.Lines); n > 0 {
		f.CartLabel, f.CartSum = plural(n, "товар", "товара", "товаров"), b.Total.FormatShort()
	}
	return f, nil
}

func companyName(who sbid.Identity) string {
	if who.OrgName != "" {
		return who.OrgName
	}
	return who.OrgFullName
}

// The things said once on the next page. A cookie carries the word, never the text.
var flashes = map[string]templates.Flash{
	"added":              {Tone: templates.ToneOK, Text: "Товар в корзине.", Links: []templates.Link{{Text: "Перейти в корзину", URL: "/cart", TestID: "flash-cart"}}},
	"signed-out":         {Tone: templates.ToneInfo, Text: "Вы вышли. Корзина сохранена."},
	"live":               {Tone: templates.ToneWait, Text: "Документ уже есть в СберБизнес. Второй создавать не нужно: откройте его и подпишите."},
	"placed":             {Tone: templates.ToneInfo, Text: "Этот заказ уже оформлен. Второго по той же корзине мы не создали."},
	"repeated":           {Tone: templates.ToneOK, Text: "Товары из заказа добавлены в корзину по текущим ценам."},
	"partly":             {Tone: templates.ToneWait, Text: "Часть товаров из заказа больше не продаётся. Остальные добавлены в корзину по текущим ценам."},
	"none":               {Tone: templates.ToneBad, Text: "Товары из этого заказа больше не продаются, в корзину ничего не добавлено."},
	"offers":             {Tone: templates.ToneOK, Text: "Кредитные предложения будут запрошены у банка заново при следующем обращении покупателя."},
	"notify-now":         {Tone: templates.ToneOK, Text: "Магазин отправляет ждущие уведомления вашей системе."},
	"secret-changed":     {Tone: templates.ToneOK, Text: "Секрет клиента сменён. Новый хранится в базе магазина, в настройках ничего менять не нужно."},
	"secret-unknown":     {Tone: templates.ToneWait, Text: "Банк не ответил, сменился ли секрет. Магазин хранит оба и сам узнает, какой действует. Ничего делать не нужно."},
	"secret-refused":     {Tone: templates.ToneBad, Text: "Банк отказался сменить секрет, действует прежний. Проверьте, что магазин подключил сотрудник вашей организации, или получите новый секрет в банке и укажите его в BANK_CLIENT_SECRET."},
	"secret-busy":        {Tone: templates.ToneInfo, Text: "Секрет меняют прямо сейчас. Обновите страницу через минуту."},
	"secret-connect":     {Tone: templates.ToneBad, Text: "Секрет меняет подключённый магазин. Сначала подключите его к банку."},
	"own-sessions-ended": {Tone: templates.ToneOK, Text: "Готово: там вы больше не в магазине."},
	"own-sessions-none":  {Tone: templates.ToneInfo, Text: "Этот вход уже завершён."},
	"sessions-ended":     {Tone: templates.ToneOK, Text: "Сеансы компании завершены. Чтобы продолжить, её сотрудникам нужно войти заново."},
	"sessions-none":      {Tone: templates.ToneInfo, Text: "Сейчас у этой компании нет открытых сеансов."},
	"sessions-inn":       {Tone: templates.ToneBad, Text: "ИНН состоит из 10 или 12 цифр. Проверьте его, ничего не изменилось."},
	"unconfirmed":        {Tone: templates.ToneWait, Text: "Корзина изменилась. Проверьте отмеченные строки, затем оформите заказ."},
	"noway":              {Tone: templates.ToneBad, Text: "Магазин не смог открыть страницу банка. Документ создан: откройте СберБизнес и подпишите его там."},
}

func (s *server) flash(c echo.Context, word string) error {
	return s.cookies.write(c.Response(), cookieFlash, word, time.Minute)
}

func (s *server) takeFlash(c echo.Context) []templates.Flash {
	f, ok := flashes[s.cookies.read(c.Request(), cookieFlash)]
	if !ok {
		return nil
	}
	_ = s.cookies.write(c.Response(), cookieFlash, "", -1) // removing cannot fail
	return []templates.Flash{f}
}

// form reads the fields of a POST; of fields sent twice the first counts. A form that did not come whole is refused:
// half of it could mean something else.
func form(c echo.Context) (func(name string) string, error) {
	r := c.Request()
	err := r.ParseForm()
	if err == nil && strings.HasPrefix(r.Header.Get(echo.HeaderContentType), "multipart/form-data") {
		err = r.ParseMultipartForm(64 << 10)
	}
	if tooLarge, ok := errors.AsType[*echo.HTTPError](err); ok {
		return nil, tooLarge
	}
	if err != nil {
		return nil, &problem{status: http.StatusBadRequest, heading: "Форма пришла не целиком",
			means: "Мы не смогли её прочитать, поэтому ничего не изменили.", do: "Вернитесь и отправьте её ещё раз.", err: fmt.Errorf("storefront: form: %w", err)}
	}
	return r.PostForm.Get, nil
}
