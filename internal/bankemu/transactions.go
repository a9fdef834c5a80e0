package bankemu

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/shopspring/decimal"
)

// statementPage is how many operations the bank's production contour puts on a page.
const statementPage = 100

// statementTransactions: GET /v2/statement/transactions, one day of one account by pages.
func (b *Bank) statementTransactions(c *call, g *grant, co *Company) reply {
	p := &problems{}
	q := parseParameters(c.r.URL.RawQuery, p)
	// curFormat chooses the form of operations in foreign currency; these accounts have none, so any value is right.
	ask := statementQuery{q.account("accountNumber"), q.date("statementDate"), q.page("page")}
	if rep := p.reply(); rep != nil {
		return *rep
	}
	l, stop := b.statementOf(c, g, co, ask)
	if stop != nil {
		return *stop
	}
	all := l.operations(ask.date)
	pages := max(1, (len(all)+statementPage-1)/statementPage)
	if ask.page > pages {
		return workflowFault("Страница " + strconv.Itoa(ask.page) + " отсутствует в выписке")
	}
	from := (ask.page - 1) * statementPage
	answer := transactionsAnswer{Links: []link{}, Transactions: []transaction{}}
	for _, o := range all[from:min(len(all), from+statementPage)] {
		answer.Transactions = append(answer.Transactions, o.wire())
	}
	if ask.page > 1 {
		answer.Links = append(answer.Links, ask.link("prev", ask.page-1))
	}
	if ask.page < pages {
		answer.Links = append(answer.Links, ask.link("next", ask.page+1))
	}
	return jsonReply(http.StatusOK, answer)
}

type transactionsAnswer struct {
	Links        []link        `json:"_links"`
	Transactions []transaction `json:"transactions"`
}

type link struct {
	Href string `json:"href"`
	Rel  string `json:"rel"`
}

func (q statementQuery) link(rel string, page int) link {
	return link{"?accountNumber=" + url.QueryEscape(q.account) + "&statementDate=" + url.QueryEscape(q.date) + "&page=" + strconv.Itoa(page), rel}
}

// transaction is one documented operation; null is what a rouble transfer has nothing for.
type transaction struct {
	Amount               number      `json:"amount"`
	AmountRub            number      `json:"amountRub"`
	CorrespondingAccount string      `json:"correspondingAccount"`
	CurTransfer          *struct{}   `json:"curTransfer"`
	Direction            string      `json:"direction"` // CREDIT = incoming, DEBIT
	DocumentDate         string      `json:"documentDate"`
	Filial               *string     `json:"filial"`
	HashAbc              string      `json:"hashAbc"`
	LastModifiedTime     string      `json:"lastModifiedTime"`
	Number               string      `json:"number"`
	OperationCode        string      `json:"operationCode"`
	OperationDate        string      `json:"operationDate"`
	OperationID          string      `json:"operationId"`
	PaymentPurpose       string      `json:"paymentPurpose"`
	Priority             string      `json:"priority"`
	Revaln               *string     `json:"revaln"`
	RurTransfer          rurTransfer `json:"rurTransfer"`
	SwiftTransfer        *struct{}   `json:"swiftTransfer"`
	TransactionID        int64       `json:"transactionId"`
	UUID                 string      `json:"uuid"`
}

type number struct {
	Amount       json.Number `json:"amount"`
	CurrencyName string      `json:"currencyName"`
}

type rurTransfer struct {
	CartInfo             *struct{}      `json:"cartInfo"`
	DeliveryKind         string         `json:"deliveryKind"`
	DepartmentalInfo     map[string]any `json:"departmentalInfo"`
	PayeeAccount         string         `json:"payeeAccount"`
	PayeeBankBic         string         `json:"payeeBankBic"`
	PayeeBankCorrAccount string         `json:"payeeBankCorrAccount"`
	PayeeBankName        string         `json:"payeeBankName"`
	PayeeInn             string         `json:"payeeInn"`
	PayeeKpp             string         `json:"payeeKpp"`
	PayeeName            string         `json:"payeeName"`
	PayerAccount         string         `json:"payerAccount"`
	PayerBankBic         string         `json:"payerBankBic"`
	PayerBankCorrAccount string         `json:"payerBankCorrAccount"`
	PayerBankName        string         `json:"payerBankName"`
	PayerInn             string         `json:"payerInn"`
	PayerKpp             string         `json:"payerKpp"`
	PayerName            string         `json:"payerName"`
	PayingCondition      *string        `json:"payingCondition"`
	PurposeCode          *string        `json:"purposeCode"`
	ReceiptDate          string         `json:"receiptDate"`
	ValueDate            string         `json:"valueDate"`
}

var departmentalNulls = map[string]any{"uip": "0", "drawerStatus101": nil, "kbk": nil, "oktmo": nil, "reasonCode106": nil, "taxPeriod107": nil,
	"docNumber108": nil, "docDate109": nil, "paymentKind110": nil}

func jsonMoney(d decimal.Decimal) number { return number{json.Number(d.StringFixed(2)), "RUB"} }

func (o *operation) wire() transaction {
	t := transaction{
		Amount: jsonMoney(o.amount), AmountRub: jsonMoney(o.amount), Direction: "DEBIT", CorrespondingAccount: o.payee.account,
		DocumentDate: o.documentDate, HashAbc: hash64("abc", o.uuid)[:32], LastModifiedTime: o.at.In(moscow).Format(clock), Number: o.number,
		OperationCode: "01", OperationDate: o.day() + "T00:00:00", OperationID: uuidFrom("operation", o.uuid), PaymentPurpose: o.purpose,
		Priority: o.priority, TransactionID: o.id, UUID: o.uuid,
		RurTransfer: rurTransfer{DeliveryKind: o.delivery, DepartmentalInfo: departmentalNulls, ReceiptDate: o.documentDate, ValueDate: o.day()},
	}
	if o.credit {
		t.Direction, t.CorrespondingAccount = "CREDIT", o.payer.account
	}
	r := &t.RurTransfer
	r.PayerName, r.PayerInn, r.PayerKpp, r.PayerAccount = o.payer.name, o.payer.inn, o.payer.kpp, o.payer.account
	r.PayerBankBic, r.PayerBankCorrAccount, r.PayerBankName = o.payer.bic, o.payer.corr, bankName(o.payer.bic)
	r.PayeeName, r.PayeeInn, r.PayeeKpp, r.PayeeAccount = o.payee.name, o.payee.inn, o.payee.kpp, o.payee.account
	r.PayeeBankBic, r.PayeeBankCorrAccount, r.PayeeBankName = o.payee.bic, o.payee.corr, bankName(o.payee.bic)
	return t
}

// bankName: the box knows one bank; the others are called by their BIC.
func bankName(bic string) string {
	if bic == MerchantBIC {
		return "ПАО СБЕРБАНК, Г. Москва"
	}
	return "БАНК С БИК " + bic
}
