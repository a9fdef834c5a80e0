package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"creditcart/internal/app"
)

var errPerson = errors.New("person: the command is `shop person export SUBJECT` or `shop person erase [-yes] SUBJECT`")

// person is `shop person export SUBJECT` and `shop person erase [-yes] SUBJECT`.
func person(ctx context.Context, cfg app.Config, args []string, log *slog.Logger) error {
	if len(args) == 0 || args[0] != "export" && args[0] != "erase" {
		return errPerson
	}
	flags := flag.NewFlagSet("person "+args[0], flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	yes := flags.Bool("yes", false, "erase without asking")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() != 1 || *yes && args[0] == "export" {
		return errPerson
	}
	subject := flags.Arg(0)
	if args[0] == "export" {
		return exportPerson(ctx, cfg, subject, os.Stdout, log)
	}
	if !*yes && !confirmed(os.Stdin, os.Stderr, "Erase what the shop keeps about "+subject+"? It cannot be undone. Type yes: ") {
		return errors.New("person erase: nothing was changed")
	}
	return erasePerson(ctx, cfg, subject, os.Stdout, log)
}

func confirmed(in io.Reader, out io.Writer, question string) bool {
	fmt.Fprint(out, question)
	var word string
	_, err := fmt.Fscanln(in, &word)
	return err == nil && word == "yes"
}

func exportPerson(ctx context.Context, cfg app.Config, subject string, out io.Writer, log *slog.Logger) error {
	p, err := app.ExportPerson(ctx, cfg, subject, log)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(p)
}

// erasePerson ends with an error while something of the person is still there: then the command has to be repeated.
func erasePerson(ctx context.Context, cfg app.Config, subject string, out io.Writer, log *slog.Logger) error {
	done, err := app.ErasePerson(ctx, cfg, subject, time.Now().UTC(), log)
	if err != nil {
		return err
	}
	account := "no account"
	if done.Account {
		account = "the account erased"
	}
	fmt.Fprintf(out, "%s, %d sessions ended, people of %d orders erased; the orders and their sums stay\n", account, done.Sessions, done.Orders)
	if done.TokensStay {
		fmt.Fprintln(out, "the tokens stay while an open document needs them; the shop revokes them afterwards")
	}
	if done.Open == 0 {
		return nil
	}
	return fmt.Errorf("person erase: %d orders are still open and keep their people (%s): repeat the command when they have ended",
		done.Open, strings.Join(done.OpenFirst, " "))
}
