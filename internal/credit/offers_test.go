package credit

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"creditcart/internal/money"
)

const goodOffer = `{"checkSum":3000000.00,"clientId":111286,"delayRepayment":30,"individual":false,
 "orgLawForms":[{"name":"Общество с ограниченной ответственностью","shortName":"ООО"}],
 "productCode":"MB-K-oo-226","productName":"Кредит в корзине","questions":[{"question":"Нужен ли залог?","answer":"Нет"},{"answer":"без вопроса"}],
 "rate":"21.5","sumMax":"500000.00","sumMin":"20000","termMax":36,"termMin":"3","contractNumber":null,"futureField":{"a":[1]}}`

func TestParseOffersReadsTheDocumentedItem(t *testing.T) {
	check := money.Amount(300000000)
	want := []Offer{{
		ProductCode: "MB-K-oo-226", ProductName: "Кредит в корзине", SumMin: 2000000, SumMax: 50000000, Rate: decimal.RequireFromString("21.5"),
		TermMin: 3, TermMax: 36, CheckSum: &check, DelayRepayment: 30, Forms: []string{"ООО"}, Questions: []Question{{"Нужен ли залог?", "Нет"}},
	}}
	for _, body := range []string{"[" + goodOffer + "]", `{"creditOffers":[` + goodOffer + `]}`, "[null," + goodOffer + "]"} {
		offers, contracts, err := ParseOffers([]byte(body))
		if err != nil || len(contracts) != 0 {
			t.Fatalf("contracts %v, error %v", contracts, err)
		}
		if diff := cmp.Diff(want, offers); diff != "" {
			t.Error(diff)
		}
	}
}

func TestParseOffersNone(t *testing.T) {
	for _, body := range []string{"", " \n", "null", "[]", `{"creditOffers":[]}`, `{"creditOffers":null}`} {
		offers, contracts, err := ParseOffers([]byte(body))
		if err != nil || len(offers) != 0 || len(contracts) != 0 {
			t.Errorf("%q → %v, %v, %v; want none", body, offers, contracts, err)
		}
	}
	for _, body := range []string{"<html>", `"text"`, "12", `{"cause":"UNKNOWN_EXCEPTION"}`, `{"creditOffers":{}}`, `[{"a":`} {
		if _, _, err := ParseOffers([]byte(body)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%q: error %v, want ErrUnreadable", body, err)
		}
	}
}

// Each row changes one field of a good offer; the offer must become unusable, and its good neighbour must not.
func TestBrokenOfferSpoilsOnlyItself(t *testing.T) {
	rows := map[string]string{
		"sum is a word":       `{"productCode":"A1","rate":"21.5","sumMin":"1","sumMax":"много","termMin":1,"termMax":2}`,
		"no sumMax":           `{"productCode":"A1","rate":"21.5","sumMin":"1","termMin":1,"termMax":2}`,
		"null sumMax":         `{"productCode":"A1","rate":"21.5","sumMin":"1","sumMax":null,"termMin":1,"termMax":2}`,
		"no sumMin":           `{"productCode":"A1","rate":"21.5","sumMax":"1","termMin":1,"termMax":2}`,
		"min over max":        `{"productCode":"A1","rate":"21.5","sumMin":"10","sumMax":"9.99","termMin":1,"termMax":2}`,
		"zero max":            `{"productCode":"A1","rate":"21.5","sumMin":"0","sumMax":"0.00","termMin":1,"termMax":2}`,
		"negative":            `{"productCode":"A1","rate":"21.5","sumMin":"-5","sumMax":"9","termMin":1,"termMax":2}`,
		"fraction of kopeck":  `{"productCode":"A1","rate":"21.5","sumMin":"1","sumMax":"9.999","termMin":1,"termMax":2}`,
		"huge":                `{"productCode":"A1","rate":"21.5","sumMin":"1","sumMax":99999999999999999999,"termMin":1,"termMax":2}`,
		"hostile exponent":    `{"productCode":"A1","rate":"21.5","sumMin":"1","sumMax":1e999999999,"termMin":1,"termMax":2}`,
		"NaN":                 `{"productCode":"A1","rate":"NaN","sumMin":"1","sumMax":"9","termMin":1,"termMax":2}`,
		"no rate":             `{"productCode":"A1","sumMin":"1","sumMax":"9","termMin":1,"termMax":2}`,
		"negative rate":       `{"productCode":"A1","rate":-1,"sumMin":"1","sumMax":"9","termMin":1,"termMax":2}`,
		"no terms":            `{"productCode":"A1","rate":"1","sumMin":"1","sumMax":"9"}`,
		"terms crossed":       `{"productCode":"A1","rate":"1","sumMin":"1","sumMax":"9","termMin":3,"termMax":2}`,
		"term is a fraction":  `{"productCode":"A1","rate":"1","sumMin":"1","sumMax":"9","termMin":1.5,"termMax":2}`,
		"no code":             `{"rate":"1","sumMin":"1","sumMax":"9","termMin":1,"termMax":2}`,
		"checkSum is a word":  `{"productCode":"A1","rate":"1","sumMin":"1","sumMax":"9","termMin":1,"termMax":2,"checkSum":"x"}`,
		"sum is an object":    `{"productCode":"A1","rate":"1","sumMin":"1","sumMax":{"amount":9},"termMin":1,"termMax":2}`,
		"item is a number":    `42`,
		"item is a list":      `[]`,
		"item is text":        `"offer"`,
		"item is empty":       `{}`,
		"productCode too odd": `{"productCode":"A1\"><b>","rate":"1","sumMin":"1","sumMax":"9","termMin":1,"termMax":2}`,
	}
	for name, item := range rows {
		offers, _, err := ParseOffers([]byte("[" + item + "," + goodOffer + "]"))
		if err != nil || len(offers) != 2 {
			t.Errorf("%s: %d offers, %v", name, len(offers), err)
			continue
		}
		if offers[0].Problem == "" || offers[1].Problem != "" {
			t.Errorf("%s: problems %q and %q", name, offers[0].Problem, offers[1].Problem)
		}
		for _, w := range Quote(100, Facts{BuyOnCredit: true, LawForm: "ООО", MerchantConnected: true, OffersKnown: true, Offers: offers[:1]}) {
			if w.Method == Credit && (w.Available || w.Reason != ReasonBrokenOffer && w.Reason != ReasonNoOffers) {
				t.Errorf("%s: quoted as %+v", name, w)
			}
		}
	}
}

