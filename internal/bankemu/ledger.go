package bankemu

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// statements is what the bank remembers for the statements: one ledger for each account of its clients.
type statements struct {
	ledgers map[string]*ledger
	seq     int64 // last transactionId
	asked   preparations
}

// ledger holds one account's movements. A document is booked when somebody looks and its money has moved by the bank's
// clock, with the time at which it moved; so a look costs as much as the account has documents on their way, not more.
type ledger struct {
	opening decimal.Decimal // before the first movement
	opened  string          // YYYY-MM-DD
	waiting []*payment      // signed, their money has not moved yet
	future  []*operation    // dated later than the bank's clock
	days    map[string]*book
	seen    time.Time // the clock of the last look
}

// book is one Moscow day of a ledger.
type book struct {
	list          []*operation
	sorted        bool
	debit, credit decimal.Decimal
	debits        int
}

// party is one side of an operation.
type party struct{ name, inn, kpp, account, bic, corr string }

// operation is one line of a statement.
type operation struct {
	id           int64
	uuid         string
	at           time.Time
	credit       bool // money came in
	amount       decimal.Decimal
	number       string
	documentDate string
	purpose      string
	priority     string
	delivery     string
	payer, payee party
	source       *payment // nil for what no document of the box explains
}

func (o *operation) day() string { return o.at.In(moscow).Format(day) }

// movement is what a payment order remembers of its money.
type movement struct {
	arrives string // override of Company.Incoming
	queued  bool   // in the waiting lists of its accounts
	booked  bool
}

func newStatements(s Scenario) statements {
	out := statements{ledgers: map[string]*ledger{}, asked: newPreparations()}
	for _, c := range s.Companies {
		for _, a := range c.Accounts {
			out.ledgers[a.Number] = &ledger{opening: a.Balance, opened: "2016-02-01", days: map[string]*book{}}
		}
	}
	return out
}

// ledger gives an account's ledger, also of an account that came after the scenario; nil = no account of this bank's clients.
func (b *Bank) ledger(number string) *ledger {
	if l := b.st.statements.ledgers[number]; l != nil {
		return l
	}
	if _, a := b.findAccount(number); a != nil {
		l := &ledger{opening: a.Balance, opened: "2016-02-01", days: map[string]*book{}}
		b.st.statements.ledgers[number] = l
		return l
	}
	return nil
}

func (b *Bank) findAccount(number string) (*Company, *Account) {
	for i := range b.st.scenario.Companies {
		c := &b.st.scenario.Companies[i]
		if a := c.account(number); a != nil {
			return c, a
		}
	}
	return nil, nil
}

// openAccount tells whether an account of this bank's clients can be paid from.
func (b *Bank) openAccount(number string) bool {
	_, a := b.findAccount(number)
	return a != nil && a.open()
}

// settled is an account's ledger with everything booked that happened by now.
func (b *Bank) settled(number string, now time.Time) *ledger {
	l := b.ledger(number)
	if l == nil {
		return nil
	}
	if now.Before(l.seen) {
		l.rewind(now)
	}
	l.seen = now
	l.waiting = slices.DeleteFunc(l.waiting, func(p *payment) bool {
		if b.book(p, now) {
			return true
		}
		if b.lost(p, now) {
			p.money.queued = false // a released status may bring it back
			return true
		}
		return false
	})
	l.mature(now)
	return l
}

// mature moves what has happened by now to its day.
func (l *ledger) mature(now time.Time) {
	l.future = slices.DeleteFunc(l.future, func(o *operation) bool {
		if o.at.After(now) {
			return false
		}
		d := l.days[o.day()]
		if d == nil {
			d = &book{}
			l.days[o.day()] = d
		}
		d.add(o)
		return true
	})
}

// rewind: the clock went back, what has not happened yet is in the future again.
func (l *ledger) rewind(now time.Time) {
	for name, d := range l.days {
		kept := &book{}
		for _, o := range d.list {
			if o.at.After(now) {
				l.future = append(l.future, o)
			} else {
				kept.add(o)
			}
		}
		if l.days[name] = kept; len(kept.list) == 0 {
			delete(l.days, name)
		}
	}
}

func (d *book) add(o *operation) {
	d.list = append(d.list, o)
	d.sorted = false
	if o.credit {
		d.credit = d.credit.Add(o.amount)
	} else {
		d.debit = d.debit.Add(o.amount)
		d.debits++
	}
}

