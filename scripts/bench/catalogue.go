package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"creditcart/scripts/rig"
)

// catalogue compares a page of 24 products through the whole middleware chain with a bare net/http server sending the same bytes.
func catalogue(ctx context.Context, b bench) ([]measure, error) {
	s, err := rig.InProcess(ctx, rig.DemoFeed())
	if err != nil {
		return nil, err
	}
	defer s.Close()
	page, err := rig.Get(s.URL + "/")
	if err != nil {
		return nil, err
	}
	raw := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		_, _ = w.Write(page)
	}))
	defer raw.Close()
	ratio, base, ours, err := b.ratio(hammer(raw.Listener.Addr().String(), "/"), hammer(s.Addr, "/"))
	return []measure{
		{name: "catalogue page: bare net/http, same bytes", unit: "req/s", value: base},
		{name: "catalogue page: the shop", unit: "req/s", value: ours},
		{name: "catalogue page: shop ÷ bare", value: ratio, goal: 0.5},
	}, err
}

// hammer sends GETs over 32 kept connections and counts answers. It writes requests and skips answers by Content-Length,
// so that the load costs little beside what is measured.
func hammer(addr, path string) func(time.Duration) (float64, error) {
	return func(d time.Duration) (float64, error) {
		var done atomic.Int64
		var failed atomic.Value
		var clients sync.WaitGroup
		start := time.Now()
		deadline := start.Add(d)
		for range 32 {
			clients.Go(func() {
				if err := oneClient(addr, path, deadline, &done); err != nil {
					failed.Store(err)
				}
			})
		}
		clients.Wait()
		if err, ok := failed.Load().(error); ok {
			return 0, err
		}
		return float64(done.Load()) / time.Since(start).Seconds(), nil
	}
}

func oneClient(addr, path string, deadline time.Time, done *atomic.Int64) error {
	conn, err := net.Dial("tcp", addr) //nolint:noctx // a bench on loopback
	if err != nil {
		return err
	}
	defer conn.Close()
	request := []byte("GET " + path + " HTTP/1.1\r\nHost: " + addr + "\r\n\r\n")
	in := bufio.NewReaderSize(conn, 64<<10)
	for time.Now().Before(deadline) {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answered %s", path, resp.Status)
		}
		if _, err := in.Discard(int(resp.ContentLength)); err != nil {
			return err
		}
		done.Add(1)
	}
	return nil
}
