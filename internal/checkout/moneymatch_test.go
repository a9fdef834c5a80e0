package checkout_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
)

const (
	numberA, numberB, lostNumber = "23456789AB", "CDEFGHJKLM", "ZZZZ2222YY"
	innA, innB                   = "7721662525", "0274062111"
)

var placed = time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC)

// bought is an order of one payment, created and settled in an hour.
func bought(number, inn string, sum money.Amount, state orders.PaymentState) *orders.Order {
	p := orders.Payment{ExternalID: "id-" + number, Amount: sum, State: state, CreatedAt: placed}
	if state == orders.PaymentPaid {
		p.PaidAt = placed.Add(time.Hour)
	}
	return &orders.Order{Number: number, Total: sum, State: orders.Placed, PlacedAt: placed, Buyer: orders.Buyer{CompanyINN: inn}, Payments: []orders.Payment{p}}
}

func came(number, inn string, sum money.Amount) credit.Incoming {
	return credit.Incoming{ID: fmt.Sprint(number, inn, sum), Day: "2026-11-10", Number: "1", Amount: sum, PayerINN: inn,
		Purpose: credit.Purpose(number, placed, credit.VAT{}, 210)}
}

// wholeMonth is read to its end.
func wholeMonth() map[string]bool {
	days := map[string]bool{}
	for at := placed.AddDate(0, 0, -9); at.Month() == time.November; at = at.AddDate(0, 0, 1) {
		days[at.Format(time.DateOnly)] = true
	}
	return days
}

func match(lines []credit.Incoming, known ...*orders.Order) checkout.MoneyReport {
	r := checkout.MoneyReport{Since: "2026-11-01", To: "2026-11-30"}
	checkout.MatchMoney(lines, known, wholeMonth(), &r)
	return r
}

