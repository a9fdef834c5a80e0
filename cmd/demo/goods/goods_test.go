package goods

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"creditcart/internal/catalog"
	"creditcart/internal/money"
)

func readFeed(t *testing.T) catalog.Feed {
	t.Helper()
	feed, err := catalog.ReadFeed(bytes.NewReader(Feed), catalog.Limits{})
	if err != nil {
		var fe *catalog.FeedError
		if errors.As(err, &fe) {
			t.Fatal(fe.Problems)
		}
		t.Fatal(err)
	}
	return feed
}

func TestFeedIsWhole(t *testing.T) {
	feed := readFeed(t)
	if len(feed.Products) != 72 || len(feed.Categories) != 11 || feed.ShopName != "Снабжение и сервис" {
		t.Errorf("%d products, %d categories, shop %q", len(feed.Products), len(feed.Categories), feed.ShopName)
	}
	used := map[string]int{}
	skus := map[string]bool{}
	for _, p := range feed.Products {
		used[p.CategoryID]++
		if p.SKU == "" || skus[p.SKU] || p.Vendor == "" || p.Unit == "" || strings.Count(p.Description, "\n\n") != 1 || len(p.Params) == 0 {
			t.Errorf("incomplete or with a repeated SKU: %+v", p)
		}
		skus[p.SKU] = true
	}
	for _, c := range feed.Categories {
		if (used[c.ID] > 0) != (c.ParentID != "") {
			t.Errorf("category %s has %d products: goods belong in the lower level", c.Name, used[c.ID])
		}
	}
}

// The demonstration's companies have limits of 20 000 and 500 000 roubles to fall under, between and over.
func TestPricesServeTheDemonstration(t *testing.T) {
	var prices []money.Amount
	rates := map[string]int{}
	unavailable := 0
	for _, p := range readFeed(t).Products {
		prices = append(prices, p.Price)
		if p.VAT != nil {
			rates[p.VAT.String()]++
		}
		if !p.Available {
			unavailable++
		}
	}
	if slices.Min(prices) != 12_50 || slices.Max(prices) != 650_000_00 {
		t.Errorf("from %s to %s", slices.Min(prices), slices.Max(prices))
	}
	for _, want := range []money.Amount{5_400_00, 40_230_00, 184_500_00, 584_500_00} {
		if !slices.Contains(prices, want) {
			t.Errorf("nothing costs %s", want.Format())
		}
	}
	if rates["10"] < 3 || rates["none"] != 1 || len(rates) != 2 || unavailable != 2 {
		t.Errorf("VAT %v, unavailable %d", rates, unavailable)
	}
}

func TestPicturesAreDrawn(t *testing.T) {
	without := 0
	for _, p := range readFeed(t).Products {
		if p.Picture == "" {
			without++
		} else if _, err := os.Stat("../../../web/static/img/products/" + p.Picture + ".svg"); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
	if without == 0 || without > len(readFeed(t).Products)/3 {
		t.Errorf("%d products have the placeholder", without)
	}
	if named := bytes.Count(Feed, []byte("<picture>")); named != 72-without {
		t.Errorf("%d pictures in the file, %d taken", named, 72-without)
	}
}
