package chaos

import (
	"database/sql"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The flags of `make chaos`; they come after -args.
var (
	everything = flag.Bool("all", false, "run everything, not the short form only")
	onlySeed   = flag.Uint64("seed", 0, "repeat one seed; 0 = all of a test's")
	checkouts  = flag.Int("checkouts", 10_000, "checkouts of each long run")
	kills      = flag.Int("kills", 200, "SIGKILLs of each long run")
)

// build makes the shop's process, with the race detector off: the harness looks at its database, not its memory.
func build(t *testing.T, args ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "process")
	cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"build", "-ldflags=-s -w", "-o", program}, args...), "creditcart/internal/chaos/process")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// clean runs a configuration in which nothing may go wrong.
func clean(t *testing.T, c Config) Report {
	t.Helper()
	if testing.Verbose() {
		c.Log = os.Stderr
	}
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	for _, v := range r.Violations {
		t.Error(v)
	}
	if t.Failed() {
		t.Logf("repeat with: go test ./internal/chaos -run '%s' -v -args -all -seed=%d -checkouts=%d -kills=%d", t.Name(), c.Seed, c.Checkouts, c.Kills)
	}
	return r
}

// The short form of TestTenThousandCheckouts.
func TestNothingLostNothingTwice(t *testing.T) {
	t.Parallel() // most of it waits for the bank's pace
	c := Config{Program: build(t), Database: SQLite(t.TempDir()), Seed: 1, Checkouts: 60, Buyers: 8, Instances: 2, Kills: 4,
		DoubleClicks: 20, Faults: Faults(1), Speed: 40}
	r := clean(t, c)
	if r.Executed == 0 || r.Spoiled*5 < r.Calls/2 || r.Kills != c.Kills {
		t.Errorf("the run proves nothing: %s", r)
	}
}

// 10 000 checkouts and 200 kills, three seeds, on both databases.
func TestTenThousandCheckouts(t *testing.T) {
	if !*everything {
		t.Skip("make chaos")
	}
	program := build(t)
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, seed := range []uint64{11, 12, 13} {
			t.Run(fmt.Sprintf("%s/%d", engine, seed), func(t *testing.T) {
				if *onlySeed != 0 && *onlySeed != seed {
					t.Skip("another seed was asked for")
				}
				c := Config{Program: program, Seed: seed, Checkouts: *checkouts, Buyers: 48, Instances: 2, Kills: *kills, DoubleClicks: 20,
					Faults: Faults(seed), Speed: 40, Settle: time.Minute + time.Duration(*checkouts)*30*time.Millisecond}
				if c.Database = SQLite(t.TempDir()); engine == "postgres" {
					c.Database = postgres(t, fmt.Sprintf("chaos_%d", seed))
				}
				r := clean(t, c)
				if r.Executed < r.Checkouts/4 || r.Kills != c.Kills {
					t.Errorf("the run proves nothing: %s", r)
				}
			})
		}
	}
}

// postgres is the URL of a new, empty database beside that of SHOP_TEST_POSTGRES (see scripts/postgres.sh).
func postgres(t *testing.T, name string) string {
	t.Helper()
	base := os.Getenv("SHOP_TEST_POSTGRES")
	if base == "" {
		t.Skip("needs SHOP_TEST_POSTGRES: scripts/postgres.sh")
	}
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	name = strings.ToLower(name) + fmt.Sprintf("_%d", os.Getpid())
	if _, err := db.ExecContext(t.Context(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	at.Path = "/" + name
	return at.String()
}
