package store

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// OrdersOfPeriod gives the numbers of all orders that have to do with money between two moments, the second excluded: placed
// then, paid then as the shop learned it, or with a document that may still be executed. Each once, ascending.
func (s *Store) OrdersOfPeriod(ctx context.Context, since, until time.Time) ([]string, error) {
	var all []string
	for _, q := range []struct {
		text string
		args []any
	}{
		{"select number from orders where placed_at >= $1 and placed_at < $2", []any{ms(since), ms(until)}},
		{`select number from orders where id in (select order_id from payments where paid_at > 0 and paid_at >= $1 and paid_at < $2)`,
			[]any{ms(since), ms(until)}},
		{"select number from orders where id in (select order_id from payments where watched = 1)", nil},
	} {
		numbers, err := collect(ctx, s.read, func(scan func(...any) error, n *string) error { return scan(n) }, q.text, q.args...)
		if err != nil {
			return nil, fmt.Errorf("store: orders of a period: %w", err)
		}
		all = append(all, numbers...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
