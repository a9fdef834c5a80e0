package bankapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind says what an unsuccessful call means for the caller. The zero value is the safe reading: nobody knows.
type Kind int

const (
	// Unknown: the bank may or may not have executed the call (timeout, broken connection, 5xx, 3xx, an answer that
	// cannot be read). Error.NotSent tells the cases where the call certainly never left this machine.
	Unknown Kind = iota
	// Certificate: our client certificate or the bank's own was refused. The outcome is as unknown as with Unknown, but
	// a person must look at the settings.
	Certificate
	// Refused: the bank read the request and said no (400 and other 4xx in one of its JSON dialects). See Cause.
	Refused
	// Unauthorized: 401, the token is not good (any more).
	Unauthorized
	// Forbidden: 403, the token is good but the operation is not granted (ACTION_ACCESS_EXCEPTION).
	Forbidden
	// NotFound: 404 in the bank's own dialect. A 404 without it comes from something in between and is Unknown.
	NotFound
	// Limited: 429, or our own pace had no place in time. Not executed; RetryAfter is always set.
	Limited
)

var kindNames = [...]string{"unknown", "certificate", "refused", "unauthorized", "forbidden", "not found", "limited"}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "kind " + strconv.Itoa(int(k))
	}
	return kindNames[k]
}

// Check is one entry of the bank's list of failed checks (ResourceFault of «Кредит в корзине»).
type Check struct {
	Level   string   `json:"level"` // ERROR or WARNING
	Message string   `json:"message"`
	Fields  []string `json:"fields"`
}

// Error is every unsuccessful call. Its text carries no words of the bank beyond the codes, so it may be logged;
// Message, FieldNames and Checks may hold personal data and are for the merchant's eyes only.
type Error struct {
	Op          string
	Kind        Kind
	Status      int    // 0 when there was no answer
	Cause       string // cause, errorCode or error of the three dialects: WORKFLOW_FAULT, invalid_grant …
	Message     string // message, errorMsg or error_description
	ReferenceID string // the bank's id of this failure, for its support
	FieldNames  []string
	Checks      []Check
	RetryAfter  time.Duration // 429 and 503: how long the bank asked to wait, at most an hour; 0 = not said. With ErrUnavailable: until the next look
	NotSent     bool          // certainly never reached the bank: no connection, or our own pace refused it (Limited, ErrUnavailable)
	Err         error
}

// Error names the operation, the class and the codes; never the bank's message.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("bankapi: " + e.Op + ": " + e.Kind.String())
	if e.Status != 0 {
		b.WriteString(" " + strconv.Itoa(e.Status))
	}
	if e.Cause != "" {
		b.WriteString(" " + e.Cause)
	}
	if e.ReferenceID != "" {
		b.WriteString(" ref " + e.ReferenceID)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Definite reports that the bank certainly did not execute the call.
func (e *Error) Definite() bool {
	return e.NotSent || e.Kind != Unknown && e.Kind != Certificate
}

// Misconfigured reports a failure that only a person can end: certificates, redirects, missing rights, a request
// the bank finds malformed, unknown client (the cells marked C of the fault matrix).
func (e *Error) Misconfigured() bool {
	return e.Kind == Certificate || e.Kind == Forbidden || e.Status/100 == 3 ||
		slices.Contains([]string{"VALIDATION_FAULT", "DESERIALIZATION_FAULT", "invalid_client", "unauthorized_client"}, e.Cause)
}

// Transient reports a failure of the moment that an immediate repeat may cure: no whole answer, or a 5xx other than 503.
// Only for calls that may be executed twice.
func (e *Error) Transient() bool {
	return e.Kind == Unknown && (e.Status == 0 || e.Status >= 500 && e.Status != http.StatusServiceUnavailable)
}

var (
	errBadRequest = errors.New("this request cannot be made")
	errHTML       = errors.New("no required SSL certificate was sent")
	errRedirect   = errors.New("redirect not followed")
	errNotJSON    = errors.New("answer is not in the bank's format")
	errUnreadable = errors.New("unreadable answer")
	errTooLarge   = errors.New("answer larger than 1 MiB")
)

// fault is the union of the three dialects (spec §1.10).
type fault struct {
	Error            text    `json:"error"`
	ErrorDescription text    `json:"error_description"`
	ErrorCode        text    `json:"errorCode"`
	ErrorMsg         text    `json:"errorMsg"`
	Cause            text    `json:"cause"`
	ReferenceID      text    `json:"referenceId"`
	Message          text    `json:"message"`
	FieldNames       []text  `json:"fieldNames"`
	Checks           []Check `json:"checks"`
}

// text reads any JSON scalar; a code that arrives as a number or null must not hide the rest of the answer.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = text(s)
	} else if b[0] != '{' && b[0] != '[' {
		*t = text(b)
	}
	return nil
}

// failure classifies an answer other than 2xx.
func failure(op string, status int, h http.Header, body []byte, now time.Time) *Error {
	e := &Error{Op: op, Status: status}
	e.RetryAfter = retryAfter(h.Get("Retry-After"), now)
	dialect := e.readFault(h.Get("Content-Type"), body)
	switch {
	case status == http.StatusTooManyRequests:
		e.Kind, e.RetryAfter = Limited, cmp.Or(e.RetryAfter, defaultPause)
	case status/100 == 4 && !dialect && strings.Contains(strings.ToLower(string(body)), "ssl certificate"):
		e.Kind, e.Err = Certificate, errHTML
	case status/100 == 3:
		e.Err = errRedirect
	case status/100 != 4:
	case status == http.StatusUnauthorized && (dialect || len(body) == 0 || json.Valid(body)):
		e.Kind = Unauthorized
	case !dialect:
		e.Err = errNotJSON
	case status == http.StatusForbidden:
		e.Kind = Forbidden
	case status == http.StatusNotFound:
		e.Kind = NotFound
	default:
		e.Kind = Refused
	}
	return e
}

// readFault fills the bank's words in and reports whether the body is in one of its dialects.
func (e *Error) readFault(contentType string, body []byte) bool {
	if mt, _, _ := mime.ParseMediaType(contentType); mt == "text/html" {
		return false
	}
	var f fault
	if json.Unmarshal(body, &f) != nil {
		// A list of checks in an unforeseen shape must not turn a refusal into an unknown outcome.
		var plain struct {
			Cause   text `json:"cause"`
			Message text `json:"message"`
		}
		if json.Unmarshal(body, &plain) != nil {
			return false
		}
		f = fault{Cause: plain.Cause, Message: plain.Message}
	}
	e.Cause = code(cmp.Or(f.Cause, f.ErrorCode, f.Error))
	e.Message = string(cmp.Or(f.Message, f.ErrorMsg, f.ErrorDescription))
	e.ReferenceID = code(f.ReferenceID)
	e.Checks = f.Checks
	for _, n := range f.FieldNames {
		e.FieldNames = append(e.FieldNames, string(n))
	}
	return e.Cause != "" || e.Message != ""
}

// code keeps what may stand in a log line: short printable ASCII.
func code(t text) string {
	s := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, string(t))
	return s[:min(len(s), 80)]
}

const (
	defaultPause = 2 * time.Second
	maxPause     = time.Hour
)

// retryAfter reads seconds or an HTTP date; 0 when absent or unreadable. Capped at an hour: a bank that says
// "tomorrow" by mistake must not stop the shop for a day.
func retryAfter(v string, now time.Time) time.Duration {
	v = strings.TrimSpace(v)
	if v == "" {
		return 0
	}
	if n, err := strconv.ParseUint(v, 10, 63); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(n, uint64(maxPause/time.Second))) * time.Second
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxPause)
}
