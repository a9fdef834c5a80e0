package credit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"creditcart/internal/money"
)

// SignedOut invites to sign in: there are no conditions to show before.
const SignedOut = "«Кредит в корзине». Войдите по СберБизнес ID, чтобы увидеть условия для вашей компании."

// EstimateNote goes with every estimated monthly payment.
const EstimateNote = "точный график покажет банк"

// Title names a way to pay on its card.
func (m Method) Title() string {
	switch m {
	case Credit:
		return "Кредит в корзине"
	case Line:
		return "Кредитная линия"
	case Invoice:
		return "Счёт на оплату"
	}
	return ""
}

// Condition is the one or two sentences about a way to pay: its numbers, or why not and what would help.
// A credit speaks of its DefaultTerm.
func (w Way) Condition() string { return w.ConditionFor(w.DefaultTerm()) }

// ConditionFor is Condition with the term the buyer chose.
func (w Way) ConditionFor(t Term) string {
	switch {
	case !w.Available:
		return w.whyNot()
	case w.Method == Invoice:
		return fmt.Sprintf("Платёж %s со счёта вашей компании. Банк создаст платёжное поручение, останется его подписать.", w.PayNow.FormatShort())
	case w.Method == Line && w.Rest > 0:
		return fmt.Sprintf("На линии доступно %s. Оплатите эту часть сейчас, а оставшиеся %s другим способом, когда первый платёж исполнится.",
			w.Contract.Available.FormatShort(), w.Rest.FormatShort())
	case w.Method == Line:
		return fmt.Sprintf("Кредитная линия № %s: доступно %s. После оплаты останется %s.",
			w.Contract.Number, w.Contract.Available.FormatShort(), w.AfterLine.FormatShort())
	case w.UnderMin:
		return fmt.Sprintf("Минимальная сумма кредита %s. Банк оформит лимит на %s и оплатит заказ на %s; остаток лимита сможете использовать потом.",
			w.Offer.SumMin.FormatShort(), w.CreditAmount.FormatShort(), w.PayNow.FormatShort())
	}
	return fmt.Sprintf("Кредит %s на %s под %s годовых. Примерный платёж %s в месяц; %s.",
		w.CreditAmount.FormatShort(), Months(t.Months), Percent(w.Offer.Rate), t.About(), EstimateNote)
}

func (w Way) whyNot() string {
	switch {
	case w.Reason == ReasonOverMax && w.Offer != nil:
		s := fmt.Sprintf("Кредит доступен на сумму до %s, заказ дороже на %s. Уберите товаров на эту сумму или выберите другой способ.",
			w.Offer.SumMax.FormatShort(), w.OverBy.FormatShort())
		if w.LinePart > 0 {
			s += fmt.Sprintf(" Часть заказа, %s, можно оплатить с кредитной линии.", w.LinePart.FormatShort())
		}
		return s
	case w.Reason == ReasonBrokenOffer && w.Offer != nil && w.Offer.Problem != "":
		return w.Reason.Text() + " Причина: " + w.Offer.Problem + "."
	case w.Reason == ReasonBrokenLine && w.Contract != nil && w.Contract.Problem != "":
		return w.Reason.Text() + " Причина: " + w.Contract.Problem + "."
	case w.Reason == ReasonLineUnknown && w.Claim != nil && *w.Claim > 0:
		return fmt.Sprintf("При входе банк сообщил, что на линии доступно %s, но сейчас не подтвердил договор. Обновите страницу через минуту или оплатите по счёту.", w.Claim.FormatShort())
	case w.Reason == ReasonLineNotBegun && w.Contract != nil:
		return fmt.Sprintf("Договор кредитной линии № %s начнёт действовать %s.", w.Contract.Number, Day(w.Contract.Since))
	case w.Reason == ReasonLineEnded && w.Contract != nil:
		return fmt.Sprintf("Договор кредитной линии № %s закончился %s.", w.Contract.Number, Day(w.Contract.Until))
	case w.Reason == ReasonLineEmpty && w.Contract != nil:
		return fmt.Sprintf("На кредитной линии № %s сейчас нет свободных денег. Они появятся, когда вы погасите часть долга.", w.Contract.Number)
	}
	return w.Reason.Text()
}

