// Package outbox is what leaves the shop besides calls to the bank: notifications to the merchant's own system, in the form of
// Standard Webhooks. It says which changes of an order are told (pure), and delivers what the store kept of them, at least once.
// It knows neither SQL nor who receives.
package outbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"creditcart/internal/money"
	"creditcart/internal/orders"
)

// Types of messages. docs/operations.md says when each is sent.
const (
	OrderPlaced     = "order.placed"
	OrderPaid       = "order.paid"        // the bank executed all of it; once per order
	OrderPartlyPaid = "order.partly_paid" // the bank executed a part, the rest is due
	PaymentFailed   = "order.payment_failed"
	OrderCancelled  = "order.cancelled"
	OrderReview     = "order.review" // money or a contradiction for a person; data.reason says which
)

// Message is one notification. Its id and body never change, however often it is sent.
type Message struct {
	ID       string
	OrderID  string
	Seq      int64 // place in the order's history: messages of one order go out in this order
	Type     string
	Body     []byte // the JSON, byte for byte
	At       time.Time
	Attempts int // failed ones
}

// Status is how the outbox stands.
type Status struct {
	Waiting   int
	Oldest    time.Time // of those that wait; zero = none does
	LastError string    // of the oldest one: a class, never foreign text
	NextTry   time.Time // of the oldest one
}

// Book makes the messages of orders and wakes whoever delivers them.
type Book struct {
	key  []byte
	hint chan struct{}
}

// NewBook makes a book. The same key after a restore from a backup makes the same ids.
func NewBook(key []byte) *Book { return &Book{key: key, hint: make(chan struct{}, 1)} }

// Wake says that messages may have been committed.
func (b *Book) Wake() {
	select {
	case b.hint <- struct{}{}:
	default: // said already
	}
}

// Messages are what is to be told of an order's events that are not stored yet, to be saved with them.
func (b *Book) Messages(o *orders.Order) ([]Message, error) {
	var out []Message
	ordinals := map[string]int{}
	var paid money.Amount
	for i, e := range o.Events {
		n := told(o, e, &paid)
		if n.kind == "" {
			continue
		}
		subject := n.kind + "/" + n.subject
		ordinals[subject]++
		if e.Seq != 0 {
			continue
		}
		body, err := json.Marshal(envelope{Type: n.kind, Timestamp: e.At.UTC(), Data: dataOf(o, n)})
		if err != nil {
			return nil, fmt.Errorf("outbox: order %s: %w", o.Number, err)
		}
		out = append(out, Message{ID: b.id(o.ID, subject, strconv.Itoa(ordinals[subject])), OrderID: o.ID, Seq: int64(i + 1), Type: n.kind, Body: body, At: e.At})
	}
	return out, nil
}

// id is unguessable and the same each time the same thing happens to the same order. It has no dot: the signature is over
// parts that dots separate.
func (b *Book) id(parts ...string) string {
	mac := hmac.New(sha256.New, b.key)
	for _, p := range parts {
		_, _ = fmt.Fprintf(mac, "%d:%s", len(p), p)
	}
	return "msg_" + hex.EncodeToString(mac.Sum(nil)[:16])
}

// notice is what one event means for a receiver.
type notice struct {
	kind    string // empty: nothing
	subject string // what of the order it is about, where a kind may come more than once
	payment *orders.Payment
	reason  string
}

// told says what is told of an event; paid adds up the money of the events so far.
func told(o *orders.Order, e orders.Event, paid *money.Amount) notice {
	p, err := o.Payment(e.ExternalID)
	if err != nil {
		p = nil
	}
	switch {
	case e.Kind == orders.EventOrder && e.From == "" && e.To == string(orders.Placed):
		return notice{kind: OrderPlaced}
	case e.Kind == orders.EventOrder && e.To == string(orders.Cancelled):
		return notice{kind: OrderCancelled}
	case e.Kind == orders.EventPayment && e.To == string(orders.PaymentFailed):
		return notice{kind: PaymentFailed, subject: e.ExternalID, payment: p}
	case e.Kind == orders.EventNote && orders.IsReview(e.Note):
		return notice{kind: OrderReview, subject: e.ExternalID + "/" + e.Note, payment: p, reason: e.Note}
	case e.Kind == orders.EventPayment && e.To == string(orders.PaymentPaid) && p != nil:
		before := *paid
		*paid += p.Amount
		switch {
		case before >= o.Total: // told already: the review says that there is too much
		case *paid >= o.Total:
			return notice{kind: OrderPaid, payment: p}
		default:
			return notice{kind: OrderPartlyPaid, subject: e.ExternalID, payment: p}
		}
	}
	return notice{}
}

type envelope struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // when it happened
	Data      data      `json:"data"`
}

// data says how the order stands after the change. No names, phones, e-mails, tokens or words of people.
type data struct {
	OrderID      string   `json:"order_id"`
	Number       string   `json:"number"`
	State        string   `json:"state"`      // placed, cancel_requested, cancelled
	Settlement   string   `json:"settlement"` // unpaid, partly_paid, paid, overpaid
	BuyerINN     string   `json:"buyer_inn"`
	TotalKopecks int64    `json:"total_kopecks"`
	Total        string   `json:"total"` // roubles
	PaidKopecks  int64    `json:"paid_kopecks"`
	Paid         string   `json:"paid"`
	Payment      *payment `json:"payment,omitempty"` // the one that the message is about
	Reason       string   `json:"reason,omitempty"`  // of a review
}

type payment struct {
	Method        string     `json:"method"` // credit, line, invoice
	AmountKopecks int64      `json:"amount_kopecks"`
	Amount        string     `json:"amount"`
	State         string     `json:"state"`
	Late          bool       `json:"late,omitempty"` // after the shop's deadline
	PaidAt        *time.Time `json:"paid_at,omitempty"`
}

func dataOf(o *orders.Order, n notice) data {
	d := data{OrderID: o.ID, Number: o.Number, State: string(o.State), Settlement: string(o.Settlement()), BuyerINN: o.Buyer.CompanyINN,
		TotalKopecks: int64(o.Total), Total: o.Total.String(), PaidKopecks: int64(o.PaidSum()), Paid: o.PaidSum().String(), Reason: n.reason}
	if p := n.payment; p != nil {
		d.Payment = &payment{Method: string(p.Method), AmountKopecks: int64(p.Amount), Amount: p.Amount.String(), State: string(p.State), Late: p.Late}
		if !p.PaidAt.IsZero() {
			at := p.PaidAt.UTC()
			d.Payment.PaidAt = &at
		}
	}
	return d
}
