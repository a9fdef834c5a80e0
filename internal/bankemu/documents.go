package bankemu

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Where the money of a payment comes from.
const (
	fromOwn    = "own"    // the payer's account
	fromLine   = "line"   // an active credit line
	fromCredit = "credit" // a credit request approved just now
)

// payment is a payment order, at first a draft.
type payment struct {
	id, client, company string
	doc                 paymentDoc // what the API shows, without status and signatures
	amount              decimal.Decimal
	funding             string
	contract            string // number of the line when funding is fromLine
	toSber              bool   // by from-invoice: the payee is a company of this bank
	payeeHash           string // payeeOrgIdHash of from-invoice; empty = the partner itself
	created, expires    time.Time
	warnings            []check

	signers  []string // ids of people, in order
	account  string   // debit account chosen by the last signer
	signed   time.Time
	route    string    // a name of routes; empty = the company's. Settled when the last person signs
	walkFrom time.Time // equals signed until the pace or the route is changed

	taken      bool   // the bank holds the money: the account or the line is debited
	unfunded   bool   // signed, but the account has not enough: waits in CARD2
	recalled   bool   // walks recallWalk since walkFrom
	declined   string // why it is deleted; empty = not
	declinedAt time.Time
	notBefore  time.Time // the end comes no earlier: money arrived in CARD2, or a pinned status was released
	done       time.Time // when it ended, if the pace was changed after that
	pin        *pinned

	money    movement // on the statements
	reported string   // the last status told by webhook
}

// pinned is a status set by control: it stays until changed.
type pinned struct {
	status, comment string
	at              time.Time
}

// refusal is why the bank does not do what a person asks, in the words of its page.
type refusal string

func (r refusal) Error() string { return string(r) }

const (
	errNotSignable refusal = "Документ уже нельзя подписать: его статус изменился."
	errNoRight     refusal = "У вас нет права подписи. Документ может подписать сотрудник с таким правом."
	errSignedByYou refusal = "Вы уже подписали этот документ. Нужна подпись другого сотрудника."
	errNoAccount   refusal = "Выберите счёт списания."
	errNoLine      refusal = "На кредитной линии недостаточно средств для этого платежа."
	errDecided     refusal = "По этой заявке решение уже принято."
	errNoRecall    refusal = "Отозвать можно только подписанный документ, который банк ещё не исполнил."
	errEnded       refusal = "Документ уже дошёл до конца."
)

// signPayment adds one signature; the last one needed takes the money and starts the walk. Account "" is the first account.
func (b *Bank) signPayment(p *payment, co *Company, person *Person, account string, now time.Time) error {
	if s, _ := b.status(p, now); s != "CREATED" && s != "PARTSIGNED" {
		return errNotSignable
	}
	if !person.MaySign {
		return errNoRight
	}
	if slices.Contains(p.signers, person.ID) {
		return errSignedByYou
	}
	if account == "" && co.payer() != nil {
		account = co.payer().Number
	}
	from := co.account(account)
	if from == nil || !from.open() {
		return errNoAccount
	}
	if len(p.signers)+1 < co.signaturesNeeded() {
		p.signers, p.account = append(p.signers, person.ID), account
		return nil
	}
	before, route := p.account, or(p.route, or(co.Route, routeOrdinary))
	p.account = account
	if pays(routes[route]) {
		if err := b.debit(p, co, route == routeCard2, now); err != nil {
			p.account = before
			return err
		}
	}
	p.route = route
	p.signers = append(p.signers, person.ID)
	p.signed, p.walkFrom, p.pin = now, now, nil
	b.moved(p, now)
	return nil
}

