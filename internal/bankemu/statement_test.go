package bankemu_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"creditcart/internal/bankemu"
)

const (
	pathTransactions = "/fintech/api/v2/statement/transactions"
	pathSummary      = "/fintech/api/v2/statement/summary"
	pathClientInfo   = "/fintech/api/v1/client-info"
	today            = "2026-11-22"
	romashkaAccount  = "40702810338001001418"
	sokolovAccount   = "40802810638003000101"
)

// newStatementRig is a bank where the partner has the operations of the set «Компаниям» as well.
func newStatementRig(t testing.TB) *rig {
	t.Helper()
	return newRigWith(t, func(c *bankemu.Config) { c.Clients[0].Scope = bankemu.DefaultScope + " " + bankemu.StatementScope })
}

// reader is a person's token for statements.
func (r *rig) reader(person string) string {
	r.t.Helper()
	return r.signInFor(person, "openid "+bankemu.StatementScope).Access
}

func statementQuery(account, date string, more ...string) string {
	q := url.Values{"accountNumber": {account}, "statementDate": {date}}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return "?" + q.Encode()
}

// operations reads a whole day as a client does: repeats after 202, follows next to the end.
func (r *rig) operations(token, account, date string) []object {
	r.t.Helper()
	var out []object
	query := statementQuery(account, date)
	for query != "" {
		a := r.get(pathTransactions+query, token)
		if a.status == 202 {
			continue
		}
		if a.status != 200 {
			r.t.Fatalf("%s: %d %s", query, a.status, a.body)
		}
		var page struct {
			Links        []struct{ Rel, Href string } `json:"_links"`
			Transactions []object                     `json:"transactions"`
		}
		if err := json.Unmarshal([]byte(a.body), &page); err != nil {
			r.t.Fatal(err)
		}
		out, query = append(out, page.Transactions...), ""
		for _, l := range page.Links {
			if l.Rel == "next" {
				query = l.Href
			}
		}
	}
	return out
}

func (r *rig) summary(token, account, date string) object {
	r.t.Helper()
	for range 2 {
		if a := r.get(pathSummary+statementQuery(account, date), token); a.status == 200 {
			return a.json(r.t)
		}
	}
	r.t.Fatalf("no summary of %s", date)
	return nil
}

func amountOf(t testing.TB, o object, name string) decimal.Decimal {
	t.Helper()
	in, _ := o[name].(object)
	d, err := decimal.NewFromString(fmt.Sprint(in["amount"]))
	if err != nil {
		t.Fatalf("%s: %v", name, o[name])
	}
	return d
}

// pay makes a draft of a company and signs it; the money moves six seconds later.
func (r *rig) pay(person string, change func(object)) string {
	r.t.Helper()
	id := newID()
	doc := invoice(id)
	if change != nil {
		change(doc)
	}
	if a := r.post(pathInvoice, r.signIn(person).Access, body(r.t, doc)); a.status != 201 {
		r.t.Fatalf("draft: %d %s", a.status, a.body)
	}
	r.control("POST", "/api/documents/"+id+"/sign", "")
	return id
}

