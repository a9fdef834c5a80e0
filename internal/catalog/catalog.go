// Package catalog knows the goods: categories, products, how they are listed and found, and how a YML feed becomes them.
// It does not know carts, orders, stock keeping or SQL.
package catalog

import (
	"errors"

	"creditcart/internal/money"
)

// Errors of a look-up.
var (
	ErrNoProduct  = errors.New("no such product")
	ErrNoCategory = errors.New("no such category")
)

// MaxPrice is the dearest piece a feed may offer: 100 million roubles. With the limits of a cart no sum can leave money.Max.
const MaxPrice money.Amount = 100_000_000_00

// PageSize is how many products a page of a listing shows.
const PageSize = 24

// Category is a node of the tree of goods. ParentID is empty at the top.
type Category struct {
	ID, ParentID, Slug, Name string
	// Position is the order of the feed, from 0.
	Position int
}

// CountedCategory is a category with the number of products in it and below it.
type CountedCategory struct {
	Category
	Count int
}

// Product is one position of the catalogue, as the merchant's feed describes it.
type Product struct {
	// ID is the feed's offer id: 1 to 64 characters, unique.
	ID string
	// Slug is the product's address, unique inside a feed and the same for the same feed: [a-z0-9-]{1,80}.
	Slug string
	// SKU is the vendor's code; it may be empty and it may repeat.
	SKU  string
	Name string
	// Vendor may be empty.
	Vendor string
	// Unit is the unit of measure ("шт", "уп"), never empty.
	Unit string
	// Description is plain text, paragraphs separated by "\n\n".
	Description string
	CategoryID  string
	// Price of one unit with VAT, above zero and up to MaxPrice.
	Price money.Amount
	// VAT is nil when the feed says nothing: the shop's default rate applies.
	VAT       *money.VATRate
	Available bool
	// Picture names one of the shop's own drawings ("printer"); empty means the placeholder.
	Picture string
	Params  []Param
	// Position is the place in the feed, from 0: the order of SortPopular.
	Position int
}

// Param is a property of a product for its page: "Мощность" — "4.8 Вт".
type Param struct{ Name, Value string }

// Sort is the order of a listing; the value is its form in an address.
type Sort string

// The orders of a listing. The empty Sort means SortPopular.
const (
	SortPopular   Sort = "popular"
	SortPriceAsc  Sort = "price"
	SortPriceDesc Sort = "-price"
	SortName      Sort = "name"
)

// ParseSort reads the form of an address; anything unknown is SortPopular.
func ParseSort(s string) Sort {
	switch v := Sort(s); v {
	case SortPriceAsc, SortPriceDesc, SortName:
		return v
	}
	return SortPopular
}

// Query asks for one page of products.
type Query struct {
	// Category is a slug; empty means all. A category includes what lies below it.
	Category string
	// Text is what the buyer typed; empty means no search. See QueryTerms.
	Text string
	Sort Sort
	// Page counts from 1.
	Page int
}

// Listing is the answer to a Query.
type Listing struct {
	Products []Product
	// Total counts the products of all pages.
	Total int
	// Page is the page given, from 1 to Pages (1 when there is nothing).
	Page int
}

// Pages is the number of pages, at least 1.
func (l Listing) Pages() int { return max(1, (l.Total+PageSize-1)/PageSize) }
