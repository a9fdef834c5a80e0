package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"creditcart/internal/orders"
)

func cursorAt(s orders.Summary) orders.Cursor {
	return orders.Cursor(strconv.FormatInt(s.PlacedAt.UnixMilli(), 36) + "." + s.Number)
}

func parseCursor(c orders.Cursor) (placedAt int64, number string, err error) {
	at, number, ok := strings.Cut(string(c), ".")
	if placedAt, err = strconv.ParseInt(at, 36, 64); err != nil || !ok || number == "" {
		return 0, "", orders.ErrCursor
	}
	return placedAt, number, nil
}

// OrdersOf lists the orders of a company.
func (s *Store) OrdersOf(ctx context.Context, companyINN string, f orders.Filter, limit int) ([]orders.Summary, orders.Cursor, error) {
	list, next, err := s.list(ctx, f, limit, condition{"company_inn = ?", companyINN})
	if err != nil {
		return nil, "", fmt.Errorf("store: orders of a company: %w", err)
	}
	return list, next, nil
}

// AllOrders lists the orders of all companies, for the merchant.
func (s *Store) AllOrders(ctx context.Context, f orders.Filter, limit int) ([]orders.Summary, orders.Cursor, error) {
	list, next, err := s.list(ctx, f, limit)
	if err != nil {
		return nil, "", fmt.Errorf("store: orders: %w", err)
	}
	return list, next, nil
}

func (s *Store) list(ctx context.Context, f orders.Filter, limit int, base ...condition) ([]orders.Summary, orders.Cursor, error) {
	query, args, err := listQuery(f, limit, base...)
	if err != nil {
		return nil, "", err
	}
	list, err := collect(ctx, s.read, scanSummary, query, args...)
	if err != nil {
		return nil, "", err
	}
	if len(list) <= limit {
		return list, "", nil
	}
	return list[:limit], cursorAt(list[limit-1]), nil
}

// condition is a part of a where clause with `?` for its values.
type condition struct {
	text   string
	values any // one value, or []any
}

// listQuery reads one row more than asked for, which tells whether something follows.
func listQuery(f orders.Filter, limit int, where ...condition) (string, []any, error) {
	order := "placed_at desc, number desc"
	if f.Bucket != "" {
		where = append(where, condition{"bucket = ?", f.Bucket})
	}
	if f.Attention {
		where = append(where, condition{text: "attention = 1"})
	}
	if f.NumberPrefix != "" {
		where = append(where, condition{"number >= ? and number < ?", []any{f.NumberPrefix, f.NumberPrefix + lastRune}})
		order = "number desc"
	}
	if f.Before != "" {
		placedAt, number, err := parseCursor(f.Before)
		if err != nil {
			return "", nil, err
		}
		if f.NumberPrefix != "" {
			where = append(where, condition{"number < ?", number})
		} else {
			where = append(where, condition{"(placed_at, number) < (?, ?)", []any{placedAt, number}})
		}
	}
	clause, args := join(where)
	return "select number, placed_at, company_name, company_inn, total, paid, bucket, state, attention, line_count from orders" +
		clause + " order by " + order + " limit " + strconv.Itoa(limit+1), args, nil
}

// lastRune sorts behind everything that may follow a prefix.
const lastRune = "\U0010FFFF"

// join makes a where clause with numbered parameters.
func join(conditions []condition) (string, []any) {
	var b strings.Builder
	var args []any
	for i, c := range conditions {
		b.WriteString([]string{" where ", " and "}[min(i, 1)])
		values, ok := c.values.([]any)
		if !ok && c.values != nil {
			values = []any{c.values}
		}
		text := c.text
		for _, v := range values {
			args = append(args, v)
			text = strings.Replace(text, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		b.WriteString(text)
	}
	return b.String(), args
}

func scanSummary(scan func(...any) error, s *orders.Summary) error {
	return scan(&s.Number, moment{&s.PlacedAt}, &s.CompanyName, &s.CompanyINN, &s.Total, &s.Paid, &s.Bucket, &s.State, &s.Attention, &s.Lines)
}

const (
	attentionOrdersQuery   = "select count(*) from orders where attention = 1"
	attentionPaymentsQuery = `select coalesce(sum(case when review <> '' then 1 else 0 end), 0),
		coalesce(sum(late * watched), 0), coalesce(sum(needs_login * watched), 0) from payments where attention = 1`
)

// AttentionCounts counts by indexes that hold only what needs attention.
func (s *Store) AttentionCounts(ctx context.Context) (orders.Attention, error) {
	var a orders.Attention
	err := s.read.QueryRowContext(ctx, attentionOrdersQuery).Scan(&a.Orders)
	if err == nil {
		err = s.read.QueryRowContext(ctx, attentionPaymentsQuery).Scan(&a.Review, &a.Late, &a.NeedsLogin)
	}
	if err != nil {
		return orders.Attention{}, fmt.Errorf("store: attention: %w", err)
	}
	return a, nil
}
