package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A backup made in the middle of a crowd of orders holds everything acknowledged before it began, and is one whole file.
func TestBackupWhileOrdersCome(t *testing.T) {
	s := openTest(t)
	fill(t, s.Store, 0, 100)
	stop := make(chan struct{})
	var crowd sync.WaitGroup
	crowd.Go(func() {
		for n := 1000; ; n += 10 {
			select {
			case <-stop:
				return
			default:
				fill(t, s.Store, n, 10)
			}
		}
	})
	dir := filepath.Join(t.TempDir(), "backups") + "/"
	b, err := s.Backup(t.Context(), dir, noon)
	close(stop)
	crowd.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if b.Path != dir+"shop-20261122T120000Z.db" || b.Orders < 100 {
		t.Errorf("%+v", b)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("beside the backup: %v, %v", files, err)
	}
	if info, err := os.Stat(b.Path); err != nil || info.Mode().Perm() != 0o600 || info.Size() != b.Size {
		t.Errorf("%+v, %v", info, err)
	}
	copied, err := Open(t.Context(), "sqlite:"+b.Path, Config{Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if o, err := copied.Order(t.Context(), "N00099"); err != nil || len(o.Lines) != 1 {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestBackupRefusals(t *testing.T) {
	s := openTest(t)
	for name, to := range map[string]string{"the database itself": s.testPath, "a directory that cannot be made": s.testPath + "/x/"} {
		if b, err := s.Backup(t.Context(), to, noon); err == nil {
			t.Errorf("%s: %+v", name, b)
		}
	}
	if _, err := s.Order(t.Context(), "x"); !errors.Is(err, orders.ErrNotFound) {
		t.Errorf("the database afterwards: %v", err)
	}
}

// A damaged copy never gets the name of a backup.
func TestBackupOfDamage(t *testing.T) {
	s := openTest(t)
	fill(t, s.Store, 0, 200)
	page := rootPage(t, s.Store, "order_lines")
	s.Close()
	spoil(t, s.testPath, page)
	again, err := Open(t.Context(), "sqlite:"+s.testPath, Config{Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	dir := t.TempDir()
	if _, err := again.Backup(t.Context(), dir, noon); err == nil {
		t.Error("a damaged database was backed up")
	}
	if all, err := Backups(dir); len(all) != 0 || err != nil {
		t.Errorf("%v, %v", all, err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}

func TestBackupsKept(t *testing.T) {
	s := openTest(t)
	dir := t.TempDir()
	other := filepath.Join(dir, "shop-mine.db")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if _, err := s.Backup(t.Context(), dir, noon.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if err := PruneBackups(dir, 2); err != nil {
		t.Fatal(err)
	}
	all, err := Backups(dir)
	if err != nil || len(all) != 2 || !all[0].At.Equal(noon.Add(3*time.Hour)) || !all[1].At.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("a file of another name: %v", err)
	}
}

// A killed backup leaves a file that nobody takes for a backup and that the next backup removes.
func TestKilledBackup(t *testing.T) {
	s := openTest(t)
	fill(t, s.Store, 0, 50)
	dir := t.TempDir()
	first, err := s.Backup(t.Context(), dir, noon)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildOfKilledBackup$")
	cmd.Env = append(os.Environ(), "STORE_TEST_BACKUP="+dir)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // the copy is there, its name is not
		t.Fatal(err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	parts, _ := filepath.Glob(filepath.Join(dir, ".*"+partSuffix))
	if len(parts) != 1 {
		t.Fatalf("the killed one left %v", parts)
	}
	if all, err := Backups(dir); err != nil || len(all) != 1 || all[0].Path != first.Path {
		t.Errorf("backups: %+v, %v", all, err)
	}
	if _, err := s.Backup(t.Context(), dir, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if parts, _ := filepath.Glob(filepath.Join(dir, ".*")); len(parts) != 0 {
		t.Errorf("still there: %v", parts)
	}
}

// TestChildOfKilledBackup is the process that TestKilledBackup kills between the copy and its name.
func TestChildOfKilledBackup(t *testing.T) {
	dir := os.Getenv("STORE_TEST_BACKUP")
	if dir == "" {
		t.Skip("only a process of TestKilledBackup")
	}
	s := openTest(t)
	p, err := newPart(filepath.Join(dir, "shop-20261122T123000Z.db"))
	if err == nil {
		err = s.copyInto(t.Context(), p.path)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdout.WriteString("copied\n")
	select {}
}

// The drill: a backup, more orders, the database is lost, the backup takes its place.
func TestRestore(t *testing.T) {
	s := openTest(t)
	fill(t, s.Store, 0, 20)
	backup := filepath.Join(t.TempDir(), "b.db")
	if _, err := s.Backup(t.Context(), backup, noon); err != nil {
		t.Fatal(err)
	}
	fill(t, s.Store, 20, 20)
	url, cfg := "sqlite:"+s.testPath, Config{Key: testKey}
	if _, err := Restore(t.Context(), url, backup, cfg, noon); !errors.Is(err, ErrInUse) {
		t.Errorf("restored under a running program: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Restore(t.Context(), url, backup, cfg, noon)
	if err != nil || r.Orders != 20 || r.Aside == "" {
		t.Fatalf("%+v, %v", r, err)
	}
	for path, want := range map[string]int64{s.testPath: 20, r.Aside: 40} {
		db, err := Open(t.Context(), "sqlite:"+path, cfg)
		if err != nil {
			t.Fatal(err)
		}
		n, err := countOf(t.Context(), db.read)
		if err := errors.Join(err, db.Check(t.Context(), true), db.Close()); err != nil || n.Orders != want {
			t.Errorf("%s: %d orders, %v", path, n.Orders, err)
		}
	}
}

// A damaged database whose log cannot be folded is replaced together with its log.
func TestRestoreOverDamage(t *testing.T) {
	s := openTest(t)
	fill(t, s.Store, 0, 20)
	backup := filepath.Join(t.TempDir(), "b.db")
	if _, err := s.Backup(t.Context(), backup, noon); err != nil {
		t.Fatal(err)
	}
	s.Close()
	spoil(t, s.testPath, 0)
	if err := os.WriteFile(s.testPath+"-wal", []byte(strings.Repeat("x", 9000)), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Restore(t.Context(), "sqlite:"+s.testPath, backup, Config{Key: testKey}, noon)
	if err != nil || r.Orders != 20 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := os.Stat(s.testPath + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old log is beside the new file: %v", err)
	}
	again, err := Open(t.Context(), "sqlite:"+s.testPath, Config{Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.Check(t.Context(), true); err != nil {
		t.Error(err)
	}
}

func TestRestoreRefusals(t *testing.T) {
	s := openTest(t)
	if err := s.SignIn(t.Context(), sbid.Identity{Subject: "a"}, sbid.Grant{}); err != nil {
		t.Fatal(err)
	}
	fill(t, s.Store, 0, 3)
	dir := t.TempDir()
	good := filepath.Join(dir, "good.db")
	if _, err := s.Backup(t.Context(), good, noon); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(s.testPath)
	if err != nil {
		t.Fatal(err)
	}
	variant := func(name string, change func(path string)) string {
		t.Helper()
		path := filepath.Join(dir, name)
		raw, err := os.ReadFile(good)
		if err == nil {
			err = os.WriteFile(path, raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		change(path)
		return path
	}
	run := func(query string) func(string) {
		return func(path string) {
			db, err := sql.Open("sqlite", path)
			if err == nil {
				_, err = db.ExecContext(context.Background(), query)
				db.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		path string
		key  string
	}{
		"absent":            {path: filepath.Join(dir, "none.db")},
		"itself":            {path: s.testPath},
		"no database":       {path: variant("text.db", func(p string) { _ = os.WriteFile(p, []byte("hello"), 0o600) })},
		"empty":             {path: variant("empty.db", func(p string) { _ = os.Truncate(p, 0) })},
		"another database":  {path: variant("other.db", func(p string) { _ = os.Truncate(p, 0); run("create table x (a)")(p) })},
		"a newer schema":    {path: variant("newer.db", run("insert into "+versionTable+" (version_id, is_applied) values (99999, 1)"))},
		"damaged":           {path: variant("damaged.db", func(p string) { spoil(t, p, 5) })},
		"cut short":         {path: variant("cut.db", func(p string) { _ = os.Truncate(p, 20_000) })},
		"of another secret": {path: good, key: "another key, also of 32 bytes .."},
		"a running file":    {path: variant("wal.db", func(p string) { _ = os.WriteFile(p+"-wal", []byte("x"), 0o600) })},
	} {
		key := testKey
		if c.key != "" {
			key = []byte(c.key)
		}
		if r, err := Restore(t.Context(), "sqlite:"+s.testPath, c.path, Config{Key: key}, noon); err == nil {
			t.Errorf("%s was restored: %+v", name, r)
		}
	}
	after, err := os.ReadFile(s.testPath)
	if err != nil || string(after) != string(before) {
		t.Errorf("a refused restore changed the database, %v", err)
	}
	if files, _ := filepath.Glob(filepath.Join(filepath.Dir(s.testPath), "*before*")); len(files) != 0 {
		t.Errorf("set aside: %v", files)
	}
}
