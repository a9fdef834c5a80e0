package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/trace"

	"creditcart/internal/bankapi"
	"creditcart/internal/sbid"
	"creditcart/internal/store"
	"creditcart/internal/telemetry"
)

// observed is what tells the world outside what this process does.
type observed struct {
	*telemetry.Shop
	stopTraces func(context.Context) error // nil: there are none
}

// observe begins before anything else is opened; no call to anybody is made.
func observe(ctx context.Context, cfg Config, now func() time.Time, log *slog.Logger) (observed, error) {
	var o observed
	var tracer trace.Tracer
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	if cfg.OTLPEndpoint != "" {
		var err error
		if tracer, o.stopTraces, err = telemetry.Traces(ctx, cfg.OTLPEndpoint, version, log); err != nil {
			return o, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
		}
	}
	o.Shop = telemetry.New(version, tracer, now, log)
	return o, nil
}

// sources says where the metrics that are read, not counted, come from.
func (a *App) sources(api *bankapi.Client, provider *sbid.Provider, certs *tls.Config) telemetry.Sources {
	s := telemetry.Sources{Bank: api.Status, Payments: a.Store.OpenPayments,
		Reviews: func(ctx context.Context) (int, error) {
			counts, err := a.Store.AttentionCounts(ctx)
			return counts.Review, err
		},
		Secret: func(ctx context.Context) (time.Time, error) {
			state, err := provider.SecretState(ctx)
			return state.Until, err
		},
		MerchantToken: a.merchantToken,
	}
	if a.courier != nil {
		s.Outbox = func(ctx context.Context) (int, time.Time, error) {
			st, err := a.Store.Outbox(ctx)
			return st.Waiting, st.Oldest, err
		}
	}
	if certs != nil && len(certs.Certificates) > 0 {
		if leaf, err := x509.ParseCertificate(certs.Certificates[0].Certificate[0]); err == nil {
			s.Certificate = leaf.NotAfter
		}
	}
	if a.cfg.BackupDir != "" {
		s.Backup = func(context.Context) (time.Time, error) {
			all, err := store.Backups(a.cfg.BackupDir)
			if err != nil || len(all) == 0 {
				return time.Time{}, err
			}
			return all[0].At, nil
		}
	}
	return s
}

// merchantToken is when the merchant's token was obtained; zero while nobody has connected the shop.
func (a *App) merchantToken(ctx context.Context) (time.Time, error) {
	merchant, err := a.Store.Merchant(ctx)
	if err != nil || merchant.Subject == "" {
		return time.Time{}, err
	}
	grant, err := a.Store.Grant(ctx, merchant.Subject)
	if errors.Is(err, sbid.ErrNoGrant) {
		return time.Time{}, nil
	}
	return grant.ObtainedAt, err
}

// serveMetrics serves them on their own address until the returned function is called.
func (a *App) serveMetrics(ctx context.Context) (stop func(context.Context) error, err error) {
	if a.cfg.MetricsAddr == "" {
		return func(context.Context) error { return nil }, nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("SHOP_METRICS_ADDR: %w", err)
	}
	srv := &http.Server{Handler: a.telemetry.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn)}
	a.log.InfoContext(ctx, "metrics", "address", l.Addr().String())
	go func() { _ = srv.Serve(l) }() // ends by stop
	return srv.Shutdown, nil
}

// stopTelemetry ends the metrics' listener and sends the traces that are left.
func (a *App) stopTelemetry(ctx context.Context, stopMetrics func(context.Context) error) error {
	err := stopMetrics(ctx)
	if a.telemetry.stopTraces != nil {
		err = errors.Join(err, a.telemetry.stopTraces(ctx))
	}
	return err
}
