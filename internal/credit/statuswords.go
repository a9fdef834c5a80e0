package credit

import (
	"time"

	"creditcart/internal/money"
)

// Situation is what the words about a payment depend on besides its status. Zero values leave their part out.
type Situation struct {
	Now     time.Time
	Since   time.Time // when the status was first seen
	Until   time.Time // until when the document may be signed
	PaidAt  time.Time
	Amount  money.Amount
	Comment string // bankComment
}

// SendingText is for the time when the bank may or may not have the document; it has no status of the bank.
const SendingText = "Проверяем, принял ли банк документ. Обычно это занимает до минуты. Новый создавать не нужно."

// CreditRefusedText is for a buyer who came back by the address for refused credits: a hint, not the bank's decision.
const CreditRefusedText = "Похоже, банк не одобрил кредит. Заказ можно оплатить по счёту; если решение изменится, мы увидим."

// CancelWhileLiveText is for a buyer who cancels an order whose document may still be signed.
const CancelWhileLiveText = "Отозвать документ может только ваша компания в СберБизнес. Отклоните его там, и заказ закроется сам."

// slow is after what time a buyer is told that the bank takes longer than usual.
const slow = 10 * time.Minute

// BuyerText is everything a buyer is told about a payment in this status: what happened, what it means, what to do.
func (s Status) BuyerText(at Situation) string {
	text := s.Buyer
	waiting := at.Now.Sub(at.Since)
	if at.Now.IsZero() || at.Since.IsZero() {
		waiting = 0
	}
	switch s.Stage {
	case StageWaitSignature:
		text = s.waitSignature(at)
	case StageBankWorks:
		if waiting >= slow {
			text = "Банк проверяет дольше обычного. Мы сообщим о результате."
		} else if s.Code != "PROCESSED" {
			text = "Банк обрабатывает документ, обычно до 1 минуты."
		}
	case StageBankChecks:
		if s.AlertAfter > 0 && waiting >= s.AlertAfter {
			text = "Похоже, банк отклонил платёж, но окончательного решения ещё не прислал. Позвоните в банк: новый документ создавать рано."
		} else {
			text = checks
		}
	case StagePaid:
		text = paidText(at)
	}
	if comment := CleanCut(at.Comment, 300); comment != "" && s.Stage != StagePaid {
		text += " Комментарий банка: «" + comment + "»."
	}
	return text
}

func (s Status) waitSignature(at Situation) string {
	until := ""
	if !at.Until.IsZero() {
		until = " до " + dayMonth(at.Until.In(Moscow()))
	}
	if s.Code == "RECEIVED" {
		return "Кредитная заявка ждёт подписи в СберБизнес" + until + ". Заполнить и подписать её может любой сотрудник с правом подписи."
	}
	return "Документ ждёт подписи в СберБизнес" + until + ". Подписать может любой сотрудник с правом подписи."
}

func paidText(at Situation) string {
	text := "Оплачено"
	if at.Amount > 0 {
		text += " " + at.Amount.FormatShort()
	}
	if !at.PaidAt.IsZero() {
		paid := at.PaidAt.In(Moscow())
		text += ", " + dayMonth(paid) + " в " + paid.Format("15:04")
	}
	return text + "."
}

// LateText is for a document whose time to sign is over while the bank has not closed it.
func LateText(until time.Time) string {
	return "Срок подписи истёк " + dayMonth(until.In(Moscow())) + ". Если документ всё же исполнят, мы зачтём оплату."
}

// Action is what a buyer can do about a payment: the label of a button.
type Action string

// The actions.
const (
	ActionNone         Action = ""
	ActionOpenBank     Action = "Открыть в СберБизнес"
	ActionPayOtherwise Action = "Оплатить иначе"
)

// Action is the button for a stage.
func (s Stage) Action() Action {
	switch s {
	case StageWaitSignature, StageSecondSignature, StageNeedsYou:
		return ActionOpenBank
	case StageFailed:
		return ActionPayOtherwise
	}
	return ActionNone
}
