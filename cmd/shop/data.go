package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"creditcart/internal/app"
)

// dataCommand finds a command that looks after the database.
func dataCommand(name string) func(ctx context.Context, cfg app.Config, args []string, log *slog.Logger) error {
	switch name {
	case "backup":
		return backup
	case "restore":
		return restore
	case "check":
		return check
	case "copy":
		return copyAll
	case "person":
		return person
	case "reseal":
		return reseal
	}
	return nil
}

func backup(ctx context.Context, cfg app.Config, args []string, log *slog.Logger) error {
	if len(args) > 1 {
		return errors.New("backup: name one directory or file")
	}
	to := ""
	if len(args) == 1 {
		to = args[0]
	}
	b, err := app.Backup(ctx, cfg, to, time.Now(), log)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	fmt.Printf("%s: verified, %d orders, %d payments, %d bytes\n", b.Path, b.Orders, b.Payments, b.Size)
	return nil
}

func restore(ctx context.Context, cfg app.Config, args []string, _ *slog.Logger) error {
	if len(args) != 1 {
		return errors.New("restore: name one backup")
	}
	r, err := app.Restore(ctx, cfg, args[0], time.Now())
	if err != nil {
		return fmt.Errorf("restore: nothing was changed: %w", err)
	}
	fmt.Printf("restored: %d orders, %d payments\n", r.Orders, r.Payments)
	if r.Aside != "" {
		fmt.Printf("the database before is kept as %s\n", r.Aside)
	}
	return nil
}

func reseal(ctx context.Context, cfg app.Config, args []string, log *slog.Logger) error {
	if len(args) != 0 {
		return errors.New("reseal: no arguments")
	}
	done, err := app.Reseal(ctx, cfg, log)
	if err != nil {
		return fmt.Errorf("reseal: %d values are done, run it again: %w", done, err)
	}
	fmt.Printf("%d values were sealed anew; all are of the newest key\n", done)
	return nil
}

func check(ctx context.Context, cfg app.Config, args []string, log *slog.Logger) error {
	if len(args) != 0 {
		return errors.New("check: no arguments")
	}
	if err := app.Check(ctx, cfg, log); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	fmt.Println("the database is whole")
	return nil
}

func copyAll(ctx context.Context, cfg app.Config, args []string, log *slog.Logger) error {
	if len(args) != 2 {
		return errors.New("copy: name two databases, sqlite:PATH or postgres://…: from where and to where")
	}
	done, err := app.Copy(ctx, cfg, args[0], args[1], log)
	if err != nil {
		return fmt.Errorf("copy: the target is as it was: %w", err)
	}
	var rows int64
	for _, c := range done {
		rows += c.Rows
		fmt.Printf("%-22s %10d rows  %s\n", c.Table, c.Rows, c.Hash)
	}
	fmt.Printf("%d rows in %d tables copied, read back and found the same\n", rows, len(done))
	return nil
}
