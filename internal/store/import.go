package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"creditcart/internal/catalog"
)

// ErrOvertaken says that another import finished while this one was at work; its catalogue stays.
var ErrOvertaken = errors.New("store: another import of the catalogue finished meanwhile")

// importBatch is how many rows an import writes or removes in one transaction, so that buyers do not wait for it.
const importBatch = 500

// ReplaceCatalog makes a feed the whole catalogue. Readers see the old one until the new one is complete; writers of
// orders and carts wait for one short batch at most. An import that was cut off leaves garbage that the next one removes.
// The feed must be one that catalog.ReadFeed accepts: ids and slugs unique, every category known.
func (s *Store) ReplaceCatalog(ctx context.Context, feed catalog.Feed) error {
	if err := s.replaceCatalog(ctx, feed); err != nil {
		return fmt.Errorf("store: replace the catalogue: %w", err)
	}
	return nil
}

func (s *Store) replaceCatalog(ctx context.Context, feed catalog.Feed) error {
	feed.Products = slices.Clone(feed.Products)
	for i := range feed.Products {
		feed.Products[i].Position = i
	}
	gen, err := s.beginGeneration(ctx, feed)
	if err != nil {
		return err
	}
	if err := s.writeGeneration(ctx, gen, feed); err != nil {
		return err
	}
	previous, err := s.serveGeneration(ctx, gen)
	if errors.Is(err, ErrOvertaken) {
		return errors.Join(err, s.removeGeneration(ctx, gen))
	}
	if err != nil {
		return err
	}
	return s.removeOld(ctx, gen, previous)
}

// beginGeneration takes a number above all that are stored.
func (s *Store) beginGeneration(ctx context.Context, feed catalog.Feed) (gen int64, err error) {
	err = s.tx(ctx, func(tx querier) error {
		return tx.QueryRowContext(ctx, `insert into catalog_generations (gen, categories, products)
			select 1 + coalesce(max(gen), 0), $1, $2 from catalog_generations returning gen`, len(feed.Categories), len(feed.Products)).Scan(&gen)
	})
	return gen, err
}

func (s *Store) writeGeneration(ctx context.Context, gen int64, feed catalog.Feed) error {
	tree := newTree(feed.Categories)
	lists := listsOf(feed, tree)
	categories := make([][]any, len(feed.Categories))
	for i, c := range feed.Categories {
		count := len(lists[int64(i+1)][catalog.SortPopular])
		categories[i] = []any{gen, i + 1, c.ID, c.ParentID, c.Slug, c.Name, count}
	}
	if err := s.insertBatches(ctx, "insert into catalog_categories (gen, n, id, parent_id, slug, name, products) values ", categories); err != nil {
		return err
	}
	if err := s.writeProducts(ctx, gen, feed.Products); err != nil {
		return err
	}
	if err := s.writeListings(ctx, gen, lists); err != nil {
		return err
	}
	return s.writeTerms(ctx, gen, feed.Products, tree)
}

