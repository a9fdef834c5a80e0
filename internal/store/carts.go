package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"creditcart/internal/money"
	"creditcart/internal/orders"
)

// cartItem is the stored form of an item; short names, because a cart may have hundreds.
type cartItem struct {
	Product  string `json:"p"`
	Quantity int64  `json:"q"`
	Seen     int64  `json:"s"` // kopecks
}

// Cart reads a cart. An id that is not stored is an empty cart with that id and version 0.
func (s *Store) Cart(ctx context.Context, id string) (orders.Cart, error) {
	c, err := loadCart(ctx, s.read, id, "")
	if err != nil {
		return orders.Cart{}, fmt.Errorf("store: cart: %w", err)
	}
	return c, nil
}

// UpdateCart runs fn on a cart and saves it with its version increased. An error of fn is returned as it is and nothing
// is saved. fn must not call anything slow and may be run again after a conflict.
func (s *Store) UpdateCart(ctx context.Context, id string, now time.Time, fn func(*orders.Cart) error) (orders.Cart, error) {
	var c orders.Cart
	var refused error
	err := s.tx(ctx, func(tx querier) (err error) {
		if c, err = loadCart(ctx, tx, id, s.forUpdate); err != nil {
			return err
		}
		version := c.Version
		if refused = fn(&c); refused != nil {
			return refused
		}
		c.ID, c.UpdatedAt = id, now.UTC()
		return saveCart(ctx, tx, &c, version)
	})
	switch {
	case refused != nil:
		return orders.Cart{}, refused
	case err != nil:
		return orders.Cart{}, fmt.Errorf("store: update cart: %w", err)
	}
	return c, nil
}

func loadCart(ctx context.Context, q querier, id, lock string) (orders.Cart, error) {
	c := orders.Cart{ID: id}
	var items string
	err := q.QueryRowContext(ctx, "select version, last_order, items, updated_at from carts where id = $1"+lock, id).
		Scan(&c.Version, &c.LastOrder, &items, moment{&c.UpdatedAt})
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	var stored []cartItem
	if err := json.Unmarshal([]byte(items), &stored); err != nil {
		return c, fmt.Errorf("items: %w", err)
	}
	for _, i := range stored {
		c.Items = append(c.Items, orders.CartItem{ProductID: i.Product, Quantity: i.Quantity, SeenPrice: money.Amount(i.Seen)})
	}
	return c, nil
}

// saveCart writes a cart whose stored version must still be the given one (0 = not stored).
func saveCart(ctx context.Context, tx querier, c *orders.Cart, version int64) error {
	stored := make([]cartItem, len(c.Items))
	for i, item := range c.Items {
		stored[i] = cartItem{Product: item.ProductID, Quantity: item.Quantity, Seen: int64(item.SeenPrice)}
	}
	items, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	var n int64
	if version == 0 {
		// A browser may come back with a cart that was purged: its versions must not repeat those that became orders.
		var used int64
		if err := tx.QueryRowContext(ctx, "select coalesce(max(cart_version), 0) from orders where cart_id = $1", c.ID).Scan(&used); err != nil {
			return err
		}
		version = used
		n, err = affected(ctx, tx, "insert into carts (id, version, last_order, items, updated_at) values ($1, $2, $3, $4, $5) on conflict (id) do nothing",
			c.ID, version+1, c.LastOrder, string(items), ms(c.UpdatedAt))
	} else {
		n, err = affected(ctx, tx, "update carts set version = version + 1, last_order = $1, items = $2, updated_at = $3 where id = $4 and version = $5",
			c.LastOrder, string(items), ms(c.UpdatedAt), c.ID, version)
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return errConflict
	}
	c.Version = version + 1
	return nil
}

// purgeBatch is how many rows a clean-up removes at once, so that buyers do not wait for it.
const purgeBatch = 500

// PurgeCarts removes carts that were not changed since olderThan.
func (s *Store) PurgeCarts(ctx context.Context, olderThan time.Time) error {
	return s.purge(ctx, "carts", "updated_at", olderThan)
}

// purge removes old rows of a table in short transactions.
func (s *Store) purge(ctx context.Context, table, column string, before time.Time) error {
	for {
		n, err := affected(ctx, s.write, purgeQuery(table, column), ms(before), purgeBatch)
		if err != nil {
			return fmt.Errorf("store: purge %s: %w", table, err)
		}
		if n < purgeBatch {
			return nil
		}
	}
}

func purgeQuery(table, column string) string {
	return "delete from " + table + " where id in (select id from " + table + " where " + column + " < $1 order by " + column + " limit $2 + 0) and " + column + " < $1"
}
