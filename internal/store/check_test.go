package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"creditcart/internal/orders"
)

// fill places n orders of one line each.
func fill(t testing.TB, s *Store, from, n int) {
	t.Helper()
	now := time.Now().UTC()
	for i := from; i < from+n; i++ {
		id := fmt.Sprint("o", i)
		c, err := s.UpdateCart(t.Context(), id, now, func(c *orders.Cart) error { return c.Add("p", 1, 100) })
		if err != nil {
			t.Fatal(err)
		}
		l, err := orders.NewLine(orders.Line{ProductID: "p", Quantity: 1, Price: 100, Name: strings.Repeat("болт ", 20)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.PlaceOrder(t.Context(), &orders.Order{ID: id, Number: fmt.Sprintf("N%05d", i), CartID: id, CartVer: c.Version, Lines: []orders.Line{l}, Total: 100,
			State: orders.Placed, PlacedAt: now, Events: []orders.Event{{At: now}}}); err != nil {
			t.Fatal(err)
		}
	}
}

// spoil overwrites what a file holds after the given text's first place behind the schema.
func spoil(t *testing.T, path string, page int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, 4096), page*4096); err != nil {
		t.Fatal(err)
	}
}

// rootPage is where a table or an index begins in the file, counted from 0.
func rootPage(t *testing.T, s *Store, name string) int64 {
	t.Helper()
	var n int64
	if err := s.read.QueryRow("select rootpage from sqlite_master where name = $1", name).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n - 1
}

func TestCheckFindsDamage(t *testing.T) {
	for _, c := range []struct {
		name   string
		full   bool
		damage func(t *testing.T, s testStore)
		whole  bool // without full nothing is found
	}{
		{name: "whole", damage: func(*testing.T, testStore) {}, whole: true},
		{name: "a page of a table", damage: func(t *testing.T, s testStore) {
			page := rootPage(t, s.Store, "order_lines")
			s.Close()
			spoil(t, s.testPath, page)
		}},
		{name: "cut short", damage: func(t *testing.T, s testStore) {
			s.Close()
			info, err := os.Stat(s.testPath)
			if err == nil {
				err = os.Truncate(s.testPath, info.Size()/2)
			}
			if err != nil {
				t.Fatal(err)
			}
		}},
		{name: "no database at all", damage: func(t *testing.T, s testStore) {
			s.Close()
			spoil(t, s.testPath, 0)
		}},
		{name: "a row that points to nothing", full: true, damage: func(t *testing.T, s testStore) {
			conn, err := s.write.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range []string{"pragma foreign_keys = 0", "delete from orders where number = 'N00003'"} {
				if _, err := conn.ExecContext(t.Context(), q); err != nil {
					t.Fatal(err)
				}
			}
			conn.Close()
			s.Close()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openTest(t)
			fill(t, s.Store, 0, 200)
			c.damage(t, s)
			again, err := Open(t.Context(), "sqlite:"+s.testPath, Config{Key: testKey})
			if err == nil {
				defer again.Close()
				if c.full {
					if err := again.Check(t.Context(), false); err != nil {
						t.Errorf("the quick check: %v", err)
					}
				}
				err = again.Check(t.Context(), c.full)
			}
			d, found := errors.AsType[*DamageError](err)
			if c.whole {
				if err != nil {
					t.Error(err)
				}
			} else if !found || d.Path != s.testPath || len(d.Problems) == 0 {
				t.Errorf("found %v", err)
			}
		})
	}
}

// Who came when nobody else was there knows whether the ones before ended well, until a full check.
func TestUnclean(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	open := func() *Store {
		t.Helper()
		s, err := Open(context.Background(), "sqlite:"+path, Config{Key: testKey})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	killed := func(s *Store) { // what is left of a killed program
		_ = s.closePools()
		s.presence.vanish()
	}
	want := func(s *Store, unclean bool, when string) {
		t.Helper()
		if s.Unclean() != unclean {
			t.Errorf("%s: unclean is %v", when, !unclean)
		}
	}
	a := open()
	want(a, false, "a new database")
	b := open()
	killed(a)
	c := open()
	want(c, false, "beside one that runs nobody knows who was killed")
	if err := errors.Join(b.Close(), c.Close()); err != nil {
		t.Fatal(err)
	}
	d := open()
	want(d, true, "after a was killed")
	if err := d.Check(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	killed(d)
	e := open()
	want(e, true, "a quick check forgives nothing")
	if err := errors.Join(e.Migrate(t.Context()), e.Check(t.Context(), true), e.Close(), e.Close()); err != nil {
		t.Fatal(err)
	}
	f := open()
	want(f, false, "after a full check")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	g := open()
	want(g, false, "after a clean end")
	killed(g)
	want(open(), true, "after g was killed")
}

// A database that somebody has for himself is opened by nobody else, and one that is open cannot be had.
func TestOccupied(t *testing.T) {
	s := openTest(t)
	if _, err := occupy(s.testPath); !errors.Is(err, ErrInUse) {
		t.Errorf("occupied beside a running program: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := occupy(s.testPath)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), "sqlite:"+s.testPath, Config{Key: testKey}); !errors.Is(err, ErrInUse) {
		t.Errorf("opened an occupied database: %v", err)
	}
	p.vanish()
	again, err := Open(t.Context(), "sqlite:"+s.testPath, Config{Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}
