package bankemu

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

type orgLawForm struct {
	Name      string `json:"name"`
	ShortName string `json:"shortName"`
}

// offerItem is the documented creditOffer: a product for the platform, or a client's contract.
type offerItem struct {
	CheckSum       *json.Number `json:"checkSum,omitempty"`
	ClientID       json.Number  `json:"clientId"`
	DelayRepayment *int         `json:"delayRepayment,omitempty"`
	Individual     *bool        `json:"individual,omitempty"`
	OrgLawForms    []orgLawForm `json:"orgLawForms,omitempty"`
	ProductCode    string       `json:"productCode"`
	ProductName    string       `json:"productName,omitempty"`
	Questions      []Question   `json:"questions,omitempty"`
	Rate           string       `json:"rate,omitempty"`
	SumMax         string       `json:"sumMax,omitempty"`
	SumMin         string       `json:"sumMin,omitempty"`
	TermMax        *int         `json:"termMax,omitempty"`
	TermMin        *int         `json:"termMin,omitempty"`
	ContractNumber string       `json:"contractNumber,omitempty"`
	AvailableSum   string       `json:"availableSum,omitempty"`
	DateSince      string       `json:"dateSince,omitempty"`
	DateUntil      string       `json:"dateUntil,omitempty"`
}

var lawForms = []orgLawForm{{formOOO, "ООО"}, {formIP, "ИП"}, {formGKFH, "ГКФХ"}}

// creditOffers: the partner's own token with its client id reads the platform's products; a client's token without it
// reads the client's active contract. A client's token with an id is refused.
func (b *Bank) creditOffers(c *call, g *grant, co *Company) reply {
	p := &problems{}
	q := parameters{c.r.URL.Query(), p}
	clientID := ""
	for _, name := range []string{"clientID", "clientId", "client_id"} {
		clientID = or(q.get(name), clientID)
	}
	if clientID != "" && !reDigits10.MatchString(clientID) {
		p.rule("clientID", "Идентификатор сервиса должен быть числом")
	}
	form := q.get("lawForm")
	if form != "" && !slices.ContainsFunc(lawForms, func(f orgLawForm) bool { return f.ShortName == form }) {
		p.rule("lawForm", "Допустимые значения: ООО, ИП, ГКФХ")
	}
	if rep := p.reply(); rep != nil {
		return *rep
	}
	own := co.INN == b.clients[g.client].OwnINN
	switch {
	case clientID == "" && own && form != "" && !c.documented:
		clientID = g.client // a client that forgets the id of its own service still means the platform's offers
	case clientID == "":
		return b.offersReply(b.contractItems(g, co, c.now))
	}
	if !own || clientID != g.client {
		return fail(http.StatusForbidden, "ACCESS_EXCEPTION", "Работа с сервисом запроса кредитных предложений доступна только по собственной организации")
	}
	return b.offersReply(b.platformItems(g, form))
}

func (b *Bank) offersReply(items []offerItem) reply {
	if len(items) == 0 {
		return reply{status: http.StatusNoContent}
	}
	if b.st.settings.WrapOffers {
		return jsonReply(http.StatusOK, map[string]any{"creditOffers": items})
	}
	return jsonReply(http.StatusOK, items)
}

func (b *Bank) platformItems(g *grant, form string) []offerItem {
	var items []offerItem
	for _, f := range lawForms {
		if form != "" && form != f.ShortName {
			continue
		}
		for _, o := range b.st.scenario.Offers[f.ShortName] {
			items = append(items, o.item(g.client, f))
		}
	}
	return items
}

func (o Offer) item(client string, form orgLawForm) offerItem {
	it := offerItem{
		ClientID: json.Number(client), DelayRepayment: &o.DelayRepayment, Individual: &o.Individual, OrgLawForms: []orgLawForm{form},
		ProductCode: o.ProductCode, ProductName: o.ProductName, Questions: o.Questions, Rate: o.Rate, SumMax: o.SumMax, SumMin: o.SumMin,
		TermMax: &o.TermMax, TermMin: &o.TermMin,
	}
	if sum, err := decimal.NewFromString(o.CheckSum); err == nil {
		n := json.Number(sum.StringFixed(2))
		it.CheckSum = &n
	}
	return it
}

// contractItems are the company's active contracts.
func (b *Bank) contractItems(g *grant, co *Company, now time.Time) []offerItem {
	var items []offerItem
	for i := range co.Contracts {
		k := &co.Contracts[i]
		if !k.active(now) {
			continue
		}
		it := offerItem{ClientID: json.Number(g.client), ProductCode: k.ProductCode, ContractNumber: k.Number,
			AvailableSum: k.AvailableSum.StringFixed(2), DateSince: k.DateSince, DateUntil: k.DateUntil}
		for _, o := range b.st.scenario.Offers[co.LawFormShort] {
			if o.ProductCode == k.ProductCode {
				it.ProductName, it.Rate = o.ProductName, o.Rate
			}
		}
		items = append(items, it)
	}
	return items
}
