package templates

import (
	"strings"

	"creditcart/web/static"
)

// rub writes a sum as the shop does: non-breaking spaces and the rouble sign.
func rub(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") + "\u00a0₽" }

func at(hhmm string) Time {
	return Time{ISO: "2026-11-22T" + hhmm + ":00+03:00", Text: hhmm, Title: "22 ноября 2026, " + hhmm + ":00 МСК"}
}

func on(hhmm string) Time {
	t := at(hhmm)
	t.Text = "22 ноября, " + hhmm
	return t
}

func ptr[T any](v T) *T { return &v }

func shop() Shop {
	return Shop{Name: "Кредит в корзине", Merchant: "ООО «Снабжение-Сервис»", INN: "7736050003", Phone: "+7 495 123-45-67", Email: "zakaz@example.ru"}
}

func signedOut(title string) Frame {
	return Frame{Title: title, Shop: shop(), LoginURL: "/login?return=%2F", CartLabel: "3 товара", CartSum: rub("184 500")}
}

func signedIn(title string) Frame {
	f := signedOut(title)
	f.Company = &Company{Name: "ООО «Ромашка»", Chip: "Кредит до " + rub("500 000")}
	return f
}

func merchant(title string) Frame {
	f := signedOut(title)
	f.CartLabel, f.CartSum = "", ""
	f.Company = &Company{Name: "ООО «Снабжение-Сервис»", Admin: true}
	return f
}

func signIn() SignIn {
	return SignIn{SMSURL: "/login?contour=sms&return=%2Fcheckout", TokenURL: "/login?contour=token&return=%2Fcheckout"}
}

func sectionList(current string) []Section {
	list := []Section{
		{Name: "Офисная техника", URL: "/c/tech", Count: "38"},
		{Name: "Принтеры и МФУ", URL: "/c/printers", Count: "14", Level: 1},
		{Name: "Компьютеры", URL: "/c/computers", Count: "24", Level: 1},
		{Name: "Канцелярия", URL: "/c/office", Count: "41"},
		{Name: "Мебель", URL: "/c/furniture", Count: "19"},
		{Name: "Средства защиты", URL: "/c/safety", Count: "22"},
		{Name: "Инструмент", URL: "/c/tools", Count: "27"},
		{Name: "Вода и кофе", URL: "/c/kitchen", Count: "9"},
	}
	for i := range list {
		list[i].Current = list[i].Name == current
	}
	return list
}

var stock = []struct{ pic, name, art, price string }{
	{"printer", "Принтер лазерный А4, 30 стр/мин, двусторонняя печать", "PR-3010", "24 990"},
	{"mfp", "МФУ цветное А3 с автоподатчиком", "MF-7420", "142 500"},
	{"paper", "Бумага офисная А4, 500 листов, класс C", "BM-0500", "389"},
	{"cartridge", "Картридж чёрный на 6 000 страниц", "KR-6000", "5 190"},
	{"chair", "Кресло офисное с поддержкой поясницы", "KO-118", "13 400"},
	{"desk", "Стол письменный 140 × 70 с тумбой", "ST-1470", "17 850"},
	{"monitor", "Монитор 27\" IPS, регулировка высоты", "MN-2700", "21 300"},
	{"laptop", "Ноутбук 15,6\", 16 ГБ, 512 ГБ", "NB-1516", "68 900"},
	{"gloves", "Перчатки рабочие с латексным покрытием, 12 пар", "PR-0012", "1 180"},
	{"helmet", "Каска защитная с храповиком", "KS-021", "690"},
	{"drill", "Дрель-шуруповёрт 18 В, два аккумулятора", "DR-1802", "11 750"},
	{"toolbox", "Ящик для инструментов, сталь", "YA-450", "3 420"},
	{"cooler", "Кулер для воды напольный", "KU-077", "14 200"},
	{"coffee", "Кофе в зёрнах, 1 кг", "KF-1000", "1 650"},
	{"shelf", "Стеллаж металлический, 5 полок", "SL-500", "7 980"},
	{"scanner", "Сканер штрих-кодов 2D беспроводной", "SK-2D", "9 640"},
}

func cards() []Card {
	out := make([]Card, 0, 24)
	for i := range 24 {
		p := stock[i%len(stock)]
		c := Card{
			Product: strings.ToLower(p.art) + number(i), Name: p.name, URL: "/p/" + strings.ToLower(p.art), Article: p.art,
			Price: rub(p.price), VAT: "с НДС\u00a022\u00a0%", Picture: static.Picture(p.pic),
		}
		if i == 9 {
			c.SoldOut = "Нет в наличии"
		}
		out = append(out, c)
	}
	return out
}

func catalog() CatalogView {
	return CatalogView{
		Heading: "Принтеры и МФУ", Lead: "132 товара", Path: "/c/printers",
		Crumbs:   []Link{{Text: "Каталог", URL: "/"}, {Text: "Офисная техника", URL: "/c/tech"}},
		Sections: sectionList("Принтеры и МФУ"),
		Sort: SortForm{Action: "/c/printers", Options: []Option{
			{Value: "name", Label: "По названию", Selected: true}, {Value: "price", Label: "Сначала дешевле"}, {Value: "-price", Label: "Сначала дороже"},
		}},
		Cards: cards(),
		Pager: Pager{Summary: "Товары 25–48 из 132", Prev: "/c/printers", Next: "/c/printers?page=3", Pages: []PageLink{
			{Label: "1", URL: "/c/printers"}, {Label: "2", Current: true}, {Label: "3", URL: "/c/printers?page=3"}, {}, {Label: "6", URL: "/c/printers?page=6"},
		}},
	}
}

func home() CatalogView {
	v := catalog()
	v.Crumbs, v.Heading, v.Sections = nil, "Часто покупают", sectionList("")
	v.Intro = &Intro{
		Heading: "Всё для офиса и склада, в кредит прямо из корзины",
		Text:    "Соберите заказ, войдите по СберБизнес ID и сразу увидите условия банка для вашей компании.",
		Points:  []string{"Новый кредит", "Кредитная линия", "Оплата по счёту"},
	}
	return v
}

func emptyFound() CatalogView {
	return CatalogView{
		Heading: "Поиск: тонер для плоттера", Path: "/search?q=…", Sections: sectionList(""),
		Empty: &EmptySearch{
			Text: "По запросу «тонер для плоттера» ничего не нашлось", Hint: "Проверьте написание или поищите по артикулу.",
			Nearest: &Link{Text: "Посмотреть «Принтеры и МФУ»", URL: "/c/printers"},
		},
	}
}

func product() ProductView {
	c := cards()[0]
	c.PictureAlt = "Принтер лазерный, рисунок"
	return ProductView{
		Card: c, Quantity: "1", MaxQuantity: "99999", Credit: "в кредит примерно " + rub("2 333") + " в месяц на 12 мес.",
		Crumbs:      []Link{{Text: "Каталог", URL: "/"}, {Text: "Принтеры и МФУ", URL: "/c/printers"}},
		Description: []string{"Печатает до 30 страниц в минуту с двух сторон листа. Подключается по сети и по USB.", "Картридж на 6 000 страниц в комплекте."},
		Facts:       []Fact{{"Формат", "А4"}, {"Скорость", "30 стр/мин"}, {"Лоток", "250 листов"}, {"Гарантия", "24 месяца"}},
	}
}

func goods() GoodsView {
	line := func(i int, q, sum string) GoodsLine {
		p := stock[i]
		return GoodsLine{Name: p.name, URL: "/p/x", Article: p.art, Picture: static.Picture(p.pic), Quantity: q, Price: rub(p.price + ",00"), VAT: "22\u00a0%", Sum: rub(sum)}
	}
	return GoodsView{
		Lines:  []GoodsLine{line(1, "1", "142 500,00"), line(4, "3", "40 200,00"), line(2, "4", "1 800,00")},
		Totals: []Fact{{"Товары, 8 шт.", rub("184 500,00")}, {"В том числе НДС 22\u00a0%", rub("33 270,49")}, {"Доставка", "бесплатно"}},
		Total:  rub("184 500,00"),
	}
}

func cart() CartView {
	line := func(i int, q, sum string) CartLine {
		p := stock[i]
		return CartLine{Product: strings.ToLower(p.art), Name: p.name, URL: "/p/x", Article: p.art, Picture: static.Picture(p.pic), Quantity: q, MaxQuantity: "99999", Price: rub(p.price), VAT: "с НДС\u00a022\u00a0%", Sum: rub(sum)}
	}
	return CartView{
		Lines:  []CartLine{line(1, "1", "142 500"), line(4, "3", "40 200"), line(2, "4", "1 800")},
		Totals: []Fact{{"8 товаров", rub("184 500")}, {"В том числе НДС 22\u00a0%", rub("33 270,49")}}, Total: rub("184 500"), CanCheckout: true,
		Decision: &Decision{Tone: ToneInfo, Title: "Кредит в корзине", Text: "Кредит " + rub("184 500") + " на 12 месяцев под 21,5 % годовых. Примерный платёж " + rub("17 224") + " в месяц; точный график покажет банк."},
	}
}

func cartChangedPrice() CartView {
	v := cart()
	v.Lines[2].Changed = "Цена изменилась: было " + rub("389") + ", стало " + rub("450")
	v.Lines[1].Changed, v.Lines[1].Gone = "Товар больше не продаётся. Удалите его, чтобы продолжить.", true
	v.CanCheckout, v.Blocked = false, "Подтвердите новые цены, чтобы перейти к оформлению."
	v.Decision.Tone, v.Decision.Asof = ToneWait, "Банк не отвечает, показаны условия на 14:05. Перед оплатой мы запросим их ещё раз."
	return v
}

func fields() []Field {
	return []Field{
		{ID: "contact", Name: "contact", Label: "Контактное лицо", Type: "text", Value: "Петрова Анна Сергеевна", Autocomplete: "name"},
		{ID: "phone", Name: "phone", Label: "Телефон", Type: "tel", Value: "+7 900 000-00-00", Autocomplete: "tel"},
		{ID: "email", Name: "email", Label: "Электронная почта", Type: "email", Value: "buh@romashka.example", Hint: "Пришлём сюда, когда оплата пройдёт", Autocomplete: "email"},
		{ID: "delivery_address", Name: "delivery_address", Label: "Адрес доставки", Type: "text", Value: "Москва, ул. Ленина, 5", Autocomplete: "street-address"},
		{ID: "comment", Name: "comment", Label: "Комментарий", Type: "textarea"},
	}
}
