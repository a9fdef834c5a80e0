package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
)

const (
	maxPeriod = 366 // days
	// So many attempts after the last that is known are looked for: a refused document may have had a follower.
	maxLost = 3
)

// ErrPeriod: the days to be compared make no sense; the text says why.
var ErrPeriod = errors.New("wrong period")

// DefaultPeriod are the days a report is about when nobody names any: as many as a document may wait for its signature and
// money may be on its way, up to the last day that the bank tells about.
func (s *Service) DefaultPeriod() (since, to string) {
	last := lastStatementDay(s.Now())
	return last.AddDate(0, 0, -(draftDays + arrivesWithin)).Format(time.DateOnly), last.Format(time.DateOnly)
}

// lastStatementDay: the bank cuts days in UTC, so a Moscow date is a future one until 03:01 of that date.
func lastStatementDay(now time.Time) time.Time {
	return now.UTC().Add(-time.Minute).Truncate(24 * time.Hour)
}

// CompareMoney compares the orders of a period (Moscow days, both included) with the statement of the merchant's account
// and with the states of their documents. It changes no order: that an order is paid the shop learns from the state only.
// The bank is asked in the slowest class. What the bank does not tell becomes a Gap; errors are ErrPeriod and the database's.
func (s *Service) CompareMoney(ctx context.Context, since, to string) (*MoneyReport, error) {
	first, last, err := s.period(since, to)
	if err != nil {
		return nil, err
	}
	r := &MoneyReport{Since: since, To: to, MadeAt: s.Now().UTC(), Findings: []Finding{}, Gaps: []Gap{}}
	// The statement is read before the orders: money that the shop sees meanwhile is then paid here, not a difference.
	lines, complete, err := s.readStatement(ctx, first, last, r)
	if err != nil {
		return nil, fmt.Errorf("checkout: compare money: %w", err)
	}
	known, err := s.ordersBehind(ctx, first, last.AddDate(0, 0, 1), lines)
	if err != nil {
		return nil, fmt.Errorf("checkout: compare money: %w", err)
	}
	MatchMoney(lines, known, complete, r)
	if err := s.askDocuments(ctx, known, r); err != nil {
		return nil, fmt.Errorf("checkout: compare money: %w", err)
	}
	sortFindings(r.Findings)
	return r, nil
}

// period gives the beginnings of the first and the last day.
func (s *Service) period(since, to string) (first, last time.Time, err error) {
	first, sinceErr := time.ParseInLocation(time.DateOnly, since, credit.Moscow())
	last, toErr := time.ParseInLocation(time.DateOnly, to, credit.Moscow())
	switch latest := lastStatementDay(s.Now()).Format(time.DateOnly); {
	case sinceErr != nil || toErr != nil:
		err = fmt.Errorf("%w: want days like 2026-11-22", ErrPeriod)
	case last.Before(first):
		err = fmt.Errorf("%w: it ends before it begins", ErrPeriod)
	case to > latest:
		err = fmt.Errorf("%w: the bank knows days up to %s, and the next one from 03:01 Moscow time", ErrPeriod, latest)
	case last.Sub(first) >= maxPeriod*24*time.Hour:
		err = fmt.Errorf("%w: more than %d days", ErrPeriod, maxPeriod)
	}
	return first, last, err
}

