package outbox_test

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"creditcart/internal/outbox"
)

// The receiver of docs/operations.md, built and run: it takes what the courier sends, and nothing else.
func TestReceiverOfTheDocs(t *testing.T) {
	address := docsReceiver(t)
	w := newWorld(t)
	w.now = time.Now()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	courier := outbox.NewCourier(outbox.Config{Store: w.store, Book: w.book, URL: address, Key: key, Observe: func(r string) { w.done <- r },
		Now: w.clock, Log: slog.New(slog.DiscardHandler)})
	go func() { courier.Run(ctx); close(ended) }()
	w.buy("A")
	if err := w.store.HurryMessages(t.Context(), w.now); err != nil { // it was bought at noon, whenever that is
		t.Fatal(err)
	}
	w.ended("delivered")
	w.ended("delivered")
	stop()
	<-ended

	body, now := `{"type":"order.paid"}`, time.Now()
	good := outbox.Sign(key, "msg_1", now, []byte(body))
	old := now.Add(-6 * time.Minute)
	for _, c := range []struct {
		name, id, signature, body string
		at                        time.Time
		want                      int
	}{
		{"genuine", "msg_1", good, body, now, 204},
		{"several signatures", "msg_1", "v1,b2xk v1a,eA== " + good, body, now, 204},
		{"another id", "msg_2", good, body, now, 401},
		{"another body", "msg_1", good, body + " ", now, 401},
		{"another time", "msg_1", good, body, now.Add(time.Second), 401},
		{"no signature", "msg_1", "", body, now, 401},
		{"a bare signature", "msg_1", strings.TrimPrefix(good, "v1,"), body, now, 401},
		{"old", "msg_1", outbox.Sign(key, "msg_1", old, []byte(body)), body, old, 401},
	} {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("webhook-id", c.id)
		q.Header.Set("webhook-timestamp", strconv.FormatInt(c.at.Unix(), 10))
		q.Header.Set("webhook-signature", c.signature)
		resp, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", c.name, resp.StatusCode, c.want)
		}
	}
}

// docsReceiver runs the program of the page, on a free port and with a save that takes everything, and gives its address.
func docsReceiver(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, program, found := strings.Cut(string(page), "```go\n")
	program, _, closed := strings.Cut(program, "```\n")
	const listen = `"127.0.0.1:8090"`
	if !found || !closed || strings.Count(program, listen) != 1 {
		t.Fatal("there is no program on the page")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close() // the program takes it
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "receiver")
	program = strings.Replace(program, listen, strconv.Quote(address), 1) + "\nfunc save(string, []byte) error { return nil }\n"
	if err := os.WriteFile(source, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = append(os.Environ(), "SHOP_NOTIFY_SECRET=whsec_"+base64.StdEncoding.EncodeToString(key))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 500 {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			conn.Close()
			return "http://" + address + "/shop"
		}
		<-time.After(20 * time.Millisecond) // until it listens
	}
	t.Fatal("the receiver does not listen")
	return ""
}
