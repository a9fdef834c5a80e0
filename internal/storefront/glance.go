package storefront

import (
	"context"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

// glance is how long a page that does not depend on conditions waits for them. Mostly they are at hand; when the bank has to
// be asked, the page goes without and the answer is there for the next one.
const (
	glanceWait = 60 * time.Millisecond
	glanceCall = 5 * time.Second
	chipSum    = money.Amount(1_000_00) // any sum serves: the chip shows limits
)

// glances counts, by company, the looks for which a page did not wait to the end: while there is one, the next page does
// not wait at all, or a bank that hangs would hold up every page by glanceWait.
type glances struct {
	mu   sync.Mutex
	late map[string]int
}

// look is one search for conditions.
type look struct {
	company    string
	late, done bool
}

func (g *glances) waiting(company string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.late[company] > 0
}

// giveUp: the page went without.
func (g *glances) giveUp(l *look) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !l.done {
		l.late = true
		g.late[l.company]++
	}
}

// end: the look is over, however.
func (g *glances) end(l *look) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l.done = true; !l.late {
		return
	}
	if g.late[l.company]--; g.late[l.company] == 0 {
		delete(g.late, l.company)
	}
}

func (s *server) glance(ctx context.Context, who sbid.Identity, due money.Amount) (checkout.Conditions, bool) {
	if s.glances.waiting(who.INN) {
		return checkout.Conditions{}, false
	}
	type result struct {
		checkout.Conditions
		err error
	}
	l, done := &look{company: who.INN}, make(chan result, 1)
	go func() {
		defer s.glances.end(l)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), glanceCall)
		defer cancel()
		conditions, err := s.Checkout.Conditions(ctx, who, due)
		done <- result{conditions, err}
	}()
	timer := time.NewTimer(s.glanceWait)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.Conditions, r.err == nil
	case <-timer.C:
		s.glances.giveUp(l)
		return checkout.Conditions{}, false
	}
}

// chip fills in the limit beside the company's name on pages that know no conditions of their own.
func (s *server) chip(c echo.Context, f *templates.Frame) {
	v := visitorOf(c)
	if v.who == nil {
		return
	}
	if conditions, ok := s.glance(c.Request().Context(), *v.who, chipSum); ok {
		f.Company.Chip = credit.Chip(conditions.Ways)
	}
}
