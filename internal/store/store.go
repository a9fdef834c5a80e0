// Package store keeps the shop's data in SQLite or PostgreSQL. It is the only place with SQL.
// It knows the nouns (orders, catalog, sbid, money) and nothing of the process, of HTTP or of the bank's calls.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"creditcart/internal/audit"
	"creditcart/internal/outbox"
)

// Config says how a store is opened.
type Config struct {
	// Key is 32 bytes: AES-256-GCM for tokens and personal data at rest, and the root of the audit log's keys.
	Key []byte
	// SealKeys, 32 bytes each, the newest first, seal at rest in place of Key. Key still opens what it sealed; see Reseal.
	SealKeys [][]byte
	// Now is the clock of the audit log; nil = time.Now. Ref gives the reference of the request that ctx belongs to; nil = none.
	Now func() time.Time
	Ref func(context.Context) string
	// OnCommit is told how many transactions shared a commit of SQLite; nil = nobody is.
	OnCommit func(jobs int)
	// Log receives migrations and clean-ups; nil discards.
	Log *slog.Logger
}

func (c Config) keys() [][]byte { return append(slices.Clone(c.SealKeys), c.Key) }

// Store is one open database. Its methods are safe for concurrent use, also by several programs on one database.
type Store struct {
	dialect
	write, read *pool
	group       *group    // nil where the database lets writers share commits itself
	path        string    // of the SQLite file
	presence    *presence // at the SQLite file
	seal        sealer
	log         *slog.Logger
	auditing    *auditLog
	book        *outbox.Book // nil: nothing leaves the shop
}

// Open connects to a database: `sqlite:PATH` or `postgres://…`. It does not migrate.
// A schema that is newer than this program is an error of type *SchemaError.
func Open(ctx context.Context, url string, cfg Config) (*Store, error) {
	seal, err := newSealer(cfg.keys()...)
	if err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	auditing := &auditLog{now: cfg.Now, ref: cfg.Ref}
	if auditing.key, err = audit.NewKey(cfg.Key); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if cfg.Now == nil {
		auditing.now = time.Now
	}
	if cfg.Ref == nil {
		auditing.ref = func(context.Context) string { return "" }
	}
	d, write, read, err := connect(url)
	if err != nil {
		return nil, err
	}
	s := &Store{dialect: d, write: write, read: read, seal: seal, log: cfg.Log, auditing: auditing}
	if d.name == goose.DialectSQLite3 {
		s.group, s.path = &group{onCommit: cfg.OnCommit}, strings.TrimPrefix(url, sqliteScheme)
		if s.presence, err = enter(s.path); err != nil {
			return nil, errors.Join(fmt.Errorf("store: open %s: %w", s.path, err), s.closePools())
		}
	}
	if err := s.checkSchema(ctx); err != nil {
		if isDamage(err) {
			err = &DamageError{Path: s.path, Problems: []string{err.Error()}}
		}
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close releases the connections.
func (s *Store) Close() error {
	err := s.closePools()
	if err == nil && s.presence != nil {
		err = s.presence.leave()
	}
	if err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	return nil
}

func (s *Store) closePools() error {
	err := s.write.Close()
	if s.read != s.write {
		err = errors.Join(s.read.Close(), err)
	}
	return err
}

// Ping tells whether the database answers and its schema is the one of this program.
func (s *Store) Ping(ctx context.Context) error {
	have, want, err := s.SchemaVersion(ctx)
	if err == nil && have != want {
		err = &SchemaError{Have: have, Want: want}
	}
	return err
}

// maxTries is how often a transaction that lost against another one is run before the caller hears of it.
const maxTries = 5

// errConflict says that another writer changed what this transaction had read.
var errConflict = errors.New("changed by another writer")

// tx runs fn in a write transaction. fn runs again when the transaction failed only because of another one; an error of
// fn is returned as it is.
func (s *Store) tx(ctx context.Context, fn func(querier) error) error {
	for try := 1; ; try++ {
		err := s.once(ctx, fn)
		if err == nil || try == maxTries || !errors.Is(err, errConflict) && !s.mayRepeat(err) {
			return err
		}
	}
}

func (s *Store) once(ctx context.Context, fn func(querier) error) error {
	if s.group != nil {
		return s.group.do(ctx, s.write, fn)
	}
	return inTx(ctx, s.write, nil, fn)
}

// snapshot runs fn in a read transaction: all its queries see one moment.
func (s *Store) snapshot(ctx context.Context, fn func(querier) error) error {
	return inTx(ctx, s.read, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, fn)
}

func inTx(ctx context.Context, p *pool, opts *sql.TxOptions, fn func(querier) error) error {
	tx, err := p.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // without effect after a commit; also when fn panics
	t := &txn{Tx: tx, statements: p.statements}
	if err := fn(t); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if len(t.missed) > 0 {
		p.statements.prepare(ctx, p.DB, t.missed...)
	}
	return nil
}

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// collect runs a query and scans each of its rows.
func collect[T any](ctx context.Context, q querier, scan func(func(...any) error, *T) error, query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var v T
		if err := scan(rows.Scan, &v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// affected runs a statement and tells how many rows it changed.
func affected(ctx context.Context, q querier, query string, args ...any) (int64, error) {
	res, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// ms is the stored form of a time: unix milliseconds, 0 for the zero time.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// moment scans the stored form of a time.
type moment struct{ t *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a time is %T, not unix milliseconds", v)
	}
	*m.t = time.Time{}
	if n != 0 {
		*m.t = time.UnixMilli(n).UTC()
	}
	return nil
}

// flag is the stored form of a bool.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
