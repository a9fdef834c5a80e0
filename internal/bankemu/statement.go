package bankemu

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// StatementScope is the operations of the set «Компаниям» that «Кредит в корзине» lacks: statements and accounts.
const StatementScope = "GET_STATEMENT_ACCOUNT GET_STATEMENT_TRANSACTION GET_CLIENT_ACCOUNTS"

// statementYears is how far back statements go: the current year and so many before it.
const statementYears = 5

func (b *Bank) statementRoutes(mux *http.ServeMux) {
	read := []string{"GET_STATEMENT_ACCOUNT", "GET_STATEMENT_TRANSACTION"}
	mux.HandleFunc("GET /fintech/api/v2/statement/transactions", b.locked(b.fintech(b.statementTransactions, read...)))
	mux.HandleFunc("GET /fintech/api/v2/statement/summary", b.locked(b.fintech(b.statementSummary, read...)))
	mux.HandleFunc("GET /fintech/api/v1/client-info", b.locked(b.fintech(b.clientInfo, "GET_CLIENT_ACCOUNTS")))
}

// statementQuery is what the statement calls are asked.
type statementQuery struct {
	account, date string
	page          int
}

// parameters reads a query. Real clients send «name=» and «name=undefined» for what they do not have: that is absent.
type parameters struct {
	values url.Values
	p      *problems
}

func parseParameters(raw string, p *problems) parameters {
	values, err := url.ParseQuery(raw)
	if err != nil {
		p.wrongType("query", "Строка запроса не читается")
	}
	return parameters{values, p}
}

func (q parameters) get(name string) string {
	switch v := q.values.Get(name); v {
	case "undefined", "null":
		return ""
	default:
		return v
	}
}

func (q parameters) required(name string) (string, bool) {
	v := q.get(name)
	if v == "" {
		q.p.rule(name, "Параметр обязателен для заполнения")
	}
	return v, v != ""
}

func (q parameters) account(name string) string {
	v, ok := q.required(name)
	if msg := matches(reAccount)(v); ok && msg != "" {
		q.p.rule(name, msg)
	}
	return v
}

var reDay = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

func (q parameters) date(name string) string {
	v, ok := q.required(name)
	if ok && (!reDay.MatchString(v) || date(v) != "") {
		q.p.wrongType(name, "Дата должна быть в формате YYYY-MM-DD")
	}
	return v
}

// page counts from 1 and is 1 when absent.
func (q parameters) page(name string) int {
	v := q.get(name)
	if v == "" {
		return 1
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		q.p.wrongType(name, "Ожидается целое число")
		return 1
	}
	if n < 1 {
		q.p.rule(name, "Страницы нумеруются с 1")
	}
	return n
}

// statementOf checks who asks for what, and gives the ledger or the refusal. The first ask of an account's day is
// answered 202: the statement is being prepared.
func (b *Bank) statementOf(c *call, g *grant, co *Company, q statementQuery) (*ledger, *reply) {
	l := b.ledger(q.account)
	var stop reply
	switch {
	case l == nil:
		stop = fail(http.StatusNotFound, "DATA_NOT_FOUND", "Счет не найден")
	case co.account(q.account) == nil:
		stop = fail(http.StatusForbidden, "ACCESS_EXCEPTION", "Счет не принадлежит организации")
	case !b.consented(g, q.account):
		stop = fail(http.StatusForbidden, "ACTION_ACCESS_EXCEPTION", "Операция не может быть выполнена: счет не указан в согласии организации")
	case !co.account(q.account).serves():
		stop = workflowFault("Счет не активен")
	case dayBegins(q.date).After(c.now):
		stop = workflowFault("Дата выписки не может быть позже текущей даты")
	case q.date < oldestStatement(c.now):
		stop = workflowFault("Выписка доступна за текущий год и пять предыдущих лет")
	case q.date < l.opened:
		stop = fail(http.StatusNotFound, "DATA_NOT_FOUND", "Счет открыт позже даты выписки")
	case b.st.statements.asked.again(preparation{g, c.r.URL.Path, q.account, q.date}) <= b.st.settings.StatementWaits:
		stop = fail(http.StatusAccepted, "STATEMENT_RESPONSE_PROCESSING", "Выписка формируется, повторите запрос позже")
	default:
		return b.settled(q.account, c.now), nil
	}
	return nil, &stop
}

