package bankapi

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Limits of a repeated GET (cells R of the fault matrix): somebody is waiting for the page.
const (
	maxRepeats   = 2
	repeatBudget = 5 * time.Second // the last attempt starts inside it
	repeatCap    = 4 * time.Second // of one attempt, so that a hung one leaves room for another
)

func (c *Client) retry(ctx context.Context, r Request) (*Response, error) {
	first := time.Now()
	for n := 0; ; n++ {
		start := time.Now()
		resp, err := c.attempt(ctx, r, min(c.cfg.Timeout, repeatCap))
		e, failed := errors.AsType[*Error](err)
		if !failed {
			return resp, err
		}
		pause, again := worthRepeating(e, time.Since(start))
		if !again || n == maxRepeats || time.Since(first)+pause > repeatBudget {
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
// took is how long ago the attempt began: the bank wants its starts apart, not its ends.
func worthRepeating(e *Error, took time.Duration) (pause time.Duration, again bool) {
	if e.Status == http.StatusTooManyRequests {
		return e.RetryAfter, true
	}
	return max(defaultPause-took, 0), e.Transient() && !e.NotSent
}