// debit takes the money from the line or the account; too little on an account, or empty, makes the document wait in CARD2.
func (b *Bank) debit(p *payment, co *Company, empty bool, now time.Time) error {
	switch p.funding {
	case fromLine:
		k := co.line(p.contract, now)
		if k == nil || k.AvailableSum.LessThan(p.amount) {
			return errNoLine
		}
		k.AvailableSum = k.AvailableSum.Sub(p.amount)
		p.taken = true
	case fromOwn:
		if a := co.account(p.account); a != nil && !empty && !a.Balance.LessThan(p.amount) {
			a.Balance = a.Balance.Sub(p.amount)
			p.taken = true
			return nil
		}
		p.unfunded = true
		b.st.waiting[co.ID] = append(b.st.waiting[co.ID], p)
	}
	return nil
}

// refund undoes debit.
func (b *Bank) refund(p *payment, co *Company, now time.Time) {
	if p.unfunded {
		p.unfunded = false
		b.st.waiting[co.ID] = slices.DeleteFunc(b.st.waiting[co.ID], func(w *payment) bool { return w == p })
	}
	if !p.taken {
		return
	}
	p.taken = false
	if k := co.contract(p.contract); p.funding == fromLine && k != nil {
		k.AvailableSum = k.AvailableSum.Add(p.amount)
	}
	if a := co.account(p.account); p.funding == fromOwn && a != nil {
		a.Balance = a.Balance.Add(p.amount)
		b.fundWaiting(co)
	}
}

// declinePayment is the client's own «no»: possible while nothing is fully signed.
func (b *Bank) declinePayment(p *payment, now time.Time) error {
	if s, _ := b.status(p, now); s != "CREATED" && s != "PARTSIGNED" && (s != "CHECKERROR" || !p.signed.IsZero()) {
		return errNotSignable
	}
	p.declined, p.declinedAt, p.pin = "Отклонён клиентом в СберБизнес", now, nil
	b.moved(p, now)
	return nil
}

// recallPayment is the client's second thoughts after the signature: until the end is reached the bank gives the
// document back.
func (b *Bank) recallPayment(p *payment, co *Company, now time.Time) error {
	if !b.recallable(p, now) {
		return errNoRecall
	}
	b.refund(p, co, now)
	p.recalled, p.walkFrom, p.notBefore, p.pin = true, now, time.Time{}, nil
	b.moved(p, now)
	return nil
}

func (b *Bank) recallable(p *payment, now time.Time) bool {
	_, _, final := b.finalAt(p, now)
	return !p.signed.IsZero() && !final && !p.recalled
}

// setPin holds a status until it is released with an empty one; an end reached meanwhile is dated by the release.
func (p *payment) setPin(status, comment string, now time.Time) {
	if status == "" {
		if p.pin != nil {
			p.pin, p.notBefore = nil, now
		}
		return
	}
	p.pin = &pinned{status, comment, now}
}

// fundWaiting pays documents of картотека 2, oldest first, after an account got money.
func (b *Bank) fundWaiting(co *Company) {
	b.fundPayrolls(co)
	b.st.waiting[co.ID] = slices.DeleteFunc(b.st.waiting[co.ID], func(p *payment) bool {
		a := co.account(p.account)
		if a == nil || a.Balance.LessThan(p.amount) {
			return false
		}
		a.Balance = a.Balance.Sub(p.amount)
		p.unfunded, p.taken, p.notBefore = false, true, b.now()
		return true
	})
}

// arrived notes a new document of a company.
func (b *Bank) arrived(id string, co *Company) {
	b.st.order = append(b.st.order, id)
	b.st.desk[co.ID] = append(b.st.desk[co.ID], id)
}

// exists reports whether any document has this external id.
func (b *Bank) exists(id string) bool {
	return b.st.payments[id] != nil || b.st.requests[id] != nil || b.st.payrolls.byID[id] != nil
}

const errDuplicate = "Документ с таким externalId уже существует в системе"

// visible finds a payment that the token may read: the payer's company, or the partner's own company for documents
// that this partner made. Others get «not found».
func (b *Bank) visible(id string, g *grant, co *Company) *payment {
	p := b.st.payments[id]
	if p == nil || (p.company != co.ID && (p.client != g.client || co.INN != b.clients[g.client].OwnINN)) {
		return nil
	}
	return p
}

func uuidFrom(parts ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(hash64(parts...))).String()
}
