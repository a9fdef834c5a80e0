package templates

func terms(selected string) []Option {
	out := []Option{
		{Value: "3", Label: "3 месяца, примерно " + rub("63 756") + " в месяц"}, {Value: "6", Label: "6 месяцев, примерно " + rub("32 707") + " в месяц"},
		{Value: "12", Label: "12 месяцев, примерно " + rub("17 224") + " в месяц"}, {Value: "36", Label: "36 месяцев, примерно " + rub("7 003") + " в месяц"},
	}
	for i := range out {
		out[i].Selected = out[i].Value == selected
	}
	return out
}

func offer() CreditOffer {
	return CreditOffer{
		Code: "BUSINESS_TURNOVER", Name: "Оборотный кредит", Rate: "21,5 % годовых", TermField: "term", Terms: terms("12"), Available: true, Checked: true,
		Facts:     []Fact{{"Сумма", "от " + rub("20 000") + " до " + rub("500 000")}, {"Отсрочка первого платежа", "3 месяца"}, {"Выезд банка", "от " + rub("300 000")}},
		Questions: []Question{{"Нужен ли залог?", "Нет, кредит выдаётся без залога и поручителей."}, {"Можно ли погасить досрочно?", "Да, в любой день и без комиссии."}},
	}
}

func creditWay() PayWay {
	return PayWay{Method: "credit", Title: "Новый кредит", Summary: "Заявку рассмотрит банк, обычно за несколько минут.", PayNow: rub("184 500"), Available: true, Checked: true,
		AmountField: "amount_credit", AmountValue: "184500.00", Offers: []CreditOffer{offer()}}
}

func lineWay() PayWay {
	return PayWay{Method: "line", Title: "Кредитная линия", Summary: "Линия № 5-2026/777: доступно " + rub("250 000") + ".", PayNow: rub("184 500"), Rest: "После оплаты на линии останется " + rub("65 500") + ".",
		Available: true, AmountField: "amount_line", AmountValue: "184500.00", Facts: []Fact{{"Доступно", rub("250 000")}},
		Lines: []CreditLine{{Number: "5-2026/777", Checked: true, Facts: []Fact{{"Договор", "№ 5-2026/777"}, {"Действует до", "31 декабря 2027"}}}}}
}

func invoiceWay() PayWay {
	return PayWay{Method: "invoice", Title: "Свои деньги по счёту", Summary: "Платёжное поручение с вашего расчётного счёта.", PayNow: rub("184 500"), Available: true, AmountField: "amount_invoice", AmountValue: "184500.00"}
}

func ways() WaysView { return WaysView{Ways: []PayWay{creditWay(), lineWay(), invoiceWay()}} }

func off(w PayWay, reason, help string, links ...Link) PayWay {
	return PayWay{Method: w.Method, Title: w.Title, Reason: reason, Help: help, HelpLinks: links}
}

func chosen(w PayWay) PayWay {
	w.Checked = true
	return w
}

