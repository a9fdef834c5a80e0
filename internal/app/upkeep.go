package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"creditcart/internal/store"
)

// checkWithin is how long a start waits for the look for damage. A database that takes longer is served meanwhile, and
// the shop stops when damage is found later.
const checkWithin = 500 * time.Millisecond

// The write-ahead log of SQLite, in bytes.
const (
	walTend  = 16 << 20 // above, it is folded into the file and cut
	walAlarm = 64 << 20 // above, somebody should look: folding does not work
)

// tendEvery is how often the log's size and the age of the newest backup are looked at.
const tendEvery = 10 * time.Second

// upkeep looks after the database of a running shop: damage, the write-ahead log, backups.
type upkeep struct {
	store  *store.Store
	cfg    Config
	now    func() time.Time
	log    *slog.Logger
	damage chan error // gets what a check found after the start
	cancel context.CancelFunc
	ended  chan struct{} // closed when no check is under way
	retry  time.Time     // no backup before; only the loop touches it
}

// newUpkeep looks for damage, quickly after a clean stop and fully after an unclean one. Damage is an error that says
// what to do.
func newUpkeep(ctx context.Context, cfg Config, db *store.Store, now func() time.Time, log *slog.Logger) (*upkeep, error) {
	check, cancel := context.WithCancel(context.WithoutCancel(ctx))
	u := &upkeep{store: db, cfg: cfg, now: now, log: log, damage: make(chan error, 1), cancel: cancel, ended: make(chan struct{})}
	full := db.Unclean()
	if full {
		log.WarnContext(ctx, "the program before did not end well: checking the database fully")
	}
	began := time.Now()
	go func() {
		defer close(u.ended)
		err := db.Check(check, full)
		took := time.Since(began).Round(time.Millisecond).String()
		switch {
		case check.Err() != nil:
		case err == nil:
			log.InfoContext(check, "the database is whole", "full", full, "took", took)
		default:
			log.ErrorContext(check, "the check of the database", "error", err, "took", took)
			if _, ok := errors.AsType[*store.DamageError](err); ok {
				u.damage <- damaged(cfg, err)
			}
		}
	}()
	wait := time.NewTimer(checkWithin)
	defer wait.Stop()
	select {
	case <-u.ended:
	case <-wait.C:
	}
	select {
	case err := <-u.damage:
		cancel()
		return nil, err
	default:
		return u, nil
	}
}

// endCheck ends a check that is still under way.
func (u *upkeep) endCheck() {
	u.cancel()
	<-u.ended
}

// damaged adds to an error of damage what to do now.
func damaged(cfg Config, err error) error {
	if _, ok := errors.AsType[*store.DamageError](err); !ok {
		return err
	}
	what := "name a backup: shop restore FILE (SHOP_BACKUP_DIR has none)"
	if all, _ := store.Backups(cfg.BackupDir); cfg.BackupDir != "" && len(all) > 0 {
		what = fmt.Sprintf("the last verified backup is of %s: shop restore %s", all[0].At.Format(time.RFC3339), all[0].Path)
	}
	return fmt.Errorf("%w\nThe shop does not run on a damaged database. Keep its files, look at the disk, then %s", err, what)
}

// run tends the database until ctx ends.
func (u *upkeep) run(ctx context.Context) {
	ticker := time.NewTicker(tendEvery)
	defer ticker.Stop()
	for {
		u.tendLog(ctx)
		u.backUp(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (u *upkeep) tendLog(ctx context.Context) {
	size, err := u.store.TendLog(ctx, walTend)
	if err != nil && ctx.Err() == nil {
		u.log.WarnContext(ctx, "the write-ahead log was not folded", "error", err, "bytes", size)
	}
	if size > walAlarm {
		u.log.ErrorContext(ctx, "the write-ahead log grows and is not folded: is a long read or another program holding it?", "bytes", size)
	}
}

// backUp makes a backup when the newest one in the directory is old enough: several shops on one file make one together.
func (u *upkeep) backUp(ctx context.Context) {
	now := u.now().UTC()
	if u.cfg.BackupDir == "" || now.Before(u.retry) {
		return
	}
	all, err := store.Backups(u.cfg.BackupDir)
	if err == nil && len(all) > 0 && now.Sub(all[0].At) < u.cfg.BackupEvery {
		return
	}
	began := time.Now()
	b, err := MakeBackup(ctx, u.cfg, u.store, "", now)
	if err != nil {
		if ctx.Err() == nil {
			u.retry = now.Add(min(u.cfg.BackupEvery, 5*time.Minute))
			u.log.ErrorContext(ctx, "no backup was made", "error", err)
		}
		return
	}
	u.log.InfoContext(ctx, "backup made and verified", "file", b.Path, "bytes", b.Size, "orders", b.Orders, "took", time.Since(began).Round(time.Millisecond).String())
}
