package chaos

var outboxOutside = bug{name: "outbox outside the transaction", caught: "I11", short: true, edits: []edit{
	{"internal/store/orders.go", "s.tell(ctx, tx, o)", "s.later(*o)"},
	{"internal/store/outbox.go", "// told wakes whoever",
		"func (s *Store) later(o orders.Order) error {\n	o.Events = slices.Clone(o.Events)\n	go func() {\n		time.Sleep(300 * time.Millisecond)\n" +
			"		_ = s.tx(context.Background(), func(tx querier) error { return s.tell(context.Background(), tx, &o) })\n		s.told()\n	}()\n	return nil\n}\n\n// told wakes whoever"}},
	change: func(c *Config) { c.Kills = 12 }}

var markedBefore = bug{name: "delivered mark before the answer", caught: "I11", edits: []edit{{"internal/outbox/deliver.go",
	"	class, wait := c.send(ctx, m)\n", "	_ = c.Store.MessageDelivered(ctx, m.ID, c.Now().UTC())\n	class, wait := c.send(ctx, m)\n"}}}
