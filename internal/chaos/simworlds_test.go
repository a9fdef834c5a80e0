package chaos

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	worlds = flag.Uint64("worlds", 0, "virtual worlds; 0 = as many as the form has")
	share  = flag.String("share", "", "N/M: every M-th virtual world from the N-th on; for the processes that share them")
)

// worldSeeds are the seeds this process is to run.
func worldSeeds(t *testing.T) (seeds []uint64) {
	if *onlySeed != 0 {
		return []uint64{*onlySeed}
	}
	n := uint64(50)
	if *everything {
		n = 1000
	}
	if *worlds > 0 {
		n = *worlds
	}
	first, step := uint64(1), uint64(1)
	if *share != "" {
		if _, err := fmt.Sscanf(*share, "%d/%d", &first, &step); err != nil || first == 0 || step == 0 {
			t.Fatalf("-share=%s: %v", *share, err)
		}
	}
	for seed := first; seed <= n; seed += step {
		seeds = append(seeds, seed)
	}
	return seeds
}

// A world needs a process of its own to repeat itself (one processor, one source of random numbers), so several
// processes share the worlds.
func TestTenVirtualDays(t *testing.T) {
	seeds := worldSeeds(t)
	if processes := runtime.NumCPU(); *share == "" && len(seeds) > 1 && processes > 1 {
		shareOut(t, len(seeds), processes)
		return
	}
	furnished, err := os.ReadFile(template(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { simulate(t, seed, furnished) })
	}
}

func shareOut(t *testing.T, n, processes int) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	left := time.Duration(0) // none
	if end, ok := t.Deadline(); ok {
		left = time.Until(end)
	}
	var all sync.WaitGroup
	var done atomic.Int64
	for i := range processes {
		cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestTenVirtualDays$", "-test.v", "-test.timeout="+left.String(), //nolint:gosec // itself
			fmt.Sprintf("-worlds=%d", n), fmt.Sprintf("-share=%d/%d", i+1, processes))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = cmd.Stdout
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for lines := bufio.NewScanner(out); lines.Scan(); {
				if strings.Contains(lines.Text(), fmt.Sprintf(": %d checkouts, ", simDays*simBuyers)) {
					done.Add(1)
				}
				t.Log(lines.Text())
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("worlds %d/%d: %v", i+1, processes, err)
			}
		})
	}
	all.Wait()
	if done := int(done.Load()); done != n {
		t.Errorf("%d of %d worlds came to their end", done, n)
	}
}

// What a seed did it does again: otherwise a violation could not be looked at.
func TestVirtualDaysRepeatThemselves(t *testing.T) {
	furnished, err := os.ReadFile(template(t))
	if err != nil {
		t.Fatal(err)
	}
	var reports []string
	for i := range 2 {
		t.Run(fmt.Sprint(i), func(t *testing.T) { reports = append(reports, simulate(t, 10, furnished).String()) })
	}
	if len(slices.Compact(reports)) != 1 {
		t.Errorf("one seed, two worlds:\n%s", strings.Join(reports, "\n"))
	}
}
