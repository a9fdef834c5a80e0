// Package store keeps the shop's data in SQLite or PostgreSQL. It is the only place with SQL.
// It knows the nouns (orders, catalog, sbid, money) and nothing of the process, of HTTP or of the bank's calls.
package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
)

// Config says how a store is opened.
type Config struct {
	// Key is 32 bytes: AES-256-GCM for tokens and personal data at rest.
	Key []byte
	// Log receives migrations and clean-ups; nil discards.
	Log *slog.Logger
}

// Store is one open database. Its methods are safe for concurrent use, also by several programs on one database.
type Store struct {
	write, read *sql.DB
}

var errTodo = errors.New("store: not written yet")

// Open connects to a database: `sqlite:PATH` or `postgres://…`. It does not migrate.
// A schema that is newer than this program is an error of type *SchemaError.
func Open(ctx context.Context, url string, cfg Config) (*Store, error) { return nil, errTodo }

// Migrate brings the schema to the version of this program. Several programs may do it at once.
func (s *Store) Migrate(ctx context.Context) error { return errTodo }

// SchemaVersion gives the version of the database's schema (0 when it was never migrated) and the one this program needs.
func (s *Store) SchemaVersion(ctx context.Context) (have, want int64, err error) {
	return 0, 0, errTodo
}

// Close releases the connections.
func (s *Store) Close() error { return errTodo }

// Ping tells whether the database answers and its schema is the one of this program.
func (s *Store) Ping(ctx context.Context) error { return errTodo }
