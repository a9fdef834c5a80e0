package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"creditcart/internal/catalog"
	"creditcart/internal/orders"
	"creditcart/internal/outbox"
	"creditcart/internal/sbid"
)

// No statement reads a whole table that grows, and no list is sorted after it was read: the plans of every statement
// that the store runs on SQLite, recorded while each method is called.
func TestQueryPlans(t *testing.T) {
	s := openTest(t)
	rec := &recorder{statements: map[string][]driver.NamedValue{}}
	for _, db := range []**pool{&s.write, &s.read} {
		plain := *db
		*db = &pool{DB: sql.OpenDB(recordingConnector{rec, plain.DB, s.testPath})}
		t.Cleanup(func() { plain.Close() })
	}
	s.write.SetMaxOpenConns(1)
	callEverything(t, s.Store)

	// Bounded by a limit or by what the partial index holds.
	mayWalk := []string{"USING INDEX orders_placed", "USING INDEX orders_attention", "USING COVERING INDEX orders_attention", "USING INDEX payments_attention", "USING INDEX payments_due",
		"USING INDEX outbox_due", "USING INDEX outbox_waiting", "USING COVERING INDEX outbox_waiting"}
	// A handful of rows.
	small := []string{"catalog_generations", "catalog_current", "merchant", "CONSTANT ROW", "VALUES CLAUSE"}
	for text, args := range rec.statements {
		if reBoundLimit.MatchString(text) {
			t.Errorf("SQLite plans this anew for each limit, at the cost of a run: write $n + 0\n%s", strings.Join(strings.Fields(text), " "))
		}
		plan := explain(t, s.Store, text, args)
		for _, step := range plan {
			switch {
			case strings.Contains(step, "USE TEMP B-TREE"):
			case !strings.HasPrefix(step, "SCAN "), containsAny(step, mayWalk), containsAny(step, small):
				continue
			}
			t.Errorf("%s\n\t%s", strings.Join(strings.Fields(text), " "), strings.Join(plan, "\n\t"))
			break
		}
	}
	if len(rec.statements) < 60 {
		t.Errorf("only %d statements were recorded", len(rec.statements))
	}
}

var reBoundLimit = regexp.MustCompile(`limit \$\d+\s*($|[^\s+])`)

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

