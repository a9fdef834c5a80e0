package app

import (
	"context"
	"errors"
	"log/slog"

	"creditcart/internal/store"
)

// Copy brings everything of one database into another, empty one; every shop on either must be stopped. SHOP_SECRET is
// that of the source, and stays.
func Copy(ctx context.Context, cfg Config, from, to string, log *slog.Logger) ([]store.Copied, error) {
	source, target := cfg, cfg
	source.DatabaseURL, target.DatabaseURL = from, to
	src, err := openExisting(ctx, source, log)
	if err != nil {
		return nil, err
	}
	dst, err := openStore(ctx, target, log)
	if err != nil {
		return nil, errors.Join(err, src.Close())
	}
	done, err := store.Copy(ctx, src, dst)
	return done, errors.Join(err, src.Close(), dst.Close())
}
