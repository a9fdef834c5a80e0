package app

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const goodSecret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

func TestWrongNotifySettings(t *testing.T) {
	for _, c := range []struct{ url, secret, want string }{
		{"", "", ""},
		{"", goodSecret, ""}, // switched off for a while
		{"https://erp.example/hooks/shop?source=1", goodSecret, ""},
		{"http://127.0.0.1:8090/in", goodSecret, ""},
		{"http://[::1]:8090/in", goodSecret, ""},
		{"http://localhost/in", goodSecret, ""},
		{"http://erp.example/in", goodSecret, "SHOP_NOTIFY_URL: want https"},
		{"http://127.0.0.1.evil.example/in", goodSecret, "SHOP_NOTIFY_URL: want https"},
		{"http://10.0.0.5/in", goodSecret, "SHOP_NOTIFY_URL: want https"},
		{"erp.example", goodSecret, "SHOP_NOTIFY_URL: want https://host/path"},
		{"ftp://erp.example", goodSecret, "SHOP_NOTIFY_URL: want https://host/path"},
		{"https://", goodSecret, "SHOP_NOTIFY_URL: want https://host/path"},
		{"https://user:PASSWORD@erp.example/", goodSecret, "SHOP_NOTIFY_URL: an address without user"},
		{"https://erp.example/\x7f", goodSecret, "SHOP_NOTIFY_URL: want https://host/path"},
		{"https://erp.example/", "", "SHOP_NOTIFY_SECRET: missing"},
		{"https://erp.example/", "PASSWORD", "SHOP_NOTIFY_SECRET: want whsec_"},
		{"https://erp.example/", "whsec_PASSWORD", "SHOP_NOTIFY_SECRET: what follows whsec_ is 6 bytes"},
	} {
		cfg := goodConfig()
		cfg.NotifyURL, cfg.NotifySecret = c.url, c.secret
		err := cfg.Check()
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "PASSWORD")) {
			t.Errorf("%q %q: %v, want %q", c.url, c.secret, err, c.want)
		}
	}
}

// A receiver that does not answer holds up no buyer; when it does, everything arrives, and the metrics tell.
func TestSlowReceiverDelaysNoBuyer(t *testing.T) {
	cfg, _ := testWorld(t)
	release := make(chan struct{})
	arrived := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		select {
		case <-release:
		case <-q.Context().Done():
			return
		}
		var m struct {
			Type string
			Data struct{ Number string }
		}
		if err := json.Unmarshal(body, &m); err != nil {
			t.Error(err)
		}
		arrived <- m.Type + " " + m.Data.Number
	}))
	defer receiver.Close()
	cfg.NotifyURL, cfg.NotifySecret, cfg.MetricsAddr = receiver.URL, goodSecret, "127.0.0.1:0"
	log := &lines{}
	a, err := New(t.Context(), cfg, time.Now, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	l, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, l) }()
	b := signedIn(t, cfg.BaseURL)
	waiting := map[string]bool{}
	for range 12 { // more than are sent at once
		number, err := b.buy()
		if err != nil {
			t.Fatal(err)
		}
		waiting["order.placed "+number] = true
	}
	if len(arrived) > 0 {
		t.Error("the receiver has answered already")
	}
	resp, err := http.Get("http://" + metricsAddress(t, log) + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	metrics, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.Contains(string(metrics), "\nshop_outbox_waiting 12\n") {
		t.Errorf("metrics: %s", metrics)
	}
	close(release)
	for len(waiting) > 0 {
		select {
		case what := <-arrived:
			delete(waiting, what)
		case <-time.After(30 * time.Second):
			t.Fatalf("not delivered: %v", waiting)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
