package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"creditcart/internal/orders"
)

// OpenPayments counts the payments that are followed, by state and age. It reads only what is open.
func (s *Store) OpenPayments(ctx context.Context, now time.Time) ([]orders.OpenCount, error) {
	query, counts, since := openQuery(now)
	into := make([]any, len(counts))
	for i := range counts {
		into[i] = &counts[i].Count
	}
	if err := s.read.QueryRowContext(ctx, query, since...).Scan(into...); err != nil {
		return nil, fmt.Errorf("store: open payments: %w", err)
	}
	return counts, nil
}

// openQuery sums instead of grouping: a group would be sorted first.
func openQuery(now time.Time) (query string, counts []orders.OpenCount, since []any) {
	var sums []string
	for i, age := range orders.Ages {
		since = append(since, ms(now.Add(-age.From)))
		if i == 0 { // a clock of another machine may be ahead
			since[0] = ms(now.Add(24 * time.Hour))
		}
		before := "0"
		if i+1 < len(orders.Ages) {
			before = fmt.Sprintf("$%d", i+2)
		}
		for _, state := range orders.PaymentStates {
			if state.Final() {
				continue
			}
			sums = append(sums, fmt.Sprintf("coalesce(sum(case when state = '%s' and created_at <= $%d and created_at > %s then 1 else 0 end), 0)", state, i+1, before))
			counts = append(counts, orders.OpenCount{State: state, Age: age.Name})
		}
	}
	return "select " + strings.Join(sums, ", ") + " from payments where watched = 1", counts, since
}
