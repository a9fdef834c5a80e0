package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"creditcart/internal/audit"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/internal/store"
	"creditcart/internal/store/storetest"
)

// bothDatabases runs a test on both databases.
func bothDatabases(t *testing.T, test func(t *testing.T, db storetest.Database)) {
	t.Run("SQLite", func(t *testing.T) { test(t, storetest.SQLite(t)) })
	t.Run("Postgres", func(t *testing.T) { test(t, storetest.Postgres(t)(t)) })
}

// written is a log of n rows, all in the chain but the last two.
func written(t *testing.T, s *store.Store, n int) {
	t.Helper()
	for i := range n {
		if i == n-2 {
			seal(t, s)
		}
		must(t, s.Audit(t.Context(), audit.Entry{Kind: audit.Order, Actor: fmt.Sprintf("sub-%d", i), Company: "7707083893", Object: "N1", Detail: "→placed"}))
	}
}

func seal(t *testing.T, s *store.Store) {
	t.Helper()
	if _, err := s.SealAudit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func verify(t *testing.T, s *store.Store, noted audit.Head) audit.Report {
	t.Helper()
	r, err := s.VerifyAudit(t.Context(), noted)
	must(t, err)
	return r
}

func TestAuditOfAWholeLog(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s := db(t)
		if r := verify(t, s, audit.Head{}); len(r.Problems) > 0 || r.Head.Seq != 0 {
			t.Errorf("an empty log: %+v", r)
		}
		written(t, s, 12)
		r := verify(t, s, audit.Head{})
		if len(r.Problems) > 0 || r.Head.Seq != 10 || r.Waiting != 2 {
			t.Errorf("%+v", r)
		}
		noted := r.Head
		written(t, s, 450) // more than one transaction seals
		seal(t, s)
		if r = verify(t, s, noted); len(r.Problems) > 0 || r.Head.Seq != 462 || r.Waiting != 0 {
			t.Errorf("%+v", r)
		}
		if kept, err := s.AuditHead(t.Context()); err != nil || kept != r.Head {
			t.Errorf("head %s, %v; want %s", kept, err, r.Head)
		}
	})
}

// Every way to tamper with a log by somebody who may write to the database and does not have the key.
func TestAuditDetects(t *testing.T) {
	cases := map[string][]string{
		"an edited row":                 {"update audit set actor = 'somebody' where seq = 4"},
		"an edited time":                {"update audit set at = at + 1 where seq = 4"},
		"an edited row that waits":      {"update audit set detail = 'paid' where seq = 0"},
		"a deleted row":                 {"delete from audit where seq = 4"},
		"a deleted row, closed up":      {"delete from audit where seq = 4", "update audit set seq = seq - 1 where seq = 5", "update audit set seq = seq - 1 where seq = 6", "update audit set seq = seq - 1 where seq = 7", "update audit set seq = seq - 1 where seq = 8", "update audit set seq = seq - 1 where seq = 9", "update audit set seq = seq - 1 where seq = 10", "update audit_head set seq = 9"},
		"the first row deleted":         {"delete from audit where seq = 1"},
		"two rows in another order":     {"update audit set seq = 1000 where seq = 4", "update audit set seq = 4 where seq = 7", "update audit set seq = 7 where seq = 1000"},
		"two rows with exchanged words": {"update audit set actor = (select b.actor from audit b where b.seq = 7) where seq = 4"},
		"a cut tail":                    {"delete from audit where seq > 7"},
		"a cut tail and head":           {"delete from audit where seq > 7", "update audit_head set seq = 7"},
		"everything deleted":            {"delete from audit"},
		"a row made up": {"insert into audit (id, at, kind, actor, company, object, ref, detail, mac, seq, hash) select 7, at, kind, 'me', company, object, ref, detail, mac, 11, hash from audit where seq = 10",
			"update audit_head set seq = 11"},
		"a row copied":                 {"insert into audit (id, at, kind, actor, company, object, ref, detail, mac, seq, hash) select 7, at, kind, actor, company, object, ref, detail, mac, 0, '' from audit where seq = 10"},
		"a row put back to wait":       {"update audit set seq = 0, hash = '' where seq = 10"},
		"a head made up":               {"update audit_head set hash = '00000000000000000000000000000000'"},
		"the head deleted":             {"delete from audit_head"},
		"a row behind its place":       {"update audit set seq = -4 where seq = 4"},
		"another hash in the last row": {"update audit set hash = '00000000000000000000000000000000' where seq = 10", "update audit_head set hash = '00000000000000000000000000000000'"},
	}
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s := db(t)
		for name, changes := range cases {
			t.Run(name, func(t *testing.T) {
				for _, q := range []string{"delete from audit", "update audit_head set seq = 0, hash = ''", "insert into audit_head (id, seq, hash) select 1, 0, '' where not exists (select 1 from audit_head)"} {
					_, err := s.Tamper(t.Context(), q)
					must(t, err)
				}
				written(t, s, 12)
				if r := verify(t, s, audit.Head{}); len(r.Problems) > 0 {
					t.Fatalf("before: %v", r.Problems)
				}
				for _, q := range changes {
					if n, err := s.Tamper(t.Context(), q); err != nil || n == 0 {
						t.Fatalf("%s: %d rows, %v", q, n, err)
					}
				}
				if r := verify(t, s, audit.Head{}); len(r.Problems) == 0 {
					t.Error("nobody notices")
				}
			})
		}
	})
}

