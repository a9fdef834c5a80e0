package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"

	_ "modernc.org/sqlite" // the same driver as the shop's

	"creditcart/scripts/rig"
)

// fillOrders copies one placed order n times by SQL: through the shop it would take an hour.
func fillOrders(ctx context.Context, s *rig.Shop, b *rig.Buyer, n int) error {
	if _, err := placeOrders([]*rig.Buyer{b}, 1); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.Dir, "shop.db")+"?_pragma=busy_timeout(60000)")
	if err != nil {
		return err
	}
	defer db.Close()
	const chunk = 20_000
	for from := 0; from < n; from += chunk {
		_, err := db.ExecContext(ctx, `
			with recursive seq(i) as (select $1 union all select i + 1 from seq where i + 1 < $2)
			insert into orders (id, number, cart_id, cart_version, subject, person_name, company_inn, company_kpp, company_name, law_form,
				contact_name, phone, email, delivery_address, comment, total, vat, state, placed_at, version, paid, bucket, attention, line_count)
			select 'id' || i, printf('B%09d', i), 'cart' || i, 1, subject, person_name, company_inn, company_kpp, company_name, law_form,
				contact_name, phone, email, delivery_address, comment, total, vat, state, placed_at - i * 1000, version, paid, bucket, attention, line_count
			from seq, (select * from orders where number not like 'B0%' limit 1)`, from, min(from+chunk, n))
		if err != nil {
			return fmt.Errorf("fill orders: %w", err)
		}
	}
	return nil
}
