package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"creditcart/internal/orders"
	"creditcart/internal/store"
)

const (
	romashka = "7707083893"
	other    = "7736050003"
)

func numbers(list []orders.Summary) []string {
	var all []string
	for _, s := range list {
		all = append(all, s.Number)
	}
	return all
}

func lists(t *testing.T, db Database) {
	s := db(t)
	// 1 unpaid, 2 waiting, 3 paid in part, 4 paid, 5 cancelled, 6 of another company, paid in part and to be looked at.
	for n := 1; n <= 6; n++ {
		inn := romashka
		if n == 6 {
			inn = other
		}
		o := placed(t, s, n, inn, noon.Add(time.Duration(n)*time.Hour))
		got(s.UpdateOrder(t.Context(), o.Number, func(o *orders.Order) error {
			switch n {
			case 1:
				return nil
			case 5:
				return o.RequestCancel("sub", noon)
			}
			if err := begin(o, id("e", n), ""); err != nil {
				return err
			}
			p := &o.Payments[0]
			if n == 3 || n == 6 {
				p.Amount /= 2
			}
			if n > 2 {
				p.State = orders.PaymentPaid
			}
			if n == 6 {
				p.Review = "look"
			}
			return nil
		}))(t)
	}
	for name, c := range map[string]struct {
		filter orders.Filter
		inn    string
		want   []string
	}{
		"all of a company":      {orders.Filter{}, romashka, []string{"N-0005", "N-0004", "N-0003", "N-0002", "N-0001"}},
		"all":                   {orders.Filter{}, "", []string{"N-0006", "N-0005", "N-0004", "N-0003", "N-0002", "N-0001"}},
		"unpaid":                {orders.Filter{Bucket: orders.BucketUnpaid}, romashka, []string{"N-0001"}},
		"waiting":               {orders.Filter{Bucket: orders.BucketWaiting}, romashka, []string{"N-0002"}},
		"partly":                {orders.Filter{Bucket: orders.BucketPartly}, "", []string{"N-0006", "N-0003"}},
		"partly of a company":   {orders.Filter{Bucket: orders.BucketPartly}, romashka, []string{"N-0003"}},
		"paid":                  {orders.Filter{Bucket: orders.BucketPaid}, romashka, []string{"N-0004"}},
		"cancelled":             {orders.Filter{Bucket: orders.BucketCancelled}, "", []string{"N-0005"}},
		"number":                {orders.Filter{NumberPrefix: "N-0002"}, romashka, []string{"N-0002"}},
		"prefix":                {orders.Filter{NumberPrefix: "N-"}, "", []string{"N-0006", "N-0005", "N-0004", "N-0003", "N-0002", "N-0001"}},
		"prefix and bucket":     {orders.Filter{NumberPrefix: "N-", Bucket: orders.BucketPaid}, romashka, []string{"N-0004"}},
		"foreign number":        {orders.Filter{NumberPrefix: "N-0006"}, romashka, nil},
		"no such number":        {orders.Filter{NumberPrefix: "N%"}, "", nil},
		"attention":             {orders.Filter{Attention: true}, "", []string{"N-0006"}},
		"attention, company":    {orders.Filter{Attention: true}, romashka, nil},
		"attention and bucket":  {orders.Filter{Attention: true, Bucket: orders.BucketPaid}, "", nil},
		"company of nobody":     {orders.Filter{}, "0", nil},
		"attention and prefix":  {orders.Filter{Attention: true, NumberPrefix: "N-0006"}, "", []string{"N-0006"}},
		"attention, prefix not": {orders.Filter{Attention: true, NumberPrefix: "N-0005"}, "", nil},
	} {
		list, next := page(t, s, c.inn, c.filter, 10)
		same(t, name, numbers(list), c.want)
		if next != "" {
			t.Errorf("%s: something follows", name)
		}
	}
	list, _ := page(t, s, other, orders.Filter{}, 10)
	o := got(s.Order(t.Context(), "N-0006"))(t)
	same(t, "summary", list, []orders.Summary{{Number: o.Number, PlacedAt: o.PlacedAt, CompanyName: o.Buyer.CompanyName, CompanyINN: other,
		Total: o.Total, Paid: o.PaidSum(), Bucket: orders.BucketPartly, State: orders.Placed, Attention: true, Lines: 2}})
	for _, bad := range []orders.Cursor{"x", "!.N", ".", "zz."} {
		if _, _, err := s.AllOrders(t.Context(), orders.Filter{Before: bad}, 5); !errors.Is(err, orders.ErrCursor) {
			t.Errorf("cursor %q: %v", bad, err)
		}
	}
}

