package orders

import (
	"errors"
	"fmt"
	"time"

	"creditcart/internal/money"
)

// Limits of a cart. With the dearest goods a feed may offer they keep every sum below money.Max.
const (
	MaxQuantity  = 99_999 // pieces of one product
	MaxCartLines = 500    // different products
)

// Errors of a cart. The cart is unchanged after each of them.
var (
	ErrQuantity  = errors.New("quantity out of range")
	ErrCartFull  = errors.New("too many lines in the cart")
	ErrCartEmpty = errors.New("the cart is empty")
)

// Cart is what a browser has chosen. It belongs to a browser, not to a person: it lives before and after sign-in.
type Cart struct {
	ID        string
	Version   int64  // grows with every change; an order remembers the version it was made of
	LastOrder string // number of the order this cart became last, empty if none
	Items     []CartItem
	UpdatedAt time.Time
}

// CartItem is one product of a cart with the price its buyer saw when he put it there.
type CartItem struct {
	ProductID string
	Quantity  int64
	SeenPrice money.Amount
}

// Add puts more pieces of a product into the cart. The price seen becomes the given one.
func (c *Cart) Add(productID string, quantity int64, price money.Amount) error {
	if quantity < 1 || quantity > MaxQuantity {
		return fmt.Errorf("add %d: %w", quantity, ErrQuantity)
	}
	for i := range c.Items {
		if item := &c.Items[i]; item.ProductID == productID {
			if item.Quantity+quantity > MaxQuantity {
				return fmt.Errorf("add %d to %d: %w", quantity, item.Quantity, ErrQuantity)
			}
			item.Quantity += quantity
			item.SeenPrice = price
			return nil
		}
	}
	if len(c.Items) >= MaxCartLines {
		return fmt.Errorf("add: %w", ErrCartFull)
	}
	c.Items = append(c.Items, CartItem{ProductID: productID, Quantity: quantity, SeenPrice: price})
	return nil
}

// Set replaces the quantity of a product that is in the cart; 0 removes it. A product that is not there stays absent.
func (c *Cart) Set(productID string, quantity int64, price money.Amount) error {
	if quantity < 0 || quantity > MaxQuantity {
		return fmt.Errorf("set %d: %w", quantity, ErrQuantity)
	}
	for i := range c.Items {
		if c.Items[i].ProductID != productID {
			continue
		}
		if quantity == 0 {
			c.Items = append(c.Items[:i], c.Items[i+1:]...)
			return nil
		}
		c.Items[i].Quantity = quantity
		c.Items[i].SeenPrice = price
		return nil
	}
	return nil
}

// Pieces is the number of different products, what a buyer calls «позиций».
func (c *Cart) Pieces() int { return len(c.Items) }

// ErrCartChanged says that the cart is not the one that was shown any more.
var ErrCartChanged = errors.New("the cart changed since it was shown")
