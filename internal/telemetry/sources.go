package telemetry

import (
	"context"
	"runtime"
	"runtime/metrics"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/orders"
)

// Sources are asked when somebody reads the metrics; those of the database at most once in 15 s. Any may be nil.
type Sources struct {
	Bank     func() bankapi.Status
	Payments func(ctx context.Context, now time.Time) ([]orders.OpenCount, error)
	Reviews  func(ctx context.Context) (int, error)
	Outbox   func(ctx context.Context) (waiting int, oldest time.Time, err error)
	// The times below are zero when there is nothing to tell of.
	MerchantToken func(ctx context.Context) (obtained time.Time, err error)
	Secret        func(ctx context.Context) (until time.Time, err error)
	Certificate   time.Time // end of the client certificate
	Backup        func(ctx context.Context) (finished time.Time, err error)
}

// Watch names the sources; once, before the metrics are served.
func (s *Shop) Watch(from Sources) { s.sources = from }

// rare is how often the database is asked at most.
const rare = 15 * time.Second

func (s *Shop) describe(version string) {
	s.build.set(1, version, runtime.Version())
	s.started.set(float64(s.now().UnixMilli()) / 1000)
}

func (s *Shop) read(ctx context.Context) {
	s.readRuntime()
	if s.sources.Bank != nil {
		s.readBank(s.sources.Bank())
	}
	now := s.now()
	if end := s.sources.Certificate; !end.IsZero() {
		s.certificateLeft.set(end.Sub(now).Seconds())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if age := now.Sub(s.asked); age >= 0 && age < rare {
		return
	}
	if err := s.readDatabase(ctx, now); err != nil {
		s.log.WarnContext(ctx, "metrics: the database did not answer", "error", err)
		return
	}
	s.asked = now
}

func (s *Shop) readBank(b bankapi.Status) {
	for i, n := range b.Waiting {
		s.waiting.set(float64(n), class(bankapi.Priority(i)))
	}
	for _, state := range bankapi.BreakerStates {
		is := 0.0
		if state == b.Breaker {
			is = 1
		}
		s.breaker.set(is, state)
	}
	s.budget.set(b.Used())
	s.skew.set(b.Skew.Seconds())
	if b.Said.Op != "" {
		s.retryAfter.set(b.Said.For.Seconds(), b.Said.Op)
	}
}

func (s *Shop) readDatabase(ctx context.Context, now time.Time) error {
	if s.sources.Payments != nil {
		counts, err := s.sources.Payments(ctx, now)
		if err != nil {
			return err
		}
		for _, c := range counts {
			s.payments.set(float64(c.Count), string(c.State), c.Age)
		}
	}
	if s.sources.Reviews != nil {
		n, err := s.sources.Reviews(ctx)
		if err != nil {
			return err
		}
		s.reviews.set(float64(n))
	}
	if err := s.readOutbox(ctx, now); err != nil {
		return err
	}
	for _, t := range []struct {
		gauge  *family
		ask    func(context.Context) (time.Time, error)
		future bool
	}{{s.tokenAge, s.sources.MerchantToken, false}, {s.secretLeft, s.sources.Secret, true}, {s.backupAge, s.sources.Backup, false}} {
		if t.ask == nil {
			continue
		}
		at, err := t.ask(ctx)
		switch {
		case err != nil:
			return err
		case at.IsZero():
		case t.future:
			t.gauge.set(at.Sub(now).Seconds())
		default:
			t.gauge.set(now.Sub(at).Seconds())
		}
	}
	return nil
}

func (s *Shop) readOutbox(ctx context.Context, now time.Time) error {
	if s.sources.Outbox == nil {
		return nil
	}
	waiting, oldest, err := s.sources.Outbox(ctx)
	if err != nil {
		return err
	}
	age := 0.0
	if waiting > 0 {
		age = now.Sub(oldest).Seconds()
	}
	s.waitingOut.set(float64(waiting))
	s.oldestOut.set(age)
	return nil
}

func (s *Shop) readRuntime() {
	samples := []metrics.Sample{{Name: "/sched/goroutines:goroutines"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(samples)
	for i, f := range []*family{s.goroutines, s.heap, s.collections} {
		if samples[i].Value.Kind() == metrics.KindUint64 {
			f.set(float64(samples[i].Value.Uint64()))
		}
	}
}
