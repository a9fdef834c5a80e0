package bankemu

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// creditRequest waits for the client: it has no status method, only a page.
type creditRequest struct {
	id, client, company string
	sent                map[string]json.RawMessage // the request as it came, for the echo
	amount, credit      decimal.Decimal
	term                int64
	product             string
	order               string
	orderURL, refuseURL string
	payment             paymentDoc // the payment order to be made after approval
	created             time.Time
	signers             []string
	signed              bool   // all signatures are there: the client handled it
	account             string // debit account chosen by the last signer
	decision            string // "", approved, refused
	comment             string
	warnings            []check
}

// bankStatus: RECEIVED until the client handled the request, PROCESSED after, whatever the bank decides.
func (r *creditRequest) bankStatus() string {
	if r.decision == "" && !r.signed {
		return "RECEIVED"
	}
	return "PROCESSED"
}

// createCreditRequest: POST /v1/credit-requests.
func (b *Bank) createCreditRequest(c *call, g *grant, co *Company) reply {
	p := &problems{}
	o := parseObject(c, p)
	r := parseCreditRequest(o)
	b.checkProduct(p, r, co, c.documented)
	if rep := p.reply(); rep != nil {
		return *rep
	}
	if message := b.refusesRequest(c, r, g, co); message != "" {
		return workflowFault(message)
	}
	r.client, r.company, r.created, r.warnings, r.sent = g.client, co.ID, c.now, p.warnings, o.raw
	b.st.requests[r.id] = r
	b.arrived(r.id, co)
	return jsonReply(http.StatusCreated, r.echo(c.documented))
}

// refusesRequest gives the message of the WORKFLOW_FAULT that a well-formed request deserves, in the table's order; ""
// = none. In the documented mode the account must be the partner's own, as the description says; in the lifelike mode
// any account whose key fits its BIC will do, because nobody's real requisites are in the scenario.
func (b *Bank) refusesRequest(c *call, r *creditRequest, g *grant, co *Company) string {
	client := b.clients[g.client]
	account := r.payment.PayeeAccount
	switch {
	case co.Unidentified:
		return errNoPayer
	case b.exists(r.id):
		return errDuplicate
	case !b.payable(g, co):
		return "Отсутствует доступный открытый рублевый расчетный счет у организации плательщика"
	case !validAccount(account, r.payment.PayeeBankBic), c.documented && !b.ownAccount(client, account):
		return "Неизвестный счет получателя: " + account
	case !client.owns(r.orderURL) || !client.owns(r.refuseURL):
		return "Указана некорректная ссылка на заказ"
	}
	return ""
}

// payable says whether an open rouble account of the company is opened to the partner.
func (b *Bank) payable(g *grant, co *Company) bool {
	return slices.ContainsFunc(co.Accounts, func(a Account) bool {
		return a.open() && a.Number[5:8] == "810" && b.consented(g, a.Number)
	})
}

func (b *Bank) ownAccount(client Client, number string) bool {
	return slices.ContainsFunc(b.st.scenario.Companies, func(co Company) bool {
		return co.INN == client.OwnINN && co.account(number) != nil
	})
}

// echoed are the fields of the documented answer.
var echoed = []string{"account", "amount", "consent", "creditAmount", "creditProductCode", "creditTerm", "deliveryAmount", "externalId",
	"limitAmountMarketplace", "marketplaceData", "negativeOrderUrl", "orderId", "orderInfo", "orderUrl", "payeeInfo", "purpose", "vatAmount"}

// arrays are the single objects that the answer's table prints as array[…]; a real bank's answer is not known.
var arrays = []string{"consent", "marketplaceData", "payeeInfo"}

// echo is the documented answer: the request as it came, the status, and the fields that the answer always has.
func (r *creditRequest) echo(documented bool) map[string]any {
	out := map[string]any{"bankStatus": r.bankStatus(), "creditProductCode": r.product, "deliveryAmount": json.Number("0.00")}
	for _, name := range echoed {
		raw, ok := r.sent[name]
		switch {
		case !ok || string(raw) == "null" || name == "creditProductCode":
		case documented && slices.Contains(arrays, name):
			out[name] = []json.RawMessage{raw}
		default:
			out[name] = raw
		}
	}
	if r.comment != "" {
		out["bankComment"] = r.comment
	}
	return out
}

// answerRequest is the bank's word after the client's last signature.
func (b *Bank) answerRequest(r *creditRequest, co *Company, decision string, now time.Time) {
	switch decision {
	case decideRefuse:
		r.refuse()
	case decideNone:
	default:
		b.approve(r, co, now)
	}
}

// approve is the bank's «yes»: a payment order of the same externalId is made and sent on its way at once. What is left
// of a larger credit stays as a line, beside those that the company has already.
func (b *Bank) approve(r *creditRequest, co *Company, now time.Time) {
	r.decision = "approved"
	p := &payment{id: r.id, client: r.client, company: co.ID, doc: r.payment, amount: r.amount, funding: fromCredit, created: now,
		expires: now.AddDate(0, 0, maxDraftDays), signers: r.signers, signed: now, walkFrom: now, account: r.account, route: or(co.Route, routeOrdinary)}
	p.doc.Date = now.In(moscow).Format(day)
	b.fillPayer(p, co)
	if p.account == "" {
		p.account = p.doc.PayerAccount
	}
	b.st.payments[p.id] = p
	b.moved(p, now)
	if rest := r.credit.Sub(r.amount); rest.IsPositive() {
		today := now.In(moscow)
		co.HasActiveLine = true
		co.Contracts = append(co.Contracts, Contract{Number: p.doc.Number + "-" + today.Format("2006"), AvailableSum: rest, DateSince: today.Format(day),
			DateUntil: today.AddDate(0, int(r.term), 0).Format(day), ProductCode: r.product})
	}
}

func (r *creditRequest) refuse() {
	r.decision, r.comment = "refused", "Банк отказал в выдаче кредита"
}
