package bankapi

import (
	"context"
	"log/slog"
	"time"
)

type refKey struct{}

// WithRef puts our own reference of the work at hand (request id, job id) into ctx for the exchange log.
func WithRef(ctx context.Context, ref string) context.Context {
	return context.WithValue(ctx, refKey{}, ref)
}

// log writes one line per attempt: enough for the bank's support to find the call, nothing about people.
// The query is left out (accounts, law forms), and so are tokens, bodies and the bank's messages.
func (c *Client) log(ctx context.Context, r Request, start time.Time, waited time.Duration, resp *Response, e *Error) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("op", r.Op), slog.String("method", r.Method), slog.String("path", r.Path),
		slog.Int64("ms", time.Since(start).Milliseconds()),
	}
	if ref, ok := ctx.Value(refKey{}).(string); ok {
		attrs = append(attrs, slog.String("ref", ref))
	}
	if waited >= time.Millisecond {
		attrs = append(attrs, slog.Int64("waited_ms", waited.Milliseconds()))
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
