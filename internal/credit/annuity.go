package credit

import (
	"github.com/shopspring/decimal"

	"creditcart/internal/money"
)

// digits is the precision of intermediate results, in decimals: far below a kopeck for any sum and term.
const digits = 40

// Monthly estimates the equal monthly payment (annuity) of a credit, rounded to the kopeck. ratePercentYear is 21.5 for
// 21,5 %. It is an estimate for people: the bank's schedule counts days. Nothing to pay or no months give 0.
func Monthly(principal money.Amount, ratePercentYear decimal.Decimal, months int) money.Amount {
	if principal <= 0 || months < 1 {
		return 0
	}
	p := principal.Decimal()
	i := ratePercentYear.DivRound(decimal.NewFromInt(1200), digits)
	// A rate too small to see is none, and would divide by zero.
	if i.LessThan(decimal.New(1, -digits/2)) {
		return capped(p.DivRound(decimal.NewFromInt(int64(months)), digits))
	}
	growth := power(i.Add(decimal.NewFromInt(1)), months)
	return capped(p.Mul(i).Mul(growth).DivRound(growth.Sub(decimal.NewFromInt(1)), digits))
}

// power squares its way to base^n, rounding as it goes so that the digits do not pile up.
func power(base decimal.Decimal, n int) decimal.Decimal {
	result := decimal.NewFromInt(1)
	for ; n > 0; n /= 2 {
		if n%2 == 1 {
			result = result.Mul(base).Round(digits)
		}
		base = base.Mul(base).Round(digits)
	}
	return result
}

func capped(d decimal.Decimal) money.Amount {
	a, err := money.Round(d)
	if err != nil {
		return money.Max
	}
	return a
}

// choices are the months to choose from: all of a short range; of a longer one its ends and the half-years or years between.
func choices(from, to int) []int {
	step := 1
	switch span := to - from; {
	case span > 120:
		step = 12
	case span > 24:
		step = 6
	}
	var months []int
	for m := from; m <= to; m++ {
		if m == from || m == to || m%step == 0 {
			months = append(months, m)
		}
	}
	return months
}
