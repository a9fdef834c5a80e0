package credit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/money"
)

const (
	statementPath = "/fintech/api/v2/statement/transactions"
	opStatement   = "statement"

	// The first question for a day is usually answered «being prepared». The transport keeps the repeats 2 s apart.
	maxPreparing = 15
	// The bank puts 100 operations on a page. A day that is longer is an error, never a shorter day.
	maxStatementPages = 1000
	// How often a page is asked for again after a failure of the moment, and how long a pause of the bank is waited out.
	maxRepeats = 2
	maxPause   = time.Minute
)

// ErrPreparing: the bank was asked often enough and is still preparing the statement. Later it will have it.
var ErrPreparing = errors.New("the bank is still preparing the statement")

// Incoming is money that came to an account: one operation of a statement.
type Incoming struct {
	ID        string       // of the operation at the bank; empty when it named none
	Day       string       // YYYY-MM-DD, Moscow
	Number    string       // of the payment order
	Amount    money.Amount // more than 0 unless Problem
	Purpose   string       // cleaned for people
	PayerName string
	PayerINN  string
	Problem   string // why the line cannot be used, for the merchant; empty = it can
}

// Incoming reads what came to an account of the token's owner on one Moscow day (YYYY-MM-DD), all pages of GET
// /fintech/api/v2/statement/transactions, oldest first as the bank sends them. The operation GET_STATEMENT_ACCOUNT must be
// granted: a *bankapi.Error of Kind Forbidden says that it is not, or that the company has not opened the account to us.
// ErrPreparing: ask again in a minute. *Contradiction: the statement is of another account or day. A Moscow date is known
// to the bank from 03:01 of that date; before, it is a refused future one.
func (c *Client) Incoming(ctx context.Context, token, account, day string, priority bankapi.Priority) ([]Incoming, error) {
	if _, err := time.Parse(time.DateOnly, day); err != nil || !paymentAccount.MatchString(account) {
		return nil, &FieldError{"statement", "wants an account of 20 digits and a date YYYY-MM-DD"}
	}
	var all []Incoming
	seen := map[string]bool{}
	for page := 1; page <= maxStatementPages; page++ {
		got, err := c.statementPage(ctx, token, account, day, page, priority)
		if err != nil {
			return nil, fmt.Errorf("credit: statement of %s, page %d: %w", day, page, err)
		}
		for _, in := range got.lines {
			// The day may grow while it is read, and then an operation is met on two pages.
			if in.ID != "" && seen[in.ID] {
				continue
			}
			seen[in.ID] = true
			all = append(all, in)
		}
		if !got.next {
			return all, nil
		}
	}
	return nil, fmt.Errorf("credit: statement of %s: more than %d pages: %w", day, maxStatementPages, ErrUnreadable)
}

func (c *Client) statementPage(ctx context.Context, token, account, day string, page int, priority bankapi.Priority) (statement, error) {
	number := strconv.Itoa(page)
	r := bankapi.Request{Op: opStatement, Method: http.MethodGet, Path: statementPath, Token: token, Priority: priority,
		Subject: account + "|" + day + "|" + number,
		Query:   url.Values{"accountNumber": {account}, "statementDate": {day}, "page": {number}}}
	failed := 0
	for range maxPreparing {
		resp, err := c.api.Do(ctx, r)
		if again(err) && failed < maxRepeats {
			failed++
			continue
		}
		switch {
		case err != nil:
			return statement{}, err
		case resp.Status == http.StatusAccepted:
			continue
		case resp.Status != http.StatusOK:
			return statement{}, resp.Unreadable()
		}
		got, err := parseStatement(resp.Body, account, day, page)
		if errors.Is(err, ErrUnreadable) {
			return statement{}, resp.Unreadable()
		}
		return got, err
	}
	return statement{}, ErrPreparing
}

// again tells whether the same question may be answered in a moment. Not the transport's own repeats, which are for a page
// that somebody looks at and give a slow answer less time.
func again(err error) bool {
	e, ok := errors.AsType[*bankapi.Error](err)
	if !ok {
		return false
	}
	return e.Transient() && !e.NotSent || e.Status == http.StatusTooManyRequests && e.RetryAfter <= maxPause
}

// statement is one page: the money that came, and whether another page follows.
type statement struct {
	lines []Incoming
	next  bool
}

