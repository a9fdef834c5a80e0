package orders

import (
	"errors"
	"time"

	"creditcart/internal/money"
)

// ErrCursor says that a cursor was not given out by a list.
var ErrCursor = errors.New("bad cursor")

// Cursor is a place in a list of orders, fit for an address. Empty means the beginning, and as an answer: nothing follows.
type Cursor string

// Filter narrows a list of orders; the zero value is all of them, newest first.
type Filter struct {
	Bucket       Bucket
	NumberPrefix string // finds orders by the beginning of their number; the list is then ordered by number, descending
	Attention    bool   // only what the merchant should look at
	Before       Cursor
}

// Summary is one line of a list of orders.
type Summary struct {
	Number      string
	PlacedAt    time.Time
	CompanyName string
	CompanyINN  string
	Total, Paid money.Amount
	Bucket      Bucket
	State       State
	Attention   bool
	Lines       int
}

// Attention counts what the merchant should look at.
type Attention struct {
	Orders     int // orders with any of the marks
	Review     int // payments with a contradiction
	Late       int // watched payments past their time
	NeedsLogin int // watched payments that nobody's token can ask about
}
