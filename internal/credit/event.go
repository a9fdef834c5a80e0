package credit

import (
	"fmt"
	"strings"
)

// Event is a notification of the bank that a payment document reached a final status (webhook wh-payment).
// Nobody proves that it comes from the bank, and it names no sum: it is a reason to ask, never an answer.
type Event struct {
	ExternalID string // UUID, lower case
	Status     string // bankStatus as sent, in capitals
	Time       string // eventTime as sent; with ExternalID it tells a repeat of the same notification
}

// ParseEvent reads the body of a notification. An error wraps ErrUnreadable.
func ParseEvent(body []byte) (Event, error) {
	f, err := object(body)
	if err != nil {
		return Event{}, fmt.Errorf("credit: event: %w", err)
	}
	e := Event{ExternalID: strings.ToLower(f.text("externalId")), Status: statusCode(f), Time: Cut(f.text("eventTime"), 64)}
	if !uuidFormat.MatchString(e.ExternalID) || e.Status == "" || e.Time == "" {
		return Event{}, fmt.Errorf("credit: event: externalId, bankStatus or eventTime is missing: %w", ErrUnreadable)
	}
	return e, nil
}
