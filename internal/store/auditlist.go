package store

import (
	"context"
	"fmt"
	"time"

	"creditcart/internal/audit"
)

// AuditFilter narrows a list of the audit log; the zero value is all of it.
type AuditFilter struct {
	Subject string    // what this person did, and what was done to him by the operator
	INN     string    // of the company that a row is about
	Order   string    // number of an order, its payments included
	Kind    string    // one of the kinds of package audit
	Since   time.Time // inclusive
	Until   time.Time // exclusive
}

// ListAudit gives the rows of the audit log that a filter leaves, oldest first, one by one: they may be more than memory
// holds. An error of take ends it.
func (s *Store) ListAudit(ctx context.Context, f AuditFilter, take func(audit.Entry) error) error {
	where, args := join(s.auditConditions(f))
	err := s.snapshot(ctx, func(tx querier) (err error) {
		err2 := eachAudit(ctx, tx, func(r audit.Row) {
			if err == nil {
				err = take(r.Entry)
			}
		}, auditRows+where+" order by id", args...)
		if err == nil {
			err = err2
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("store: list the audit log: %w", err)
	}
	return nil
}

func (s *Store) auditConditions(f AuditFilter) []condition {
	// An id begins with the time at which its row was written; a day is for clocks that differ.
	where := []condition{{"id >= ?", max(0, ms(f.Since)-24*time.Hour.Milliseconds()) << 21}}
	add := func(use bool, text string, values ...any) {
		if use {
			where = append(where, condition{text, values})
		}
	}
	add(!f.Since.IsZero(), "at >= ?", ms(f.Since))
	add(!f.Until.IsZero(), "at < ?", ms(f.Until))
	add(f.Subject != "", "(actor = ? and actor not in ('', 'timer', 'bank') or object = ? and kind like 'person.%')", f.Subject, f.Subject)
	add(f.INN != "", "company = ?", s.auditing.key.Company(f.INN))
	add(f.Order != "", "(object = ? or substr(object, 1, length(?) + 1) = ? || '/')", f.Order, f.Order, f.Order)
	add(f.Kind != "", "kind = ?", f.Kind)
	return where
}
