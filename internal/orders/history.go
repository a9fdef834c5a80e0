package orders

import "time"

// Event kinds.
const (
	EventOrder   = "order"   // a stored state of the order changed
	EventPayment = "payment" // a state of a payment changed
	EventBank    = "bank"    // the bank's own status changed
	EventNote    = "note"    // something worth knowing that moved nothing
	EventConsent = "consent" // the buyer agreed to what the bank is told; Note is the version of the text, Detail its hash
)

// Actors that are not people.
const (
	ActorTimer = "timer" // the shop asked by itself
	ActorBank  = "bank"  // an answer of the bank to a request in flight
)

// Notes are things worth knowing beside the states, as codes: the page that shows them has the words.
const (
	NoteReturnedRefused = "returned_refused" // the buyer came back to the refusal address of a credit request
	NoteLeft            = "left"             // the buyer chose another way; the document is still watched
	NoteLate            = "late"             // the time to sign is over; the document is still watched
	NoteNothingAlive    = "nothing_alive"    // the last document of an order that should be cancelled is closed
	NoteRefused         = "refused"          // what exactly the bank answered
	ReviewPaidCancelled = "paid_cancelled"   // paid after the buyer asked to cancel: ship or refund
	ReviewOverpaid      = "overpaid"         // more money than the order costs
	ReviewPaidFailed    = "paid_failed"      // money came after the payment had failed
	ReviewBackwards     = "backwards"        // the bank's status contradicts what it said before
	ReviewContradiction = "contradiction"    // the bank's answer is not about the document that was sent
	ReviewVanished      = "vanished"         // the bank does not know a document it had confirmed
)

// IsReview tells whether a note is a contradiction for a person.
func IsReview(note string) bool {
	switch note {
	case ReviewPaidCancelled, ReviewOverpaid, ReviewPaidFailed, ReviewBackwards, ReviewContradiction, ReviewVanished:
		return true
	}
	return false
}

// Event is one line of an order's history. Events are only ever appended.
type Event struct {
	Seq        int64 // given by the store; 0 = not stored yet
	At         time.Time
	Kind       string
	Actor      string // a person's subject, or one of the Actor constants
	ExternalID string // the payment it is about, empty for the order
	From, To   string
	Note       string // for the merchant: one of the Note constants, or the bank's words about a failed payment
	Detail     string // codes and references that belong to the note; no secrets, no personal data
}

func (o *Order) record(e Event) { o.Events = append(o.Events, e) }
