package money

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// VATRate is a rate in whole percent; NoVAT means that the goods are not subject to the tax at all (which is not 0 %).
type VATRate int

// NoVAT is «НДС не облагается».
const NoVAT VATRate = -1

// baseRates are dated data (Tax Code of Russia, article 164): the rate in force from a day on, newest first.
var baseRates = []struct {
	from time.Time
	rate VATRate
}{
	{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 22},
	{time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), 20},
	{time.Time{}, 18},
}

// BaseVAT is the base rate in force on a day.
func BaseVAT(day time.Time) VATRate {
	for _, b := range baseRates {
		if !day.Before(b.from) {
			return b.rate
		}
	}
	return baseRates[len(baseRates)-1].rate
}

// ParseVAT reads `22`, `20`, `10`, `7`, `5`, `0` or `none`.
func ParseVAT(s string) (VATRate, error) {
	s = strings.TrimSpace(s)
	if strings.EqualFold(s, "none") {
		return NoVAT, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("VAT rate %q: want a percentage or none", clip(s))
	}
	switch n {
	case 0, 5, 7, 10, 18, 20, 22:
		return VATRate(n), nil
	}
	return 0, fmt.Errorf("VAT rate %d: no such rate in Russia", n)
}

// Included is the tax inside a price that includes it, rounded half up to the kopeck.
func (r VATRate) Included(gross Amount) Amount {
	if r <= 0 {
		return 0
	}
	// gross ≤ Max bounds the result, so Round cannot fail.
	v, _ := Round(gross.Decimal().Mul(decimal.NewFromInt(int64(r))).Div(decimal.NewFromInt(int64(100 + r))))
	return v
}

// String is the form of settings and of SQL: `22`, `none`.
func (r VATRate) String() string {
	if r == NoVAT {
		return "none"
	}
	return strconv.Itoa(int(r))
}

// Format is the form for people: «НДС 22 %», «без НДС».
func (r VATRate) Format() string {
	if r == NoVAT {
		return "без НДС"
	}
	return "НДС " + strconv.Itoa(int(r)) + "\u00a0%"
}
