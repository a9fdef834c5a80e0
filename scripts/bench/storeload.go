package main

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/store"
	"creditcart/scripts/rig"
)

// storeLoad places orders in a store of its own, which also seals its audit log as a running shop does.
type storeLoad struct {
	store  *store.Store
	close  func()
	used   float64 // processor time of placing, seconds
	placed int
}

func newStoreLoad(ctx context.Context, dir string) (*storeLoad, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails since Go 1.24
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(dir, "alone.db"), store.Config{Key: key})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var sealing sync.WaitGroup
	sealing.Go(func() {
		for tick := time.Tick(time.Second); ; {
			select {
			case <-ctx.Done():
				return
			case <-tick:
				_, _ = db.SealAudit(ctx)
			}
		}
	})
	return &storeLoad{store: db, close: func() {
		cancel()
		sealing.Wait()
		_ = db.Close()
	}}, nil
}

// place fills carts, then times only the orders of 64 buyers, again and again.
func (l *storeLoad) place(ctx context.Context, d time.Duration) (float64, error) {
	var spent time.Duration
	n := 0
	all := make([][]*orders.Order, buyers)
	for spent < d {
		if err := rig.Everybody(all, func(i int, _ []*orders.Order) error {
			all[i] = make([]*orders.Order, cartsEach)
			for j := range all[i] {
				var err error
				if all[i][j], err = l.order(ctx); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return 0, err
		}
		start, used := time.Now(), ownTime()
		if err := rig.Everybody(all, func(_ int, mine []*orders.Order) error {
			for _, o := range mine {
				if _, err := l.store.PlaceOrder(ctx, o); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return 0, err
		}
		spent += time.Since(start)
		l.used += ownTime() - used
		n += buyers * cartsEach
	}
	l.placed += n
	return float64(n) / spent.Seconds(), nil
}

// order fills a cart and makes the order of it that checkout would: one line, a person, a comment.
func (l *storeLoad) order(ctx context.Context) (*orders.Order, error) {
	now := time.Now().UTC()
	cart, err := l.store.UpdateCart(ctx, rand.Text(), now, func(c *orders.Cart) error { return c.Add("11009", 2, 499000) })
	if err != nil {
		return nil, err
	}
	line, err := orders.NewLine(orders.Line{ProductID: "11009", Slug: "kreslo-11009", SKU: "KR-11009", Name: "Кресло офисное, сетка, чёрное", Unit: "шт",
		Quantity: 2, Price: 499000, VATRate: money.VATRate(22)})
	if err != nil {
		return nil, err
	}
	subject := strings.Repeat("5f", 32)
	return &orders.Order{ID: uuid.NewString(), Number: rand.Text()[:10], CartID: cart.ID, CartVer: cart.Version,
		Buyer:   orders.Buyer{Subject: subject, PersonName: "Соколов Пётр Ильич", CompanyINN: "7707083893", CompanyKPP: "770701001", CompanyName: "ООО «Ромашка»", LawForm: "ООО"},
		Contact: orders.Contact{Comment: "до двери"}, Lines: []orders.Line{line}, Total: line.Total, VAT: line.VAT, State: orders.Placed, PlacedAt: now,
		Events: []orders.Event{{At: now, Kind: orders.EventOrder, Actor: subject, To: string(orders.Placed)}}}, nil
}