// parseStatement reads a page. A line that cannot be read gets a Problem and spoils nothing else; a page whose list or
// links cannot be read is an error, because it would look like a day on which less money came. Errors: ErrUnreadable,
// *Contradiction.
func parseStatement(body []byte, account, day string, page int) (statement, error) {
	f, err := object(body)
	if err != nil {
		return statement{}, err
	}
	var items []json.RawMessage
	raw, there := f["transactions"]
	if !there || json.Unmarshal(raw, &items) != nil {
		return statement{}, fmt.Errorf("no list of transactions: %w", ErrUnreadable)
	}
	var out statement
	for _, raw := range items {
		var item fields
		_ = json.Unmarshal(raw, &item) // what is no object has no direction
		in, err := incoming(item, account, day)
		if err != nil {
			return statement{}, err
		}
		if in != nil {
			out.lines = append(out.lines, *in)
		}
	}
	out.next, err = nextPage(f, account, page)
	return out, err
}

// incoming reads one operation; nil: the money went out.
func incoming(f fields, account, day string) (*Incoming, error) {
	direction := strings.ToUpper(f.text("direction"))
	if direction == "DEBIT" {
		return nil, nil //nolint:nilnil // nothing came, nothing is wrong
	}
	transfer := nested(f, "rurTransfer")
	if payee := transfer.text("payeeAccount"); payee != "" && payee != account {
		return nil, &Contradiction{opStatement, "payeeAccount", lastDigits(account), lastDigits(payee)}
	}
	in := &Incoming{Day: day, Number: Cut(f.text("number"), 20), Purpose: Cut(f.text("paymentPurpose"), maxText),
		PayerName: Cut(transfer.text("payerName"), maxText), PayerINN: Cut(transfer.text("payerInn"), 12)}
	for _, name := range []string{"operationId", "uuid", "transactionId"} {
		if in.ID = Cut(f.text(name), 64); in.ID != "" {
			break
		}
	}
	if got := f.text("operationDate"); got != "" {
		if err := in.setDay(f, got); err != nil {
			return nil, err
		}
	}
	var ok bool
	in.Amount, ok = rubles(f)
	switch {
	case direction != "CREDIT":
		in.Amount, in.Problem = 0, "неизвестно, пришли деньги или ушли"
	case !ok:
		in.Problem = "сумму не удалось прочитать, или она не в рублях"
	}
	return in, nil
}

// setDay takes the operation's own date. The bank cuts days by its own clock, so the neighbours of the day are its too.
func (in *Incoming) setDay(f fields, got string) error {
	at, _, err := f.day("operationDate")
	asked, dayErr := time.ParseInLocation(time.DateOnly, in.Day, Moscow())
	if err != nil || dayErr != nil {
		return nil // the day that was asked for
	}
	if gap := at.Sub(asked); gap < -24*time.Hour || gap >= 48*time.Hour {
		return &Contradiction{opStatement, "operationDate", in.Day, Cut(got, 32)}
	}
	in.Day = at.In(Moscow()).Format(time.DateOnly)
	return nil
}

// rubles reads amountRub, or amount when that is in roubles.
func rubles(f fields) (money.Amount, bool) {
	for _, name := range []string{"amountRub", "amount"} {
		a := nested(f, name)
		switch strings.ToUpper(a.text("currencyName")) {
		case "", "RUB", "RUR":
		default:
			continue
		}
		if sum, err := a.amount("amount"); err == nil && sum > 0 {
			return sum, true
		}
	}
	return 0, false
}

// nextPage tells whether a page follows. The address itself is never used: only the number in it, which must be the next.
func nextPage(f fields, account string, page int) (bool, error) {
	if !f.has("_links") {
		return false, nil
	}
	var links []fields
	if json.Unmarshal(f["_links"], &links) != nil {
		return false, fmt.Errorf("_links is no list: %w", ErrUnreadable)
	}
	for _, l := range links {
		if !strings.EqualFold(l.text("rel"), "next") {
			continue
		}
		u, err := url.Parse(l.text("href"))
		if err != nil {
			return false, fmt.Errorf("the link to the next page: %w", ErrUnreadable)
		}
		q := u.Query()
		if n, err := strconv.Atoi(q.Get("page")); err != nil || n != page+1 || q.Get("accountNumber") != "" && q.Get("accountNumber") != account {
			return false, fmt.Errorf("the link to the next page: %w", ErrUnreadable)
		}
		return true, nil
	}
	return false, nil
}

// lastDigits is how an account is named where it may be logged.
func lastDigits(account string) string {
	return "…" + account[max(0, len(account)-4):]
}
