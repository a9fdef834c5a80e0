package checkout

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
)

// arrivesWithin is how many days after the bank's «executed» money may still be on its way between two banks.
const arrivesWithin = 5

// moneyMatch matches lines of a statement with payments. What belongs to what is decided by three things at once, the
// order's number in the purpose, the sum to the kopeck and the payer's INN: any two of them are a question for a person.
type moneyMatch struct {
	known    map[string]*orders.Order // by number
	complete map[string]bool          // days read that are over
	covered  map[*orders.Payment]bool // the money came
	report   *MoneyReport
}

// MatchMoney compares what came (lines) with the orders that are known, for the payments of which the shop learned between
// report.Since and report.To, and adds what it finds to the report. complete are the days whose statement was read when
// they were over: only they prove that money did not come. The result does not depend on the order of lines and orders.
// Orders named in lines must be among the known ones when the database has them (NamedOrders).
func MatchMoney(lines []credit.Incoming, known []*orders.Order, complete map[string]bool, report *MoneyReport) {
	m := &moneyMatch{known: map[string]*orders.Order{}, complete: complete, covered: map[*orders.Payment]bool{}, report: report}
	for _, o := range known {
		m.known[o.Number] = o
	}
	named := map[string][]credit.Incoming{}
	var unnamed []credit.Incoming
	for _, in := range inOneOrder(lines) {
		if in.Problem != "" {
			m.find(Finding{Kind: FindUnreadable, Problem: in.Problem}, in)
			continue
		}
		switch numbers := m.namedOrders(in.Purpose); len(numbers) {
		case 0:
			unnamed = append(unnamed, in)
		case 1:
			named[numbers[0]] = append(named[numbers[0]], in)
		default:
			m.find(Finding{Kind: FindUnclear, Candidates: numbers}, in)
		}
	}
	for _, number := range sortedKeys(named) {
		m.matchNamed(m.known[number], named[number])
	}
	m.matchUnnamed(unnamed)
	m.missing()
	sortFindings(report.Findings)
}

func inOneOrder(lines []credit.Incoming) []credit.Incoming {
	lines = slices.Clone(lines)
	slices.SortFunc(lines, func(a, b credit.Incoming) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Amount, b.Amount),
			cmp.Compare(a.PayerINN, b.PayerINN), cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.PayerName, b.PayerName))
	})
	return lines
}

