package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Restored tells what a restore did.
type Restored struct {
	Backup
	Aside string // where the database that was replaced is kept, openable; empty when there was none
}

// Restore puts a backup in the place of a SQLite database. It is refused with ErrInUse while any program has the
// database open. The backup is copied and the copy verified first; then names are swapped, so that at any moment
// the database is the old one or the new one. The old one is kept aside.
func Restore(ctx context.Context, url, backup string, cfg Config, now time.Time) (Restored, error) {
	path, ok := strings.CutPrefix(url, sqliteScheme)
	if !ok {
		return Restored{}, ErrNotSQLite
	}
	seal, err := newSealer(cfg.keys()...)
	if err != nil {
		return Restored{}, err
	}
	r, err := restore(ctx, path, backup, seal, now)
	if err != nil {
		return Restored{}, fmt.Errorf("store: restore %s from %s: %w", path, backup, err)
	}
	return r, nil
}

func restore(ctx context.Context, path, backup string, seal sealer, now time.Time) (Restored, error) {
	var r Restored
	if info, err := os.Stat(backup + "-wal"); err == nil && info.Size() > 0 {
		return r, errors.New("beside it is a file -wal: it is no backup but the files of a running database")
	}
	if same, err := sameFile(path, backup); same {
		return r, errors.Join(err, errors.New("that is the database itself"))
	}
	alone, err := occupy(path)
	if err != nil {
		return r, err
	}
	defer alone.vanish()
	part, err := newPart(path)
	if err != nil {
		return r, err
	}
	defer part.discard()
	if err := copyFile(part.path, backup); err != nil {
		return r, err
	}
	if r.Backup, err = verify(ctx, part.path, seal, true); err != nil {
		return r, err
	}
	r.Path = backup
	if r.Aside, err = setAside(ctx, path, now); err != nil {
		return r, err
	}
	if err := part.publish(path); err != nil {
		return r, err
	}
	return r, alone.file.Truncate(0) // how the old one ended is of no interest any more
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// setAside gives the files of a database a second name and takes the log away from the first, which stays.
func setAside(ctx context.Context, path string, now time.Time) (string, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	fold(ctx, path)
	aside := path + ".before-restore-" + now.UTC().Format(backupTime)
	err := os.Link(path, aside)
	for n := 2; errors.Is(err, fs.ErrExist); n++ { // another one in the same second
		aside = fmt.Sprintf("%s.before-restore-%s-%d", path, now.UTC().Format(backupTime), n)
		err = os.Link(path, aside)
	}
	if err != nil {
		return "", err
	}
	// Only a damaged database still has a log here. The new file must never meet it.
	if err := os.Rename(path+"-wal", aside+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.Remove(path + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return aside, syncDir(filepath.Dir(path))
}

// fold moves what the write-ahead log holds into the file, if the file still lets it.
func fold(ctx context.Context, path string) {
	p, err := openSQLite(path, "", 1)
	if err != nil {
		return
	}
	_, _ = p.DB.ExecContext(ctx, "pragma wal_checkpoint(truncate)")
	_ = p.Close()
}
