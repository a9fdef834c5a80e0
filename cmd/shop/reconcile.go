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
	"time"

	"creditcart/internal/app"
)

// How `shop reconcile` ends, as diff(1) does.
const (
	exitDiffers = 1
	exitTrouble = 2
)

// statusError is an error with an exit status of its own.
type statusError struct {
	status int
	error
}

func (e statusError) Unwrap() error { return e.error }

// statusOf is what the program ends with.
func statusOf(err error) int {
	if e, ok := errors.AsType[statusError](err); ok {
		return e.status
	}
	return 1
}

// reconcile is `shop reconcile [-since DATE] [-to DATE] [-json]`.
func reconcile(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("reconcile", flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	since := flags.String("since", "", "first day, like 2026-11-22, Moscow; empty = 15 days before the last")
	to := flags.String("to", "", "last day; empty = the last that the bank tells about")
	asJSON := flags.Bool("json", false, "print the report as JSON")
	if err := flags.Parse(args); err != nil {
		return statusError{exitTrouble, err}
	}
	if flags.NArg() > 0 {
		return statusError{exitTrouble, fmt.Errorf("reconcile: %q is too much", flags.Arg(0))}
	}
	cfg, err := app.ConfigFromEnv()
	if err != nil {
		return statusError{exitTrouble, fmt.Errorf("reconcile: settings are missing or wrong:\n%w", err)}
	}
	// The report is for a person: every call to the bank in between is not.
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	r, err := app.CompareMoney(ctx, cfg, *since, *to, time.Now, log)
	if err != nil {
		return statusError{exitTrouble, fmt.Errorf("reconcile: %w", err)}
	}
	if *asJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		err = enc.Encode(r)
	} else {
		err = r.Write(out)
	}
	if err != nil {
		return statusError{exitTrouble, fmt.Errorf("reconcile: %w", err)}
	}
	return verdict(r)
}

// verdict is how the command ends for a report: differences first, for they are what somebody has to look at.
func verdict(r interface {
	Agrees() bool
	Whole() bool
}) error {
	switch {
	case !r.Agrees():
		return statusError{exitDiffers, errors.New("reconcile: there are differences")}
	case !r.Whole():
		return statusError{exitTrouble, errors.New("reconcile: not everything could be compared")}
	}
	return nil
}
