package bankapi

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"
)

type refKey struct{}

// WithRef puts our own reference of the work at hand (request id, job id) into ctx for the exchange log.
func WithRef(ctx context.Context, ref string) context.Context {
	return context.WithValue(ctx, refKey{}, ref)
}

// NewRef draws a reference: a short word that a person can read out, unguessable enough not to repeat.
func NewRef() string { return rand.Text()[:10] }

// Call is one attempt that is over, told to Config.Observe. Nothing in it is secret or personal.
type Call struct {
	Op       string
	Priority Priority
	Outcome  string        // "ok", a Kind, or "unavailable" when the breaker refused it
	Status   int           // 0 = no answer
	Sent     bool          // false: it certainly never reached the bank
	Start    time.Time     // of the wait for its turn
	Waited   time.Duration // for its turn
	Took     time.Duration // from its turn to its end
}

// over tells everybody that an attempt is over: it began to wait at start and to call at turn.
func (c *Client) over(ctx context.Context, r Request, start, turn time.Time, resp *Response, e *Error, sent bool) {
	call := Call{Op: r.Op, Priority: r.Priority, Outcome: "ok", Sent: sent, Start: start, Waited: turn.Sub(start), Took: time.Since(turn)}
	switch {
	case e == nil:
		call.Status = resp.Status
	case errors.Is(e, ErrUnavailable):
		call.Outcome = "unavailable"
	default:
		call.Outcome, call.Status = e.Kind.String(), e.Status
	}
	c.log(ctx, r, call, resp, e)
	if c.cfg.Observe != nil {
		c.cfg.Observe(ctx, call)
	}
}

// log writes one line per attempt: enough for the bank's support to find the call, nothing about people.
// The query is left out (accounts, law forms), and so are tokens, bodies and the bank's messages.
func (c *Client) log(ctx context.Context, r Request, call Call, resp *Response, e *Error) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("op", r.Op), slog.String("method", r.Method), slog.String("path", r.Path),
		slog.Int64("ms", call.Took.Milliseconds()),
	}
	if ref := RefOf(ctx); ref != "" {
		attrs = append(attrs, slog.String("ref", ref))
	}
	if call.Waited >= time.Millisecond {
		attrs = append(attrs, slog.Int64("waited_ms", call.Waited.Milliseconds()))
	}
	if resp != nil {
		attrs = append(attrs, slog.Int("status", resp.Status), slog.String("reference_id", resp.ReferenceID))
	}
	if e != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.Int("status", e.Status), slog.String("kind", e.Kind.String()),
			slog.String("cause", e.Cause), slog.String("reference_id", e.ReferenceID), slog.Bool("not_sent", e.NotSent))
		if e.Err != nil {
			attrs = append(attrs, slog.String("error", e.Err.Error()))
		}
		if e.Misconfigured() {
			level = slog.LevelError
		}
	}
	c.cfg.Log.LogAttrs(ctx, level, "bank call", attrs...)
}
