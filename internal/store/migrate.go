package store

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

const versionTable = "schema_version"

// SchemaError says that the schema of the database is not the one of this program.
type SchemaError struct{ Have, Want int64 }

func (e *SchemaError) Error() string {
	if e.Have > e.Want {
		return fmt.Sprintf("store: the database has schema version %d, this program knows only %d: start a newer version of the program", e.Have, e.Want)
	}
	return fmt.Sprintf("store: the database has schema version %d, this program needs %d: run `shop migrate`", e.Have, e.Want)
}

// Migrate brings the schema to the version of this program. Several programs may do it at once.
// Each migration is one transaction: what was killed or failed half-way left nothing, and the version before goes on.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.migrate(ctx, migrations); err != nil {
		return err
	}
	return s.checkSchema(ctx)
}

func (s *Store) migrate(ctx context.Context, from fs.FS) error {
	p, err := s.provider(from)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		results, err := p.Up(ctx)
		for _, r := range results {
			s.log.InfoContext(ctx, "store: migrated", "version", r.Source.Version, "took", r.Duration)
		}
		// SQLite has no lock that spans migrations: the program that came second meets tables that exist already.
		if err == nil || try == maxTries || s.name != goose.DialectSQLite3 {
			if err != nil {
				return fmt.Errorf("store: migrate: %w", err)
			}
			return nil
		}
	}
}

// SchemaVersion gives the version of the database's schema (0 when it was never migrated) and the one this program needs.
func (s *Store) SchemaVersion(ctx context.Context) (have, want int64, err error) {
	p, err := s.provider(migrations)
	if err != nil {
		return 0, 0, err
	}
	sources := p.ListSources()
	want = sources[len(sources)-1].Version
	var tables int
	if err := s.read.QueryRowContext(ctx, s.hasTable, versionTable).Scan(&tables); err != nil {
		return 0, want, fmt.Errorf("store: schema version: %w", err)
	}
	if tables == 0 {
		return 0, want, nil
	}
	if err := s.read.QueryRowContext(ctx, "select coalesce(max(version_id), 0) from "+versionTable).Scan(&have); err != nil {
		return 0, want, fmt.Errorf("store: schema version: %w", err)
	}
	return have, want, nil
}

// checkSchema refuses a schema that a newer program made.
func (s *Store) checkSchema(ctx context.Context) error {
	have, want, err := s.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if have > want {
		return &SchemaError{Have: have, Want: want}
	}
	return nil
}

func (s *Store) provider(from fs.FS) (*goose.Provider, error) {
	dir, err := fs.Sub(from, "migrations")
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}
	if s.name == goose.DialectPostgres {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, fmt.Errorf("store: migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(s.name, s.write.DB, translated{dir, s.dialect}, options...)
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	return p, nil
}

// translated shows the migrations in the words of one dialect.
type translated struct {
	fs.FS
	dialect
}

// Open implements fs.FS.
func (t translated) Open(name string) (fs.File, error) {
	f, err := t.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return f, errors.Join(err)
	}
	defer func() { _ = f.Close() }()
	text, err := fs.ReadFile(t.FS, name)
	if err != nil {
		return nil, err
	}
	return translatedFile{bytes.NewReader([]byte(t.words.Replace(string(text)))), info}, nil
}

type translatedFile struct {
	*bytes.Reader
	info fs.FileInfo
}

// Stat implements fs.File. The size is that of the original.
func (f translatedFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close implements fs.File.
func (f translatedFile) Close() error { return nil }
