package checkout_test

import (
	"context"
	"slices"

	"creditcart/internal/orders"
	"creditcart/internal/store"
)

// forgetful is a store that loses the first run of every change of an order, as after a conflict or after another's failure in
// the same commit: what is decided must not depend on how often it was.
type forgetful struct{ *store.Store }

func (s forgetful) UpdateOrder(ctx context.Context, number string, fn func(*orders.Order) error) (*orders.Order, error) {
	return s.Store.UpdateOrder(ctx, number, func(o *orders.Order) error {
		lost := *o
		lost.Payments, lost.Events = slices.Clone(o.Payments), slices.Clone(o.Events)
		_ = fn(&lost)
		return fn(o)
	})
}
