// Package orders speaks the shop's language: a cart, an order, the payments of an order, the two state machines and the history.
// It is pure: it knows nothing of the bank's words, of SQL or of HTTP.
package orders

import (
	"errors"
	"fmt"
	"time"

	"creditcart/internal/money"
)

// State of an order as it is stored. Whether it is paid is never stored: it follows from its payments.
type State string

// The stored states of an order.
const (
	Placed          State = "placed"
	CancelRequested State = "cancel_requested" // a document at the bank may still be signed, so this is a wish
	Cancelled       State = "cancelled"
)

// Settlement says how much of an order is paid. It is derived.
type Settlement string

// The settlements of an order.
const (
	Unpaid     Settlement = "unpaid"
	PartlyPaid Settlement = "partly_paid"
	Paid       Settlement = "paid"
	Overpaid   Settlement = "overpaid"
)

// Errors that tell a caller why an order refused a step.
var (
	ErrNotFound    = errors.New("no such order")
	ErrCancelled   = errors.New("the order is cancelled")
	ErrNothingDue  = errors.New("nothing is due")
	ErrMoreThanDue = errors.New("the payment is larger than what is due")
	ErrPaidCancel  = errors.New("a paid order cannot be cancelled by its buyer")
	ErrNoPayment   = errors.New("no such payment")
)

// Buyer is the company that owns the order and the person who placed it.
// An order belongs to a company: every employee of the company (by INN) may see it.
type Buyer struct {
	Subject     string // the person at the bank (iss+sub)
	PersonName  string
	CompanyINN  string
	CompanyKPP  string
	CompanyName string
	LawForm     string
}

// Contact is what the buyer wrote for the delivery. All of it is optional.
type Contact struct {
	Name, Phone, Email, DeliveryAddress, Comment string
}

// Line is one product of an order, frozen when the order was placed.
type Line struct {
	ProductID, Slug, SKU, Name, Unit string
	Quantity                         int64
	Price                            money.Amount // of one piece, VAT included
	Total                            money.Amount // Price × Quantity
	VATRate                          money.VATRate
	VAT                              money.Amount // inside Total, rounded half up per line
}

// NewLine computes the sums of a line. A sum beyond money.Max is an error.
func NewLine(l Line) (Line, error) {
	if l.Quantity < 1 || l.Quantity > MaxQuantity {
		return Line{}, fmt.Errorf("line %s: %w", l.ProductID, ErrQuantity)
	}
	total, err := l.Price.Times(l.Quantity)
	if err != nil {
		return Line{}, fmt.Errorf("line %s: %w", l.ProductID, err)
	}
	l.Total, l.VAT = total, l.VATRate.Included(total)
	return l, nil
}

// Order is one purchase of one company. Lines, sums and buyer never change after it was placed.
type Order struct {
	ID       string // UUID
	Number   string // what people and the bank see, `[0-9A-Z]{1,50}`, not guessable
	CartID   string // with CartVersion unique: one state of a cart becomes one order
	CartVer  int64
	Buyer    Buyer
	Contact  Contact
	Lines    []Line
	Total    money.Amount // sum of the lines
	VAT      money.Amount // sum of the lines' VAT
	State    State
	PlacedAt time.Time
	Version  int64 // compare-and-swap

	Payments []Payment
	Events   []Event
}

// Total adds up lines: what is to be paid, and the VAT in it.
func Total(lines []Line) (total, vat money.Amount, err error) {
	for _, l := range lines {
		if total, err = money.Sum(total, l.Total); err != nil {
			return 0, 0, fmt.Errorf("order total: %w", err)
		}
		vat += l.VAT
	}
	return total, vat, nil
}

// PaidSum is the money that the bank executed for this order, all of it, also beyond the total.
func (o *Order) PaidSum() money.Amount {
	var sum money.Amount
	for i := range o.Payments {
		if o.Payments[i].State == PaymentPaid {
			sum += o.Payments[i].Amount
		}
	}
	return sum
}

// Due is what still has to be paid; never negative.
func (o *Order) Due() money.Amount { return max(0, o.Total-o.PaidSum()) }

// Settlement derives how much is paid.
func (o *Order) Settlement() Settlement {
	switch paid := o.PaidSum(); {
	case paid == 0:
		return Unpaid
	case paid < o.Total:
		return PartlyPaid
	case paid == o.Total:
		return Paid
	default:
		return Overpaid
	}
}

// Live is the payment whose document blocks another one, nil if there is none.
func (o *Order) Live() *Payment {
	for i := range o.Payments {
		if o.Payments[i].Live() {
			return &o.Payments[i]
		}
	}
	return nil
}

// Watched are the payments whose end is still unknown: the live one and those the buyer left for another way to pay.
func (o *Order) Watched() []*Payment {
	var open []*Payment
	for i := range o.Payments {
		if !o.Payments[i].State.Final() {
			open = append(open, &o.Payments[i])
		}
	}
	return open
}

// Payment finds a payment of the order by its external id.
func (o *Order) Payment(externalID string) (*Payment, error) {
	for i := range o.Payments {
		if o.Payments[i].ExternalID == externalID {
			return &o.Payments[i], nil
		}
	}
	return nil, fmt.Errorf("order %s: payment %s: %w", o.Number, externalID, ErrNoPayment)
}

// NeedsReview tells whether a person has to look at a contradiction.
func (o *Order) NeedsReview() bool {
	for i := range o.Payments {
		if o.Payments[i].Review != "" {
			return true
		}
	}
	return false
}

// RequestCancel records the buyer's wish. With a document alive at the bank the order only waits for the bank's word.
func (o *Order) RequestCancel(actor string, now time.Time) error {
	switch {
	case o.State == Cancelled || o.State == CancelRequested:
		return nil
	case o.PaidSum() > 0:
		return fmt.Errorf("order %s: cancel: %w", o.Number, ErrPaidCancel)
	case len(o.Watched()) > 0:
		o.setState(CancelRequested, actor, now, "")
	default:
		o.setState(Cancelled, actor, now, "")
	}
	return nil
}

func (o *Order) setState(to State, actor string, now time.Time, note string) {
	o.record(Event{At: now, Kind: EventOrder, Actor: actor, From: string(o.State), To: string(to), Note: note})
	o.State = to
}

// ErrNumberTaken says that another order has this number; the caller makes a new one.
var ErrNumberTaken = errors.New("the order number is taken")
