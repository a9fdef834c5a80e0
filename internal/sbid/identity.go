package sbid

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"creditcart/internal/money"
)

// Identity is what the bank says about a person and the company he acts for (spec §1.9). Subject is the only key; INN
// and e-mail may change hands.
type Identity struct {
	Subject              string
	INN, KPP             string
	OrgName, OrgFullName string // at least one is set
	LawForm              string // orgLawFormShort: ООО, ИП
	HashOrgID            string
	Name, Email, Phone   string // personal data
	Position             string
	CryptoType           string // userCryptoType as sent; see Contour

	BuyOnCredit   bool // buyOnCreditMmb: may open a credit line for purchases
	HasActiveLine bool // hasActiveCreditLine
	// LineAvailable is creditLineAvailableSum; nil when absent, unreadable or negative: not known is not zero.
	LineAvailable *money.Amount
	AsOf          time.Time // when the bank said so
}

// Contour is where the person signs (decision 3). ok is false for a type nobody has heard of: SMS then, and a warning.
func (i Identity) Contour() (c Contour, ok bool) {
	switch strings.ToUpper(strings.TrimSpace(i.CryptoType)) {
	case "TOKEN":
		return ContourToken, true
	case "SMS":
		return ContourSMS, true
	}
	return ContourSMS, false
}

func (p *Provider) identity(claims map[string]json.RawMessage) (Identity, error) {
	get := func(name string) string { return scalar(claims[name]) }
	id := Identity{
		Subject: get("sub"), INN: get("inn"), KPP: get("orgKpp"), OrgName: get("OrgName"), OrgFullName: get("orgFullName"),
		LawForm: get("orgLawFormShort"), HashOrgID: get("HashOrgId"), Name: get("name"), Email: get("email"),
		Phone: get("phone_number"), Position: get("userPosition"), CryptoType: get("userCryptoType"),
		BuyOnCredit: truth(get("buyOnCreditMmb")), HasActiveLine: truth(get("hasActiveCreditLine")),
		AsOf: p.cfg.Now().UTC(),
	}
	if sum, err := money.Parse(get("creditLineAvailableSum")); err == nil && sum >= 0 {
		id.LineAvailable = &sum
	}
	switch {
	case id.Subject == "":
		return Identity{}, fmt.Errorf("%w: no sub", ErrIncomplete)
	case !isINN(id.INN):
		return Identity{}, fmt.Errorf("%w: no INN", ErrIncomplete)
	case id.OrgName == "" && id.OrgFullName == "":
		return Identity{}, fmt.Errorf("%w: no company name", ErrIncomplete)
	}
	if _, ok := id.Contour(); !ok {
		p.cfg.Log.Warn("unknown userCryptoType, taken as SMS", "type", clip(id.CryptoType))
	}
	return id, nil
}

// scalar reads a string, number or bool as text; null, objects and lists as "".
func scalar(raw json.RawMessage) string {
	var s string
	switch {
	case len(raw) == 0 || string(raw) == "null" || raw[0] == '{' || raw[0] == '[':
		return ""
	case json.Unmarshal(raw, &s) == nil:
		return strings.TrimSpace(s)
	}
	return string(raw)
}

func truth(s string) bool { return s == "1" || strings.EqualFold(s, "true") }

// isINN checks the form only: the bank's test companies have made-up digits.
func isINN(s string) bool {
	return (len(s) == 10 || len(s) == 12) && strings.Trim(s, "0123456789") == ""
}

func clip(s string) string {
	if r := []rune(s); len(r) > 20 {
		return string(r[:20])
	}
	return s
}