// Text is a reason in words, without numbers.
func (r Reason) Text() string {
	switch r {
	case ReasonNothingDue:
		return "Заказ уже оплачен, платить больше нечего."
	case ReasonNotOffered:
		return "Банк сейчас не предлагает вашей компании покупку в кредит. Это решение банка; заказ можно оплатить по счёту."
	case ReasonLawForm:
		return "Кредит в корзине доступен ООО, ИП и ГКФХ."
	case ReasonMerchantNotConnected:
		return "Магазин временно не принимает оплату в кредит."
	case ReasonOffersUnknown:
		return "Условия временно недоступны. Можно оплатить по счёту или вернуться позже: заказ сохранён."
	case ReasonNoOffers:
		return "Для вашей организационно-правовой формы сейчас нет кредитных предложений."
	case ReasonBrokenOffer:
		return "Это предложение сейчас нельзя выбрать: условия от банка пришли с ошибкой. Выберите другой способ."
	case ReasonOverMax:
		return "Заказ дороже, чем доступный кредит. Уменьшите заказ или выберите другой способ."
	case ReasonNoLine:
		return "У вашей компании нет действующей кредитной линии."
	case ReasonLineUnknown:
		return "Банк не сообщил, сколько доступно на кредитной линии. Обновите страницу через минуту или оплатите по счёту."
	case ReasonBrokenLine:
		return "Кредитную линию сейчас нельзя выбрать: данные договора от банка пришли с ошибкой. Выберите другой способ."
	case ReasonLineNotBegun:
		return "Договор кредитной линии ещё не начал действовать."
	case ReasonLineEnded:
		return "Договор кредитной линии закончился."
	case ReasonLineEmpty:
		return "На кредитной линии сейчас нет свободных денег."
	}
	return ""
}

// StaleOffers says that conditions are old because the bank is silent.
func StaleOffers(asOf time.Time) string {
	return "Банк не отвечает, показаны условия на " + asOf.In(Moscow()).Format("15:04") + ". Перед оплатой мы запросим их ещё раз."
}

// About is the monthly payment as prose says it: whole roubles, because it is an estimate.
func (t Term) About() string {
	whole, err := money.FromDecimal(t.Monthly.Decimal().Round(0))
	if err != nil {
		whole = t.Monthly
	}
	return whole.FormatShort()
}

// Chip is the limit beside the company's name in the header: the line, the largest credit, or nothing.
func Chip(ways []Way) string {
	var limit money.Amount
	for _, w := range ways {
		switch {
		case w.Method == Line && w.Available:
			return "Линия: доступно " + w.Contract.Available.FormatShort()
		case w.Method == Credit && w.Offer != nil && w.Offer.Problem == "":
			limit = max(limit, w.Offer.SumMax)
		}
	}
	if limit > 0 {
		return "Кредит до " + limit.FormatShort()
	}
	return ""
}

// Grace names the grace period of an offer, empty when there is none. The document gives no unit; its other periods are
// months, so this one is read as months.
func (o Offer) Grace() string {
	if o.DelayRepayment == 0 {
		return ""
	}
	return "Льготный период " + Months(o.DelayRepayment)
}

// Percent is a rate for people: «21,5 %».
func Percent(rate decimal.Decimal) string {
	return strings.Replace(rate.String(), ".", ",", 1) + "\u00a0%"
}

// Months counts months in the case that follows «на»: «1 месяц», «3 месяца», «12 месяцев».
func Months(n int) string {
	return strconv.Itoa(n) + "\u00a0" + Plural(n, "месяц", "месяца", "месяцев")
}

// Plural is the form of a word that follows a number: 1 месяц, 2 месяца, 5 месяцев.
func Plural(n int, one, few, many string) string {
	switch tens, ones := n%100/10, n%10; {
	case tens == 1:
	case ones == 1:
		return one
	case ones >= 2 && ones <= 4:
		return few
	}
	return many
}

// Day is a date in Moscow for prose: «2 декабря 2026 года».
func Day(t time.Time) string {
	t = t.In(Moscow())
	return dayMonth(t) + " " + strconv.Itoa(t.Year()) + " года"
}

func dayMonth(t time.Time) string {
	months := [...]string{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"}
	return strconv.Itoa(t.Day()) + "\u00a0" + months[t.Month()-1]
}
