package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// DamageError says that a SQLite file is damaged. Nothing may be written to it any more.
type DamageError struct {
	Path     string
	Problems []string // in SQLite's words
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("store: the database %s is damaged: %s", e.Path, strings.Join(e.Problems, "; "))
}

const maxProblems = 10

// Unclean tells whether the programs that had this SQLite file open before did not all end well. It is known only to the
// one that came when nobody else was there. The next one is told the same until a full Check found the file whole.
func (s *Store) Unclean() bool { return s.presence != nil && len(s.presence.left) > 0 }

// Check looks for damage in a SQLite file: the structure of every table, and when full also that indexes hold what their
// tables do and that no row points to nothing. It reads everything, table by table, so that no long read holds the
// write-ahead log, and changes nothing. Damage is *DamageError. PostgreSQL checks its own pages.
func (s *Store) Check(ctx context.Context, full bool) error {
	if s.name != goose.DialectSQLite3 {
		return nil
	}
	if err := checkFile(ctx, s.path, full); err != nil {
		return err
	}
	if !full {
		return nil
	}
	return s.presence.forgive()
}

// checkFile checks a SQLite file by a connection of its own: nobody's queries wait.
func checkFile(ctx context.Context, path string, full bool) error {
	p, err := openSQLite(path, "&_pragma=query_only(1)", 1)
	if err != nil {
		return err
	}
	defer p.Close()
	problems, err := findDamage(ctx, p.DB, full)
	if isDamage(err) {
		problems, err = append(problems, err.Error()), nil
	}
	if err != nil {
		return fmt.Errorf("store: check: %w", err)
	}
	if len(problems) > 0 {
		return &DamageError{Path: path, Problems: problems}
	}
	return nil
}

// findDamage gives the first problems that SQLite finds.
func findDamage(ctx context.Context, db *sql.DB, full bool) ([]string, error) {
	tables, err := collect(ctx, db, scanText, "select name from sqlite_master where type = 'table' order by name")
	if err != nil {
		return nil, err
	}
	pragma := "quick_check"
	if full {
		pragma = "integrity_check"
	}
	var problems []string
	for _, table := range tables {
		found, err := collect(ctx, db, scanText, "pragma "+pragma+"("+quote(table)+")")
		if err != nil {
			return append(problems, "table "+table), err
		}
		for _, f := range found {
			if f != "ok" {
				problems = append(problems, "table "+table+": "+f)
			}
		}
		if full {
			lost, err := collect(ctx, db, scanLost, "pragma foreign_key_check("+quote(table)+")")
			if err != nil {
				return problems, err
			}
			problems = append(problems, lost...)
		}
		if len(problems) > maxProblems {
			return problems[:maxProblems], nil
		}
	}
	return problems, nil
}

func scanText(scan func(...any) error, v *string) error { return scan(v) }

func scanLost(scan func(...any) error, v *string) error {
	var table, parent string
	var row, key sql.NullInt64
	err := scan(&table, &row, &parent, &key)
	*v = fmt.Sprintf("table %s: row %d points to nothing in %s", table, row.Int64, parent)
	return err
}

// quote makes a name of the schema a word of SQL.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// isDamage tells whether SQLite says that the file itself is wrong.
func isDamage(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}
