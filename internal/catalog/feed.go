package catalog

import (
	"errors"
	"io"
	"time"
)

// Feed is a whole catalogue, read and checked.
type Feed struct {
	// Date is the feed's own date in UTC; zero when the feed has none.
	Date       time.Time
	ShopName   string
	Categories []Category
	// Products in the order of the feed, which is their order of popularity.
	Products []Product
}

// Limits bound what ReadFeed accepts; a zero field means the default.
type Limits struct {
	// Bytes of the file, default 512 MB.
	Bytes int64
	// Offers in the file, default 200 000.
	Offers int
	// Depth of nested elements, default 64.
	Depth int
	// Text is the bytes of text inside one element, default 1 MB.
	Text int
}

// ReadFeed reads a YML feed.
func ReadFeed(r io.Reader, limits Limits) (Feed, error) {
	return Feed{}, errors.New("catalog: not written yet")
}

// Problem is one thing that is wrong in a feed.
type Problem struct {
	// Line counts from 1.
	Line int
	// Offer is the offer's id, empty outside of offers.
	Offer string
	// Reason is in Russian, for the merchant.
	Reason string
}

// FeedError lists what is wrong in a feed.
type FeedError struct {
	Problems []Problem
	// More counts the problems beyond those listed.
	More int
}

func (e *FeedError) Error() string { return "catalog: feed" }
