package chaos

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the oracle reads the database by itself
	_ "modernc.org/sqlite"
)

// oracle compares what buyers were told, what the shop's database says and what the bank did. It reads the database with
// SQL of its own: a mistake of the shop's store must not hide here.
type oracle struct {
	*world
	db    *sql.DB
	bank  map[string]*document // by external id
	rows  map[string]*row      // payments, by external id
	found []string

	excused func() int // sign-ins that no shop could have kept; nil = none
}

// document is what the bank has under one external id: a payment order, a credit request, or one after the other.
type document struct {
	Kind       string      `json:"kind"`
	ExternalID string      `json:"externalId"`
	Order      string      `json:"order"`
	Amount     json.Number `json:"amount"`
	Purpose    string      `json:"purpose"`
	Decision   string      `json:"decision"`
	Created    time.Time   `json:"created"`
	Signed     *time.Time  `json:"signed"`
	Ended      *time.Time  `json:"ended"`
	Final      string      `json:"finalStatus"`
}

// row is a payment in the shop's database.
type row struct {
	number, state, hash string
	amount              int64
	payload             []byte
	review, needsLogin  bool
}

func (o *oracle) violated(format string, args ...any) {
	o.found = append(o.found, fmt.Sprintf(format, args...))
}

func (o *oracle) open() (err error) {
	o.db, err = open(o.Database)
	return err
}

func open(database string) (*sql.DB, error) {
	if strings.HasPrefix(database, "postgres") {
		return sql.Open("pgx", database)
	}
	return sql.Open("sqlite", strings.TrimPrefix(database, "sqlite:"))
}

// remember lets the database itself keep when a sign-in was thrown away: the next sign-in of that person hides it.
func remember(ctx context.Context, database string) error {
	db, err := open(database)
	if err != nil {
		return err
	}
	defer db.Close()
	statements := []string{`create table chaos_thrown (subject text not null)`, `create trigger chaos_thrown after update of dead on grants
		when new.dead = 1 and old.dead = 0 begin insert into chaos_thrown values (new.subject); end`}
	if strings.HasPrefix(database, "postgres") {
		statements = []string{statements[0],
			`create function chaos_throw() returns trigger language plpgsql as 'begin insert into chaos_thrown values (new.subject); return new; end'`,
			`create trigger chaos_thrown after update of dead on grants for each row when (new.dead = 1 and old.dead = 0) execute function chaos_throw()`}
	}
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("chaos: %w", err)
		}
	}
	return nil
}

// watchFor looks twice a second while buyers trade and returns what it saw when an invariant is violated for good: bank
// and database are not read at one moment, so it has to see the same twice.
func (w *world) watchFor(ctx context.Context, invariant string) []string {
	before := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(500 * time.Millisecond):
		}
		o := oracle{world: w}
		if o.look(ctx) != nil {
			continue
		}
		now := map[string]bool{}
		for _, v := range o.found {
			if strings.HasPrefix(v, invariant+":") && before[v] {
				return o.found
			}
			now[v] = true
		}
		before = now
	}
}

func (o *oracle) look(ctx context.Context) error {
	if err := o.open(); err != nil {
		return err
	}
	defer o.db.Close()
	if err := o.read(ctx); err != nil {
		return err
	}
	o.documents(&Report{})
	o.manners()
	for _, check := range []func(context.Context) error{o.acknowledged, o.frozen, o.history, o.whole, o.notified} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// manners are P and T: how the shop behaved at the bank's door.
func (o *oracle) manners() {
	for _, d := range o.pace.hurried(o.Instances) {
		o.violated("P: a question came sooner than the bank's pace allows: %s", d)
	}
	if o.Kills > 0 || len(o.Points) > 0 {
		return // what a killed process had under way, its heir may repeat
	}
	for _, token := range o.pace.raced() {
		o.violated("T: token %s was refreshed by two at a time", token)
	}
}

// judge waits until the shop had time to learn everything, then looks.
func (o *oracle) judge(ctx context.Context, r *Report) error {
	if err := o.open(); err != nil {
		return err
	}
	defer o.db.Close()
	patience := o.Settle
	if patience == 0 {
		// Who was refused in the moment the faults ended is asked about again a quarter of an hour later.
		patience = o.clock.Real(20 * time.Minute)
	}
	for deadline := time.Now().Add(patience); ; {
		if err := o.read(ctx); err != nil {
			return err
		}
		untold, err := o.untold(ctx)
		if err != nil {
			return err
		}
		if o.settled() && untold == 0 || time.Now().After(deadline) {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(cmp.Or(o.Look, 200*time.Millisecond)):
		}
	}
	o.liveness()
	o.documents(r)
	for _, check := range []func(context.Context) error{o.acknowledged, o.frozen, o.history, o.whole, o.notified} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	if err := o.delivered(ctx, r); err != nil {
		return err
	}
	for _, b := range o.crowd {
		r.Acknowledged += len(b.told())
	}
	o.manners()
	r.Violations = o.found
	return nil
}

func (o *oracle) read(ctx context.Context) error {
	var list struct {
		Documents []*document `json:"documents"`
	}
	if err := o.tell(http.MethodGet, "/api/documents", "", &list); err != nil {
		return err
	}
	o.bank = map[string]*document{}
	for _, d := range list.Documents {
		if before := o.bank[d.ExternalID]; before != nil && d.Kind == "payment" {
			d.Created, d.Decision = before.Created, before.Decision // the credit request it came of
		}
		o.bank[d.ExternalID] = d
	}
	rows, err := o.db.QueryContext(ctx, `select p.external_id, o.number, p.state, p.amount, p.payload, p.payload_hash, p.review, p.needs_login
		from payments p join orders o on o.id = p.order_id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	o.rows = map[string]*row{}
	for rows.Next() {
		var id, review string
		var needsLogin int64
		p := &row{}
		if err := rows.Scan(&id, &p.number, &p.state, &p.amount, &p.payload, &p.hash, &review, &needsLogin); err != nil {
			return err
		}
		p.review, p.needsLogin = review != "", needsLogin != 0
		o.rows[id] = p
	}
	return rows.Err()
}

// settled: everything the bank knows is known to the shop.
func (o *oracle) settled() bool {
	for id, p := range o.rows {
		d := o.bank[id]
		if p.unknown() || p.needsLogin || d != nil && d.Final != "" && p.state != "paid" && p.state != "failed" || d != nil && d.Signed != nil && d.Final == "" {
			fmt.Fprintf(o.Log, "not settled: %s of %s is %s\n", id, p.number, p.state)
			return false
		}
	}
	return true
}

func (p *row) unknown() bool { return p.state == "submitting" || p.state == "rejected_pending" }
