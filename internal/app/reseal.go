package app

import (
	"context"
	"errors"
	"log/slog"
)

// Reseal seals anew with the newest of SHOP_SEAL_KEYS what older keys sealed, while the shop may run, and tells how many
// values there were.
func Reseal(ctx context.Context, cfg Config, log *slog.Logger) (int, error) {
	db, err := openExisting(ctx, cfg, log)
	if err != nil {
		return 0, err
	}
	done, err := db.Reseal(ctx)
	return done, errors.Join(err, db.Close())
}
