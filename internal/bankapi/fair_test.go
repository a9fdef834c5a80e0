package bankapi_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"creditcart/internal/bankapi"
)

// buyers keep more people at the page than there are places, until ctx ends.
func buyers(ctx context.Context, c *bankapi.Client, n int) {
	for range n {
		go func() {
			for ctx.Err() == nil {
				c.Do(ctx, get("buyer", ""))
			}
		}()
	}
}

// sofar is which calls have come, in order, while others may come.
func (b *bank) sofar() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.ops)
}

func TestUrgentFirst(t *testing.T) {
	inBubble(t, bankapi.Config{Rate: 5}, nil, func(t *testing.T, c *bankapi.Client, b *bank) {
		requests := []bankapi.Request{get("first", "")}
		for _, class := range []bankapi.Priority{bankapi.P4, bankapi.P2, bankapi.P3, bankapi.P0, bankapi.P1} {
			r := get(fmt.Sprint("p", int(class)), "")
			r.Priority = class
			requests = append(requests, r)
		}
		all(t, c, requests...)
		if got := strings.Join(b.ops, " "); got != "/first /p0 /p1 /p2 /p3 /p4" {
			t.Errorf("order %s", got)
		}
	})
}

// A class's urgency is a head start: a call that has waited long goes before a fresh one of a more urgent class.
func TestHeadStartEnds(t *testing.T) {
	inBubble(t, bankapi.Config{MinInterval: 30 * time.Second}, nil, func(t *testing.T, c *bankapi.Client, b *bank) {
		late, fresh := get("late", ""), get("fresh", "")
		late.Priority, fresh.Priority = bankapi.P4, bankapi.P1
		var wg sync.WaitGroup
		do := func(r bankapi.Request) { wg.Go(func() { c.Do(t.Context(), r) }); synctest.Wait() }
		do(get("first", ""))
		do(fresh)
		do(late)
		time.Sleep(27 * time.Second)
		do(fresh) // its patience ends at 32 s, that of late at 30 s
		wg.Wait()
		if got := strings.Join(b.ops, " "); got != "/first /fresh /late /fresh" {
			t.Errorf("order %s", got)
		}
	})
}

// However many people look at their pages: an impatient background call gets its turn, and people keep three of five.
func TestBackgroundDoesNotStarve(t *testing.T) {
	inBubble(t, bankapi.Config{Rate: 5}, nil, func(t *testing.T, c *bankapi.Client, b *bank) {
		ctx, stop := context.WithCancel(t.Context())
		buyers(ctx, c, 20)
		time.Sleep(time.Second)
		for range 50 {
			go func() {
				poll := get("poll", "")
				poll.Priority = bankapi.P2
				for ctx.Err() == nil {
					c.Do(ctx, poll)
				}
			}()
		}
		time.Sleep(9 * time.Second)
		if got := strings.Count(strings.Join(b.sofar(), " "), "poll"); got != 0 {
			t.Errorf("%d polls before buyers while they could wait", got)
		}
		time.Sleep(2 * time.Second)
		from := len(b.sofar())
		time.Sleep(time.Minute)
		ops := b.sofar()[from:]
		polls, of := strings.Count(strings.Join(ops, " "), "poll"), len(ops)
		if of < 299 || polls*5 < of*2-10 || polls*5 > of*2+10 {
			t.Errorf("%d polls of %d calls in a minute", polls, of)
		}
		stop()
		synctest.Wait()
	})
}

// The polling budget: every open attempt is asked about at least every max(30 min, 3 × open / allowed rate), whatever
// its class and whoever else calls.
func TestEveryAttemptIsPolled(t *testing.T) {
	for _, tt := range []struct {
		open int
		rate float64
	}{{40, 0.4}, {200, 5}, {80, 0.1}} {
		t.Run(fmt.Sprint(tt.open, " at ", tt.rate), func(t *testing.T) {
			inBubble(t, bankapi.Config{Rate: tt.rate}, nil, func(t *testing.T, c *bankapi.Client, b *bank) {
				bound := max(30*time.Minute, time.Duration(3*float64(tt.open)/tt.rate*float64(time.Second)))
				random := rand.New(rand.NewPCG(uint64(tt.open), 1))
				ctx, stop := context.WithTimeout(t.Context(), 3*bound)
				defer stop()
				buyers(ctx, c, 5+int(4*tt.rate))
				for i := range tt.open {
					poll := get("state", fmt.Sprint("document ", i))
					// Mostly of one class, which is the hardest for that class; the others have no pause between their polls.
					if poll.Priority = bankapi.P4; random.IntN(10) == 0 {
						poll.Priority = bankapi.Priority(1 + random.IntN(3))
					}
					go watch(ctx, t, c, poll, bound)
				}
				<-ctx.Done()
				synctest.Wait()
			})
		})
	}
}

func watch(ctx context.Context, t *testing.T, c *bankapi.Client, poll bankapi.Request, bound time.Duration) {
	for ctx.Err() == nil {
		start := time.Now()
		_, err := c.Do(ctx, poll)
		if waited := time.Since(start); waited > bound {
			t.Errorf("%s of class %d was not polled for %v", poll.Subject, poll.Priority, waited)
			return
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			t.Error(err)
		}
	}
}