func (s *Store) writeProducts(ctx context.Context, gen int64, products []catalog.Product) error {
	for batch := range slices.Chunk(products, importBatch) {
		rows := make([][]any, len(batch))
		for i, p := range batch {
			params, err := json.Marshal(p.Params)
			if err != nil {
				return err
			}
			var vat any
			if p.VAT != nil {
				vat = int64(*p.VAT)
			}
			rows[i] = []any{gen, p.Position, p.ID, p.Slug, p.SKU, p.Name, p.Vendor, p.Unit, p.CategoryID, p.Price, vat,
				flag(p.Available), p.Picture, string(params), p.Description}
		}
		if err := s.insertBatches(ctx, `insert into catalog_products (gen, n, id, slug, sku, name, vendor, unit, category_id, price,
			vat_rate, available, picture, params, description) values `, rows); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) writeListings(ctx context.Context, gen int64, lists map[int64]sorted) error {
	var rows [][]any
	for _, category := range slices.Sorted(maps.Keys(lists)) {
		for _, sort := range sorts {
			block := 0
			for numbers := range slices.Chunk(lists[category][sort], blockSize) {
				rows = append(rows, []any{gen, category, sort, block, packNumbers(numbers)})
				block++
			}
		}
	}
	return s.insertBatches(ctx, "insert into catalog_listings (gen, category, sort, block, products) values ", rows)
}

func (s *Store) writeTerms(ctx context.Context, gen int64, products []catalog.Product, tree tree) error {
	terms := map[string][]uint32{}
	for _, p := range products {
		for _, t := range catalog.Terms(p, tree.names(p.CategoryID)...) {
			terms[t] = append(terms[t], uint32(p.Position))
		}
	}
	var rows [][]any
	for _, t := range slices.Sorted(maps.Keys(terms)) {
		rows = append(rows, []any{gen, t, packNumbers(terms[t])})
	}
	return s.insertBatches(ctx, "insert into catalog_terms (gen, term, products) values ", rows)
}

// insertBatches inserts in transactions of importBatch rows.
func (s *Store) insertBatches(ctx context.Context, statement string, rows [][]any) error {
	for batch := range slices.Chunk(rows, importBatch) {
		if err := s.tx(ctx, func(tx querier) error { return insertRows(ctx, tx, statement, batch) }); err != nil {
			return err
		}
	}
	return nil
}

// serveGeneration moves the pointer, unless a later import was there first.
func (s *Store) serveGeneration(ctx context.Context, gen int64) (previous int64, err error) {
	err = s.tx(ctx, func(tx querier) error {
		if previous, err = currentGen(ctx, tx); err != nil {
			return err
		}
		n, err := affected(ctx, tx, `insert into catalog_current (id, gen) values (1, $1)
			on conflict (id) do update set gen = excluded.gen where catalog_current.gen < excluded.gen`, gen)
		if err == nil && n == 0 {
			err = ErrOvertaken
		}
		return err
	})
	return previous, err
}

const oldGenerationsQuery = "select gen from catalog_generations where gen < $1 and gen <> $2"

// removeOld removes all generations before gen but the previous one, which a page may still be reading. Those that never
// became current are imports that were cut off, or that are overtaken and will notice it.
func (s *Store) removeOld(ctx context.Context, gen, previous int64) error {
	old, err := collect(ctx, s.read, func(scan func(...any) error, v *int64) error { return scan(v) }, oldGenerationsQuery, gen, previous)
	if err != nil {
		return err
	}
	for _, g := range old {
		if err := s.removeGeneration(ctx, g); err != nil {
			return err
		}
		s.log.InfoContext(ctx, "store: old catalogue removed", "generation", g)
	}
	return nil
}

// removeQueries remove one batch of a generation each. The number goes last: while it is there, the rest is found again.
var removeQueries = []string{
	"delete from catalog_terms where gen = $1 and term in (select term from catalog_terms where gen = $1 order by term limit $2 + 0)",
	"delete from catalog_products where gen = $1 and n in (select n from catalog_products where gen = $1 order by n limit $2 + 0)",
	"delete from catalog_categories where gen = $1 and n in (select n from catalog_categories where gen = $1 order by n limit $2 + 0)",
	`delete from catalog_listings where gen = $1 and (category, sort, block) in
		(select category, sort, block from catalog_listings where gen = $1 order by category, sort, block limit $2 + 0)`,
	"delete from catalog_generations where gen in (select gen from catalog_generations where gen = $1 limit $2 + 0)",
}

func (s *Store) removeGeneration(ctx context.Context, gen int64) error {
	for _, query := range removeQueries {
		for removed := int64(importBatch); removed == importBatch; {
			var err error
			if removed, err = affected(ctx, s.write, query, gen, importBatch); err != nil {
				return err
			}
		}
	}
	return nil
}
