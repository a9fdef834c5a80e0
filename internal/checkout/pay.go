package checkout

import (
	"context"
	"fmt"
	"time"

	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

// PayForm is what a buyer sends to pay an order. Its sums are never trusted, only compared.
type PayForm struct {
	Number      string
	Method      credit.Method
	ProductCode string        // of a credit; may be empty when there is one offer only
	Contract    string        // number of a line's contract; empty = the first that can pay
	Term        int           // months; 0 = the longest
	Amount      *money.Amount // what the buyer believes to pay now; nil = not told
	Decision    string        // Conditions.Token of what was shown; empty = not told
	Consent     string        // hash of the consent's text that was shown
	Release     string        // external id of a document the buyer leaves knowing that it may still be signed
}

// Started is a payment under way. Link is where the buyer signs; it is empty while it is unknown whether the bank has the document.
type Started struct {
	ExternalID string
	Link       string
}

// answerTimeout bounds how long a buyer waits for the bank after «Оплатить»; the call itself goes on without him.
const answerTimeout = 4500 * time.Millisecond

// Pay starts a payment: the intent is saved before the bank is called, so whatever happens to this process afterwards,
// the same document is asked for again and never a second one.
// Errors: orders.ErrNotFound, orders.ErrCancelled, orders.ErrNothingDue, ErrConsent, ErrNoSuchWay, *UnavailableError, *ChangedError,
// *orders.LiveError, ErrUnsettled, *RefusedError, ErrSignInAgain.
func (s *Service) Pay(ctx context.Context, who sbid.Identity, f PayForm) (Started, error) {
	o, err := s.Find(ctx, who, f.Number)
	if err != nil {
		return Started{}, err
	}
	if o, err = s.ready(ctx, who, o, f.Release); err != nil {
		return Started{}, err
	}
	if f.Consent != s.Consent.Hash && s.Consent.Hash != "" {
		return Started{}, fmt.Errorf("checkout: pay: %w", ErrConsent)
	}
	way, err := s.choose(ctx, who, o, f)
	if err != nil {
		return Started{}, err
	}
	p, err := s.document(who, o, way, f.Term)
	if err != nil {
		return Started{}, err
	}
	// A token that works is fetched before the intent: a person who has to sign in again leaves nothing behind.
	if _, _, err := s.Keeper.Token(ctx, who.Subject); err != nil {
		return Started{}, signInAgain(err)
	}
	attempts := len(o.Payments)
	o, err = s.Orders.UpdateOrder(ctx, o.Number, func(o *orders.Order) error {
		if len(o.Payments) != attempts { // another tab was faster, and its attempt has this external id
			return &orders.LiveError{Number: o.Number, Payment: o.Payments[len(o.Payments)-1]}
		}
		if err := o.BeginPayment(p, f.Release, who.Subject, s.Now().UTC()); err != nil {
			return err
		}
		if s.Consent.Hash != "" {
			o.Agree(p.ExternalID, s.Consent.Version, s.Consent.Hash, who.Subject, s.Now().UTC())
		}
		return nil
	})
	if err != nil {
		return Started{}, fmt.Errorf("checkout: pay: %w", err)
	}
	return s.launch(ctx, o.Number, p.ExternalID)
}

// ready tells whether a payment of this order may begin at all. A document that the buyer leaves is read once more:
// what he saw may be old, and another document beside one that the bank executes would be money twice.
func (s *Service) ready(ctx context.Context, who sbid.Identity, o *orders.Order, release string) (*orders.Order, error) {
	live := o.Live()
	switch {
	case o.State != orders.Placed:
		return nil, fmt.Errorf("checkout: pay: %w", orders.ErrCancelled)
	case o.Due() == 0:
		return nil, fmt.Errorf("checkout: pay: %w", orders.ErrNothingDue)
	case live == nil:
		return o, nil
	case live.ExternalID != release || !live.MayRelease():
		return nil, &orders.LiveError{Number: o.Number, Payment: *live}
	}
	asked, timer := s.Now().Truncate(time.Millisecond), time.NewTimer(refreshTimeout)
	defer timer.Stop()
	select {
	case <-s.resolve(ctx, o.Number, live.ExternalID, turn{}):
	case <-timer.C:
	}
	o, err := s.Find(ctx, who, o.Number)
	if err != nil {
		return nil, err
	}
	live = o.Live()
	switch {
	case live == nil && o.Due() == 0:
		return nil, fmt.Errorf("checkout: pay: %w", orders.ErrNothingDue)
	case live == nil:
		return o, nil
	case live.CheckedAt.Before(asked):
		return nil, fmt.Errorf("checkout: pay: %w", ErrUnsettled)
	case live.ExternalID != release || !live.MayRelease():
		return nil, &orders.LiveError{Number: o.Number, Payment: *live}
	}
	return o, nil
}

// launch sends the document and waits for the outcome only as long as a buyer should.
func (s *Service) launch(ctx context.Context, number, externalID string) (Started, error) {
	done := s.resolve(ctx, number, externalID, turn{first: true, alone: true})
	timer := time.NewTimer(answerTimeout)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		return Started{ExternalID: externalID}, nil
	}
	o, err := s.Orders.Order(ctx, number)
	if err != nil {
		return Started{}, fmt.Errorf("checkout: pay: %w", err)
	}
	p, err := o.Payment(externalID)
	if err != nil {
		return Started{}, fmt.Errorf("checkout: pay: %w", err)
	}
	switch {
	case p.State == orders.PaymentFailed:
		return Started{}, &RefusedError{Number: number, ExternalID: externalID, Words: p.Reason}
	case p.NeedsLogin:
		return Started{}, fmt.Errorf("checkout: pay: %w", ErrSignInAgain)
	case p.State == orders.PaymentAwaiting:
		return Started{ExternalID: externalID, Link: s.SignLink(o.Number, *p, sbid.Contour(p.Contour))}, nil
	}
	return Started{ExternalID: externalID}, nil
}

