// Command lockdb holds SQLite's write lock of a database file, as a stuck backup or a curious person would, until its
// standard input ends: lockdb FILE. It says «locked» when it has the lock.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"

	_ "modernc.org/sqlite"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: lockdb FILE")
		os.Exit(64)
	}
	if err := hold(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "lockdb:", err)
		os.Exit(1)
	}
}

func hold(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	fmt.Println("locked")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, tx.Rollback())
}