func TestStatementPreparation(t *testing.T) {
	r := newStatementRig(t)
	token := r.reader("merchant-manager")
	q := statementQuery(bankemu.MerchantAccount, today)
	for _, path := range []string{pathTransactions, pathSummary} {
		t.Run("first ask of "+path, func(t *testing.T) {
			a := r.get(path+q, token)
			if m := a.json(t); a.status != 202 || m["cause"] != "STATEMENT_RESPONSE_PROCESSING" || m["message"] == "" || m["referenceId"] == "" {
				t.Errorf("first: %d %s", a.status, a.body)
			}
			for range 2 {
				if a := r.get(path+q, token); a.status != 200 {
					t.Errorf("then: %d %s", a.status, a.body)
				}
			}
		})
	}
	t.Run("another day and another sign-in ask anew", func(t *testing.T) {
		if a := r.get(pathSummary+statementQuery(bankemu.MerchantAccount, "2026-11-21"), token); a.status != 202 {
			t.Errorf("another day: %d", a.status)
		}
		if a := r.get(pathSummary+q, r.reader("merchant-manager")); a.status != 202 {
			t.Errorf("another sign-in: %d", a.status)
		}
	})
	t.Run("setting", func(t *testing.T) {
		for waits, want := range map[int]string{0: "200 200", 1: "202 200", 3: "202 202 202 200"} {
			r.control("POST", "/api/settings", fmt.Sprintf(`{"statementWaits":%d}`, waits))
			token, got := r.reader("merchant-manager"), []string{}
			for range strings.Fields(want) {
				got = append(got, fmt.Sprint(r.get(pathTransactions+q, token).status))
			}
			if s := strings.Join(got, " "); s != want {
				t.Errorf("statementWaits %d: %s, want %s", waits, s, want)
			}
		}
	})
	t.Run("bounded memory", func(t *testing.T) {
		tokens := []string{r.reader("romashka-director"), r.reader("romashka-director"), r.reader("romashka-director")}
		r.control("POST", "/api/settings", `{"statementWaits":1,"record":"none"}`)
		ask := func(token, date string) int {
			req := httptest.NewRequest("GET", pathTransactions+statementQuery(romashkaAccount, date), nil)
			req.Header.Set("Authorization", token)
			rec := httptest.NewRecorder()
			r.direct.ServeHTTP(rec, req)
			return rec.Code
		}
		at := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
		first := ask(tokens[0], at.Format("2006-01-02"))
		for i := range 12_000 {
			ask(tokens[i/4000], at.AddDate(0, 0, 1+i%2000).Format("2006-01-02"))
			if i < 5 && ask(tokens[0], "2021-01-01") != 200 {
				t.Fatal("forgotten at once")
			}
			if i%4000 == 1999 { // the other path doubles the number of different asks
				for j := range 2000 {
					req := httptest.NewRequest("GET", pathSummary+statementQuery(romashkaAccount, at.AddDate(0, 0, 1+j).Format("2006-01-02")), nil)
					req.Header.Set("Authorization", tokens[i/4000])
					r.direct.ServeHTTP(httptest.NewRecorder(), req)
				}
			}
		}
		if again := ask(tokens[0], "2021-01-01"); first != 202 || again != 202 {
			t.Errorf("first %d, after 12 000 others %d", first, again)
		}
	})
}

