package storefront

import (
	"slices"

	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

// orderView is an order in words, without its goods and the form to pay.
func (s *server) orderView(o *orders.Order, who sbid.Identity) templates.OrderView {
	now := s.Now()
	amount := orderSums(o)
	v := templates.OrderView{
		Number: o.Number, Placed: dated(o.PlacedAt, now), Status: orderBadge(o), Total: amount(o.Total), Paid: amount(o.PaidSum()), Due: amount(o.Due()),
		Rail: rail(o), Message: orderMessage(o), Delivery: deliveryFacts(o.Contact), History: s.history(o),
		CanCancel: o.State == orders.Placed && o.PaidSum() == 0,
	}
	if o.State == orders.Cancelled && o.PaidSum() == 0 { // nobody owes anything, and there is no way to go
		v.Due, v.Rail = "–", nil
	}
	for _, p := range slices.Backward(o.Payments) {
		v.Payments = append(v.Payments, s.paymentCard(o, p, who))
	}
	if live := o.Live(); payable(o) && (live == nil || opensBank(*live)) { // otherwise there is nothing to sign
		v.Handover = &templates.Handover{URL: s.Checkout.OrderURL(o.Number),
			Text: "Отправьте ссылку сотруднику с правом подписи. Сама по себе она прав не даёт: заказ откроется только после входа от имени вашей компании."}
	}
	return v
}

func orderSums(o *orders.Order) func(money.Amount) string {
	return sums(o.Total, o.PaidSum(), o.Due())
}

// orderBadge is the one word about an order.
func orderBadge(o *orders.Order) templates.Badge {
	live := o.Live()
	switch settlement := o.Settlement(); {
	case settlement == orders.Paid:
		return templates.Badge{Tone: templates.ToneOK, Word: "Оплачен"}
	case settlement == orders.Overpaid:
		return templates.Badge{Tone: templates.ToneOK, Word: "Оплачен с переплатой"}
	case o.State == orders.Cancelled:
		return templates.Badge{Tone: templates.ToneOff, Word: "Отменён"}
	case o.State == orders.CancelRequested:
		return templates.Badge{Tone: templates.ToneWait, Word: "Отмена запрошена"}
	case live != nil:
		return paymentBadge(*live)
	case settlement == orders.PartlyPaid:
		return templates.Badge{Tone: templates.ToneWait, Word: "Оплачен частично"}
	}
	return templates.Badge{Tone: templates.ToneInfo, Word: "Ждёт оплаты"}
}

// bucketBadge is the one word in a list, where only the bucket is known.
func bucketBadge(v orders.Summary) templates.Badge {
	switch {
	case v.State == orders.CancelRequested && v.Bucket != orders.BucketPaid:
		return templates.Badge{Tone: templates.ToneWait, Word: "Отмена запрошена"}
	case v.Bucket == orders.BucketPaid && v.Paid > v.Total:
		return templates.Badge{Tone: templates.ToneOK, Word: "Оплачен с переплатой"}
	}
	return map[orders.Bucket]templates.Badge{
		orders.BucketUnpaid:    {Tone: templates.ToneInfo, Word: bucketWord(orders.BucketUnpaid)},
		orders.BucketWaiting:   {Tone: templates.ToneWait, Word: bucketWord(orders.BucketWaiting)},
		orders.BucketPartly:    {Tone: templates.ToneWait, Word: bucketWord(orders.BucketPartly)},
		orders.BucketPaid:      {Tone: templates.ToneOK, Word: bucketWord(orders.BucketPaid)},
		orders.BucketCancelled: {Tone: templates.ToneOff, Word: bucketWord(orders.BucketCancelled)},
	}[v.Bucket]
}

func bucketWord(b orders.Bucket) string {
	switch b {
	case orders.BucketUnpaid:
		return "Ждёт оплаты"
	case orders.BucketWaiting:
		return "Документ в банке"
	case orders.BucketPartly:
		return "Оплачен частично"
	case orders.BucketPaid:
		return "Оплачен"
	case orders.BucketCancelled:
		return "Отменён"
	}
	return string(b)
}

// orderMessage is the one thing to know now, nil when the cards say it all.
func orderMessage(o *orders.Order) *templates.Message {
	settlement := o.Settlement()
	switch {
	case settlement == orders.Overpaid:
		return &templates.Message{Tone: templates.ToneWait, What: "По заказу поступило больше, чем он стоит.",
			Means: "Переплата " + (o.PaidSum() - o.Total).FormatShort() + ".", Do: "Магазин свяжется с вами о возврате."}
	case o.NeedsReview():
		return reviewMessage(o)
	case settlement == orders.Paid:
		return &templates.Message{Tone: templates.ToneOK, What: "Заказ оплачен.", Means: "Деньги исполнены банком, магазин видит оплату.", Do: "Ничего делать не нужно."}
	case o.State == orders.CancelRequested:
		return &templates.Message{Tone: templates.ToneWait, What: "Вы попросили отменить заказ.", Means: "Документ в банке ещё можно подписать, поэтому заказ пока не закрыт.", Do: credit.CancelWhileLiveText}
	case o.State == orders.Cancelled:
		return &templates.Message{Tone: templates.ToneOff, What: "Заказ отменён.", Means: "Деньги не списаны.", Do: "Эти товары можно заказать снова кнопкой «Повторить заказ»."}
	case settlement == orders.PartlyPaid && o.Live() == nil:
		return &templates.Message{Tone: templates.ToneWait, What: "Оплачено " + o.PaidSum().FormatShort() + ", осталось " + o.Due().FormatShort() + ".",
			Do: "Выберите, как оплатить остаток."}
	}
	return nil
}

// reviewMessage tells the buyer that a person of the shop is looking, and what not to do meanwhile.
func reviewMessage(o *orders.Order) *templates.Message {
	m := &templates.Message{Tone: templates.ToneWait, What: "Магазин проверяет оплату этого заказа.",
		Means: "Ответы банка о платеже расходятся, разбирается сотрудник магазина.", Do: "Прежде чем платить ещё раз, свяжитесь с магазином."}
	asked := slices.ContainsFunc(o.Events, func(e orders.Event) bool {
		return e.Kind == orders.EventOrder && e.To == string(orders.CancelRequested)
	})
	if o.Due() == 0 {
		m.What, m.Do = "Оплата поступила, магазин её проверяет.", "Магазин свяжется с вами. Платить ещё раз не нужно."
		if asked {
			m.Means = "Она пришла после вашей просьбы отменить заказ: магазин отгрузит товары или вернёт деньги, как вы договоритесь."
		}
	}
	return m
}

// rail is how far the payment is: «Заказ → Документ в банке → Подпись → Исполнение».
func rail(o *orders.Order) []templates.RailStep {
	steps := []templates.RailStep{{Name: "Заказ", State: "done", Word: "оформлен"}, {Name: "Документ в банке"}, {Name: "Подпись"}, {Name: "Исполнение"}}
	set := func(i int, state, word string) { steps[i].State, steps[i].Word = state, word }
	for i := 1; i < len(steps); i++ {
		set(i, "todo", "впереди")
	}
	if o.Due() == 0 {
		set(1, "done", "создан")
		set(2, "done", "подписан")
		set(3, "done", "оплачено")
		return steps
	}
	live := o.Live()
	switch {
	case live == nil && len(o.Payments) > 0 && o.Payments[len(o.Payments)-1].State == orders.PaymentFailed:
		set(1, "now", "нужен новый")
		set(3, "bad", "прошлый не исполнен")
	case live == nil:
		set(1, "now", "выберите способ")
	case live.State == orders.PaymentSubmitting || live.State == orders.PaymentRejecting:
		set(1, "now", "проверяем")
	case live.State == orders.PaymentAwaiting:
		set(1, "done", "создан")
		set(2, "now", awaitingWord(*live))
	default:
		set(1, "done", "создан")
		set(2, "done", "подписан")
		set(3, "now", processingWord(*live))
	}
	return steps
}

// awaitingWord is what a document that is not with the bank's clerks waits for.
func awaitingWord(p orders.Payment) string {
	switch stage := credit.Lookup(p.BankStatus).Stage; {
	case p.Late:
		return "срок истёк"
	case seemsRefused(p):
		return "похоже, отказ"
	case stage == credit.StageSecondSignature:
		return "ждём вторую подпись"
	case stage == credit.StageNeedsYou:
		return "нужно ваше действие"
	case stage == credit.StageRecallAsked:
		return "отзыв запрошен"
	}
	return "ждём подписи"
}

// processingWord is what a signed document waits for.
func processingWord(p orders.Payment) string {
	switch credit.Lookup(p.BankStatus).Stage {
	case credit.StageNeedsYou:
		return "нужно ваше действие"
	case credit.StageBankChecks:
		return "банк проверяет"
	case credit.StageRecallAsked:
		return "отзыв запрошен"
	}
	return "банк работает"
}

func deliveryFacts(c orders.Contact) []templates.Fact {
	var facts []templates.Fact
	for _, f := range []templates.Fact{{Label: "Контактное лицо", Value: c.Name}, {Label: "Телефон", Value: c.Phone}, {Label: "Почта", Value: c.Email},
		{Label: "Адрес доставки", Value: c.DeliveryAddress}, {Label: "Комментарий", Value: c.Comment}} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	return facts
}

// history is what a buyer reads, newest first: what moved, not every answer of the bank.
func (s *server) history(o *orders.Order) []templates.Event {
	var list []templates.Event
	for _, e := range slices.Backward(o.Events) {
		text := buyerEvent(o, e)
		if text == "" {
			continue
		}
		list = append(list, templates.Event{At: dated(e.At, s.Now()), Text: text, Who: actorName(o, e.Actor)})
	}
	return list
}

func buyerEvent(o *orders.Order, e orders.Event) string {
	switch e.Kind {
	case orders.EventOrder:
		switch orders.State(e.To) {
		case orders.Placed:
			if e.From == "" {
				return "Заказ оформлен"
			}
			return "Заказ снова открыт: поступила оплата"
		case orders.CancelRequested:
			return "Отмена запрошена"
		case orders.Cancelled:
			return "Заказ отменён"
		}
	case orders.EventPayment:
		name := "Платёж"
		if p, err := o.Payment(e.ExternalID); err == nil {
			name = credit.Method(p.Method).Title()
		}
		return name + ": " + paymentStateWord(orders.PaymentState(e.To))
	case orders.EventBank:
		return bankEvent(e.To)
	case orders.EventConsent:
		return "Согласие на передачу сведений банку, версия " + e.Note
	}
	return ""
}

// bankEvent is an answer of the bank that the payment's own steps do not tell.
func bankEvent(status string) string {
	found := credit.Lookup(status)
	switch found.Stage {
	case credit.StageSecondSignature, credit.StageBankChecks, credit.StageNeedsYou, credit.StageRecallAsked:
		return found.Buyer
	}
	return ""
}

// paymentStateWord names a state of a payment in a history.
func paymentStateWord(state orders.PaymentState) string {
	switch state {
	case orders.PaymentSubmitting:
		return "документ отправлен в банк"
	case orders.PaymentRejecting:
		return "банк не принял документ, перепроверяем"
	case orders.PaymentAwaiting:
		return "документ ждёт подписи"
	case orders.PaymentProcessing:
		return "документ подписан"
	case orders.PaymentPaid:
		return "оплачено"
	case orders.PaymentFailed:
		return "не исполнен"
	}
	return string(state)
}

func actorName(o *orders.Order, actor string) string {
	switch actor {
	case "":
		return ""
	case orders.ActorTimer:
		return "магазин"
	case orders.ActorBank:
		return "банк"
	case o.Buyer.Subject:
		return o.Buyer.PersonName
	}
	return "сотрудник компании"
}