// readStatement reads day by day. complete are the days that were over when they were read.
func (s *Service) readStatement(ctx context.Context, first, last time.Time, r *MoneyReport) (lines []credit.Incoming, complete map[string]bool, err error) {
	complete = map[string]bool{}
	merchant, err := s.People.Merchant(ctx)
	if err == nil && merchant.Subject == "" {
		r.Gaps = append(r.Gaps, Gap{Day: days(first, last), Why: "Магазин не подключён к банку: войдите на /admin по СберБизнес ID."})
		return nil, complete, nil
	}
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{} // an operation near midnight may stand in two days
	for at := first; !at.After(last); at = at.AddDate(0, 0, 1) {
		day, began := at.Format(time.DateOnly), s.Now()
		got, err := withToken(ctx, s.Keeper, merchant.Subject, func(token string) ([]credit.Incoming, error) {
			return s.Bank.Incoming(ctx, token, s.Merchant.Account, day, bankapi.P4)
		})
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil {
			gap, hopeless := s.statementGap(ctx, day, err)
			if hopeless {
				gap.Day = days(at, last)
			}
			r.Gaps = append(r.Gaps, gap)
			if hopeless {
				break
			}
			continue
		}
		complete[day] = began.After(at.AddDate(0, 0, 1).Add(3 * time.Hour)) // over for the bank's clock, too
		for _, in := range got {
			if in.ID == "" || !seen[in.ID] {
				seen[in.ID] = true
				lines = append(lines, in)
			}
		}
	}
	return lines, complete, nil
}

func days(first, last time.Time) string {
	a, b := first.Format(time.DateOnly), last.Format(time.DateOnly)
	if a == b {
		return a
	}
	return a + " … " + b
}

// statementGap says why a day was not read; hopeless: the next day will not be either.
func (s *Service) statementGap(ctx context.Context, day string, err error) (gap Gap, hopeless bool) {
	gap = Gap{Day: day}
	e, ofBank := errors.AsType[*bankapi.Error](err)
	contradiction, contradictory := errors.AsType[*credit.Contradiction](err)
	switch {
	case contradictory:
		gap.Alarm, gap.Foreign, gap.Why = true, true, "Банк прислал выписку другого счёта или дня ("+contradiction.Field+"). Она не использована; обратитесь в банк."
	case errors.Is(err, ErrSignInAgain):
		gap.Alarm, hopeless, gap.Why = true, true, "Подключение магазина к банку не действует: войдите ещё раз на /admin по СберБизнес ID."
	case errors.Is(err, credit.ErrPreparing):
		gap.Why = "Банк ещё готовит выписку. Повторите команду через минуту."
	case ofBank && e.Kind == bankapi.Forbidden:
		gap.Alarm, hopeless, gap.Why = true, true, "Банк не разрешает читать выписку: нужна операция GET_STATEMENT_ACCOUNT в договоре с банком и в BANK_SCOPE, "+
			"новый вход на /admin, и счёт магазина должен быть отмечен в согласии."
	case ofBank && e.Misconfigured():
		gap.Alarm, hopeless, gap.Why = true, true, "Банк не принимает запросы магазина: проверьте сертификаты и адрес BANK_API_URL."
	case ofBank && (e.Kind == bankapi.Refused || e.Kind == bankapi.NotFound):
		gap.Why = "Банк отказал в выписке за этот день. Проверьте, что счёт открыт, и посмотрите выписку в СберБизнес."
	default:
		gap.Why = "Банк не ответил. Повторите команду позже."
	}
	if gap.Alarm {
		s.Log.ErrorContext(ctx, "ALARM: the statement of the account cannot be read", "day", day, "error", err)
	} else {
		s.Log.WarnContext(ctx, "the bank did not give the statement", "day", day, "error", err)
	}
	return gap, hopeless
}

// ordersBehind loads the orders of a period and those that lines name.
func (s *Service) ordersBehind(ctx context.Context, since, until time.Time, lines []credit.Incoming) ([]*orders.Order, error) {
	numbers, err := s.Orders.OrdersOfPeriod(ctx, since.UTC(), until.UTC())
	if err != nil {
		return nil, err
	}
	for _, in := range lines {
		numbers = append(numbers, NamedOrders(in.Purpose)...)
	}
	slices.Sort(numbers)
	var known []*orders.Order
	for _, n := range slices.Compact(numbers) {
		o, err := s.Orders.Order(ctx, n)
		if errors.Is(err, orders.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		known = append(known, o)
	}
	return known, nil
}
