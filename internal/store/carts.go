package store

import (
	"context"
	"time"

	"creditcart/internal/orders"
)

// Cart reads a cart. An id that is not stored is an empty cart with that id and version 0.
func (s *Store) Cart(ctx context.Context, id string) (orders.Cart, error) {
	return orders.Cart{}, errTodo
}

// UpdateCart runs fn on a cart and saves it with its version increased. An error of fn is returned as it is and nothing
// is saved. fn must not call anything slow and may be run again after a conflict.
func (s *Store) UpdateCart(ctx context.Context, id string, now time.Time, fn func(*orders.Cart) error) (orders.Cart, error) {
	return orders.Cart{}, errTodo
}

// PurgeCarts removes carts that were not changed since olderThan.
func (s *Store) PurgeCarts(ctx context.Context, olderThan time.Time) error { return errTodo }
