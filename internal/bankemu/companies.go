package bankemu

import "github.com/shopspring/decimal"

// Requisites of the default scenario's merchant. They pass the bank's check-digit rules and belong to nobody.
const (
	MerchantName        = "ООО «Снабжение и сервис»"
	MerchantINN         = "9901011011"
	MerchantKPP         = "990101001"
	MerchantAccount     = "40702810138001000101"
	MerchantBIC         = "044525225"
	MerchantCorrAccount = "30101810400000000225"
)

// DefaultClientID is the partner of the default scenario.
const DefaultClientID = "111286"

const (
	formOOO  = "Общество с ограниченной ответственностью"
	formIP   = "Индивидуальный предприниматель"
	formGKFH = "Глава крестьянского (фермерского) хозяйства"
	formAO   = "Акционерное общество"
)

// DefaultScenario is the shipped set of companies. Their ids and the ids of their people are a contract with tests.
func DefaultScenario() Scenario {
	return Scenario{
		Companies: append(defaultSmall(), defaultOthers()...),
		Offers: map[string][]Offer{
			"ООО": {
				offer("MBKoo226", "Кредит в корзине", "20000.00", "500000.00", "21.5", 3, 12, 1, "300000.00"),
				offer("MBKoo301", "Кредит в корзине. Большой заказ", "100000.00", "3000000.00", "23.9", 6, 36, 3, "1000000.00"),
			},
			"ИП":   {offer("MBKip225", "Кредит в корзине для ИП", "10000.00", "300000.00", "22.9", 3, 12, 1, "200000.00")},
			"ГКФХ": {offer("MBKkf227", "Кредит в корзине для фермера", "15000.00", "400000.00", "19.9", 3, 18, 2, "250000.00")},
		},
	}
}

func offer(code, name, min, max, rate string, from, to, delay int, check string) Offer {
	return Offer{
		ProductCode: code, ProductName: name, SumMin: min, SumMax: max, Rate: rate, TermMin: from, TermMax: to,
		DelayRepayment: delay, CheckSum: check,
		Questions: []Question{
			{"Нужен ли залог?", "Нет, кредит выдаётся без залога."},
			{"Как быстро принимается решение?", "Обычно в течение нескольких минут после подписания заявки."},
			{"Можно ли погасить кредит досрочно?", "Да, без комиссии, с любой даты."},
		},
	}
}

func company(id, note, short, name, inn, ogrn, account string, balance int64, people ...Person) Company {
	form := map[string]string{"ООО": formOOO, "ИП": formIP, "ГКФХ": formGKFH, "АО": formAO}[short]
	kpp := "0"
	if len(inn) == 10 {
		kpp = MerchantKPP
	}
	return Company{
		ID: id, Note: note, Name: short + " " + name, FullName: form + " " + name, LawForm: form, LawFormShort: short,
		INN: inn, KPP: kpp, OGRN: ogrn, Address: "101000, Россия, г. Москва, Учебный пер., д. 1", BuyOnCredit: true,
		Accounts: []Account{{account, MerchantBIC, MerchantCorrAccount, decimal.NewFromInt(balance)}}, Signatures: 1, People: people,
	}
}

func (c Company) withAccount(number string, balance int64) Company {
	c.Accounts = append(c.Accounts, Account{number, MerchantBIC, MerchantCorrAccount, decimal.NewFromInt(balance)})
	return c
}

func (c Company) withLine(number, available, product string) Company {
	c.HasActiveLine = true
	c.Contract = &Contract{number, decimal.RequireFromString(available), "2026-01-15", "2029-01-14", product}
	return c
}

func defaultSmall() []Company {
	merchant := company("merchant", "Компания магазина: вход в кабинет продавца", "ООО", "«Снабжение и сервис»", MerchantINN, "1227700040017", MerchantAccount, 1_000_000,
		Person{"merchant-manager", "Белова Ирина Олеговна", "Коммерческий директор", "+79000000101", "belova@merchant.example", cryptoSMS, true})
	merchant.BuyOnCredit = false
	merchant.Salary = salaryAgreements()
	romashka := company("romashka", "Кредит доступен, линии нет; подписывает директор", "ООО", "«Ромашка»", "9901011389", "1227700040721", "40702810338001001418", 2_000_000,
		Person{"romashka-buyer", "Круглова Анна Сергеевна", "Менеджер по закупкам", "+79000000201", "kruglova@romashka.example", cryptoSMS, false},
		Person{"romashka-director", "Лугин Пётр Андреевич", "Директор", "+79000000202", "lugin@romashka.example", cryptoSMS, true},
	).withAccount("40702810638002001418", 50_000)
	sokolov := company("sokolov", "Кредитная линия на 250 000 ₽", "ИП", "Соколов Илья Маркович", "990102011726", "322770004001012", "40802810638003000101", 400_000,
		Person{"sokolov", "Соколов Илья Маркович", "ИП", "+79000000301", "sokolov@sokolov.example", cryptoSMS, true},
	).withLine("5-2026/777", "250000.00", "MBKip225")
	niva := company("niva", "Вход с электронным ключом", "ГКФХ", "«Нива»", "990102015819", "322770004001728", "40802810838003001418", 600_000,
		Person{"niva-head", "Пашин Семён Ильич", "Глава хозяйства", "+79000000401", "pashin@niva.example", cryptoToken, true})
	vektor := company("vektor", "Кредитная линия меньше обычного заказа: 10 000,50 ₽", "ООО", "«Вектор»", "9901011759", "1227700041436", "40702810638001002735", 1_500_000,
		Person{"vektor-director", "Дымова Ольга Павловна", "Директор", "+79000000501", "dymova@vektor.example", cryptoSMS, true},
	).withLine("7-2026/15", "10000.50", "MBKoo226")
	return []Company{merchant, romashka, sokolov, niva, vektor}
}

func defaultOthers() []Company {
	sever := company("sever", "Банк не предлагает покупку в кредит", "ООО", "«Север»", "9901012128", "1227700042140", "40702810238001004052", 900_000,
		Person{"sever-director", "Мезенцев Олег Юрьевич", "Директор", "+79000000601", "mezencev@sever.example", cryptoSMS, true})
	sever.BuyOnCredit = false
	zavod := company("zavod", "Правовая форма без кредитных предложений", "АО", "«Завод»", "9901012495", "1227700042855", "40702810438001005369", 9_000_000,
		Person{"zavod-director", "Рудин Виктор Львович", "Генеральный директор", "+79000000701", "rudin@zavod.example", cryptoSMS, true})
	gavan := company("gavan", "Для проверки «нет предложений»", "ООО", "«Тихая гавань»", "9901012865", "1227700043560", "40702810738001006686", 700_000,
		Person{"gavan-director", "Штильман Вера Игоревна", "Директор", "+79000000801", "shtilman@gavan.example", cryptoSMS, true})
	duet := company("duet", "Нужны две подписи", "ООО", "«Дуэт»", "9901013234", "1227700044274", "40702810238001008003", 800_000,
		Person{"duet-director", "Парный Лев Борисович", "Директор", "+79000000901", "parny@duet.example", cryptoSMS, true},
		Person{"duet-accountant", "Счётова Нина Фёдоровна", "Главный бухгалтер", "+79000000902", "schetova@duet.example", cryptoSMS, true})
	duet.Signatures = 2
	duet.Salary = salaryAgreements()
	return []Company{sever, zavod, gavan, duet}
}
