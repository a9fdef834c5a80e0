package checkout

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"creditcart/internal/catalog"
	"creditcart/internal/money"
	"creditcart/internal/orders"
)

// Basket is a cart priced as of now: what an order made of it would cost.
type Basket struct {
	Cart  orders.Cart
	Lines []BasketLine
	Total money.Amount // of the lines that can be ordered
	VAT   money.Amount
	Rates []RateSum // VAT by rate, highest rate first
}

// BasketLine is one line with what changed since the buyer put it there.
type BasketLine struct {
	orders.Line
	Product   catalog.Product
	SeenPrice money.Amount
	Gone      bool // the product left the catalogue or cannot be ordered now
}

// PriceChanged tells whether the price is not the one the buyer saw.
func (l BasketLine) PriceChanged() bool { return !l.Gone && l.SeenPrice != l.Price }

// RateSum is the tax of one rate.
type RateSum struct {
	Rate       money.VATRate
	Gross, VAT money.Amount
}

// Ready tells whether the basket can become an order as it is.
func (b Basket) Ready() bool {
	if len(b.Lines) == 0 {
		return false
	}
	for _, l := range b.Lines {
		if l.Gone {
			return false
		}
	}
	return true
}

// Seen is the compact form of what the buyer was shown: goods, quantities, prices. A form carries it back.
func (b Basket) Seen() string {
	parts := make([]string, 0, len(b.Lines))
	for _, l := range b.Lines {
		parts = append(parts, l.ProductID+"*"+strconv.FormatInt(l.Quantity, 10)+"@"+l.Price.String())
	}
	return strings.Join(parts, " ")
}

// Basket prices a cart with the catalogue of this moment.
func (s *Service) Basket(ctx context.Context, cartID string) (Basket, error) {
	cart, err := s.Goods.Cart(ctx, cartID)
	if err != nil {
		return Basket{}, fmt.Errorf("checkout: basket: %w", err)
	}
	return s.price(ctx, cart)
}

func (s *Service) price(ctx context.Context, cart orders.Cart) (Basket, error) {
	ids := make([]string, len(cart.Items))
	for i, item := range cart.Items {
		ids[i] = item.ProductID
	}
	products, err := s.Goods.Products(ctx, ids)
	if err != nil {
		return Basket{}, fmt.Errorf("checkout: basket: %w", err)
	}
	b := Basket{Cart: cart}
	for _, item := range cart.Items {
		l, err := s.basketLine(item, products)
		if err != nil {
			return Basket{}, fmt.Errorf("checkout: basket: %w", err)
		}
		b.Lines = append(b.Lines, l)
	}
	return b.sum()
}

func (s *Service) basketLine(item orders.CartItem, products map[string]catalog.Product) (BasketLine, error) {
	p, there := products[item.ProductID]
	line := BasketLine{Product: p, SeenPrice: item.SeenPrice, Gone: !there || !p.Available}
	rate := s.DefaultVAT
	if p.VAT != nil {
		rate = *p.VAT
	}
	if !there {
		p = catalog.Product{ID: item.ProductID, Name: "Товар больше не продаётся", Price: item.SeenPrice}
	}
	var err error
	line.Line, err = orders.NewLine(orders.Line{ProductID: p.ID, Slug: p.Slug, SKU: p.SKU, Name: p.Name, Unit: p.Unit,
		Quantity: item.Quantity, Price: p.Price, VATRate: rate})
	return line, err
}

func (b Basket) sum() (Basket, error) {
	lines := b.orderLines()
	var err error
	if b.Total, b.VAT, err = orders.Total(lines); err != nil {
		return Basket{}, fmt.Errorf("checkout: basket: %w", err)
	}
	b.Rates = SumRates(lines)
	return b, nil
}

func (b Basket) orderLines() []orders.Line {
	lines := make([]orders.Line, 0, len(b.Lines))
	for _, l := range b.Lines {
		if !l.Gone {
			lines = append(lines, l.Line)
		}
	}
	return lines
}

// SumRates adds up lines by their rate of VAT, highest rate first.
func SumRates(lines []orders.Line) []RateSum {
	var sums []RateSum
	for _, rate := range []money.VATRate{22, 20, 18, 10, 7, 5, 0, money.NoVAT} {
		sum, found := RateSum{Rate: rate}, false
		for _, l := range lines {
			if l.VATRate == rate {
				sum.Gross, sum.VAT, found = sum.Gross+l.Total, sum.VAT+l.VAT, true
			}
		}
		if found {
			sums = append(sums, sum)
		}
	}
	return sums
}