func page(t *testing.T, s *store.Store, inn string, f orders.Filter, limit int) ([]orders.Summary, orders.Cursor) {
	t.Helper()
	read := s.AllOrders
	if inn != "" {
		read = func(ctx context.Context, f orders.Filter, limit int) ([]orders.Summary, orders.Cursor, error) {
			return s.OrdersOf(ctx, inn, f, limit)
		}
	}
	list, next, err := read(t.Context(), f, limit)
	ok(t, err)
	return list, next
}

// Pages are complete and free of repeats, also where many orders have the same time, and while new orders come.
func listsPaging(t *testing.T, db Database) {
	s := db(t)
	const count = 33
	for n := range count {
		placed(t, s, n, romashka, noon.Add(time.Duration(n/7)*time.Minute))
	}
	for name, c := range map[string]struct {
		inn    string
		filter orders.Filter
	}{
		"company": {romashka, orders.Filter{}}, "all": {"", orders.Filter{}},
		"bucket": {"", orders.Filter{Bucket: orders.BucketUnpaid}}, "company, bucket": {romashka, orders.Filter{Bucket: orders.BucketUnpaid}},
		"prefix": {"", orders.Filter{NumberPrefix: "N-00"}}, "company, prefix": {romashka, orders.Filter{NumberPrefix: "N-00"}},
	} {
		var all []orders.Summary
		f := c.filter
		for pages := 1; ; pages++ {
			list, next := page(t, s, c.inn, f, 11)
			all = append(all, list...)
			if next == "" {
				if pages != count/11 {
					t.Errorf("%s: %d pages", name, pages)
				}
				break
			}
			f.Before = next
		}
		seen := map[string]bool{}
		for i, o := range all {
			if seen[o.Number] || i > 0 && (o.PlacedAt.After(all[i-1].PlacedAt) || o.Number >= all[i-1].Number) {
				t.Errorf("%s: %s out of place", name, o.Number)
			}
			seen[o.Number] = true
		}
		if len(all) != count {
			t.Errorf("%s: %d of %d orders", name, len(all), count)
		}
	}
	_, next := page(t, s, romashka, orders.Filter{}, 11)
	before, _ := page(t, s, romashka, orders.Filter{Before: next}, 11)
	placed(t, s, count, romashka, noon.Add(time.Hour))
	after, _ := page(t, s, romashka, orders.Filter{Before: next}, 11)
	same(t, "the second page after a new order came", numbers(after), numbers(before))
}

func attention(t *testing.T, db Database) {
	s := db(t)
	same(t, "nothing", got(s.AttentionCounts(t.Context()))(t), orders.Attention{})
	paying(t, s, 1, noon, func(p *orders.Payment) {})
	paying(t, s, 2, noon, func(p *orders.Payment) { p.Late = true })
	paying(t, s, 3, noon, func(p *orders.Payment) { p.Late, p.NeedsLogin = true, true })
	paying(t, s, 4, noon, func(p *orders.Payment) { p.Late, p.NeedsLogin, p.State = true, true, orders.PaymentFailed })
	paying(t, s, 5, noon, func(p *orders.Payment) { p.Review, p.Late, p.State = "look", true, orders.PaymentPaid })
	same(t, "counts", got(s.AttentionCounts(t.Context()))(t), orders.Attention{Orders: 3, Review: 1, Late: 2, NeedsLogin: 1})
}
