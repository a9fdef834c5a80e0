package chaos

import (
	"fmt"
	"time"
)

// Clock runs Speed times faster than the wall's. Every process that knows Start and Speed reads the same time, so that
// the minutes a document may be in doubt pass in seconds.
type Clock struct {
	Start time.Time
	Speed int
}

// Now is the time of shops and bank, UTC.
func (c Clock) Now() time.Time {
	return c.Start.Add(time.Since(c.Start) * time.Duration(c.Speed)).UTC()
}

// Real is how long a pause of the fast clock takes by the wall's.
func (c Clock) Real(d time.Duration) time.Duration { return d / time.Duration(c.Speed) }

func (c Clock) String() string { return fmt.Sprintf("%d x%d", c.Start.UnixNano(), c.Speed) }

// ParseClock reads what String wrote.
func ParseClock(s string) (Clock, error) {
	var start int64
	c := Clock{}
	if _, err := fmt.Sscanf(s, "%d x%d", &start, &c.Speed); err != nil || c.Speed < 1 {
		return Clock{}, fmt.Errorf("chaos: clock %q: %w", s, err)
	}
	c.Start = time.Unix(0, start)
	return c, nil
}
