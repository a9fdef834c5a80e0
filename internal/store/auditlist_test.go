package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"creditcart/internal/audit"
	"creditcart/internal/orders"
	"creditcart/internal/store"
	"creditcart/internal/store/storetest"
)

// Who is affected: the rows of a person, a company, an order, a span of time.
func TestListAudit(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s := db(t)
		arrive(t, s, "zoya", personNoon)
		arrive(t, s, "other", personNoon)
		order(t, s, "N1", "zoya", personINN, personNoon, orders.PaymentPaid)
		order(t, s, "N12", "other", traderINN, personNoon, orders.PaymentPaid)
		day := 24 * time.Hour
		must(t, s.Audit(t.Context(), audit.Entry{Kind: audit.MerchantRead, Actor: "boss", Object: "N1", At: personNoon.Add(day)}))
		_, err := s.ExportPerson(t.Context(), "zoya", "operator")
		must(t, err)
		list := func(f store.AuditFilter) (rows []audit.Entry) {
			t.Helper()
			must(t, s.ListAudit(t.Context(), f, func(e audit.Entry) error { rows = append(rows, e); return nil }))
			return rows
		}
		all := list(store.AuditFilter{})
		if len(all) < 8 || !slices.IsSortedFunc(all, func(a, b audit.Entry) int { return int(min(max(a.ID-b.ID, -1), 1)) }) {
			t.Fatalf("all of it: %+v", all)
		}
		for name, c := range map[string]struct {
			filter store.AuditFilter
			is     func(audit.Entry) bool
		}{
			"a person":               {store.AuditFilter{Subject: "zoya"}, func(e audit.Entry) bool { return e.Actor == "zoya" || e.Object == "zoya" }},
			"a company":              {store.AuditFilter{INN: traderINN}, func(e audit.Entry) bool { return e.Company != "" && strings.HasPrefix(e.Object, "N12") }},
			"an order":               {store.AuditFilter{Order: "N1"}, func(e audit.Entry) bool { return e.Object == "N1" || e.Object == "N1/ext-N1" }},
			"a kind":                 {store.AuditFilter{Kind: audit.MerchantRead}, func(e audit.Entry) bool { return e.Kind == audit.MerchantRead }},
			"a day":                  {store.AuditFilter{Since: personNoon, Until: personNoon.Add(day)}, func(e audit.Entry) bool { return !e.At.Before(personNoon) && e.At.Before(personNoon.Add(day)) }},
			"who looked at an order": {store.AuditFilter{Order: "N1", Kind: audit.MerchantRead}, func(e audit.Entry) bool { return e.Actor == "boss" }},
		} {
			got := list(c.filter)
			var want []audit.Entry
			for _, e := range all {
				if c.is(e) {
					want = append(want, e)
				}
			}
			if len(want) == 0 || len(want) == len(all) || !slices.Equal(got, want) {
				t.Errorf("%s: got %+v\nwant %+v", name, got, want)
			}
		}
		enough, n := errors.New("enough"), 0
		if err := s.ListAudit(t.Context(), store.AuditFilter{}, func(audit.Entry) error { n++; return enough }); !errors.Is(err, enough) || n != 1 {
			t.Errorf("an error of the reader: %v after %d", err, n)
		}
	})
}
