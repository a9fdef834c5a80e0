package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"

	"creditcart/internal/app"
)

// auditCommand is `shop audit verify …` and `shop audit list …`.
func auditCommand(ctx context.Context, args []string, log *slog.Logger) error {
	if len(args) > 0 && args[0] == "list" {
		return listAudit(ctx, args[1:], log)
	}
	return verifyAudit(ctx, args, log)
}

// verifyAudit is `shop audit verify [-head HEAD]`: it prints the head to keep, or everything that is wrong.
func verifyAudit(ctx context.Context, args []string, log *slog.Logger) error {
	if len(args) == 0 || args[0] != "verify" {
		return errors.New("audit: the command is `shop audit verify [-head HEAD]` or `shop audit list [-subject …] [-inn …] [-order …] [-kind …] [-since …] [-until …]`")
	}
	flags := flag.NewFlagSet("audit verify", flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	head := flags.String("head", "", "a head that was kept elsewhere: the log must go on from it")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("audit verify: %q is too much", flags.Arg(0))
	}
	return withConfig(func(cfg app.Config) error { return printAudit(ctx, cfg, *head, os.Stdout, log) })
}

func printAudit(ctx context.Context, cfg app.Config, head string, out io.Writer, log *slog.Logger) error {
	r, err := app.VerifyAudit(ctx, cfg, head, log)
	if err != nil {
		return err
	}
	for _, p := range r.Problems {
		fmt.Fprintln(out, p)
	}
	if r.More > 0 {
		fmt.Fprintf(out, "and %d problems more\n", r.More)
	}
	if len(r.Problems) > 0 {
		return errors.New("the audit log was tampered with")
	}
	fmt.Fprintf(out, "%d rows are whole and in order, %d wait for their place\nhead %s\n", r.Head.Seq, r.Waiting, r.Head)
	return nil
}
