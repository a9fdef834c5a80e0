package storetest

import (
	"testing"
	"time"

	"creditcart/internal/orders"
)

func ordersOfPeriod(t *testing.T, db Database) {
	s := db(t)
	old, day := noon.AddDate(0, -2, 0), 24*time.Hour
	order := func(n int, at time.Time, change func(*orders.Payment)) {
		o := placed(t, s, n, romashka, at)
		if change == nil {
			return
		}
		got(s.UpdateOrder(t.Context(), o.Number, func(o *orders.Order) error {
			if err := begin(o, id("e", n), ""); err != nil {
				return err
			}
			change(&o.Payments[0])
			return nil
		}))(t)
	}
	paid := func(at time.Time) func(*orders.Payment) {
		return func(p *orders.Payment) { p.State, p.PaidAt = orders.PaymentPaid, at }
	}
	order(1, noon, nil)
	order(2, noon.Add(day), nil) // the next period's
	order(3, noon.Add(-time.Millisecond), nil)
	order(4, old, func(*orders.Payment) {}) // may still be executed
	order(5, old, paid(noon.Add(time.Hour)))
	order(6, old, paid(noon.Add(-time.Millisecond)))
	order(7, old, paid(noon.Add(day)))
	order(8, old, func(p *orders.Payment) { p.State = orders.PaymentFailed })
	order(9, noon, paid(noon.Add(time.Hour)))
	same(t, "a day", got(s.OrdersOfPeriod(t.Context(), noon, noon.Add(day)))(t), []string{id("N", 1), id("N", 4), id("N", 5), id("N", 9)})
}
