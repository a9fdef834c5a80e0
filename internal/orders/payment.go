package orders

import (
	"fmt"
	"time"

	"creditcart/internal/money"
)

// Method is a way to pay.
type Method string

// The ways to pay.
const (
	MethodCredit  Method = "credit"  // a new credit: a credit request at the bank
	MethodLine    Method = "line"    // from the active credit line: a draft paid by credit money
	MethodInvoice Method = "invoice" // own money: a plain draft
)

// Payment is one attempt to pay (a part of) an order: one document at the bank, with an external id of its own.
type Payment struct {
	ExternalID     string // lower-case UUID; unguessable, the same after a restore from a backup
	Attempt        int    // 1, 2, … within the order
	Method         Method
	Amount         money.Amount // what the merchant gets
	CreditAmount   money.Amount // what the company borrows; 0 for an invoice
	ProductCode    string       // credit
	Term           int          // credit, months
	ContractNumber string       // line
	Subject        string       // the person whose token made the document
	Contour        string       // where that person signs: sms | token

	State       PaymentState
	BankStatus  string // the bank's own code, as the bank spells it
	BankComment string
	Reason      string // why it failed, in words for the buyer
	Late        bool   // our deadline passed; the document may still be signed
	RefusedHint bool   // the buyer came back to the refusal address: a hint, proves nothing
	Released    bool   // the buyer chose another way knowing that this document may still be signed
	Review      string // a contradiction for a person, one of the Review constants; empty if none
	NeedsLogin  bool   // no token of the company works: somebody of it must sign in again

	Payload     []byte // the request, byte for byte as it is sent each time
	PayloadHash string // hex SHA-256 of Payload
	Misses      int    // times in a row that the bank did not know a document it had confirmed, or refused again a request that it may have
	Tries       int    // checks since the last change; drives the backoff
	CreatedAt   time.Time
	SentAt      time.Time // last send; a rejection is definite only some time after it
	ExpiresAt   time.Time // last moment of signing; zero = the bank names none
	ChangedAt   time.Time
	CheckedAt   time.Time // last answer of the bank; zero = none yet
	CheckAt     time.Time // when the shop asks next
	PaidAt      time.Time
}

// Live tells whether this document blocks another payment of the same order.
func (p *Payment) Live() bool { return !p.State.Final() && !p.Released }

// Unsure tells whether it is not known yet if the bank has the document.
func (p *Payment) Unsure() bool { return p.State == PaymentSubmitting || p.State == PaymentRejecting }

// MayRelease tells whether the buyer may turn to another way although this document is not closed:
// the bank seems to have refused the credit, or the time to sign is over.
func (p *Payment) MayRelease() bool {
	return p.Live() && p.State == PaymentAwaiting && (p.Late || p.Method == MethodCredit && p.RefusedHint)
}

// BeginPayment adds a payment in the state submitting: the intent, to be saved before the bank is called.
// A live payment is an error of type *LiveError, unless the caller releases it by naming its external id and it may be released.
func (o *Order) BeginPayment(p Payment, release, actor string, now time.Time) error {
	if o.State != Placed {
		return fmt.Errorf("order %s: pay: %w", o.Number, ErrCancelled)
	}
	if o.Due() == 0 {
		return fmt.Errorf("order %s: pay: %w", o.Number, ErrNothingDue)
	}
	if p.Amount <= 0 || p.Amount > o.Due() {
		return fmt.Errorf("order %s: pay %s of %s: %w", o.Number, p.Amount, o.Due(), ErrMoreThanDue)
	}
	if live := o.Live(); live != nil {
		if live.ExternalID != release || !live.MayRelease() {
			return &LiveError{Number: o.Number, Payment: *live}
		}
		live.Released = true
		o.record(Event{At: now, Kind: EventNote, Actor: actor, ExternalID: live.ExternalID, Note: NoteLeft})
	}
	p.Attempt = len(o.Payments) + 1
	p.State = PaymentSubmitting
	p.CreatedAt, p.ChangedAt = now, now
	o.Payments = append(o.Payments, p)
	o.record(Event{At: now, Kind: EventPayment, Actor: actor, ExternalID: p.ExternalID, To: string(PaymentSubmitting)})
	return nil
}

// Agree records what the person who begins a payment agreed to.
func (o *Order) Agree(externalID, version, hash, actor string, now time.Time) {
	o.record(Event{At: now, Kind: EventConsent, Actor: actor, ExternalID: externalID, Note: version, Detail: hash})
}

// LiveError says that the order already has a document that can still be signed.
type LiveError struct {
	Number  string
	Payment Payment
}

func (e *LiveError) Error() string {
	return fmt.Sprintf("order %s: payment %s is still alive", e.Number, e.Payment.ExternalID)
}

// Due names a payment whose time to be asked about has come.
type Due struct{ Number, ExternalID string }
