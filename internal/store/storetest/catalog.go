package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"creditcart/internal/catalog"
	"creditcart/internal/money"
	"creditcart/internal/store"
)

// smallFeed has a tree of two levels: light (lamps, holders) and tools.
func smallFeed(t testing.TB) catalog.Feed {
	t.Helper()
	vat := money.VATRate(10)
	p := func(n int, name, sku, category string, price money.Amount) catalog.Product {
		return catalog.Product{ID: id("p", n), Slug: id("slug", n), SKU: sku, Name: name, Vendor: "Завод", Unit: "шт", Description: "Текст\n\nЕщё",
			CategoryID: category, Price: price, VAT: &vat, Available: true, Picture: "lamp", Params: []catalog.Param{{Name: "Цвет", Value: "белый"}}, Position: n}
	}
	f := catalog.Feed{
		Categories: []catalog.Category{{ID: "1", Slug: "svet", Name: "Освещение"}, {ID: "2", ParentID: "1", Slug: "lampy", Name: "Лампы", Position: 1},
			{ID: "3", ParentID: "1", Slug: "patrony", Name: "Патроны", Position: 2}, {ID: "4", Slug: "instrument", Name: "Инструмент", Position: 3}},
		Products: []catalog.Product{
			p(0, "Лампа светодиодная белая", "YNDX-00017", "2", 300_00), p(1, "Ёлочная лампа", "EL-1", "2", 100_00), p(2, "Дрель ударная", "DR-5", "4", 5000_00),
			p(3, "Патрон керамический E14", "PT-14", "3", 100_00), p(4, "Болт М10", "B10", "4", 5_00), p(5, "болт М8", "B8", "4", 5_00),
		},
	}
	full(t, f.Products[1])
	f.Products[2].VAT, f.Products[2].Available = nil, false
	return f
}

func ids(products []catalog.Product) []int {
	var all []int
	for _, p := range products {
		all = append(all, p.Position)
	}
	return all
}

func listing(t testing.TB, s *store.Store, q catalog.Query) catalog.Listing {
	t.Helper()
	return got(s.Listing(t.Context(), q))(t)
}

func catalogueEmpty(t *testing.T, db Database) {
	s := db(t)
	same(t, "listing", listing(t, s, catalog.Query{Page: 3}), catalog.Listing{Page: 1})
	same(t, "search", listing(t, s, catalog.Query{Text: "лампа"}), catalog.Listing{Page: 1})
	if v := got(s.CatalogVersion(t.Context()))(t); v != 0 {
		t.Errorf("version %d", v)
	}
	if c := got(s.Categories(t.Context()))(t); len(c) != 0 {
		t.Errorf("categories %v", c)
	}
	if _, err := s.Product(t.Context(), "x"); !errors.Is(err, catalog.ErrNoProduct) {
		t.Errorf("product: %v", err)
	}
	ok(t, s.ReplaceCatalog(t.Context(), catalog.Feed{}))
	same(t, "listing of an empty feed", listing(t, s, catalog.Query{}), catalog.Listing{Page: 1})
}

func catalogue(t *testing.T, db Database) {
	s := db(t)
	feed := smallFeed(t)
	ok(t, s.ReplaceCatalog(t.Context(), feed))
	counts := map[string]int{}
	for i, c := range got(s.Categories(t.Context()))(t) {
		same(t, "category", c.Category, feed.Categories[i])
		counts[c.Slug] = c.Count
	}
	same(t, "counts", counts, map[string]int{"svet": 3, "lampy": 2, "patrony": 1, "instrument": 3})
	for _, p := range feed.Products {
		same(t, "product", got(s.Product(t.Context(), p.Slug))(t), p)
	}
	short := feed.Products[1]
	short.Description, short.Params = "", nil
	same(t, "products", got(s.Products(t.Context(), []string{"p-0001", "none"}))(t), map[string]catalog.Product{"p-0001": short})
	same(t, "no products", got(s.Products(t.Context(), nil))(t), map[string]catalog.Product{})
	if _, err := s.Product(t.Context(), "none"); !errors.Is(err, catalog.ErrNoProduct) {
		t.Errorf("unknown product: %v", err)
	}
	if _, err := s.Listing(t.Context(), catalog.Query{Category: "none"}); !errors.Is(err, catalog.ErrNoCategory) {
		t.Errorf("unknown category: %v", err)
	}
	same(t, "line of a listing", listing(t, s, catalog.Query{Category: "lampy"}).Products[1], short)
	for q, want := range map[catalog.Query][]int{
		{}:                                {0, 1, 2, 3, 4, 5},
		{Sort: "?"}:                       {0, 1, 2, 3, 4, 5},
		{Sort: catalog.SortPriceAsc}:      {4, 5, 1, 3, 0, 2},
		{Sort: catalog.SortPriceDesc}:     {2, 0, 1, 3, 4, 5},
		{Sort: catalog.SortName}:          {5, 4, 2, 1, 0, 3},
		{Category: "svet"}:                {0, 1, 3},
		{Category: "svet", Sort: "price"}: {1, 3, 0},
		{Category: "patrony"}:             {3},
	} {
		same(t, fmt.Sprintf("%+v", q), ids(listing(t, s, q).Products), want)
	}
}

