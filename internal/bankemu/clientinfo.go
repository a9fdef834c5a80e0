package bankemu

import (
	"net/http"
	"strings"
)

// clientAnswer is GET /v1/client-info: the organisation of the token and the accounts it opened to the service.
type clientAnswer struct {
	ShortName    string           `json:"shortName"`
	FullName     string           `json:"fullName"`
	OGRN         string           `json:"ogrn"`
	INN          string           `json:"inn"`
	OrgForm      string           `json:"orgForm"`
	Addresses    []clientAddress  `json:"addresses"`
	Accounts     []clientAccount  `json:"accounts"`
	KPPs         []string         `json:"kpps"`
	DBOContracts []map[string]any `json:"dboContracts"`
}

type clientAddress struct {
	Type           string  `json:"type"`
	Country        string  `json:"country"`
	Zip            string  `json:"zip"`
	Region         *string `json:"region"`
	Area           *string `json:"area"`
	City           string  `json:"city"`
	SettlementType *string `json:"settlementType"`
	Settlement     *string `json:"settlement"`
	Street         string  `json:"street"`
	House          string  `json:"house"`
	Building       *string `json:"building"`
	Flat           *string `json:"flat"`
	FullAddress    string  `json:"fullAddress"`
	Comment        *string `json:"comment"`
}

type clientAccount struct {
	Number               string     `json:"number"`
	Name                 string     `json:"name"`
	CurrencyCode         string     `json:"currencyCode"`
	BIC                  string     `json:"bic"`
	Type                 string     `json:"type"`
	Passive              bool       `json:"passive"`
	OpenDate             string     `json:"openDate"`
	CloseDate            *string    `json:"closeDate"`
	State                string     `json:"state"`
	Mode                 string     `json:"mode"`
	DBO                  bool       `json:"dbo"`
	Business             bool       `json:"business"`
	BusinessNewType      bool       `json:"businessNewType"`
	NotDelay             bool       `json:"notDelay"`
	Urgent               bool       `json:"urgent"`
	MinBalance           string     `json:"minBalance"`
	Overdraft            string     `json:"overdraft"`
	Comment              *string    `json:"comment"`
	CDIAcptDocQnt        *int       `json:"cdiAcptDocQnt"`
	CDIAcptDocSum        *string    `json:"cdiAcptDocSum"`
	CDICart2DocQnt       *int       `json:"cdiCart2DocQnt"`
	CDICart2DocSum       *string    `json:"cdiCart2DocSum"`
	CDIPermDocQnt        *int       `json:"cdiPermDocQnt"`
	CDIPermDocSum        *string    `json:"cdiPermDocSum"`
	DebitBlocked         bool       `json:"debitBlocked"`
	DebitBlockedCause    *string    `json:"debitBlockedCause"`
	DebitBlockedSum      *string    `json:"debitBlockedSum"`
	CreditBlocked        bool       `json:"creditBlocked"`
	CreditBlockedCause   *string    `json:"creditBlockedCause"`
	BlockedSums          []struct{} `json:"blockedSums"`
	BlockedQueuesInfo    []struct{} `json:"blockedQueuesInfo"`
	BlockedSumQueuesInfo []struct{} `json:"blockedSumQueuesInfo"`
}

func (b *Bank) clientInfo(_ *call, g *grant, co *Company) reply {
	out := clientAnswer{ShortName: co.Name, FullName: co.FullName, OGRN: co.OGRN, INN: co.INN, OrgForm: co.LawForm,
		Addresses: []clientAddress{address(co.Address)}, Accounts: []clientAccount{}, KPPs: []string{}, DBOContracts: []map[string]any{}}
	if co.KPP != "" && co.KPP != "0" {
		out.KPPs = append(out.KPPs, co.KPP)
	}
	for _, a := range co.Accounts {
		if b.consented(g, a.Number) {
			out.Accounts = append(out.Accounts, b.clientAccount(co, a))
		}
	}
	return jsonReply(http.StatusOK, out)
}

func (b *Bank) clientAccount(co *Company, a Account) clientAccount {
	l := b.ledger(a.Number)
	out := clientAccount{Number: a.Number, Name: co.Name, CurrencyCode: "810", BIC: a.BIC, Type: "calculated", Passive: true,
		OpenDate: l.opened, State: or(a.State, "OPEN"), Mode: "STANDART", DBO: true, Business: true, MinBalance: "0.00", Overdraft: "0.00",
		BlockedSums: []struct{}{}, BlockedQueuesInfo: []struct{}{}, BlockedSumQueuesInfo: []struct{}{}}
	out.DebitBlocked = a.State == "BLOCKED"
	return out
}

// address takes the parts «индекс, страна, город, улица, дом» out of a line; what is not there stays empty.
func address(line string) clientAddress {
	parts := strings.SplitN(line, ",", 5)
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	out := clientAddress{Type: "Юридический", FullAddress: line}
	for i, field := range []*string{&out.Zip, &out.Country, &out.City, &out.Street, &out.House} {
		if i < len(parts) {
			*field = parts[i]
		}
	}
	return out
}
