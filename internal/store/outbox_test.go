package store_test

import (
	"testing"
	"time"

	"creditcart/internal/orders"
	"creditcart/internal/outbox"
	"creditcart/internal/store/storetest"
)

// While an order's first message is not taken, nobody finds the others of it anew at each look: a receiver that is away for
// days must not make every look as long as what waits.
func TestOutboxBacklogIsNotLookedAt(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s, ctx, noon := db(t), t.Context(), personNoon
		s.UseOutbox(outbox.NewBook([]byte("ids")))
		order(t, s, "SECOND", "zoya", personINN, noon, orders.PaymentFailed)
		_, err := s.UpdateOrder(ctx, "SECOND", func(o *orders.Order) error {
			_, err := o.Review("ext-SECOND", orders.ReviewVanished, noon)
			return err
		})
		must(t, err)
		claim := func(now time.Time) []outbox.Message {
			t.Helper()
			all, err := s.ClaimMessages(ctx, now, now.Add(time.Minute), 9)
			must(t, err)
			return all
		}
		first := claim(noon)
		if len(first) != 1 {
			t.Fatalf("%+v", first)
		}
		must(t, s.MessageFailed(ctx, first[0].ID, "500", noon.Add(time.Hour)))
		n, err := s.Count(ctx, "select count(*) from outbox where delivered_at = 0 and try_at <= $1", noon.Add(59*time.Minute).UnixMilli())
		if err != nil || n != 0 {
			t.Errorf("%d are due behind one that is put back, %v", n, err)
		}
		must(t, s.MessageDelivered(ctx, first[0].ID, noon.Add(time.Minute)))
		must(t, s.MessageFailed(ctx, first[0].ID, "500", noon.Add(time.Hour))) // another instance was late
		if next := claim(noon.Add(time.Minute)); len(next) != 1 || next[0].Seq <= first[0].Seq {
			t.Errorf("right after the first was taken: %+v", next)
		}
	})
}
