package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// ErrNotSQLite says that a command is for SQLite files only: PostgreSQL has its own tools.
var ErrNotSQLite = errors.New("not a SQLite database")

// Backup is one verified copy of a SQLite database, a single file.
type Backup struct {
	Path     string
	At       time.Time // when it was begun: everything acknowledged before is in it
	Size     int64     // bytes
	Orders   int64
	Payments int64
}

// Names of backups in a directory: their order is the order of time. A file is given such a name only when it is whole.
const (
	backupPrefix = "shop-"
	backupTime   = "20060102T150405Z"
	backupSuffix = ".db"
	partSuffix   = ".part" // of a backup under way, or of one that was killed
)

// Backup copies a SQLite database while it is in use, verifies the copy and only then gives it its name: to is a
// directory, where it is named by the time, or the path of a file, which is replaced. Whatever happens, a file under the
// final name is whole and durable. Readers and writers of the shop do not wait.
func (s *Store) Backup(ctx context.Context, to string, now time.Time) (Backup, error) {
	if s.name != goose.DialectSQLite3 {
		return Backup{}, ErrNotSQLite
	}
	b := Backup{Path: to, At: now.UTC()}
	if info, err := os.Stat(to); err == nil && info.IsDir() || strings.HasSuffix(to, string(filepath.Separator)) {
		b.Path = filepath.Join(to, backupPrefix+b.At.Format(backupTime)+backupSuffix)
	}
	if err := s.backup(ctx, &b); err != nil {
		return Backup{}, fmt.Errorf("store: backup to %s: %w", b.Path, err)
	}
	return b, nil
}

func (s *Store) backup(ctx context.Context, b *Backup) error {
	if same, err := sameFile(b.Path, s.path); err != nil || same {
		return errors.Join(err, errors.New("that is the database itself or no path for a file"))
	}
	before, err := countOf(ctx, s.read)
	if err != nil {
		return err
	}
	part, err := newPart(b.Path)
	if err != nil {
		return err
	}
	defer part.discard()
	if err := s.copyInto(ctx, part.path); err != nil {
		return err
	}
	found, err := verify(ctx, part.path, s.seal, false) // the copy's indexes were just made from its tables
	if err != nil {
		return err
	}
	if found.Orders < before.Orders || found.Payments < before.Payments {
		return fmt.Errorf("the copy has %d orders and %d payments, the database had %d and %d", found.Orders, found.Payments, before.Orders, before.Payments)
	}
	b.Size, b.Orders, b.Payments = found.Size, found.Orders, found.Payments
	return part.publish(b.Path)
}

// copyInto writes one moment of the database into an empty file.
func (s *Store) copyInto(ctx context.Context, path string) error {
	p, err := openSQLite(s.path, "", 1)
	if err != nil {
		return err
	}
	defer p.Close()
	_, err = p.DB.ExecContext(ctx, "vacuum into $1", path)
	return err
}

// sameFile also refuses what can be no file of a backup.
func sameFile(a, b string) (bool, error) {
	x, err := os.Stat(a)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y), err
}

// countOf counts what must never become less.
func countOf(ctx context.Context, q querier) (b Backup, err error) {
	err = q.QueryRowContext(ctx, "select (select count(*) from orders), (select count(*) from payments)").Scan(&b.Orders, &b.Payments)
	return b, err
}

// part is a file on the way to its name.
type part struct {
	path string
	file *os.File // holds a lock that tells it from what a killed program left
}

// newPart makes an empty file beside a path and removes those of killed programs.
func newPart(path string) (*part, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	removeDead(dir)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*"+partSuffix) // for nobody but the owner
	if err != nil {
		return nil, err
	}
	p := &part{path: f.Name(), file: f}
	if _, err := flock(f, true); err != nil {
		p.discard()
		return nil, err
	}
	return p, nil
}

