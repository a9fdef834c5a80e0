package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"creditcart/scripts/rig"
)

// flatness compares pages of a shop with 100 000 products with those of a small one.
func flatness(ctx context.Context, _ bench) ([]measure, error) {
	small, err := rig.InProcess(ctx, rig.DemoFeed())
	if err != nil {
		return nil, err
	}
	defer small.Close()
	start := time.Now()
	large, err := rig.InProcess(ctx, strings.NewReader(largeFeed(100_000)))
	if err != nil {
		return nil, err
	}
	defer large.Close()
	out := []measure{{name: "import of 100 000 products", unit: "s", value: time.Since(start).Seconds()}}
	buyerS, err := small.SignIn("sokolov")
	if err != nil {
		return out, err
	}
	buyerL, err := large.SignIn("sokolov")
	if err != nil {
		return out, err
	}
	for _, p := range []struct{ name, small, large string }{
		{"first page of the catalogue", "/", "/"},
		{"a late page, sorted by price", "/?sort=price&page=3", "/?sort=price&page=4000"},
		{"search", "/search?q=бумага", "/search?q=" + "модель+4242"},
	} {
		a, err := median99(buyerS, p.small)
		if err != nil {
			return out, err
		}
		z, err := median99(buyerL, p.large)
		if err != nil {
			return out, err
		}
		out = append(out, measure{name: "large ÷ small, " + p.name + fmt.Sprintf(" (%.1f ms)", z*1000), value: z / a})
	}
	return out, nil
}

// median99 is the median time of a page, in seconds.
func median99(b *rig.Buyer, path string) (float64, error) {
	var times []float64
	for range 99 {
		start := time.Now()
		if err := b.See(path); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start).Seconds())
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
