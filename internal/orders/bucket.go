package orders

// Bucket is the one word under which a list of orders files an order. It is derived; the store keeps it only as an index.
type Bucket string

// The buckets, as they appear in the filter of a list.
const (
	BucketUnpaid    Bucket = "unpaid"    // nothing paid, nothing under way
	BucketWaiting   Bucket = "waiting"   // a document is at the bank, or on its way there
	BucketPartly    Bucket = "partly"    // a part is paid, the rest is not under way
	BucketPaid      Bucket = "paid"      // all of it, or more
	BucketCancelled Bucket = "cancelled" // also: the cancellation is asked for and nothing is alive
)

// Buckets lists all buckets in the order of a filter.
var Buckets = []Bucket{BucketUnpaid, BucketWaiting, BucketPartly, BucketPaid, BucketCancelled}

// Bucket files the order.
func (o *Order) Bucket() Bucket {
	switch s := o.Settlement(); {
	case s == Paid || s == Overpaid:
		return BucketPaid
	case o.State == Cancelled:
		return BucketCancelled
	case o.Live() != nil:
		return BucketWaiting
	case s == PartlyPaid:
		return BucketPartly
	default:
		return BucketUnpaid
	}
}

// NeedsAttention tells whether the merchant should look: a contradiction, a document past its time, nobody's token works.
func (o *Order) NeedsAttention() bool {
	if o.NeedsReview() {
		return true
	}
	for _, p := range o.Watched() {
		if p.Late || p.NeedsLogin {
			return true
		}
	}
	return false
}
