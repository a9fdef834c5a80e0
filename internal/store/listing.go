package store

import (
	"cmp"
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"creditcart/internal/catalog"
)

// sorts are the orders in which listings are stored.
var sorts = []catalog.Sort{catalog.SortPopular, catalog.SortPriceAsc, catalog.SortPriceDesc, catalog.SortName}

// sorted holds the numbers of products in each of the sorts.
type sorted map[catalog.Sort][]uint32

// tree finds the way from a category up to the top.
type tree struct {
	categories []catalog.Category
	byID       map[string]int
}

func newTree(categories []catalog.Category) tree {
	t := tree{categories: categories, byID: make(map[string]int, len(categories))}
	for i, c := range categories {
		t.byID[c.ID] = i
	}
	return t
}

// path gives the places of a category and of all above it. A ring, which a checked feed does not have, ends where it closes.
func (t tree) path(id string) []int {
	var path []int
	for i, ok := t.byID[id]; ok && !slices.Contains(path, i); i, ok = t.byID[t.categories[i].ParentID] {
		path = append(path, i)
	}
	return path
}

// names gives the names along the path.
func (t tree) names(id string) []string {
	var names []string
	for _, i := range t.path(id) {
		names = append(names, t.categories[i].Name)
	}
	return names
}

// listsOf sorts the products once for each order and deals them out: a product is in its category, in all above it and
// in the list of everything.
func listsOf(feed catalog.Feed, t tree) map[int64]sorted {
	lists := map[int64]sorted{everything: {}}
	paths := map[string][]int64{}
	for i, c := range feed.Categories {
		lists[int64(i+1)] = sorted{}
		paths[c.ID] = []int64{everything}
		for _, above := range t.path(c.ID) {
			paths[c.ID] = append(paths[c.ID], int64(above+1))
		}
	}
	for _, sort := range sorts {
		for _, i := range inOrder(feed.Products, sort) {
			path, ok := paths[feed.Products[i].CategoryID]
			if !ok {
				path = []int64{everything}
			}
			for _, category := range path {
				lists[category][sort] = append(lists[category][sort], uint32(i))
			}
		}
	}
	return lists
}

// inOrder gives the places of the products in one order. Equal ones stay in the order of the feed.
func inOrder(products []catalog.Product, sort catalog.Sort) []int {
	places := make([]int, len(products))
	for i := range places {
		places[i] = i
	}
	switch sort {
	case catalog.SortPriceAsc:
		slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(products[a].Price, products[b].Price) })
	case catalog.SortPriceDesc:
		slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(products[b].Price, products[a].Price) })
	case catalog.SortName:
		keys := nameKeys(products)
		slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(keys[a], keys[b]) })
	}
	return places
}

// nameKeys makes names comparable as a Russian reader expects: regardless of case, ё beside е, «М8» before «М10».
func nameKeys(products []catalog.Product) []string {
	c := collate.New(language.Russian, collate.IgnoreCase, collate.Numeric)
	var buf collate.Buffer
	keys := make([]string, len(products))
	for i, p := range products {
		keys[i] = string(c.KeyFromString(&buf, p.Name))
		buf.Reset()
	}
	return keys
}
