package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"creditcart/scripts/rig"
)

// manyOrders is what a shop may have after years.
const manyOrders = 1_000_000

// million compares the production program on a database of 1 000 000 paid orders with one on an empty database, in turns.
func million(ctx context.Context, b bench) ([]measure, error) {
	binary, remove, err := program(ctx)
	if err != nil {
		return nil, err
	}
	defer remove()
	var shops [2]*rig.Shop
	var visitors [2]*rig.Buyer
	for i := range shops {
		if shops[i], err = rig.Process(ctx, binary, rig.DemoFeed()); err != nil {
			return nil, err
		}
		defer shops[i].Close()
		if visitors[i], err = shops[i].SignIn("sokolov"); err != nil {
			return nil, err
		}
	}
	start := time.Now()
	if err := fillOrders(ctx, shops[1], visitors[1], manyOrders); err != nil {
		return nil, err
	}
	out := []measure{{name: "1 000 000 orders with lines, events and payments written", unit: "s", value: time.Since(start).Seconds()}}
	for _, what := range []struct {
		name string
		do   func(*rig.Buyer) (time.Duration, error)
	}{{"order page", orderPage}, {"checkout", oneCheckout}, {"orders of a company", ordersPage}} {
		ratio, p99, err := b.inTurns(visitors, what.do)
		if err != nil {
			return out, fmt.Errorf("%s: %w", what.name, err)
		}
		out = append(out, measure{name: fmt.Sprintf("1 000 000 orders ÷ empty, p99 of %s (%.1f ms)", what.name, p99*1000), value: ratio, goal: 1.3, atMost: true})
	}
	started, err := restarts(ctx, shops[1], binary)
	return append(out, measure{name: "start to the first page, 1 000 000 orders", unit: "s", value: started, goal: 1, atMost: true}), err
}

// orderPage reads the page of a new order with the ways to pay it.
func orderPage(b *rig.Buyer) (time.Duration, error) {
	cart, err := b.FillCarts(1)
	if err != nil {
		return 0, err
	}
	number, err := b.Order(cart[0])
	if err != nil {
		return 0, err
	}
	start := time.Now()
	err = b.See("/orders/" + number)
	return time.Since(start), err
}

func ordersPage(b *rig.Buyer) (time.Duration, error) {
	start := time.Now()
	err := b.See("/orders")
	return time.Since(start), err
}

// inTurns lets two buyers do the same a hundred times each, one after the other, round after round; it gives the median of the
// rounds' ratios of p99 and the second one's median p99 in seconds.
func (b bench) inTurns(two [2]*rig.Buyer, do func(*rig.Buyer) (time.Duration, error)) (ratio, p99 float64, err error) {
	var ratios, seconds []float64
	for range b.rounds {
		var worst [2]float64
		var times [2][]float64
		for range 150 {
			for i, buyer := range two {
				took, err := do(buyer)
				if err != nil {
					return 0, 0, err
				}
				times[i] = append(times[i], took.Seconds())
			}
		}
		for i := range times {
			slices.Sort(times[i])
			worst[i] = quantile(times[i], 99)
		}
		ratios, seconds = append(ratios, worst[1]/worst[0]), append(seconds, worst[1])
	}
	return median(ratios), median(seconds), nil
}
