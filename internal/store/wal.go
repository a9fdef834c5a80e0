package store

import (
	"context"
	"fmt"
	"os"

	"github.com/pressly/goose/v3"
)

// TendLog looks at SQLite's write-ahead log: above limit bytes it is folded into the file and cut to nothing. Who reads
// for long keeps it from being cut; then the shop goes on and the next call tries again. The size afterwards is
// returned; 0 on PostgreSQL.
func (s *Store) TendLog(ctx context.Context, limit int64) (int64, error) {
	if s.name != goose.DialectSQLite3 {
		return 0, nil
	}
	size := s.logSize()
	if size <= limit {
		return size, nil
	}
	// A connection of its own with little patience: writers must not wait for a reader that this waits for.
	p, err := openSQLite(s.path, "", 1)
	if err != nil {
		return size, err
	}
	defer p.Close()
	if _, err := p.DB.ExecContext(ctx, "pragma busy_timeout = 200"); err != nil {
		return size, fmt.Errorf("store: checkpoint: %w", err)
	}
	var busy, pages, moved int
	if err := p.DB.QueryRowContext(ctx, "pragma wal_checkpoint(truncate)").Scan(&busy, &pages, &moved); err != nil {
		return size, fmt.Errorf("store: checkpoint: %w", err)
	}
	return s.logSize(), nil
}

// logSize is 0 when there is no log.
func (s *Store) logSize() int64 {
	info, err := os.Stat(s.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}
