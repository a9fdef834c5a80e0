package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is everything in which the two databases differ. Queries are the same text for both but for forUpdate and
// skipLocked, which are empty where a write transaction has the database for itself.
type dialect struct {
	name       goose.Dialect
	forUpdate  string
	skipLocked string
	hasTable   string            // a query: is there a table of this name?
	tables     string            // a query: the names of all tables
	references string            // a query: which table (first) points to which (second)
	words      *strings.Replacer // of the migrations
	violates   func(err error, index, columns string) bool
	mayRepeat  func(err error) bool // the transaction failed only because of another one
}

var sqliteDialect = dialect{
	name:       goose.DialectSQLite3,
	hasTable:   "select count(*) from sqlite_master where type = 'table' and name = $1",
	tables:     "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name",
	references: `select m.name, f."table" from sqlite_master m, pragma_foreign_key_list(m.name) f where m.type = 'table'`,
	words: strings.NewReplacer("{int}", "integer", "{key}", "text", "{blob}", "blob",
		"{strict}", "strict", "{keyed}", "strict, without rowid"),
	violates: func(err error, _, columns string) bool {
		var e *sqlite.Error
		return errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE &&
			strings.Contains(e.Error(), "UNIQUE constraint failed: "+columns+" (")
	},
	mayRepeat: func(error) bool { return false }, // busy_timeout has waited already
}

var postgresDialect = dialect{
	name:       goose.DialectPostgres,
	forUpdate:  " for update",
	skipLocked: " for update skip locked",
	hasTable:   "select count(*) from pg_tables where schemaname = current_schema() and tablename = $1",
	tables:     `select tablename::text from pg_tables where schemaname = current_schema() order by tablename collate "C"`,
	references: `select a.relname::text, b.relname::text from pg_constraint c join pg_class a on a.oid = c.conrelid
		join pg_class b on b.oid = c.confrelid where c.contype = 'f' and a.relnamespace = current_schema()::regnamespace`,
	words: strings.NewReplacer("{int}", "bigint", "{key}", `text collate "C"`, "{blob}", "bytea",
		"{strict}", "", "{keyed}", ""),
	violates: func(err error, index, _ string) bool {
		var e *pgconn.PgError
		return errors.As(err, &e) && e.Code == "23505" && e.ConstraintName == index
	},
	mayRepeat: func(err error) bool {
		var e *pgconn.PgError
		return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01") // serialization failure, deadlock
	},
}

const sqliteScheme = "sqlite:"

// writerMemory is for the connection that writes: 16 MB hold the pages of a commit of 64 orders in a large shop. With the
// default 2 MB they were written to the log and read back while it ran. It does not change when anything is synced.
const writerMemory = "&_pragma=cache_size(-16000)"

// connect opens the pools of a database URL. SQLite has one connection that writes and a few that read: with
// write-ahead logging they do not wait for each other, and writers queue here instead of at the file's lock.
func connect(address string) (d dialect, write, read *pool, err error) {
	path, ok := strings.CutPrefix(address, sqliteScheme)
	if !ok {
		if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
			return d, nil, nil, errors.New("store: the database URL must be sqlite:PATH or postgres://…")
		}
		db, err := sql.Open("pgx", address)
		if err != nil {
			return d, nil, nil, errors.New("store: the postgres:// URL cannot be read") // the error would show the password
		}
		db.SetMaxOpenConns(16)
		db.SetMaxIdleConns(8)
		both := &pool{DB: db} // pgx keeps prepared statements itself
		return postgresDialect, both, both, nil
	}
	if path == "" || strings.Contains(path, ":memory:") {
		return d, nil, nil, errors.New("store: sqlite: needs the path of a file")
	}
	// Created here, so that nobody but the owner may read it. A file that exists must not be opened and closed here:
	// that would drop the locks of another Store of this process.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		f.Close()
	} else if !errors.Is(err, os.ErrExist) {
		return d, nil, nil, fmt.Errorf("store: %w", err)
	}
	if write, err = openSQLite(path, "&_txlock=immediate"+writerMemory, 1); err != nil {
		return d, nil, nil, err
	}
	if read, err = openSQLite(path, "&_pragma=query_only(1)", 4); err != nil {
		write.Close()
		return d, nil, nil, err
	}
	return sqliteDialect, write, read, nil
}

func openSQLite(path, options string, conns int) (*pool, error) {
	return openSQLitePlain(path, "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"+options, conns)
}

// openSQLitePlain leaves the journal of the file as it is.
func openSQLitePlain(path, options string, conns int) (*pool, error) {
	name := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=busy_timeout(5000)" + options
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return &pool{DB: db, statements: &statements{kept: map[string]*sql.Stmt{}}}, nil
}