// The rules of the query: an empty cause is a 200.
func TestStatementQuery(t *testing.T) {
	const good = "accountNumber=" + bankemu.MerchantAccount + "&statementDate=" + today
	cases := []struct{ name, query, cause, field string }{
		{"plain", good, "", ""},
		{"page 1", good + "&page=1", "", ""},
		{"page empty", good + "&page=", "", ""},
		{"page undefined", good + "&page=undefined", "", ""},
		{"page null", good + "&page=null", "", ""},
		{"curFormat empty", good + "&curFormat=", "", ""},
		{"curFormat undefined", good + "&curFormat=undefined", "", ""},
		{"curFormat curTransfer", good + "&curFormat=curTransfer", "", ""},
		{"unknown parameter", good + "&clientID=1", "", ""},
		{"account absent", "statementDate=" + today, invalid, "accountNumber"},
		{"account empty", "accountNumber=&statementDate=" + today, invalid, "accountNumber"},
		{"account undefined", "accountNumber=undefined&statementDate=" + today, invalid, "accountNumber"},
		{"account 19 digits", "accountNumber=4070281013800100010&statementDate=" + today, invalid, "accountNumber"},
		{"account with letters", "accountNumber=4070281013800100010A&statementDate=" + today, invalid, "accountNumber"},
		{"date absent", "accountNumber=" + bankemu.MerchantAccount, invalid, "statementDate"},
		{"date by dots", "accountNumber=" + bankemu.MerchantAccount + "&statementDate=22.11.2026", garbled, "statementDate"},
		{"date with time", good + "T00:00:00", garbled, "statementDate"},
		{"date of no calendar", "accountNumber=" + bankemu.MerchantAccount + "&statementDate=2026-02-30", garbled, "statementDate"},
		{"page a word", good + "&page=first", garbled, "page"},
		{"page a fraction", good + "&page=1.5", garbled, "page"},
		{"page too long", good + "&page=99999999999999999999", garbled, "page"},
		{"page 0", good + "&page=0", invalid, "page"},
		{"page negative", good + "&page=-1", invalid, "page"},
		{"page absent in the statement", good + "&page=2", flow, ""},
		{"query unreadable", good + "&page=%zz", garbled, "query"},
	}
	r := newStatementRig(t)
	r.control("POST", "/api/settings", `{"statementWaits":0}`)
	token := r.reader("merchant-manager")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := r.get(pathTransactions+"?"+c.query, token)
			if c.cause == "" {
				if a.status != 200 {
					t.Errorf("%d %s", a.status, a.body)
				}
				return
			}
			if m := a.json(t); a.status != 400 || m["cause"] != c.cause || !strings.Contains(a.body, c.field) {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	t.Run("summary tolerates page and curFormat", func(t *testing.T) {
		for _, junk := range []string{"&page=", "&page=undefined", "&page=1", "&page=x", "&curFormat="} {
			if a := r.get(pathSummary+"?"+good+junk, token); a.status != 200 {
				t.Errorf("%s: %d %s", junk, a.status, a.body)
			}
		}
	})
	t.Run("summary holds the account and the date to the same rules", func(t *testing.T) {
		for query, cause := range map[string]string{"accountNumber=1&statementDate=" + today: invalid, "statementDate=" + today: invalid,
			"accountNumber=" + bankemu.MerchantAccount + "&statementDate=x": garbled} {
			if a := r.get(pathSummary+"?"+query, token); a.status != 400 || a.json(t)["cause"] != cause {
				t.Errorf("%s: %d %s", query, a.status, a.body)
			}
		}
	})
}

func TestStatementAccess(t *testing.T) {
	r := newStatementRig(t)
	r.control("POST", "/api/settings", `{"statementWaits":0}`)
	own := r.reader("romashka-director")
	refused := func(t *testing.T, a answer, status int, cause string) {
		t.Helper()
		if m := a.json(t); a.status != status || m["cause"] != cause {
			t.Errorf("%d %s, want %d %s", a.status, a.body, status, cause)
		}
	}
	both := func(t *testing.T, token, account string, status int, cause string) {
		t.Helper()
		for _, path := range []string{pathTransactions, pathSummary} {
			refused(t, r.get(path+statementQuery(account, today), token), status, cause)
		}
	}
	t.Run("no token", func(t *testing.T) { both(t, "x", romashkaAccount, 401, "UNAUTHORIZED") })
	t.Run("scope without statements", func(t *testing.T) {
		token := r.signIn("romashka-director").Access
		both(t, token, romashkaAccount, 403, "ACTION_ACCESS_EXCEPTION")
		refused(t, r.get(pathClientInfo, token), 403, "ACTION_ACCESS_EXCEPTION")
	})
	t.Run("either operation of the scope is enough", func(t *testing.T) {
		for _, op := range []string{"GET_STATEMENT_ACCOUNT", "GET_STATEMENT_TRANSACTION"} {
			token := r.signInFor("romashka-director", "openid "+op).Access
			for _, path := range []string{pathTransactions, pathSummary} {
				if a := r.get(path+statementQuery(romashkaAccount, today), token); a.status != 200 {
					t.Errorf("%s: %d %s", op, a.status, a.body)
				}
			}
			refused(t, r.get(pathClientInfo, token), 403, "ACTION_ACCESS_EXCEPTION")
		}
	})
	t.Run("account of another company", func(t *testing.T) { both(t, own, bankemu.MerchantAccount, 403, "ACCESS_EXCEPTION") })
	t.Run("unknown account", func(t *testing.T) { both(t, own, "40702810000000000000", 404, "DATA_NOT_FOUND") })
	t.Run("closed account", func(t *testing.T) {
		r.control("PUT", "/api/accounts/"+romashkaAccount, `{"state":"CLOSED"}`)
		both(t, own, romashkaAccount, 400, flow)
		r.control("PUT", "/api/accounts/"+romashkaAccount, `{"state":"BLOCKED"}`)
		if a := r.get(pathSummary+statementQuery(romashkaAccount, today), own); a.status != 200 {
			t.Errorf("a blocked account has a statement: %d", a.status)
		}
		r.control("PUT", "/api/accounts/"+romashkaAccount, `{"state":"OPEN"}`)
	})
	t.Run("date before the account was opened", func(t *testing.T) {
		r.control("PUT", "/api/accounts/"+romashkaAccount, `{"opened":"2026-11-23"}`)
		both(t, own, romashkaAccount, 404, "DATA_NOT_FOUND")
		r.control("PUT", "/api/accounts/"+romashkaAccount, `{"opened":"2020-01-01"}`)
	})
	t.Run("account not ticked in the consent", func(t *testing.T) {
		a := do(t, browser(), "POST", r.bank+authorizeQuery(func(q url.Values) {
			q.Set("scope", "openid "+bankemu.StatementScope)
			q.Set("prompt", "consent")
		}), formType, "decision=allow&person=romashka-director&accounts=1&account=40702810638002001418")
		u, err := url.Parse(a.header.Get("Location"))
		if err != nil || u.Query().Get("code") == "" {
			t.Fatalf("%d %s", a.status, a.body)
		}
		token := readPair(t, r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {u.Query().Get("code")}, "redirect_uri": {callback}})).Access
		both(t, token, romashkaAccount, 403, "ACTION_ACCESS_EXCEPTION")
		if a := r.get(pathSummary+statementQuery("40702810638002001418", today), token); a.status != 200 {
			t.Errorf("the ticked account: %d %s", a.status, a.body)
		}
		accounts, _ := r.get(pathClientInfo, token).json(t)["accounts"].([]any)
		if len(accounts) != 1 {
			t.Errorf("client-info shows %d accounts", len(accounts))
		}
	})
}

