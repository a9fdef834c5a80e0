package credit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"creditcart/internal/money"
)

// ErrUnreadable is wrapped when an answer of the bank is not what its documents describe.
var ErrUnreadable = errors.New("answer of the bank cannot be read")

// maxItems bounds how many offers are read from one answer; the bank has a handful.
const maxItems = 50

// ParseOffers reads an answer of GET /fintech/api/v1/credit-offers: a bare array or {"creditOffers":[…]}; an empty body
// (204) is no offers. An item that cannot be read becomes an Offer or a Contract with a Problem and spoils nothing else.
// An item with a contract's number is a Contract; one with sums is an Offer; it may be both.
// An error wraps ErrUnreadable and means that the answer as a whole is not a list.
func ParseOffers(body []byte) ([]Offer, []Contract, error) {
	if len(bytes.TrimSpace(body)) == 0 || isNull(body) {
		return nil, nil, nil
	}
	items, err := offerItems(body)
	if err != nil {
		return nil, nil, err
	}
	if len(items) > maxItems {
		return nil, nil, fmt.Errorf("credit: %d offers in one answer: %w", len(items), ErrUnreadable)
	}
	var offers []Offer
	var contracts []Contract
	for _, raw := range items {
		if isNull(raw) {
			continue
		}
		var f fields
		if json.Unmarshal(raw, &f) != nil {
			offers = append(offers, Offer{Problem: "предложение банка не удалось прочитать"})
			continue
		}
		isContract := f.has("contractNumber") || f.has("availableSum")
		if isContract {
			contracts = append(contracts, parseContract(f))
		}
		if !isContract || f.has("sumMax") || f.has("sumMin") {
			offers = append(offers, parseOffer(f))
		}
	}
	return offers, contracts, nil
}

func offerItems(body []byte) ([]json.RawMessage, error) {
	var items []json.RawMessage
	if json.Unmarshal(body, &items) == nil {
		return items, nil
	}
	var wrapped struct {
		Items *[]json.RawMessage `json:"creditOffers"`
	}
	var object fields
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, fmt.Errorf("credit: offers: %w: %w", ErrUnreadable, err)
	}
	if raw, there := object["creditOffers"]; there && isNull(raw) {
		return nil, nil
	}
	if err := json.Unmarshal(body, &wrapped); err != nil || wrapped.Items == nil {
		return nil, fmt.Errorf("credit: offers: no list in the object: %w", ErrUnreadable)
	}
	return *wrapped.Items, nil
}

func parseOffer(f fields) Offer {
	o := Offer{
		ProductCode: f.text("productCode"),
		ProductName: f.text("productName"),
		Forms:       parseForms(f["orgLawForms"]),
		Questions:   parseQuestions(f["questions"]),
	}
	var errs [6]error
	o.SumMin, errs[0] = f.amount("sumMin")
	o.SumMax, errs[1] = f.amount("sumMax")
	o.Rate, errs[2] = parseRate(f)
	o.TermMin, errs[3] = f.integer("termMin")
	o.TermMax, errs[4] = f.integer("termMax")
	if f.has("checkSum") {
		var sum money.Amount
		sum, errs[5] = f.amount("checkSum")
		o.CheckSum = &sum
	}
	if n, err := f.integer("delayRepayment"); err == nil && n > 0 {
		o.DelayRepayment = n
	}
	o.Problem = offerProblem(o, errs)
	return o
}

// offerProblem decides whether the numbers of an offer may be relied upon. A missing sum is never taken for zero.
func offerProblem(o Offer, errs [6]error) string {
	what := [6]string{"минимальную сумму", "максимальную сумму", "ставку", "минимальный срок", "максимальный срок", "сумму для выездной проверки"}
	for i, err := range errs {
		if err != nil {
			return "банк не указал или указал неразборчиво " + what[i]
		}
	}
	switch {
	case !productCode.MatchString(o.ProductCode):
		return "банк не указал код кредитного продукта"
	case o.SumMin < 0, o.SumMax <= 0, o.SumMin > o.SumMax, o.CheckSum != nil && *o.CheckSum < 0:
		return "суммы в предложении банка противоречат друг другу"
	case o.Rate.IsNegative(), o.Rate.GreaterThan(decimal.NewFromInt(1000)):
		return "ставка в предложении банка невозможна"
	case o.TermMin < 1, o.TermMin > o.TermMax, o.TermMax > maxTerm:
		return "сроки в предложении банка противоречат друг другу"
	}
	return ""
}

// maxTerm is a century: beyond it a term is a mistake of somebody's.
const maxTerm = 1200

// productCode follows the document but for the hyphen, which the bank's own codes have («MB-K-oo-226»).
var productCode = regexp.MustCompile(`^[0-9A-Za-z-]{1,20}$`)

func parseRate(f fields) (decimal.Decimal, error) {
	s := strings.TrimSuffix(f.text("rate"), "%")
	raw, err := json.Marshal(s)
	if err != nil {
		return decimal.Decimal{}, err
	}
	return fields{"rate": raw}.decimal("rate")
}

func parseForms(raw json.RawMessage) []string {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil
	}
	var forms []string
	for _, item := range items {
		var f fields
		name := Clean(scalar(bytes.TrimSpace(item)))
		if json.Unmarshal(item, &f) == nil {
			name = f.text("shortName")
		}
		if form, known := ServedForm(name); known {
			name = form
		}
		if name != "" && name != "null" {
			forms = append(forms, name)
		}
	}
	return forms
}

func parseQuestions(raw json.RawMessage) []Question {
	var items []fields
	if json.Unmarshal(raw, &items) != nil {
		return nil
	}
	var out []Question
	for _, f := range items {
		if q := (Question{f.text("question"), f.text("answer")}); q.Question != "" {
			out = append(out, q)
		}
	}
	return out
}

func parseContract(f fields) Contract {
	c := Contract{Number: f.text("contractNumber"), ProductCode: f.text("productCode")}
	var sumErr, sinceErr, untilErr error
	c.Available, sumErr = f.amount("availableSum")
	if f.has("dateSince") {
		c.Since, _, sinceErr = f.day("dateSince")
	}
	if f.has("dateUntil") {
		var wholeDay bool
		if c.Until, wholeDay, untilErr = f.day("dateUntil"); wholeDay {
			c.Until = c.Until.Add(24*time.Hour - time.Nanosecond)
		}
	}
	switch {
	case c.Number == "":
		c.Problem = "банк не указал номер договора"
	case sumErr != nil || c.Available < 0:
		c.Problem = "банк не указал или указал неразборчиво доступную сумму"
	case sinceErr != nil, untilErr != nil:
		c.Problem = "банк указал неразборчиво срок договора"
	}
	return c
}
