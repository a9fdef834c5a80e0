package bankapi

import (
	"context"
	"net/http"
	"time"
)

// Limits of a repeated GET (cells R of the fault matrix): somebody is waiting for the page.
const (
	maxRepeats   = 2
	repeatBudget = 5 * time.Second // the last attempt starts inside it
	repeatCap    = 4 * time.Second // of one attempt, so that a hung one leaves room for another
)

func (c *Client) retry(ctx context.Context, r Request, start time.Time) (*Response, error) {
	for n := 0; ; n++ {
		resp, err := c.attempt(ctx, r, min(c.cfg.Timeout, repeatCap))
		if err == nil {
			return resp, nil
		}
		pause, again := worthRepeating(err.(*Error))
		if !again || n == maxRepeats || time.Since(start)+pause > repeatBudget {
			return nil, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// worthRepeating: nothing is listening (NotSent) or 503 will not be better in two seconds; a short 429 will.
func worthRepeating(e *Error) (time.Duration, bool) {
	if e.Status == http.StatusTooManyRequests {
		return e.RetryAfter, true
	}
	return defaultPause, e.Transient() && !e.NotSent
}
