package storefront

import (
	"slices"
	"strings"

	"creditcart/internal/credit"
	"creditcart/internal/orders"
	"creditcart/web/templates"
)

func (s *server) adminOrderView(o *orders.Order) templates.AdminOrderView {
	now := s.Now()
	amount := orderSums(o)
	v := templates.AdminOrderView{
		Number: o.Number, Placed: dated(o.PlacedAt, now), Status: orderBadge(o), Total: amount(o.Total), Paid: amount(o.PaidSum()), Due: amount(o.Due()),
		Buyer: []templates.Fact{{Label: "Компания", Value: o.Buyer.CompanyName}, {Label: "ИНН", Value: o.Buyer.CompanyINN},
			{Label: "КПП", Value: o.Buyer.CompanyKPP}, {Label: "Оформил", Value: o.Buyer.PersonName}},
		Delivery: deliveryFacts(o.Contact),
	}
	if o.NeedsReview() {
		v.Message = &templates.Message{Tone: templates.ToneBad, What: "В платежах противоречие.", Means: reviews(o),
			Do: "Проверьте выписку по счёту магазина, прежде чем отгружать или возвращать деньги."}
	}
	for _, p := range slices.Backward(o.Payments) {
		v.Payments = append(v.Payments, s.adminPayment(p))
	}
	for _, e := range slices.Backward(o.Events) {
		v.History = append(v.History, s.adminEvent(o, e))
	}
	return v
}

func reviews(o *orders.Order) string {
	var texts []string
	for _, p := range o.Payments {
		if p.Review != "" {
			texts = append(texts, noteText(p.Review))
		}
	}
	return strings.Join(texts, " ")
}

func (s *server) adminPayment(p orders.Payment) templates.AdminPayment {
	now := s.Now()
	v := templates.AdminPayment{
		ID: p.ExternalID, Title: paymentTitle(p), Sum: p.Amount.FormatShort(), Method: string(p.Method), Status: paymentBadge(p), RawStatus: p.BankStatus,
		Merchant: merchantText(p), Buyer: paymentText(p, now), BankComment: p.BankComment, Facts: paymentFacts(p, now),
	}
	v.Checked, v.NextCheck = checks(p, now)
	if p.Method == orders.MethodCredit {
		v.Facts = append(v.Facts, templates.Fact{Label: "Кредитный продукт", Value: p.ProductCode + ", " + termLabel(p)})
	}
	if p.NeedsLogin {
		v.Facts = append(v.Facts, templates.Fact{Label: "Опрос банка", Value: "ждёт входа кого-нибудь из компании покупателя"})
	}
	if p.Late {
		v.Facts = append(v.Facts, templates.Fact{Label: "Срок подписи", Value: "прошёл, документ ещё может быть исполнен"})
	}
	if p.Review != "" {
		v.Facts = append(v.Facts, templates.Fact{Label: "Нужна проверка", Value: noteText(p.Review)})
	}
	return v
}

func merchantText(p orders.Payment) string {
	switch {
	case p.State == orders.PaymentSubmitting:
		return "Неизвестно, есть ли документ в банке. Магазин выясняет это сам, тем же номером документа."
	case p.State == orders.PaymentRejecting:
		return "Банк отказал, но прежняя отправка ещё может быть исполнена. Ждём, пока отказ станет окончательным."
	case p.State == orders.PaymentFailed && p.BankStatus == "":
		return "Документ не создан."
	}
	return credit.Lookup(p.BankStatus).Merchant
}

func (s *server) adminEvent(o *orders.Order, e orders.Event) templates.AdminEvent {
	at := dated(e.At, s.Now())
	at.Text = day(e.At, s.Now()) + ", " + e.At.In(moscow).Format("15:04:05")
	v := templates.AdminEvent{At: at, Subject: "Заказ", From: e.From, To: e.To, Text: noteText(e.Note), Who: adminActor(o, e.Actor)}
	if e.ExternalID != "" {
		short, _, _ := strings.Cut(e.ExternalID, "-")
		v.Subject = "Платёж " + short
	}
	switch e.Kind {
	case orders.EventOrder:
		v.From, v.To = orderStateWord(e.From), orderStateWord(e.To)
	case orders.EventPayment:
		v.From, v.To = paymentStateWord(orders.PaymentState(e.From)), paymentStateWord(orders.PaymentState(e.To))
	case orders.EventBank:
		v.From, v.To, v.Raw = "", credit.Lookup(e.To).Merchant, e.To
		if e.From != "" {
			v.Raw = e.From + " → " + e.To
		}
	}
	return v
}

func orderStateWord(state string) string {
	switch orders.State(state) {
	case orders.Placed:
		return "оформлен"
	case orders.CancelRequested:
		return "отмена запрошена"
	case orders.Cancelled:
		return "отменён"
	}
	return state
}

func adminActor(o *orders.Order, actor string) string {
	switch actor {
	case orders.ActorTimer:
		return "магазин, по расписанию"
	case orders.ActorBank:
		return "банк"
	}
	return actorName(o, actor)
}

// noteText says in Russian what the history's notes say; a note that nobody translated stays as it is.
func noteText(note string) string {
	note = strings.TrimPrefix(note, "review: ")
	known := map[string]string{
		"buyer returned by the refusal address":                           "Покупатель вернулся из банка по адресу отказа. Это подсказка, а не решение банка.",
		"buyer chose another way to pay; the document is still watched":   "Покупатель выбрал другой способ. За прежним документом магазин продолжает следить.",
		"the time to sign is over; the document is still watched":         "Срок подписи прошёл, документ ещё может быть исполнен.",
		"no document is alive any more":                                   "Живых документов больше нет.",
		"paid although a cancellation was asked for":                      "Оплата пришла, хотя покупатель просил отмену.",
		"paid after the buyer asked to cancel: ship or refund":            "Оплата пришла после просьбы об отмене: отгрузите заказ или верните деньги.",
		"more money than the order costs: refund or agree with the buyer": "Денег пришло больше, чем стоит заказ: верните лишнее или договоритесь с покупателем.",
		"money came after the payment had failed":                         "Деньги пришли по платежу, который считался неисполненным.",
		"the bank's answer contradicts the document sent":                 "Ответ банка не сходится с отправленным документом.",
		"the bank no longer knows a document it had confirmed":            "Банк больше не знает документ, который подтверждал.",
	}
	if text, ok := known[note]; ok {
		return text
	}
	return note
}