// choose decides anew what the buyer may do and finds the way he chose. Credit limits fail closed: with a silent bank
// and nothing fresh to rely on, only own money can be paid.
func (s *Service) choose(ctx context.Context, who sbid.Identity, o *orders.Order, f PayForm) (credit.Way, error) {
	now, err := s.Conditions(ctx, who, o.Due())
	if err != nil {
		return credit.Way{}, err
	}
	way, found := now.find(f)
	if !found {
		return credit.Way{}, fmt.Errorf("checkout: pay %q %q: %w", f.Method, f.ProductCode, ErrNoSuchWay)
	}
	changed := changes(f.Decision, way)
	if f.Amount != nil && way.Available && *f.Amount != way.PayNow && len(changed) == 0 {
		changed = []Change{{What: "Сумма платежа", Was: f.Amount.Format(), Now: way.PayNow.Format()}}
	}
	switch {
	case len(changed) > 0 && way.Available:
		return credit.Way{}, &ChangedError{Changes: changed, Now: now, Way: way}
	case !way.Available:
		return credit.Way{}, &UnavailableError{Way: way}
	case now.Stale && way.Method != credit.Invoice:
		way.Available, way.Reason = false, credit.ReasonOffersUnknown
		return credit.Way{}, &UnavailableError{Way: way}
	case way.Method == credit.Credit && f.Term != 0 && !way.Offer.AllowsTerm(f.Term):
		return credit.Way{}, fmt.Errorf("checkout: pay over %d months: %w", f.Term, ErrNoSuchWay)
	}
	return way, nil
}

func (c Conditions) find(f PayForm) (credit.Way, bool) {
	var found []credit.Way
	for _, w := range c.Ways {
		switch {
		case w.Method != f.Method:
		case f.Method == credit.Credit && f.ProductCode != "" && (w.Offer == nil || w.Offer.ProductCode != f.ProductCode):
		case f.Method == credit.Line && f.Contract != "" && (w.Contract == nil || w.Contract.Number != f.Contract):
		default:
			found = append(found, w)
		}
	}
	for _, w := range found {
		if w.Available {
			return w, true
		}
	}
	if len(found) == 0 {
		return credit.Way{}, false
	}
	return found[0], true
}

// Resume sends a document again that was never executed because nobody's token worked; the buyer has signed in since.
func (s *Service) Resume(ctx context.Context, who sbid.Identity, number string) error {
	o, err := s.Find(ctx, who, number)
	if err != nil {
		return err
	}
	var ids []string
	for _, p := range o.Watched() {
		if p.NeedsLogin {
			ids = append(ids, p.ExternalID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err = s.Orders.UpdateOrder(ctx, number, func(o *orders.Order) error {
		for _, id := range ids {
			p, err := o.Payment(id)
			if err != nil {
				return err
			}
			p.NeedsLogin, p.CheckAt = false, s.Now().UTC()
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("checkout: resume: %w", err)
	}
	return nil
}
