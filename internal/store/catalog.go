package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"creditcart/internal/catalog"
	"creditcart/internal/money"
)

// CatalogVersion is the generation of the catalogue: it changes with every import, 0 before the first.
func (s *Store) CatalogVersion(ctx context.Context) (int64, error) {
	gen, err := currentGen(ctx, s.read)
	if err != nil {
		return 0, fmt.Errorf("store: catalogue version: %w", err)
	}
	return gen, nil
}

func currentGen(ctx context.Context, q querier) (gen int64, err error) {
	err = q.QueryRowContext(ctx, "select gen from catalog_current where id = 1").Scan(&gen)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return gen, err
}

const categoriesQuery = `select id, parent_id, slug, name, n - 1, products from catalog_categories
	where gen = (select gen from catalog_current where id = 1) order by n`

// Categories lists the tree in the order of the feed.
func (s *Store) Categories(ctx context.Context) ([]catalog.CountedCategory, error) {
	list, err := collect(ctx, s.read, func(scan func(...any) error, c *catalog.CountedCategory) error {
		return scan(&c.ID, &c.ParentID, &c.Slug, &c.Name, &c.Position, &c.Count)
	}, categoriesQuery)
	if err != nil {
		return nil, fmt.Errorf("store: categories: %w", err)
	}
	return list, nil
}

const (
	productColumns   = "n, id, slug, sku, name, vendor, unit, category_id, price, vat_rate, available, picture"
	productQuery     = "select " + productColumns + ", params, description from catalog_products where gen = (select gen from catalog_current where id = 1) and slug = $1"
	productsByIDs    = "select " + productColumns + " from catalog_products where gen = (select gen from catalog_current where id = 1) and id in "
	productsByNumber = "select " + productColumns + " from catalog_products where gen = $1 and n in "
)

// Product reads a whole product by its slug; an unknown one is catalog.ErrNoProduct.
func (s *Store) Product(ctx context.Context, slug string) (catalog.Product, error) {
	var p catalog.Product
	var params string
	err := scanProduct(func(dest ...any) error {
		return s.read.QueryRowContext(ctx, productQuery, slug).Scan(append(dest, &params, &p.Description)...)
	}, &p)
	if errors.Is(err, sql.ErrNoRows) {
		err = catalog.ErrNoProduct
	}
	if err == nil {
		err = json.Unmarshal([]byte(params), &p.Params)
	}
	if err != nil {
		return catalog.Product{}, fmt.Errorf("store: product %s: %w", slug, err)
	}
	return p, nil
}

// maxProducts is how many products one query asks for.
const maxProducts = 200

// Products reads products by id for carts; absent ones are left out of the map. Descriptions and params are left out.
func (s *Store) Products(ctx context.Context, ids []string) (map[string]catalog.Product, error) {
	found := make(map[string]catalog.Product, len(ids))
	for len(ids) > 0 {
		batch := ids[:min(len(ids), maxProducts)]
		ids = ids[len(batch):]
		args := make([]any, len(batch))
		for i, id := range batch {
			args[i] = id
		}
		list, err := collect(ctx, s.read, scanProduct, productsByIDs+listOf(1, len(batch)), args...)
		if err != nil {
			return nil, fmt.Errorf("store: products: %w", err)
		}
		for _, p := range list {
			found[p.ID] = p
		}
	}
	return found, nil
}

// numbered reads products of a generation in the order of the numbers given.
func numbered(ctx context.Context, tx querier, gen int64, numbers []uint32) ([]catalog.Product, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	args := []any{gen}
	for _, n := range numbers {
		args = append(args, int64(n))
	}
	list, err := collect(ctx, tx, scanProduct, productsByNumber+listOf(2, len(numbers)), args...)
	if err != nil {
		return nil, err
	}
	byNumber := make(map[uint32]catalog.Product, len(list))
	for _, p := range list {
		byNumber[uint32(p.Position)] = p
	}
	ordered := make([]catalog.Product, 0, len(list))
	for _, n := range numbers {
		if p, ok := byNumber[n]; ok {
			ordered = append(ordered, p)
		}
	}
	return ordered, nil
}

func scanProduct(scan func(...any) error, p *catalog.Product) error {
	var vat sql.NullInt64
	err := scan(&p.Position, &p.ID, &p.Slug, &p.SKU, &p.Name, &p.Vendor, &p.Unit, &p.CategoryID, &p.Price, &vat, &p.Available, &p.Picture)
	if vat.Valid {
		rate := money.VATRate(vat.Int64)
		p.VAT = &rate
	}
	return err
}