// Who can read an older head and puts it back hides a cut tail from the database alone, but not from a head kept elsewhere.
func TestAuditHeadKeptElsewhere(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s := db(t)
		written(t, s, 7)
		old := verify(t, s, audit.Head{}).Head
		written(t, s, 7)
		noted := verify(t, s, audit.Head{}).Head
		for _, q := range []string{"delete from audit where seq = 0", fmt.Sprintf("delete from audit where seq > %d", old.Seq)} {
			_, err := s.Tamper(t.Context(), q)
			must(t, err)
		}
		_, err := s.Tamper(t.Context(), "update audit_head set seq = $1, hash = $2", old.Seq, old.Hash)
		must(t, err)
		if r := verify(t, s, audit.Head{}); len(r.Problems) > 0 {
			t.Errorf("this cannot be seen from inside: %v", r.Problems)
		}
		if r := verify(t, s, noted); len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "the end is cut") {
			t.Errorf("%v", r.Problems)
		}
		written(t, s, 40) // a tail that grew again
		seal(t, s)
		if r := verify(t, s, noted); len(r.Problems) != 1 {
			t.Errorf("%v", r.Problems)
		}
		if r := verify(t, s, old); len(r.Problems) > 0 {
			t.Errorf("%v", r.Problems)
		}
	})
}

// Several instances write and seal at once: every row gets one place.
func TestAuditOfSeveralInstances(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		stores := []*store.Store{db(t), db(t), db(t)}
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				s := stores[i%3]
				for n := range 40 {
					if err := s.Audit(t.Context(), audit.Entry{Kind: audit.Limit, Actor: fmt.Sprint(i, n)}); err != nil {
						t.Error(err)
					}
					if n%8 == 0 {
						if _, err := s.SealAudit(t.Context()); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		all.Wait()
		seal(t, stores[0])
		if r := verify(t, stores[1], audit.Head{}); len(r.Problems) > 0 || r.Head.Seq != 240 || r.Waiting != 0 {
			t.Errorf("%+v", r)
		}
	})
}

// What happens and what the log says are one transaction.
func TestAuditIsWrittenWithItsCause(t *testing.T) {
	bothDatabases(t, func(t *testing.T, db storetest.Database) {
		s := db(t)
		at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		count := func(where string) int64 {
			n, err := s.Count(t.Context(), "select count(*) from audit where "+where)
			must(t, err)
			return n
		}
		cart, err := s.UpdateCart(t.Context(), "cart", at, func(c *orders.Cart) error { return c.Add("p", 1, 10_000) })
		must(t, err)
		line, err := orders.NewLine(orders.Line{ProductID: "p", Name: "Лампа", Unit: "шт", Quantity: 1, Price: 10_000, VATRate: 22})
		must(t, err)
		o := &orders.Order{ID: "id", Number: "N1", CartID: "cart", CartVer: cart.Version, Lines: []orders.Line{line}, Total: line.Total, VAT: line.VAT,
			Buyer: orders.Buyer{Subject: "sub", PersonName: "Канарейкин", CompanyINN: "7707083893"}, State: orders.Placed, PlacedAt: at,
			Events: []orders.Event{{At: at, Kind: orders.EventOrder, Actor: "sub", To: "placed"}}}
		again := *o
		_, err = s.PlaceOrder(t.Context(), o)
		must(t, err)
		_, err = s.PlaceOrder(t.Context(), &again)
		must(t, err)
		if n := count("kind = 'order' and object = 'N1' and detail = '→placed' and actor = 'sub'"); n != 1 {
			t.Errorf("%d rows about one order", n)
		}
		refused := errors.New("no")
		_, err = s.UpdateOrder(t.Context(), "N1", func(o *orders.Order) error {
			must(t, o.RequestCancel("sub", at))
			return refused
		})
		if !errors.Is(err, refused) || count("detail = 'placed→cancelled'") != 0 {
			t.Errorf("%v; what did not happen is in the log", err)
		}
		_, err = s.UpdateOrder(t.Context(), "N1", func(o *orders.Order) error { return o.RequestCancel("sub", at) })
		must(t, err)
		if n := count("detail = 'placed→cancelled'"); n != 1 {
			t.Errorf("%d rows about the cancel", n)
		}
		must(t, s.SignIn(t.Context(), sbid.Identity{Subject: "sub", INN: "7707083893", Name: "Канарейкин", AsOf: at}, sbid.Grant{Subject: "sub", ExpiresAt: at, ObtainedAt: at}))
		must(t, s.SaveSession(t.Context(), sbid.Session{ID: "s", Subject: "sub", CreatedAt: at, SeenAt: at, ExpiresAt: at}))
		must(t, s.DeleteSession(t.Context(), "s"))
		must(t, s.DeleteSession(t.Context(), "s"))
		must(t, s.SetMerchant(t.Context(), sbid.Connection{Subject: "sub", Name: "Канарейкин", ConnectedAt: at}))
		_, err = s.SwapClientSecrets(t.Context(), "c", sbid.ClientSecrets{}, 0)
		must(t, err)
		_, err = s.SwapClientSecrets(t.Context(), "c", sbid.ClientSecrets{}, 7) // lost
		must(t, err)
		_, err = s.EndSessions(t.Context(), "7707083893", "boss", at)
		must(t, err)
		for _, kind := range []string{audit.SignIn, audit.SessionEnded, audit.Connected, audit.SecretChanged, audit.SessionsEnded} {
			if n := count("kind = '" + kind + "'"); n != 1 {
				t.Errorf("%s: %d rows", kind, n)
			}
		}
		if n := count("company like '%7707083893%' or detail like '%анаре%' or actor like '%анаре%'"); n != 0 {
			t.Error("the log knows an INN or a name")
		}
		if n := count("kind = 'sign-in' and company = (select company from audit where kind = 'order' limit 1)"); n != 1 {
			t.Error("rows of one company do not find each other")
		}
	})
}
