package chaos

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
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

// liveness is I8: nothing stays unknown, nothing waits for a sign-in when everybody has signed in.
func (o *oracle) liveness() {
	for id, p := range o.rows {
		if p.unknown() {
			o.violated("I8: payment %s of order %s is still %s", id, p.number, p.state)
		}
		if p.needsLogin {
			o.violated("I8: payment %s of order %s, %s, waits for a sign-in", id, p.number, p.state)
		}
	}
}

// documents are I3 to I6: what the bank has, against the shop's rows.
func (o *oracle) documents(r *Report) {
	byOrder := map[string][]*document{}
	for id, d := range o.bank {
		r.Documents++
		p := o.rows[id]
		if p == nil {
			o.violated("I6: the bank has document %s of order %s, the shop has no payment for it", id, d.Order)
			continue
		}
		byOrder[p.number] = append(byOrder[p.number], d)
		executed := d.Final == "IMPLEMENTED"
		if executed {
			r.Executed++
		}
		switch {
		case d.Final != "" && p.state != "paid" && p.state != "failed":
			o.violated("I8: document %s of order %s ended with %s at the bank and is still %s in the shop", id, p.number, d.Final, p.state)
		case p.state == "paid" && !executed, p.state == "failed" && executed:
			o.violated("I5: document %s of order %s is %q at the bank and %s in the shop", id, p.number, d.Final, p.state)
		}
		if d.Final == "" && d.Decision != "refused" && p.state == "failed" {
			o.violated("I5: document %s of order %s may still be signed and is failed in the shop", id, p.number)
		}
	}
	for id, p := range o.rows {
		if o.bank[id] == nil && p.state != "failed" && !p.unknown() {
			o.violated("I5: payment %s of order %s is %s, the bank has no such document", id, p.number, p.state)
		}
	}
	for number, all := range byOrder {
		executed := 0
		for i, a := range all {
			if a.Final == "IMPLEMENTED" {
				executed++
			}
			for _, b := range all[:i] {
				if alive(a, b.Created) || alive(b, a.Created) {
					o.violated("I3: order %s had documents %s and %s alive at one moment", number, a.ExternalID, b.ExternalID)
				}
			}
		}
		if executed > 1 {
			o.violated("I4: order %s has %d executed documents", number, executed)
		}
	}
}

// alive: the document could still be signed, or is being executed, at a moment after its creation.
func alive(d *document, at time.Time) bool {
	return !at.Before(d.Created) && (d.Ended == nil || at.Before(*d.Ended)) && d.Decision != "refused"
}

// acknowledged is I1 and I2.
func (o *oracle) acknowledged(ctx context.Context) error {
	type order struct{ total, lines int64 }
	o.mu.Lock()
	crowd := o.crowd
	o.mu.Unlock()
	told := make([][]ack, len(crowd)) // before the database is read, which has them by then
	for i, b := range crowd {
		told[i] = b.told()
	}
	have := map[string]order{}
	rows, err := o.db.QueryContext(ctx, `select o.number, o.total, (select cast(sum(l.total) as bigint) from order_lines l where l.order_id = o.id) from orders o`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var number string
		var x order
		if err := rows.Scan(&number, &x.total, &x.lines); err != nil {
			return err
		}
		have[number] = x
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for i, acks := range told {
		byForm := map[int]string{}
		for _, a := range acks {
			x, ok := have[a.number]
			switch {
			case !ok:
				o.violated("I1: buyer %d saw order %s, it is not there", i, a.number)
			case x.total != x.lines || x.total <= 0:
				o.violated("I1: order %s costs %d, its lines %d", a.number, x.total, x.lines)
			}
			if other := byForm[a.form]; other != "" && other != a.number {
				o.violated("I2: one form made orders %s and %s", other, a.number)
			}
			byForm[a.form] = a.number
		}
	}
	return nil
}

// frozen is I7: the bank has what was frozen before the first call.
func (o *oracle) frozen(context.Context) error {
	for id, p := range o.rows {
		if sum := sha256.Sum256(p.payload); hex.EncodeToString(sum[:]) != p.hash {
			o.violated("I7: the payload of %s is not the one that was frozen", id)
		}
		d := o.bank[id]
		if d == nil {
			continue
		}
		var sent struct {
			ExternalID string      `json:"externalId"`
			Amount     json.Number `json:"amount"`
			Purpose    string      `json:"purpose"`
		}
		if err := json.Unmarshal(p.payload, &sent); err != nil {
			return fmt.Errorf("chaos: payload of %s: %w", id, err)
		}
		if sent.ExternalID != id || sent.Amount != d.Amount || sent.Purpose != d.Purpose && d.Decision == "" {
			o.violated("I7: %s is %s «%s» at the bank and %s «%s» in the payload", id, d.Amount, d.Purpose, sent.Amount, sent.Purpose)
		}
		if want := fmt.Sprintf("%d.%02d", p.amount/100, p.amount%100); want != sent.Amount.String() {
			o.violated("I7: payment %s is %s in the shop and %s in its payload", id, want, sent.Amount)
		}
	}
	return nil
}

// history is I9: nothing ever left paid.
func (o *oracle) history(ctx context.Context) error {
	var n int
	if err := o.db.QueryRowContext(ctx, `select count(*) from order_events where kind = 'payment' and from_state = 'paid'`).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		o.violated("I9: %d payments left the state paid", n)
	}
	return nil
}

// whole is I12 and I10: no person's tokens were thrown away.
func (o *oracle) whole(ctx context.Context) error {
	var thrown int
	if err := o.db.QueryRowContext(ctx, `select count(*) from chaos_thrown`).Scan(&thrown); err != nil {
		return err
	}
	if o.excused != nil {
		thrown -= o.excused()
	}
	if thrown > 0 {
		o.violated("I10: %d sign-ins were thrown away", thrown)
	}
	if strings.HasPrefix(o.Database, "sqlite:") {
		var text string
		if err := o.db.QueryRowContext(ctx, `pragma integrity_check`).Scan(&text); err != nil {
			return err
		}
		if text != "ok" {
			o.violated("I12: %s", text)
		}
	}
	return nil
}
