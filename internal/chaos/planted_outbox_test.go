package chaos

var outboxOutside = bug{name: "outbox outside the transaction", caught: "I11", short: true, edits: []edit{
	{"internal/store/orders.go", "s.tell(ctx, tx, o)", "s.later(*o)"},
	{"internal/store/outbox.go", "// told wakes whoever",
		"func (s *Store) later(o orders.Order) error {\n	o.Events = slices.Clone(o.Events)\n	go func() {\n		time.Sleep(300 * time.Millisecond)\n" +
			"		_ = s.tx(context.Background(), func(tx querier) error { return s.tell(context.Background(), tx, &o) })\n		s.told()\n	}()\n	return nil\n}\n\n// told wakes whoever"}},
	change: func(c *Config) { c.Kills = 12 }}

var markedBefore = bug{name: "delivered mark before the answer", caught: "I11", edits: []edit{{"internal/outbox/deliver.go",
	"	class, wait := c.send(ctx, m)\n", "	_ = c.Store.MessageDelivered(ctx, m.ID, c.Now().UTC())\n	class, wait := c.send(ctx, m)\n"}}}

// Pauses are so short beside a buyer's way to the bank that the second edit makes them long enough for the first to show.
var overtaking = bug{name: "a notification overtakes another", caught: "I11", edits: []edit{
	{"internal/store/outbox.go", "earlier.delivered_at = 0)`", "earlier.delivered_at < 0)`"},
	{"internal/outbox/deliver.go", "firstTry  = 5 * time.Second", "firstTry  = 10 * time.Minute"}}}
