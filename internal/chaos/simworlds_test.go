package chaos

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
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
	out := make([][]byte, processes)
	var all sync.WaitGroup
	for i := range processes {
		all.Go(func() {
			cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestTenVirtualDays$", "-test.v", "-test.timeout="+left.String(),
				fmt.Sprintf("-worlds=%d", n), fmt.Sprintf("-share=%d/%d", i+1, processes))
			var err error
			if out[i], err = cmd.CombinedOutput(); err != nil {
				t.Errorf("worlds %d/%d: %v", i+1, processes, err)
			}
		})
	}
	all.Wait()
	done := 0
	for _, text := range out {
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, ": 10 checkouts, ") {
				done++
			}
			if t.Failed() || testing.Verbose() {
				t.Log(strings.TrimRight(line, "\n"))
			}
		}
	}
	if done != n {
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
