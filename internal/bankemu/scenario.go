package bankemu

import (
	"strings"

	"github.com/shopspring/decimal"
)

// Values of Person.CryptoType, the `userCryptoType` claim. Other values are told as they are; only «Token» in any case
// enters through the local agent.
const (
	cryptoSMS   = "SMS"
	cryptoToken = "Token"
)

// Scenario is who banks here and what the bank offers them: the contents of one or several files of
// scenarios/scenario.schema.json, which describes every field.
type Scenario struct {
	Schema    string             `json:"$schema,omitempty"` // for editors, not read
	Companies []Company          `json:"companies"`
	Offers    map[string][]Offer `json:"offers"` // by short legal form: ООО, ИП, ГКФХ
	Faults    []fault            `json:"faults"` // planned from the start and after every reset
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
	Note         string `json:"note"`    // what this company is for, in Russian, for the sign-in page and the demo
	Special      bool   `json:"special"` // shown under «Другие случаи» on the sign-in page

	BuyOnCredit   bool             `json:"buyOnCreditMmb"`
	HasActiveLine bool             `json:"hasActiveCreditLine"`
	LineAvailable *decimal.Decimal `json:"creditLineAvailableSum"` // what user-info says; nil = what the contract says
	Contracts     []Contract       `json:"contracts"`
	Decision      string           `json:"creditDecision"` // what the bank says to a signed request: approve (also ""), refuse, none
	Unidentified  bool             `json:"unidentified"`   // the bank does not find the payer's organisation: a WORKFLOW_FAULT

	Claims map[string]any `json:"claims"` // replace those of user-info, null leaves one out

	Accounts   []Account         `json:"accounts"`
	Signatures int               `json:"signatures"` // how many people must sign a document: 1 or 2
	People     []Person          `json:"people"`
	Salary     []SalaryAgreement `json:"salaryAgreements,omitempty"`
	Route      string            `json:"route"`    // what its signed documents go through, a name of routes; empty = ordinary
	Incoming   string            `json:"incoming"` // how what it pays shows at the payee: exact (or empty), mistyped-purpose, part, double, late
	Faults     []fault           `json:"faults"`   // of calls made with this company's tokens
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
	State   string          `json:"state"`  // OPEN (also ""), BLOCKED, CLOSED
	Hidden  bool            `json:"hidden"` // not ticked in the offer unless somebody ticks it there: the platform does not see it
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

// open says whether money may leave the account.
func (a *Account) open() bool { return a.State == "" || a.State == "OPEN" }

// payer is the account a document of the platform names before somebody chooses: the first open rouble account, if it
// can be one that is ticked in the offer at once.
func (c *Company) payer() *Account {
	var hidden *Account
	for i := range c.Accounts {
		a := &c.Accounts[i]
		switch {
		case !a.open() || a.Number[5:8] != "810":
		case !a.Hidden:
			return a
		case hidden == nil:
			hidden = a
		}
	}
	return hidden
}

// token says whether the person enters and signs with an electronic key.
func (p *Person) token() bool { return strings.EqualFold(p.CryptoType, cryptoToken) }