func TestTolerantNumbers(t *testing.T) {
	body := `[{"productCode":"A1","rate":" 21,5 % ","sumMin":"20 000,00","sumMax":5E+5,"termMin":"3","termMax":12.0,"delayRepayment":"x","questions":"none","orgLawForms":["ип"]}]`
	offers, _, err := ParseOffers([]byte(body))
	if err != nil || len(offers) != 1 || offers[0].Problem != "" {
		t.Fatalf("%+v, %v", offers, err)
	}
	o := offers[0]
	if o.SumMin != 2000000 || o.SumMax != 50000000 || o.Rate.String() != "21.5" || o.TermMax != 12 || o.DelayRepayment != 0 || !o.servesForm("ИП") || o.servesForm("ООО") {
		t.Errorf("read as %+v", o)
	}
}

func TestParseContracts(t *testing.T) {
	msk := time.FixedZone("", 3*3600)
	body := `[{"clientId":1,"productCode":"A1","contractNumber":"5-2026/777","availableSum":"250000.00","dateSince":"2026-01-15","dateUntil":"2026-12-02"},
	 {"contractNumber":777,"availableSum":10000.5,"dateSince":"2026-01-15T10:00:00+03:00","dateUntil":null},
	 {"contractNumber":"A","dateUntil":"2027-01-01"},
	 {"contractNumber":"B","availableSum":"много"},
	 {"availableSum":"5.00"},
	 {"contractNumber":"C","availableSum":"1","dateUntil":"скоро"}]`
	offers, got, err := ParseOffers([]byte(body))
	if err != nil || len(offers) != 0 || len(got) != 6 {
		t.Fatalf("%d offers, %d contracts, %v", len(offers), len(got), err)
	}
	since := time.Date(2026, 1, 15, 0, 0, 0, 0, msk)
	until := time.Date(2026, 12, 3, 0, 0, 0, 0, msk).Add(-time.Nanosecond)
	if c := got[0]; c.Number != "5-2026/777" || c.Available != 25000000 || !c.Since.Equal(since) || !c.Until.Equal(until) || c.Problem != "" {
		t.Errorf("first: %+v", c)
	}
	if c := got[1]; c.Number != "777" || c.Available != 1000050 || !c.Until.IsZero() || !c.Since.Equal(since.Add(10*time.Hour)) || c.Problem != "" {
		t.Errorf("second: %+v", c)
	}
	for _, c := range got[2:] {
		if c.Problem == "" {
			t.Errorf("must not be usable: %+v", c)
		}
	}
}

// Callers keep what was parsed as JSON while the bank is silent: nothing may change on the way, and least of all a sum.
func TestParsedAnswersSurviveJSON(t *testing.T) {
	offers, contracts, err := ParseOffers([]byte("[" + goodOffer + `,{"sumMax":"x"},{"contractNumber":"5","availableSum":"10000.50","dateUntil":"2026-12-02"}]`))
	if err != nil || len(offers) != 2 || len(contracts) != 1 {
		t.Fatalf("%v %v %v", offers, contracts, err)
	}
	type kept struct {
		Offers    []Offer
		Contracts []Contract
	}
	body, err := json.Marshal(kept{offers, contracts})
	if err != nil {
		t.Fatal(err)
	}
	var again kept
	if err := json.Unmarshal(body, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(kept{offers, contracts}, again); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseOffers(f *testing.F) {
	for _, s := range []string{"[" + goodOffer + "]", `{"creditOffers":[{"contractNumber":1,"availableSum":"1","dateUntil":"2026-01-01"}]}`, "[1]", "null", `[{"sumMax":1e9}]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		offers, contracts, err := ParseOffers(body)
		if err != nil && !errors.Is(err, ErrUnreadable) {
			t.Fatalf("untyped error %v", err)
		}
		facts := Facts{BuyOnCredit: true, HasActiveLine: true, LawForm: "ООО", MerchantConnected: true, OffersKnown: true, Offers: offers, ContractsKnown: true, Contracts: contracts}
		for _, w := range Quote(123456, facts) {
			checkWay(t, 123456, w)
		}
	})
}

func FuzzState(f *testing.F) {
	for _, s := range []string{`{"bankStatus":"CREATED","bankComment":null}`, `{"bankStatus":7}`, "[]", `{"bankStatus":{"a":1}}`, ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := object(body)
		if err != nil {
			return
		}
		s := state(o)
		if st := Lookup(s.Status); st.Final && !st.Known || len([]rune(s.Status)) > 64 || len([]rune(s.Comment)) > 500 {
			t.Fatalf("%+v from %q", s, body)
		}
	})
}
