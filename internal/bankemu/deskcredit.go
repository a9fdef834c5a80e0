package bankemu

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// signRequest adds a signature to a credit request; with the last one needed the bank decides.
func (b *Bank) signRequest(r *creditRequest, co *Company, person *Person, account, decision string, now time.Time) error {
	from := co.account(account)
	switch {
	case r.decision != "":
		return errDecided
	case !person.MaySign:
		return errNoRight
	case slices.Contains(r.signers, person.ID):
		return errSignedByYou
	case r.signed:
		return errNotSignable
	case account != "" && (from == nil || !from.open()):
		return errNoAccount
	}
	r.signers, r.account = append(r.signers, person.ID), account
	if len(r.signers) >= co.signaturesNeeded() {
		r.signed = true
		b.answerRequest(r, co, decision, now)
	}
	return nil
}

func (b *Bank) findRequest(c *call, v visitor) *creditRequest {
	r := b.st.requests[c.r.PathValue("id")]
	if r == nil || r.company != v.company.ID {
		return nil
	}
	return r
}

func (b *Bank) deskRequest(c *call, v visitor) reply {
	r := b.findRequest(c, v)
	if r == nil {
		return deskNotFound()
	}
	return jsonReply(http.StatusOK, b.requestView(r, v, c.now))
}

func (b *Bank) requestView(r *creditRequest, v visitor, now time.Time) view {
	out := view{ID: r.id, Kind: "credit-request", Title: "Кредитная заявка по заказу " + r.order, Status: r.bankStatus(), Comment: r.comment,
		Account: b.accounts(v.company), Phone: v.person.Phone, Return: r.orderURL, State: "open"}
	product := or(r.product, "по условиям банка")
	out.Fields = []field{
		{"Заёмщик", v.company.FullName}, {"Сумма заказа", money(r.amount)}, {"Сумма кредита", money(r.credit)},
		{"Срок, месяцев", fmt.Sprint(r.term)}, {"Кредитный продукт", product}, {"Получатель", r.payment.PayeeName},
		{"ИНН получателя", r.payment.PayeeInn}, {"Счёт получателя", r.payment.PayeeAccount}, {"Назначение платежа", r.payment.Purpose},
	}
	switch r.decision {
	case "approved":
		out.State = "done"
		if p := b.st.payments[r.id]; p != nil {
			out.Status, out.Comment = b.status(p, now)
		}
	case "refused":
		out.State, out.Return = "refused", r.refuseURL
	default:
		if r.signed {
			out.State = "waiting"
		} else if len(r.signers) > 0 {
			out.Comment = "Заявка подписана одной подписью. Нужна подпись второго сотрудника."
		}
	}
	out.Name = statusName(out.Status)
	out.MaySign, out.WhyNot = b.maySign(r.signers, v)
	return out
}

func (b *Bank) deskSubmit(c *call, v visitor) reply {
	r := b.findRequest(c, v)
	if r == nil {
		return deskNotFound()
	}
	var in confirmation
	if stop := in.read(c, v.site); stop != nil {
		return *stop
	}
	if !in.Confirm || in.Phone == "" {
		return deskError(http.StatusUnprocessableEntity, "Укажите телефон и подтвердите, что сведения верны.")
	}
	if err := b.signRequest(r, v.company, v.person, in.Account, v.company.Decision, c.now); err != nil {
		return deskError(http.StatusConflict, err.Error())
	}
	return jsonReply(http.StatusOK, b.requestView(r, v, c.now))
}

// deskRefuse plays the bank's «no»; anybody of the company may ask for it.
func (b *Bank) deskRefuse(c *call, v visitor) reply {
	r := b.findRequest(c, v)
	if r == nil {
		return deskNotFound()
	}
	if r.decision != "" {
		return deskError(http.StatusConflict, errDecided.Error())
	}
	r.refuse()
	return jsonReply(http.StatusOK, b.requestView(r, v, c.now))
}
