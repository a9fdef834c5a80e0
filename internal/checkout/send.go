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

// settle is how long after the last send a refusal stays in doubt: an earlier send of the same id may still be executed
// while the bank already refuses the later one (faults 2.3, step 6).
const settle = 10 * time.Minute

// unknownAlarm is how long the outcome of a send may be unknown before the merchant hears of it.
const unknownAlarm = 15 * time.Minute

// errContradictory: a duplicate by one call, absent by the next.
var errContradictory = errors.New("the bank has the document and does not know it")

// gaveUp is the share of missed reads after which a person looks: the bank confirmed a document and does not know it now.
const gaveUp = 3

// turn says on whose behalf a step is taken.
type turn struct {
	first      bool // right after the intent, which has the time of this send already
	alone      bool // no earlier send can be under way, so a refusal of this one is definite
	sent       bool // this step has sent already: one send a step
	background bool // nobody waits: interactive calls go before
}

// resolve takes the next step for one document: sends it, or asks what became of it. At most one such step runs per document
// in a process; whoever asks meanwhile waits for the same one. The step outlives the request that started it.
func (s *Service) resolve(ctx context.Context, number, externalID string, t turn) <-chan struct{} {
	done := make(chan struct{})
	s.inflight.Add(1)
	go func() {
		defer s.inflight.Done()
		defer close(done)
		_, err, _ := s.flight.Do("document:"+externalID, func() (any, error) {
			ctx := context.WithoutCancel(ctx)
			return nil, s.step(ctx, number, externalID, t)
		})
		if err != nil {
			s.Log.ErrorContext(ctx, "payment step failed", "order", number, "payment", externalID, "error", err)
		}
	}()
	return done
}

func (s *Service) step(ctx context.Context, number, externalID string, t turn) error {
	o, err := s.Orders.Order(ctx, number)
	if err != nil {
		return err
	}
	p, err := o.Payment(externalID)
	if err != nil || p.State.Final() {
		return err
	}
	switch {
	case p.State == orders.PaymentSubmitting && t.first:
		return s.send(ctx, *p, number, t)
	case p.State == orders.PaymentSubmitting:
		return s.settleUnknown(ctx, *p, number, t)
	case p.State == orders.PaymentRejecting:
		return s.settleRefused(ctx, *p, number, t)
	default:
		return s.ask(ctx, *p, number, t)
	}
}

// errSettled stops a send whose document was settled by somebody else meanwhile.
var errSettled = errors.New("settled meanwhile")

