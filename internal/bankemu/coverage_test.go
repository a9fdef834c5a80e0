package bankemu_test

import (
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"creditcart/internal/bankemu"
)

// find are the ids of the shipped companies of which has says yes.
func find(s bankemu.Scenario, has func(bankemu.Company) bool) (ids []string) {
	for _, c := range s.Companies {
		if c.ID != "merchant" && has(c) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// lineState puts a company's credit line beside an order of 100 000 ₽, today being the tests' 2026-11-22.
func lineState(c bankemu.Company) string {
	if len(c.Contracts) == 0 {
		return "none"
	}
	k := c.Contracts[0]
	switch sum := k.AvailableSum.IntPart(); {
	case len(c.Contracts) > 1 || k.DateUntil != "" && k.DateUntil < "2026-11-22" || k.DateSince > "2026-11-22":
		return "special"
	case sum >= 100_000:
		return "full"
	case sum > 0:
		return "part"
	}
	return "empty"
}

// The eligibility table: legal form × buyOnCreditMmb × line (its sum beside the order).
func TestScenarioCoversEligibility(t *testing.T) {
	s := bankemu.DefaultScenario()
	for _, form := range []string{"ООО", "ИП", "ГКФХ"} {
		for _, buy := range []bool{true, false} {
			for _, line := range []string{"none", "full", "part", "empty"} {
				ids := find(s, func(c bankemu.Company) bool {
					return c.LawFormShort == form && c.BuyOnCredit == buy && lineState(c) == line && c.HasActiveLine == (line != "none")
				})
				if len(ids) == 0 {
					t.Errorf("no company: %s, buyOnCreditMmb %v, line %s", form, buy, line)
				}
			}
		}
	}
	if len(find(s, func(c bankemu.Company) bool { return c.LawFormShort == "АО" && c.HasActiveLine })) == 0 {
		t.Error("no company of another form with a line")
	}
}

// The other rows: each is a company that shows it.
func TestScenarioCoversTheRest(t *testing.T) {
	s := bankemu.DefaultScenario()
	head := func(c bankemu.Company) bankemu.Person { return c.People[0] }
	claim := func(c bankemu.Company, name string) bool { _, ok := c.Claims[name]; return ok }
	rows := map[string]func(bankemu.Company) bool{
		"SMS": func(c bankemu.Company) bool { return head(c).CryptoType == "SMS" }, "Token": func(c bankemu.Company) bool { return head(c).CryptoType == "Token" },
		"TOKEN": func(c bankemu.Company) bool { return head(c).CryptoType == "TOKEN" }, "odd crypto type": func(c bankemu.Company) bool { return head(c).CryptoType == "Biometry" },
		"no crypto type": func(c bankemu.Company) bool { return claim(c, "userCryptoType") },
		"two signatures": func(c bankemu.Company) bool { return c.Signatures == 2 }, "two Token signatures": func(c bankemu.Company) bool { return c.Signatures == 2 && head(c).CryptoType == "Token" },
		"nobody may sign": func(c bankemu.Company) bool { return len(c.People) == 1 && !head(c).MaySign },
		"some may not":    func(c bankemu.Company) bool { return len(c.People) == 2 && !head(c).MaySign },
		"little money":    func(c bankemu.Company) bool { return len(c.Accounts) > 0 && c.Accounts[0].Balance.IntPart() == 100 },
		"refused credit":  func(c bankemu.Company) bool { return c.Decision == "refuse" }, "silent bank": func(c bankemu.Company) bool { return c.Decision == "none" },
		"ended contract": func(c bankemu.Company) bool { return len(c.Contracts) == 1 && c.Contracts[0].DateUntil == "2026-01-14" },
		"future contract": func(c bankemu.Company) bool {
			return len(c.Contracts) == 1 && c.Contracts[0].DateSince > "2030"
		},
		"several contracts": func(c bankemu.Company) bool { return len(c.Contracts) > 1 },
		"claim without a contract": func(c bankemu.Company) bool {
			return c.HasActiveLine && len(c.Contracts) == 0
		},
		"contract without a claim": func(c bankemu.Company) bool { return !c.HasActiveLine && len(c.Contracts) > 0 },
		"blocked account":          func(c bankemu.Company) bool { return len(c.Accounts) > 0 && c.Accounts[0].State == "BLOCKED" },
		"closed account":           func(c bankemu.Company) bool { return len(c.Accounts) > 0 && c.Accounts[0].State == "CLOSED" },
		"hidden account":           func(c bankemu.Company) bool { return len(c.Accounts) == 1 && c.Accounts[0].Hidden },
		"no account":               func(c bankemu.Company) bool { return len(c.Accounts) == 0 },
		"unidentified":             func(c bankemu.Company) bool { return c.Unidentified },
		"missing claims":           func(c bankemu.Company) bool { return claim(c, "inn") },
	}
	for _, kind := range []string{"mistyped-purpose", "part", "double", "late"} {
		rows["incoming "+kind] = func(c bankemu.Company) bool { return c.Incoming == kind }
	}
	for _, route := range []string{"fraud-review", "fraud-deny", "fraud-stop", "rzk", "refused-by-rzk", "not-accepted-by-rzk", "rzk-sign-error", "refused-by-bank",
		"refused-by-abs", "requisite-error", "invalid-signature", "check-error", "delayed", "stuck", "card2", "recall"} {
		rows["route "+route] = func(c bankemu.Company) bool { return c.Route == route }
	}
	for name, has := range rows {
		if len(find(s, has)) == 0 {
			t.Errorf("no company: %s", name)
		}
	}
}

func TestREADMENamesEveryCompany(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Who banks here\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, c := range bankemu.DefaultScenario().Companies {
		if !strings.Contains(section, "`"+c.ID+"`") {
			t.Errorf("README.md, «Who banks here», does not name `%s`: %s", c.ID, c.Note)
		}
	}
}

// Everybody of the shipped set can sign in, and the bank tells what the data says.
func TestShippedPeopleSignIn(t *testing.T) {
	r := newRig(t)
	for _, c := range bankemu.DefaultScenario().Companies {
		for _, p := range c.People {
			base := r.bank
			if strings.EqualFold(p.CryptoType, "Token") {
				base = r.agent
			}
			q := r.authorize(browser(), base, p.ID, nil)
			tok := readPair(t, r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {callback}}))
			info := payload(t, r.get("/ic/sso/api/v2/oauth/user-info", tok.Access).body)
			for name, want := range c.Claims {
				if got, there := info[name]; there != (want != nil) && strings.Contains(bankemu.DefaultScope, name) || there && got != want {
					t.Errorf("%s: %s is %v, want %v", c.ID, name, got, want)
				}
			}
			var lines []map[string]any
			a := r.get(pathOffers, tok.Access)
			if a.status == 200 {
				if err := json.Unmarshal([]byte(a.body), &lines); err != nil {
					t.Fatal(err)
				}
			}
			active := slices.DeleteFunc(slices.Clone(c.Contracts), func(k bankemu.Contract) bool {
				return k.DateUntil != "" && k.DateUntil < "2026-11-22" || k.DateSince > "2026-11-22"
			})
			if len(lines) != len(active) || a.status != 200 && a.status != 204 {
				t.Errorf("%s: %d lines, want %d: %s", c.ID, len(lines), len(active), a.body)
			}
		}
	}
}

func TestPageKeepsTheUnusualApart(t *testing.T) {
	r := newRig(t)
	a := do(t, browser(), "GET", r.bank+authorizeQuery(nil), "", "")
	first, others, found := strings.Cut(a.body, "<summary>Другие случаи</summary>")
	if !found || !strings.Contains(first, "bank-login-person-duet-director") || strings.Contains(first, "bank-login-person-poor-head") ||
		!strings.Contains(others, "bank-login-person-poor-head") {
		t.Errorf("the page: %d bytes", len(a.body))
	}
}
