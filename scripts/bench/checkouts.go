package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"creditcart/scripts/rig"
)

// checkouts lets buyers go the whole way again and again: goods into a cart, the order, the payment, the redirect to the
// bank. The shop is the production program; the bank, the load generator and it share the processors of this machine.
func checkouts(ctx context.Context, b bench) ([]measure, error) {
	s, err := checkoutShop(ctx, b)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	all := make([]*rig.Buyer, 32)
	for i := range all {
		if all[i], err = s.SignIn("sokolov"); err != nil {
			return nil, err
		}
	}
	if r := checkOut(all, time.Second); r.failed > 0 { // what is prepared and cached at the first use
		return nil, r.first
	}
	shop, err := processorTime(s.Pid)
	if err != nil {
		return nil, err
	}
	beside := ownTime()
	r := checkOut(all, b.sustained)
	beside = ownTime() - beside
	end, err := processorTime(s.Pid)
	if err != nil {
		return nil, err
	}
	shop = end - shop
	if b.profiled {
		beside = 0 // the same process
	}
	n := float64(len(r.whole))
	out := []measure{
		{name: fmt.Sprintf("whole checkouts for %s, 32 buyers", b.sustained), unit: "/s", value: n / r.spent.Seconds(), goal: 200},
		{name: "  p99 from the filled cart to the redirect to the bank", unit: "s", value: quantile(r.whole, 99), goal: 0.5, atMost: true},
		{name: "  median of the same", unit: "s", value: quantile(r.whole, 50)},
		{name: "  worst tenth of the run", unit: "/s", value: r.worst},
		{name: "  errors", unit: "", value: float64(r.failed), goal: 0, atMost: true, always: true},
		{name: "  processor time of the shop for one", unit: "ms", value: shop / n * 1000},
		{name: "  processor time of bank and load generator for one", unit: "ms", value: beside / n * 1000},
		{name: "  two cores that nobody else uses would give at most", unit: "/s", value: 2 * n / (shop + beside)},
	}
	if r.first != nil {
		err = fmt.Errorf("%d checkouts failed, the first: %w", r.failed, r.first)
	}
	return out, err
}

// checkoutShop is the production program, or the shop in this process when a profile is to see it.
func checkoutShop(ctx context.Context, b bench) (*rig.Shop, error) {
	if b.profiled {
		s, err := rig.InProcess(ctx, rig.DemoFeed())
		if err == nil {
			s.Pid = os.Getpid()
		}
		return s, err
	}
	binary, remove, err := program(ctx)
	if err != nil {
		return nil, err
	}
	defer remove()
	return rig.Process(ctx, binary, rig.DemoFeed())
}

// load is what buyers met.
type load struct {
	whole  []float64 // seconds
	spent  time.Duration
	worst  float64
	failed int
	first  error
}

func checkOut(all []*rig.Buyer, d time.Duration) load {
	var mu sync.Mutex
	var l load
	var tenths [10]atomic.Int64
	start := time.Now()
	_ = rig.Everybody(all, func(_ int, b *rig.Buyer) error {
		for time.Since(start) < d {
			took, err := oneCheckout(b)
			mu.Lock()
			if err != nil {
				if l.failed++; l.first == nil {
					l.first = err
				}
			} else {
				l.whole = append(l.whole, took.Seconds())
				tenths[min(9, int(10*time.Since(start)/d))].Add(1)
			}
			mu.Unlock()
		}
		return nil
	})
	l.spent = time.Since(start)
	l.worst = float64(tenths[0].Load())
	for i := range tenths {
		l.worst = min(l.worst, float64(tenths[i].Load()))
	}
	l.worst /= d.Seconds() / 10
	slices.Sort(l.whole)
	return l
}

// oneCheckout takes the time from the filled cart to the bank's address; the first click, into the cart, is part of the load only.
func oneCheckout(b *rig.Buyer) (time.Duration, error) {
	carts, err := b.FillCarts(1)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	number, err := b.Order(carts[0])
	if err != nil {
		return 0, err
	}
	link, err := b.Pay(number)
	if err == nil && !strings.HasPrefix(link, "http") {
		err = fmt.Errorf("paying %s led to %q", number, link)
	}
	return time.Since(start), err
}

// quantile of sorted values, in percent.
func quantile(sorted []float64, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)]
}
