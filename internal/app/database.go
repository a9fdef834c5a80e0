package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/catalog"
	"creditcart/internal/store"
)

// Migrate brings the schema of the database up to this program.
func Migrate(ctx context.Context, cfg Config, log *slog.Logger) error {
	db, err := openStore(ctx, cfg, log)
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
}

// Import replaces the catalogue by a YML feed. A feed with any error changes nothing; the error lists every problem.
func Import(ctx context.Context, cfg Config, feed io.Reader, log *slog.Logger) (catalog.Feed, error) {
	f, err := catalog.ReadFeed(feed, catalog.Limits{})
	if err != nil {
		return catalog.Feed{}, err
	}
	db, err := openCurrent(ctx, cfg, log)
	if err != nil {
		return catalog.Feed{}, err
	}
	return f, errors.Join(db.ReplaceCatalog(ctx, f), db.Close())
}

// openCurrent opens a database whose schema is this program's; another one is an error that says what to do.
func openCurrent(ctx context.Context, cfg Config, log *slog.Logger) (*store.Store, error) {
	return openCurrentAt(ctx, cfg, time.Now, nil, log)
}

func openCurrentAt(ctx context.Context, cfg Config, now func() time.Time, onCommit func(int), log *slog.Logger) (*store.Store, error) {
	db, err := openStoreAt(ctx, cfg, now, onCommit, log)
	if err != nil {
		return nil, err
	}
	if err := db.Ping(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func openStore(ctx context.Context, cfg Config, log *slog.Logger) (*store.Store, error) {
	return openStoreAt(ctx, cfg, time.Now, nil, log)
}

func openStoreAt(ctx context.Context, cfg Config, now func() time.Time, onCommit func(int), log *slog.Logger) (*store.Store, error) {
	c, err := storeConfig(cfg)
	if err != nil {
		return nil, err
	}
	c.Now, c.Ref, c.OnCommit, c.Log = now, bankapi.RefOf, onCommit, log
	return store.Open(ctx, cfg.DatabaseURL, c)
}

// storeConfig has the keys of what the database keeps sealed.
func storeConfig(cfg Config) (store.Config, error) {
	secret, err := cfg.secret()
	if err != nil {
		return store.Config{}, fmt.Errorf("SHOP_SECRET: %w", err)
	}
	keys, err := cfg.sealKeys()
	if err != nil {
		return store.Config{}, fmt.Errorf("SHOP_SEAL_KEYS: %w", err)
	}
	return store.Config{Key: derive(secret, "tokens at rest"), SealKeys: keys}, nil
}
