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
	created, expires    time.Time
	warnings            []check

	signers  []string // ids of people, in order
	account  string   // debit account chosen by the last signer
	signed   time.Time
	walkFrom time.Time // equals signed until the pace is changed
	unfunded bool      // signed, but the account has not enough: ends in CARD2
	declined string    // why it is deleted; empty = not
	pin      *pinned
}

// pinned is a status set by control: it stays until changed.
type pinned struct{ status, comment string }

func (b *Bank) status(p *payment, now time.Time) (status, comment string) {
	switch {
	case p.pin != nil:
		return p.pin.status, p.pin.comment
	case p.declined != "":
		return "DELETED", p.declined
	case p.signed.IsZero() && now.After(p.expires):
		// The table has no status of its own for a draft nobody signed in time: it leaves the documents in force.
		return "DELETED", "Истёк срок, в который документ нужно было подписать"
	case p.signed.IsZero() && len(p.signers) > 0:
		return "PARTSIGNED", ""
	case p.signed.IsZero():
		return "CREATED", ""
	}
	i := b.walked(p, now)
	if i < len(walk)-1 {
		return walk[i], ""
	}
	if p.unfunded {
		return "CARD2", "Недостаточно средств на счёте, документ ждёт оплаты"
	}
	if b.st.settings.TestContour {
		return walk[len(walk)-2], ""
	}
	return walk[i], ""
}

// walked is the place of a signed document in the walk.
func (b *Bank) walked(p *payment, now time.Time) int {
	last := len(walk) - 1
	if b.st.step <= 0 {
		return last
	}
	return min(last, max(0, int(now.Sub(p.walkFrom)/b.st.step)))
}

// setStep changes the pace; no document goes back.
func (b *Bank) setStep(step time.Duration, now time.Time) {
	for _, p := range b.st.payments {
		if !p.signed.IsZero() {
			p.walkFrom = now.Add(-time.Duration(b.walked(p, now)) * step)
		}
	}
	b.st.step = step
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
	if account == "" && len(co.Accounts) > 0 {
		account = co.Accounts[0].Number
	}
	from := co.account(account)
	if from == nil {
		return errNoAccount
	}
	if len(p.signers)+1 < co.signaturesNeeded() {
		p.signers, p.account = append(p.signers, person.ID), account
		return nil
	}
	switch p.funding {
	case fromLine:
		k := co.Contract
		if !k.active(now) || k.Number != p.contract || k.AvailableSum.LessThan(p.amount) {
			return errNoLine
		}
		k.AvailableSum = k.AvailableSum.Sub(p.amount)
	case fromOwn:
		if from.Balance.LessThan(p.amount) {
			p.unfunded = true
		} else {
			from.Balance = from.Balance.Sub(p.amount)
		}
	}
	p.signers, p.account = append(p.signers, person.ID), account
	p.signed, p.walkFrom, p.pin = now, now, nil
	return nil
}

// declinePayment is the client's own «no»: possible while nothing is fully signed.
func (b *Bank) declinePayment(p *payment, now time.Time) error {
	if s, _ := b.status(p, now); s != "CREATED" && s != "PARTSIGNED" {
		return errNotSignable
	}
	p.declined, p.pin = "Отклонён клиентом в СберБизнес", nil
	return nil
}

// fundWaiting pays documents of картотека 2, oldest first, after an account got money.
func (b *Bank) fundWaiting(co *Company) {
	for _, id := range b.st.order {
		p := b.st.payments[id]
		if p == nil || p.company != co.ID || !p.unfunded {
			continue
		}
		if a := co.account(p.account); a != nil && !a.Balance.LessThan(p.amount) {
			a.Balance = a.Balance.Sub(p.amount)
			p.unfunded = false
		}
	}
}

// exists reports whether any document has this external id.
func (b *Bank) exists(id string) bool {
	return b.st.payments[id] != nil || b.st.requests[id] != nil
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