func TestStatementDates(t *testing.T) {
	r := newStatementRig(t)
	r.control("POST", "/api/settings", `{"statementWaits":0}`)
	ask := func(date string) (int, string) {
		a := r.get(pathTransactions+statementQuery(bankemu.MerchantAccount, date), r.reader("merchant-manager"))
		cause, _ := a.json(t)["cause"].(string)
		return a.status, cause
	}
	t.Run("future date", func(t *testing.T) {
		if status, cause := ask("2026-11-23"); status != 400 || cause != flow {
			t.Errorf("%d %s", status, cause)
		}
	})
	t.Run("current and five previous years", func(t *testing.T) {
		if status, cause := ask("2021-01-01"); status != 200 {
			t.Errorf("%d %s", status, cause)
		}
		if status, cause := ask("2020-12-31"); status != 400 || cause != flow {
			t.Errorf("%d %s", status, cause)
		}
	})
	t.Run("a Moscow date opens at 03:01", func(t *testing.T) {
		r.advance(12*time.Hour + 30*time.Minute) // 00:30 of the 23rd in Moscow
		r.control("POST", "/api/incoming", `{"account":"`+bankemu.MerchantAccount+`","amount":"5.00","purpose":"Ночной платёж"}`)
		if status, cause := ask("2026-11-23"); status != 400 || cause != flow {
			t.Errorf("at 00:30: %d %s", status, cause)
		}
		r.advance(2*time.Hour + 31*time.Minute)
		if n := len(r.operations(r.reader("merchant-manager"), bankemu.MerchantAccount, "2026-11-23")); n != 1 {
			t.Errorf("at 03:01: %d operations", n)
		}
	})
}

