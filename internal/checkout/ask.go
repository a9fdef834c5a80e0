package checkout

import (
	"context"
	"errors"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
)

// gaveUp is how many reads in a row may miss a document that the bank had confirmed before a person looks.
const gaveUp = 3

// errContradictory: a duplicate by one call, absent by the next.
var errContradictory = errors.New("the bank has the document and does not know it")

// ask reads the state of a document.
func (s *Service) ask(ctx context.Context, p orders.Payment, number string, t turn) error {
	asked := s.Now()
	st, err := s.state(ctx, p, number, s.priority(p, t))
	switch {
	case err == nil:
		if s.nothingNew(ctx, p, number, st) {
			return nil
		}
		return s.observe(ctx, number, p.ExternalID, st.Status, st.Comment)
	case isKind(err, bankapi.NotFound):
		return s.absent(ctx, p, number, t, asked)
	default:
		return s.silent(ctx, p, number, err)
	}
}

// state reads with the token of whoever made the document or, when his is dead, of any colleague who signed in since, or
// with the merchant's: the bank lets the one who made a document read its status when its customer's consent is gone
// (page «Получить статус поручения»).
func (s *Service) state(ctx context.Context, p orders.Payment, number string, priority bankapi.Priority) (credit.State, error) {
	read := func(subject string) (credit.State, error) {
		return withToken(ctx, s.Keeper, subject, func(token string) (credit.State, error) {
			return s.Bank.State(ctx, token, p.ExternalID, priority)
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
	merchant, loadErr := s.People.Merchant(ctx)
	if loadErr != nil {
		return st, loadErr
	}
	if merchant.Subject != "" {
		// Only an answer counts: that the merchant may not see a document does not mean that there is none.
		if seen, seenErr := read(merchant.Subject); seenErr == nil {
			return seen, nil
		}
	}
	return st, err
}

// absent: the bank did not know a document under this id when it was asked.
func (s *Service) absent(ctx context.Context, p orders.Payment, number string, t turn, asked time.Time) error {
	switch p.State {
	case orders.PaymentSubmitting:
		if t.sent { // the bank says at once that it has the id and that it does not: wait, and look again
			return s.silent(ctx, p, number, errContradictory)
		}
		return s.send(ctx, p, number, turn{background: t.background})
	case orders.PaymentRejecting:
		return s.update(ctx, number, p.ExternalID, func(o *orders.Order, p *orders.Payment, now time.Time) error {
			p.NeedsLogin, p.CheckAt = false, now.Add(settleRead)
			// A request that cannot be read is not disproved by a read: see settleRefused.
			if p.Method == orders.MethodCredit || !s.settled(p.SentAt, asked, settle) {
				return nil
			}
			_, err := o.Observe(p.ExternalID, orders.Observation{State: orders.PaymentFailed, Reason: p.Reason, Actor: orders.ActorTimer, At: now})
			return err
		})
	}
	return s.update(ctx, number, p.ExternalID, func(o *orders.Order, p *orders.Payment, now time.Time) error {
		p.CheckedAt, p.NeedsLogin = now, false // somebody's token worked
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
func (s *Service) silent(ctx context.Context, before orders.Payment, number string, cause error) error {
	s.Log.WarnContext(ctx, "the bank did not tell the state", "order", number, "payment", before.ExternalID, "error", cause)
	later := func(p *orders.Payment, now time.Time) {
		if !errors.Is(cause, bankapi.ErrUnavailable) { // that question was never asked
			p.Tries++
		}
		p.CheckAt = nextCheck(p, now)
		var e *bankapi.Error
		switch {
		case errors.Is(cause, ErrSignInAgain):
			p.NeedsLogin, p.CheckAt = true, now.Add(needsLoginCheck)
		case errors.As(cause, &e) && e.RetryAfter > 0:
			p.CheckAt = now.Add(max(e.RetryAfter, p.CheckAt.Sub(now)))
		}
	}
	if now, after := s.Now().UTC(), before; !before.State.Final() && !before.BecomesLate(now) {
		if later(&after, now); after.NeedsLogin == before.NeedsLogin && s.checked(ctx, number, before, after) {
			return nil
		}
	}
	return s.update(ctx, number, before.ExternalID, func(o *orders.Order, p *orders.Payment, now time.Time) error {
		if p.State.Final() { // another instance has heard the last word meanwhile
			return nil
		}
		o.MarkLate(p, now)
		later(p, now)
		return nil
	})
}

// nothingNew notes an answer that says what is known already, as most answers do, and tells whether it was one. It is what
// observe would save, for a fraction of the price.
func (s *Service) nothingNew(ctx context.Context, before orders.Payment, number string, st credit.State) bool {
	status, now := credit.Lookup(st.Status), s.Now().UTC()
	if !status.Known || status.Code != before.BankStatus || st.Comment != before.BankComment || stateOf(status) != before.State ||
		before.State.Final() || before.NeedsLogin || before.Misses > 0 || before.BecomesLate(now) {
		return false
	}
	after := before
	after.CheckedAt = now
	after.Tries++
	after.CheckAt = nextCheck(&after, now)
	return s.checked(ctx, number, before, after)
}

// checked saves that a question changed nothing, unless the payment has changed since it was read or that fails: then the
// whole order has to be looked at.
func (s *Service) checked(ctx context.Context, number string, before, after orders.Payment) bool {
	saved, err := s.Orders.SaveCheck(ctx, number, before, after)
	return err == nil && saved
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
