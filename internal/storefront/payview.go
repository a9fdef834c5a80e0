package storefront

import (
	"strconv"
	"time"

	"creditcart/internal/credit"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

// paymentCard is one payment in words. Links go to the contour of whoever looks, not of whoever began.
func (s *server) paymentCard(o *orders.Order, p orders.Payment, who sbid.Identity) templates.PaymentCard {
	now := s.Now()
	card := templates.PaymentCard{
		ID: p.ExternalID, Method: string(p.Method), Title: paymentTitle(p), Sum: p.Amount.FormatShort(), Status: paymentBadge(p),
		Text: paymentText(p, now), Facts: paymentFacts(p, now), Primary: p.Live(), OtherwiseFirst: p.MayRelease(),
	}
	if status := credit.Lookup(p.BankStatus); status.Stage != credit.StagePaid {
		card.BankComment = credit.CleanCut(p.BankComment, 300)
	}
	card.Checked, card.NextCheck = checks(p, now)
	if opensBank(p) {
		contour, _ := who.Contour()
		if link := s.Checkout.SignLink(o.Number, p, contour); s.toBank(link) {
			card.OpenURL = link
		}
	}
	switch {
	case !payable(o):
	case p.MayRelease():
		card.Otherwise = orderPath(o.Number) + "?pay=otherwise#pay"
	case p.State == orders.PaymentFailed && o.Live() == nil:
		card.Otherwise = "#pay"
	}
	return card
}

func checks(p orders.Payment, now time.Time) (checked, next *templates.Time) {
	if p.CheckedAt.IsZero() {
		return nil, nil
	}
	t := moment(p.CheckedAt, now)
	if p.State.Final() || !p.CheckAt.After(now) {
		return &t, nil
	}
	n := moment(p.CheckAt, now)
	if t.Text == n.Text { // «в 14:05, следующая в 14:05» says nothing
		t.Text, n.Text = p.CheckedAt.In(moscow).Format("15:04:05"), p.CheckAt.In(moscow).Format("15:04:05")
	}
	return &t, &n
}

// opensBank tells whether there is something to do at the bank's page.
func opensBank(p orders.Payment) bool {
	if p.State != orders.PaymentAwaiting && p.State != orders.PaymentProcessing {
		return false
	}
	return credit.Lookup(p.BankStatus).Stage.Action() == credit.ActionOpenBank
}

func paymentTitle(p orders.Payment) string {
	switch p.Method {
	case orders.MethodCredit:
		return "Новый кредит на " + credit.Months(p.Term)
	case orders.MethodLine:
		return "Кредитная линия № " + p.ContractNumber
	}
	return credit.Invoice.Title()
}

func paymentFacts(p orders.Payment, now time.Time) []templates.Fact {
	var facts []templates.Fact
	if p.Method == orders.MethodCredit && p.CreditAmount != p.Amount {
		facts = append(facts, templates.Fact{Label: "Лимит кредита", Value: p.CreditAmount.FormatShort()})
	}
	if waitsForSignature(p) && !p.Late && !p.ExpiresAt.IsZero() {
		facts = append(facts, templates.Fact{Label: "Подписать", Value: "до " + until(p.ExpiresAt, now)})
	}
	if p.Released && !p.State.Final() {
		facts = append(facts, templates.Fact{Label: "Выбран другой способ", Value: "за этим документом мы всё равно следим"})
	}
	return facts
}

// waitsForSignature tells whether the bank has the document and the next step is a signature.
func waitsForSignature(p orders.Payment) bool {
	stage := credit.Lookup(p.BankStatus).Stage
	return p.State == orders.PaymentAwaiting && (stage == credit.StageWaitSignature || stage == credit.StageSecondSignature)
}

// seemsRefused tells whether the buyer came back by the refusal address of a credit request that is still open.
func seemsRefused(p orders.Payment) bool {
	return p.State == orders.PaymentAwaiting && p.Method == orders.MethodCredit && p.RefusedHint
}

// paymentText says what happened, what it means and what to do.
func paymentText(p orders.Payment, now time.Time) string {
	switch p.State {
	case orders.PaymentSubmitting:
		return credit.SendingText
	case orders.PaymentRejecting:
		return "Банк не принял документ, но мы перепроверяем, не успел ли он его создать. Обычно это занимает до 10 минут. Новый создавать не нужно."
	case orders.PaymentFailed:
		if p.Reason != "" {
			return p.Reason
		}
	case orders.PaymentAwaiting:
		if p.Late {
			return credit.LateText(p.ExpiresAt)
		}
		if seemsRefused(p) {
			return credit.CreditRefusedText
		}
	}
	// The bank's comment stands apart on the card, as a quotation.
	return credit.Lookup(p.BankStatus).BuyerText(credit.Situation{Now: now, Since: p.ChangedAt, Until: p.ExpiresAt, PaidAt: p.PaidAt, Amount: p.Amount})
}

// paymentBadge is the word and the colour of a payment.
func paymentBadge(p orders.Payment) templates.Badge {
	switch p.State {
	case orders.PaymentSubmitting:
		return templates.Badge{Tone: templates.ToneWait, Word: "Отправляем в банк"}
	case orders.PaymentRejecting:
		return templates.Badge{Tone: templates.ToneWait, Word: "Перепроверяем отказ"}
	case orders.PaymentPaid:
		return templates.Badge{Tone: templates.ToneOK, Word: "Оплачено"}
	case orders.PaymentFailed:
		return templates.Badge{Tone: templates.ToneBad, Word: "Не исполнен"}
	case orders.PaymentAwaiting:
		if p.Late {
			return templates.Badge{Tone: templates.ToneWait, Word: "Срок подписи истёк"}
		}
		if seemsRefused(p) {
			return templates.Badge{Tone: templates.ToneBad, Word: "Похоже, отказ"}
		}
	}
	return templates.Badge{Tone: templates.ToneWait, Word: stageWord(credit.Lookup(p.BankStatus).Stage)}
}

func stageWord(stage credit.Stage) string {
	switch stage {
	case credit.StageWaitSignature:
		return "Ждёт подписи"
	case credit.StageSecondSignature:
		return "Ждёт второй подписи"
	case credit.StageBankChecks:
		return "Банк проверяет"
	case credit.StageNeedsYou:
		return "Нужно ваше действие"
	case credit.StageRecallAsked:
		return "Отзыв запрошен"
	}
	return "Банк обрабатывает"
}

// termLabel is the credit's term in the merchant's table.
func termLabel(p orders.Payment) string { return strconv.Itoa(p.Term) + "\u00a0мес." }