func catalogueSearch(t *testing.T, db Database) {
	s := db(t)
	ok(t, s.ReplaceCatalog(t.Context(), smallFeed(t)))
	for q, want := range map[catalog.Query][]int{
		{Text: "лампа"}:                         {0, 1},
		{Text: "ЛАМПЫ"}:                         {0, 1},
		{Text: "елочная"}:                       {1},
		{Text: "ламп бел"}:                      {0},
		{Text: "белая лампа"}:                   {0},
		{Text: "лампа дрель"}:                   nil,
		{Text: "болт"}:                          {4, 5},
		{Text: "болт", Sort: catalog.SortName}:  {5, 4},
		{Text: "М8"}:                            {5},
		{Text: "yndx00017"}:                     {0},
		{Text: "YNDX-00017"}:                    {0},
		{Text: "завод"}:                         {0, 1, 2, 3, 4, 5},
		{Text: "завод", Sort: "-price"}:         {2, 0, 1, 3, 4, 5},
		{Text: "завод", Category: "svet"}:       {0, 1, 3},
		{Text: "завод", Category: "instrument"}: {2, 4, 5},
		{Text: "патрон", Category: "lampy"}:     nil,
		{Text: "освещение"}:                     {0, 1, 3},
		{Text: "%"}:                             nil,
		{Text: "' or 1=1 --"}:                   nil,
		{Text: "неттакого"}:                     nil,
	} {
		l := listing(t, s, q)
		same(t, fmt.Sprintf("%+v", q), ids(l.Products), want)
		if l.Total != len(want) || l.Page != 1 {
			t.Errorf("%+v: total %d, page %d", q, l.Total, l.Page)
		}
	}
	if _, err := s.Listing(t.Context(), catalog.Query{Text: "лампа", Category: "none"}); !errors.Is(err, catalog.ErrNoCategory) {
		t.Errorf("search in an unknown category: %v", err)
	}
}

// bigFeed has more products than a page and than a block of a listing holds.
func bigFeed(n int, name string) catalog.Feed {
	f := catalog.Feed{Categories: []catalog.Category{{ID: "1", Slug: "c", Name: "Товары"}}}
	for i := range n {
		f.Products = append(f.Products, catalog.Product{ID: id("p", i), Slug: id("s", i), Name: fmt.Sprintf("%s %d", name, i), Unit: "шт",
			CategoryID: "1", Price: money.Amount(1 + (i*7919)%n), Position: i})
	}
	return f
}

func cataloguePages(t *testing.T, db Database) {
	s := db(t)
	const n = 1203
	ok(t, s.ReplaceCatalog(t.Context(), bigFeed(n, "товар")))
	for _, q := range []catalog.Query{{}, {Category: "c", Sort: "price"}, {Category: "c", Sort: "-price"}, {Sort: "name"}, {Text: "товар", Sort: "price"}} {
		total := n
		if q.Text != "" {
			total = store.SearchCap
		}
		var all []catalog.Product
		for q.Page = 1; ; q.Page++ {
			l := listing(t, s, q)
			if l.Total != total || l.Page != q.Page {
				t.Fatalf("%+v: total %d, page %d", q, l.Total, l.Page)
			}
			all = append(all, l.Products...)
			if q.Page == l.Pages() {
				break
			}
		}
		places := ids(all)
		switch q.Sort {
		case "price":
			slices.SortFunc(all, func(a, b catalog.Product) int { return int(a.Price - b.Price) })
		case "-price":
			slices.SortFunc(all, func(a, b catalog.Product) int { return int(b.Price - a.Price) })
		default:
			slices.SortFunc(all, func(a, b catalog.Product) int { return a.Position - b.Position })
		}
		if !slices.Equal(ids(all), places) {
			t.Errorf("%+v: the pages are not in order", q)
		}
		if q.Text != "" && all[total-1].Price != store.SearchCap {
			t.Errorf("%+v: not the cheapest were kept", q)
		}
		slices.Sort(places)
		if len(slices.Compact(places)) != total {
			t.Errorf("%+v: %d different products on all pages, want %d", q, len(places), total)
		}
		for _, beyond := range []int{q.Page + 1, 1 << 40, 0, -1} {
			q.Page = beyond
			if l := listing(t, s, q); beyond < 1 && l.Page != 1 || beyond > 1 && l.Page != l.Pages() || len(l.Products) == 0 {
				t.Errorf("page %d: given page %d with %d products", beyond, l.Page, len(l.Products))
			}
		}
	}
}

// While a catalogue is replaced again and again, every page is of one catalogue, whole.
func catalogueReplaced(t *testing.T, db Database) {
	s, reader := db(t), db(t)
	feeds := []catalog.Feed{bigFeed(300, "первый"), bigFeed(200, "второй")}
	ok(t, s.ReplaceCatalog(t.Context(), feeds[0]))
	before := got(s.CatalogVersion(t.Context()))(t)
	done := make(chan error)
	go func() {
		var err error
		for i := range 6 {
			if err == nil {
				err = s.ReplaceCatalog(t.Context(), feeds[(i+1)%2])
			}
		}
		done <- err
	}()
	for running := true; running; {
		select {
		case err := <-done:
			ok(t, err)
			running = false
		default:
		}
		l := listing(t, reader, catalog.Query{Category: "c", Page: 2})
		first := l.Products[0].Name
		if len(l.Products) != catalog.PageSize || l.Total != map[bool]int{true: 300, false: 200}[first == "первый 24"] {
			t.Fatalf("a page of %d products of %d, the first is %q", len(l.Products), l.Total, first)
		}
		got(reader.Product(t.Context(), "s-0007"))(t)
		if found := got(reader.Products(t.Context(), []string{"p-0007", "p-0150"}))(t); len(found) != 2 {
			t.Fatalf("products missing during an import: %v", found)
		}
	}
	if after := got(s.CatalogVersion(t.Context()))(t); after <= before {
		t.Errorf("version %d after %d", after, before)
	}
	same(t, "words of the replaced catalogue", listing(t, s, catalog.Query{Text: "второй"}), catalog.Listing{Page: 1})
}
