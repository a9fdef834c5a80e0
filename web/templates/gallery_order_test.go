package templates

func rail(states ...string) []RailStep {
	names := []string{"Заказ", "Документ в банке", "Подпись", "Исполнение"}
	words := map[string]string{"done": "готово", "now": "сейчас", "todo": "впереди", "bad": "отказ"}
	out := make([]RailStep, len(names))
	for i, s := range states {
		out[i] = RailStep{Name: names[i], State: s, Word: words[s]}
	}
	return out
}

func payment(tone Tone, word, text string) PaymentCard {
	return PaymentCard{ID: "8a1e2c44-6b1f-4c7e-9d2e-0a3b5c7d9e11", Method: "credit", Title: "Новый кредит на 12 месяцев", Sum: rub("184 500,00"), Status: Badge{tone, word}, Text: text,
		Checked: ptr(at("14:05")), NextCheck: ptr(at("14:06"))}
}

func order(status Badge, due string, payments ...PaymentCard) OrderView {
	return OrderView{
		Number: "K7Q2M9XWDT", Placed: on("13:58"), Status: status, Total: rub("184 500,00"), Paid: rub("0,00"), Due: rub(due), Payments: payments, Goods: goods(),
		Delivery: []Fact{{"Контакт", "Петрова Анна Сергеевна"}, {"Телефон", "+7 900 000-00-00"}, {"Адрес", "Москва, ул. Ленина, 5"}},
		History: []Event{
			{At: on("14:03"), Text: "Банк принял заявку на кредит", Who: "Банк"}, {At: on("14:02"), Text: "Выбрана оплата в кредит на 12 месяцев", Who: "Петрова А. С."}, {At: on("13:58"), Text: "Заказ оформлен", Who: "Петрова А. С."},
		},
		EventsURL: "/orders/K7Q2M9XWDT/events", CanCancel: true,
	}
}

func formToPay(heading string, w WaysView) *PayForm {
	return &PayForm{Heading: heading, Ways: w, Decision: "d1", Consent: &Consent{"1", "abc", []string{"Согласие", "Я соглашаюсь."}}, Hidden: []Hidden{{"form_token", "tok"}}}
}

func bank(p PaymentCard) PaymentCard {
	p.OpenURL, p.Primary = "https://sbi.example/ic/dcb/index.html#/payment-creator/8a1e2c44", true
	return p
}

func otherwise(p PaymentCard, primary bool) PaymentCard {
	p.Otherwise, p.Primary = "/orders/K7Q2M9XWDT?pay=1#pay", primary
	return p
}

