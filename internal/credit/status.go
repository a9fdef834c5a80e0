package credit

import (
	"strings"
	"time"
)

// Stage is what a status of the bank means for the people concerned.
type Stage string

// Stages of a payment document or a credit request.
const (
	StageSending         Stage = "sending"          // our own: the bank may or may not have it
	StageWaitSignature   Stage = "wait_signature"   // nobody signed yet
	StageSecondSignature Stage = "second_signature" // one signature of several
	StageBankWorks       Stage = "bank_works"       // also every status that is not in the dictionary
	StageBankChecks      Stage = "bank_checks"      // the bank looks closer, may call the customer
	StageNeedsYou        Stage = "needs_you"        // the customer has to do something
	StageRecallAsked     Stage = "recall_asked"     // the customer asked to recall the document
	StageFailed          Stage = "failed"           // over, no money moved
	StagePaid            Stage = "paid"             // over, the money went
)

// Status is an entry of the dictionary of bankStatus (page «Статусы платежных поручений»; RECEIVED and PROCESSED are
// those of a credit request).
type Status struct {
	Code  string
	Stage Stage
	// Buyer and Merchant are the words for each, in Russian, without dates and sums; see BuyerText for the full sentence.
	Buyer, Merchant string
	// Final: the bank will not change it, asking ends.
	Final bool
	// Poll is the base interval of asking; backoff is the caller's. Zero when final.
	Poll time.Duration
	// AlertAfter is how long a status may stay unchanged before the merchant is alerted; zero = no such rule.
	AlertAfter time.Duration
	// Known is false for a code that is not in the dictionary.
	Known bool
}

// Lookup finds a status. A code that is not in the dictionary is the bank at work: not final, keep asking.
func Lookup(code string) Status {
	code = strings.ToUpper(strings.TrimSpace(code))
	for _, s := range dictionary {
		if s.Code == code {
			return s.complete()
		}
	}
	return Status{
		Code: code, Stage: StageBankWorks, Poll: time.Minute,
		Buyer: "Банк обрабатывает документ.", Merchant: "Неизвестный статус банка, продолжаем опрос",
	}
}

// Signed tells whether a document in this status, which is not final, carries all signatures it needs.
func (s Status) Signed() bool {
	switch s.Code {
	case "RECEIVED", "CREATED", "PARTSIGNED", "CHECKERROR":
		return false
	}
	return true
}

func (s Status) complete() Status {
	s.Known = true
	s.Final = s.Stage == StageFailed || s.Stage == StagePaid
	if s.Stage == StageFailed {
		s.Buyer += notPaid
	}
	return s
}

const notPaid = " Деньги не списаны. Заказ сохранён, выберите другой способ."

// Intervals of asking: what the bank does by itself takes about a minute, what a person does takes longer.
const (
	soon  = 10 * time.Second
	calm  = time.Minute
	later = 5 * time.Minute
	rare  = 15 * time.Minute
)

