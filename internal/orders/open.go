package orders

import "time"

// OpenCount is how many open payments of a state have an age.
type OpenCount struct {
	State PaymentState
	Age   string // an Age.Name
	Count int
}

// Age is a bucket of ages: from From until the next one's.
type Age struct {
	Name string
	From time.Duration
}

// Ages are the buckets in which open payments are counted, youngest first.
var Ages = []Age{{"under_10m", 0}, {"under_1h", 10 * time.Minute}, {"under_1d", time.Hour}, {"over_1d", 24 * time.Hour}}
