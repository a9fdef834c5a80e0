package bankemu_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankemu"
)

const (
	romashkaFirst  = "40702810338001001418"
	romashkaSecond = "40702810638002001418"
)

// tokenRow is a row of GET /api/tokens.
type tokenRow struct {
	Kind, Value, Client, Company, Person, State string
	Issued                                      time.Time
	Expires, Used, ReplayUntil                  *time.Time
	Scope, Accounts                             []string
}

func (r *rig) tokens(query string) []tokenRow {
	r.t.Helper()
	var out struct {
		Total  int
		Tokens []tokenRow
	}
	decode(r.t, r.control("GET", "/api/tokens"+query, "").body, &out)
	return out.Tokens
}

func (r *rig) consent(company string) tokenRow {
	r.t.Helper()
	rows := r.tokens("?kind=consent&company=" + company)
	if len(rows) != 1 {
		r.t.Fatalf("%d offers of %s", len(rows), company)
	}
	return rows[0]
}

// sign posts the sign-in page's form as a browser does.
func (r *rig) sign(person, accounts string, change func(url.Values)) pair {
	r.t.Helper()
	q := do(r.t, browser(), "POST", r.bank+authorizeQuery(change), formType, "decision=allow&person="+person+accounts).back(r.t)
	return readPair(r.t, r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {callback}}))
}

func withAccounts(c *bankemu.Config) {
	c.Clients[0].Scope = bankemu.DefaultScope + " accounts offerExpirationDate"
}

func (r *rig) userInfo(access string) map[string]any {
	r.t.Helper()
	a := r.get("/ic/sso/api/v2/oauth/user-info", access)
	if a.status != 200 {
		r.t.Fatalf("user-info: status %d: %s", a.status, a.body)
	}
	return payload(r.t, a.body)
}

func TestOfferOpensTheTickedAccounts(t *testing.T) {
	cases := []struct {
		name, accounts string
		want           []string
	}{
		{"a plain form opens all", "", []string{romashkaFirst, romashkaSecond}},
		{"one ticked", "&accounts=listed&account=" + romashkaSecond + "&account=40802810638003000101", []string{romashkaSecond}},
		{"none ticked", "&accounts=listed&account=40802810638003000101", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRigWith(t, withAccounts)
			wide := param("scope", bankemu.DefaultScope+" accounts offerExpirationDate")
			tok := r.sign("romashka-director", c.accounts, wide)
			row := r.consent("romashka")
			if !slices.Equal(row.Accounts, c.want) || row.State != "active" || row.Person != "romashka-director" || row.Client != clientID {
				t.Errorf("offer %+v", row)
			}
			info := r.userInfo(tok.Access)
			var told []string
			for _, a := range info["accounts"].([]any) {
				told = append(told, a.(map[string]any)["accountNumber"].(string))
			}
			if !slices.Equal(told, c.want) || info["offerExpirationDate"] != "2027-11-22" {
				t.Errorf("user-info: accounts %v, offer until %v", told, info["offerExpirationDate"])
			}
			// It is remembered: the next person's sign-in neither asks nor changes it.
			r.sign("romashka-buyer", "&accounts=listed", wide)
			if row := r.consent("romashka"); !slices.Equal(row.Accounts, c.want) || row.Person != "romashka-director" {
				t.Errorf("after the next sign-in: %+v", row)
			}
			r.sign("romashka-buyer", "&accounts=listed&account="+romashkaFirst, func(q url.Values) { wide(q); q.Set("prompt", "consent") })
			if row := r.consent("romashka"); !slices.Equal(row.Accounts, []string{romashkaFirst}) {
				t.Errorf("after prompt=consent: %+v", row)
			}
		})
	}
}

func TestOfferOfAWiderScopeIsSignedAnew(t *testing.T) {
	r := newRig(t)
	r.sign("romashka-director", "", param("scope", "openid inn"))
	a := do(t, browser(), "GET", r.bank+authorizeQuery(nil), "", "")
	if !strings.Contains(a.body, "bank-offer-account-"+romashkaFirst) {
		t.Error("the wider scope is not asked for")
	}
	r.sign("romashka-director", "&accounts=listed&account="+romashkaFirst, nil)
	if row := r.consent("romashka"); len(row.Scope) != len(strings.Fields(bankemu.DefaultScope)) || len(row.Accounts) != 1 {
		t.Errorf("%+v", row)
	}
}

func TestOfferExpires(t *testing.T) {
	r := newRig(t)
	r.control("POST", "/api/settings", `{"consentLife":"30m"}`)
	tok := r.signIn("romashka-director")
	r.advance(30*time.Minute - time.Second)
	if a := r.get(pathOffers, tok.Access); a.status != 200 && a.status != 204 {
		t.Errorf("before its end: status %d", a.status)
	}
	r.advance(time.Second)
	a := r.get(pathOffers, tok.Access)
	if a.status != 403 || a.json(t)["cause"] != "ACCESS_EXCEPTION" {
		t.Errorf("after its end: status %d: %s", a.status, a.body)
	}
	if got := r.consent("romashka").State; got != "expired" {
		t.Errorf("state %q", got)
	}
	r.userInfo(tok.Access) // the service may still learn who this is
	next := r.signIn("romashka-director")
	for name, access := range map[string]string{"new": next.Access, "old": tok.Access} {
		if a := r.get(pathOffers, access); a.status >= 400 {
			t.Errorf("%s access token after the offer was signed again: status %d: %s", name, a.status, a.body)
		}
	}
}

func TestOfferIsOneYearLong(t *testing.T) {
	r := newRig(t)
	r.signIn("romashka-director")
	if row := r.consent("romashka"); row.Expires.Sub(row.Issued) != 365*24*time.Hour {
		t.Errorf("%v to %v", row.Issued, row.Expires)
	}
}

func TestOfferWithdrawnAtTheBank(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-director")
	r.control("PUT", "/api/consents/romashka", `{"accounts":["`+romashkaSecond+`"]}`)
	if row := r.consent("romashka"); !slices.Equal(row.Accounts, []string{romashkaSecond}) {
		t.Errorf("%+v", row)
	}
	r.control("DELETE", "/api/consents/romashka", "")
	if a := r.get(pathOffers, tok.Access); a.status != 403 || a.json(t)["cause"] != "ACCESS_EXCEPTION" {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if got := r.consent("romashka").State; got != "withdrawn" {
		t.Errorf("state %q", got)
	}
	other := r.signIn("sokolov")
	if a := r.get(pathOffers, other.Access); a.status != 200 {
		t.Errorf("another company: status %d", a.status)
	}
	r.control("POST", "/api/reset", "")
	if got := r.consent("romashka").State; got != "withdrawn" {
		t.Errorf("after a plain reset: state %q", got)
	}
	r.signIn("romashka-director")
	if got := r.consent("romashka").State; got != "active" {
		t.Errorf("after a new sign-in: state %q", got)
	}
}

func decode(t testing.TB, body string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
}
