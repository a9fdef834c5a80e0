package checkout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
)

// unknownAlarm is how long the outcome of a send may be unknown before the merchant hears of it.
const unknownAlarm = 15 * time.Minute

// errSettled stops a send whose document was settled, or sent, by somebody else meanwhile.
var errSettled = errors.New("settled meanwhile")

// send posts the frozen document.
func (s *Service) send(ctx context.Context, p orders.Payment, number string, t turn) error {
	if !t.first {
		// Durable before the call: a crash in between must not make this send look as if it had never happened.
		seen := p.SentAt // the store may decide this twice
		err := s.update(ctx, number, p.ExternalID, func(_ *orders.Order, now *orders.Payment, at time.Time) error {
			// A verdict about this send is definite only while nobody else has sent since we looked.
			if !now.Unsure() || t.alone && !now.SentAt.Equal(seen) {
				return errSettled
			}
			// Until its answer is known this send may be executed like the first one: the window begins anew.
			now.SentAt, now.Misses = at.Truncate(time.Millisecond), 0
			p.SentAt = now.SentAt
			return nil
		})
		if errors.Is(err, errSettled) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	t.sent = true
	ack, err := s.post(ctx, p, s.priority(p, t))
	switch {
	case err == nil:
		return s.observe(ctx, number, p.ExternalID, ack.Status, ack.Comment)
	case credit.IsDuplicate(err):
		return s.confirmDuplicate(ctx, p, number, t)
	default:
		return s.notConfirmed(ctx, number, p, err, t.alone)
	}
}

func (s *Service) post(ctx context.Context, p orders.Payment, priority bankapi.Priority) (credit.Ack, error) {
	return withToken(ctx, s.Keeper, p.Subject, func(token string) (credit.Ack, error) {
		if p.Method == orders.MethodCredit {
			return s.Bank.CreateRequest(ctx, token, p.Payload, p.ExternalID, priority)
		}
		return s.Bank.CreateDraft(ctx, token, p.Payload, p.ExternalID, priority)
	})
}

// confirmDuplicate: the bank has this id. It is ours, for nobody else can guess it; a draft is read to be sure,
// a credit request cannot be read (faults 2.4) and the duplicate itself is the proof.
func (s *Service) confirmDuplicate(ctx context.Context, p orders.Payment, number string, t turn) error {
	if p.Method == orders.MethodCredit {
		return s.observe(ctx, number, p.ExternalID, "RECEIVED", "")
	}
	return s.ask(ctx, p, number, t)
}

// notConfirmed records a send that did not succeed: three outcomes that must never be mixed up.
func (s *Service) notConfirmed(ctx context.Context, number string, sent orders.Payment, cause error, alone bool) error {
	var e *bankapi.Error
	known := errors.As(cause, &e)
	if known && (e.Misconfigured() || e.Kind == bankapi.NotFound) || s.Now().Sub(sent.CreatedAt) > unknownAlarm {
		s.Log.ErrorContext(ctx, "ALARM: a document needs a person", "order", number, "payment", sent.ExternalID, "error", cause)
	}
	return s.update(ctx, number, sent.ExternalID, func(o *orders.Order, p *orders.Payment, now time.Time) error {
		switch {
		case contradicts(cause):
			_, err := o.Review(sent.ExternalID, orders.ReviewContradiction, now)
			p.Tries++
			p.CheckAt = now.Add(backoff(p, now))
			return err
		case errors.Is(cause, ErrSignInAgain):
			p.NeedsLogin, p.CheckAt = true, now.Add(needsLoginCheck)
		case known && (e.Kind == bankapi.Refused || e.Kind == bankapi.Forbidden):
			p.CheckAt = now.Add(settleRead)
			// Another send since ours may be the one that is executed.
			definite := alone && p.SentAt.Equal(sent.SentAt)
			if definite && p.State == orders.PaymentRejecting {
				// Nothing can be read about a request that may be there, and a bank that has it may refuse for another reason.
				p.Misses = sent.Misses + 1
				definite = p.Misses >= refusedOften
			}
			return o.Refuse(p.ExternalID, definite, refusalWords(e, p.Method), fmt.Sprintf("%d %s %s", e.Status, e.Cause, e.ReferenceID), now)
		case known && e.Kind == bankapi.Limited:
			// Certainly not executed: the same send again, when the bank allows.
			p.CheckAt = now.Add(max(e.RetryAfter, 2*time.Second))
			p.Tries++
		case errors.Is(cause, bankapi.ErrUnavailable):
			// Not sent, so nothing new is unknown: no longer pause than until somebody has looked at the bank.
			p.CheckAt = now.Add(e.RetryAfter)
		default:
			p.Tries++
			p.CheckAt = now.Add(backoff(p, now))
		}
		return nil
	})
}

func contradicts(err error) bool {
	_, yes := errors.AsType[*credit.Contradiction](err)
	return yes
}

// refusalWords are what the buyer reads about a refusal of a document. Only WORKFLOW_FAULT speaks about the customer's
// affairs; the others speak about our request, which is for the merchant. That a contract has no line any more stands
// under either cause in the bank's table.
func refusalWords(e *bankapi.Error, m orders.Method) string {
	switch {
	case e.Kind == bankapi.Forbidden:
		right := "создавать платёжные документы (PAY_DOC_RU_INVOICE_ANY)"
		if m == orders.MethodCredit {
			right = "создавать кредитные заявки (CREDIT_REQUEST)"
		}
		return "Банк не разрешил магазину создать документ: при входе не подтверждено право " + right + ". Выйдите, войдите по СберБизнес ID ещё раз и подтвердите все согласия."
	case e.Cause == "WORKFLOW_FAULT" && e.Message != "", strings.HasPrefix(e.Message, "Для договора"):
		return "Банк не принял документ. Комментарий банка: «" + credit.CleanCut(e.Message, 300) + "»."
	}
	return "Банк не принял документ: в запросе магазина ошибка. Мы уже разбираемся; заказ сохранён."
}
