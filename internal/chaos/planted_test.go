package chaos

import (
	"strings"
	"testing"
	"time"
)

// bug is a mistake that other checkouts made, planted into the program under test by replacing a few lines of its source
// at build time (go build -overlay). Nothing of it is in the repository's program.
type bug struct {
	name   string
	edits  []edit
	caught string // the invariant that must notice
	short  bool   // also in the short run
	change func(*Config)
}

var bugs = []bug{
	{name: "new id after unknown", caught: "I6", edits: []edit{{"internal/checkout/send.go",
		"return s.Bank.CreateDraft(ctx, token, p.Payload, p.ExternalID, priority)",
		`if p.Tries > 0 {
				other := strings.Replace(p.ExternalID, p.ExternalID[:8], fmt.Sprintf("%08x", s.Now().UnixNano()&0xffffffff), 1)
				ack, err := s.Bank.CreateDraft(ctx, token, []byte(strings.ReplaceAll(string(p.Payload), p.ExternalID, other)), other, priority)
				return ack, err
			}
			return s.Bank.CreateDraft(ctx, token, p.Payload, p.ExternalID, priority)`}}},
	{name: "timeout = failed", caught: "I5", edits: []edit{{"internal/checkout/send.go",
		"		default:\n			p.Tries++\n			p.CheckAt = now.Add(backoff(p, now))\n		}\n		return nil",
		"		default:\n			return o.Refuse(p.ExternalID, true, \"Не вышло\", \"\", now)\n		}\n		return nil"}}},
	{name: "duplicate = failed", caught: "I5", edits: []edit{{"internal/checkout/send.go",
		"return s.confirmDuplicate(ctx, p, number, t)",
		"return s.update(ctx, number, p.ExternalID, func(o *orders.Order, p *orders.Payment, now time.Time) error {\n			return o.Refuse(p.ExternalID, true, \"Не вышло\", \"\", now)\n		})"}}},
	{name: "404 = failed", caught: "I5", edits: []edit{{"internal/checkout/ask.go",
		"		if p.Misses++; p.Misses < gaveUp {",
		"		if true {\n			_, err := o.Observe(p.ExternalID, orders.Observation{State: orders.PaymentFailed, Actor: orders.ActorTimer, At: now})\n			return err\n		}\n		if p.Misses++; p.Misses < gaveUp {"}}},
	{name: "rejection after an ambiguous POST", caught: "I5", edits: []edit{{"internal/checkout/send.go",
		"definite := alone && p.SentAt.Equal(sent.SentAt)", "definite := true"}},
		change: func(c *Config) {
			for i := range c.Faults { // answers lost after the work, and refusals for another reason
				if c.Faults[i].Status == 400 && strings.HasSuffix(c.Faults[i].Path, "from-invoice-any") {
					c.Faults[i].Percent = 40
				}
			}
		}},
	{name: "any WORKFLOW_FAULT = duplicate", caught: "I5", edits: []edit{{"internal/credit/client.go",
		`return strings.Contains(message, "externalid") && strings.Contains(message, "уже существует")`, `return message != "x"`}},
		change: func(c *Config) {
			for i := range c.Faults {
				if c.Faults[i].Status == 400 {
					c.Faults[i].Percent = 20
				}
			}
		}},
	{name: "call before intent", caught: "I6", edits: []edit{{"internal/checkout/pay.go",
		"	attempts := len(o.Payments)\n",
		"	if _, err := s.post(ctx, p, 0); err == nil && s.Now().UnixNano()/1000%2 == 0 {\n		return Started{}, fmt.Errorf(\"the process dies here\") // the process dies here\n	}\n	attempts := len(o.Payments)\n"}}},
	{name: "return URL = paid", caught: "I5", short: true, edits: []edit{{"internal/checkout/reconcile.go",
		"	for _, p := range o.Watched() {\n",
		"	for _, p := range o.Watched() {\n		_ = s.observe(ctx, number, p.ExternalID, \"IMPLEMENTED\", \"\")\n"}}},
	{name: "refusal URL = failed", caught: "I5", edits: []edit{{"internal/orders/state.go",
		"	p.RefusedHint = true\n", "	p.RefusedHint = true\n	p.State = PaymentFailed\n"}}},
	{name: "local expiry closes", caught: "I5", edits: []edit{{"internal/orders/state.go",
		"	if !p.BecomesLate(now) {",
		"	if now.Sub(p.CreatedAt) > 10*time.Second && p.State == PaymentAwaiting {\n		p.State = PaymentFailed\n	}\n	if !p.BecomesLate(now) {"}}},
	{name: "FRAUDDENY final", caught: "I5", edits: []edit{{"internal/credit/status.go",
		`{Code: "FRAUDDENY", Stage: StageBankChecks`, `{Code: "FRAUDDENY", Stage: StageFailed`}}, change: passing("FRAUDDENY")},
	{name: "accepted = paid", caught: "I5", edits: []edit{{"internal/credit/status.go",
		`{Code: "SIGNED", Stage: StageBankWorks`, `{Code: "SIGNED", Stage: StagePaid`}}, change: passing("SIGNED")},
	{name: "no one-live index", caught: "I3", edits: []edit{
		{"internal/store/migrations/00001_init.sql", "create unique index one_live on", "create index one_live on"},
		{"internal/orders/payment.go", "if live := o.Live(); live != nil {", "if live := o.Live(); live != nil && false {"},
		{"internal/checkout/pay.go", "if len(o.Payments) != attempts {", "if p.ExternalID = s.externalID(o.ID, len(o.Payments)+1); len(o.Payments) != attempts && false {"},
		{"internal/checkout/pay.go", "	case live == nil:\n		return o, nil\n	case live.ExternalID != release || !live.MayRelease():\n		return nil, &orders.LiveError{Number: o.Number, Payment: *live}\n	}\n	asked",
			"	default: // the second click comes a little later, or both make one id\n		time.Sleep(time.Duration(s.Now().UnixNano()/1000%2) * 100 * time.Millisecond)\n		return s.Orders.Order(ctx, o.Number)\n	}\n	asked"}},
		change: func(c *Config) { c.DoubleClicks = 100 }},
	{name: "form token not unique", caught: "I2", edits: []edit{
		{"internal/store/migrations/00001_init.sql", "	unique (cart_id, cart_version)\n", "	check (version > 0)\n"},
		{"internal/store/orders.go", "where id = $3 and version = $4`, o.Number", "where id = $3 and version >= $4`, o.Number"},
		{"internal/checkout/place.go", "	o := s.newOrder(", "	time.Sleep(20 * time.Millisecond)\n	o := s.newOrder("},
		{"internal/checkout/place.go", "ID: s.orderID(b),", "ID: uuid.NewString(),"}, // or the ids of both would be the same
		{"internal/checkout/place.go", "	\"fmt\"\n", "	\"fmt\"\n	\"time\"\n"}}},
	{name: "refresh without lease", caught: "T", edits: []edit{{"internal/store/grants.go",
		"	return n == 1, nil\n}\n\n// SwapGrant", "	return n >= 0, nil\n}\n\n// SwapGrant"},
		{"internal/sbid/keeper.go", "if now := k.now(); !g.LeaseUntil.After(now) {", "if now := k.now(); !now.IsZero() {"}}, change: manyRefreshes},
	{name: "lease shorter than the timeout", caught: "T", edits: []edit{{"internal/sbid/keeper.go",
		"leaseTime   = 30 * time.Second", "leaseTime   = 1 * time.Millisecond"}}, change: manyRefreshes},
	{name: "token cleared on a lost swap", caught: "I10", edits: []edit{{"internal/sbid/keeper.go",
		"		case err == nil:\n			return k.overtaken(ctx, fresh)",
		"		case err == nil:\n			row, _ := k.store.Grant(ctx, g.Subject)\n			row.Dead = true\n			_, _ = k.store.SwapGrant(ctx, row, row.Version)\n			return k.overtaken(ctx, fresh)"}}, change: manyRefreshes},
	{name: "webhook trusted", caught: "I5", edits: []edit{{"internal/storefront/hook.go",
		"	if err := s.Checkout.Hint(c.Request().Context(), event); err != nil {",
		"	if err := s.Checkout.Believe(c.Request().Context(), event.ExternalID, event.Status); err != nil {"},
		{"internal/checkout/ask.go", "// stateOf maps",
			"// Believe is the planted bug.\nfunc (s *Service) Believe(ctx context.Context, id, status string) error {\n	all, err := s.Orders.ClaimDue(ctx, s.Now().Add(time.Hour), s.Now(), 10000)\n	for _, d := range all {\n		if d.ExternalID == id {\n			return s.observe(ctx, d.Number, id, status, \"\")\n		}\n	}\n	return err\n}\n\n// stateOf maps"}}},
	{name: "amount recomputed at POST", caught: "I7", edits: []edit{{"internal/checkout/send.go",
		"func (s *Service) post(ctx context.Context, p orders.Payment, priority bankapi.Priority) (credit.Ack, error) {\n",
		"func (s *Service) post(ctx context.Context, p orders.Payment, priority bankapi.Priority) (credit.Ack, error) {\n	if p.Tries > 0 {\n		p.Payload = []byte(strings.Replace(string(p.Payload), `\"amount\":`, `\"amount\":1`, 1))\n	}\n"}}},
	{name: "paid overwritten", caught: "I9", edits: []edit{
		{"internal/orders/state.go", "	PaymentPaid:       {},", "	PaymentPaid:       {PaymentProcessing},"},
		{"internal/orders/state.go", "func (s PaymentState) Final() bool { return s == PaymentPaid || s == PaymentFailed }", "func (s PaymentState) Final() bool { return s == PaymentFailed }"}},
		change: passing("ACCEPTED")},
	{name: "poll without pace", caught: "P", edits: []edit{
		{"internal/bankapi/pace.go", "repeat: cmp.Or(repeat, 2*time.Second)", "repeat: repeat"},
		{"internal/checkout/reconcile.go", "	return now.Add(jitter(pause, p, now))", "	return now.Add(pause - pause)"}}},
	{name: "answered before the commit", caught: "I1", edits: []edit{
		{"internal/store/orders.go", "	err = s.tx(ctx, func(tx querier) error {\n		// First of all", "	err = s.later(func(tx querier) error {\n		// First of all"},
		{"internal/store/orders.go", "func (s *Store) insertOrder(", "func (s *Store) later(fn func(querier) error) error {\n	go func() {\n		time.Sleep(30 * time.Millisecond)\n		_ = s.tx(context.Background(), fn)\n	}()\n	return nil\n}\n\nfunc (s *Store) insertOrder("},
		{"internal/store/orders.go", "	\"fmt\"\n", "	\"fmt\"\n	\"time\"\n"}},
		change: func(c *Config) { c.Kills = 16 }},
	outboxOutside,
	markedBefore,
	overtaking,
}

