package orders

import "time"

// Event kinds.
const (
	EventOrder   = "order"   // a stored state of the order changed
	EventPayment = "payment" // a state of a payment changed
	EventBank    = "bank"    // the bank's own status changed
	EventNote    = "note"    // something worth knowing that moved nothing
)

// Actors that are not people.
const (
	ActorTimer = "timer" // the shop asked by itself
	ActorBank  = "bank"  // an answer of the bank to a request in flight
)

// Event is one line of an order's history. Events are only ever appended.
type Event struct {
	Seq        int64 // given by the store; 0 = not stored yet
	At         time.Time
	Kind       string
	Actor      string // a person's subject, or one of the Actor constants
	ExternalID string // the payment it is about, empty for the order
	From, To   string
	Note       string // for the merchant; no secrets, no personal data
}

func (o *Order) record(e Event) { o.Events = append(o.Events, e) }
