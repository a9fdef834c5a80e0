package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
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

// cartsEach is how many carts a buyer fills before the clock starts: without them he would wait for his own next cart.
const cartsEach = 12

// placeOrders fills carts, then times only the orders, again and again.
func placeOrders(all []*buyer, d time.Duration) (float64, error) {
	var spent time.Duration
	n := 0
	for spent < d {
		carts := make([][]*http.Cookie, len(all))
		if err := everybody(all, func(i int, b *buyer) (err error) {
			carts[i], err = b.fillCarts(cartsEach)
			return err
		}); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := everybody(all, func(i int, b *buyer) error { return b.order(carts[i]) }); err != nil {
			return 0, err
		}
		spent += time.Since(start)
		n += len(all) * cartsEach
	}
	return float64(n) / spent.Seconds(), nil
}

// fillCarts puts goods into several carts, as several browsers of one person would.
func (b *buyer) fillCarts(n int) ([]*http.Cookie, error) {
	carts := make([]*http.Cookie, n)
	for i := range carts {
		resp, err := b.post("/cart", url.Values{"product": {"11009"}, "quantity": {"2"}}, nil)
		if err != nil {
			return nil, err
		}
		for _, c := range resp.Cookies() {
			if strings.HasSuffix(c.Name, "cart") {
				carts[i] = c
			}
		}
		if carts[i] == nil {
			return nil, errors.New("POST /cart gave no cart")
		}
	}
	return carts, nil
}

func (b *buyer) order(carts []*http.Cookie) error {
	for _, cart := range carts {
		resp, err := b.post("/orders", url.Values{"comment": {"до двери"}}, cart)
		if err != nil {
			return err
		}
		if to := resp.Header.Get("Location"); !strings.HasPrefix(to, "/orders/") {
			return fmt.Errorf("POST /orders led to %q", to)
		}
	}
	return nil
}

// post sends a form with the session and one cart.
func (b *buyer) post(path string, form url.Values, cart *http.Cookie) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodPost, b.shop.url+path, strings.NewReader(form.Encode())) //nolint:noctx // a bench on loopback
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range b.session {
		req.AddCookie(c)
	}
	if cart != nil {
		req.AddCookie(cart)
	}
	resp, err := b.plain.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusSeeOther {
		return nil, fmt.Errorf("POST %s: %s", path, resp.Status)
	}
	return resp, nil
}

func everybody(all []*buyer, do func(int, *buyer) error) error {
	errs := make(chan error, len(all))
	var wg sync.WaitGroup
	for i, b := range all {
		wg.Go(func() { errs <- do(i, b) })
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
