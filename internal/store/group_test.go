package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
)

// Many callers at once, some of whom fail, panic or have left: each success is there, nothing of the others is.
func TestSharedCommit(t *testing.T) {
	s := openTest(t)
	sentinel := errors.New("no")
	gone, leave := context.WithCancel(t.Context())
	leave()
	put := func(ctx context.Context, q querier, id string) error {
		_, err := q.ExecContext(ctx, "insert into carts (id, version, last_order, items, updated_at) values ($1, 1, '', '[]', 0)", id)
		return err
	}
	var wg sync.WaitGroup
	for i := range 400 {
		wg.Go(func() {
			id := fmt.Sprintf("%d-%03d", i%4, i)
			switch i % 4 {
			case 0:
				if err := s.tx(t.Context(), func(q querier) error { return put(t.Context(), q, id) }); err != nil {
					t.Errorf("%s: %v", id, err)
				}
			case 1:
				err := s.tx(t.Context(), func(q querier) error { return errors.Join(put(t.Context(), q, id), sentinel) })
				if !errors.Is(err, sentinel) {
					t.Errorf("%s: %v", id, err)
				}
			case 2:
				defer func() {
					if recover() != "mine" {
						t.Errorf("%s: the panic did not come back", id)
					}
				}()
				_ = s.tx(t.Context(), func(q querier) error {
					if err := put(t.Context(), q, id); err != nil {
						return err
					}
					panic("mine")
				})
			case 3:
				if err := s.tx(gone, func(q querier) error { return put(gone, q, id) }); !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
	wg.Wait()
	for kind, want := range map[string]int{"0-%": 100, "1-%": 0, "2-%": 0, "3-%": 0} {
		var got int
		if err := s.read.QueryRowContext(t.Context(), "select count(*) from carts where id like $1", kind).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %d rows, %v; want %d", kind, got, err, want)
		}
	}
}

// When the database ends the whole transaction, nobody in it hears of success.
func TestLostSharedTransaction(t *testing.T) {
	s := openTest(t)
	first := &job{ctx: t.Context(), done: make(chan struct{}), run: func(q querier) error {
		_, err := q.ExecContext(t.Context(), "insert into carts (id, version, last_order, items, updated_at) values ('lost', 1, '', '[]', 0)")
		return err
	}}
	second := &job{ctx: t.Context(), done: make(chan struct{}), run: func(q querier) error {
		_, err := q.ExecContext(t.Context(), "rollback")
		return err
	}}
	commit(s.write, []*job{first, second})
	if first.err == nil {
		t.Error("the first was told that it is saved")
	}
	var n int
	if err := s.read.QueryRowContext(t.Context(), "select count(*) from carts").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows, %v", n, err)
	}
	if err := s.tx(t.Context(), func(q querier) error { return first.run(q) }); err != nil {
		t.Errorf("the next transaction: %v", err)
	}
}

// SQLite may end a transaction by itself also while it reads (a full disk, a failing one). Nothing of that transaction is
// saved in part, and who comes after the reader does not write outside of any.
func TestTransactionLostWhileReading(t *testing.T) {
	s := openTest(t)
	ctx := t.Context()
	put := func(q querier, id string) error {
		_, err := q.ExecContext(ctx, "insert into carts (id, version, last_order, items, updated_at) values ($1, 1, '', '[]', 0)", id)
		return err
	}
	sentinel := errors.New("no")
	lost := false
	jobs := []*job{{run: func(q querier) error { return put(q, "first") }}, {run: func(q querier) error {
		if !lost { // what a reading statement of SQLite does by itself when a page cannot be written
			lost = true
			if err := q.(*txn).Tx.QueryRowContext(ctx, "rollback").Err(); err != nil {
				t.Error(err)
			}
		}
		var n int
		return q.QueryRowContext(ctx, "select abs(-9223372036854775807 - 1)").Scan(&n)
	}}, {run: func(q querier) error { return errors.Join(put(q, "third"), sentinel) }}, {run: func(q querier) error { return put(q, "fourth") }}}
	for _, j := range jobs {
		j.ctx, j.done = ctx, make(chan struct{})
	}
	commit(s.write, jobs)
	if jobs[0].err != nil || jobs[1].err == nil || !errors.Is(jobs[2].err, sentinel) || jobs[3].err != nil {
		t.Errorf("told: %v, %v, %v, %v", jobs[0].err, jobs[1].err, jobs[2].err, jobs[3].err)
	}
	ids, err := collect(ctx, s.read, func(scan func(...any) error, id *string) error { return scan(id) }, "select id from carts order by id")
	if err != nil || fmt.Sprint(ids) != "[first fourth]" {
		t.Errorf("saved: %v, %v", ids, err)
	}
}
