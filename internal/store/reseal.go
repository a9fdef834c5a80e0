package store

import (
	"context"
	"fmt"
	"strconv"

	"creditcart/internal/audit"
)

// sealedColumn is a column whose values are sealed, and how the place of a value follows from its row.
type sealedColumn struct {
	table, column, id string
	place             func(id string) string
}

var sealedColumns = []sealedColumn{
	{"accounts", "identity", "subject", func(id string) string { return "account:" + id }},
	{"client_secrets", "secrets", "client_id", secretsPlace},
	{"grants", "access", "subject", func(id string) string { return grantPlace(id, "access") }},
	{"grants", "refresh", "subject", func(id string) string { return grantPlace(id, "refresh") }},
	{"grants", "prev_refresh", "subject", func(id string) string { return grantPlace(id, "prev") }},
	{"merchant", "name", "subject", func(string) string { return "merchant|name" }},
	{"orders", "people", "id", peoplePlace},
	{"revocations", "tokens", "id", func(id string) string { return "revocation:" + id }},
	{"sessions", "data", "id", func(id string) string { return "session:" + id }},
	{"sign_in_attempts", "data", "id", func(id string) string { return "attempt:" + id }},
	{"snapshots", "body", "id", func(id string) string { return "snapshot:" + id }},
}

// CheckKeys is ErrOtherKey when something is sealed with a key that is not there: an order that cannot be read would wait
// for its money unseen.
func (s *Store) CheckKeys(ctx context.Context) error {
	if err := sameKey(ctx, s.read, s.seal, sealedColumns); err != nil {
		return fmt.Errorf("store: keys: %w", err)
	}
	return nil
}

// resealAtOnce is how many values share a transaction: others write meanwhile.
const resealAtOnce = 200

// Reseal seals anew, with the newest key, everything that an older one sealed, and tells how many values there were.
// The shop may run beside it. Cut off, it goes on where it was when it is called again.
func (s *Store) Reseal(ctx context.Context) (done int, err error) {
	for _, c := range sealedColumns {
		for after, more := "", true; more; {
			var n int
			n, after, more, err = s.resealSome(ctx, c, after)
			if done += n; err != nil {
				return done, fmt.Errorf("store: seal %s.%s anew: %w", c.table, c.column, err)
			}
		}
	}
	if done > 0 {
		err = s.Audit(ctx, audit.Entry{Kind: audit.Resealed, Detail: "values " + strconv.Itoa(done)})
	}
	return done, err
}

// resealSome looks at the values behind an id and tells which was the last.
func (s *Store) resealSome(ctx context.Context, c sealedColumn, after string) (done int, last string, more bool, err error) {
	type value struct {
		id     string
		sealed []byte
	}
	some, err := collect(ctx, s.read, func(scan func(...any) error, v *value) error { return scan(&v.id, &v.sealed) },
		fmt.Sprintf("select %[1]s, %[2]s from %[3]s where %[1]s > $1 order by %[1]s limit %[4]d", c.id, c.column, c.table, resealAtOnce), after)
	if err != nil || len(some) == 0 {
		return 0, after, false, err
	}
	last, more = some[len(some)-1].id, len(some) == resealAtOnce
	var old []value
	for _, v := range some {
		if !s.seal.newest(v.sealed) {
			old = append(old, v)
		}
	}
	if len(old) == 0 {
		return 0, last, more, nil
	}
	// Whoever wrote meanwhile has sealed with the newest key.
	update := fmt.Sprintf("update %[1]s set %[2]s = $2 where %[3]s = $1 and %[2]s = $3", c.table, c.column, c.id)
	err = s.tx(ctx, func(tx querier) error {
		done = 0
		for _, v := range old {
			plain, err := s.seal.open(v.sealed, c.place(v.id))
			if err != nil {
				return err
			}
			n, err := affected(ctx, tx, update, v.id, s.seal.seal(plain, c.place(v.id)), v.sealed)
			if err != nil {
				return err
			}
			done += int(n)
		}
		return nil
	})
	return done, last, more, err
}
