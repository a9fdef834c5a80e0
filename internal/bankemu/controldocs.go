package bankemu

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"
)

// documentRow is a payment order or a credit request as control shows it.
type documentRow struct {
	Kind       string      `json:"kind"` // payment, credit-request or payroll
	ExternalID string      `json:"externalId"`
	Company    string      `json:"company"`
	Client     string      `json:"clientId"`
	BankStatus string      `json:"bankStatus"`
	Comment    string      `json:"bankComment,omitempty"`
	Amount     json.Number `json:"amount"`
	Credit     json.Number `json:"creditAmount,omitempty"`
	Decision   string      `json:"decision,omitempty"` // of a credit request: approved, refused
	Funding    string      `json:"funding,omitempty"`  // own, line, credit
	Contract   string      `json:"contractNumber,omitempty"`
	Order      string      `json:"order,omitempty"` // orderId or orderNumber
	Purpose    string      `json:"purpose"`
	Route      string      `json:"route,omitempty"` // of a payment order; none = the company's
	Pinned     bool        `json:"pinned"`
	SignedBy   []string    `json:"signedBy"`
	Created    time.Time   `json:"created"`
	Expires    *time.Time  `json:"expires,omitempty"`
	Signed     *time.Time  `json:"signed,omitempty"`
	Ended      *time.Time  `json:"ended,omitempty"`       // when a payment order reached its final status
	Final      string      `json:"finalStatus,omitempty"` // that status; IMPLEMENTED even in the test contour
	Warnings   []check     `json:"warnings,omitempty"`
	Document   any         `json:"document,omitempty"` // only for one document
}

// StatusName is the bank's name of the status, for the page; salary registers have a table of their own.
func (r documentRow) StatusName() string {
	if r.Kind == "payroll" {
		row, _ := payrollRow(r.BankStatus)
		return row.name
	}
	return statusName(r.BankStatus)
}

func (b *Bank) paymentRow(p *payment, now time.Time) documentRow {
	status, comment := b.status(p, now)
	row := documentRow{Kind: "payment", ExternalID: p.id, Company: p.company, Client: p.client, BankStatus: status, Comment: comment,
		Amount: p.doc.Amount, Funding: p.funding, Contract: p.contract, Order: p.doc.orderNumber, Purpose: p.doc.Purpose,
		Route: p.route, Pinned: p.pin != nil, SignedBy: p.signers, Created: p.created, Expires: &p.expires, Warnings: p.warnings}
	if !p.signed.IsZero() {
		row.Signed = &p.signed
	}
	if end, at, final := b.finalAt(p, now); final {
		row.Final, row.Ended = end, &at
	}
	return row
}

func (b *Bank) requestRow(r *creditRequest) documentRow {
	return documentRow{Kind: "credit-request", ExternalID: r.id, Company: r.company, Client: r.client, BankStatus: r.bankStatus(),
		Comment: r.comment, Amount: json.Number(r.amount.StringFixed(2)), Credit: json.Number(r.credit.StringFixed(2)), Decision: r.decision,
		Order: r.order, Purpose: r.payment.Purpose, SignedBy: r.signers, Created: r.created, Warnings: r.warnings}
}

func (b *Bank) documentList(now time.Time) []documentRow {
	rows := []documentRow{}
	for _, id := range b.st.order {
		rows = append(rows, b.rowsOf(id, now)...)
	}
	return rows
}

// rowsOf are the documents of an id: one, or a credit request and the payment order that came of it.
func (b *Bank) rowsOf(id string, now time.Time) (rows []documentRow) {
	if r := b.st.requests[id]; r != nil {
		rows = append(rows, b.requestRow(r))
	}
	if p := b.st.payrolls.byID[id]; p != nil {
		rows = append(rows, b.payrollDocument(p, now))
	}
	if p := b.st.payments[id]; p != nil {
		rows = append(rows, b.paymentRow(p, now))
	}
	return rows
}

func (b *Bank) controlDocuments(c *call) reply {
	return jsonReply(http.StatusOK, map[string]any{"documents": b.documentList(c.now)})
}

