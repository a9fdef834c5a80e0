package store

import "creditcart/internal/orders"

// orderPeople is what of an order is about a person: sealed at rest, nobody searches by it.
type orderPeople struct {
	PersonName      string `json:"person"`
	Name            string `json:"name"`
	Phone           string `json:"phone"`
	Email           string `json:"email"`
	DeliveryAddress string `json:"address"`
	Comment         string `json:"comment"`
}

func peoplePlace(orderID string) string { return "order-people:" + orderID }

func (s *Store) sealPeople(o *orders.Order) ([]byte, error) {
	c := o.Contact
	return s.sealJSON(orderPeople{o.Buyer.PersonName, c.Name, c.Phone, c.Email, c.DeliveryAddress, c.Comment}, peoplePlace(o.ID))
}

// openPeople fills in what was sealed. A row from before that has it in its own columns, which were read already.
func (s *Store) openPeople(o *orders.Order, sealed []byte) error {
	if len(sealed) == 0 {
		return nil
	}
	var p orderPeople
	if err := s.openJSON(sealed, peoplePlace(o.ID), &p); err != nil {
		return err
	}
	o.Buyer.PersonName = p.PersonName
	o.Contact = orders.Contact{Name: p.Name, Phone: p.Phone, Email: p.Email, DeliveryAddress: p.DeliveryAddress, Comment: p.Comment}
	return nil
}
