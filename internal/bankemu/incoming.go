package bankemu

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// How the money of a signed payment order shows on the payee's statement: Company.Incoming of the payer, or the
// document's own. The payer's debit is always the document.
const (
	arrivesExact    = "exact"
	arrivesMistyped = "mistyped-purpose" // two digits of the purpose have changed places
	arrivesPart     = "part"             // half of it
	arrivesDouble   = "double"           // a second order of the same money a minute later
	arrivesLate     = "late"             // three days later
)

var arrivalKinds = []string{arrivesExact, arrivesMistyped, arrivesPart, arrivesDouble, arrivesLate}

// lateBy is how long late money is on its way.
const lateBy = 3 * 24 * time.Hour

// arrivals are the payee's lines of one payment order.
func (b *Bank) arrivals(p *payment, o operation) []operation {
	kind := p.money.arrives
	if co := b.company(p.company); kind == "" && co != nil {
		kind = co.Incoming
	}
	switch kind {
	case arrivesMistyped:
		o.purpose = mistype(o.purpose, p.doc.orderNumber)
	case arrivesPart:
		if half := o.amount.Div(decimal.NewFromInt(2)).RoundDown(2); half.IsPositive() {
			o.amount = half
		}
	case arrivesDouble:
		again := o
		again.at = o.at.Add(time.Minute)
		if n, err := strconv.Atoi(o.number); err == nil {
			again.number = strconv.Itoa(n%999999 + 1)
		}
		return []operation{o, again}
	case arrivesLate:
		o.at = o.at.Add(lateBy)
	}
	return []operation{o}
}

// mistype makes a typing mistake where it hurts most: in the order's number when the purpose has it, otherwise in the
// first two neighbouring digits that differ, otherwise the last letter is lost.
func mistype(purpose, order string) string {
	from := 0
	if order != "" {
		if i := strings.Index(purpose, order); i >= 0 {
			from = i
		}
	}
	bytes := []byte(purpose)
	for _, start := range []int{from, 0} {
		for i := start; i+1 < len(bytes); i++ {
			if isDigit(bytes[i]) && isDigit(bytes[i+1]) && bytes[i] != bytes[i+1] {
				bytes[i], bytes[i+1] = bytes[i+1], bytes[i]
				return string(bytes)
			}
		}
	}
	_, size := utf8.DecodeLastRuneInString(purpose)
	return purpose[:len(purpose)-size]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// controlIncoming puts a stranger's money on an account: POST /api/incoming.
func (b *Bank) controlIncoming(c *call) reply {
	var in struct {
		Account      string          `json:"account"`
		Amount       decimal.Decimal `json:"amount"`
		Purpose      string          `json:"purpose"`
		PayerName    string          `json:"payerName"`
		PayerINN     string          `json:"payerInn"`
		PayerKPP     string          `json:"payerKpp"`
		PayerAccount string          `json:"payerAccount"`
		PayerBIC     string          `json:"payerBic"`
		Number       string          `json:"number"`
		Date         string          `json:"date"` // Moscow; empty = now
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	_, a := b.findAccount(in.Account)
	if a == nil {
		return controlError(http.StatusNotFound, errors.New("no such account in the box"))
	}
	if !in.Amount.IsPositive() || !in.Amount.Equal(in.Amount.Round(2)) {
		return controlError(http.StatusBadRequest, errors.New("amount must be more than 0 with at most two decimals"))
	}
	at := c.now
	if in.Date != "" && in.Date != c.now.In(moscow).Format(day) {
		noon, err := time.ParseInLocation(day+" 15", in.Date+" 12", moscow)
		if err != nil {
			return controlError(http.StatusBadRequest, errors.New("date must be YYYY-MM-DD"))
		}
		at = noon.UTC()
	}
	o := operation{at: at, credit: true, amount: in.Amount, number: or(in.Number, "1"), documentDate: at.In(moscow).Format(day),
		purpose: in.Purpose, priority: "5", delivery: "электронно",
		payer: party{or(in.PayerName, "ООО «Посторонний»"), or(in.PayerINN, "9901019998"), or(in.PayerKPP, "990101001"),
			or(in.PayerAccount, "40702810200000000001"), or(in.PayerBIC, MerchantBIC), MerchantCorrAccount}}
	co, _ := b.findAccount(in.Account)
	o.payee = party{co.Name, co.INN, co.KPP, a.Number, a.BIC, a.Corr}
	b.enter(a.Number, o)
	return jsonReply(http.StatusCreated, map[string]any{"account": a.Number, "amount": in.Amount.StringFixed(2), "date": o.documentDate})
}

// controlArrives decides how one document's money arrives: POST /api/documents/{id}/incoming.
func (b *Bank) controlArrives(c *call) reply {
	p := b.st.payments[c.r.PathValue("id")]
	if p == nil {
		return controlError(http.StatusNotFound, errors.New("no such payment order"))
	}
	var in struct {
		Kind string `json:"kind"`
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	if msg := oneOf(arrivalKinds...)(in.Kind); msg != "" {
		return controlError(http.StatusBadRequest, errors.New("kind: "+msg))
	}
	if b.book(p, c.now) {
		return controlError(http.StatusConflict, errors.New("the money has arrived already"))
	}
	p.money.arrives = in.Kind
	return jsonReply(http.StatusOK, map[string]string{"externalId": p.id, "kind": in.Kind})
}

// controlAccount closes or blocks an account, or says when it was opened: PUT /api/accounts/{number}.
func (b *Bank) controlAccount(c *call) reply {
	_, a := b.findAccount(c.r.PathValue("number"))
	if a == nil {
		return controlError(http.StatusNotFound, errors.New("no such account in the box"))
	}
	l := b.ledger(a.Number)
	in := struct {
		State  string `json:"state"`
		Opened string `json:"opened"`
	}{or(a.State, "OPEN"), l.opened}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	if msg := oneOf("OPEN", "BLOCKED", "CLOSED")(in.State); msg != "" {
		return controlError(http.StatusBadRequest, errors.New("state: "+msg))
	}
	if msg := date(in.Opened); msg != "" {
		return controlError(http.StatusBadRequest, errors.New("opened: must be YYYY-MM-DD"))
	}
	a.State, l.opened = in.State, in.Opened
	return jsonReply(http.StatusOK, in)
}

// correctOpening follows a balance set by control: it is a correction of the past, not a movement on a statement.
func (b *Bank) correctOpening(account string, by decimal.Decimal) {
	if l := b.ledger(account); l != nil {
		l.opening = l.opening.Add(by)
	}
}
