package bankemu

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// active says whether the contract may be used at this moment of the bank's clock.
func (k *Contract) active(now time.Time) bool {
	if k == nil || k.Number == "" {
		return false
	}
	today := now.In(moscow).Format(day)
	return (k.DateSince == "" || k.DateSince <= today) && (k.DateUntil == "" || today <= k.DateUntil)
}

// contract is the credit line of this number, or nil.
func (c *Company) contract(number string) *Contract {
	for i := range c.Contracts {
		if k := &c.Contracts[i]; k.Number == number {
			return k
		}
	}
	return nil
}

// line is the credit line of this number while it is active, or nil.
func (c *Company) line(number string, now time.Time) *Contract {
	if k := c.contract(number); k.active(now) {
		return k
	}
	return nil
}

// shownLine is the contract that user-info tells of: the first active one, else the first.
func (c *Company) shownLine(now time.Time) *Contract {
	for i := range c.Contracts {
		if k := &c.Contracts[i]; k.active(now) {
			return k
		}
	}
	if len(c.Contracts) > 0 {
		return &c.Contracts[0]
	}
	return nil
}

// changedContracts is the list after control's two fields: contracts replaces it, contract changes what it names in the
// first one (null takes the first one away).
func (c *Company) changedContracts(list, first json.RawMessage) ([]Contract, error) {
	out := append([]Contract(nil), c.Contracts...)
	if list != nil {
		if first != nil {
			return nil, errors.New("either contract or contracts")
		}
		out = nil
		if err := strict(list, &out); err != nil {
			return nil, fmt.Errorf("contracts: %w", err)
		}
		return out, nil
	}
	switch {
	case first == nil:
	case string(first) == "null":
		out = out[min(1, len(out)):]
	default:
		if len(out) == 0 {
			out = []Contract{{}}
		}
		if err := strict(first, &out[0]); err != nil {
			return nil, fmt.Errorf("contract: %w", err)
		}
	}
	return out, nil
}

func (c *Company) changedAvailable(raw json.RawMessage) (*decimal.Decimal, error) {
	switch {
	case raw == nil:
		return c.LineAvailable, nil
	case string(raw) == "null":
		return nil, nil
	}
	line := new(decimal.Decimal)
	if err := json.Unmarshal(raw, line); err != nil {
		return nil, fmt.Errorf("creditLineAvailableSum: %w", err)
	}
	return line, nil
}
