package credit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"creditcart/internal/money"
)

// fields is a JSON object of the bank read field by field, so that one broken field spoils only what depends on it.
// Unknown fields are ignored, null is the same as absent, numbers come as numbers or as strings.
type fields map[string]json.RawMessage

var errNotNumber = errors.New("not a number")

// has tells whether a field carries anything: not absent, not null, not an empty string.
func (f fields) has(name string) bool {
	raw := bytes.TrimSpace(f[name])
	return len(raw) > 0 && !bytes.Equal(raw, []byte("null")) && strings.TrimSpace(scalar(raw)) != ""
}

// text reads a string, also one sent as a number; anything else is empty. Cleaned for people.
func (f fields) text(name string) string {
	raw := bytes.TrimSpace(f[name])
	if len(raw) == 0 || raw[0] != '"' && raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return ""
	}
	return Clean(scalar(raw))
}

// decimal reads a number or a string with a number, `1E+3` as Java writes it included.
func (f fields) decimal(name string) (decimal.Decimal, error) {
	raw := bytes.TrimSpace(f[name])
	s := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".").Replace(scalar(raw))
	mantissa, exponent, scientific := strings.Cut(strings.ToUpper(s), "E")
	if mantissa == "" || len(mantissa) > 40 || strings.Trim(mantissa, "-.0123456789") != "" {
		return decimal.Decimal{}, errNotNumber
	}
	// The bound keeps a hostile exponent from turning into gigabytes of zeros.
	if e, err := strconv.Atoi(exponent); scientific && (err != nil || e < -20 || e > 20) {
		return decimal.Decimal{}, errNotNumber
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return decimal.Decimal{}, errNotNumber
	}
	return d, nil
}

// amount reads roubles.
func (f fields) amount(name string) (money.Amount, error) {
	d, err := f.decimal(name)
	if err != nil {
		return 0, err
	}
	return money.FromDecimal(d)
}

// integer reads a whole number within a count that makes sense for months and days.
func (f fields) integer(name string) (int, error) {
	d, err := f.decimal(name)
	if err != nil || !d.IsInteger() || d.Abs().GreaterThan(decimal.NewFromInt(99999)) {
		return 0, errNotNumber
	}
	return int(d.IntPart()), nil
}

// day reads a date or a moment. A date without a time counts in Moscow; whole says that it was such a date.
func (f fields) day(name string) (t time.Time, whole bool, err error) {
	s := f.text(name)
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05.999999999", "02.01.2006"} {
		if t, err = time.ParseInLocation(layout, s, Moscow()); err == nil {
			midnight := t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 && t.Nanosecond() == 0
			return t.UTC(), midnight, nil
		}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err = time.Parse(layout, s); err == nil {
			return t.UTC(), false, nil
		}
	}
	return time.Time{}, false, err
}

// scalar is the text of a JSON string or the spelling of a JSON number.
func scalar(raw []byte) string {
	if len(raw) > 0 && raw[0] == '"' {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return ""
		}
		return s
	}
	return string(raw)
}

func isNull(raw []byte) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

// object reads a JSON object. An error wraps ErrUnreadable.
func object(body []byte) (fields, error) {
	var f fields
	if err := json.Unmarshal(body, &f); err != nil || f == nil {
		return nil, fmt.Errorf("not an object: %w", ErrUnreadable)
	}
	return f, nil
}
