package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"time"
)

// Config is one run.
type Config struct {
	Program      string   // the built command of internal/chaos/process
	Points       []string // "operation:when:nth": where the first instance kills itself, one after another; see killpoint_test.go
	Database     string   // SHOP_DATABASE_URL of an empty database
	Seed         uint64
	Checkouts    int // how many to attempt
	Buyers       int // at the same time
	Instances    int
	Kills        int // SIGKILLs spread over the run
	DoubleClicks int // percent of posts
	SignIns      int // percent of checkouts before which the buyer signs in anew
	Faults       []Fault
	Speed        int           // how much faster than the wall's the clock runs
	Settle       time.Duration // real: how long everything may take to become known when the faults stop; 0 = 20 fast minutes
	Look         time.Duration // between two looks at whether everything is known; 0 = 200 ms
	Until        string        // an invariant: the run ends as soon as it is seen violated for good
	Log          io.Writer     // of the shop processes; nil discards
}

// Report is what happened.
type Report struct {
	Seed                            uint64
	Checkouts, Acknowledged, GaveUp int
	Documents, Executed             int
	Calls, Spoiled, Kills           int
	Told, Messages                  int      // notifications sent, and how many different ones were read
	Unreached                       []string // kill points that the run never came to
	Elapsed                         time.Duration
	Violations                      []string // "I4: …"; empty = nothing lost, nothing twice
}

func (r Report) String() string {
	return fmt.Sprintf("seed %d: %d checkouts, %d orders acknowledged, %d documents at the bank, %d executed, %d calls (%d spoiled), %d kills, %d notifications in %d calls, %s: %d violations",
		r.Seed, r.Checkouts, r.Acknowledged, r.Documents, r.Executed, r.Calls, r.Spoiled, r.Kills, r.Messages, r.Told, r.Elapsed.Round(100*time.Millisecond), len(r.Violations))
}

// Fault is one planned misbehaviour of the bank, in the form of its control API.
type Fault struct {
	Method     string `json:"method,omitempty"`
	Path       string `json:"path"`
	Note       string `json:"note,omitempty"`
	Percent    int    `json:"percent"`
	Seed       int64  `json:"seed"`
	Kind       string `json:"kind"`
	Status     int    `json:"status,omitempty"`
	Delay      string `json:"delay,omitempty"`
	RetryAfter string `json:"retryAfter,omitempty"`
	Body       string `json:"body,omitempty"`
	Value      string `json:"value,omitempty"` // the status of unknown-status
	AfterWork  bool   `json:"afterWork,omitempty"`
}

// Faults spoil at least every fifth call of each kind: answers lost before and after the work, late, cut, foreign, refused.
func Faults(seed uint64) []Fault {
	var all []Fault
	add := func(f Fault) {
		f.Seed = int64(seed<<8) + int64(len(all)) //nolint:gosec // any number will do
		all = append(all, f)
	}
	for _, post := range []string{"/fintech/api/v1/payments/from-invoice-any", "/fintech/api/v1/credit-requests"} {
		add(Fault{Path: post, Percent: 6, Kind: "lose-answer"})
		add(Fault{Path: post, Percent: 4, Kind: "drop"})
		add(Fault{Path: post, Percent: 4, Kind: "status", Status: 500})
		add(Fault{Path: post, Percent: 4, Kind: "status", Status: 500, AfterWork: true})
		add(Fault{Path: post, Percent: 2, Kind: "status", Status: 503})
		add(Fault{Path: post, Percent: 3, Kind: "truncate"})
		add(Fault{Path: post, Percent: 2, Kind: "html"})
		add(Fault{Path: post, Percent: 3, Kind: "status", Status: 400}) // WORKFLOW_FAULT, but not «exists already»
		add(Fault{Path: post, Percent: 3, Kind: "status", Status: 401})
		add(Fault{Path: post, Percent: 2, Kind: "status", Status: 429, RetryAfter: "1"})
		add(Fault{Path: post, Percent: 3, Kind: "delay", Delay: "900ms"}) // executed after the shop gave up
	}
	const state = "/fintech/api/v1/payments/*/state"
	add(Fault{Path: state, Percent: 6, Kind: "status", Status: 500})
	add(Fault{Path: state, Percent: 4, Kind: "status", Status: 401})
	add(Fault{Path: state, Percent: 3, Kind: "status", Status: 404})
	add(Fault{Path: state, Percent: 3, Kind: "truncate"})
	add(Fault{Path: state, Percent: 3, Kind: "unknown-status"})
	add(Fault{Path: state, Percent: 3, Kind: "html"})
	const token = "/ic/sso/api/v2/oauth/token"
	add(Fault{Path: token, Note: "refresh_token", Percent: 10, Kind: "lose-answer"})
	add(Fault{Path: token, Note: "refresh_token", Percent: 10, Kind: "status", Status: 500})
	add(Fault{Path: token, Note: "authorization_code", Percent: 10, Kind: "status", Status: 500})
	add(Fault{Path: "/ic/sso/api/v2/oauth/user-info", Percent: 10, Kind: "status", Status: 500})
	add(Fault{Path: "/ic/sso/api/v2/oauth/user-info", Percent: 10, Kind: "truncate"})
	add(Fault{Path: "/fintech/api/v1/credit-offers", Percent: 12, Kind: "status", Status: 500})
	add(Fault{Path: "/fintech/api/v1/credit-offers", Percent: 8, Kind: "drop"})
	return all
}

