package app

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// SIGTERM while the bank thinks longer than the shop has patience (faults S30): the buyer gets the truth, the process ends in
// time, and the next one finds the document that the bank has made and makes no second.
func TestStopsAndGoesOn(t *testing.T) {
	t.Setenv("BANK_TIMEOUT", "2s")
	cfg, bank := testWorld(t)
	cmd := runChild(t, cfg)
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	b := signedIn(t, cfg.BaseURL)
	number, err := b.buy()
	if err != nil {
		t.Fatal(err)
	}
	control(t, bank, "POST", "/api/faults", `{"method":"POST","path":"/fintech/api/v1/payments/from-invoice-any","kind":"delay","delay":"40s","times":1}`, nil)
	answered := make(chan int, 1)
	go func() {
		status, _ := b.pay(number)
		answered <- status
	}()
	for deadline := time.Now().Add(20 * time.Second); !faultUsed(t, bank); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the bank was not asked")
		}
	}
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := <-answered; status != http.StatusSeeOther {
		t.Errorf("the buyer in flight: %d", status)
	}
	if err := cmd.Wait(); err != nil || time.Since(began) > stopWithin {
		t.Errorf("the process ended with %v after %v", err, time.Since(began))
	}

	next := runChild(t, cfg)
	t.Cleanup(func() { _ = next.Process.Kill(); _ = next.Wait() })
	seen := ""
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(seen, "Документ ждёт подписи"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the next process does not know of the document: %s", seen)
		}
		_, seen = b.page(b.http.Get(b.shop + "/orders/" + number))
	}
	if made := documents(t, bank); len(made) != 1 {
		t.Errorf("documents: %v", made)
	}
}
