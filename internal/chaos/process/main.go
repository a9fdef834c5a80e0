// Command process is the shop as the harness runs it: the production program with the harness's clock. It dies when its
// standard input ends, so that a killed harness leaves nothing behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"creditcart/internal/app"
	"creditcart/internal/chaos"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	clock, err := chaos.ParseClock(os.Getenv("CHAOS_CLOCK"))
	if err != nil {
		return err
	}
	cfg, err := app.ConfigFromEnv()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if os.Getenv("CHAOS_MIGRATE") != "" { // by the program under test: a planted bug may be in the schema
		return app.Migrate(ctx, cfg, slog.New(slog.DiscardHandler))
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	a, err := app.New(ctx, cfg, clock.Now, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	fmt.Println("serving")
	return errors.Join(a.Run(ctx, l), a.Close())
}
