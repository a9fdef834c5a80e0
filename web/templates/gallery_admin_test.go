package templates

func adminRows() []AdminRow {
	row := func(n, company, inn string, s Badge, total, due, flag string) AdminRow {
		return AdminRow{Number: n, URL: "/admin/orders/" + n, Placed: on("13:58"), Company: company, INN: inn, Status: s, Total: rub(total), Due: due, Flag: flag}
	}
	return []AdminRow{
		row("K7Q2M9XWDT", "ООО «Ромашка»", "7707083893", Badge{ToneWait, "Ждёт подписи"}, "184 500,00", rub("184 500,00"), ""),
		row("R4B8H1ZQPA", "ИП Соколов Д. И.", "500100732259", Badge{ToneWait, "Оплачен частично"}, "40 230,00", rub("30 229,50"), ""),
		row("W2F5J8YKSU", "ООО «Вектор»", "7728168971", Badge{ToneBad, "Нужна проверка"}, "5 400,00", "", "Исполнен после отмены"),
		row("T9C3N6VMLE", "ГКФХ Орлова", "631625698453", Badge{ToneOK, "Оплачен"}, "1 284 000,00", "", ""),
	}
}

func adminHome(connected bool) AdminHomeView {
	v := AdminHomeView{
		Attention: []Attention{
			{ToneBad, "Заказ № W2F5J8YKSU исполнен после отмены", "Банк исполнил документ на " + rub("5 400,00") + ". Верните деньги или восстановите заказ.", "12 минут", Link{Text: "Разобрать", URL: "/admin/orders/W2F5J8YKSU"}},
			{ToneWait, "4 заказа ждут подписи дольше 3 дней", "Самый старый истекает 2 декабря.", "5 дней", Link{Text: "Показать", URL: "/admin/orders?state=waiting"}},
			{ToneInfo, "Сертификат банка истекает 14 января", "Запросите новый в личном кабинете банка.", "", Link{}},
		},
		Connection: Connection{Status: Badge{ToneOK, "Подключено"}, Text: "Токен магазина действует, следующее обновление в 14:40.", ConnectURL: "/login?return=/admin", ConnectLabel: "Подключить заново",
			Facts: []Fact{{"Подключил", "Иванов П. А."}, {"С", "20 ноября, 10:12"}, {"Последний ответ банка", "14:05"}}},
		OffersText: "Обновлены в 14:05, действуют до 14:20.", OffersAction: "/admin/offers/refresh", SessionsAction: "/admin/sessions", Secret: AdminSecret{Badge{ToneOK, "Действует"}, "Магазин сменит его сам 22 декабря.", []Fact{{"Действует до", "1 января 2027"}}, "/admin/secret"}, HookURL: "https://shop.example/hooks/bank/0123456789abcdef0123456789abcdef01234567",
		Outbox: &AdminOutbox{Status: Badge{ToneBad, "Не доставляются"}, Text: "Магазин сообщает вашей системе о заказах и оплатах. Недоставленное он отправляет снова, пока система не примет.",
			Facts: []Fact{{Label: "Ждут отправки", Value: "12"}, {Label: "Последняя ошибка", Value: "нет ответа за 10 секунд"}}, Action: "/admin/notifications"},
		Calls: &AdminCalls{Status: Badge{ToneBad, "Банк не отвечает"}, Text: "Магазин приостановил запросы и сам проверяет, не вернулся ли банк. Состояния платежей от этого не меняются.",
			Facts: []Fact{{"Не отвечает с", "14:02:11"}, {"Следующая проверка", "14:05:30"}, {"Ждут очереди", "0, из них покупателей: 0"}, {"Использовано за минуту", "4 % допустимого"}}},
		Stats:  []Stat{{"4", "Ждут подписи", "/admin/orders?state=waiting"}, {"2", "Обрабатывает банк", "/admin/orders?state=bank"}, {"128", "Оплачены", "/admin/orders?state=paid"}},
		Recent: adminRows(),
	}
	if !connected {
		v.Attention = nil
		v.Connection = Connection{Status: Badge{ToneBad, "Не подключено"}, Text: "Покупатели не видят кредитных предложений. Войдите по СберБизнес ID сотрудником магазина.", ConnectURL: "/login?return=/admin", ConnectLabel: "Подключить магазин к банку", Primary: true}
	}
	return v
}

func adminOrders() AdminOrdersView {
	return AdminOrdersView{States: orders().States, Rows: adminRows(), Pager: orders().Pager}
}

func adminOrder() AdminOrderView {
	return AdminOrderView{
		Number: "K7Q2M9XWDT", Placed: on("13:58"), Status: Badge{ToneWait, "Ждёт подписи"}, Total: rub("184 500,00"), Paid: rub("0,00"), Due: rub("184 500,00"),
		Buyer: []Fact{{"Компания", "ООО «Ромашка»"}, {"ИНН", "7707083893"}, {"КПП", "773601001"}, {"Контур", "СМС"}}, Delivery: orderStates()["sign"].Delivery, Goods: goods(),
		Payments: []AdminPayment{{ID: "8a1e2c44-6b1f-4c7e-9d2e-0a3b5c7d9e11", Title: "Новый кредит на 12 месяцев", Method: "credit", Sum: rub("184 500,00"), Status: Badge{ToneWait, "Ждёт подписи"}, RawStatus: "CREATED",
			Merchant: "Черновик создан. Пока не подписан, отгружать нельзя.", Buyer: "Документ ждёт подписи в СберБизнес до 2 декабря.", BankComment: "Документ создан", Checked: ptr(at("14:05")), NextCheck: ptr(at("14:06")), Facts: []Fact{{"Подписать до", "2 декабря, 23:59 МСК"}}, DocumentURL: "/admin/orders/K7Q2M9XWDT/payments/8a1e2c44-6b1f-4c7e-9d2e-0a3b5c7d9e11"}},
		History: []AdminEvent{
			{At: on("14:03"), Subject: "Платёж 8a1e2c44", From: "отправлен", To: "ждёт подписи", Who: "Банк", Raw: "CREATED", Text: "Ответ на проверку состояния"},
			{At: on("14:02"), Subject: "Платёж 8a1e2c44", To: "отправлен", Who: "Петрова А. С.", Text: "Выбран кредит на 12 месяцев"},
			{At: on("13:58"), Subject: "Заказ", To: "ждёт оплаты", Who: "Петрова А. С.", Text: "Оформлен из корзины"},
		},
	}
}

func adminDocument() AdminDocumentView {
	return AdminDocumentView{
		ID: "8a1e2c44-6b1f-4c7e-9d2e-0a3b5c7d9e11", Order: Link{Text: "Заказ № K7Q2M9XWDT", URL: "/admin/orders/K7Q2M9XWDT"}, Asked: at("14:05"),
		Message:     &Message{ToneBad, "Документ в банке не такой, как просил магазин.", "Его могли изменить до подписи.", "Свяжитесь с покупателем, прежде чем отгружать."},
		Differences: []DocumentDifference{{"Сумма", rub("184 500,00"), rub("18 450,00")}}, Status: Badge{ToneWait, "Ждёт подписи"}, RawStatus: "CREATED",
		Words: "Создан, ждёт подписи покупателя", BankComment: "Документ создан",
		Facts: []Fact{{"Номер", "17"}, {"Дата", "22 ноября"}, {"Сумма", rub("18 450,00")}, {"Подписей", "0"}},
	}
}
