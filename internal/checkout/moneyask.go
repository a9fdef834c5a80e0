package checkout

import (
	"context"
	"errors"

	"creditcart/internal/bankapi"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
)

// askDocuments asks for the state of every document that may tell something new: those that are not final here, those
// whose money did not come, and those that would have followed but are not in this database. Orders stay as they are.
func (s *Service) askDocuments(ctx context.Context, known []*orders.Order, r *MoneyReport) error {
	late := map[string]bool{}
	for _, f := range r.Findings {
		late[f.Payment] = f.Kind == FindNotInStatement
	}
	for _, o := range known {
		live := false
		for i := range o.Payments {
			p := &o.Payments[i]
			if p.State.Final() && !late[p.ExternalID] {
				continue
			}
			st, err := s.stateFor(ctx, o, p.ExternalID, p.Subject, r)
			if silent(err) {
				return ctx.Err()
			}
			ended := false
			switch {
			case errors.Is(err, ErrSignInAgain):
				r.Gaps = append(r.Gaps, Gap{Order: o.Number, Why: "О документе заказа некому спросить: никто из компании-покупателя не вошёл, а магазину банк его не показывает."})
			case err != nil && !isKind(err, bankapi.NotFound):
				r.Gaps = append(r.Gaps, Gap{Order: o.Number, Why: "Банк не сказал, что с документом заказа. Повторите команду позже."})
			case err == nil:
				ended = s.compareState(o, p, st, r)
			}
			live = live || p.Live() && !ended
		}
		if live || o.State != orders.Placed || o.Due() == 0 {
			continue
		}
		if again, err := s.askLost(ctx, o, r); !again {
			return err
		}
	}
	return ctx.Err()
}

// compareState notes what the bank says of a document that is here; ended: without money.
func (s *Service) compareState(o *orders.Order, p *orders.Payment, st credit.State, r *MoneyReport) (ended bool) {
	state := stateOf(credit.Lookup(st.Status))
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Payment == p.ExternalID {
			f.BankStatus = st.Status
			return state == orders.PaymentFailed
		}
	}
	if state == orders.PaymentPaid && p.State != orders.PaymentPaid {
		r.Findings = append(r.Findings, Finding{Kind: FindPaidAtBank, Payment: p.ExternalID, Amount: p.Amount, BankStatus: st.Status,
			Action: actions[FindPaidAtBank]}.of(o))
	}
	return state == orders.PaymentFailed
}

// askLost looks for documents that were made after a backup: their ids are derived, so they are known although the database
// forgot them. A credit request cannot be found so before its payment order exists. more: the bank answers, go on.
func (s *Service) askLost(ctx context.Context, o *orders.Order, r *MoneyReport) (more bool, err error) {
	for n := len(o.Payments) + 1; n <= len(o.Payments)+maxLost; n++ {
		id := s.externalID(o.ID, n)
		st, err := s.stateFor(ctx, o, id, o.Buyer.Subject, r)
		if silent(err) {
			return false, ctx.Err()
		}
		// Nobody's token may see it, or there is none: the same for this question, which is asked on the off chance.
		if err != nil {
			return true, nil
		}
		r.lost(o, id, st)
		if stateOf(credit.Lookup(st.Status)) != orders.PaymentFailed {
			return true, nil
		}
	}
	return true, nil
}

// lost notes a document that only the bank knows, at the money that came for it when there is some.
func (r *MoneyReport) lost(o *orders.Order, id string, st credit.State) {
	paid := stateOf(credit.Lookup(st.Status)) == orders.PaymentPaid
	for i := range r.Findings {
		f := &r.Findings[i]
		if paid && f.Order == o.Number && f.Payment == "" && (f.Kind == FindNotPaid || f.Kind == FindSum) {
			f.Payment, f.BankStatus, f.Action = id, st.Status, actions[FindUnknownDocument]
			return
		}
	}
	if stateOf(credit.Lookup(st.Status)) != orders.PaymentFailed { // a document that came to nothing is no difference
		r.Findings = append(r.Findings, Finding{Kind: FindUnknownDocument, Payment: id, BankStatus: st.Status, Action: actions[FindUnknownDocument]}.of(o))
	}
}

func (s *Service) stateFor(ctx context.Context, o *orders.Order, id, subject string, r *MoneyReport) (credit.State, error) {
	st, err := s.state(ctx, orders.Payment{ExternalID: id, Subject: subject}, o.Number, bankapi.P4)
	r.Asked++
	switch {
	case ctx.Err() != nil:
		return st, errSilent
	case errors.Is(err, bankapi.ErrUnavailable):
		r.Asked--
		r.Gaps = append(r.Gaps, Gap{Order: o.Number, Why: "Банк недоступен: об этом заказе и о следующих он не спрошен. Повторите команду позже."})
		return st, errSilent
	}
	return st, err
}

// errSilent ends the questions: the bank does not answer, or nobody waits any more.
var errSilent = errors.New("the bank is silent")

func silent(err error) bool { return errors.Is(err, errSilent) }
