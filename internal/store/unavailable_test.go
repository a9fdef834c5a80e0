package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"creditcart/internal/orders"
)

// smallDisk mounts a file system of a few megabytes, which only root may do.
func smallDisk(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root may mount a small tmpfs")
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a tmpfs cannot be mounted here: %s", out)
	}
	t.Cleanup(func() { _ = exec.CommandContext(context.Background(), "umount", "-l", dir).Run() })
	return dir
}

func place(s *Store, id string) error {
	now := time.Now().UTC()
	c, err := s.UpdateCart(context.Background(), id, now, func(c *orders.Cart) error { return c.Add("p", 1, 100) })
	if err != nil {
		return err
	}
	_, err = s.PlaceOrder(context.Background(), &orders.Order{ID: id, Number: "N" + id, CartID: id, CartVer: c.Version, Total: 100, State: orders.Placed, PlacedAt: now,
		Contact: orders.Contact{Comment: strings.Repeat("комментарий ", 100)}, Events: []orders.Event{{At: now}}})
	return err
}

// What is acknowledged before the disk is full is there, reads go on, and when there is room again so do writes.
func TestDiskFull(t *testing.T) {
	dir := smallDisk(t)
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(dir, "shop.db"), Config{Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	room := filepath.Join(dir, "room")
	if err := os.WriteFile(room, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	var acknowledged []string
	write := func(id string) error {
		err := place(s, id)
		if err == nil {
			acknowledged = append(acknowledged, "N"+id)
		}
		return err
	}
	for i := 0; err == nil; i++ {
		if err = write("a" + time.Duration(i).String()); i > 20_000 {
			t.Fatal("the disk does not fill up")
		}
	}
	if !Unavailable(err) {
		t.Errorf("a full disk: %v", err)
	}
	for range 3 {
		if err := write("x"); !Unavailable(err) {
			t.Errorf("still full: %v", err)
		}
	}
	there := func() {
		t.Helper()
		for _, n := range acknowledged {
			if _, err := s.Order(t.Context(), n); err != nil {
				t.Fatalf("of %d acknowledged: %v", len(acknowledged), err)
			}
		}
		n, err := countOf(t.Context(), s.read)
		if err != nil || n.Orders != int64(len(acknowledged)) {
			t.Errorf("%d orders, %d acknowledged, %v", n.Orders, len(acknowledged), err)
		}
	}
	there()
	if err := os.Remove(room); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if err := write("b" + time.Duration(i).String()); err != nil {
			t.Fatalf("with room again: %v", err)
		}
	}
	there()
	if err := s.Check(t.Context(), true); err != nil {
		t.Error(err)
	}
	t.Logf("%d orders acknowledged, all there", len(acknowledged))
}

// A shop that starts on a full disk still shows what it has.
func TestOpenOnFullDisk(t *testing.T) {
	dir := smallDisk(t)
	path := filepath.Join(dir, "shop.db")
	s, err := Open(t.Context(), "sqlite:"+path, Config{Key: testKey})
	if err == nil {
		err = errors.Join(s.Migrate(t.Context()), place(s, "1"), s.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	const reserve = 64 << 10 // SQLite's own index of the log needs this much
	if err := os.WriteFile(filepath.Join(dir, "reserve"), make([]byte, reserve), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = os.WriteFile(filepath.Join(dir, "room"), make([]byte, 6<<20), 0o600)
	if err := os.Remove(filepath.Join(dir, "reserve")); err != nil {
		t.Fatal(err)
	}
	s, err = Open(t.Context(), "sqlite:"+path, Config{Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Order(t.Context(), "N1"); err != nil {
		t.Error(err)
	}
}

func TestReadOnly(t *testing.T) {
	s := openTest(t)
	if err := place(s.Store, "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec("pragma query_only = 1"); err != nil {
		t.Fatal(err)
	}
	if err := place(s.Store, "2"); !Unavailable(err) {
		t.Errorf("read-only: %v", err)
	}
	if _, err := s.Order(t.Context(), "N1"); err != nil {
		t.Error(err)
	}
	if _, err := s.write.Exec("pragma query_only = 0"); err != nil {
		t.Fatal(err)
	}
	if err := place(s.Store, "3"); err != nil {
		t.Error(err)
	}
}

// Another program holds the lock: writers hear of it after 5 s, readers do not notice.
func TestLockedByAnother(t *testing.T) {
	s := openTest(t)
	if err := place(s.Store, "1"); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", "file:"+s.testPath+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() { failed <- place(s.Store, "2") }()
	began := time.Now()
	if _, err := s.Order(t.Context(), "N1"); err != nil || time.Since(began) > 2*time.Second {
		t.Errorf("a read took %v, %v", time.Since(began), err)
	}
	if err := <-failed; !Unavailable(err) || time.Since(began) < 4*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := place(s.Store, "3"); err != nil {
		t.Error(err)
	}
}

func TestUnavailable(t *testing.T) {
	for _, err := range []error{nil, orders.ErrNotFound, context.Canceled, sql.ErrNoRows, errConflict} {
		if Unavailable(err) {
			t.Errorf("%v is taken for a database that is away", err)
		}
	}
	s, err := Open(t.Context(), "postgres://u@127.0.0.1:1/x?connect_timeout=1", Config{Key: testKey})
	if err == nil {
		s.Close()
	}
	if !Unavailable(err) {
		t.Errorf("nobody listens: %v", err)
	}
}

// The write-ahead log is folded and cut when nobody reads for long, and only then.
func TestTendLog(t *testing.T) {
	s := openTest(t)
	reader, err := s.read.Begin()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := reader.QueryRow("select count(*) from carts").Scan(&n); err != nil { // the snapshot begins with the first read
		t.Fatal(err)
	}
	fill(t, s.Store, 0, 30)
	grown := s.logSize()
	if size, err := s.TendLog(t.Context(), grown); size != grown || err != nil {
		t.Errorf("not above the limit: %d of %d, %v", size, grown, err)
	}
	if size, err := s.TendLog(t.Context(), 1<<10); size < grown || err != nil {
		t.Errorf("under a reader: %d of %d, %v", size, grown, err)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if size, err := s.TendLog(t.Context(), 1<<10); size != 0 || err != nil {
		t.Errorf("%d, %v", size, err)
	}
}
