package orders

import (
	"slices"
	"time"
)

// PaymentState is how far a payment is known to be. Stored.
type PaymentState string

// The states of a payment (faults: NEW/UNKNOWN, REJ_WAIT, CREATED, signed, IMPLEMENTED, REJECTED/BANK_FAILED).
const (
	PaymentSubmitting PaymentState = "submitting"        // the intent is saved; the bank may or may not have it
	PaymentRejecting  PaymentState = "rejected_pending"  // refused, but an earlier send may still be executed
	PaymentAwaiting   PaymentState = "awaiting_customer" // the bank has the document; nobody signed it yet
	PaymentProcessing PaymentState = "processing"        // signed; the bank works
	PaymentPaid       PaymentState = "paid"              // absorbing
	PaymentFailed     PaymentState = "failed"
)

// PaymentStates lists all states in the order of a payment's life.
var PaymentStates = []PaymentState{PaymentSubmitting, PaymentRejecting, PaymentAwaiting, PaymentProcessing, PaymentPaid, PaymentFailed}

// moves is the whole machine. Forward skips are allowed: the shop sees the bank only now and then.
// failed → paid is there because money that came is never denied; it always asks for a person's review.
var moves = map[PaymentState][]PaymentState{
	PaymentSubmitting: {PaymentRejecting, PaymentAwaiting, PaymentProcessing, PaymentPaid, PaymentFailed},
	PaymentRejecting:  {PaymentAwaiting, PaymentProcessing, PaymentPaid, PaymentFailed},
	PaymentAwaiting:   {PaymentProcessing, PaymentPaid, PaymentFailed},
	PaymentProcessing: {PaymentPaid, PaymentFailed},
	PaymentPaid:       {},
	PaymentFailed:     {PaymentPaid},
}

// Final states are not asked about any more.
func (s PaymentState) Final() bool { return s == PaymentPaid || s == PaymentFailed }

// CanMove tells whether a payment may go from s to another state.
func (s PaymentState) CanMove(to PaymentState) bool { return slices.Contains(moves[s], to) }

// Observation is what an answer of the bank means for a payment.
type Observation struct {
	State       PaymentState // where the payment belongs by this answer; empty = the answer moves nothing
	BankStatus  string
	BankComment string
	Reason      string // for State failed
	Actor       string
	At          time.Time
}

// Observe applies an answer of the bank to a payment: moves it forward, records what changed, and turns a contradiction
// (a move backwards, money after a failure, money for a cancelled order) into a review instead of an error.
// It reports whether anything but the time of the check changed.
func (o *Order) Observe(externalID string, ob Observation) (changed bool, err error) {
	p, err := o.Payment(externalID)
	if err != nil {
		return false, err
	}
	p.CheckedAt = ob.At
	if ob.BankStatus != "" && (ob.BankStatus != p.BankStatus || ob.BankComment != p.BankComment) && p.State != PaymentPaid {
		o.record(Event{At: ob.At, Kind: EventBank, Actor: ob.Actor, ExternalID: externalID, From: p.BankStatus, To: ob.BankStatus})
		p.BankStatus, p.BankComment = ob.BankStatus, ob.BankComment
		changed = true
	}
	if ob.State == "" || ob.State == p.State {
		return changed, nil
	}
	if !p.State.CanMove(ob.State) {
		return o.review(p, ReviewBackwards, ob.BankStatus, ob.At) || changed, nil
	}
	if p.State == PaymentFailed {
		o.review(p, ReviewPaidFailed, ob.BankStatus, ob.At)
	}
	o.record(Event{At: ob.At, Kind: EventPayment, Actor: ob.Actor, ExternalID: externalID, From: string(p.State), To: string(ob.State), Note: ob.Reason})
	p.State, p.ChangedAt, p.Reason = ob.State, ob.At, ob.Reason
	p.NeedsLogin = false
	switch ob.State {
	case PaymentPaid:
		p.PaidAt = ob.At
		o.moneyCame(p, ob)
	case PaymentFailed:
		o.closeIfWished(ob)
	}
	return true, nil
}

// moneyCame settles what money means for an order that did not wait for it any more.
func (o *Order) moneyCame(p *Payment, ob Observation) {
	if o.State != Placed {
		o.setState(Placed, ob.Actor, ob.At, "")
		o.review(p, ReviewPaidCancelled, ob.BankStatus, ob.At)
	}
	if o.Settlement() == Overpaid {
		o.review(p, ReviewOverpaid, ob.BankStatus, ob.At)
	}
}

func (o *Order) closeIfWished(ob Observation) {
	if o.State == CancelRequested && len(o.Watched()) == 0 && o.PaidSum() == 0 {
		o.setState(Cancelled, ob.Actor, ob.At, NoteNothingAlive)
	}
}

// Refuse applies the bank's refusal of a send. It is definite only when no other send of this document can be under way;
// a document that another send has confirmed meanwhile is not touched by it.
func (o *Order) Refuse(externalID string, definite bool, words, detail string, now time.Time) error {
	p, err := o.Payment(externalID)
	if err != nil {
		return err
	}
	o.Note(externalID, NoteRefused, detail, now)
	if !p.Unsure() {
		return nil
	}
	p.Reason = words
	to := PaymentRejecting
	if definite {
		to = PaymentFailed
	}
	_, err = o.Observe(externalID, Observation{State: to, Reason: words, Actor: ActorBank, At: now})
	return err
}

// Review marks a payment for a person. It reports whether the mark is new.
func (o *Order) Review(externalID, code string, now time.Time) (bool, error) {
	p, err := o.Payment(externalID)
	if err != nil {
		return false, err
	}
	return o.review(p, code, "", now), nil
}

func (o *Order) review(p *Payment, code, bankStatus string, now time.Time) bool {
	if p.Review == code {
		return false
	}
	p.Review = code
	o.record(Event{At: now, Kind: EventNote, Actor: ActorBank, ExternalID: p.ExternalID, Note: code, Detail: bankStatus})
	return true
}

// Note records something for the merchant that moves nothing.
func (o *Order) Note(externalID, note, detail string, now time.Time) {
	o.record(Event{At: now, Kind: EventNote, Actor: ActorBank, ExternalID: externalID, Note: note, Detail: detail})
}

// BecomesLate tells whether the time to sign is over and nobody has noted it yet.
func (p *Payment) BecomesLate(now time.Time) bool {
	return !p.Late && !p.ExpiresAt.IsZero() && !now.Before(p.ExpiresAt) && !p.State.Final()
}

// MarkLate notes that the time to sign is over. The document stays alive: only the bank can close it.
func (o *Order) MarkLate(p *Payment, now time.Time) {
	if !p.BecomesLate(now) {
		return
	}
	p.Late = true
	o.record(Event{At: now, Kind: EventNote, Actor: ActorTimer, ExternalID: p.ExternalID, Note: NoteLate})
}

// NoteRefusal remembers that the buyer came back to the refusal address of a credit request.
func (o *Order) NoteRefusal(actor string, now time.Time) (changed bool) {
	p := o.Live()
	if p == nil || p.Method != MethodCredit || p.RefusedHint {
		return false
	}
	p.RefusedHint = true
	o.record(Event{At: now, Kind: EventNote, Actor: actor, ExternalID: p.ExternalID, Note: NoteReturnedRefused})
	return true
}
