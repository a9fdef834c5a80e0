package credit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"time"
	"unicode/utf8"

	"creditcart/internal/money"
)

// FieldError: a document cannot be sent because a field breaks the bank's documents. Field is the name on the wire.
// The value is not told: it may be a requisite.
type FieldError struct{ Field, Problem string }

// Error names the field.
func (e *FieldError) Error() string { return "credit: field " + e.Field + ": " + e.Problem }

// The documents' formats where they can be taken literally.
var (
	uuidFormat     = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	orderIDFormat  = regexp.MustCompile(`^[0-9A-Za-z]{1,50}$`)
	creditAccount  = regexp.MustCompile(`^[0-9]{1,34}$`)
	paymentAccount = regexp.MustCompile(`^[0-9]{20}$`)
	bicFormat      = regexp.MustCompile(`^[0-9]{9}$`)
	innFormat      = regexp.MustCompile(`^([0-9]{5}|[0-9]{10}|[0-9]{12}|0)$`)
	kppFormat      = regexp.MustCompile(`^([0-9]{9}|0)$`)
)

// maxDraftDays is how long a draft lives: 10 calendar days, counted from the day after its date (FAQ of the payments page).
const maxDraftDays = 10

// checklist collects the first broken field.
type checklist struct{ err error }

func (c *checklist) must(ok bool, field, problem string) {
	if c.err == nil && !ok {
		c.err = &FieldError{field, problem}
	}
}

func (c *checklist) format(re *regexp.Regexp, field, value string) {
	c.must(re.MatchString(value), field, "must match "+re.String())
}

// text checks a text of the documents by meaning: their printed patterns forbid Cyrillic where it is needed.
func (c *checklist) text(field, value string, limit int) {
	n := utf8.RuneCountInString(value)
	c.must(n >= 1 && n <= limit, field, fmt.Sprintf("must be 1 to %d characters, has %d", limit, n))
	c.must(value == Clean(value), field, "must have no control characters and no spare spaces")
}

func (c *checklist) positive(field string, a money.Amount) {
	c.must(a > 0 && a <= money.Max, field, "must be a positive sum")
}

func (c *checklist) notNegative(field string, a money.Amount) {
	c.must(a >= 0 && a <= money.Max, field, "must not be a negative sum")
}

func (c *checklist) url(field, value string) {
	u, err := url.Parse(value)
	c.must(err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil, field, "must be an absolute http(s) address")
	c.must(utf8.RuneCountInString(value) <= LimitURL, field, fmt.Sprintf("must be at most %d characters", LimitURL))
}

// dates checks both dates of a draft against each other.
func (c *checklist) dates(date, expiration string) {
	d, err := time.Parse(time.DateOnly, date)
	c.must(err == nil, "date", "must be YYYY-MM-DD")
	e, err := time.Parse(time.DateOnly, expiration)
	c.must(err == nil, "expirationDate", "must be YYYY-MM-DD")
	c.must(!e.Before(d) && !e.After(d.AddDate(0, 0, maxDraftDays)), "expirationDate", fmt.Sprintf("must be 0 to %d days after date", maxDraftDays))
}

// Validity gives the dates of a draft made now that lives for days (at most 10, at least 1): date and expirationDate in
// Moscow, and the last moment at which it may be signed.
func Validity(now time.Time, days int) (date, expiration string, until time.Time) {
	days = min(max(days, 1), maxDraftDays)
	y, m, d := now.In(Moscow()).Date()
	first := time.Date(y, m, d, 0, 0, 0, 0, Moscow())
	last := first.AddDate(0, 0, days)
	return first.Format(time.DateOnly), last.Format(time.DateOnly), last.AddDate(0, 0, 1).Add(-time.Second).UTC()
}

// marshal writes JSON without HTML escapes: `&` in a link stays readable for the bank's people.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("credit: marshal: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