func removeDead(dir string) {
	names, _ := filepath.Glob(filepath.Join(dir, ".*"+partSuffix))
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		if free, err := flock(f, true); free && err == nil {
			_ = os.Remove(name)
		}
		f.Close()
	}
}

// publish makes the file durable and gives it its name.
func (p *part) publish(path string) error {
	f, err := os.OpenFile(p.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(p.path, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// discard removes what was not published.
func (p *part) discard() {
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		_ = os.Remove(p.path + suffix)
	}
	_ = p.file.Close()
}

// verify reads a copy, checks it, also its indexes when full, and counts what it holds. Its schema must not be newer than this program and its
// sealed values must be of this program's key: with another one they are lost, and payments would get new ids.
func verify(ctx context.Context, path string, seal sealer, full bool) (Backup, error) {
	b := Backup{Path: path}
	info, err := os.Stat(path)
	if err != nil {
		return b, err
	}
	b.Size = info.Size()
	p, err := openCopy(path)
	if err != nil {
		return b, err
	}
	defer p.Close()
	problems, err := findDamage(ctx, p.DB, full)
	if isDamage(err) {
		problems, err = append(problems, err.Error()), nil
	}
	if err != nil {
		return b, err
	}
	if len(problems) > 0 {
		return b, &DamageError{Path: path, Problems: problems}
	}
	have, want, err := (&Store{dialect: sqliteDialect, write: p, read: p}).SchemaVersion(ctx)
	if err != nil {
		return b, err
	}
	if have == 0 {
		return b, fmt.Errorf("%s is no database of the shop", path)
	}
	if have > want {
		return b, &SchemaError{Have: have, Want: want}
	}
	columns := sealedColumns
	if have < want { // those that every schema has
		columns = columns[:1]
	}
	if err := sameKey(ctx, p, seal, columns); err != nil {
		return b, err
	}
	counted, err := countOf(ctx, p)
	b.Orders, b.Payments = counted.Orders, counted.Payments
	return b, err
}

// openCopy opens a file that nobody writes, without leaving anything beside it.
func openCopy(path string) (*pool, error) {
	return openSQLitePlain(path, "&_pragma=query_only(1)&mode=ro", 1)
}

// ErrOtherKey says that a backup or a database was made with another SHOP_SECRET or SHOP_SEAL_KEYS.
var ErrOtherKey = errors.New("it was made with another SHOP_SECRET, or with one of SHOP_SEAL_KEYS that is not there any more")

// sameKey looks at the last values of columns: a Reseal that was cut off has not come to them.
func sameKey(ctx context.Context, q querier, seal sealer, columns []sealedColumn) error {
	for _, c := range columns {
		sealed, err := collect(ctx, q, func(scan func(...any) error, b *[]byte) error { return scan(b) },
			fmt.Sprintf("select %s from %s order by %s desc limit 20", c.column, c.table, c.id))
		if err != nil {
			return err
		}
		for _, v := range sealed {
			if len(v) > 0 && !seal.knows(v[0]) {
				return fmt.Errorf("%s.%s: %w", c.table, c.column, ErrOtherKey)
			}
		}
	}
	return nil
}

// Backups lists the finished backups of a directory, the newest first. Size and counts are not read.
func Backups(dir string) ([]Backup, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: backups: %w", err)
	}
	var found []Backup
	for _, e := range entries {
		at, err := time.Parse(backupPrefix+backupTime+backupSuffix, e.Name())
		if err == nil && e.Type().IsRegular() {
			found = append(found, Backup{Path: filepath.Join(dir, e.Name()), At: at})
		}
	}
	slices.SortFunc(found, func(a, b Backup) int { return b.At.Compare(a.At) })
	return found, nil
}

// PruneBackups removes all backups of a directory but the newest ones. Files of other names stay.
func PruneBackups(dir string, keep int) error {
	all, err := Backups(dir)
	if err != nil || len(all) <= keep {
		return err
	}
	for _, b := range all[keep:] {
		err = errors.Join(err, os.Remove(b.Path))
	}
	return err
}
