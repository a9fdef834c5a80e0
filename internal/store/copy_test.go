package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"creditcart/internal/store"
	"creditcart/internal/store/storetest"
)

// From SQLite to PostgreSQL and back: every row is the same, sealed values open, and the shop goes on there.
func TestCopyThereAndBack(t *testing.T) {
	const orders = 150
	postgres := openAt(t, storetest.PostgresURL(t))
	source := openAt(t, storetest.SQLiteURL(t))
	back := openAt(t, storetest.SQLiteURL(t))
	if err := source.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	storetest.Fill(t, source, orders)
	there, err := store.Copy(t.Context(), source, postgres)
	if err != nil {
		t.Fatal(err)
	}
	tables := int64(0)
	for _, c := range there {
		tables++
		if n, err := source.Count(t.Context(), "select count(*) from "+c.Table); err != nil || n != c.Rows || n == 0 || len(c.Hash) != 64 {
			t.Errorf("%+v of %d rows, %v", c, n, err)
		}
	}
	if n, err := source.Count(t.Context(), "select count(*) - 1 from sqlite_master where type = 'table' and name not like 'sqlite%'"); n != tables || err != nil {
		t.Errorf("%d tables of %d were copied, %v", tables, n, err)
	}
	again, err := store.Copy(t.Context(), postgres, back)
	if err != nil {
		t.Fatal(err)
	}
	for i := range again {
		if again[i].Rows != there[i].Rows || again[i].Hash != there[i].Hash {
			t.Errorf("there %+v, back %+v", there[i], again[i])
		}
	}
	storetest.Filled(t, postgres, orders)
	if _, err := store.Copy(t.Context(), source, postgres); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("a copy over a copy: %v", err)
	}
	storetest.Filled(t, back, orders)
}

func TestCopyRefusals(t *testing.T) {
	ctx := t.Context()
	for name, c := range map[string]struct {
		before func(t *testing.T, fromURL, toURL string, to *store.Store)
		key    string
		want   func(error) bool
	}{
		"the source is in use": {want: func(err error) bool { return errors.Is(err, store.ErrInUse) },
			before: func(t *testing.T, fromURL, _ string, _ *store.Store) { openAt(t, fromURL) }},
		"the target is in use": {want: func(err error) bool { return errors.Is(err, store.ErrInUse) },
			before: func(t *testing.T, _, toURL string, _ *store.Store) { openAt(t, toURL) }},
		"the target has something": {want: func(err error) bool { return errors.Is(err, store.ErrNotEmpty) },
			before: func(t *testing.T, _, _ string, to *store.Store) {
				if err := to.SaveSnapshot(ctx, "mine", []byte("x"), time.Now()); err != nil {
					t.Fatal(err)
				}
			}},
		"another secret": {key: "another key, also of 32 bytes ..", want: func(err error) bool { return errors.Is(err, store.ErrOtherKey) }},
		"a row arrives changed": {want: func(err error) bool { return err != nil && strings.Contains(err.Error(), "table carts: read") },
			before: func(t *testing.T, _, _ string, to *store.Store) {
				if err := to.Exec(ctx, "create trigger bad after insert on carts begin update carts set items = '[1]' where id = new.id; end"); err != nil {
					t.Fatal(err)
				}
			}},
		"a row does not arrive": {want: func(err error) bool { return err != nil && strings.Contains(err.Error(), "table order_events: read") },
			before: func(t *testing.T, _, _ string, to *store.Store) {
				if err := to.Exec(ctx, "create trigger bad after insert on order_events when new.order_id = 'id-0003' begin delete from order_events where order_id = new.order_id; end"); err != nil {
					t.Fatal(err)
				}
			}},
	} {
		t.Run(name, func(t *testing.T) {
			fromURL, toURL := storetest.SQLiteURL(t), storetest.SQLiteURL(t)
			from, to := openAt(t, fromURL), openAt(t, toURL)
			for _, s := range []*store.Store{from, to} {
				if err := s.Migrate(ctx); err != nil {
					t.Fatal(err)
				}
			}
			storetest.Fill(t, from, 5)
			if c.before != nil {
				c.before(t, fromURL, toURL, to)
			}
			if c.key != "" {
				other, err := store.Open(context.Background(), fromURL, store.Config{Key: []byte(c.key)})
				if err != nil {
					t.Fatal(err)
				}
				if err := from.Close(); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { other.Close() })
				from = other
			}
			if done, err := store.Copy(ctx, from, to); !c.want(err) || done != nil {
				t.Errorf("%v, %v", done, err)
			}
			if n, err := to.Count(ctx, "select count(*) from orders"); n != 0 || err != nil {
				t.Errorf("a copy that failed left %d orders, %v", n, err)
			}
		})
	}
}
