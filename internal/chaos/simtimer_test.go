package chaos

import (
	"context"
	"database/sql"
	"time"

	"creditcart/internal/app"
	"creditcart/internal/sbid"
)

// How often the shop's own loop looks for refreshes that were not finished.
const finishEvery = 30 * time.Second

// timer is the shop's own loop with its idle ticks left out: it sleeps until something is due.
type timer struct {
	*sim
	due      *sql.Stmt
	finished time.Time
}

func newTimer(ctx context.Context, s *sim, db *sql.DB) (*timer, error) {
	due, err := db.PrepareContext(ctx, `select (select min(max(check_at, lease_until)) from payments where watched = 1),
		(select min(lease_until) from grants where lease_until > 0 and dead = 0)`)
	return &timer{sim: s, due: due}, err
}

func (t *timer) run(ctx context.Context) {
	defer t.due.Close()
	for {
		t.shopLock.RLock()
		shop := t.shop
		t.shopLock.RUnlock()
		pause := time.Hour
		if shop != nil {
			pause = t.turn(ctx, shop)
		}
		select {
		case <-t.over:
			return
		case <-t.wake:
			time.Sleep(time.Second)
		case <-time.After(pause):
		}
	}
}

// turn does what is due and tells how long nothing will be.
func (t *timer) turn(ctx context.Context, shop *app.App) time.Duration {
	_, _ = shop.Checkout.Reconcile(ctx)
	var payment, refresh sql.NullInt64
	if err := t.due.QueryRowContext(ctx).Scan(&payment, &refresh); err != nil {
		return time.Minute
	}
	now, pause := t.clock.Now(), time.Hour
	if payment.Valid {
		pause = min(pause, time.UnixMilli(payment.Int64).Sub(now))
	}
	if refresh.Valid {
		wait := max(time.UnixMilli(refresh.Int64).Add(sbid.FinishAfter).Sub(now), finishEvery-now.Sub(t.finished))
		if wait <= 0 {
			t.finished, wait = now, finishEvery
			go shop.Checkout.FinishRefreshes(ctx)
		}
		pause = min(pause, wait)
	}
	return max(time.Second, pause)
}
