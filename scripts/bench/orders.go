package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"creditcart/scripts/rig"
)

// buyers is how many place orders at once.
const buyers = 64

// orderRate compares placing orders, each durable before its answer, with appending and syncing 512 bytes on the same disk:
// in the store alone, and by POST /orders with the whole shop and the load generator on the same processors.
func orderRate(ctx context.Context, b bench) ([]measure, error) {
	s, err := rig.InProcess(ctx, rig.DemoFeed())
	if err != nil {
		return nil, err
	}
	defer s.Close()
	db, err := newStoreLoad(ctx, s.Dir)
	if err != nil {
		return nil, err
	}
	defer db.close()
	all := make([]*rig.Buyer, buyers)
	for i := range all {
		if all[i], err = s.SignIn("sokolov"); err != nil {
			return nil, err
		}
	}
	raw := appendSync(s.Dir)
	alone, base, orders, err := b.ratio(raw, func(d time.Duration) (float64, error) { return db.place(ctx, d) })
	if err != nil {
		return nil, err
	}
	out := []measure{
		{name: "disk: append 512 bytes and fsync, one writer", unit: "/s", value: base},
		{name: "orders placed in the store, 64 buyers, synchronous=FULL", unit: "/s", value: orders},
		{name: "orders placed in the store ÷ append+fsync", value: alone, goal: 1},
		{name: "  processor time for one", unit: "µs", value: db.used / float64(db.placed) * 1e6},
	}
	ratio, _, ours, err := b.ratio(raw, func(d time.Duration) (float64, error) { return placeOrders(all, d) })
	return append(out,
		measure{name: "POST /orders, 64 buyers, with the load generator", unit: "/s", value: ours},
		measure{name: "  the same ÷ append+fsync", value: ratio, goal: 0.3}), err
}

func appendSync(dir string) func(time.Duration) (float64, error) {
	return func(d time.Duration) (float64, error) {
		f, err := os.OpenFile(filepath.Join(dir, "raw"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		block, n, start := make([]byte, 512), 0, time.Now()
		for ; time.Since(start) < d; n++ {
			if _, err := f.Write(block); err != nil {
				return 0, err
			}
			if err := f.Sync(); err != nil {
				return 0, err
			}
		}
		return float64(n) / time.Since(start).Seconds(), nil
	}
}

// cartsEach is how many carts a buyer fills before the clock starts: without them he would wait for his own next cart.
const cartsEach = 12

// placeOrders fills carts, then times only the orders, again and again.
func placeOrders(all []*rig.Buyer, d time.Duration) (float64, error) {
	var spent time.Duration
	n := 0
	for spent < d {
		carts := make([][]rig.Cart, len(all))
		if err := rig.Everybody(all, func(i int, b *rig.Buyer) (err error) {
			carts[i], err = b.FillCarts(cartsEach)
			return err
		}); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := rig.Everybody(all, func(i int, b *rig.Buyer) error {
			for _, cart := range carts[i] {
				if _, err := b.Order(cart); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return 0, err
		}
		spent += time.Since(start)
		n += len(all) * cartsEach
	}
	return float64(n) / spent.Seconds(), nil
}
