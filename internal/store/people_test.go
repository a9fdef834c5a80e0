package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"creditcart/internal/orders"
	"creditcart/internal/store"
	"creditcart/internal/store/storetest"
)

// Rows from before are read as they are; a sealed row is bound to its order.
func TestPeopleOfAnOrderAreSealed(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s, at := db(t), time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		for i := range 2 {
			cart, err := s.UpdateCart(t.Context(), fmt.Sprint("cart", i), at, func(c *orders.Cart) error { return c.Add("p", 1, 10_000) })
			must(t, err)
			line, err := orders.NewLine(orders.Line{ProductID: "p", Name: "Лампа", Unit: "шт", Quantity: 1, Price: 10_000, VATRate: 22})
			must(t, err)
			_, err = s.PlaceOrder(t.Context(), &orders.Order{ID: fmt.Sprint("id", i), Number: fmt.Sprint("N", i), CartID: cart.ID, CartVer: cart.Version,
				Lines: []orders.Line{line}, Total: line.Total, VAT: line.VAT, Buyer: orders.Buyer{Subject: "sub", PersonName: "Канарейкин", CompanyINN: "7707083893"},
				Contact: orders.Contact{Name: "Зоя", Phone: "+7", Email: "a@b.ru", DeliveryAddress: "Тупик", Comment: "Звонить"}, State: orders.Placed, PlacedAt: at})
			must(t, err)
		}
		n, err := s.Count(t.Context(), "select count(*) from orders where person_name || contact_name || phone || email || delivery_address || comment <> ''")
		must(t, err)
		if n != 0 {
			t.Errorf("%d rows are readable", n)
		}
		_, err = s.Tamper(t.Context(), "update orders set people = null, contact_name = 'Пётр', person_name = 'Иванов' where number = 'N0'")
		must(t, err)
		o, err := s.Order(t.Context(), "N0")
		must(t, err)
		if o.Contact.Name != "Пётр" || o.Buyer.PersonName != "Иванов" {
			t.Errorf("a row from before: %+v %+v", o.Buyer, o.Contact)
		}
		_, err = s.Tamper(t.Context(), "update orders set people = (select b.people from orders b where b.number = 'N1') where number = 'N0'")
		must(t, err)
		if _, err := s.Order(t.Context(), "N0"); !errors.Is(err, store.ErrSealed) {
			t.Errorf("another order's people: %v", err)
		}
	})
}
