package credit

import (
	"context"
	"fmt"
	"strconv"

	"creditcart/internal/bankapi"
	"creditcart/internal/money"
)

// CreditRequest is the body of POST /fintech/api/v1/credit-requests (page «Создание заявки на кредитный договор»).
// Fields stand in the document's order, which is the order on the wire.
type CreditRequest struct {
	Account           string        `json:"account"`      // the merchant's account for the money
	Amount            money.Amount  `json:"amount"`       // sum of the order
	CreditAmount      money.Amount  `json:"creditAmount"` // sum of the credit, not less than sumMin
	CreditProductCode string        `json:"creditProductCode,omitempty"`
	CreditTerm        int           `json:"creditTerm"` // months
	DeliveryAmount    money.Amount  `json:"deliveryAmount,omitempty"`
	ExternalID        string        `json:"externalId"`       // UUID, lower case
	NegativeOrderURL  string        `json:"negativeOrderUrl"` // where the bank sends a customer it refused
	OrderID           string        `json:"orderId"`
	OrderInfo         []OrderInfo   `json:"orderInfo,omitempty"`
	OrderURL          string        `json:"orderUrl"`
	PayeeInfo         PayeeInfo     `json:"payeeInfo"`
	Purpose           string        `json:"purpose"`
	VATAmount         *money.Amount `json:"vatAmount,omitempty"` // VAT.RequestAmount; nil = not subject to the tax
}

// OrderInfo is a line of the order.
type OrderInfo struct {
	NumOfPosition int          `json:"numOfPosition"`
	Position      string       `json:"position"` // name, at most LimitPosition runes
	Price         money.Amount `json:"price"`
	TotalPrice    money.Amount `json:"totalPrice"`
}

// PayeeInfo is who gets the money.
type PayeeInfo struct {
	BankBIC string `json:"payeeBankBic"`
	CorrAcc string `json:"payeeCorrAcc"`
	INN     string `json:"payeeInn"`
	KPP     string `json:"payeeKpp"` // "0" for a sole trader
	Name    string `json:"payeeName"`
}

// Ack is the bank's word that it has a document.
type Ack struct {
	ExternalID string
	Status     string // bankStatus as sent, see Lookup
	Comment    string // bankComment, cleaned for people
}

// RequestAmount is the tax of a credit request: told whenever there is one, be it 0.00, nil when there is none.
func (v VAT) RequestAmount() *money.Amount {
	if v.Type == VATNone {
		return nil
	}
	return &v.Amount
}

// Marshal checks the request against the document and gives the bytes to freeze and to send. An error is a *FieldError.
func (r CreditRequest) Marshal() ([]byte, error) {
	var c checklist
	c.format(creditAccount, "account", r.Account)
	c.positive("amount", r.Amount)
	c.positive("creditAmount", r.CreditAmount)
	c.must(r.CreditAmount >= r.Amount, "creditAmount", "must cover amount")
	c.must(r.CreditProductCode == "" || productCode.MatchString(r.CreditProductCode), "creditProductCode", "must match "+productCode.String())
	c.must(r.CreditTerm >= 1 && r.CreditTerm <= 99999, "creditTerm", "must be a number of months")
	c.must(r.DeliveryAmount >= 0 && r.DeliveryAmount <= r.Amount, "deliveryAmount", "must be a part of amount")
	c.format(uuidFormat, "externalId", r.ExternalID)
	c.url("negativeOrderUrl", r.NegativeOrderURL)
	c.format(orderIDFormat, "orderId", r.OrderID)
	for i, line := range r.OrderInfo {
		line.check(&c, "orderInfo["+strconv.Itoa(i)+"].")
	}
	c.url("orderUrl", r.OrderURL)
	c.must(r.OrderURL != r.NegativeOrderURL, "negativeOrderUrl", "must differ from orderUrl")
	r.PayeeInfo.check(&c)
	c.text("purpose", r.Purpose, LimitRequestPurpose)
	if r.VATAmount != nil {
		c.must(*r.VATAmount >= 0 && *r.VATAmount < r.Amount, "vatAmount", "must be a part of amount")
	}
	if c.err != nil {
		return nil, c.err
	}
	return marshal(r)
}

func (o OrderInfo) check(c *checklist, prefix string) {
	c.must(o.NumOfPosition >= 1 && o.NumOfPosition <= 9_999_999_999, prefix+"numOfPosition", "must be a count of pieces")
	c.text(prefix+"position", o.Position, LimitPosition)
	c.notNegative(prefix+"price", o.Price)
	c.notNegative(prefix+"totalPrice", o.TotalPrice)
}

func (p PayeeInfo) check(c *checklist) {
	c.format(bicFormat, "payeeInfo.payeeBankBic", p.BankBIC)
	c.format(paymentAccount, "payeeInfo.payeeCorrAcc", p.CorrAcc)
	c.format(innFormat, "payeeInfo.payeeInn", p.INN)
	c.format(kppFormat, "payeeInfo.payeeKpp", p.KPP)
	c.text("payeeInfo.payeeName", p.Name, LimitPayeeName)
}

// CreateRequest sends a frozen credit request; sending the same bytes again is how a lost answer is resolved, because a
// request cannot be read back. A duplicate (IsDuplicate) then means success. A *Contradiction needs a person.
func (c *Client) CreateRequest(ctx context.Context, token string, body []byte, externalID string, priority bankapi.Priority) (Ack, error) {
	ack, err := c.create(ctx, bankapi.Request{
		Op: "credit-requests", Path: apiRoot + "/credit-requests", Token: token, Body: body, Subject: externalID, Priority: priority,
	}, "amount", "creditAmount")
	if err != nil {
		return Ack{}, fmt.Errorf("credit: create request: %w", err)
	}
	return ack, nil
}