// orderStates are all the states in which a buyer may find an order.
func orderStates() map[string]OrderView {
	out := map[string]OrderView{}

	fresh := order(Badge{ToneWait, "Ждёт оплаты"}, "184 500,00")
	fresh.Rail, fresh.EventsURL, fresh.History = rail("done", "now", "todo", "todo"), "", fresh.History[2:]
	fresh.Pay = formToPay("Оплатите заказ", ways())
	out["new"] = fresh

	sign := order(Badge{ToneWait, "Ждёт подписи"}, "184 500,00", bank(payment(ToneWait, "Ждёт подписи", "Документ ждёт подписи в СберБизнес до 2 декабря, 23:59 МСК. Подписать может любой сотрудник с правом подписи.")))
	sign.Rail = rail("done", "done", "now", "todo")
	sign.Handover = &Handover{URL: "https://shop.example/orders/K7Q2M9XWDT", Text: "Отправьте ссылку сотруднику с правом подписи. Она открывает заказ после входа и сама по себе прав не даёт."}
	out["sign"] = sign

	unknown := order(Badge{ToneInfo, "Проверяем ответ банка"}, "184 500,00", payment(ToneInfo, "Проверяем", "Проверяем, принял ли банк документ. Обычно это занимает до минуты. Новый создавать не нужно."))
	unknown.Rail = rail("done", "now", "todo", "todo")
	out["unknown"] = unknown

	works := order(Badge{ToneInfo, "Банк обрабатывает"}, "184 500,00", payment(ToneInfo, "Банк обрабатывает", "Банк обрабатывает документ, обычно до 1 минуты."))
	works.Rail = rail("done", "done", "done", "now")
	out["processing"] = works

	paid := payment(ToneOK, "Оплачено", "Оплачено "+rub("10 000,50")+", 22 ноября в 14:07.")
	paid.Method, paid.Title, paid.Sum, paid.Checked, paid.NextCheck = "line", "Кредитная линия № 5-2026/778", rub("10 000,50"), nil, nil
	part := order(Badge{ToneWait, "Оплачен частично"}, "174 499,50", paid)
	part.Paid, part.Rail, part.CanCancel = rub("10 000,50"), rail("done", "now", "todo", "todo"), false
	part.Pay = formToPay("Оплатите оставшиеся "+rub("174 499,50"), WaysView{Ways: []PayWay{off(lineWay(), "На линии больше нет доступной суммы.", ""), chosen(invoiceWay())}})
	out["partly"] = part

	full := payment(ToneOK, "Оплачено", "Оплачено "+rub("184 500,00")+", 22 ноября в 14:07.")
	full.Checked, full.NextCheck = nil, nil
	done := order(Badge{ToneOK, "Оплачен"}, "0,00", full)
	done.Paid, done.Rail, done.EventsURL, done.CanCancel = rub("184 500,00"), rail("done", "done", "done", "done"), "", false
	done.Message = &Message{Tone: ToneOK, What: "Заказ оплачен", Means: "Магазин передаёт его в сборку.", Do: "О доставке напишем на buh@romashka.example."}
	out["paid"] = done

	refused := payment(ToneBad, "Банк отказал", "Банк отклонил документ: на счёте не хватило денег. Деньги не списаны. Заказ сохранён, выберите другой способ.")
	refused.BankComment = "Недостаточно средств на счёте плательщика"
	refused.NextCheck = nil
	no := order(Badge{ToneBad, "Платёж отклонён"}, "184 500,00", refused)
	no.Rail = rail("done", "done", "bad", "todo")
	no.Pay = formToPay("Выберите другой способ", decisions()["no-mmb"])
	out["refused"] = no

	late := order(Badge{ToneWait, "Срок подписи истёк"}, "184 500,00", otherwise(payment(ToneWait, "Срок подписи истёк", "Срок подписи истёк 2 декабря. Если документ всё же исполнят, мы зачтём оплату."), true))
	late.Rail = rail("done", "done", "bad", "todo")
	late.Rail[2].Word = "срок истёк"
	out["late"] = late

	again := late
	again.Payments = []PaymentCard{payment(ToneWait, "Срок подписи истёк", "Срок подписи истёк 2 декабря. Если документ всё же исполнят, мы зачтём оплату.")}
	again.Pay = formToPay("Оплатить иначе", ways())
	again.Pay.Warning = &Message{Tone: ToneWait, What: "Прежний документ в банке ещё может быть исполнен", Means: "Если исполнят оба, вы заплатите дважды.", Do: "Отклоните прежний документ в СберБизнес, прежде чем подписывать новый."}
	out["late-again"] = again

	byReturn := order(Badge{ToneWait, "Похоже, кредит не одобрен"}, "184 500,00", otherwise(payment(ToneWait, "Похоже, не одобрен", "Похоже, банк не одобрил кредит. Заказ можно оплатить по счёту; если решение изменится, мы увидим."), true))
	byReturn.Rail = rail("done", "bad", "todo", "todo")
	out["credit-refused"] = byReturn

	cancelled := order(Badge{ToneOff, "Отменён"}, "0,00")
	cancelled.EventsURL, cancelled.CanCancel = "", false
	cancelled.Message = &Message{Tone: ToneOff, What: "Заказ отменён 22 ноября в 14:20", Means: "Деньги не списывались.", Do: "Чтобы купить то же самое, повторите заказ."}
	out["cancelled"] = cancelled

	review := order(Badge{ToneWait, "Проверяет магазин"}, "0,00", full, full)
	review.Paid, review.EventsURL, review.CanCancel = rub("369 000,00"), "", false
	review.Message = &Message{Tone: ToneWait, What: "Оплачено больше суммы заказа", Means: "Исполнены два документа по " + rub("184 500,00") + ".", Do: "Магазин свяжется с вами и вернёт лишнее; делать ничего не нужно."}
	out["review"] = review
	return out
}

func orders() OrdersView {
	row := func(n string, s Badge, due string) OrderRow {
		return OrderRow{Number: n, URL: "/orders/" + n, Placed: on("13:58"), Goods: "МФУ цветное А3 и ещё 2 товара", Status: s, Total: rub("184 500,00"), Due: due}
	}
	return OrdersView{
		States: []Option{{Value: "", Label: "Все", Selected: true}, {Value: "due", Label: "Ждут оплаты"}, {Value: "paid", Label: "Оплачены"}},
		Rows: []OrderRow{
			row("K7Q2M9XWDT", Badge{ToneWait, "Ждёт подписи"}, rub("184 500,00")), row("R4B8H1ZQPA", Badge{ToneWait, "Оплачен частично"}, rub("1 030 229,50")),
			row("T9C3N6VMLE", Badge{ToneOK, "Оплачен"}, ""), row("W2F5J8YKSU", Badge{ToneBad, "Платёж отклонён"}, rub("5 400,00")), row("M1D4G7XNRB", Badge{ToneOff, "Отменён"}, ""),
		},
		Pager: Pager{Summary: "Заказы 1–5 из 12", Next: "/orders?page=2", Pages: []PageLink{{Label: "1", Current: true}, {Label: "2", URL: "/orders?page=2"}}},
	}
}

func cancelLive() CancelView {
	p := bank(payment(ToneWait, "Ждёт подписи", "Документ ждёт подписи в СберБизнес до 2 декабря, 23:59 МСК."))
	return CancelView{Number: "K7Q2M9XWDT", Payments: []PaymentCard{p},
		Message: Message{Tone: ToneWait, What: "Документ в банке ещё можно подписать", Means: "Отозвать документ может только ваша компания в СберБизнес.", Do: "Отклоните его там, и заказ закроется сам."}}
}
