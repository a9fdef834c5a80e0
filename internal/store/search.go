package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"creditcart/internal/catalog"
)

// SearchCap is how many products a search finds at most.
const SearchCap = 1000

const (
	// blockSize is how many products a row of catalog_listings holds.
	blockSize = 240
	// everything is the category of all products.
	everything = 0
)

const (
	categoryQuery = "select n, products from catalog_categories where gen = $1 and slug = $2"
	allQuery      = "select products from catalog_generations where gen = $1"
	blocksQuery   = `select products from catalog_listings where gen = $1 and category = $2 and sort = $3
		and block >= $4 and block <= $5 order by block`
	termsQuery = "select products from catalog_terms where gen = $1 and term >= $2 and term < $3"
)

// Listing gives one page of products; an unknown category is catalog.ErrNoCategory. A page beyond the last is the last
// one. Descriptions and params are left out. A search finds the first SearchCap products of its order.
func (s *Store) Listing(ctx context.Context, q catalog.Query) (catalog.Listing, error) {
	var l catalog.Listing
	// One moment for all its queries: an import may move the pointer and remove generations between them.
	err := s.snapshot(ctx, func(tx querier) (err error) {
		l, err = listing(ctx, tx, q)
		return err
	})
	if err != nil {
		return catalog.Listing{}, fmt.Errorf("store: listing: %w", err)
	}
	return l, nil
}

func listing(ctx context.Context, tx querier, q catalog.Query) (l catalog.Listing, err error) {
	gen, err := currentGen(ctx, tx)
	if err != nil {
		return l, err
	}
	inside, total, err := category(ctx, tx, gen, q.Category)
	if err != nil {
		return l, err
	}
	place := listingPlace{gen: gen, category: inside, sort: catalog.ParseSort(string(q.Sort))}
	var hits []uint32
	if q.Text != "" {
		if hits, err = search(ctx, tx, place, total, catalog.QueryTerms(q.Text)); err != nil {
			return l, err
		}
		total = len(hits)
	}
	l.Total = total
	l.Page = min(max(1, q.Page), l.Pages())
	from := (l.Page - 1) * catalog.PageSize
	to := min(from+catalog.PageSize, total)
	if q.Text == "" {
		if hits, err = cut(ctx, tx, place, from, to); err != nil {
			return l, err
		}
	} else {
		hits = hits[from:to]
	}
	l.Products, err = numbered(ctx, tx, gen, hits)
	return l, err
}

// category finds a category's number and how many products it has.
func category(ctx context.Context, tx querier, gen int64, slug string) (n int64, products int, err error) {
	if slug == "" {
		err = tx.QueryRowContext(ctx, allQuery, gen).Scan(&products)
		if errors.Is(err, sql.ErrNoRows) {
			err = nil // nothing was imported yet
		}
		return everything, products, err
	}
	err = tx.QueryRowContext(ctx, categoryQuery, gen, slug).Scan(&n, &products)
	if errors.Is(err, sql.ErrNoRows) {
		err = catalog.ErrNoCategory
	}
	return n, products, err
}

// listingPlace names one ordered list of products.
type listingPlace struct {
	gen, category int64
	sort          catalog.Sort
}

// cut reads the places from (inclusive) to (exclusive) of a list.
func cut(ctx context.Context, tx querier, p listingPlace, from, to int) ([]uint32, error) {
	if from >= to {
		return nil, nil
	}
	first, last := from/blockSize, (to-1)/blockSize
	blocks, err := collect(ctx, tx, scanNumbers, blocksQuery, p.gen, p.category, p.sort, first, last)
	if err != nil {
		return nil, err
	}
	var all []uint32
	for _, b := range blocks {
		all = append(all, b...)
	}
	if len(all) < to-first*blockSize {
		return nil, fmt.Errorf("generation %d: the list is shorter than its count", p.gen)
	}
	return all[from-first*blockSize : to-first*blockSize], nil
}

// search finds the products that have a word beginning with each of the terms, in the order of the list, at most SearchCap.
// It costs the lists of the terms and of the category, a few bytes for each product, whatever the page.
func search(ctx context.Context, tx querier, p listingPlace, size int, terms []string) ([]uint32, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	// matched[n] is how many of the terms so far product n has, one after another.
	matched := map[uint32]int{}
	hits := 0
	for i, term := range terms {
		lists, err := collect(ctx, tx, scanNumbers, termsQuery, p.gen, term, term+lastRune)
		if err != nil {
			return nil, err
		}
		hits = 0
		for _, list := range lists {
			for _, n := range list {
				if matched[n] == i {
					matched[n] = i + 1
					hits++
				}
			}
		}
		if hits == 0 {
			return nil, nil
		}
	}
	return firstWanted(ctx, tx, p, size, min(hits, SearchCap), func(n uint32) bool { return matched[n] == len(terms) })
}

// firstWanted walks a list until it has limit of the products wanted.
func firstWanted(ctx context.Context, tx querier, p listingPlace, size, limit int, wanted func(uint32) bool) ([]uint32, error) {
	const step = 40 * blockSize
	var hits []uint32
	for from := 0; from < size; from += step {
		numbers, err := cut(ctx, tx, p, from, min(from+step, size))
		if err != nil {
			return nil, err
		}
		for _, n := range numbers {
			if !wanted(n) {
				continue
			}
			if hits = append(hits, n); len(hits) == limit {
				return hits, nil
			}
		}
	}
	return hits, nil
}

// packNumbers is the stored form of a list of products: 4 bytes each.
func packNumbers(numbers []uint32) []byte {
	b := make([]byte, 0, 4*len(numbers))
	for _, n := range numbers {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

func scanNumbers(scan func(...any) error, numbers *[]uint32) error {
	var b sql.RawBytes
	if err := scan(&b); err != nil {
		return err
	}
	*numbers = make([]uint32, len(b)/4)
	for i := range *numbers {
		(*numbers)[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return nil
}
