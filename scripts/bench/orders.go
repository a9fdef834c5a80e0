package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// buyers is how many place orders at once.
const buyers = 64

// orderRate compares POST /orders of 64 buyers, each durable before its answer, with appending and syncing 512 bytes on the same disk.
func orderRate(ctx context.Context, b bench) ([]measure, error) {
	s, err := newShop(ctx, demoFeed())
	if err != nil {
		return nil, err
	}
	defer s.close()
	all := make([]*buyer, buyers)
	for i := range all {
		if all[i], err = s.signIn("sokolov"); err != nil {
			return nil, err
		}
	}
	ratio, base, ours, err := b.ratio(appendSync(s.dir), func(d time.Duration) (float64, error) { return placeOrders(all, d) })
	return []measure{
		{name: "disk: append 512 bytes and fsync, one writer", unit: "/s", value: base},
		{name: "POST /orders, 64 buyers, synchronous=FULL", unit: "/s", value: ours},
		{name: "orders ÷ append+fsync", value: ratio, goal: 0.3},
	}, err
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

// placeOrders fills every buyer's cart, then times only the orders, again and again.
func placeOrders(all []*buyer, d time.Duration) (float64, error) {
	var spent time.Duration
	n := 0
	for spent < d {
		if err := everybody(all, func(b *buyer) error {
			_, err := b.send(b.shop.url+"/cart", url.Values{"product": {"11009"}, "quantity": {"2"}})
			return err
		}); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := everybody(all, func(b *buyer) error {
			to, err := b.send(b.shop.url+"/orders", url.Values{"comment": {"до двери"}})
			if err == nil && !strings.Contains(to, "/orders/") {
				err = fmt.Errorf("POST /orders led to %s", to)
			}
			return err
		}); err != nil {
			return 0, err
		}
		spent += time.Since(start)
		n += len(all)
	}
	return float64(n) / spent.Seconds(), nil
}

func everybody(all []*buyer, do func(*buyer) error) error {
	errs := make(chan error, len(all))
	var wg sync.WaitGroup
	for _, b := range all {
		wg.Go(func() { errs <- do(b) })
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