// send posts the frozen document.
func (s *Service) send(ctx context.Context, p orders.Payment, number string, t turn) error {
	if !t.first {
		// Durable before the call: a crash in between must not make this send look as if it had never happened.
		err := s.update(ctx, number, p.ExternalID, func(_ *orders.Order, now *orders.Payment, at time.Time) error {
			if !now.Unsure() {
				return errSettled
			}
			now.SentAt = at.Truncate(time.Millisecond)
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
	ack, err := s.post(ctx, p, t.background)
	switch {
	case err == nil:
		return s.observe(ctx, number, p.ExternalID, ack.Status, ack.Comment)
	case credit.IsDuplicate(err):
		return s.confirmDuplicate(ctx, p, number, t)
	default:
		return s.notConfirmed(ctx, number, p, err, t.alone)
	}
}

func (s *Service) post(ctx context.Context, p orders.Payment, background bool) (credit.Ack, error) {
	return withToken(ctx, s.Keeper, p.Subject, func(token string) (credit.Ack, error) {
		if p.Method == orders.MethodCredit {
			return s.Bank.CreateRequest(ctx, token, p.Payload, p.ExternalID, background)
		}
		return s.Bank.CreateDraft(ctx, token, p.Payload, p.ExternalID, background)
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
	if known && e.Misconfigured() || s.Now().Sub(sent.CreatedAt) > unknownAlarm {
		s.Log.ErrorContext(ctx, "ALARM: a document needs a person", "order", number, "payment", sent.ExternalID, "error", cause)
	}
	return s.update(ctx, number, sent.ExternalID, func(o *orders.Order, p *orders.Payment, now time.Time) error {
		switch {
		case contradicts(cause):
			_, err := o.Review(sent.ExternalID, orders.ReviewContradiction, now)
			p.Tries++
			p.CheckAt = now.Add(backoff(p.Tries))
			return err
		case errors.Is(cause, ErrSignInAgain):
			p.NeedsLogin, p.CheckAt = true, now.Add(needsLoginCheck)
		case known && (e.Kind == bankapi.Refused || e.Kind == bankapi.Forbidden):
			p.CheckAt = now.Add(settleRead)
			// Another send since ours may be the one that is executed.
			definite := alone && p.SentAt.Equal(sent.SentAt)
			return o.Refuse(p.ExternalID, definite, refusalWords(e, p.Method), fmt.Sprintf("%d %s %s", e.Status, e.Cause, e.ReferenceID), now)
		case known && e.Kind == bankapi.Limited:
			// Certainly not executed: the same send again, when the bank allows.
			p.CheckAt = now.Add(max(e.RetryAfter, 2*time.Second))
			p.Tries++
		default:
			p.Tries++
			p.CheckAt = now.Add(backoff(p.Tries))
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

// settleUnknown: nobody knows whether the bank has the document. A draft is read first; a credit request cannot be read,
// so it is posted again under the same id, where a duplicate is a success.
func (s *Service) settleUnknown(ctx context.Context, p orders.Payment, number string, t turn) error {
	if p.Method == orders.MethodCredit {
		return s.send(ctx, p, number, turn{background: t.background})
	}
	return s.ask(ctx, p, number, t)
}

// settleRefused waits, with reads only, until no earlier send can be executed any more; then the refusal is definite.
func (s *Service) settleRefused(ctx context.Context, p orders.Payment, number string, t turn) error {
	over := s.Now().Sub(p.SentAt) > settle
	if over && p.Method == orders.MethodCredit {
		// Nothing can be read about a request. One more post of the same id tells: a duplicate means it is there.
		return s.send(ctx, p, number, turn{alone: true, background: t.background})
	}
	return s.ask(ctx, p, number, t)
}

// ask reads the state of a document.
func (s *Service) ask(ctx context.Context, p orders.Payment, number string, t turn) error {
	st, err := s.state(ctx, p, number, t.background)
	switch {
	case err == nil:
		return s.observe(ctx, number, p.ExternalID, st.Status, st.Comment)
	case isKind(err, bankapi.NotFound):
		return s.absent(ctx, p, number, t)
	default:
		return s.silent(ctx, number, p.ExternalID, err)
	}
}

// state reads with the token of whoever made the document or, when his is dead, of any colleague who signed in since.
func (s *Service) state(ctx context.Context, p orders.Payment, number string, background bool) (credit.State, error) {
	read := func(subject string) (credit.State, error) {
		return withToken(ctx, s.Keeper, subject, func(token string) (credit.State, error) {
			return s.Bank.State(ctx, token, p.ExternalID, background)
		})
	}
	st, err := read(p.Subject)
	if !errors.Is(err, ErrSignInAgain) {
		return st, err
	}
	o, loadErr := s.Orders.Order(ctx, number)
	if loadErr != nil {
		return st, loadErr
	}
	colleagues, loadErr := s.People.LiveSubjects(ctx, o.Buyer.CompanyINN)
	if loadErr != nil {
		return st, loadErr
	}
	for _, subject := range colleagues {
		if subject == p.Subject {
			continue
		}
		if st, err = read(subject); !errors.Is(err, ErrSignInAgain) {
			return st, err
		}
	}
	return st, err
}

// absent: the bank does not know a document under this id.
func (s *Service) absent(ctx context.Context, p orders.Payment, number string, t turn) error {
	switch p.State {
	case orders.PaymentSubmitting:
		if t.sent { // the bank says at once that it has the id and that it does not: wait, and look again
			return s.silent(ctx, number, p.ExternalID, errContradictory)
		}
		return s.send(ctx, p, number, turn{background: t.background})
	case orders.PaymentRejecting:
		return s.update(ctx, number, p.ExternalID, func(o *orders.Order, p *orders.Payment, now time.Time) error {
			p.CheckAt = now.Add(settleRead)
			if now.Sub(p.SentAt) <= settle {
				return nil
			}
			_, err := o.Observe(p.ExternalID, orders.Observation{State: orders.PaymentFailed, Reason: p.Reason, Actor: orders.ActorTimer, At: now})
			return err
		})
	}
	return s.update(ctx, number, p.ExternalID, func(o *orders.Order, p *orders.Payment, now time.Time) error {
		p.CheckedAt = now
		o.MarkLate(p, now)
		defer func() { p.Tries++; p.CheckAt = nextCheck(p, now) }()
		if p.Method == orders.MethodCredit && p.State == orders.PaymentAwaiting {
			return nil // no payment order yet: nobody has approved the credit
		}
		if p.Misses++; p.Misses < gaveUp {
			return nil
		}
		_, err := o.Review(p.ExternalID, orders.ReviewVanished, now)
		return err
	})
}

// silent: the question itself failed. What is known stays, the next question comes later.
func (s *Service) silent(ctx context.Context, number, externalID string, cause error) error {
	return s.update(ctx, number, externalID, func(o *orders.Order, p *orders.Payment, now time.Time) error {
		o.MarkLate(p, now)
		p.Tries++
		p.CheckAt = nextCheck(p, now)
		var e *bankapi.Error
		switch {
		case errors.Is(cause, ErrSignInAgain):
			p.NeedsLogin, p.CheckAt = true, now.Add(needsLoginCheck)
		case errors.As(cause, &e) && e.RetryAfter > 0:
			p.CheckAt = now.Add(max(e.RetryAfter, p.CheckAt.Sub(now)))
		}
		s.Log.WarnContext(ctx, "the bank did not tell the state", "order", number, "payment", externalID, "error", cause)
		return nil
	})
}

// observe applies a status of the bank.
func (s *Service) observe(ctx context.Context, number, externalID, code, comment string) error {
	status := credit.Lookup(code)
	if !status.Known {
		s.Log.WarnContext(ctx, "unknown status of the bank", "order", number, "payment", externalID, "status", status.Code)
	}
	var borrower string // whose line or limit this payment moved
	err := s.update(ctx, number, externalID, func(o *orders.Order, p *orders.Payment, now time.Time) error {
		ob := orders.Observation{State: stateOf(status), BankStatus: status.Code, BankComment: comment, Actor: orders.ActorBank, At: now}
		if status.Stage == credit.StageFailed {
			ob.Reason = status.Buyer
		}
		changed, err := o.Observe(externalID, ob)
		if err != nil {
			return err
		}
		if p, err = o.Payment(externalID); err != nil {
			return err
		}
		o.MarkLate(p, now)
		p.Misses, p.NeedsLogin = 0, false
		if p.Tries++; changed {
			p.Tries = 0
			if p.Method != orders.MethodInvoice {
				borrower = o.Buyer.CompanyINN
			}
		}
		p.CheckAt = nextCheck(p, now)
		return nil
	})
	if err == nil && borrower != "" {
		err = s.moved(ctx, companyTopic(borrower))
	}
	return err
}

// stateOf maps a status to the shop's own states.
func stateOf(s credit.Status) orders.PaymentState {
	switch {
	case s.Stage == credit.StagePaid:
		return orders.PaymentPaid
	case s.Stage == credit.StageFailed:
		return orders.PaymentFailed
	case s.Signed():
		return orders.PaymentProcessing
	default:
		return orders.PaymentAwaiting
	}
}

// update loads an order, changes one of its payments and saves, in one transaction.
func (s *Service) update(ctx context.Context, number, externalID string, fn func(*orders.Order, *orders.Payment, time.Time) error) error {
	_, err := s.Orders.UpdateOrder(ctx, number, func(o *orders.Order) error {
		p, err := o.Payment(externalID)
		if err != nil {
			return err
		}
		return fn(o, p, s.Now().UTC())
	})
	if err != nil {
		return fmt.Errorf("checkout: payment %s: %w", externalID, err)
	}
	return nil
}
