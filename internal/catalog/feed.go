package catalog

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"time"
)

// Feed is a whole catalogue, read and checked.
type Feed struct {
	// Date is the feed's own date in UTC; zero when the feed has none that can be read.
	Date     time.Time
	ShopName string
	// Categories in the order of the feed: every ParentID is the ID of one of them or empty, and there are no cycles.
	Categories []Category
	// Products in the order of the feed, which is their order of popularity.
	Products []Product
}

// Limits bound what ReadFeed accepts; a zero field means its default.
type Limits struct {
	// Bytes of the file; default 512 MB.
	Bytes int64
	// Offers in the file; default 200 000.
	Offers int
	// Depth of nested elements; default 64.
	Depth int
	// Text is the bytes of text in one element; default 1 MB.
	Text int
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Bytes:  cmp.Or(l.Bytes, 512<<20),
		Offers: cmp.Or(l.Offers, 200_000),
		Depth:  cmp.Or(l.Depth, 64),
		Text:   cmp.Or(l.Text, 1<<20),
	}
}

// ReadFeed reads a feed in YML (Yandex Market Language), UTF-8 or windows-1251, element by element.
//
// A feed is taken whole or not at all: anything wrong gives a *FeedError that lists all problems found (a file that
// is not XML any more ends the search), and an empty Feed. An error of r itself is returned as such, wrapped.
func ReadFeed(r io.Reader, limits Limits) (Feed, error) {
	limits = limits.withDefaults()
	in, err := newStream(r, limits)
	if in == nil {
		return Feed{}, fmt.Errorf("catalog: feed: %w", err)
	}
	f := &feedReader{
		in: in, limits: limits,
		categoryAt: map[string]int{}, offerLine: map[string]int{},
		categorySlugs: slugs{}, productSlugs: slugs{},
	}
	if err == nil {
		err = f.document()
	}
	if err != nil {
		p, ok := in.stopped(err)
		if !ok {
			return Feed{}, fmt.Errorf("catalog: feed: %w", err)
		}
		p.Offer = f.offer
		f.problems.add(p)
	} else {
		f.checkCategories()
	}
	if len(f.problems.Problems) > 0 {
		return Feed{}, &f.problems
	}
	return f.feed, nil
}

// feedReader collects a feed and what is wrong with it.
type feedReader struct {
	in       *stream
	limits   Limits
	feed     Feed
	problems FeedError
	// offer is the id of the offer being read.
	offer string
	// offers counts those begun.
	offers int

	// Where things were seen: indexes of categories by id, lines of offers by id, lines of categories and of the
	// products' <categoryId> by index.
	categoryAt                  map[string]int
	offerLine                   map[string]int
	categoryLines, productLines []int

	categorySlugs, productSlugs slugs
}

func (f *feedReader) problem(line int, format string, args ...any) {
	f.problems.add(Problem{Line: line, Offer: f.offer, Reason: fmt.Sprintf(format, args...)})
}

func (f *feedReader) document() error {
	for {
		tok, err := f.in.next()
		if err != nil {
			return err
		}
		root, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if root.Name.Local != "yml_catalog" {
			return fatal("это не каталог YML: файл начинается с " + quoted("<"+root.Name.Local+">") + ", а должен с <yml_catalog>")
		}
		f.feed.Date = feedDate(attr(root, "date"))
		if err := f.in.children(f.shop); err != nil {
			return err
		}
		last := f.in.line
		if err := f.in.end(); err != nil {
			return err
		}
		if f.offers == 0 && len(f.problems.Problems) == 0 {
			f.problem(last, "в каталоге нет ни одного товара (<offer>)")
		}
		return nil
	}
}

// shop reads a child of the root.
func (f *feedReader) shop(el xml.StartElement) error {
	if el.Name.Local != "shop" {
		return f.in.skip()
	}
	return f.in.children(func(el xml.StartElement) error {
		switch el.Name.Local {
		case "name":
			line := f.in.line
			text, err := f.in.text()
			f.feed.ShopName = f.short(line, "название магазина", text)
			return err
		case "categories":
			return f.in.children(f.category)
		case "offers":
			return f.in.children(f.readOffer)
		}
		return f.in.skip()
	})
}

// moscow is the time zone of feeds that do not name one.
var moscow = time.FixedZone("MSK", 3*60*60)

func feedDate(s string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04-07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, moscow); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

func attr(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
