package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// Copied is one table that was copied: the rows that were read and, after the copy, read back are the same.
type Copied struct {
	Table string
	Rows  int64
	Hash  string // of all rows, whatever their order, 64 hex digits
}

// ErrNotEmpty says that a copy would mix two databases.
var ErrNotEmpty = errors.New("the target is not empty")

// Copy brings everything of one database into an empty one, which is migrated first: from SQLite to PostgreSQL or back. What is read is one moment of the source. All is one transaction of the target, which ends only after
// every row was read back and compared: a copy that failed or was killed leaves the target empty. A SQLite file that
// another program has open is ErrInUse; of a PostgreSQL the shops have to be stopped by whoever calls this, or orders
// that come meanwhile stay behind. Sealed values are copied as they are: the target works with the same key only.
func Copy(ctx context.Context, from, to *Store) ([]Copied, error) {
	if err := errors.Join(from.alone(), to.alone()); err != nil {
		return nil, fmt.Errorf("store: copy: %w", err)
	}
	if err := from.Ping(ctx); err != nil {
		return nil, err
	}
	if err := to.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := sameKey(ctx, from.read, from.seal, sealedColumns); err != nil {
		return nil, fmt.Errorf("store: copy: %w", err)
	}
	seeds, err := seeded(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: copy: %w", err)
	}
	params := maxParams
	if to.name == goose.DialectPostgres {
		params = 8000 // each statement is a round trip
	}
	var done []Copied
	err = from.snapshot(ctx, func(src querier) error {
		return inTx(ctx, to.write, nil, func(dst querier) (err error) {
			done, err = copyAll(ctx, from, src, dst, params, seeds)
			return err
		})
	})
	if err == nil && to.name == goose.DialectPostgres {
		_, err = to.write.ExecContext(ctx, "analyze") // or its first plans are guesses
	}
	if err != nil {
		return nil, fmt.Errorf("store: copy: %w", err)
	}
	return done, nil
}

// alone makes sure that no other program has the SQLite file open, and none opens it while this Store is.
func (s *Store) alone() error {
	if s.presence == nil {
		return nil
	}
	free, err := flock(s.presence.file, true)
	if err == nil && !free {
		err = fmt.Errorf("%s: %w", s.path, ErrInUse)
	}
	return err
}

func copyAll(ctx context.Context, from *Store, src, dst querier, params int, seeds map[string]rowSum) ([]Copied, error) {
	tables, err := from.tablesInOrder(ctx, src)
	if err != nil {
		return nil, err
	}
	for _, table := range tables {
		if err := emptied(ctx, dst, table, seeds[table]); err != nil {
			return nil, err
		}
	}
	var done []Copied
	for _, table := range tables {
		c, err := copyTable(ctx, src, dst, params, table)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", table, err)
		}
		done = append(done, c)
	}
	return done, nil
}

