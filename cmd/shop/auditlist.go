package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"creditcart/internal/app"
)

// auditLine is a row of the audit log as it is printed.
type auditLine struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	Actor   string    `json:"actor"`
	Company string    `json:"company,omitempty"` // a keyed hash: the log holds no INN
	Object  string    `json:"object,omitempty"`
	Detail  string    `json:"detail,omitempty"`
	Ref     string    `json:"ref,omitempty"` // of the request, as in the log of the program
}

// listAudit is `shop audit list`.
func listAudit(ctx context.Context, args []string, log *slog.Logger) error {
	flags := flag.NewFlagSet("audit list", flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	var f app.AuditFilter
	flags.StringVar(&f.Subject, "subject", "", "the bank's id of a person: what he did, and his exports and erasures")
	flags.StringVar(&f.INN, "inn", "", "INN of a company: what happened to it and its orders")
	flags.StringVar(&f.Order, "order", "", "number of an order")
	flags.StringVar(&f.Kind, "kind", "", "kind of the rows: sign-in, consent, merchant.read, …")
	flags.Func("since", "from then on: 2026-11-22, 2026-11-22T15:04:05Z, or 72h back from now", moment(&f.Since))
	flags.Func("until", "before then, in the same forms", moment(&f.Until))
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("audit list: %q is too much", flags.Arg(0))
	}
	return withConfig(func(cfg app.Config) error { return printList(ctx, cfg, f, os.Stdout, log) })
}

// moment reads a day (UTC), a moment, or how long ago it was.
func moment(to *time.Time) func(string) error {
	return func(s string) (err error) {
		if ago, err := time.ParseDuration(s); err == nil && ago > 0 {
			*to = time.Now().UTC().Add(-ago)
			return nil
		}
		for _, layout := range []string{time.DateOnly, time.RFC3339} {
			if *to, err = time.Parse(layout, s); err == nil {
				return nil
			}
		}
		return errors.New("want 2026-11-22, 2026-11-22T15:04:05Z or 72h")
	}
}

func printList(ctx context.Context, cfg app.Config, f app.AuditFilter, to io.Writer, log *slog.Logger) error {
	out := bufio.NewWriter(to)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	err := app.ListAudit(ctx, cfg, f, func(e app.AuditEntry) error {
		return enc.Encode(auditLine{e.At, e.Kind, e.Actor, e.Company, e.Object, e.Detail, e.Ref})
	}, log)
	return errors.Join(err, out.Flush())
}
