package checkout

import (
	"time"

	"creditcart/internal/money"
)

// MoneyReport compares what the shop believes about money with what the bank says: the statement of the merchant's account
// and the states of documents. It is for the merchant: payers' names and INNs stand in it.
type MoneyReport struct {
	Since  string    `json:"since"` // YYYY-MM-DD, Moscow; both days included
	To     string    `json:"to"`
	MadeAt time.Time `json:"madeAt"`

	Agreed  Tally `json:"agreed"`  // paid here, and the money came: number, sum and payer are the same
	Awaited Tally `json:"awaited"` // paid here, the money is not there yet, and not all the days on which it may come were read
	Other   Tally `json:"other"`   // money that has nothing to do with orders
	Asked   int   `json:"asked"`   // documents whose state was asked

	Findings []Finding `json:"findings"`
	Gaps     []Gap     `json:"gaps"` // what could not be compared
}

// Agrees tells that nothing was found that differs.
func (r *MoneyReport) Agrees() bool { return len(r.Findings) == 0 }

// Whole tells that everything could be compared.
func (r *MoneyReport) Whole() bool { return len(r.Gaps) == 0 }

// Tally counts money.
type Tally struct {
	Count int          `json:"count"`
	Sum   money.Amount `json:"sum"`
}

func (t *Tally) add(a money.Amount) {
	t.Count++
	sum, err := money.Sum(t.Sum, a)
	if err != nil {
		sum = money.Max
	}
	t.Sum = sum
}

// Gap is a day of the statement, or an order's document, that the bank did not tell about.
type Gap struct {
	Day   string `json:"day,omitempty"`
	Order string `json:"order,omitempty"`
	Why   string `json:"why"` // for people
	// Alarm: only a person can end it. Foreign: the bank sent a statement that is not ours, and it was not used.
	Alarm   bool `json:"alarm,omitempty"`
	Foreign bool `json:"foreign,omitempty"`
}

// FindingKind says what differs.
type FindingKind string

// The kinds, in the order in which a report shows them: money that nobody looks after first.
const (
	FindUnknownOrder    FindingKind = "unknown-order"    // money for an order that this database does not know
	FindNotPaid         FindingKind = "not-paid-here"    // money for an order that is not paid here
	FindPaidAtBank      FindingKind = "paid-at-bank"     // the bank executed a document that is not paid here; the statement does not show the money yet
	FindUnknownDocument FindingKind = "unknown-document" // the bank has a document of an order that this database does not know
	FindNotInStatement  FindingKind = "not-in-statement" // paid here, and the money did not come
	FindSum             FindingKind = "sum-differs"
	FindDouble          FindingKind = "double"
	FindOtherPayer      FindingKind = "other-payer"
	FindUnclear         FindingKind = "unclear-purpose" // no order is named; sum and payer fit the candidates
	FindUnreadable      FindingKind = "unreadable-line"
)

var findingKinds = []FindingKind{FindUnknownOrder, FindNotPaid, FindPaidAtBank, FindUnknownDocument, FindNotInStatement, FindSum, FindDouble,
	FindOtherPayer, FindUnclear, FindUnreadable}

// Finding is one difference.
type Finding struct {
	Kind     FindingKind  `json:"kind"`
	Order    string       `json:"order,omitempty"`
	Payment  string       `json:"payment,omitempty"` // external id
	Amount   money.Amount `json:"amount"`            // that came; of a payment without money, its own
	Expected money.Amount `json:"expected,omitzero"` // where another sum was expected

	Day      string `json:"day,omitempty"`      // of the money, YYYY-MM-DD
	Document string `json:"document,omitempty"` // number of the payment order
	Purpose  string `json:"purpose,omitempty"`
	Payer    string `json:"payer,omitempty"`
	PayerINN string `json:"payerInn,omitempty"`
	Buyer    string `json:"buyer,omitempty"` // of the order
	BuyerINN string `json:"buyerInn,omitempty"`

	BankStatus string   `json:"bankStatus,omitempty"`
	Candidates []string `json:"candidates,omitempty"` // numbers of orders
	Problem    string   `json:"problem,omitempty"`
	Action     string   `json:"action"` // suggested to the merchant
}

// actions are what the merchant may do about a difference. The report itself changes nothing.
var actions = map[FindingKind]string{
	FindUnknownOrder: "Заказ сделан после резервной копии, или в назначении опечатка. Попросите покупателя открыть его корзину и оформить заказ ещё раз: " +
		"из той же корзины получится заказ с тем же номером, и второй документ в банке не появится. Если корзины больше нет, оформите заказ вручную или верните деньги.",
	FindNotPaid: "Откройте заказ на /admin и сверьте документ. Работающий магазин сам узнает об оплате, когда спросит банк; если документа в банке нет, " +
		"покупатель заплатил сам, без магазина: отгрузите заказ вручную и не просите платить ещё раз.",
	FindPaidAtBank:      "Ничего делать не нужно, если магазин работает: он спросит банк и отметит оплату сам. Если через час заказ не оплачен, откройте его документ на /admin.",
	FindUnknownDocument: "Документ создан после резервной копии. Пусть покупатель нажмёт «Оплатить» на странице заказа: магазин найдёт тот же документ, второй не появится. До этого он может подписать прежний.",
	FindNotInStatement:  "Не отгружайте, пока деньги не пришли. Проверьте счёт в СберБизнес и документ заказа на /admin; если банк говорит «исполнен», обратитесь в банк с номером документа.",
	FindSum: "Сверьте сумму с заказом и с его документом на /admin: пришла часть, или покупатель изменил сумму. Недостающее запросите отдельно, лишнее верните: " +
		"в заказе магазин учитывает только документы, исполненные банком.",
	FindDouble:     "Деньги за заказ пришли ещё раз. Верните их плательщику или зачтите по его письму.",
	FindOtherPayer: "За заказ заплатила другая организация. Попросите письмо о зачёте или верните деньги плательщику.",
	FindUnclear:    "Сумма и плательщик подходят к заказу, номера в назначении нет. Уточните у плательщика, за какой заказ он заплатил.",
	FindUnreadable: "Строку выписки не удалось прочитать. Посмотрите её в СберБизнес.",
}