// passing makes the bank answer some questions about documents that it has with a status that it takes back.
func passing(status string) func(*Config) {
	return func(c *Config) {
		c.Faults = append(c.Faults, Fault{Path: "/fintech/api/v1/payments/*/state", Percent: 25, Seed: 5, Kind: "unknown-status", Value: status})
	}
}

// manyRefreshes makes the bank refuse tokens often and answer refreshes slowly, and people sign in while a refresh is under way.
func manyRefreshes(c *Config) {
	c.Speed, c.Kills, c.Settle, c.SignIns = 10, 0, 4*time.Second, 50
	c.Faults = []Fault{
		{Path: "/fintech/api/v1/payments/*/state", Percent: 40, Seed: 7, Kind: "status", Status: 401},
		{Path: "/fintech/api/v1/payments/from-invoice-any", Percent: 30, Seed: 9, Kind: "status", Status: 401},
		{Path: "/fintech/api/v1/credit-offers", Percent: 50, Seed: 10, Kind: "status", Status: 401},
		{Path: "/ic/sso/api/v2/oauth/token", Note: "refresh_token", Percent: 100, Seed: 8, Kind: "delay", Delay: "400ms"},
	}
}

// planted are the conditions under which a bug shows.
func planted(t *testing.T, program string, b bug) Config {
	t.Helper()
	c := Config{Program: program, Database: SQLite(t.TempDir()), Seed: 3, Checkouts: 80, Buyers: 8, Instances: 2,
		Kills: 2, DoubleClicks: 30, Faults: Faults(3), Speed: 40, Settle: 4 * time.Second}
	if b.change != nil {
		b.change(&c)
	}
	return c
}