// said are the findings in short: kind, order, candidates.
func said(r checkout.MoneyReport) string {
	var out []string
	for _, f := range r.Findings {
		s := string(f.Kind) + " " + f.Order + strings.Join(f.Candidates, "+")
		if f.Expected != 0 {
			s += " " + f.Expected.String()
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestMatchMoney(t *testing.T) {
	paid, live, failed := orders.PaymentPaid, orders.PaymentAwaiting, orders.PaymentFailed
	purpose := func(in credit.Incoming, text string) credit.Incoming { in.Purpose = text; return in }
	on := func(in credit.Incoming, day string) credit.Incoming { in.Day = day; return in }
	noDocument := &orders.Order{Number: numberA, Total: 100, State: orders.Placed, PlacedAt: placed, Buyer: orders.Buyer{CompanyINN: innA}}
	broken := credit.Incoming{Day: "2026-11-10", Problem: "?"}
	for _, c := range []struct {
		name   string
		lines  []credit.Incoming
		known  []*orders.Order
		agreed int
		other  int
		want   string
	}{
		{"all agree", []credit.Incoming{came(numberA, innA, 100), came(numberB, innB, 100)}, []*orders.Order{bought(numberA, innA, 100, paid), bought(numberB, innB, 100, paid)}, 2, 0, ""},
		{"nothing", nil, nil, 0, 0, ""},
		{"an INN that travelled as a number", []credit.Incoming{came(numberB, "274062111", 100)}, []*orders.Order{bought(numberB, innB, 100, paid)}, 1, 0, ""},
		{"a number typed small and in Cyrillic", []credit.Incoming{purpose(came("", innA, 100), "за стол, заказ 23456789ав")}, []*orders.Order{bought(numberA, innA, 100, paid)}, 1, 0, ""},
		{"made after the backup", []credit.Incoming{came(lostNumber, innA, 100)}, []*orders.Order{bought(numberA, innA, 100, live)}, 0, 0, "unknown-order " + lostNumber},
		{"not paid here", []credit.Incoming{came(numberA, innA, 100)}, []*orders.Order{bought(numberA, innA, 100, live)}, 0, 0, "not-paid-here " + numberA},
		{"refused here", []credit.Incoming{came(numberA, innA, 100)}, []*orders.Order{bought(numberA, innA, 100, failed)}, 0, 0, "not-paid-here " + numberA},
		{"without a document", []credit.Incoming{came(numberA, innA, 100)}, []*orders.Order{noDocument}, 0, 0, "not-paid-here " + numberA},
		{"without a document, twice", []credit.Incoming{came(numberA, innA, 100), on(came(numberA, innA, 100), "2026-11-12")}, []*orders.Order{noDocument}, 0, 0,
			"not-paid-here " + numberA + ", sum-differs " + numberA},
		{"not come", nil, []*orders.Order{bought(numberA, innA, 100, paid)}, 0, 0, "not-in-statement " + numberA},
		{"a part", []credit.Incoming{came(numberA, innA, 50)}, []*orders.Order{bought(numberA, innA, 100, paid)}, 0, 0, "sum-differs " + numberA + " 1.00"},
		{"more", []credit.Incoming{came(numberA, innA, 101)}, []*orders.Order{bought(numberA, innA, 100, live)}, 0, 0, "sum-differs " + numberA + " 1.00"},
		{"twice", []credit.Incoming{came(numberA, innA, 100), on(came(numberA, innA, 100), "2026-11-11")}, []*orders.Order{bought(numberA, innA, 100, paid)}, 1, 0, "double " + numberA},
		{"again much later", []credit.Incoming{on(came(numberA, innA, 100), "2026-11-25")}, []*orders.Order{bought(numberA, innA, 100, paid)}, 0, 0,
			"not-in-statement " + numberA + ", double " + numberA},
		{"three days late", []credit.Incoming{on(came(numberA, innA, 100), "2026-11-13")}, []*orders.Order{bought(numberA, innA, 100, paid)}, 1, 0, ""},
		{"before there was a document", []credit.Incoming{on(came(numberA, innA, 100), "2026-11-09")}, []*orders.Order{bought(numberA, innA, 100, live)}, 0, 0, "not-paid-here " + numberA},
		{"from another payer", []credit.Incoming{came(numberA, innB, 100)}, []*orders.Order{bought(numberA, innA, 100, paid)}, 0, 0, "other-payer " + numberA},
		{"from nobody", []credit.Incoming{came(numberA, "", 100)}, []*orders.Order{bought(numberA, innA, 100, paid)}, 0, 0, "other-payer " + numberA},
		{"the stranger came first", []credit.Incoming{on(came(numberA, innB, 100), "2026-11-10"), on(came(numberA, innA, 100), "2026-11-11")}, []*orders.Order{bought(numberA, innA, 100, paid)}, 1, 0, "double " + numberA},
		{"mistyped", []credit.Incoming{came("32456789AB", innA, 100)}, []*orders.Order{bought(numberA, innA, 100, paid)}, 0, 0, "unclear-purpose " + numberA},
		{"mistyped, and another sum", []credit.Incoming{came("32456789AB", innA, 99)}, []*orders.Order{bought(numberA, innA, 100, live)}, 0, 0, "unknown-order 32456789AB"},
		{"no number", []credit.Incoming{purpose(came("", innA, 100), "За мебель")}, []*orders.Order{bought(numberA, innA, 100, live)}, 0, 0, "unclear-purpose " + numberA},
		{"no number, two orders of one sum", []credit.Incoming{purpose(came("", innA, 100), "За мебель")}, []*orders.Order{bought(numberA, innA, 100, live), bought(numberB, innA, 100, live)}, 0, 0,
			"unclear-purpose " + numberA + "+" + numberB},
		{"no numbers, two payments of one sum", []credit.Incoming{purpose(came("1", innA, 100), "За мебель"), purpose(came("2", innA, 100), "Ещё за мебель")},
			[]*orders.Order{bought(numberA, innA, 100, paid), bought(numberB, innA, 100, paid)}, 0, 0, "unclear-purpose " + numberA + "+" + numberB + ", unclear-purpose " + numberA + "+" + numberB},
		{"one order of two of one sum", []credit.Incoming{came(numberB, innA, 100)}, []*orders.Order{bought(numberA, innA, 100, live), bought(numberB, innA, 100, paid)}, 1, 0, ""},
		{"two orders in one purpose", []credit.Incoming{purpose(came("", innA, 200), "Заказы "+numberA+" и "+numberB)}, []*orders.Order{bought(numberA, innA, 100, live), bought(numberB, innA, 100, live)}, 0, 0,
			"unclear-purpose " + numberA + "+" + numberB},
		{"a stranger's money", []credit.Incoming{purpose(came("", innB, 100), "По договору 5"), purpose(came("", innA, 77), "Аренда")}, []*orders.Order{bought(numberA, innA, 100, live)}, 0, 2, ""},
		{"a line that cannot be read", []credit.Incoming{broken}, nil, 0, 0, "unreadable-line "},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := match(c.lines, c.known...)
			if got := said(r); got != c.want || r.Agreed.Count != c.agreed || r.Other.Count != c.other {
				t.Errorf("agreed %d, other %d, found %q\nwant   %d,       %d,       %q", r.Agreed.Count, r.Other.Count, got, c.agreed, c.other, c.want)
			}
			for _, f := range r.Findings {
				if f.Action == "" {
					t.Errorf("%s without an action", f.Kind)
				}
			}
		})
	}
}

// Only days that were read when they were over prove that money did not come.
func TestMoneyIsAwaitedWhileItMayCome(t *testing.T) {
	days := wholeMonth()
	delete(days, "2026-11-15") // five days after
	r := checkout.MoneyReport{Since: "2026-11-01", To: "2026-11-30"}
	checkout.MatchMoney(nil, []*orders.Order{bought(numberA, innA, 100, orders.PaymentPaid)}, days, &r)
	if r.Awaited != (checkout.Tally{Count: 1, Sum: 100}) || !r.Agrees() {
		t.Errorf("awaited %+v, found %s", r.Awaited, said(r))
	}
	r = checkout.MoneyReport{Since: "2026-11-11", To: "2026-11-30"} // paid before the period: not its question
	checkout.MatchMoney(nil, []*orders.Order{bought(numberA, innA, 100, orders.PaymentPaid)}, days, &r)
	if r.Awaited.Count != 0 || !r.Agrees() {
		t.Errorf("awaited %+v, found %s", r.Awaited, said(r))
	}
}

func TestNamedOrders(t *testing.T) {
	for purpose, want := range map[string]string{
		"": "",
		"Оплата по заказу № " + numberA + " от 22.11.2026, НДС 22% - 100.63 рублей": numberA,
		"заказ№23456789AB.":                                  numberA,
		"Заказ N 23456789AB/CDEFGHJKLM и ещё раз 23456789AB": numberA + " " + numberB,
		"23456789А В":                      "",
		"заказ СDЕFGНJКLМ":                 numberB,
		"договор 1234567890 от 01.01.2026": "",
		"A23456789AB":                      "",
	} {
		if got := strings.Join(checkout.NamedOrders(purpose), " "); got != want {
			t.Errorf("%q names %q, want %q", purpose, got, want)
		}
	}
}

var anyNumber = rapid.StringOfN(rapid.SampledFrom([]rune("23456789ABCDEFGHJKLMNPQRSTUVWXYZ")), 10, 10, -1)

// anyMarket are orders and lines that have something to do with each other.
func anyMarket(t *rapid.T) (known []*orders.Order, lines []credit.Incoming) {
	numbers := rapid.SliceOfNDistinct(anyNumber, 1, 6, rapid.ID[string]).Draw(t, "numbers")
	inns := []string{innA, innB, "7707083893"}
	sums := []money.Amount{100, 200, 5000}
	states := []orders.PaymentState{orders.PaymentPaid, orders.PaymentPaid, orders.PaymentAwaiting, orders.PaymentFailed, orders.PaymentSubmitting}
	for i, n := range numbers {
		o := bought(n, rapid.SampledFrom(inns).Draw(t, "inn"), rapid.SampledFrom(sums).Draw(t, "sum"), rapid.SampledFrom(states).Draw(t, "state"))
		switch rapid.IntRange(0, 4).Draw(t, "shape") {
		case 0:
			o.Payments = nil
		case 1:
			second := o.Payments[0]
			second.ExternalID, second.State = fmt.Sprint("second-", i), rapid.SampledFrom(states).Draw(t, "state")
			if second.State == orders.PaymentPaid {
				second.PaidAt = placed.Add(2 * time.Hour)
			}
			o.Payments = append(o.Payments, second)
		}
		if rapid.IntRange(0, 3).Draw(t, "known") > 0 {
			known = append(known, o)
		}
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "lines") {
		in := came(rapid.SampledFrom(numbers).Draw(t, "for"), rapid.SampledFrom(inns).Draw(t, "from"), rapid.SampledFrom(sums).Draw(t, "amount"))
		in.ID, in.Day = fmt.Sprint(i), fmt.Sprintf("2026-11-%02d", rapid.IntRange(8, 20).Draw(t, "day"))
		switch rapid.IntRange(0, 5).Draw(t, "purpose") {
		case 0:
			in.Purpose = "За мебель"
		case 1:
			in.Purpose += " " + rapid.SampledFrom(numbers).Draw(t, "and")
		case 2:
			in.Amount, in.Problem = 0, "?"
		}
		lines = append(lines, in)
	}
	return known, lines
}

// Every line is counted once, every kopeck too, no payment has its money twice, and nothing depends on an order of things.
func TestMatchMoneyLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known, lines := anyMarket(t)
		r := match(lines, known...)
		count, sum := r.Agreed.Count+r.Other.Count, r.Agreed.Sum+r.Other.Sum
		answered := map[string]int{}
		for _, f := range r.Findings {
			if f.Kind != checkout.FindNotInStatement {
				count, sum = count+1, sum+f.Amount
			}
			if f.Payment != "" {
				answered[f.Payment]++
			}
		}
		var total money.Amount
		for _, in := range lines {
			total += in.Amount
		}
		if count != len(lines) || sum != total {
			t.Fatalf("%d of %d lines, %s of %s", count, len(lines), sum, total)
		}
		paid := 0
		for _, o := range known {
			for _, p := range o.Payments {
				if p.State == orders.PaymentPaid {
					paid++
				}
				if answered[p.ExternalID] > 1 {
					t.Fatalf("two findings of one payment: %s", said(r))
				}
			}
		}
		if r.Agreed.Count > paid {
			t.Fatalf("%d payments agree of %d paid ones", r.Agreed.Count, paid)
		}
		shuffled, reversed := slices.Clone(lines), slices.Clone(known)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		slices.Reverse(reversed)
		if diff := cmp.Diff(r, match(shuffled, reversed...)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A month of honest money has nothing to report; one thing wrong in it is one finding, of its kind.
func TestMatchMoneyFindsTheOneThing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfNDistinct(anyNumber, 2, 8, rapid.ID[string]).Draw(t, "numbers")
		var known []*orders.Order
		var lines []credit.Incoming
		for i, n := range numbers {
			inn := rapid.SampledFrom([]string{innA, innB}).Draw(t, "inn")
			sum := money.Amount(rapid.IntRange(1, 3).Draw(t, "sum") * 1000)
			known = append(known, bought(n, inn, sum, orders.PaymentPaid))
			in := came(n, inn, sum)
			in.ID = fmt.Sprint(i)
			lines = append(lines, in)
		}
		if r := match(lines, known...); !r.Agrees() || r.Agreed.Count != len(lines) || r.Awaited.Count != 0 {
			t.Fatalf("honest money: %+v", r)
		}
		one := rapid.IntRange(0, len(numbers)-1).Draw(t, "one")
		want := rapid.SampledFrom([]checkout.FindingKind{checkout.FindUnknownOrder, checkout.FindNotPaid, checkout.FindNotInStatement, checkout.FindSum,
			checkout.FindDouble, checkout.FindOtherPayer, checkout.FindUnclear, checkout.FindUnreadable}).Draw(t, "kind")
		switch want {
		case checkout.FindUnknownOrder:
			known = slices.Delete(known, one, one+1)
		case checkout.FindNotPaid:
			known[one].Payments[0].State, known[one].Payments[0].PaidAt = orders.PaymentProcessing, time.Time{}
		case checkout.FindNotInStatement:
			lines = slices.Delete(lines, one, one+1)
		case checkout.FindSum:
			lines[one].Amount += money.Amount(rapid.SampledFrom([]int{-1, 1, 500}).Draw(t, "off"))
		case checkout.FindDouble:
			again := lines[one]
			again.ID = "again"
			lines = append(lines, again)
		case checkout.FindOtherPayer:
			lines[one].PayerINN = "7707083893"
		case checkout.FindUnclear:
			lines[one].Purpose = "За товар"
		case checkout.FindUnreadable:
			lines = append(lines, credit.Incoming{ID: "?", Day: "2026-11-10", Problem: "?"})
		}
		r := match(lines, known...)
		if len(r.Findings) != 1 || r.Findings[0].Kind != want {
			t.Fatalf("%s: %s", want, said(r))
		}
	})
}
