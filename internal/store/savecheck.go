package store

import (
	"context"
	"errors"
	"fmt"

	"creditcart/internal/orders"
)

// errNewer says that somebody else has heard of a payment meanwhile.
var errNewer = errors.New("the payment is not the one that was asked about")

// SaveCheck saves of after only that and when the payment was asked about and when it will be (Tries, CheckedAt, CheckAt),
// and frees its lease. It does so only if the payment is still as before says; otherwise saved is false and nothing
// changes. To load and save the whole order, which has the same effect, costs several times as much.
func (s *Store) SaveCheck(ctx context.Context, number string, before, after orders.Payment) (saved bool, err error) {
	err = s.tx(ctx, func(tx querier) error {
		// The order first: writers of one order wait for each other here, as in UpdateOrder.
		n, err := affected(ctx, tx, "update orders set version = version + 1 where number = $1", number)
		if err != nil {
			return err
		}
		if n == 0 {
			return errNewer
		}
		n, err = affected(ctx, tx, `update payments set tries = $1, checked_at = $2, check_at = $3, lease_until = 0
			where external_id = $4 and order_id = (select id from orders where number = $5) and state = $6 and bank_status = $7
			and bank_comment = $8 and late = $9 and needs_login = $10 and misses = $11 and tries = $12 and changed_at = $13 and checked_at = $14`,
			after.Tries, ms(after.CheckedAt), ms(after.CheckAt), before.ExternalID, number, before.State, before.BankStatus,
			before.BankComment, flag(before.Late), flag(before.NeedsLogin), before.Misses, before.Tries, ms(before.ChangedAt), ms(before.CheckedAt))
		if err == nil && n == 0 {
			return errNewer
		}
		return err
	})
	if errors.Is(err, errNewer) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("store: save check of %s: %w", before.ExternalID, err)
	}
	return true, nil
}
