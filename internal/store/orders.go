package store

import (
	"context"

	"creditcart/internal/orders"
)

// PlaceOrder saves a new order and empties the cart it was made of (version+1, LastOrder = its number), all or nothing.
// If an order was made from this state of the cart already, its number is returned and nothing changes.
// A cart of another version is orders.ErrCartChanged, a number in use orders.ErrNumberTaken. On success existing is empty,
// and o has its version and the numbers of its events.
func (s *Store) PlaceOrder(ctx context.Context, o *orders.Order) (existing string, err error) {
	return "", errTodo
}

// Order reads a whole order with lines, payments and events. An unknown number is orders.ErrNotFound.
func (s *Store) Order(ctx context.Context, number string) (*orders.Order, error) { return nil, errTodo }

// UpdateOrder runs fn on an order and saves what fn changed: state, payments, new events. An error of fn is returned as
// it is and nothing is saved. fn must not call anything slow (a transaction is open) and may be run again after a
// conflict with another writer. A second live payment is an error of type *orders.LiveError.
func (s *Store) UpdateOrder(ctx context.Context, number string, fn func(*orders.Order) error) (*orders.Order, error) {
	return nil, errTodo
}
