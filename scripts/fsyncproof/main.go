// Command fsyncproof shows by strace that nothing is said before it is on the disk: it runs the production program, lets
// buyers place and pay orders at once, and reads from the trace of its system calls that for every order the WAL's frames
// with it were committed and synced before the first byte of its number left by any socket, and that for every payment
// they were before its id left for the bank. Then it does the same with programs that are spoiled, and fails unless it notices.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"creditcart/scripts/rig"
)

// variant is a program to try: the real one, or one with a planted bug.
type variant struct {
	name  string
	edits []rig.Edit
	pay   bool
}

var variants = []variant{
	{name: "the shop as it is", pay: true},
	{name: "planted: commits are not synced", pay: true, edits: []rig.Edit{
		{File: "internal/store/dialect.go", Old: "synchronous(FULL)", New: "synchronous(NORMAL)"}}},
	{name: "planted: nothing is synced", pay: true, edits: []rig.Edit{
		{File: "internal/store/dialect.go", Old: "synchronous(FULL)", New: "synchronous(OFF)"}}},
	{name: "planted: answered before the commit", edits: []rig.Edit{
		{File: "internal/store/orders.go", Old: "	err = s.tx(ctx, func(tx querier) error {\n		// First of all", New: "	err = s.later(func(tx querier) error {\n		// First of all"},
		{File: "internal/store/orders.go", Old: "func (s *Store) insertOrder(", New: "func (s *Store) later(fn func(querier) error) error {\n	go func() {\n		time.Sleep(30 * time.Millisecond)\n		_ = s.tx(context.Background(), fn)\n	}()\n	return nil\n}\n\nfunc (s *Store) insertOrder("},
		{File: "internal/store/orders.go", Old: "	\"fmt\"\n", New: "	\"fmt\"\n	\"time\"\n"}}},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	orders := flag.Int("orders", 64, "how many are placed at once")
	keep := flag.String("trace", "", "keep the trace of the shop as it is in this file")
	flag.Parse()
	err := prove(ctx, *orders, *keep)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fsyncproof: "+err.Error())
		os.Exit(1)
	}
}

func prove(ctx context.Context, orders int, keep string) error {
	if _, err := exec.LookPath("strace"); err != nil {
		return errors.New("strace is missing: apt-get install strace")
	}
	var problems []error
	for _, v := range variants {
		report, err := try(ctx, v, orders, keep)
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		fmt.Printf("%-38s %d orders answered, %d payments sent to the bank, %d syncs of the WAL: %d too early\n",
			v.name, report.orders, report.payments, report.syncs, len(report.early))
		if v.edits == nil && len(report.early) > 0 {
			problems = append(problems, fmt.Errorf("said before it was durable: %q", report.early))
		}
		if v.edits != nil && len(report.early) == 0 {
			problems = append(problems, fmt.Errorf("%s: not noticed, so this proof proves nothing", v.name))
		}
	}
	return errors.Join(problems...)
}

// report is what one run showed.
type report struct {
	orders, payments, syncs int
	early                   []string // numbers of orders and ids of payments
}

func try(ctx context.Context, v variant, n int, keep string) (report, error) {
	dir, err := os.MkdirTemp("", "fsyncproof-")
	if err != nil {
		return report{}, err
	}
	defer os.RemoveAll(dir)
	binary, trace := filepath.Join(dir, "shop"), filepath.Join(dir, "trace")
	if v.edits == nil && keep != "" {
		trace = keep
	}
	if err := rig.Build(ctx, binary, v.edits...); err != nil {
		return report{}, err
	}
	numbers, err := run(ctx, binary, trace, n, v.pay)
	if err != nil {
		return report{}, err
	}
	f, err := os.Open(trace)
	if err != nil {
		return report{}, err
	}
	defer f.Close()
	return read(f, numbers, v.pay)
}

// run places n orders at once, pays them at once, stops the shop and gives the numbers that were answered.
func run(ctx context.Context, binary, trace string, n int, pay bool) ([]string, error) {
	s, err := rig.Process(ctx, binary, rig.DemoFeed(), "strace", "-f", "-y", "-tt", "-s", "16384", "-e", "signal=none",
		"-e", "trace=fsync,fdatasync,pwrite64,pwritev,write,writev,sendto,sendmsg", "-o", trace)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	buyer, err := s.SignIn("sokolov")
	if err != nil {
		return nil, err
	}
	carts, err := buyer.FillCarts(n)
	if err != nil {
		return nil, err
	}
	numbers := make([]string, n)
	err = rig.Everybody(carts, func(i int, c rig.Cart) (err error) {
		numbers[i], err = buyer.Order(c)
		return err
	})
	if err == nil && pay {
		err = rig.Everybody(numbers, func(_ int, number string) error {
			_, err := buyer.Pay(number)
			return err
		})
	}
	return numbers, err
}
