package credit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"creditcart/internal/bankapi"
	"creditcart/internal/money"
)

// InvoiceAny is the body of POST /fintech/api/v1/payments/from-invoice-any (page «Выставить счет клиенту (отправка на
// счет в любой банк)»). Fields stand in the document's order, which is the order on the wire.
type InvoiceAny struct {
	Amount               money.Amount `json:"amount"`
	CreditContractNumber string       `json:"creditContractNumber,omitempty"` // only with IsPaidByCredit
	Date                 string       `json:"date"`                           // YYYY-MM-DD
	ExpirationDate       string       `json:"expirationDate"`                 // YYYY-MM-DD, at most 10 days after Date
	ExternalID           string       `json:"externalId"`                     // UUID, lower case
	IsPaidByCredit       bool         `json:"isPaidByCredit"`                 // always sent: newer documents require it
	OperationCode        string       `json:"operationCode"`                  // OperationCode
	OrderNumber          string       `json:"orderNumber,omitempty"`
	PayeeAccount         string       `json:"payeeAccount"`
	PayeeBankBIC         string       `json:"payeeBankBic"`
	PayeeBankCorrAccount string       `json:"payeeBankCorrAccount,omitempty"`
	PayeeINN             string       `json:"payeeInn"`
	PayeeKPP             string       `json:"payeeKpp,omitempty"`
	PayeeName            string       `json:"payeeName"`
	Priority             string       `json:"priority"` // Priority
	Purpose              string       `json:"purpose"`
	VAT                  *PaymentVAT  `json:"vat,omitempty"`
}

// Constants of every payment for goods.
const (
	OperationCode = "01"
	Priority      = "5"
)

// PaymentVAT is the tax block of a payment.
type PaymentVAT struct {
	Amount *money.Amount `json:"amount,omitempty"`
	Rate   string        `json:"rate,omitempty"`
	Type   VATType       `json:"type"`
}

// State is the short answer about a payment document.
type State struct {
	Status  string // bankStatus as sent, see Lookup
	Comment string // bankComment, cleaned for people
}

// Payment is the tax block of a payment draft.
func (v VAT) Payment() *PaymentVAT {
	switch v.Type {
	case VATIncluded:
		return &PaymentVAT{Amount: &v.Amount, Rate: v.Rate.String(), Type: VATIncluded}
	case VATManual:
		return &PaymentVAT{Amount: &v.Amount, Type: VATManual}
	}
	return &PaymentVAT{Type: VATNone}
}

// Marshal checks the draft against the document and gives the bytes to freeze and to send. An error is a *FieldError.
func (i InvoiceAny) Marshal() ([]byte, error) {
	var c checklist
	c.positive("amount", i.Amount)
	c.must(i.IsPaidByCredit == (i.CreditContractNumber != ""), "creditContractNumber", "goes together with isPaidByCredit")
	if i.CreditContractNumber != "" {
		c.text("creditContractNumber", i.CreditContractNumber, limitContract)
	}
	c.dates(i.Date, i.ExpirationDate)
	c.format(uuidFormat, "externalId", i.ExternalID)
	c.must(i.OperationCode == OperationCode, "operationCode", "must be "+OperationCode)
	c.must(i.OrderNumber == "" || orderIDFormat.MatchString(i.OrderNumber), "orderNumber", "must match "+orderIDFormat.String())
	c.format(paymentAccount, "payeeAccount", i.PayeeAccount)
	c.format(bicFormat, "payeeBankBic", i.PayeeBankBIC)
	c.must(i.PayeeBankCorrAccount == "" || paymentAccount.MatchString(i.PayeeBankCorrAccount), "payeeBankCorrAccount", "must be 20 digits")
	c.format(innFormat, "payeeInn", i.PayeeINN)
	c.must(i.PayeeKPP == "" || kppFormat.MatchString(i.PayeeKPP), "payeeKpp", "must match "+kppFormat.String())
	c.text("payeeName", i.PayeeName, LimitPayeeName)
	c.must(i.Priority == "4" || i.Priority == Priority, "priority", "must be 4 or 5")
	c.text("purpose", i.Purpose, LimitPaymentPurpose)
	i.VAT.check(&c, i.Amount)
	if c.err != nil {
		return nil, c.err
	}
	return marshal(i)
}

