// Package money knows an amount of roubles and the VAT in it: exact to the kopeck in Go, a bigint of kopecks in SQL,
// a number with two decimals in the bank's JSON, «1 234,50 ₽» for people.
// It does not know whose money it is or what it is paid for.
package money

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/shopspring/decimal"
)

// Max is the largest amount the bank's format `^[0-9]{1,16}\.[0-9]{2}$` can carry.
const Max Amount = 999_999_999_999_999_999

// ErrAmount is wrapped by every error that says that something is not an amount.
var ErrAmount = errors.New("not an amount of money")

// Amount is a sum in kopecks. Amounts are comparable with == and ordered with <.
// Kopecks rather than a decimal: an amount has no scale to disagree about, so equal sums are equal values.
type Amount int64

// Parse reads the machine form of an amount: digits with an optional sign and at most two significant decimals
// after a dot (`1234`, `1234.5`, `1234.50`). Anything else, also an exponent, is an error that wraps ErrAmount.
func Parse(s string) (Amount, error) {
	if s == "" || len(s) > 40 || strings.IndexFunc(s, notAmountRune) >= 0 {
		return 0, fmt.Errorf("%q: %w", clip(s), ErrAmount)
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return 0, fmt.Errorf("%q: %w", clip(s), ErrAmount)
	}
	return FromDecimal(d)
}

// ParseInput reads what a person types: spaces of any kind between digits, a comma or a dot, an optional «₽».
func ParseInput(s string) (Amount, error) {
	s = strings.TrimSuffix(strings.TrimSpace(s), "₽")
	s = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".").Replace(s)
	return Parse(s)
}

// FromDecimal converts roubles. A fraction of a kopeck or a sum beyond Max is an error, never rounded away.
func FromDecimal(d decimal.Decimal) (Amount, error) {
	k := d.Shift(2)
	if !k.Equal(k.Truncate(0)) {
		return 0, fmt.Errorf("fraction of a kopeck: %w", ErrAmount)
	}
	if k.Abs().GreaterThan(decimal.NewFromInt(int64(Max))) {
		return 0, fmt.Errorf("too large: %w", ErrAmount)
	}
	return Amount(k.IntPart()), nil
}

// Round converts roubles to the nearest kopeck, halves away from zero. For computed sums (estimates, VAT), not for input.
func Round(d decimal.Decimal) (Amount, error) { return FromDecimal(d.Round(2)) }

// Decimal gives roubles.
func (a Amount) Decimal() decimal.Decimal { return decimal.New(int64(a), -2) }

// Times multiplies by a count of pieces. Beyond Max it is an error that wraps ErrAmount.
func (a Amount) Times(n int64) (Amount, error) {
	if n != 0 && (abs(int64(a)) > int64(Max)/abs(n)) {
		return 0, fmt.Errorf("%d pieces: too large: %w", n, ErrAmount)
	}
	return a * Amount(n), nil
}

// Sum adds amounts. Beyond Max it is an error that wraps ErrAmount.
func Sum(amounts ...Amount) (Amount, error) {
	var total Amount
	for _, a := range amounts {
		total += a
		if total > Max || total < -Max {
			return 0, fmt.Errorf("sum: too large: %w", ErrAmount)
		}
	}
	return total, nil
}

// String is the machine form with exactly two decimals: `1234.50`.
func (a Amount) String() string { return a.Decimal().StringFixed(2) }

// Format is the form for tables: `1 234,50 ₽`, always with kopecks, with non-breaking spaces.
func (a Amount) Format() string { return a.digits(true) + "\u00a0₽" }

// FormatShort is the form for prose: without kopecks when there are none.
func (a Amount) FormatShort() string { return a.digits(a%100 != 0) + "\u00a0₽" }

func (a Amount) digits(kopecks bool) string {
	whole, frac, _ := strings.Cut(a.String(), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString("\u00a0")
		}
		b.WriteRune(r)
	}
	if kopecks {
		b.WriteString("," + frac)
	}
	return b.String()
}

// MarshalJSON writes a JSON number with two decimals, as the bank's documents want it.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalJSON reads a number or a string; the bank sends both. null leaves the amount as it is.
func (a *Amount) UnmarshalJSON(b []byte) error {
	s := string(b)
	if s == "null" {
		return nil
	}
	if strings.HasPrefix(s, `"`) {
		if err := json.Unmarshal(b, &s); err != nil {
			return fmt.Errorf("money: %w", err)
		}
	}
	v, err := Parse(strings.TrimSpace(s))
	if err != nil {
		return fmt.Errorf("money: %w", err)
	}
	*a = v
	return nil
}

// Value stores kopecks as a bigint.
func (a Amount) Value() (driver.Value, error) { return int64(a), nil }

func notAmountRune(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '-' }

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

func abs(n int64) int64 {
	if n == math.MinInt64 {
		return math.MaxInt64
	}
	if n < 0 {
		return -n
	}
	return n
}
