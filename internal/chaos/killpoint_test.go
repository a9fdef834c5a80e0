package chaos

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A kill point stands before, inside or after one durable write. The points are compiled into the program under test
// only, by the same overlay that plants bugs: the shipped program has none.
//
// A write is named by the method of the store and, after a dot, by the function that called it where one method serves
// several purposes. «inside» is after the last statement and before the commit; a single statement has no inside.
const probe = `package store

import (
	"context"
	"database/sql"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

var passings atomic.Int64

// point tells whether the caller is the write that CHAOS_KILL names, «method.caller:when:nth».
func point() (moment string) {
	name, moment, _ := strings.Cut(os.Getenv("CHAOS_KILL"), ":")
	method, caller, _ := strings.Cut(name, ".")
	calls := make([]uintptr, 40)
	frames := runtime.CallersFrames(calls[:runtime.Callers(3, calls)])
	inMethod := false
	for more := name != ""; more; {
		var f runtime.Frame
		f, more = frames.Next()
		switch {
		case strings.Contains(f.Function, "internal/store."):
			inMethod = inMethod || strings.HasSuffix(f.Function, "store.(*Store)."+method)
		case !inMethod:
			return ""
		case caller == "" || strings.HasSuffix(f.Function, ")."+caller):
			return moment
		case !strings.HasSuffix(f.Function, ").update"):
			return ""
		}
	}
	return ""
}

// probe kills the process at the nth passing of the moment.
func probe(moment, when string) {
	nth, found := strings.CutPrefix(moment, when+":")
	if !found {
		return
	}
	if n, _ := strconv.ParseInt(nth, 10, 64); passings.Add(1) == n {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

func (s *Store) tx(ctx context.Context, fn func(querier) error) error {
	moment := point() // here, because fn runs in another goroutine
	probe(moment, "before")
	err := s.realTx(ctx, func(q querier) error {
		err := fn(q)
		if err == nil {
			probe(moment, "inside")
		}
		return err
	})
	if err == nil {
		probe(moment, "after")
	}
	return err
}

func writes(query string) bool {
	q := strings.TrimSpace(query)
	return strings.HasPrefix(q, "insert") || strings.HasPrefix(q, "update") || strings.HasPrefix(q, "delete")
}

// ExecContext implements querier.
func (p *pool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if !writes(query) {
		return p.realExec(ctx, query, args...)
	}
	moment := point()
	probe(moment, "before")
	res, err := p.realExec(ctx, query, args...)
	if err == nil {
		probe(moment, "after")
	}
	return res, err
}

// QueryContext implements querier.
func (p *pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if writes(query) {
		probe(point(), "before")
	}
	return p.realQuery(ctx, query, args...)
}
`

var probes = []edit{
	{"internal/store/store.go", "func (s *Store) tx(ctx", "func (s *Store) realTx(ctx"},
	{"internal/store/pool.go", "func (p *pool) ExecContext(", "func (p *pool) realExec("},
	{"internal/store/pool.go", "func (p *pool) QueryContext(", "func (p *pool) realQuery("},
}

// write is one durable write of the fault contract's crash matrix (M2) with its points.
type write struct {
	row    string // W1…
	point  string
	inside bool
}

var durable = []write{
	{"W1", "SavePending", false},
	{"W2", "SignIn", true},
	{"W2", "SaveSession", false},
	{"W3", "UpdateCart", true},
	{"W4", "PlaceOrder", true},
	{"W4", "UpdateOrder.Pay", true},
	{"W5", "UpdateOrder.send", true},
	{"W5", "ClaimDue", false},
	{"W6, W11, W12", "UpdateOrder.observe", true},
	{"W7, W8", "UpdateOrder.notConfirmed", true},
	{"W9", "LeaseGrant", false},
	{"W10", "SwapGrant", false},
	{"W13", "CheckSoon", false},
	{"W14", "ClaimMessages", false},
	{"W14", "MessageFailed", false},
	{"W14", "MessageDelivered", false},
}

// Every durable write, cut off before, inside and after, at its first and third passing.
func TestKillPoints(t *testing.T) {
	program := build(t, "-overlay", overlay(t, probes, map[string]string{"internal/store/probe.go": probe}))
	if !*everything {
		t.Parallel()
		c := killConfig(program, t)
		c.Points = []string{"PlaceOrder:inside:1", "UpdateOrder.Pay:after:1", "UpdateOrder.observe:before:3", "MessageDelivered:before:1"}
		if r := clean(t, c); len(r.Unreached) > 0 {
			t.Errorf("the run never came to %q", r.Unreached)
		}
		return
	}
	for _, w := range durable {
		t.Run(strings.ReplaceAll(w.row, ", ", "-")+" "+w.point, func(t *testing.T) {
			var left []string
			for _, nth := range []int{1, 3} {
				for _, when := range []string{"before", "inside", "after"} {
					if when == "inside" && !w.inside || when == "after" && strings.HasPrefix(w.point, "Claim") {
						continue
					}
					left = append(left, fmt.Sprintf("%s:%s:%d", w.point, when, nth))
				}
			}
			for seed := range uint64(3) { // what buyers did not come to in one run, others do
				c := killConfig(program, t)
				c.Checkouts, c.Seed, c.Points = 60, c.Seed+seed, slices.Clone(left)
				if left = clean(t, c).Unreached; len(left) == 0 {
					return
				}
			}
			t.Errorf("no run came to %q", left)
		})
	}
}

func killConfig(program string, t *testing.T) Config {
	t.Helper()
	c := Config{Program: program, Database: SQLite(t.TempDir()), Seed: 5, Checkouts: 24, Buyers: 4, Instances: 2, DoubleClicks: 20, SignIns: 30, Speed: 40, Faults: Faults(5)}
	for i := range c.Faults { // tokens are refused often, so that they are refreshed often
		if c.Faults[i].Status == 401 {
			c.Faults[i].Percent = 20
		}
	}
	return c
}