func (v *PaymentVAT) check(c *checklist, amount money.Amount) {
	if v == nil {
		return
	}
	if v.Amount != nil {
		c.must(*v.Amount >= 0 && *v.Amount < amount, "vat.amount", "must be a part of amount")
	}
	switch v.Type {
	case VATIncluded:
		rate, err := money.ParseVAT(v.Rate)
		c.must(err == nil && rate > 0, "vat.rate", "must be a rate")
		c.must(v.Amount != nil, "vat.amount", "must be told with INCLUDED")
	case VATManual:
		c.must(v.Amount != nil, "vat.amount", "must be told, or the bank takes it for zero")
		c.must(v.Rate == "", "vat.rate", "must be absent with MANUAL")
	case VATNone:
		c.must(v.Amount == nil && v.Rate == "", "vat.amount", "must be absent with NO_VAT")
	default:
		c.must(false, "vat.type", "must be INCLUDED, MANUAL or NO_VAT")
	}
}

// CreateDraft sends a frozen payment draft. After a lost answer State tells whether the bank has it; a duplicate
// (IsDuplicate) means that it has. A *Contradiction needs a person.
func (c *Client) CreateDraft(ctx context.Context, token string, body []byte, externalID string, priority bankapi.Priority) (Ack, error) {
	ack, err := c.create(ctx, bankapi.Request{
		Op: "from-invoice-any", Path: apiRoot + "/payments/from-invoice-any", Token: token, Body: body, Subject: externalID, Priority: priority,
	}, "amount")
	if err != nil {
		return Ack{}, fmt.Errorf("credit: create draft: %w", err)
	}
	return ack, nil
}

// State asks how a payment document stands. A *bankapi.Error of Kind NotFound: the bank has no payment document with
// this id; for a credit request that means «not yet».
func (c *Client) State(ctx context.Context, token, externalID string, priority bankapi.Priority) (State, error) {
	f, resp, err := c.document(ctx, token, "payment-state", externalID, "/state", priority)
	if err != nil {
		return State{}, fmt.Errorf("credit: state: %w", err)
	}
	s := state(f)
	if s.Status == "" {
		return State{}, fmt.Errorf("credit: state: %w", resp.Unreadable())
	}
	return s, nil
}

// state reads the short form and the full document alike.
func state(f fields) State { return State{Status: statusCode(f), Comment: comment(f)} }

// Payment is the full document (page «Получить атрибуты поручения»), what of it the shop compares and shows.
// Fields the bank did not send are empty; Amount and VATAmount are nil when absent or unreadable.
type Payment struct {
	State
	Number, Date, Purpose             string
	Amount, VATAmount                 *money.Amount
	VATType                           VATType // as sent
	PayerName, PayerINN               string
	PayeeName, PayeeINN, PayeeAccount string
	Signatures                        int // under the document
}

// Payment asks for the full document. The bank's contract set for «Кредит в корзине» need not include this call.
func (c *Client) Payment(ctx context.Context, token, externalID string, priority bankapi.Priority) (Payment, error) {
	f, _, err := c.document(ctx, token, "payment", externalID, "", priority)
	if err != nil {
		return Payment{}, fmt.Errorf("credit: payment: %w", err)
	}
	return payment(f), nil
}

// maxText bounds a text of the bank's document; its own limits are below it.
const maxText = 500

func payment(f fields) Payment {
	text := func(name string) string { return Cut(f.text(name), maxText) }
	vat := nested(f, "vat")
	var signatures []json.RawMessage
	_ = json.Unmarshal(f["digestSignatures"], &signatures) // anything but a list is none
	return Payment{
		State: state(f), Number: text("number"), Date: text("date"), Purpose: text("purpose"),
		Amount: sum(f, "amount"), VATAmount: sum(vat, "amount"), VATType: VATType(Cut(vat.text("type"), maxText)),
		PayerName: text("payerName"), PayerINN: text("payerInn"),
		PayeeName: text("payeeName"), PayeeINN: text("payeeInn"), PayeeAccount: text("payeeAccount"), Signatures: len(signatures),
	}
}

func (c *Client) document(ctx context.Context, token, op, externalID, suffix string, priority bankapi.Priority) (fields, *bankapi.Response, error) {
	if !uuidFormat.MatchString(externalID) {
		return nil, nil, &FieldError{"externalId", "must match " + uuidFormat.String()}
	}
	resp, err := c.api.Do(ctx, bankapi.Request{
		Op: op, Method: http.MethodGet, Path: apiRoot + "/payments/" + externalID + suffix, Token: token, Subject: externalID, Priority: priority,
	})
	if err != nil {
		return nil, nil, err
	}
	f, err := object(resp.Body)
	if err != nil || resp.Status != http.StatusOK {
		return nil, nil, resp.Unreadable()
	}
	if id := f.text("externalId"); id != "" && !strings.EqualFold(id, externalID) {
		return nil, nil, &Contradiction{op, "externalId", externalID, id}
	}
	return f, resp, nil
}
