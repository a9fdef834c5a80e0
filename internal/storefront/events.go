package storefront

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"creditcart/internal/sbid"
)

// How an open order page is kept in step with the bank. A stream ends after streamLife; the browser opens a new one.
const (
	streamLife     = 10 * time.Minute
	streamsPerUser = 4
	streamsTotal   = 2000
	streamWrite    = 10 * time.Second // a reader that is slower than this is gone
)

// eventPauses are the pauses between questions to the bank; the last one repeats.
var eventPauses = []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second}

// streams counts the open streams of each session.
type streams struct {
	mu    sync.Mutex
	open  map[string]int
	total int
}

func newStreams() *streams { return &streams{open: map[string]int{}} }

func (s *streams) enter(session string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[session] >= streamsPerUser || s.total >= streamsTotal {
		return false
	}
	s.open[session]++
	s.total++
	return true
}

func (s *streams) leave(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	if s.open[session]--; s.open[session] <= 0 {
		delete(s.open, session)
	}
}

// events tells an open order page when the order is not what it shows any more. It asks the bank meanwhile.
func (s *server) events(c echo.Context) error {
	v := visitorOf(c)
	if v.who == nil {
		return c.NoContent(http.StatusNoContent) // ends an EventSource for good; the page itself will ask to sign in
	}
	o, err := s.Checkout.Find(c.Request().Context(), *v.who, c.Param("number"))
	if err != nil {
		return err
	}
	if !s.streams.enter(v.session) {
		return ofStatus(http.StatusTooManyRequests, nil)
	}
	defer s.streams.leave(v.session)
	shown, err := strconv.ParseInt(c.QueryParam("v"), 10, 64)
	if err != nil {
		shown = o.Version
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), streamLife)
	defer cancel()
	w := streamWriter{out: c.Response(), control: http.NewResponseController(c.Response())}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // a proxy that collects would defeat the purpose
	c.Response().WriteHeader(http.StatusOK)
	if o.Version != shown {
		w.send("event: changed\ndata: %d\n\n", o.Version)
	} else {
		w.send("retry: 5000\n: open\n\n")
	}
	s.follow(ctx, w, *v.who, o.Number, o.Version)
	return nil
}

// follow asks and tells until the reader leaves, the time is over, the program stops, or nothing can change any more.
func (s *server) follow(ctx context.Context, w streamWriter, who sbid.Identity, number string, version int64) {
	for i := 0; ; i++ {
		timer := time.NewTimer(s.pauses[min(i, len(s.pauses)-1)])
		select {
		case <-ctx.Done():
		case <-s.Stopping:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil || s.stopping() {
			return
		}
		o, err := s.Checkout.Refresh(ctx, who, number)
		if err != nil {
			if ctx.Err() == nil {
				s.Log.WarnContext(ctx, "event stream", "order", number, "error", err)
			}
			return
		}
		var ok bool
		if o.Version != version {
			version = o.Version
			ok = w.send("event: changed\ndata: %d\n\n", version)
		} else {
			ok = w.send(": still here\n\n")
		}
		if !ok || len(o.Watched()) == 0 {
			return
		}
	}
}

func (s *server) stopping() bool {
	select {
	case <-s.Stopping:
		return true
	default:
		return false
	}
}

type streamWriter struct {
	out     http.ResponseWriter
	control *http.ResponseController
}

// send writes and flushes; false means that the reader is gone.
func (w streamWriter) send(format string, args ...any) bool {
	_ = w.control.SetWriteDeadline(time.Now().Add(streamWrite)) // not every writer has deadlines
	if _, err := fmt.Fprintf(w.out, format, args...); err != nil {
		return false
	}
	return w.control.Flush() == nil
}