// The oracle is tested itself: each planted bug must be noticed, by the invariant it breaks.
func TestPlantedBugsAreCaught(t *testing.T) {
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) {
			if !b.short && !*everything {
				return // see make chaos
			}
			program := build(t, "-overlay", overlay(t, b.edits, nil))
			c := planted(t, program, b)
			c.Until = b.caught
			r, err := Run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(r)
			for _, v := range r.Violations {
				if strings.HasPrefix(v, b.caught+":") {
					return
				}
			}
			t.Errorf("not caught by %s; the oracle said %q", b.caught, r.Violations)
		})
	}
}

// A bug whose lines have moved is not planted any more: every edit must still find its place.
func TestPlantedBugsFit(t *testing.T) {
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) { overlay(t, b.edits, nil) })
	}
	overlay(t, probes, nil)
}

// The unspoiled program passes under the conditions of every planted bug: no false alarm.
func TestPlantedConfigurationsAlarmNobody(t *testing.T) {
	if !*everything {
		t.Skip("make chaos")
	}
	program := build(t)
	usual := false
	for _, b := range bugs {
		if b.change == nil && usual {
			continue // the same conditions as of another one
		}
		usual = usual || b.change == nil
		t.Run(b.name, func(t *testing.T) {
			c := planted(t, program, b)
			c.Settle = 0
			clean(t, c)
		})
	}
}
