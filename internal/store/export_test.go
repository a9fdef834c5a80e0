package store

import (
	"context"
	"io/fs"
)

// MigrateFrom runs other migrations, which stand in the folder migrations of from.
func (s *Store) MigrateFrom(ctx context.Context, from fs.FS) error { return s.migrate(ctx, from) }

// Exec runs any statement.
func (s *Store) Exec(ctx context.Context, query string, args ...any) error {
	_, err := s.write.ExecContext(ctx, query, args...)
	return err
}

// Count gives the first number of a query.
func (s *Store) Count(ctx context.Context, query string, args ...any) (n int64, err error) {
	err = s.read.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// HasTable tells whether a table is there.
func (s *Store) HasTable(ctx context.Context, name string) (bool, error) {
	n, err := s.Count(ctx, s.hasTable, name)
	return n > 0, err
}

// Tamper changes the database behind the store's back and tells how many rows.
func (s *Store) Tamper(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(ctx, s.write, query, args...)
}

// SealedColumns are the tables and columns that Reseal knows.
func SealedColumns() (all [][2]string) {
	for _, c := range sealedColumns {
		all = append(all, [2]string{c.table, c.column})
	}
	return all
}

// SealID is the first byte of what the store seals.
func (s *Store) SealID() []byte { return []byte{s.seal[0].id} }
