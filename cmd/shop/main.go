// Command shop is the production program: the storefront and the checkout of one merchant.
// There is no bank emulator inside; cmd/demo has one.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"creditcart/internal/app"
)

const usage = `Usage:
  shop serve              run the shop
  shop migrate            bring the database's schema up to this program
  shop import FEED.xml    replace the catalogue by a YML feed; changes nothing when the feed has an error
  shop backup [DIR|FILE]  copy the SQLite database while it is in use and verify the copy; without a name into SHOP_BACKUP_DIR
  shop restore FILE       put a backup in the place of the SQLite database; no shop may run on it, the old file is kept aside
  shop copy FROM TO       copy a whole database, sqlite:PATH or postgres://…, into an empty one and compare every row; stop the shops first
  shop reseal             seal tokens and personal data anew with the newest of SHOP_SEAL_KEYS, beside a running shop
  shop check              look for damage in the SQLite database, to the end
  shop audit list         print the audit log as JSON lines; -subject, -inn, -order, -kind, -since, -until narrow it
  shop person export SUBJECT
                          write what the shop keeps about a person as JSON; SUBJECT is the bank's id of the person, see shop audit list
  shop person erase SUBJECT
                          erase a person from the account and from finished orders, end the sessions; asks first, -yes does not
  shop reconcile [-since DATE] [-to DATE] [-json]
                          compare the orders with the statement of the account and with the documents at the bank, beside the running shop; changes no order.
                          Ends with 0: all agree, 1: there are differences, 2: not everything could be compared
  shop audit verify       check that the audit log is whole; -head HEAD compares it with a head kept elsewhere

Settings come from the environment:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := run(ctx, os.Args[1:], log); err != nil {
		fmt.Fprintln(os.Stderr, "shop: "+err.Error())
		stop()
		os.Exit(statusOf(err))
	}
}

func run(ctx context.Context, args []string, log *slog.Logger) error {
	if len(args) == 0 || wantsHelp(args) {
		fmt.Fprint(os.Stdout, usage)
		app.WriteSettings(os.Stdout)
		return nil
	}
	switch args[0] {
	case "serve":
		return serve(ctx, log)
	case "migrate":
		return withConfig(func(cfg app.Config) error { return app.Migrate(ctx, cfg, log) })
	case "audit":
		return auditCommand(ctx, args[1:], log)
	case "reconcile":
		return reconcile(ctx, args[1:], os.Stdout)
	case "import":
		if len(args) != 2 {
			return errors.New("import: name one feed file")
		}
		return withConfig(func(cfg app.Config) error { return importFeed(ctx, cfg, args[1], log) })
	}
	if data := dataCommand(args[0]); data != nil {
		return withConfig(func(cfg app.Config) error { return data(ctx, cfg, args[1:], log) })
	}
	return fmt.Errorf("unknown command %q; try shop -h", args[0])
}

func wantsHelp(args []string) bool {
	for _, a := range args {
		if a == "-h" || a == "-help" || a == "--help" || a == "help" {
			return true
		}
	}
	return false
}

// withConfig runs what needs a database but not the bank: only the settings of the shop itself have to be right.
func withConfig(fn func(app.Config) error) error {
	cfg, err := app.DatabaseConfigFromEnv()
	if err != nil {
		return err
	}
	return fn(cfg)
}

func serve(ctx context.Context, log *slog.Logger) error {
	cfg, err := app.ConfigFromEnv()
	if err != nil {
		return fmt.Errorf("cannot start, settings are missing or wrong:\n%w", err)
	}
	a, err := app.New(ctx, cfg, time.Now, log)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return errors.Join(fmt.Errorf("SHOP_ADDR: %w", err), a.Close())
	}
	log.Info("serving", "address", l.Addr().String(), "base_url", cfg.BaseURL)
	return errors.Join(a.Run(ctx, l), a.Close())
}

// refusedFeed is an error that can tell the people of the shop everything that is wrong in their feed.
type refusedFeed interface {
	error
	Report() string
}

func importFeed(ctx context.Context, cfg app.Config, path string, log *slog.Logger) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	feed, err := app.Import(ctx, cfg, f, log)
	if refused, ok := errors.AsType[refusedFeed](err); ok {
		return fmt.Errorf("%s: ничего не изменено, %s", path, refused.Report())
	}
	if err != nil {
		return fmt.Errorf("%s: nothing was changed:\n%w", path, err)
	}
	fmt.Printf("%d products in %d categories imported\n", len(feed.Products), len(feed.Categories))
	return nil
}
