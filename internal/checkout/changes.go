package checkout

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"creditcart/internal/credit"
	"creditcart/internal/money"
)

// shown is what a buyer was promised by one way to pay.
type shown struct {
	Method    credit.Method `json:"m"`
	Code      string        `json:"c,omitempty"` // product or contract
	Available bool          `json:"v,omitempty"`
	PayNow    money.Amount  `json:"p,omitempty"`
	Credit    money.Amount  `json:"k,omitempty"`
	Rate      string        `json:"r,omitempty"`
	TermMin   int           `json:"t,omitempty"`
	TermMax   int           `json:"u,omitempty"`
}

func show(w credit.Way) shown {
	sh := shown{Method: w.Method, Available: w.Available, PayNow: w.PayNow, Credit: w.CreditAmount}
	if w.Offer != nil {
		sh.Code, sh.Rate, sh.TermMin, sh.TermMax = w.Offer.ProductCode, w.Offer.Rate.String(), w.Offer.TermMin, w.Offer.TermMax
	}
	if w.Contract != nil {
		sh.Code = w.Contract.Number
	}
	return sh
}

// Token is the conditions as a form carries them back, to tell whether they changed in between. It protects nothing:
// the sums that count are decided anew at submit.
func (c Conditions) Token() string {
	all := make([]shown, len(c.Ways))
	for i, w := range c.Ways {
		all[i] = show(w)
	}
	b, _ := json.Marshal(all) // plain data
	return base64.RawURLEncoding.EncodeToString(b)
}

// Change is one number that is not what it was, in words for a table.
type Change struct{ What, Was, Now string }

// changes compares the chosen way with what the token says was shown. A token that is not ours, or without this way, says nothing.
func changes(token string, w credit.Way) []Change {
	if token == "" || len(token) > 16<<10 {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	var all []shown
	if err != nil || json.Unmarshal(raw, &all) != nil {
		return nil
	}
	now := show(w)
	for _, was := range all {
		if was.Method == now.Method && was.Code == now.Code {
			return diff(was, now)
		}
	}
	return nil
}

func diff(was, now shown) []Change {
	var out []Change
	add := func(what, a, b string) {
		if a != b {
			out = append(out, Change{what, a, b})
		}
	}
	yes := map[bool]string{true: "доступен", false: "недоступен"}
	add("Способ оплаты", yes[was.Available], yes[now.Available])
	if was.Available && now.Available {
		add("Сумма платежа", was.PayNow.Format(), now.PayNow.Format())
		add("Сумма кредита", was.Credit.Format(), now.Credit.Format())
	}
	add("Ставка, % годовых", was.Rate, now.Rate)
	add("Срок, мес.", terms(was), terms(now))
	return out
}

func terms(s shown) string { return strconv.Itoa(s.TermMin) + "–" + strconv.Itoa(s.TermMax) }
