package store

import (
	"context"
	"errors"
	"time"

	"creditcart/internal/money"
	"creditcart/internal/orders"
)

// ErrCursor says that a cursor was not made by this package.
var ErrCursor = errors.New("store: bad cursor")

// Cursor is a place in a list of orders, fit for an address. Empty means the beginning, and as an answer: nothing follows.
type Cursor string

// Filter narrows a list of orders; the zero value is all of them, newest first.
type Filter struct {
	Bucket orders.Bucket
	// NumberPrefix finds orders by the beginning of their number; the list is then ordered by number, descending.
	NumberPrefix string
	// Attention keeps only orders that the merchant should look at.
	Attention bool
	Before    Cursor
}

// Summary is one line of a list of orders.
type Summary struct {
	Number      string
	PlacedAt    time.Time
	CompanyName string
	CompanyINN  string
	Total, Paid money.Amount
	Bucket      orders.Bucket
	State       orders.State
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

// OrdersOf lists the orders of a company.
func (s *Store) OrdersOf(ctx context.Context, companyINN string, f Filter, limit int) ([]Summary, Cursor, error) {
	return nil, "", errTodo
}

// AllOrders lists the orders of all companies, for the merchant.
func (s *Store) AllOrders(ctx context.Context, f Filter, limit int) ([]Summary, Cursor, error) {
	return nil, "", errTodo
}

// AttentionCounts counts by an index that holds only what needs attention.
func (s *Store) AttentionCounts(ctx context.Context) (Attention, error) { return Attention{}, errTodo }
