package store_test

import (
	"fmt"
	"testing"
	"time"

	"creditcart/internal/catalog"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/store/storetest"
)

func hugeFeed(n int) catalog.Feed {
	f := catalog.Feed{}
	for c := range 200 {
		parent := ""
		if c >= 20 {
			parent = fmt.Sprint(c % 20)
		}
		f.Categories = append(f.Categories, catalog.Category{ID: fmt.Sprint(c), ParentID: parent, Slug: fmt.Sprint("c", c), Name: fmt.Sprint("Раздел ", c)})
	}
	words := []string{"лампа", "болт", "дрель", "патрон", "кабель", "щит", "бумага", "картридж", "стол", "кресло"}
	for i := range n {
		f.Products = append(f.Products, catalog.Product{ID: fmt.Sprint(i), Slug: fmt.Sprint("p", i), SKU: fmt.Sprintf("SKU-%06d", i), Unit: "шт", Vendor: "Завод",
			Name: fmt.Sprintf("%s %s модель %d", words[i%10], words[(i/10)%10], i), CategoryID: fmt.Sprint(20 + i%180), Price: money.Amount(1 + i*7919%n), Description: "Описание товара"})
	}
	return f
}

func BenchmarkCatalog(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		s := storetest.Open(b)
		began := time.Now()
		if err := s.ReplaceCatalog(b.Context(), hugeFeed(n)); err != nil {
			b.Fatal(err)
		}
		b.Logf("import of %d: %v", n, time.Since(began))
		for name, q := range map[string]catalog.Query{
			"first": {Page: 1}, "deep": {Page: n / 30, Sort: "price"}, "category": {Category: "c5", Sort: "name", Page: 2},
			"narrow": {Text: "sku000777"}, "wide": {Text: "завод"}, "two": {Text: "лампа болт", Sort: "price"}, "letter": {Text: "б"},
		} {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Listing(b.Context(), q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkPlaceOrder(b *testing.B) {
	s := storetest.Open(b)
	now := time.Now().UTC()
	n := 0
	for b.Loop() {
		n++
		id := fmt.Sprint(n)
		c, err := s.UpdateCart(b.Context(), id, now, func(c *orders.Cart) error { return c.Add("p", 1, 100) })
		if err != nil {
			b.Fatal(err)
		}
		l, _ := orders.NewLine(orders.Line{ProductID: "p", Quantity: 1, Price: 100, VATRate: 22})
		if _, err := s.PlaceOrder(b.Context(), &orders.Order{ID: id, Number: "N" + id, CartID: id, CartVer: c.Version, Lines: []orders.Line{l, l}, Total: 200, State: orders.Placed, PlacedAt: now,
			Events: []orders.Event{{At: now}}}); err != nil {
			b.Fatal(err)
		}
	}
}