// dictionary is the document's table in its order, then the two statuses of a credit request.
// FRAUDDENY is intermediate here and final on a newer page of the bank: keep asking, and after a day tell the merchant.
var dictionary = [...]Status{
	{Code: "ACCEPTED", Stage: StageBankWorks, Poll: soon, Buyer: "Банк принял документ.", Merchant: "Принят банком"},
	{Code: "ACCEPTED_BY_ABS", Stage: StageBankWorks, Poll: soon, Buyer: "Банк принял документ к исполнению.", Merchant: "Принят к исполнению"},
	{Code: "CARD2", Stage: StageNeedsYou, Poll: rare, Buyer: "На счёте не хватает денег. Платёж исполнится, когда они поступят.", Merchant: "Ждёт денег на счёте покупателя (картотека 2)"},
	{Code: "CREATED", Stage: StageWaitSignature, Poll: calm, Buyer: "Документ ждёт подписи в СберБизнес.", Merchant: "Создан, ждёт подписи покупателя"},
	{Code: "CHECKERROR", Stage: StageNeedsYou, Poll: later, Buyer: "Документ сохранён с ошибкой. Откройте его в СберБизнес.", Merchant: "Сохранён с ошибкой контроля, покупатель может исправить"},
	{Code: "DELAYED", Stage: StageBankChecks, Poll: later, Buyer: "Банк приостановил обработку документа.", Merchant: "Обработка приостановлена банком"},
	{Code: "DELIVERED", Stage: StageBankWorks, Poll: soon, Buyer: "Банк получил документ.", Merchant: "Доставлен в банк"},
	{Code: "DELIVERED_RZK", Stage: StageBankWorks, Poll: calm, Buyer: "Документ на контроле в банке.", Merchant: "Доставлен в систему контроля банка"},
	{Code: "FRAUDALLOW", Stage: StageBankWorks, Poll: soon, Buyer: "Банк проверил платёж и продолжает обработку.", Merchant: "Проверка безопасности пройдена"},
	{Code: "FRAUDDENY", Stage: StageBankChecks, Poll: rare, AlertAfter: 24 * time.Hour, Buyer: checks, Merchant: "Отклонён проверкой безопасности, ждём окончательного статуса"},
	{Code: "FRAUDREVIEW", Stage: StageBankChecks, Poll: later, Buyer: checks, Merchant: "На проверке у специалиста банка"},
	{Code: "FRAUDSENT", Stage: StageBankWorks, Poll: soon, Buyer: "Банк проверяет платёж.", Merchant: "Отправлен на проверку безопасности"},
	{Code: "FRAUDSMS", Stage: StageNeedsYou, Poll: calm, Buyer: "Подтвердите операцию паролем из СМС.", Merchant: "Ждёт подтверждения покупателя по СМС"},
	{Code: "NOT_ACCEPTED_RZK", Stage: StageBankChecks, Poll: later, Buyer: checks, Merchant: "Не прошёл логический контроль банка, ждём решения"},
	{Code: "PARTSIGNED", Stage: StageSecondSignature, Poll: later, Buyer: "Подписан одной подписью. Ждём вторую.", Merchant: "Подписан частично, ждёт второй подписи"},
	{Code: "PROCESSING_RZK", Stage: StageBankWorks, Poll: calm, Buyer: "Документ на контроле в банке.", Merchant: "Обрабатывается системой контроля банка"},
	{Code: "REQUESTED_RECALL", Stage: StageRecallAsked, Poll: calm, Buyer: "Вы попросили банк отозвать документ. Ждём ответа.", Merchant: "Покупатель запросил отзыв документа"},
	{Code: "RZK_SIGN_ERROR", Stage: StageBankChecks, Poll: later, Buyer: checks, Merchant: "Контроль банка не принял подпись, ждём решения"},
	{Code: "SENDING_TO_RZK", Stage: StageBankWorks, Poll: calm, Buyer: "Документ передаётся на контроль в банке.", Merchant: "Отправляется в систему контроля банка"},
	{Code: "SIGNED", Stage: StageBankWorks, Poll: soon, Buyer: "Документ подписан.", Merchant: "Подписан, банк обрабатывает"},
	{Code: "TO_PROCESSING_RZK", Stage: StageBankWorks, Poll: calm, Buyer: "Документ подписан и передаётся на контроль в банке.", Merchant: "К отправке в систему контроля банка"},

	{Code: "DELETED", Stage: StageFailed, Buyer: "Документ удалён в СберБизнес.", Merchant: "Удалён покупателем"},
	{Code: "INVALIDEDS", Stage: StageFailed, Buyer: "Банк не принял подпись под документом.", Merchant: "Подпись неверна"},
	{Code: "RECALL", Stage: StageFailed, Buyer: "Документ отозван вашей компанией.", Merchant: "Отозван покупателем"},
	{Code: "REFUSEDBYBANK", Stage: StageFailed, Buyer: "Банк отклонил документ.", Merchant: "Отклонён банком"},
	{Code: "REFUSEDBYABS", Stage: StageFailed, Buyer: "Документ не прошёл проверку банка.", Merchant: "Отказан при исполнении"},
	{Code: "REQUISITEERROR", Stage: StageFailed, Buyer: "В реквизитах документа ошибка.", Merchant: "Ошибка реквизитов: проверьте реквизиты магазина"},
	{Code: "REFUSED_BY_RZK", Stage: StageFailed, Buyer: "Документ отклонила контролирующая организация.", Merchant: "Отказан контролирующей организацией"},

	{Code: "IMPLEMENTED", Stage: StagePaid, Buyer: "Оплачено.", Merchant: "Исполнен"},

	{Code: "RECEIVED", Stage: StageWaitSignature, Poll: calm, Buyer: "Кредитная заявка ждёт вас в СберБизнес.", Merchant: "Кредитная заявка создана, ждёт покупателя"},
	{Code: "PROCESSED", Stage: StageBankWorks, Poll: calm, Buyer: "Кредитная заявка заполнена, банк её рассматривает.", Merchant: "Кредитная заявка заполнена покупателем"},
}

const checks = "Банк дополнительно проверяет платёж и может связаться с вами."
