package bankemu

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Values of Company.Decision; "" is approve.
const (
	decideApprove = "approve"
	decideRefuse  = "refuse"
	decideNone    = "none" // the bank keeps silent, control may still decide
)

var decisions = []string{decideApprove, decideRefuse, decideNone, ""}

// taken remembers what has been seen of each kind.
type taken map[string]bool

func (u taken) take(kind, value string) error {
	if value == "" {
		return fmt.Errorf("%s is empty", kind)
	}
	if u[kind+value] {
		return fmt.Errorf("%s %q is taken", kind, value)
	}
	u[kind+value] = true
	return nil
}

// check finds what would make the bank lie: ids, account numbers or INNs that repeat, wrong check digits, dates that are
// none. Sums and terms of offers may be nonsense on purpose.
func (s Scenario) check() error {
	seen := taken{}
	for i := range s.Companies {
		c := &s.Companies[i]
		if err := seen.take("id", c.ID); err != nil {
			return fmt.Errorf("companies[%d]: %w", i, err)
		}
		if err := c.check(seen); err != nil {
			return fmt.Errorf("company %s: %w", c.ID, err)
		}
	}
	for _, form := range slices.Sorted(maps.Keys(s.Offers)) {
		for i, o := range s.Offers[form] {
			if err := seen.take("productCode", o.ProductCode); err != nil {
				return fmt.Errorf("offers.%s[%d]: %w", form, i, err)
			}
		}
	}
	for i := range s.Faults {
		if err := s.Faults[i].check(); err != nil {
			return fmt.Errorf("faults[%d]: %w", i, err)
		}
	}
	return nil
}

func (c *Company) check(seen taken) error {
	if !validINN(c.INN) {
		return fmt.Errorf("inn %q has wrong check digits", c.INN)
	}
	if err := seen.take("inn", c.INN); err != nil {
		return err
	}
	if !validOGRN(c.OGRN) {
		return fmt.Errorf("ogrn %q has a wrong check digit", c.OGRN)
	}
	if !reKPP.MatchString(c.KPP) || (len(c.INN) == 12) != (c.KPP == "0") {
		return fmt.Errorf("kpp %q: nine digits with an INN of ten, 0 with one of twelve", c.KPP)
	}
	if c.Name == "" || c.LawFormShort == "" {
		return fmt.Errorf("name and lawFormShort are required")
	}
	if msg := oneOf(decisions...)(c.Decision); msg != "" {
		return fmt.Errorf("creditDecision: approve, refuse or none, not %q", c.Decision)
	}
	if c.Signatures < 0 || c.Signatures > 2 {
		return fmt.Errorf("signatures: 1 or 2, not %d", c.Signatures)
	}
	if msg := oneOf(append(arrivalKinds, "")...)(c.Incoming); msg != "" {
		return fmt.Errorf("incoming: %s", msg)
	}
	if err := knownRoute(c.Route); err != nil {
		return err
	}
	if err := c.checkMoney(seen); err != nil {
		return err
	}
	for i, p := range c.People {
		if err := seen.take("person id", p.ID); err != nil {
			return fmt.Errorf("people[%d]: %w", i, err)
		}
	}
	for i := range c.Faults {
		if err := c.Faults[i].check(); err != nil {
			return fmt.Errorf("faults[%d]: %w", i, err)
		}
	}
	return nil
}

func (c *Company) checkMoney(seen taken) error {
	for i, a := range c.Accounts {
		if !validAccount(a.Number, a.BIC) {
			return fmt.Errorf("accounts[%d]: number %q does not fit BIC %q", i, a.Number, a.BIC)
		}
		if !reAccount.MatchString(a.Corr) { // one that does not fit the BIC is a payer's bank nobody finds
			return fmt.Errorf("accounts[%d]: corrAccount %q is not 20 digits", i, a.Corr)
		}
		if err := seen.take("account", a.Number); err != nil {
			return fmt.Errorf("accounts[%d]: %w", i, err)
		}
		if msg := oneOf("", "OPEN", "BLOCKED", "CLOSED")(a.State); msg != "" {
			return fmt.Errorf("accounts[%d]: state: OPEN, BLOCKED or CLOSED, not %q", i, a.State)
		}
	}
	for i, k := range c.Contracts {
		if err := seen.take("contract number", k.Number); err != nil {
			return fmt.Errorf("contracts[%d]: %w", i, err)
		}
		for _, d := range []string{k.DateSince, k.DateUntil} {
			if _, err := time.Parse(day, d); d != "" && err != nil {
				return fmt.Errorf("contracts[%d]: %q is not a date YYYY-MM-DD", i, d)
			}
		}
	}
	return nil
}

// clone is a deep copy: control changes companies, and reset must find them untouched.
func (s Scenario) clone() Scenario {
	out := Scenario{Offers: map[string][]Offer{}, Faults: slices.Clone(s.Faults)}
	for _, c := range s.Companies {
		c.Accounts, c.People, c.Contracts = slices.Clone(c.Accounts), slices.Clone(c.People), slices.Clone(c.Contracts)
		c.Claims, c.Faults, c.Salary = maps.Clone(c.Claims), slices.Clone(c.Faults), slices.Clone(c.Salary)
		if c.LineAvailable != nil {
			d := *c.LineAvailable
			c.LineAvailable = &d
		}
		out.Companies = append(out.Companies, c)
	}
	for form, list := range s.Offers {
		out.Offers[form] = slices.Clone(list)
	}
	return out
}
