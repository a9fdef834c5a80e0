package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"creditcart/scripts/rig"
)

// bankDown compares the p99 of pages while the bank refuses connections, and while it answers nothing, with the p99 of the
// same pages right before, from the first moment of the failure on. The clock jumps before, so that everything the shop knew
// of the bank is old and it has to ask.
func bankDown(ctx context.Context, b bench) ([]measure, error) {
	s, err := rig.InProcess(ctx, rig.DemoFeed())
	if err != nil {
		return nil, err
	}
	defer s.Close()
	buyer, err := s.SignIn("sokolov")
	if err != nil {
		return nil, err
	}
	cart, err := buyer.FillCarts(1)
	if err != nil {
		return nil, err
	}
	number, err := buyer.Order(cart[0])
	if err != nil {
		return nil, err
	}
	if _, err := buyer.Pay(number); err != nil {
		return nil, err
	}
	product, err := firstProduct(s)
	if err != nil {
		return nil, err
	}
	pages := []page{{"catalogue", "/"}, {"product with conditions", product}, {"cart", "/cart"}, {"order", "/orders/" + number}, {"orders", "/orders"}}
	var out []measure
	for _, down := range []struct {
		name string
		mood rig.Mood
	}{{"refuses", rig.Refuses}, {"hangs", rig.Hangs}} {
		var times [2][][]float64 // well and down, by page
		for i := range times {
			times[i] = make([][]float64, len(pages))
		}
		for i, mood := range []rig.Mood{rig.Well, down.mood} {
			s.Bank.Become(mood)
			s.Ahead(20 * time.Minute) // what is known of the bank is old now
			if err := walk(buyer, cart[0], pages, b.sustained/2, times[i]); err != nil {
				return out, fmt.Errorf("the bank %s: %w", down.name, err)
			}
		}
		s.Bank.Become(rig.Well)
		if err := walk(buyer, cart[0], pages, 15*time.Second, nil); err != nil { // the shop hears that the bank is back
			return out, err
		}
		for i, p := range pages {
			well, ill := times[0][i], times[1][i]
			slices.Sort(well)
			slices.Sort(ill)
			out = append(out, measure{name: fmt.Sprintf("bank %s: p99 of %s (%.1f ms, slowest %.0f ms of %d) ÷ normal", down.name, p.name,
				quantile(ill, 99)*1000, ill[len(ill)-1]*1000, len(ill)), value: quantile(ill, 99) / quantile(well, 99), goal: 2, atMost: true})
		}
	}
	return out, nil
}

type page struct{ name, path string }

var reProduct = regexp.MustCompile(`href="(/p/[^"]+)"`)

func firstProduct(s *rig.Shop) (string, error) {
	home, err := rig.Get(s.URL + "/")
	if err != nil {
		return "", err
	}
	m := reProduct.FindSubmatch(home)
	if m == nil {
		return "", errors.New("no product on the first page")
	}
	return string(m[1]), nil
}

// walk reads the pages in turn for a while, one reader, and appends the times in seconds to those of each page.
func walk(b *rig.Buyer, cart rig.Cart, pages []page, d time.Duration, times [][]float64) error {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i, p := range pages {
			start := time.Now()
			if err := b.SeeWith(cart, p.path); err != nil {
				return err
			}
			if times != nil {
				times[i] = append(times[i], time.Since(start).Seconds())
			}
		}
	}
	return nil
}
