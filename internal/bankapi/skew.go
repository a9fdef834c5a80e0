package bankapi

import (
	"net/http"
	"sync/atomic"
	"time"
)

// clocks keeps how far the bank's clock is ahead of ours, by the header Date of its last answer.
type clocks struct{ skew atomic.Int64 }

// hear reads the Date of an answer to a question of ours asked and answered at these times. What lies between them is the
// bank's time to think, and its date has whole seconds: both excuse it.
func (c *clocks) hear(date string, asked, answered time.Time) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	switch earliest, latest := asked.Add(-time.Second), answered.Add(time.Second); {
	case at.Before(earliest):
		c.skew.Store(int64(at.Sub(earliest)))
	case at.After(latest):
		c.skew.Store(int64(at.Sub(latest)))
	default:
		c.skew.Store(0)
	}
}

// Skew is how far the bank's clock is ahead of ours, negative when it is behind; 0 when they agree within a second or the
// bank has said nothing yet. Errors count as well: every answer of the bank is dated.
func (c *Client) Skew() time.Duration { return time.Duration(c.clocks.skew.Load()) }
