// Command bench measures what docs/performance.md promises, as ratios inside one run: machines differ and are shared,
// so each number stands beside a bare baseline measured right before and after it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"syscall"
	"time"
)

// measure is one line of the result.
type measure struct {
	name, unit string
	value      float64
	goal       float64 // 0 = shown for information
	atMost     bool    // the goal is an upper bound
	always     bool    // the goal is 0
}

func (m measure) String() string {
	verdict := ""
	if m.goal != 0 || m.always {
		verdict = fmt.Sprintf("goal ≥ %g", m.goal)
		if m.atMost {
			verdict = fmt.Sprintf("goal ≤ %g", m.goal)
		}
		if (m.value < m.goal) != m.atMost && m.value != m.goal {
			verdict += "  MISSED"
		}
	}
	return fmt.Sprintf("%-74s %10.2f %-8s %s", m.name, m.value, m.unit, verdict)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	window := flag.Duration("window", 700*time.Millisecond, "length of one measuring window")
	rounds := flag.Int("rounds", 7, "paired windows per ratio")
	profile := flag.String("cpuprofile", "", "write a CPU profile of the whole run to this file")
	sustained := flag.Duration("sustained", time.Minute, "how long whole checkouts are made")
	only := flag.String("only", "", "one step: catalogue, orders, checkouts, bankdown, footprint, bank; of the large ones: flatness, million")
	large := flag.Bool("large", false, "also 100 000 products and 1 000 000 orders (minutes, some GB of disk)")
	flag.Parse()
	all := []step{{"catalogue", catalogue}, {"orders", orderRate}, {"checkouts", checkouts}, {"bankdown", bankDown}, {"footprint", footprint}, {"bank", bank}}
	if *large || *only == "flatness" || *only == "million" {
		all = append(all, step{"flatness", flatness}, step{"million", million})
	}
	if *profile != "" {
		stopProfile, err := startProfile(*profile)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench: "+err.Error())
			os.Exit(1)
		}
		defer stopProfile()
	}
	b := bench{window: *window, rounds: *rounds, sustained: *sustained, profiled: *profile != ""}
	for _, s := range all {
		if *only != "" && *only != s.name {
			continue
		}
		lines, err := s.run(ctx, b)
		for _, m := range lines {
			fmt.Println(m)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench: "+err.Error())
			stop()
			os.Exit(1)
		}
	}
}

// step is one group of measures.
type step struct {
	name string
	run  func(context.Context, bench) ([]measure, error)
}

func startProfile(path string) (stop func(), err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); _ = f.Close() }, nil
}

// bench is how to measure.
type bench struct {
	window time.Duration
	rounds int

	sustained time.Duration // of whole checkouts
	profiled  bool          // everything runs in this process
}

// ratio runs two rates in alternating windows and gives the median of the paired ratios, and both medians.
func (b bench) ratio(base, subject func(time.Duration) (float64, error)) (ratio, baseRate, subjectRate float64, err error) {
	var ratios, bases, subjects []float64
	for range b.rounds {
		x, err := base(b.window)
		if err != nil {
			return 0, 0, 0, err
		}
		y, err := subject(b.window)
		if err != nil {
			return 0, 0, 0, err
		}
		z, err := base(b.window)
		if err != nil {
			return 0, 0, 0, err
		}
		bases, subjects = append(bases, (x+z)/2), append(subjects, y)
		ratios = append(ratios, y/((x+z)/2))
	}
	return median(ratios), median(bases), median(subjects), nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
