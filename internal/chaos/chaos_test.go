package chaos

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// build makes the shop's process, with the race detector off: the harness looks at its database, not its memory.
func build(t *testing.T, args ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "process")
	cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"build", "-o", program}, args...), "creditcart/internal/chaos/process")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// The short form of `make chaos`.
func TestNothingLostNothingTwice(t *testing.T) {
	c := Config{Program: build(t), Database: SQLite(t.TempDir()), Seed: 1, Checkouts: 60, Buyers: 8, Instances: 2, Kills: 4,
		DoubleClicks: 20, Faults: Faults(1), Speed: 40}
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
	if r.Executed == 0 || r.Spoiled*5 < r.Calls/2 || r.Kills != c.Kills {
		t.Errorf("the run proves nothing: %s", r)
	}
}
