package chaos

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"creditcart/internal/app"
	"creditcart/internal/bankemu"
)

// The simulation runs shop, bank and buyers in one bubble of virtual time, with connections in memory: ten days of
// signatures that come late, tokens that end, faults and restarts take a moment. Nothing in it waits for the wall's clock.

const (
	simShop, simBank, simControl = "http://shop.test", "http://bank.test", "http://localhost"
	simDays                      = 10
	simBuyers                    = 1 // each buys once a day
)

// sim is a world in a bubble. The shop in it can be closed and opened again at any moment.
type sim struct {
	*world
	shopLock sync.RWMutex
	shop     *app.App // nil while it is down
	bank     *pipes
	wake     chan struct{} // somebody did something: look when the next check is due
	over     chan struct{}
	rnd      *rand.Rand

	refreshes *refreshes
}

func (s *sim) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// template is a furnished database that every seed copies.
func template(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	w := &world{Config: Config{Database: SQLite(dir)}, front: &httptest.Server{URL: simShop}, bank: &httptest.Server{URL: simBank}}
	w.cfg = w.settings()
	if err := w.stock(t.Context()); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "shop.db")
}

func newSim(t *testing.T, seed uint64, dir string) *sim {
	t.Helper()
	c := Config{Database: SQLite(dir), Instances: 1, Kills: simDays, Seed: seed, DoubleClicks: 30, Speed: 1, Log: io.Discard}
	w := &world{Config: c, clock: Clock{Start: time.Now(), Speed: 1}, pace: newPaceLog(bankPause),
		front: &httptest.Server{URL: simShop}, bank: &httptest.Server{URL: simBank}, control: &httptest.Server{URL: simControl}}
	s := &sim{world: w, wake: make(chan struct{}, 1), over: make(chan struct{}), refreshes: newRefreshes(), rnd: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // choices that a seed repeats
	w.network = s
	emu, err := bankemu.New(bankemu.Config{Now: w.clock.Now, PublicURL: simBank, TokenAgentURL: simBank, Step: time.Minute,
		Clients: []bankemu.Client{{ID: clientID, Secret: clientSecret, RedirectURIs: []string{simShop + "/login/callback"},
			Scope: scope(), OwnINN: bankemu.MerchantINN, BackURLPrefix: simShop}}})
	if err != nil {
		t.Fatal(err)
	}
	door, control := s.refreshes.watch(w.pace.watch(emu.Handler())), emu.Control()
	s.bank = newPipes(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if "http://"+r.Host == simControl {
			control.ServeHTTP(rw, r)
			return
		}
		door.ServeHTTP(rw, r)
	}))
	t.Cleanup(s.bank.end)
	w.cfg = w.settings()
	w.cfg.Timeout = 10 * time.Second
	if err := w.enrich(); err != nil {
		t.Fatal(err)
	}
	return s
}

// open starts the shop; shut ends it as a crash does: whatever is under way loses its database.
func (s *sim) open(ctx context.Context) error {
	shop, err := app.New(ctx, s.cfg, s.clock.Now, slog.New(slog.DiscardHandler), app.WithTransport(s))
	if err != nil {
		return err
	}
	s.shopLock.Lock()
	s.shop = shop
	s.shopLock.Unlock()
	s.pace.birth()
	s.refreshes.shop(true)
	s.stir()
	return nil
}

func (s *sim) shutShop() {
	s.shopLock.Lock()
	shop := s.shop
	s.shop = nil
	s.shopLock.Unlock()
	s.refreshes.shop(false)
	if shop != nil {
		_ = shop.Close()
	}
}

// days is the story of one seed.
func (s *sim) days(ctx context.Context, r *Report) error {
	if err := s.gather(simBuyers); err != nil {
		return err
	}
	for range simDays {
		end := time.Now().Add(24 * time.Hour)
		var crowd sync.WaitGroup
		for _, b := range s.crowd {
			wait := time.Duration(b.rnd.Int64N(int64(10 * time.Hour)))
			crowd.Go(func() {
				time.Sleep(wait)
				r := b.buy(ctx)
				if r != nil {
					fmt.Fprintln(s.Log, r)
				}
			})
		}
		time.Sleep(time.Duration(s.rnd.Int64N(int64(10 * time.Hour))))
		s.shutShop()
		r.Kills++
		time.Sleep(time.Duration(s.rnd.Int64N(int64(2 * time.Hour))))
		if err := s.open(ctx); err != nil {
			return err
		}
		crowd.Wait()
		for _, b := range s.crowd { // who closed the tab signs a day later, or never
			for _, id := range b.links {
				if b.chance(60) {
					_ = s.tell(http.MethodPost, "/api/documents/"+id+"/sign", "", nil)
				}
			}
			b.links = nil
		}
		time.Sleep(time.Until(end))
		r.Checkouts += len(s.crowd)
	}
	return nil
}

// simulate runs one seed, on one processor and with random numbers that the seed repeats: the same seed is the same world.
func simulate(t *testing.T, seed uint64, furnished []byte) (r Report) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	cryptotest.SetGlobalRandom(t, seed)
	dir, err := os.MkdirTemp(fastDir(), "sim")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "shop.db"), furnished, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)))
		ctx := context.Background()
		s := newSim(t, seed, dir)
		if err := s.open(ctx); err != nil {
			t.Fatal(err)
		}
		defer s.shutShop()
		db, err := sql.Open("sqlite", filepath.Join(dir, "shop.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		shopTimer, err := newTimer(ctx, s, db)
		if err != nil {
			t.Fatal(err)
		}
		r = Report{Seed: seed}
		if err := s.connectMerchant(ctx); err != nil {
			t.Fatal(err)
		}
		if err := s.plan(simFaults(seed)); err != nil {
			t.Fatal(err)
		}
		var loop sync.WaitGroup
		loop.Go(func() { shopTimer.run(ctx) })
		defer loop.Wait()
		defer close(s.over)
		err = s.days(ctx, &r)
		if err == nil {
			r.Spoiled, err = s.calm(ctx)
		}
		s.stir()
		o := oracle{world: s.world, excused: s.refreshes.excused}
		o.Settle, o.Look = 26*time.Hour, 10*time.Minute // a document whose time is over is asked about once a day
		if err == nil {
			err = o.judge(ctx, &r)
		}
		if err != nil {
			t.Fatal(err)
		}
		r.Calls = s.pace.calls
		t.Log(r)
		for _, v := range r.Violations {
			t.Error(v)
		}
		if t.Failed() {
			t.Logf("repeat with: go test ./internal/chaos -run TestTenVirtualDays -v -args -seed=%d", seed)
		}
	})
	return r
}

// simFaults are Faults in the simulation's time, where a call may take ten seconds.
func simFaults(seed uint64) []Fault {
	all := Faults(seed)
	for i := range all {
		if all[i].Delay != "" {
			all[i].Delay = "12s"
		}
	}
	return all
}

// fastDir is where a file costs no disk, if there is such a place: durability is not what the simulation looks at.
func fastDir() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() && runtime.GOOS == "linux" {
		return "/dev/shm"
	}
	return ""
}
