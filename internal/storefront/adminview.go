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
		v.Payments = append(v.Payments, s.adminPayment(o.Number, p))
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

func (s *server) adminPayment(number string, p orders.Payment) templates.AdminPayment {
	now := s.Now()
	v := templates.AdminPayment{
		ID: p.ExternalID, Title: paymentTitle(p), Sum: p.Amount.FormatShort(), Method: string(p.Method), Status: paymentBadge(p), RawStatus: p.BankStatus,
		Merchant: merchantText(p), Buyer: paymentText(p, now), BankComment: p.BankComment, Facts: paymentFacts(p, now),
	}
	v.DocumentURL = "/admin" + orderPath(number) + "/payments/" + p.ExternalID
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
	v := templates.AdminEvent{At: at, Subject: "Заказ", From: e.From, To: e.To, Text: strings.TrimSpace(noteText(e.Note) + " " + e.Detail), Who: adminActor(o, e.Actor)}
	if e.ExternalID != "" {
		short, _, _ := strings.Cut(e.ExternalID, "-")
		v.Subject = "Платёж " + short
	}
	switch e.Kind {
	case orders.EventOrder:
		v.From, v.To = orderStateWord(e.From), orderStateWord(e.To)
	case orders.EventPayment:
		v.From, v.To = paymentStateWord(orders.PaymentState(e.From)), paymentStateWord(orders.PaymentState(e.To))
	case orders.EventConsent:
		v.Text, v.Raw = "Согласие на передачу сведений банку, версия "+e.Note, "SHA-256 "+e.Detail
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

// noteWords are the words for what the history notes.
var noteWords = map[string]string{
	orders.NoteReturnedRefused: "Покупатель вернулся из банка по адресу отказа. Это подсказка, а не решение банка.",
	orders.NoteLeft:            "Покупатель выбрал другой способ. За прежним документом магазин продолжает следить.",
	orders.NoteLate:            "Срок подписи прошёл, документ ещё может быть исполнен.",
	orders.NoteNothingAlive:    "Живых документов больше нет.",
	orders.NoteRefused:         "Ответ банка на отправку документа:",
	orders.ReviewPaidCancelled: "Оплата пришла после просьбы об отмене: отгрузите заказ или верните деньги.",
	orders.ReviewOverpaid:      "Денег пришло больше, чем стоит заказ: верните лишнее или договоритесь с покупателем.",
	orders.ReviewPaidFailed:    "Деньги пришли по платежу, который считался неисполненным.",
	orders.ReviewBackwards:     "Статус банка противоречит тому, что банк сообщал раньше.",
	orders.ReviewContradiction: "Ответ банка не сходится с отправленным документом.",
	orders.ReviewVanished:      "Банк больше не знает документ, который подтверждал.",
}

// noteText says what a note means; the bank's words about a failed payment stand for themselves.
func noteText(note string) string {
	if text, ok := noteWords[note]; ok {
		return text
	}
	return note
}