// operations are the day's, oldest first.
func (l *ledger) operations(date string) []*operation {
	d := l.days[date]
	if d == nil {
		return nil
	}
	if !d.sorted {
		slices.SortFunc(d.list, func(a, b *operation) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
		d.sorted = true
	}
	return d.list
}

// balance is the account's money at the beginning of a date, and the last date before it on which money moved ("" = none).
func (l *ledger) balance(date string) (sum decimal.Decimal, last string) {
	sum = l.opening
	for name, d := range l.days {
		if name < date {
			sum = sum.Add(d.credit).Sub(d.debit)
			last = max(last, name)
		}
	}
	return sum, last
}

// enter puts an operation on an account; it shows when its time has come.
func (b *Bank) enter(account string, o operation) {
	l := b.ledger(account)
	if l == nil {
		return // an account in another bank: its statement is not ours
	}
	b.st.statements.seq++
	o.id, o.uuid = b.st.statements.seq, uuid.NewString()
	l.future = append(l.future, &o)
}

// moved is called whenever a payment order may have moved on: signed, declined, its status set. It costs no more than
// a look at this one document.
func (b *Bank) moved(p *payment, now time.Time) {
	b.watch(p)
	if p.money.queued || b.book(p, now) {
		return
	}
	if p.signed.IsZero() {
		return
	}
	p.money.queued = true
	for _, number := range []string{p.payerAccount(), p.doc.PayeeAccount} {
		if l := b.ledger(number); l != nil {
			l.waiting = append(l.waiting, p)
		}
	}
}

func (p *payment) payerAccount() string { return or(p.account, p.doc.PayerAccount) }

// book enters a payment order's money on both accounts once it has moved.
func (b *Bank) book(p *payment, now time.Time) bool {
	if p.money.booked {
		return true
	}
	at, ok := b.moneyAt(p, now)
	if !ok {
		return false
	}
	p.money.booked = true
	b.bookLoan(p, at)
	o := b.transfer(p, at)
	b.enter(o.payer.account, o)
	o.credit = true
	for _, o := range b.arrivals(p, o) {
		b.enter(o.payee.account, o)
	}
	return true
}

// moneyAt is when a payment order's money moved. In the test contour the status stops before IMPLEMENTED, the money does not.
func (b *Bank) moneyAt(p *payment, now time.Time) (time.Time, bool) {
	status, at, final := b.finalAt(p, now)
	return at, final && status == "IMPLEMENTED"
}

// lost tells that a payment order has ended without money.
func (b *Bank) lost(p *payment, now time.Time) bool {
	status, _, final := b.finalAt(p, now)
	return final && status != "IMPLEMENTED"
}

// transfer is the payment order as a debit of the payer.
func (b *Bank) transfer(p *payment, at time.Time) operation {
	d := p.doc
	payer := party{d.PayerName, d.PayerInn, d.PayerKpp, d.PayerAccount, d.PayerBankBic, d.PayerBankCorrAccount}
	if _, a := b.findAccount(p.payerAccount()); a != nil {
		payer.account, payer.bic, payer.corr = a.Number, a.BIC, a.Corr
	}
	return operation{at: at, amount: p.amount, number: d.Number, documentDate: d.Date, purpose: d.Purpose, priority: d.Priority,
		delivery: d.DeliveryKind, payer: payer, source: p,
		payee: party{d.PayeeName, d.PayeeInn, d.PayeeKpp, d.PayeeAccount, d.PayeeBankBic, d.PayeeBankCorrAccount}}
}

// bookLoan: credit money first comes to the payer, then leaves like any other, so that his balance stays true.
func (b *Bank) bookLoan(p *payment, at time.Time) {
	if p.funding == fromOwn {
		return
	}
	o := b.transfer(p, at)
	o.credit, o.payee, o.priority = true, o.payer, "5"
	o.payer = lender
	o.purpose = "Предоставление кредита по договору № " + or(p.contract, o.number) + ". НДС не облагается"
	b.enter(o.payee.account, o)
}

// lender is the bank itself as a payer.
var lender = party{"ПАО СБЕРБАНК", "7707083893", "773601001", "45207810700000000001", MerchantBIC, MerchantCorrAccount}
