package credit

import "creditcart/internal/money"

// CreditRequest is the body of POST /fintech/api/v1/credit-requests (page «Создание заявки на кредитный договор»).
// Fields stand in the document's order, which is the order on the wire.
type CreditRequest struct {
	Account           string       `json:"account"`      // the merchant's account for the money
	Amount            money.Amount `json:"amount"`       // sum of the order
	CreditAmount      money.Amount `json:"creditAmount"` // sum of the credit, not less than sumMin
	CreditProductCode string       `json:"creditProductCode,omitempty"`
	CreditTerm        int          `json:"creditTerm"` // months
	DeliveryAmount    money.Amount `json:"deliveryAmount,omitempty"`
	ExternalID        string       `json:"externalId"`       // UUID, lower case
	NegativeOrderURL  string       `json:"negativeOrderUrl"` // where the bank sends a customer it refused
	OrderID           string       `json:"orderId"`
	OrderInfo         []OrderInfo  `json:"orderInfo,omitempty"`
	OrderURL          string       `json:"orderUrl"`
	PayeeInfo         PayeeInfo    `json:"payeeInfo"`
	Purpose           string       `json:"purpose"`
	VATAmount         money.Amount `json:"vatAmount,omitempty"`
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
