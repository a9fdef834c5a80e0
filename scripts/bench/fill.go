package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"

	_ "modernc.org/sqlite" // the same driver as the shop's

	"creditcart/scripts/rig"
)

// fillings copy the paid order $3 with its lines, events and payment. Ids and numbers are spread over the whole range, so
// that those of new orders fall between them.
var fillings = []string{`
	insert into orders (id, number, cart_id, cart_version, subject, person_name, company_inn, company_kpp, company_name, law_form,
		contact_name, phone, email, delivery_address, comment, people, total, vat, state, placed_at, version, paid, bucket, attention, line_count)
	select printf('%08x-filled', i * 4294), printf('%08XZZ', i * 4294), printf('%08x-cart', i * 4294), 1, subject, person_name, company_inn, company_kpp, company_name, law_form,
		contact_name, phone, email, delivery_address, comment, null, total, vat, state, placed_at - i * 1000, version, total, 'paid', 0, line_count
	from seq, (select * from orders where number = $3)`, `
	insert into order_lines (order_id, pos, product_id, slug, sku, name, unit, quantity, price, total, vat_rate, vat)
	select printf('%08x-filled', i * 4294), pos, product_id, slug, sku, name, unit, quantity, price, total, vat_rate, vat
	from seq, (select * from order_lines where order_id = (select id from orders where number = $3))`, `
	insert into order_events (order_id, seq, at, kind, actor, external_id, from_state, to_state, note, detail)
	select printf('%08x-filled', i * 4294), seq, at, kind, actor, external_id, from_state, to_state, note, detail
	from seq, (select * from order_events where order_id = (select id from orders where number = $3))`, `
	insert into payments (external_id, order_id, attempt, method, amount, credit_amount, product_code, term, contract_number, subject, contour,
		state, bank_status, bank_comment, reason, late, refused_hint, released, review, needs_login, payload, payload_hash, misses, tries,
		created_at, sent_at, expires_at, changed_at, checked_at, check_at, paid_at, live, watched, attention, lease_until)
	select printf('%08x-paid', i * 4294), printf('%08x-filled', i * 4294), attempt, method, amount, credit_amount, product_code, term, contract_number, subject, contour,
		'paid', 'IMPLEMENTED', bank_comment, reason, 0, 0, 0, '', 0, payload, payload_hash, misses, tries,
		created_at, sent_at, expires_at, changed_at, checked_at, check_at, changed_at, 0, 0, 0, 0
	from seq, (select * from payments where order_id = (select id from orders where number = $3))`}

// fillOrders makes n paid orders of one by SQL: through the shop it would take an hour.
func fillOrders(ctx context.Context, s *rig.Shop, b *rig.Buyer, n int) error {
	cart, err := b.FillCarts(1)
	if err != nil {
		return err
	}
	number, err := b.Order(cart[0])
	if err != nil {
		return err
	}
	if _, err := b.Pay(number); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.Dir, "shop.db")+"?_pragma=busy_timeout(60000)&_pragma=synchronous(OFF)&_pragma=cache_size(-200000)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	const chunk = 50_000
	for from := 1; from <= n; from += chunk {
		for _, f := range fillings {
			_, err := db.ExecContext(ctx, "with recursive seq(i) as (select $1 union all select i + 1 from seq where i + 1 < $2)"+f, from, min(from+chunk, n+1), number)
			if err != nil {
				return fmt.Errorf("fill orders: %w", err)
			}
		}
	}
	_, err = db.ExecContext(ctx, "pragma wal_checkpoint(truncate)")
	return err
}