func TestStatementPages(t *testing.T) {
	r := newStatementRig(t)
	r.control("POST", "/api/settings", `{"statementWaits":0}`)
	for i := range 201 {
		r.control("POST", "/api/incoming", fmt.Sprintf(`{"account":%q,"amount":"%d.01","purpose":"Перевод"}`, bankemu.MerchantAccount, i+1))
	}
	token := r.reader("merchant-manager")
	rels := func(a answer) (n int, rels string) {
		m := a.json(t)
		list, _ := m["transactions"].([]any)
		links, _ := m["_links"].([]any)
		for _, l := range links {
			o, _ := l.(object)
			rels += fmt.Sprint(o["rel"], "=", o["href"], " ")
		}
		return len(list), strings.TrimSpace(rels)
	}
	link := func(rel string, page int) string {
		return fmt.Sprintf("%s=?accountNumber=%s&statementDate=%s&page=%d", rel, bankemu.MerchantAccount, today, page)
	}
	for page, want := range map[int]struct {
		n    int
		rels string
	}{1: {100, link("next", 2)}, 2: {100, link("prev", 1) + " " + link("next", 3)}, 3: {1, link("prev", 2)}} {
		t.Run(fmt.Sprintf("page %d", page), func(t *testing.T) {
			n, got := rels(r.get(pathTransactions+statementQuery(bankemu.MerchantAccount, today, "page", fmt.Sprint(page)), token))
			if n != want.n || got != want.rels {
				t.Errorf("%d operations, links %q, want %q", n, got, want.rels)
			}
		})
	}
	t.Run("page after the last", func(t *testing.T) {
		a := r.get(pathTransactions+statementQuery(bankemu.MerchantAccount, today, "page", "4"), token)
		if a.status != 400 || a.json(t)["cause"] != flow {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("all pages are the day, each operation once", func(t *testing.T) {
		seen := map[string]bool{}
		for _, o := range r.operations(token, bankemu.MerchantAccount, today) {
			seen[fmt.Sprint(o["operationId"])] = true
		}
		if len(seen) != 201 {
			t.Errorf("%d different operations", len(seen))
		}
	})
	t.Run("a day without operations is one empty page", func(t *testing.T) {
		a := r.get(pathTransactions+statementQuery(bankemu.MerchantAccount, "2026-11-21"), token)
		if n, links := rels(a); a.status != 200 || n != 0 || links != "" || !strings.Contains(a.body, `"transactions":[]`) {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}

// Whatever happens, each day's balances follow from its operations, and the next day begins where the last one ended.
func TestStatementBalances(t *testing.T) {
	r := newStatementRig(t)
	r.control("POST", "/api/settings", `{"statementWaits":0}`)
	random := rand.New(rand.NewPCG(7, 11))
	people := map[string]string{"romashka-director": "romashka", "sokolov": "sokolov", "vektor-director": "vektor"}
	kinds := []string{"exact", "mistyped-purpose", "part", "double", "late"}
	for range 40 {
		for person, company := range people {
			if random.IntN(2) == 0 {
				continue
			}
			r.control("PUT", "/api/companies/"+company, fmt.Sprintf(`{"incoming":%q}`, kinds[random.IntN(len(kinds))]))
			sum := json.Number(fmt.Sprintf("%d.%02d", 2300+random.IntN(9000), random.IntN(100)))
			id := r.pay(person, func(o object) {
				o["amount"], o["date"] = sum, r.now().Add(3*time.Hour).Format("2006-01-02")
				delete(o, "expirationDate")
				if person == "sokolov" && random.IntN(2) == 0 {
					o["isPaidByCredit"], o["creditContractNumber"] = true, "5-2026/777"
				}
			})
			switch random.IntN(8) {
			case 0:
				r.control("POST", "/api/documents/"+id+"/status", `{"status":"REFUSEDBYABS"}`)
			case 1:
				r.control("POST", "/api/documents/"+id+"/recall", "")
			case 2:
				r.control("PUT", "/api/companies/"+company, fmt.Sprintf(`{"balance":"%d.37"}`, random.IntN(2_000_000)))
			case 3:
				r.control("POST", "/api/incoming", fmt.Sprintf(`{"account":%q,"amount":"%d.01","purpose":"Чужие деньги"}`, bankemu.MerchantAccount, random.IntN(500)+1))
			}
		}
		r.advance(time.Duration(random.IntN(9*3600)) * time.Second)
	}
	r.advance(5 * 24 * time.Hour)
	for person, account := range map[string]string{"merchant-manager": bankemu.MerchantAccount, "romashka-director": romashkaAccount,
		"sokolov": sokolovAccount, "vektor-director": "40702810638001002735"} {
		token, total := r.reader(person), 0
		var before decimal.Decimal
		for at, first := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), true; !at.After(r.now()); at, first = at.AddDate(0, 0, 1), false {
			day := at.Format("2006-01-02")
			s := r.summary(token, account, day)
			opening, closing := amountOf(t, s, "openingBalance"), amountOf(t, s, "closingBalance")
			credit, debit, credits, debits := decimal.Zero, decimal.Zero, 0, 0
			for _, o := range r.operations(token, account, day) {
				if o["direction"] == "CREDIT" {
					credit, credits = credit.Add(amountOf(t, o, "amount")), credits+1
				} else {
					debit, debits = debit.Add(amountOf(t, o, "amount")), debits+1
				}
			}
			total += credits + debits
			if !opening.Add(credit).Sub(debit).Equal(closing) || !credit.Equal(amountOf(t, s, "creditTurnover")) || !debit.Equal(amountOf(t, s, "debitTurnover")) {
				t.Errorf("%s %s: %s + %s - %s is not %v", person, day, opening, credit, debit, s)
			}
			if s["creditTransactionsNumber"] != float64(credits) || s["debitTransactionsNumber"] != float64(debits) {
				t.Errorf("%s %s: %d credits, %d debits: %v", person, day, credits, debits, s)
			}
			if !first && !opening.Equal(before) {
				t.Errorf("%s %s: opens with %s, the day before closed with %s", person, day, opening, before)
			}
			before = closing
		}
		if total < 5 {
			t.Errorf("%s: only %d operations, the test shows little", person, total)
		}
	}
}

func FuzzStatementQuery(f *testing.F) {
	r := newStatementRig(f)
	r.control("POST", "/api/settings", `{"statementWaits":0,"record":"none"}`)
	token := r.reader("merchant-manager")
	for _, seed := range []string{"accountNumber=" + bankemu.MerchantAccount + "&statementDate=" + today + "&page=1", "accountNumber=&statementDate=undefined&page=-0",
		"%zz", "a;b", "statementDate=0000-00-00&accountNumber=" + bankemu.MerchantAccount, "statementDate=9999-12-31&page=9223372036854775807&accountNumber=" + bankemu.MerchantAccount} {
		f.Add(seed)
	}
	known := map[string]bool{invalid: true, garbled: true, flow: true, "DATA_NOT_FOUND": true, "ACCESS_EXCEPTION": true}
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{pathTransactions, pathSummary} {
			req := httptest.NewRequest("GET", path, nil)
			req.URL.RawQuery = query
			req.Header.Set("Authorization", token)
			rec := httptest.NewRecorder()
			r.direct.ServeHTTP(rec, req)
			if rec.Code == 200 {
				continue
			}
			a := answer{rec.Code, rec.Header(), rec.Body.String()}
			if cause, _ := a.json(t)["cause"].(string); a.status >= 500 || !known[cause] {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
	})
}