func explain(t *testing.T, s *Store, text string, named []driver.NamedValue) []string {
	t.Helper()
	var args []any
	for _, a := range named {
		args = append(args, a.Value)
	}
	plan, err := collect(t.Context(), s.write, func(scan func(...any) error, detail *string) error {
		var skip any
		return scan(&skip, &skip, &skip, detail)
	}, "explain query plan "+text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return plan
}

// callEverything calls each method so that each of its statements runs; the results are the conformance suite's matter.
func callEverything(t *testing.T, s *Store) {
	ctx, now := t.Context(), time.Now()
	try := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.UpdateCart(ctx, "c", now, func(c *orders.Cart) error { return c.Add("p", 1, 1) })
	try(err)
	s.UseOutbox(outbox.NewBook([]byte("k")))
	c, err := s.UpdateCart(ctx, "c", now, func(c *orders.Cart) error { return c.Add("p", 1, 1) })
	try(err)
	line, err := orders.NewLine(orders.Line{Quantity: 1, Price: 1})
	try(err)
	o := &orders.Order{ID: "i", Number: "N", CartID: "c", CartVer: c.Version, State: orders.Placed, Total: 1, Lines: []orders.Line{line}, Events: []orders.Event{{Kind: orders.EventOrder, To: string(orders.Placed)}}}
	for range 2 {
		_, err = s.PlaceOrder(ctx, o)
		try(err)
	}
	_, err = s.UpdateOrder(ctx, "N", func(o *orders.Order) error {
		return o.BeginPayment(orders.Payment{ExternalID: "e", Method: orders.MethodInvoice, Amount: 1}, "", "a", now)
	})
	try(err)
	_, err = s.Order(ctx, "N")
	try(err)
	_, err = s.Payment(ctx, "e")
	try(err)
	_, err = s.ClaimDue(ctx, now, now.Add(time.Minute), 5)
	try(err)
	try(s.CheckSoon(ctx, "e", now, time.Second))
	_, err = s.OrdersOfPeriod(ctx, now, now)
	try(err)
	callOutbox(t, s, now, try)
	for _, f := range []orders.Filter{{}, {Bucket: "paid"}, {Attention: true}, {NumberPrefix: "N"}, {Bucket: "paid", Attention: true}, {Bucket: "paid", NumberPrefix: "N"}, {Attention: true, NumberPrefix: "N"}} {
		for _, f.Before = range []orders.Cursor{"", "1.N"} {
			_, _, err = s.AllOrders(ctx, f, 5)
			try(err)
			_, _, err = s.OrdersOf(ctx, "1", f, 5)
			try(err)
		}
	}
	_, err = s.OpenPayments(ctx, now)
	try(err)
	_, err = s.AttentionCounts(ctx)
	try(err)
	try(s.PurgeCarts(ctx, now))
	callPeople(t, s, now, try)
	callCatalog(t, s, try)
}

func callOutbox(t *testing.T, s *Store, now time.Time, try func(error)) {
	ctx := t.Context()
	all, err := s.ClaimMessages(ctx, now, now.Add(time.Minute), 5)
	try(err)
	if len(all) != 1 {
		t.Fatalf("%d messages", len(all))
	}
	_, err = s.Outbox(ctx)
	try(err)
	try(s.MessageFailed(ctx, all[0].ID, "500", now))
	try(s.HurryMessages(ctx, now))
	try(s.MessageDelivered(ctx, all[0].ID, now))
	_, err = s.PurgeMessages(ctx, now)
	try(err)
}

func callPeople(t *testing.T, s *Store, now time.Time, try func(error)) {
	ctx := t.Context()
	try(s.SignIn(ctx, sbid.Identity{Subject: "s"}, sbid.Grant{}))
	_, err := s.Account(ctx, "s")
	try(err)
	_, err = s.Grant(ctx, "s")
	try(err)
	_, err = s.LeaseGrant(ctx, "s", 1, now, now)
	try(err)
	_, err = s.SwapGrant(ctx, sbid.Grant{Subject: "s"}, 1)
	try(err)
	_, err = s.Unfinished(ctx, now, 9)
	try(err)
	_, err = s.LiveSubjects(ctx, "1")
	try(err)
	for seen := range int64(2) {
		_, err = s.SwapClientSecrets(ctx, "c", sbid.ClientSecrets{}, seen)
		try(err)
	}
	_, err = s.ClientSecrets(ctx, "c")
	try(err)
	try(s.MarkLeft(ctx, "s", now))
	_, err = s.RetireLeft(ctx, now, 5)
	try(err)
	_, err = s.ClaimRevocations(ctx, now, now, 5)
	try(err)
	try(s.DropRevocation(ctx, "r"))
	try(s.SetMerchant(ctx, sbid.Connection{}))
	_, err = s.Merchant(ctx)
	try(err)
	try(s.SaveSnapshot(ctx, "k", nil, now))
	_, _, err = s.Snapshot(ctx, "k")
	try(err)
	try(s.SavePending(ctx, sbid.Pending{ID: "a"}))
	_, _, err = s.TakePending(ctx, "a", now)
	try(err)
	try(s.SaveSession(ctx, sbid.Session{ID: "a"}))
	_, _, err = s.Session(ctx, "a", now)
	try(err)
	_, err = s.SessionsOf(ctx, "s", now)
	try(err)
	try(s.DeleteSession(ctx, "a"))
	try(s.PurgeSessions(ctx, now))
	try(s.KeepConsent(ctx, "h", "1", "text", now))
	_, _, err = s.EraseOldPeople(ctx, now, now)
	try(err)
	try(s.SignIn(ctx, sbid.Identity{Subject: "s"}, sbid.Grant{}))
	_, err = s.ExportPerson(ctx, "s", "operator")
	try(err)
	_, err = s.ErasePerson(ctx, "s", "operator", now)
	try(err)
}

func callCatalog(t *testing.T, s *Store, try func(error)) {
	ctx := t.Context()
	feed := catalog.Feed{Categories: []catalog.Category{{ID: "1", Slug: "c", Name: "c"}},
		Products: []catalog.Product{{ID: "p", Slug: "p", Name: "лампа", CategoryID: "1"}}}
	for range 3 { // the third removes the first
		try(s.ReplaceCatalog(ctx, feed))
	}
	_, err := s.CatalogVersion(ctx)
	try(err)
	_, err = s.Categories(ctx)
	try(err)
	for _, q := range []catalog.Query{{}, {Category: "c"}, {Text: "лампа"}, {Text: "лампа", Category: "c"}} {
		_, err = s.Listing(ctx, q)
		try(err)
	}
	_, err = s.Product(ctx, "p")
	try(err)
	_, err = s.Products(ctx, []string{"p", "q"})
	try(err)
}

// recorder is a driver in front of SQLite's that remembers every statement.
type recorder struct {
	mu         sync.Mutex
	statements map[string][]driver.NamedValue
}

func (r *recorder) add(text string, args []driver.NamedValue) {
	if strings.HasPrefix(text, "explain") {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statements[text] = args
}

type recordingConnector struct {
	*recorder
	db   *sql.DB
	path string
}

func (c recordingConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.db.Driver().Open("file:" + c.path + "?_pragma=busy_timeout(5000)&_txlock=immediate")
	return recordingConn{conn, c.recorder}, err
}

func (c recordingConnector) Driver() driver.Driver { return c.db.Driver() }

type recordingConn struct {
	driver.Conn
	*recorder
}

func (c recordingConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

func (c recordingConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.add(text, args)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

func (c recordingConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.add(text, args)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
}
