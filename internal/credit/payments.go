package credit

import "creditcart/internal/money"

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
