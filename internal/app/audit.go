package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"creditcart/internal/audit"
	"creditcart/internal/store"
)

// sealEvery is how soon a row of the audit log gets its place in the chain.
const sealEvery = time.Second

// sealAudit gives rows of the audit log their places until ctx ends. The head goes to the log of the program once an hour and
// when it stops: kept there, it proves later that the audit log was not cut.
func (a *App) sealAudit(ctx context.Context) {
	ticker := time.NewTicker(sealEvery)
	defer ticker.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			a.sealOnce(ctx)
			if n%int(time.Hour/sealEvery) == 0 {
				a.tellHead(ctx)
			}
		}
	}
}

func (a *App) sealOnce(ctx context.Context) {
	if _, err := a.Store.SealAudit(ctx); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "the audit log is not sealed", "error", err)
	}
}

func (a *App) tellHead(ctx context.Context) {
	head, err := a.Store.AuditHead(ctx)
	if err != nil {
		a.log.ErrorContext(ctx, "audit head", "error", err)
		return
	}
	a.log.InfoContext(ctx, "audit head", "head", head.String())
}

// What ListAudit takes and gives.
type (
	AuditFilter = store.AuditFilter
	AuditEntry  = audit.Entry
)

// ListAudit gives the rows of the audit log that a filter leaves, oldest first.
func ListAudit(ctx context.Context, cfg Config, f AuditFilter, take func(AuditEntry) error, log *slog.Logger) error {
	db, err := openCurrent(ctx, cfg, log)
	if err != nil {
		return err
	}
	return errors.Join(db.ListAudit(ctx, f, take), db.Close())
}

// VerifyAudit checks the audit log of a database. noted is a head that was kept elsewhere, such as 42:0123…, or empty.
func VerifyAudit(ctx context.Context, cfg Config, noted string, log *slog.Logger) (report audit.Report, err error) {
	var head audit.Head
	if noted != "" {
		if head, err = audit.ParseHead(noted); err != nil {
			return report, err
		}
	}
	db, err := openCurrent(ctx, cfg, log)
	if err != nil {
		return report, err
	}
	report, err = db.VerifyAudit(ctx, head)
	return report, errors.Join(err, db.Close())
}
