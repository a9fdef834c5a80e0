package storefront

import (
	"creditcart/internal/checkout"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/web/static"
	"creditcart/web/templates"
)

func basketSums(b checkout.Basket) func(money.Amount) string {
	all := []money.Amount{b.Total}
	for _, l := range b.Lines {
		all = append(all, l.Price, l.Total)
	}
	return sums(all...)
}

func basketTotals(b checkout.Basket, amount func(money.Amount) string) []templates.Fact {
	return rateFacts(b.Rates, amount)
}

// rateFacts are the rows of VAT under a table. Tax always has kopecks sooner or later, so it has them always.
func rateFacts(rates []checkout.RateSum, amount func(money.Amount) string) []templates.Fact {
	var facts []templates.Fact
	for _, r := range rates {
		value := r.VAT.Format()
		if r.Rate == money.NoVAT {
			value = amount(r.Gross)
		}
		facts = append(facts, templates.Fact{Label: ofVAT(r.Rate), Value: value})
	}
	return facts
}

func basketGoods(b checkout.Basket) templates.GoodsView {
	amount := basketSums(b)
	v := templates.GoodsView{Totals: basketTotals(b, amount), Total: amount(b.Total)}
	for _, l := range b.Lines {
		v.Lines = append(v.Lines, goodsLine(l.Line, static.Picture(l.Product.Picture), amount))
	}
	return v
}

// orderGoods is the frozen list of an order. Its lines know no pictures; a drawing by the present catalogue stands in.
func orderGoods(o *orders.Order, pictures map[string]string) templates.GoodsView {
	all := []money.Amount{o.Total}
	for _, l := range o.Lines {
		all = append(all, l.Price, l.Total)
	}
	amount := sums(all...)
	v := templates.GoodsView{Totals: rateFacts(checkout.SumRates(o.Lines), amount), Total: amount(o.Total)}
	for _, l := range o.Lines {
		picture, sold := pictures[l.ProductID]
		line := goodsLine(l, static.Picture(picture), amount)
		if !sold {
			line.URL = ""
		}
		v.Lines = append(v.Lines, line)
	}
	return v
}

func goodsLine(l orders.Line, picture string, amount func(money.Amount) string) templates.GoodsLine {
	return templates.GoodsLine{
		Name: l.Name, URL: "/p/" + l.Slug, Article: article(l.SKU, l.ProductID), Picture: picture,
		Quantity: pieces(l.Quantity, l.Unit), Price: amount(l.Price), VAT: l.VATRate.Format(), Sum: amount(l.Total),
	}
}

// readable is a price of a form for people; what is not a price stays as it is.
func readable(machine string) string {
	a, err := money.Parse(machine)
	if err != nil {
		return clip(machine, 20)
	}
	return a.FormatShort()
}
