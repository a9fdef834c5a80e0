package credit

import (
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"creditcart/internal/money"
)

// Offer is a credit product that the bank offers to the shop's customers (page «Получение информации по кредитным
// предложениям», creditOffer). When Problem is not empty the offer cannot be used and its numbers mean nothing.
type Offer struct {
	ProductCode string
	ProductName string
	SumMin      money.Amount
	SumMax      money.Amount
	// Rate is percent a year, 21.5 for 21,5 %.
	Rate decimal.Decimal
	// TermMin and TermMax are months, both inclusive.
	TermMin, TermMax int
	// CheckSum is the sum of a loan after which the bank visits the place of business; nil when the bank names none.
	CheckSum *money.Amount
	// DelayRepayment is the grace period («льготный период»); 0 when there is none. The document gives no unit.
	DelayRepayment int
	// Forms are the short names of legal forms the offer is for; empty means that the bank did not narrow it.
	Forms     []string
	Questions []Question
	// Problem says in Russian why the offer cannot be used; empty for a good offer.
	Problem string
}

// Question is one of the bank's frequent questions about the credit, with the bank's answer.
type Question struct{ Question, Answer string }

// AllowsTerm tells whether a credit may be asked for that many months.
func (o Offer) AllowsTerm(months int) bool {
	return !o.broken() && months >= o.TermMin && months <= o.TermMax
}

// broken tells whether the offer cannot be relied upon, by the bank's answer or by its own numbers.
func (o Offer) broken() bool {
	return o.Problem != "" || o.SumMin < 0 || o.SumMax <= 0 || o.SumMin > o.SumMax ||
		o.TermMin < 1 || o.TermMin > o.TermMax || o.TermMax > maxTerm || o.Rate.IsNegative()
}

// servesForm tells whether the offer is meant for a legal form.
func (o Offer) servesForm(form string) bool {
	return len(o.Forms) == 0 || slices.Contains(o.Forms, form)
}

// Contract is the customer's credit contract as the same page shows it for the customer's own token.
// When Problem is not empty the contract cannot be used.
type Contract struct {
	Number      string
	ProductCode string
	// Available is what can still be spent.
	Available money.Amount
	// Since and Until bound the contract's life; zero is an open end.
	// A plain date counts in Moscow and Until covers its whole day.
	Since, Until time.Time
	// Problem says in Russian why the contract cannot be used; empty for a good one.
	Problem string
}

// ServedForm normalizes a legal form, short or full, and tells whether «Кредит в корзине» serves it
// (page «Условия доступности покупки в кредит»).
func ServedForm(name string) (short string, served bool) {
	name = strings.ToUpper(Clean(name))
	switch name {
	case "ООО", "ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ":
		return "ООО", true
	case "ИП", "ИНДИВИДУАЛЬНЫЙ ПРЕДПРИНИМАТЕЛЬ":
		return "ИП", true
	case "ГКФХ", "ГЛАВА КРЕСТЬЯНСКОГО (ФЕРМЕРСКОГО) ХОЗЯЙСТВА":
		return "ГКФХ", true
	}
	return name, false
}