// decisions are all the answers a buyer can get about the ways to pay.
func decisions() map[string]WaysView {
	noLine := off(lineWay(), "У вашей компании нет действующей кредитной линии.", "")
	under := creditWay()
	under.PayNow = rub("5 400")
	under.Note = "Минимальная сумма кредита " + rub("20 000") + ". Банк оформит лимит на " + rub("20 000") + " и оплатит заказ на " + rub("5 400") + "; остаток лимита сможете использовать потом."
	part := chosen(lineWay())
	part.PayNow, part.Facts[0].Value = rub("10 000,50"), rub("10 000,50")
	part.Summary, part.Rest = "Линия № 5-2026/778: доступно "+rub("10 000,50")+".", ""
	part.Note = "На линии доступно " + rub("10 000,50") + ". Оплатите эту часть сейчас, а оставшиеся " + rub("30 229,50") + " другим способом, когда первый платёж исполнится."
	twoLines := chosen(lineWay())
	twoLines.AmountValue = ""
	twoLines.Lines = []CreditLine{{Number: "5-2026/777", Checked: true, Facts: []Fact{{"Действует до", "31 декабря 2027"}}},
		{Number: "5-2026/779", Says: "Кредитная линия № 5-2026/779: доступно " + rub("200 000") + ". После оплаты останется " + rub("15 500") + "."}}
	several := creditWay()
	second := offer()
	second.Code, second.Name, second.Rate, second.Checked, second.Questions = "BUSINESS_SEASON", "Сезонный кредит", "19,9 % годовых", false, nil
	second.Says = "Кредит " + rub("184 500") + " на 12 месяцев под 19,9 % годовых. Примерный платёж " + rub("17 083") + " в месяц; точный график покажет банк."
	third := CreditOffer{Code: "BUSINESS_BIG", Name: "Инвестиционный кредит", Rate: "18 % годовых", Reason: "Банк прислал условия, которые не удалось прочитать. Это предложение сейчас недоступно."}
	several.Offers = []CreditOffer{offer(), second, third}
	several.Offers[0].TermField, several.Offers[1].TermField = "term_BUSINESS_TURNOVER", "term_BUSINESS_SEASON"
	without := func(reason, help string, links ...Link) WaysView {
		return WaysView{Ways: []PayWay{off(creditWay(), reason, help, links...), noLine, chosen(invoiceWay())}}
	}
	stale := ways()
	stale.Stale = "Банк не отвечает, показаны условия на 14:05. Перед оплатой мы запросим их ещё раз."
	return map[string]WaysView{
		"inside":  ways(),
		"several": {Ways: []PayWay{several, noLine, invoiceWay()}},
		"under":   {Ways: []PayWay{under, noLine, invoiceWay()}},
		"over": without("Кредит доступен на сумму до "+rub("500 000")+", заказ дороже на "+rub("84 500")+".",
			"Уберите товаров на эту сумму или выберите другой способ.", Link{Text: "Изменить корзину", URL: "/cart"}),
		"denied": {Stale: "Банк не разрешил магазину узнать условия: при входе не подтверждено право GET_CREDIT_OFFERS. Войдите ещё раз и подтвердите все согласия.",
			StaleLinks: []Link{{Text: "Войти ещё раз", URL: "/login?return=%2Fcheckout", TestID: "conditions-login"}}, Ways: []PayWay{off(lineWay(), "Условия не известны.", ""), chosen(invoiceWay())}},
		"lines":     {Ways: []PayWay{twoLines, invoiceWay()}},
		"line-part": {Ways: []PayWay{off(creditWay(), "Для вашей организационно-правовой формы сейчас нет кредитных предложений.", ""), part, invoiceWay()}},
		"no-mmb":    without("Банк сейчас не предлагает вашей компании покупку в кредит. Это решение банка; заказ можно оплатить по счёту.", ""),
		"legal":     without("Кредит в корзине доступен ООО, ИП и ГКФХ.", ""),
		"stale":     stale,
		"silent":    without("Условия временно недоступны. Можно оплатить по счёту или вернуться позже: заказ сохранён.", ""),
		"merchant":  without("Магазин временно не принимает оплату в кредит.", "Оплатите по счёту или напишите нам."),
	}
}

func checkout(w WaysView) CheckoutView {
	return CheckoutView{Goods: goods(), Ways: w, Fields: fields(), CartVersion: "7", FormToken: "tok"}
}

func checkoutSignedOut() CheckoutView {
	s := signIn()
	ask := "Войдите, чтобы увидеть условия для вашей компании."
	return CheckoutView{Goods: goods(), SignIn: &s, Ways: WaysView{Ways: []PayWay{off(creditWay(), ask, ""), off(lineWay(), ask, ""), off(invoiceWay(), "Доступно после входа.", "")}}}
}

func checkoutErrors() CheckoutView {
	v := checkout(ways())
	v.Fields[1].Value, v.Fields[1].Error = "12", "Укажите телефон полностью, например +7 900 000-00-00"
	v.Fields[2].Value, v.Fields[2].Error = "buh@", "Проверьте адрес электронной почты"
	v.Errors = []FieldError{{"phone", "Телефон: укажите номер полностью"}, {"email", "Электронная почта: проверьте адрес"}}
	v.Message = &Message{Tone: ToneWait, What: "Банк отвечает медленно", Means: "Часть условий могла устареть.", Do: "Мы перепроверим их перед оплатой."}
	return v
}