// controlDocument shows the payment order of an id, and the credit request beside it when there is one.
func (b *Bank) controlDocument(c *call) reply {
	out := map[string]documentRow{}
	if r := b.st.requests[c.r.PathValue("id")]; r != nil {
		row := b.requestRow(r)
		row.Document = r.echo(c.documented)
		out["creditRequest"] = row
	}
	if p := b.st.payments[c.r.PathValue("id")]; p != nil {
		row := b.paymentRow(p, c.now)
		row.Document = b.render(p, c.now)
		out["payment"] = row
	}
	if p := b.st.payrolls.byID[c.r.PathValue("id")]; p != nil {
		row := b.payrollDocument(p, c.now)
		row.Document = b.renderPayroll(p, c.now)
		out["payroll"] = row
	}
	if len(out) == 0 {
		return controlError(http.StatusNotFound, errors.New("no such document"))
	}
	return jsonReply(http.StatusOK, out)
}

// controlPayment signs, declines, recalls, routes, or pins the status of a payment order.
func (b *Bank) controlPayment(c *call) reply {
	p := b.st.payments[c.r.PathValue("id")]
	if register := b.st.payrolls.byID[c.r.PathValue("id")]; register != nil {
		return b.controlPayroll(c, register)
	}
	if p == nil {
		return controlError(http.StatusNotFound, errors.New("no such payment order"))
	}
	var in struct {
		Person, Account, Status, Comment, Route string
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	co, err := b.company(p.company), error(nil)
	b.book(p, c.now) // what has happened by now stays
	switch c.r.PathValue("action") {
	case "sign":
		err = eachSigner(co, p.signers, in.Person, func(person *Person) error { return b.signPayment(p, co, person, in.Account, c.now) })
	case "decline":
		err = b.declinePayment(p, c.now)
	case "recall":
		err = b.recallPayment(p, co, c.now)
	case "route":
		if knownRoute(in.Route) != nil {
			return controlError(http.StatusBadRequest, knownRoute(in.Route))
		}
		err = b.changeRoute(p, co, in.Route, c.now)
	case "status":
		if in.Status != "" && statusNames[in.Status] == "" && !c.r.URL.Query().Has("unknown") {
			return controlError(http.StatusBadRequest, errors.New("not a documented status; add ?unknown to set it anyway"))
		}
		p.setPin(in.Status, in.Comment, c.now)
	default:
		return controlError(http.StatusNotFound, errors.New("no such action"))
	}
	if err != nil {
		return controlError(http.StatusConflict, err)
	}
	b.moved(p, c.now)
	return jsonReply(http.StatusOK, b.paymentRow(p, c.now))
}

// eachSigner runs sign for the named person, or for as many signers as the document still needs.
func eachSigner(co *Company, signed []string, name string, sign func(*Person) error) error {
	if name != "" {
		person := co.person(name)
		if person == nil {
			return errors.New("no such person in the payer's company")
		}
		return sign(person)
	}
	need := max(1, co.signaturesNeeded()-len(signed))
	for i := range co.People {
		if p := &co.People[i]; need > 0 && p.MaySign && !slices.Contains(signed, p.ID) {
			if err := sign(p); err != nil {
				return err
			}
			need--
		}
	}
	if need > 0 {
		return errors.New("nobody in the company may sign")
	}
	return nil
}

func (b *Bank) controlRequest(c *call) reply {
	r := b.st.requests[c.r.PathValue("id")]
	if r == nil {
		return controlError(http.StatusNotFound, errors.New("no such credit request"))
	}
	var in struct{ Person, Account string }
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	if r.decision != "" {
		return controlError(http.StatusConflict, errDecided)
	}
	switch c.r.PathValue("action") {
	case "approve":
		co := b.company(r.company)
		if r.signed {
			b.approve(r, co, c.now)
			break
		}
		sign := func(person *Person) error { return b.signRequest(r, co, person, in.Account, decideApprove, c.now) }
		if err := eachSigner(co, r.signers, in.Person, sign); err != nil {
			return controlError(http.StatusConflict, err)
		}
	case "refuse":
		r.refuse()
	default:
		return controlError(http.StatusNotFound, errors.New("no such action"))
	}
	return jsonReply(http.StatusOK, b.requestRow(r))
}