// namedOrders are the known orders that a purpose names.
func (m *moneyMatch) namedOrders(purpose string) (numbers []string) {
	for _, n := range NamedOrders(purpose) {
		if m.known[n] != nil {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// matchNamed shares out the lines that name one order among its payments, the buyer's own first.
func (m *moneyMatch) matchNamed(o *orders.Order, lines []credit.Incoming) {
	payments := inPaymentOrder(o)
	var left []credit.Incoming
	for _, own := range []bool{true, false} {
		for _, in := range lines {
			if sameINN(in.PayerINN, o.Buyer.CompanyINN) != own {
				continue
			}
			p := m.fitting(payments, in)
			switch {
			case p == nil:
				left = append(left, in)
			case !own:
				m.cover(p)
				m.find(Finding{Kind: FindOtherPayer, Payment: p.ExternalID}.of(o), in)
			case p.State == orders.PaymentPaid:
				m.cover(p)
				m.report.Agreed.add(in.Amount)
			default:
				m.cover(p)
				m.find(Finding{Kind: FindNotPaid, Payment: p.ExternalID, BankStatus: p.BankStatus}.of(o), in)
			}
		}
	}
	due := o.Due() // of an order without a document: what a buyer may have paid by himself
	for _, in := range inOneOrder(left) {
		due = m.surplus(o, payments, due, in)
	}
}

// surplus is money that names an order and is no payment's sum. It gives what is due after it.
func (m *moneyMatch) surplus(o *orders.Order, payments []*orders.Payment, due money.Amount, in credit.Incoming) money.Amount {
	own := sameINN(in.PayerINN, o.Buyer.CompanyINN)
	again := slices.ContainsFunc(payments, func(p *orders.Payment) bool {
		return p.Amount == in.Amount && (m.covered[p] || p.State == orders.PaymentPaid)
	})
	open := slices.IndexFunc(payments, func(p *orders.Payment) bool {
		return !m.covered[p] && fitsDay(p, in.Day) && p.State != orders.PaymentFailed
	})
	f := Finding{Kind: FindSum}
	switch {
	case again:
		f.Kind = FindDouble
	case open >= 0:
		f.Payment, f.Expected, f.BankStatus = payments[open].ExternalID, payments[open].Amount, payments[open].BankStatus
		m.cover(payments[open])
	case !own:
		f.Kind = FindOtherPayer
	case in.Amount == due:
		f.Kind, due = FindNotPaid, 0
	default:
		f.Expected = due
	}
	m.find(f.of(o), in)
	return due
}

// fitting is the payment of exactly this sum that the money may be, paid ones first.
func (m *moneyMatch) fitting(payments []*orders.Payment, in credit.Incoming) *orders.Payment {
	for _, p := range payments {
		if !m.covered[p] && p.Amount == in.Amount && fitsDay(p, in.Day) {
			return p
		}
	}
	return nil
}

func (m *moneyMatch) cover(p *orders.Payment) { m.covered[p] = true }

// matchUnnamed looks at money whose purpose names no order that is known.
func (m *moneyMatch) matchUnnamed(lines []credit.Incoming) {
	type payer struct {
		inn string
		sum money.Amount
	}
	unclear := map[payer][]credit.Incoming{}
	for _, in := range lines {
		candidates := m.candidates(in)
		stranger := strangeNumber(in.Purpose)
		near := slices.ContainsFunc(candidates, func(c candidate) bool { return mistyped(stranger, c.order.Number) })
		switch {
		case stranger != "" && !near:
			m.find(Finding{Kind: FindUnknownOrder, Order: stranger}, in)
		case len(candidates) > 0:
			p := payer{padINN(in.PayerINN), in.Amount}
			unclear[p] = append(unclear[p], in)
		default:
			m.report.Other.add(in.Amount)
		}
	}
	for _, same := range unclear { // no two of them have a candidate in common
		m.unclear(same)
	}
}

// unclear are lines of one payer and sum. As many lines as payments: whichever is which, none of them is missing.
func (m *moneyMatch) unclear(lines []credit.Incoming) {
	payments := map[*orders.Payment]bool{}
	for _, in := range lines {
		f := Finding{Kind: FindUnclear}
		for _, c := range m.candidates(in) {
			if !slices.Contains(f.Candidates, c.order.Number) {
				f.Candidates = append(f.Candidates, c.order.Number)
			}
			if c.payment != nil {
				payments[c.payment] = true
			}
		}
		m.find(f, in)
	}
	if len(lines) >= len(payments) {
		for p := range payments {
			m.cover(p)
		}
	}
}

// candidate is what money without a number may be for: a payment without its money, or what is due of an order.
type candidate struct {
	order   *orders.Order
	payment *orders.Payment // nil: the order has none that is open
}

// candidates are all of this sum and payer, in the order of their numbers.
func (m *moneyMatch) candidates(in credit.Incoming) (all []candidate) {
	for _, number := range sortedKeys(m.known) {
		o := m.known[number]
		if !sameINN(in.PayerINN, o.Buyer.CompanyINN) {
			continue
		}
		due := o.State != orders.Cancelled && o.Due() == in.Amount
		for _, p := range inPaymentOrder(o) {
			if !m.covered[p] && p.Amount == in.Amount && fitsDay(p, in.Day) && p.State != orders.PaymentFailed {
				all, due = append(all, candidate{o, p}), false
			} else if m.covered[p] && p.State != orders.PaymentPaid {
				due = false // the money for it has come
			}
		}
		if due && in.Day >= dayOf(o.PlacedAt) {
			all = append(all, candidate{o, nil})
		}
	}
	return all
}

// missing finds payments of the period whose money is on no line.
func (m *moneyMatch) missing() {
	for _, number := range sortedKeys(m.known) {
		o := m.known[number]
		for _, p := range inPaymentOrder(o) {
			paid := dayOf(p.PaidAt)
			if p.State != orders.PaymentPaid || m.covered[p] || paid < m.report.Since || paid > m.report.To {
				continue
			}
			if !m.allRead(dayOf(p.CreatedAt), p.PaidAt.AddDate(0, 0, arrivesWithin)) {
				m.report.Awaited.add(p.Amount)
				continue
			}
			m.find(Finding{Kind: FindNotInStatement, Payment: p.ExternalID, Amount: p.Amount, BankStatus: p.BankStatus, Day: paid}.of(o), credit.Incoming{})
		}
	}
}

func (m *moneyMatch) allRead(day string, last time.Time) bool {
	for at := last; ; at = at.AddDate(0, 0, -1) {
		d := dayOf(at)
		if d < day {
			return true
		}
		if !m.complete[d] {
			return false
		}
	}
}

// find adds a difference, with what the line says when there is one.
func (m *moneyMatch) find(f Finding, in credit.Incoming) {
	if in.Day != "" {
		f.Amount, f.Day, f.Document, f.Purpose, f.Payer, f.PayerINN = in.Amount, in.Day, in.Number, in.Purpose, in.PayerName, in.PayerINN
	}
	f.Action = actions[f.Kind]
	m.report.Findings = append(m.report.Findings, f)
}

// of names the order of a difference.
func (f Finding) of(o *orders.Order) Finding {
	f.Order, f.Buyer, f.BuyerINN = o.Number, o.Buyer.CompanyName, o.Buyer.CompanyINN
	return f
}

// inPaymentOrder are an order's payments, the paid ones first, then those that may still be executed.
func inPaymentOrder(o *orders.Order) []*orders.Payment {
	rank := func(p *orders.Payment) int {
		switch {
		case p.State == orders.PaymentPaid:
			return 0
		case !p.State.Final():
			return 1
		}
		return 2
	}
	all := make([]*orders.Payment, len(o.Payments))
	for i := range o.Payments {
		all[i] = &o.Payments[i]
	}
	slices.SortStableFunc(all, func(a, b *orders.Payment) int { return cmp.Compare(rank(a), rank(b)) })
	return all
}

// fitsDay: money moves after its document was made and, as long as banks keep their time, soon after it was executed.
func fitsDay(p *orders.Payment, day string) bool {
	return day >= dayOf(p.CreatedAt) && (p.State != orders.PaymentPaid || day <= dayOf(p.PaidAt.AddDate(0, 0, arrivesWithin)))
}

// dayOf is the day of the bank's statements.
func dayOf(t time.Time) string { return t.In(credit.Moscow()).Format(time.DateOnly) }

func sortFindings(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(findingKinds, a.Kind), slices.Index(findingKinds, b.Kind)), cmp.Compare(a.Order, b.Order),
			cmp.Compare(a.Day, b.Day), cmp.Compare(a.Amount, b.Amount), strings.Compare(a.Document, b.Document), strings.Compare(a.Purpose, b.Purpose), strings.Compare(a.PayerINN, b.PayerINN))
	})
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
