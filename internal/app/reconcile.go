package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"creditcart/internal/checkout"
)

// besideTheShop is which part of BANK_API_RATE a command takes, so that buyers do not notice it.
const besideTheShop = 4

// CompareMoney compares the orders of a period with the statement of the merchant's account and with the documents at the
// bank, also while the shop runs. since and to are days like 2026-11-22, both included; empty = as many days as money may
// be on its way. It changes no order; the merchant's tokens are refreshed when they are due, as the shop does it.
func CompareMoney(ctx context.Context, cfg Config, since, to string, now func() time.Time, log *slog.Logger) (*checkout.MoneyReport, error) {
	if err := cfg.Check(); err != nil {
		return nil, fmt.Errorf("settings are missing or wrong:\n%w", err)
	}
	// What the running shop does for all: its metrics have one place, its traces one source.
	cfg.MetricsAddr, cfg.OTLPEndpoint = "", ""
	cfg.APIRate /= besideTheShop
	tell, err := observe(ctx, cfg, now, log)
	if err != nil {
		return nil, err
	}
	db, err := openCurrentAt(ctx, cfg, now, nil, log)
	if err != nil {
		return nil, err
	}
	a := &App{Store: db, cfg: cfg, telemetry: tell, log: log, now: now}
	r, err := a.compareMoney(ctx, since, to)
	return r, errors.Join(err, db.Close())
}

func (a *App) compareMoney(ctx context.Context, since, to string) (*checkout.MoneyReport, error) {
	if _, _, err := a.wireCheckout(); err != nil {
		return nil, err
	}
	if err := a.adoptSecret(ctx); err != nil {
		return nil, err
	}
	first, last := a.Checkout.DefaultPeriod()
	if to != "" {
		last = to
	}
	if since != "" {
		first = since
	}
	return a.Checkout.CompareMoney(ctx, first, last)
}