// Run drives a whole run and asks the oracle. An error says that the run itself did not work.
func Run(ctx context.Context, c Config) (Report, error) {
	if c.Log == nil {
		c.Log = io.Discard
	}
	started := time.Now()
	w, err := newWorld(ctx, c)
	if err != nil {
		return Report{Seed: c.Seed}, err
	}
	defer w.shut()
	r := Report{Seed: c.Seed}
	if err := w.connectMerchant(ctx); err != nil {
		return r, err
	}
	if err := w.plan(c.Faults); err != nil {
		return r, err
	}
	trading, stop := context.WithCancel(ctx)
	defer stop()
	var caught []string
	var watch sync.WaitGroup
	if c.Until != "" {
		watch.Go(func() {
			if caught = w.watchFor(trading, c.Until); len(caught) > 0 {
				stop()
			}
		})
	}
	err = w.trade(trading, &r)
	stop()
	watch.Wait()
	if len(caught) > 0 {
		r.Violations, r.Calls, r.Elapsed = caught, w.pace.calls, time.Since(started)
		return r, nil
	}
	if err != nil {
		return r, err
	}
	w.told.soothe()
	if r.Spoiled, err = w.calm(ctx); err != nil {
		return r, err
	}
	w.mu.Lock()
	r.Unreached, w.Points = w.Points, nil
	w.mu.Unlock()
	o := oracle{world: w}
	if err := o.judge(ctx, &r); err != nil {
		return r, err
	}
	r.Calls, r.Elapsed = w.pace.calls, time.Since(started)
	return r, nil
}

// plan tells the bank how to misbehave.
func (w *world) plan(faults []Fault) error {
	for _, f := range faults {
		body, err := json.Marshal(f)
		if err != nil {
			return err
		}
		if err := w.tell(http.MethodPost, "/api/faults", string(body), nil); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) connectMerchant(ctx context.Context) error {
	b, err := w.newBuyer(0, w.Seed)
	if err != nil {
		return err
	}
	b.person = "merchant-manager"
	if err := b.signIn(ctx); err != nil {
		return fmt.Errorf("chaos: the merchant: %w", err)
	}
	page, err := b.send(ctx, http.MethodGet, "/admin", nil)
	if err != nil {
		return err
	}
	if w.hook = reHook.FindString(page.body); w.hook == "" {
		return fmt.Errorf("chaos: the merchant's page (%d) does not show the address of notifications", page.status)
	}
	return nil
}

var reHook = regexp.MustCompile(`http[^"]*/hooks/bank/[0-9a-zA-Z_-]+`)

// trade lets the buyers work while processes are killed and started again.
func (w *world) trade(ctx context.Context, r *Report) error {
	var left atomic.Int64
	left.Store(int64(w.Checkouts))
	if err := w.gather(w.Buyers); err != nil {
		return err
	}
	over, stop := context.WithCancel(ctx)
	defer stop()
	var killer, crowd sync.WaitGroup
	killer.Go(func() { r.Kills = w.killSome(over, &left) })
	var gaveUp atomic.Int64
	for _, b := range w.crowd {
		crowd.Go(func() {
			for left.Add(-1) >= 0 && ctx.Err() == nil {
				if err := b.buy(ctx); err != nil {
					gaveUp.Add(1)
					fmt.Fprintf(w.Log, "buyer %s: %v\n", b.person, err)
				}
			}
		})
	}
	crowd.Wait()
	stop()
	killer.Wait()
	r.Checkouts, r.GaveUp = w.Checkouts, int(gaveUp.Load())
	return ctx.Err()
}

// gather calls the buyers of a run together.
func (w *world) gather(n int) error {
	var crowd []*buyer
	for i := range n {
		b, err := w.newBuyer(i, w.Seed)
		if err != nil {
			return err
		}
		crowd = append(crowd, b)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.crowd = crowd
	return nil
}

// killSome kills a random instance each time the next part of the checkouts is done, and starts it again.
func (w *world) killSome(ctx context.Context, left *atomic.Int64) (kills int) {
	rnd := rand.New(rand.NewPCG(w.Seed, 0xdead)) //nolint:gosec // choices that a seed repeats
	for kills < w.Kills {
		next := w.Checkouts - w.Checkouts*(kills+1)/(w.Kills+1)
		for int(left.Load()) > next {
			select {
			case <-ctx.Done():
				return kills
			case <-time.After(time.Duration(1+rnd.IntN(20)) * time.Millisecond):
			}
		}
		in := w.instances[rnd.IntN(len(w.instances))]
		w.kill(in)
		kills++
		if err := w.start(context.WithoutCancel(ctx), in); err != nil {
			fmt.Fprintln(w.Log, err)
		}
	}
	return kills
}

// calm ends all faults and gives the shops time to learn what the bank knows; it tells how many calls were spoiled.
func (w *world) calm(ctx context.Context) (spoiled int, err error) {
	var planned struct {
		Faults []struct {
			Hits int `json:"hits"`
		} `json:"faults"`
	}
	if err := w.tell(http.MethodGet, "/api/faults", "", &planned); err != nil {
		return 0, err
	}
	for _, f := range planned.Faults {
		spoiled += f.Hits
	}
	if err := w.tell(http.MethodDelete, "/api/faults", "", nil); err != nil {
		return spoiled, err
	}
	for _, in := range w.instances {
		w.mu.Lock()
		up := in.up
		w.mu.Unlock()
		if !up {
			if err := w.start(ctx, in); err != nil {
				return spoiled, err
			}
		}
	}
	// Whoever has open documents looks at his orders once more: a payment whose owner must sign in waits for that.
	for i := range people {
		b, err := w.newBuyer(i, w.Seed+1)
		if err != nil {
			return spoiled, err
		}
		if err := b.signIn(ctx); err != nil {
			return spoiled, err
		}
	}
	return spoiled, nil
}