// seeded tells what a new database holds: a few rows that migrations put there.
func seeded(ctx context.Context) (map[string]rowSum, error) {
	dir, err := os.MkdirTemp("", "shop-copy-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := Open(ctx, sqliteScheme+filepath.Join(dir, "new.db"), Config{Key: make([]byte, 32)})
	if err != nil {
		return nil, err
	}
	defer s.Close() //nolint:errcheck // a file that goes away with its directory
	if err := s.Migrate(ctx); err != nil {
		return nil, err
	}
	tables, err := s.tablesInOrder(ctx, s.read)
	seeds := map[string]rowSum{}
	for _, table := range tables {
		if seeds[table], err = eachRow(ctx, s.read, "select * from "+quote(table), nothing); err != nil {
			return nil, err
		}
	}
	return seeds, err
}

func nothing([]string, []any) error { return nil }

// emptied empties a table that holds what it holds in a new database; any other one is ErrNotEmpty.
func emptied(ctx context.Context, q querier, table string, seed rowSum) error {
	found, err := eachRow(ctx, q, "select * from "+quote(table)+" limit "+strconv.FormatInt(seed.rows+1, 10), nothing)
	if err != nil {
		return err
	}
	if found != seed {
		return fmt.Errorf("%w: table %s has rows", ErrNotEmpty, table)
	}
	if seed.rows == 0 {
		return nil
	}
	_, err = q.ExecContext(ctx, "delete from "+quote(table))
	return err
}

// tablesInOrder lists the tables so that each comes after those it points to.
func (s *Store) tablesInOrder(ctx context.Context, q querier) ([]string, error) {
	tables, err := collect(ctx, q, scanText, s.tables)
	if err != nil {
		return nil, err
	}
	pairs, err := collect(ctx, q, func(scan func(...any) error, p *[2]string) error { return scan(&p[0], &p[1]) }, s.references)
	if err != nil {
		return nil, err
	}
	tables = slices.DeleteFunc(tables, func(t string) bool { return t == versionTable })
	var ordered []string
	for len(tables) > 0 {
		ready := func(t string) bool {
			return !slices.ContainsFunc(pairs, func(p [2]string) bool { return p[0] == t && p[1] != t && slices.Contains(tables, p[1]) })
		}
		next := slices.IndexFunc(tables, ready)
		if next < 0 {
			return nil, fmt.Errorf("the tables %s point to each other in a circle", strings.Join(tables, ", "))
		}
		ordered = append(ordered, tables[next])
		tables = slices.Delete(tables, next, next+1)
	}
	return ordered, nil
}

// copyBatch is how many rows are held in memory.
const copyBatch = 400

func copyTable(ctx context.Context, src, dst querier, params int, table string) (Copied, error) {
	var columns []string
	var batch [][]any
	flush := func() error {
		err := insertRowsBy(ctx, dst, params, "insert into "+quote(table)+" ("+quoted(columns)+") values ", batch)
		batch = batch[:0]
		return err
	}
	read, err := eachRow(ctx, src, "select * from "+quote(table), func(names []string, row []any) error {
		columns = names
		if batch = append(batch, row); len(batch) == copyBatch {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err != nil || read.rows == 0 {
		return Copied{Table: table, Hash: read.String()}, err
	}
	written, err := eachRow(ctx, dst, "select "+quoted(columns)+" from "+quote(table), nothing)
	if err == nil && written != read {
		err = fmt.Errorf("read %d rows, hash %s; the copy has %d, hash %s", read.rows, read, written.rows, written)
	}
	return Copied{Table: table, Rows: read.rows, Hash: read.String()}, err
}

func quoted(columns []string) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quote(c)
	}
	return strings.Join(names, ", ")
}

// eachRow runs a query, gives each row to fn and sums them up.
func eachRow(ctx context.Context, q querier, query string, fn func(columns []string, row []any) error) (sum rowSum, err error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return sum, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return sum, err
	}
	for rows.Next() {
		row, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			return sum, err
		}
		if err := sum.add(row); err != nil {
			return sum, err
		}
		if err := fn(columns, row); err != nil {
			return sum, err
		}
	}
	return sum, rows.Err()
}

// rowSum is a sum of rows that does not depend on their order: their SHA-256 added up in four parts.
type rowSum struct {
	rows int64
	sum  [4]uint64
}

func (s rowSum) String() string {
	return fmt.Sprintf("%016x%016x%016x%016x", s.sum[0], s.sum[1], s.sum[2], s.sum[3])
}

// add counts a row. It also makes an empty blob one that no driver takes for null.
func (s *rowSum) add(row []any) error {
	var text []byte
	put := func(kind byte, body []byte) {
		text = binary.BigEndian.AppendUint64(append(text, kind), uint64(len(body)))
		text = append(text, body...)
	}
	for i, v := range row {
		switch v := v.(type) {
		case nil:
			put('n', nil)
		case int64:
			put('i', binary.BigEndian.AppendUint64(nil, uint64(v)))
		case string:
			put('s', []byte(v))
		case []byte:
			put('b', v)
			if v == nil {
				row[i] = []byte{}
			}
		default:
			return fmt.Errorf("a value of type %T, which this program stores nowhere", v)
		}
	}
	hash := sha256.Sum256(text)
	for i := range s.sum {
		s.sum[i] += binary.BigEndian.Uint64(hash[8*i:])
	}
	s.rows++
	return nil
}
