package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"creditcart/internal/store"
)

// errPostgres says how PostgreSQL is backed up: with its own tools.
var errPostgres = errors.New(`the database is PostgreSQL, which has its own tools:
  pg_dump --format=custom --file=shop.dump "$SHOP_DATABASE_URL"
  pg_restore --clean --if-exists --single-transaction --dbname="$SHOP_DATABASE_URL" shop.dump
Stop every shop before pg_restore`)

// Backup makes a verified backup while the shop may run: to is a directory or a file, empty = SHOP_BACKUP_DIR.
// In SHOP_BACKUP_DIR only the newest ones are kept.
func Backup(ctx context.Context, cfg Config, to string, now time.Time, log *slog.Logger) (store.Backup, error) {
	if !isSQLite(cfg) {
		return store.Backup{}, errPostgres
	}
	db, err := openExisting(ctx, cfg, log)
	if err != nil {
		return store.Backup{}, err
	}
	b, err := MakeBackup(ctx, cfg, db, to, now)
	return b, errors.Join(err, db.Close())
}

// MakeBackup is Backup of a store that is open.
func MakeBackup(ctx context.Context, cfg Config, db *store.Store, to string, now time.Time) (store.Backup, error) {
	if to == "" {
		to = cfg.BackupDir
	}
	if to == "" {
		return store.Backup{}, errors.New("name a directory or a file, or set SHOP_BACKUP_DIR")
	}
	if to == cfg.BackupDir {
		to = strings.TrimRight(to, "/") + "/"
	}
	b, err := db.Backup(ctx, to, now)
	if err == nil && to == strings.TrimRight(cfg.BackupDir, "/")+"/" && cfg.BackupKeep > 0 {
		err = store.PruneBackups(cfg.BackupDir, cfg.BackupKeep)
	}
	return b, err
}

// Restore puts a backup in the place of the SQLite database. No shop may run on it.
func Restore(ctx context.Context, cfg Config, backup string, now time.Time) (store.Restored, error) {
	if !isSQLite(cfg) {
		return store.Restored{}, errPostgres
	}
	c, err := storeConfig(cfg)
	if err != nil {
		return store.Restored{}, err
	}
	r, err := store.Restore(ctx, cfg.DatabaseURL, backup, c, now)
	if errors.Is(err, store.ErrInUse) {
		err = fmt.Errorf("%w: stop the shop, then restore", err)
	}
	return r, err
}

// Check looks for damage to the end, however long it takes.
func Check(ctx context.Context, cfg Config, log *slog.Logger) error {
	db, err := openExisting(ctx, cfg, log)
	if err != nil {
		return damaged(cfg, err)
	}
	return errors.Join(damaged(cfg, db.Check(ctx, true)), db.Close())
}

func isSQLite(cfg Config) bool { return strings.HasPrefix(cfg.DatabaseURL, "sqlite:") }

// openExisting opens a database that must be there already: a mistyped path makes no new one.
func openExisting(ctx context.Context, cfg Config, log *slog.Logger) (*store.Store, error) {
	if path, ok := strings.CutPrefix(cfg.DatabaseURL, "sqlite:"); ok {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("SHOP_DATABASE_URL: %w", err)
		}
	}
	return openStore(ctx, cfg, log)
}
