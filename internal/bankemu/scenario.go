package bankemu

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// Values of Person.CryptoType, the `userCryptoType` claim.
const (
	cryptoSMS   = "SMS"
	cryptoToken = "Token"
)

// Scenario is who banks here and what the bank offers them.
type Scenario struct {
	Companies []Company
	Offers    map[string][]Offer // by short legal form: ООО, ИП, ГКФХ
}

// Company is a client of the bank. The JSON names are those of the control API.
type Company struct {
	ID           string `json:"id"`
	Name         string `json:"name"`     // ООО «Ромашка»
	FullName     string `json:"fullName"` // Общество с ограниченной ответственностью «Ромашка»
	LawForm      string `json:"lawForm"`
	LawFormShort string `json:"lawFormShort"`
	INN          string `json:"inn"`
	KPP          string `json:"kpp"` // "0" when the form has none
	OGRN         string `json:"ogrn"`
	Address      string `json:"address"`
	Note         string `json:"note"` // what this company is for, in Russian, for the sign-in page and the demo

	BuyOnCredit   bool             `json:"buyOnCreditMmb"`
	HasActiveLine bool             `json:"hasActiveCreditLine"`
	LineAvailable *decimal.Decimal `json:"creditLineAvailableSum"` // what user-info says; nil = what the contract says
	Contract      *Contract        `json:"contract"`

	Accounts   []Account         `json:"accounts"`
	Signatures int               `json:"signatures"` // how many people must sign a document: 1 or 2
	People     []Person          `json:"people"`
	Salary     []SalaryAgreement `json:"salaryAgreements,omitempty"`
	Route      string            `json:"route"`    // what its signed documents go through, a name of routes; empty = ordinary
	Incoming   string            `json:"incoming"` // how what it pays shows at the payee: exact (or empty), mistyped-purpose, part, double, late
}

// Contract is a revolving credit line. Dates are YYYY-MM-DD, both inclusive, Moscow time.
type Contract struct {
	Number       string          `json:"number"`
	AvailableSum decimal.Decimal `json:"availableSum"`
	DateSince    string          `json:"dateSince"`
	DateUntil    string          `json:"dateUntil"`
	ProductCode  string          `json:"productCode"`
}

// Account is a rouble account of a company.
type Account struct {
	Number  string          `json:"number"`
	BIC     string          `json:"bic"`
	Corr    string          `json:"corrAccount"`
	Balance decimal.Decimal `json:"balance"`
}

// Person is a company's employee with an entrance to the bank.
type Person struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Position   string `json:"position"`
	Phone      string `json:"phone"`
	Email      string `json:"email"`
	CryptoType string `json:"userCryptoType"` // SMS or Token
	MaySign    bool   `json:"maySign"`
}

// Offer is a credit product offered to the platform's clients. Sums and the rate are strings as on the wire;
// control may set nonsense there on purpose, and the bank then refuses requests for that product.
type Offer struct {
	ProductCode    string     `json:"productCode"`
	ProductName    string     `json:"productName"`
	SumMin         string     `json:"sumMin"`
	SumMax         string     `json:"sumMax"`
	Rate           string     `json:"rate"`    // % a year
	TermMin        int        `json:"termMin"` // months
	TermMax        int        `json:"termMax"` // months
	DelayRepayment int        `json:"delayRepayment"`
	CheckSum       string     `json:"checkSum"` // a JSON number on the wire
	Individual     bool       `json:"individual"`
	Questions      []Question `json:"questions"`
}

// Question is one of an offer's top questions with its answer.
type Question struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

func (s Scenario) check() error {
	companies, people, inns := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, c := range s.Companies {
		if c.ID == "" || companies[c.ID] {
			return fmt.Errorf("company id %q is empty or taken", c.ID)
		}
		if !validINN(c.INN) || inns[c.INN] {
			return fmt.Errorf("company %s: INN %q is wrong or taken", c.ID, c.INN)
		}
		companies[c.ID], inns[c.INN] = true, true
		if msg := oneOf(append(arrivalKinds, "")...)(c.Incoming); msg != "" {
			return fmt.Errorf("company %s: incoming: %s", c.ID, msg)
		}
		if err := knownRoute(c.Route); err != nil {
			return fmt.Errorf("company %s: %w", c.ID, err)
		}
		for _, a := range c.Accounts {
			if !validAccount(a.Number, a.BIC) {
				return fmt.Errorf("company %s: account %q does not fit BIC %s", c.ID, a.Number, a.BIC)
			}
		}
		for _, p := range c.People {
			if p.ID == "" || people[p.ID] {
				return fmt.Errorf("person id %q is empty or taken", p.ID)
			}
			people[p.ID] = true
		}
	}
	return nil
}

// clone is a deep copy: control changes companies, and reset must find them untouched.
func (s Scenario) clone() Scenario {
	out := Scenario{Offers: map[string][]Offer{}}
	for _, c := range s.Companies {
		c.Accounts = append([]Account(nil), c.Accounts...)
		c.People = append([]Person(nil), c.People...)
		if c.Contract != nil {
			k := *c.Contract
			c.Contract = &k
		}
		if c.LineAvailable != nil {
			d := *c.LineAvailable
			c.LineAvailable = &d
		}
		out.Companies = append(out.Companies, c)
	}
	for form, list := range s.Offers {
		out.Offers[form] = append([]Offer(nil), list...)
	}
	return out
}

func (c *Company) person(id string) *Person {
	for i := range c.People {
		if c.People[i].ID == id {
			return &c.People[i]
		}
	}
	return nil
}

func (c *Company) account(number string) *Account {
	for i := range c.Accounts {
		if c.Accounts[i].Number == number {
			return &c.Accounts[i]
		}
	}
	return nil
}

func (c *Company) signaturesNeeded() int {
	if c.Signatures < 1 {
		return 1
	}
	return c.Signatures
}