// serves tells whether an account has statements: an open or a blocked one.
func (a *Account) serves() bool { return a.State != "CLOSED" }

// dayBegins is when a date may be asked for: the calls count days in UTC, so a Moscow date is refused as a future one
// until 03:01 of that date.
func dayBegins(date string) time.Time {
	t, err := time.Parse(day, date)
	if err != nil {
		return time.Time{}
	}
	return t.Add(time.Minute)
}

func oldestStatement(now time.Time) string {
	return time.Date(now.Year()-statementYears, time.January, 1, 0, 0, 0, 0, time.UTC).Format(day)
}

// statementSummary: GET /v2/statement/summary, one day's balances and turnovers.
func (b *Bank) statementSummary(c *call, g *grant, co *Company) reply {
	p := &problems{}
	q := parseParameters(c.r.URL.RawQuery, p)
	ask := statementQuery{account: q.account("accountNumber"), date: q.date("statementDate")}
	if rep := p.reply(); rep != nil {
		return *rep
	}
	l, stop := b.statementOf(c, g, co, ask)
	if stop != nil {
		return *stop
	}
	opening, last := l.balance(ask.date)
	d := l.days[ask.date]
	if d == nil {
		d = &book{}
	}
	closing := opening.Add(d.credit).Sub(d.debit)
	out := summaryAnswer{
		ComposedDateTime: c.now.In(moscow).Format(clock), LastMovementDate: last,
		OpeningBalance: textMoney(opening), OpeningBalanceRub: textMoney(opening), ClosingBalance: textMoney(closing), ClosingBalanceRub: textMoney(closing),
		DebitTurnover: textMoney(d.debit), DebitTurnoverRub: textMoney(d.debit), DebitTransactionsNumber: d.debits,
		CreditTurnover: textMoney(d.credit), CreditTurnoverRub: textMoney(d.credit), CreditTransactionsNumber: len(d.list) - d.debits,
	}
	return jsonReply(http.StatusOK, out)
}

// clock is a date with time as statements print it: Moscow, no zone.
const clock = "2006-01-02T15:04:05"

type summaryAnswer struct {
	ComposedDateTime         string  `json:"composedDateTime"`
	LastMovementDate         string  `json:"lastMovementDate,omitempty"`
	OpeningRate              *string `json:"openingRate"` // of a currency account
	OpeningBalance           sum     `json:"openingBalance"`
	OpeningBalanceRub        sum     `json:"openingBalanceRub"`
	ClosingBalance           sum     `json:"closingBalance"`
	ClosingBalanceRub        sum     `json:"closingBalanceRub"`
	DebitTurnover            sum     `json:"debitTurnover"`
	DebitTurnoverRub         sum     `json:"debitTurnoverRub"`
	DebitTransactionsNumber  int     `json:"debitTransactionsNumber"`
	CreditTurnover           sum     `json:"creditTurnover"`
	CreditTurnoverRub        sum     `json:"creditTurnoverRub"`
	CreditTransactionsNumber int     `json:"creditTransactionsNumber"`
}

// sum is an amount of the summary: a string there, a number in the transactions.
type sum struct {
	Amount       string `json:"amount"`
	CurrencyName string `json:"currencyName"`
}

func textMoney(d decimal.Decimal) sum { return sum{d.StringFixed(2), "RUB"} }

// preparations remembers which days were asked for, the last maxPreparations of them.
type preparations struct {
	count map[preparation]int
	order []preparation
}

type preparation struct {
	grant               *grant
	path, account, date string
}

const maxPreparations = 10_000

func newPreparations() preparations { return preparations{count: map[preparation]int{}} }

// again counts one more ask and says how many there were.
func (p *preparations) again(key preparation) int {
	if _, ok := p.count[key]; !ok {
		if len(p.order) >= maxPreparations {
			delete(p.count, p.order[0])
			p.order = p.order[1:]
		}
		p.order = append(p.order, key)
	}
	p.count[key]++
	return p.count[key]
}
