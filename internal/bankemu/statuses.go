package bankemu

// statusNames are all documented codes of a payment order with their names, «Статусы платежных поручений».
var statusNames = map[string]string{
	"ACCEPTED":          "Принят",
	"ACCEPTED_BY_ABS":   "Принят АБС",
	"CARD2":             "Ожидает оплаты, картотека 2",
	"CREATED":           "Создан",
	"CHECKERROR":        "Ошибка контроля",
	"DELAYED":           "Приостановлен",
	"DELIVERED":         "Доставлен",
	"DELIVERED_RZK":     "Доставлен в СБК",
	"FRAUDALLOW":        "Одобрен ФРОД",
	"FRAUDDENY":         "Отвергнут ФРОД",
	"FRAUDREVIEW":       "На проверке у специалиста банка",
	"FRAUDSENT":         "Отправлен во ФРОД",
	"FRAUDSMS":          "Требуется подтверждение паролем из СМС",
	"NOT_ACCEPTED_RZK":  "Не принят СБК",
	"PARTSIGNED":        "Частично подписан",
	"PROCESSING_RZK":    "Обрабатывается СБК",
	"REQUESTED_RECALL":  "Запрошен отзыв",
	"RZK_SIGN_ERROR":    "Ошибка ЭП СБК",
	"SENDING_TO_RZK":    "Отправляется в СБК",
	"SIGNED":            "Подписан",
	"TO_PROCESSING_RZK": "К отправке в СБК",

	"DELETED":        "Удалён",
	"INVALIDEDS":     "Подпись неверна",
	"RECALL":         "Отозван",
	"REFUSEDBYBANK":  "Отклонён банком",
	"REFUSEDBYABS":   "Отказан АБС",
	"REQUISITEERROR": "Ошибка реквизитов",
	"REFUSED_BY_RZK": "Отказан контролирующей организацией",

	"IMPLEMENTED": "Исполнен",
}

// comments are what the bank adds to a status that stops or ends a document, «Банковский комментарий».
var comments = map[string]string{
	"CARD2":            "Недостаточно средств на счёте, документ ждёт оплаты",
	"CHECKERROR":       "Документ сохранён с ошибками заполнения",
	"DELAYED":          "Обработка документа приостановлена",
	"FRAUDREVIEW":      "Документ проверяет специалист банка",
	"FRAUDSMS":         "Подтвердите платёж паролем из СМС",
	"FRAUDDENY":        "Документ не прошёл проверку на мошенничество",
	"NOT_ACCEPTED_RZK": "Документ не прошёл логический контроль СБК",
	"RZK_SIGN_ERROR":   "СБК не подтвердил электронную подпись",
	"REQUESTED_RECALL": "Клиент запросил отзыв документа",
	"INVALIDEDS":       "Электронная подпись не прошла проверку",
	"RECALL":           "Отозван по запросу клиента",
	"REFUSEDBYBANK":    "Банк отказал в исполнении документа",
	"REFUSEDBYABS":     "Операции по счёту плательщика приостановлены",
	"REQUISITEERROR":   "Указаны ошибочные реквизиты получателя",
	"REFUSED_BY_RZK":   "Контролирующая организация отказала в оплате",
}

// requestNames are the two codes of a credit request.
var requestNames = map[string]string{"RECEIVED": "Получена банком", "PROCESSED": "Обработана"}

func statusName(code string) string { return or(statusNames[code], requestNames[code]) }

// failed says whether a payment order has ended without money moving.
func failed(code string) bool {
	switch code {
	case "DELETED", "INVALIDEDS", "RECALL", "REFUSEDBYBANK", "REFUSEDBYABS", "REQUISITEERROR", "REFUSED_BY_RZK":
		return true
	}
	return false
}
