package store

import (
	"context"
	"errors"

	"creditcart/internal/catalog"
)

// ErrNoProduct says that the catalogue has no such product.
var ErrNoProduct = errors.New("no such product")

// ErrNoCategory says that the catalogue has no such category.
var ErrNoCategory = errors.New("no such category")

// Category is a category with the number of products in it and below it.
type Category struct {
	catalog.Category
	Count int
}

// CatalogVersion is the generation of the catalogue: it changes with every import, 0 before the first.
func (s *Store) CatalogVersion(ctx context.Context) (int64, error) { return 0, errTodo }

// Categories lists the tree in the order of the feed.
func (s *Store) Categories(ctx context.Context) ([]Category, error) { return nil, errTodo }

// Listing gives one page of products; without text an unknown category is ErrNoCategory. A page beyond the last is the last one.
// Descriptions and params are left out. A search counts no further than SearchCap.
func (s *Store) Listing(ctx context.Context, q catalog.Query) (catalog.Listing, error) {
	return catalog.Listing{}, errTodo
}

// Product reads a whole product by its slug; an unknown one is ErrNoProduct.
func (s *Store) Product(ctx context.Context, slug string) (catalog.Product, error) {
	return catalog.Product{}, errTodo
}

// Products reads products by id for carts; absent ones are left out of the map. Descriptions and params are left out.
func (s *Store) Products(ctx context.Context, ids []string) (map[string]catalog.Product, error) {
	return nil, errTodo
}
