package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"creditcart/cmd/demo/goods"
	"creditcart/internal/bankemu"
	"creditcart/internal/store"
)

// serve runs a shop in this process; what it gives stops it in order.
func serve(t *testing.T, cfg Config) (stop func()) {
	t.Helper()
	return serveAt(t, cfg, time.Now)
}

// serveAt runs a shop with a clock of its own.
func serveAt(t *testing.T, cfg Config, now func() time.Time) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	a, err := New(ctx, cfg, now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(a.Run(ctx, l), a.Close()) }()
	stopped := false
	stop = func() {
		t.Helper()
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("stop: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// control asks the bank's management API.
func control(t *testing.T, bank *bankemu.Bank, method, path, body string, into any) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1"
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	bank.Control().ServeHTTP(rec, r)
	if rec.Code >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
	if into != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
}

// documents are the ids of all documents at the bank.
func documents(t *testing.T, bank *bankemu.Bank) []string {
	t.Helper()
	var all struct{ Documents []struct{ ExternalID string } }
	control(t, bank, "GET", "/api/documents", "", &all)
	var ids []string
	for _, d := range all.Documents {
		ids = append(ids, d.ExternalID)
	}
	return ids
}

// page gives the status and the body of an answer.
func (b *browser) page(resp *http.Response, err error) (int, string) {
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

func (b *browser) pay(number string) (int, string) {
	return b.page(b.http.PostForm(b.shop+"/orders/"+number+"/payments", toPay()))
}

// The drill (faults S32): an order and its document are newer than the backup that is restored. The buyer sends the same
// cart again and gets the same order, the same id at the bank, and no second document.
func TestRestoreDrill(t *testing.T) {
	cfg, bank := testWorld(t)
	cfg.BackupDir = filepath.Join(t.TempDir(), "backups")
	cfg.BackupEvery, cfg.BackupKeep = time.Hour, 2
	stop := serve(t, cfg)
	b := signedIn(t, cfg.BaseURL)
	old, err := b.buy()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.redirect(b.http.PostForm(b.shop+"/cart", url.Values{"product": {"11009"}, "quantity": {"3"}})); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	made, err := Backup(t.Context(), cfg, filepath.Join(t.TempDir(), "b.db"), time.Now(), log)
	if err != nil {
		t.Fatal(err)
	}
	order := func() string {
		t.Helper()
		to, err := b.redirect(b.http.PostForm(b.shop+"/orders", url.Values{}))
		_, number, found := strings.Cut(to, "/orders/")
		if err != nil || !found {
			t.Fatalf("order: %s, %v", to, err)
		}
		if status, page := b.pay(number); status != http.StatusSeeOther {
			t.Fatalf("pay: %d %s", status, page)
		}
		return number
	}
	lost := order()
	before := documents(t, bank)
	if len(before) != 1 {
		t.Fatalf("documents at the bank: %v", before)
	}
	if _, err := Restore(t.Context(), cfg, made.Path, time.Now()); !errors.Is(err, store.ErrInUse) || !strings.Contains(err.Error(), "stop the shop") {
		t.Errorf("restored under a running shop: %v", err)
	}
	stop()
	if _, err := Restore(t.Context(), cfg, made.Path, time.Now()); err != nil {
		t.Fatal(err)
	}
	stop = serve(t, cfg)
	if status, _ := b.page(b.http.Get(b.shop + "/orders/" + old)); status != http.StatusOK {
		t.Errorf("the order before the backup: %d", status)
	}
	if status, _ := b.page(b.http.Get(b.shop + "/orders/" + lost)); status != http.StatusNotFound {
		t.Errorf("the order after the backup: %d", status)
	}
	if again := order(); again != lost {
		t.Errorf("the same cart became order %s, before the restore it was %s", again, lost)
	}
	if after := documents(t, bank); len(after) != 1 || after[0] != before[0] {
		t.Errorf("documents at the bank: %v, then %v", before, after)
	}
	stop()
	// The running shop made one by itself.
	if all, err := store.Backups(cfg.BackupDir); err != nil || len(all) != 1 {
		t.Errorf("backups made by the shop: %v, %v", all, err)
	}
}

// The disk fills up under a running shop (faults S27).
func TestShopOnFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may mount a small tmpfs")
	}
	disk := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("a tmpfs cannot be mounted here: %s", out)
	}
	t.Cleanup(func() { _ = exec.CommandContext(context.Background(), "umount", "-l", disk).Run() })
	cfg, bank := testWorld(t)
	cfg.DatabaseURL = "sqlite:" + filepath.Join(disk, "shop.db")
	log := slog.New(slog.DiscardHandler)
	err := Migrate(t.Context(), cfg, log)
	if err == nil {
		_, err = Import(t.Context(), cfg, strings.NewReader(string(goods.Feed)), log)
	}
	if err != nil {
		t.Fatal(err)
	}
	stop := serve(t, cfg)
	b := signedIn(t, cfg.BaseURL)
	first, err := b.buy()
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := []string{first}
	if _, err := b.redirect(b.http.PostForm(b.shop+"/cart", url.Values{"product": {"11009"}, "quantity": {"2"}})); err != nil {
		t.Fatal(err)
	}
	room := filepath.Join(disk, "room")
	_ = os.WriteFile(room, make([]byte, 6<<20), 0o600) // as much as there is
	typed := url.Values{"contact": {"Пётр <Петров>"}, "comment": {"позвонить заранее"}}
	status, page := 0, ""
	for range 2000 { // the log's last pages may still take a few
		status, page = b.page(b.http.PostForm(b.shop+"/orders", typed))
		if status != http.StatusSeeOther {
			break
		}
		if number, err := b.buy(); err == nil {
			acknowledged = append(acknowledged, number)
		}
	}
	if status != http.StatusServiceUnavailable {
		t.Fatalf("an order on a full disk: %d %s", status, page)
	}
	for _, want := range []string{"Оформление временно недоступно", `value="Пётр &lt;Петров&gt;"`, `value="позвонить заранее"`, "Отправить ещё раз", `action="/orders"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page for a full disk lacks %s", want)
		}
	}
	if status, page := b.pay(first); status != http.StatusServiceUnavailable || !strings.Contains(page, "Второй документ") {
		t.Errorf("a payment on a full disk: %d", status)
	}
	if made := documents(t, bank); len(made) != 0 {
		t.Errorf("the bank was asked although nothing was saved: %v", made)
	}
	for _, path := range []string{"/", "/cart", "/checkout", "/orders", "/orders/" + first, "/healthz"} {
		if status, _ := b.page(b.http.Get(b.shop + path)); status != http.StatusOK {
			t.Errorf("GET %s on a full disk: %d", path, status)
		}
	}
	if err := os.Remove(room); err != nil {
		t.Fatal(err)
	}
	if status, _ := b.page(b.http.PostForm(b.shop+"/orders", typed)); status != http.StatusSeeOther {
		t.Errorf("the same form with room again: %d", status)
	}
	if status, _ := b.pay(first); status != http.StatusSeeOther {
		t.Errorf("a payment with room again: %d", status)
	}
	if made := documents(t, bank); len(made) != 1 {
		t.Errorf("documents: %v", made)
	}
	stop()
	db, err := openStore(t.Context(), cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, number := range acknowledged {
		if _, err := db.Order(t.Context(), number); err != nil {
			t.Errorf("acknowledged: %v", err)
		}
	}
	if db.Unclean() {
		t.Error("the shop stopped in order and left a mark that it did not")
	}
}

// SIGTERM with a request and a call to the bank in flight: both end, the answer is saved, all within 10 s.
func TestStopsInOrder(t *testing.T) {
	cfg, bank := testWorld(t)
	cmd := runChild(t, cfg)
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	b := signedIn(t, cfg.BaseURL)
	number, err := b.buy()
	if err != nil {
		t.Fatal(err)
	}
	control(t, bank, "POST", "/api/faults", `{"path":"/fintech/api/v1/payments/from-invoice-any","kind":"delay","delay":"2s","times":1}`, nil)
	type answer struct {
		status int
		page   string
	}
	paid := make(chan answer, 1)
	go func() {
		status, page := b.pay(number)
		paid <- answer{status, page}
	}()
	deadline := time.Now().Add(20 * time.Second)
	for !faultUsed(t, bank) {
		if time.Now().After(deadline) {
			t.Fatal("the bank was not asked")
		}
		time.Sleep(5 * time.Millisecond)
	}
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if a := <-paid; a.status != http.StatusSeeOther {
		t.Errorf("the request in flight: %d %s", a.status, a.page)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the process ended with %v", err)
	}
	if took := time.Since(began); took > stopWithin {
		t.Errorf("stopping took %v", took)
	}
	db, err := openStore(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	o, err := db.Order(t.Context(), number)
	if err != nil || len(o.Payments) != 1 || o.Payments[0].State != "awaiting_customer" {
		t.Errorf("after the stop: %+v, %v", o.Payments, err)
	}
	if db.Unclean() {
		t.Error("an orderly stop looks like a kill")
	}
}

// faultUsed tells whether the bank got the call that it was told to delay.
func faultUsed(t *testing.T, bank *bankemu.Bank) bool {
	t.Helper()
	var all struct{ Faults []any }
	control(t, bank, "GET", "/api/faults", "", &all)
	return len(all.Faults) == 0
}

// A damaged database is not served: the start says so, and what is found later stops the shop.
func TestDamage(t *testing.T) {
	cfg := testConfig(t)
	cfg.BackupDir, cfg.BackupEvery, cfg.BackupKeep = t.TempDir(), time.Hour, 2
	log := slog.New(slog.DiscardHandler)
	backup, err := Backup(t.Context(), cfg, "", time.Now(), log)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), cfg, time.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	found := &store.DamageError{Path: "shop.db", Problems: []string{"found late"}}
	a.upkeep.damage <- damaged(cfg, found)
	if err := a.Run(t.Context(), l); !errors.Is(err, found) || !strings.Contains(err.Error(), "shop restore "+backup.Path) {
		t.Errorf("damage found in a running shop: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(cfg.DatabaseURL, "sqlite:")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(raw) / 2; i < len(raw); i++ {
		raw[i] = 0xa5
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if a, err := New(t.Context(), cfg, time.Now, log); err == nil {
		a.Close()
		t.Error("a damaged database was served")
	} else if !strings.Contains(err.Error(), "shop restore "+backup.Path) {
		t.Error(err)
	}
	if _, err := Restore(t.Context(), cfg, backup.Path, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := Check(t.Context(), cfg, log); err != nil {
		t.Error(err)
	}
}
