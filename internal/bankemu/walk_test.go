package bankemu_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankemu"
)

// wayThrough is every status a document shows, step by step, after it was signed on a route.
func (r *rig) wayThrough(id, token string) (seen []string) {
	r.t.Helper()
	for range 13 {
		if s := r.state(id, token); len(seen) == 0 || seen[len(seen)-1] != s {
			seen = append(seen, s)
		}
		r.advance(time.Second)
	}
	return seen
}

var (
	toRzk = []string{"SIGNED", "TO_PROCESSING_RZK", "SENDING_TO_RZK", "DELIVERED_RZK"}
	toEnd = []string{"FRAUDALLOW", "ACCEPTED", "ACCEPTED_BY_ABS", "IMPLEMENTED"}
)

func path(parts ...[]string) []string { return slices.Concat(parts...) }

// ways are the documented routes as a caller of /state sees them.
var ways = map[string][]string{
	"ordinary":            walk,
	"fraud-review":        path([]string{"SIGNED", "DELIVERED", "FRAUDSENT", "FRAUDREVIEW", "FRAUDSMS"}, toEnd),
	"fraud-deny":          {"SIGNED", "DELIVERED", "FRAUDSENT", "FRAUDDENY", "REFUSEDBYBANK"},
	"fraud-stop":          {"SIGNED", "DELIVERED", "FRAUDSENT", "FRAUDDENY"},
	"rzk":                 path(toRzk, []string{"PROCESSING_RZK", "DELIVERED", "FRAUDSENT"}, toEnd),
	"refused-by-rzk":      path(toRzk, []string{"PROCESSING_RZK", "REFUSED_BY_RZK"}),
	"not-accepted-by-rzk": path(toRzk, []string{"NOT_ACCEPTED_RZK", "REFUSED_BY_RZK"}),
	"rzk-sign-error":      path(toRzk, []string{"RZK_SIGN_ERROR", "INVALIDEDS"}),
	"refused-by-bank":     {"SIGNED", "DELIVERED", "REFUSEDBYBANK"},
	"refused-by-abs":      {"SIGNED", "DELIVERED", "FRAUDSENT", "FRAUDALLOW", "ACCEPTED", "REFUSEDBYABS"},
	"requisite-error":     {"SIGNED", "DELIVERED", "REQUISITEERROR"},
	"invalid-signature":   {"SIGNED", "INVALIDEDS"},
	"delayed":             path([]string{"SIGNED", "DELIVERED", "DELAYED", "FRAUDSENT"}, toEnd),
	"stuck":               {"SIGNED", "DELIVERED", "DELAYED"},
	"card2":               {"SIGNED", "DELIVERED", "FRAUDSENT", "FRAUDALLOW", "ACCEPTED", "ACCEPTED_BY_ABS", "CARD2"},
	"recall":              {"SIGNED", "DELIVERED", "REQUESTED_RECALL", "RECALL"},
}

func TestRoutes(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	for name, want := range ways {
		t.Run(name, func(t *testing.T) {
			id := r.draft(tok, set("amount", num("2500.00")))
			r.control("POST", "/api/documents/"+id+"/route", `{"route":"`+name+`"}`)
			if got := r.state(id, tok.Access); got != "CREATED" {
				t.Errorf("before the signature: %s", got)
			}
			r.control("POST", "/api/documents/"+id+"/sign", "")
			if got := r.wayThrough(id, tok.Access); !slices.Equal(got, want) {
				t.Errorf("walked %v, want %v", got, want)
			}
		})
	}
	r.refused("POST", "/api/documents/"+r.draft(tok, nil)+"/route", `{"route":"nowhere"}`, 400)
	r.refused("PUT", "/api/companies/romashka", `{"route":"nowhere"}`, 400)
}

// The 29 codes of «Статусы платежных поручений», each met in some life of a document.
func TestAllStatuses(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	duet := r.signIn("duet-director")
	seen := map[string]bool{}
	for name := range ways {
		id := r.draft(tok, set("amount", num("2500.00")))
		seen[r.state(id, tok.Access)] = true
		r.control("POST", "/api/documents/"+id+"/route", `{"route":"`+name+`"}`)
		r.control("POST", "/api/documents/"+id+"/sign", "")
		for _, s := range r.wayThrough(id, tok.Access) {
			seen[s] = true
		}
	}
	wrong := r.draft(tok, nil)
	r.control("POST", "/api/documents/"+wrong+"/route", `{"route":"check-error"}`)
	seen[r.state(wrong, tok.Access)] = true
	r.control("POST", "/api/documents/"+wrong+"/decline", "")
	seen[r.state(wrong, tok.Access)] = true
	half := r.draft(duet, nil)
	r.control("POST", "/api/documents/"+half+"/sign", `{"person":"duet-director"}`)
	seen[r.state(half, duet.Access)] = true
	for _, code := range documentedStatuses {
		t.Run(code, func(t *testing.T) {
			if !seen[code] {
				t.Error("never met")
			}
		})
		delete(seen, code)
	}
	if len(documentedStatuses) != 29 || len(seen) > 0 {
		t.Errorf("%d statuses; not in the table: %v", len(documentedStatuses), seen)
	}
}

var documentedStatuses = []string{
	"ACCEPTED", "ACCEPTED_BY_ABS", "CARD2", "CREATED", "CHECKERROR", "DELAYED", "DELIVERED", "DELIVERED_RZK", "FRAUDALLOW",
	"FRAUDDENY", "FRAUDREVIEW", "FRAUDSENT", "FRAUDSMS", "NOT_ACCEPTED_RZK", "PARTSIGNED", "PROCESSING_RZK", "REQUESTED_RECALL", "RZK_SIGN_ERROR",
	"SENDING_TO_RZK", "SIGNED", "TO_PROCESSING_RZK", "DELETED", "INVALIDEDS", "RECALL", "REFUSEDBYBANK", "REFUSEDBYABS", "REQUISITEERROR", "REFUSED_BY_RZK", "IMPLEMENTED",
}

// balance is the money on the first account of a company.
func (r *rig) balance(company string) string {
	r.t.Helper()
	for _, c := range r.control("GET", "/api/state", "").json(r.t)["companies"].([]any) {
		if co := c.(map[string]any); co["id"] == company {
			return co["accounts"].([]any)[0].(map[string]any)["balance"].(string)
		}
	}
	r.t.Fatalf("no company %s", company)
	return ""
}

// ended is the final status and its moment as control shows them, "" while there is none.
func (r *rig) ended(id string) (status, at string) {
	r.t.Helper()
	row := r.control("GET", "/api/documents/"+id, "").json(r.t)["payment"].(map[string]any)
	status, _ = row["finalStatus"].(string)
	at, _ = row["ended"].(string)
	return status, at
}

func TestCompanyChoosesTheRoute(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	r.control("PUT", "/api/companies/romashka", `{"route":"refused-by-abs"}`)
	id, own := r.draft(tok, nil), r.draft(tok, nil)
	r.control("POST", "/api/documents/"+own+"/route", `{"route":"ordinary"}`)
	r.control("POST", "/api/documents/"+id+"/sign", "")
	r.control("POST", "/api/documents/"+own+"/sign", "")
	r.control("PUT", "/api/companies/romashka", `{"route":""}`) // what is signed keeps its way
	r.advance(time.Minute)
	if got := r.state(id, tok.Access); got != "REFUSEDBYABS" {
		t.Errorf("by the company: %s", got)
	}
	if got := r.state(own, tok.Access); got != "IMPLEMENTED" {
		t.Errorf("by the document: %s", got)
	}
	if got := r.balance("romashka"); got != "1987800" {
		t.Errorf("a refused document must not be debited: %s", got)
	}
	if status, at := r.ended(id); status != "REFUSEDBYABS" || at != "2026-11-22T09:00:05Z" {
		t.Errorf("end: %s %s", status, at)
	}
	s := bankemu.DefaultScenario()
	s.Companies[0].Route = "nowhere"
	if _, err := bankemu.New(bankemu.Config{Scenario: s}); err == nil {
		t.Error("a scenario with an unknown route was taken")
	}
}

func TestRouteIsChangedOnTheWay(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id := r.draft(tok, nil)
	r.control("POST", "/api/documents/"+id+"/route", `{"route":"stuck"}`)
	r.control("POST", "/api/documents/"+id+"/sign", "")
	r.advance(time.Hour / 2)
	if got := r.balance("romashka"); got != "2000000" {
		t.Errorf("debited on a way that does not pay: %s", got)
	}
	r.control("POST", "/api/documents/"+id+"/route", `{"route":"ordinary"}`)
	if got := r.state(id, tok.Access); got != "FRAUDSENT" {
		t.Errorf("the place is not kept: %s", got)
	}
	if got := r.balance("romashka"); got != "1987800" {
		t.Errorf("not debited: %s", got)
	}
	r.control("POST", "/api/documents/"+id+"/route", `{"route":"refused-by-bank"}`)
	if got := r.state(id, tok.Access); got != "DELIVERED" {
		t.Errorf("a shorter way: %s", got)
	}
	if got := r.balance("romashka"); got != "2000000" {
		t.Errorf("not given back: %s", got)
	}
	r.advance(time.Second)
	if status, at := r.ended(id); status != "REFUSEDBYBANK" || at != "2026-11-22T09:30:01Z" {
		t.Errorf("end: %s %s", status, at)
	}
	r.refused("POST", "/api/documents/"+id+"/route", `{"route":"ordinary"}`, 409)
}

func TestRecall(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id, late := r.draft(tok, nil), r.draft(tok, nil)
	r.refused("POST", "/api/documents/"+id+"/recall", "", 409)
	r.control("POST", "/api/documents/"+id+"/sign", "")
	r.control("POST", "/api/documents/"+late+"/sign", "")
	r.advance(2 * time.Second)
	c := browser()
	r.page(c, "POST", r.bank, "/session", `{"person":"romashka-buyer"}`)
	if a := r.page(c, "POST", r.bank, "/documents/"+id+"/recall", `{}`); a.status != 409 {
		t.Errorf("recalled without the right to sign: status %d", a.status)
	}
	r.page(c, "POST", r.bank, "/session", `{"person":"romashka-director"}`)
	if v := r.page(c, "GET", r.bank, "/documents/"+id, "").json(t); v["mayRecall"] != true {
		t.Errorf("no recall on the page: %v", v)
	}
	v := r.page(c, "POST", r.bank, "/documents/"+id+"/recall", `{}`).json(t)
	if v["status"] != "REQUESTED_RECALL" || v["state"] != "recalling" || v["mayRecall"] != false {
		t.Errorf("page: %v", v)
	}
	if got := r.wayThrough(id, tok.Access); !slices.Equal(got, []string{"REQUESTED_RECALL", "RECALL"}) {
		t.Errorf("walked %v", got)
	}
	if status, at := r.ended(id); status != "RECALL" || at != "2026-11-22T09:00:03Z" {
		t.Errorf("end: %s %s", status, at)
	}
	if got := r.balance("romashka"); got != "1987800" {
		t.Errorf("the recalled money is not back: %s", got)
	}
	r.refused("POST", "/api/documents/"+late+"/recall", "", 409)
	r.refused("POST", "/api/documents/"+id+"/recall", "", 409)
}

// The line gets back what a recalled document took.
func TestRecallGivesTheLineBack(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	id := r.draft(tok, func(o object) { o["isPaidByCredit"], o["creditContractNumber"] = true, "5-2026/777" })
	r.control("POST", "/api/documents/"+id+"/sign", "")
	if a := r.get(pathOffers, tok.Access); !strings.Contains(a.body, `"availableSum":"237800.00"`) {
		t.Errorf("signed: %s", a.body)
	}
	r.control("POST", "/api/documents/"+id+"/recall", "")
	if a := r.get(pathOffers, tok.Access); !strings.Contains(a.body, `"availableSum":"250000.00"`) {
		t.Errorf("recalled: %s", a.body)
	}
}

func TestDraftWithErrorsCannotBeSigned(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id := r.draft(tok, nil)
	r.control("POST", "/api/documents/"+id+"/route", `{"route":"check-error"}`)
	r.refused("POST", "/api/documents/"+id+"/sign", "", 409)
	if a := r.get("/fintech/api/v1/payments/"+id+"/state", tok.Access); a.json(t)["bankStatus"] != "CHECKERROR" || a.json(t)["bankComment"] == nil {
		t.Errorf("state: %s", a.body)
	}
	r.control("POST", "/api/documents/"+id+"/route", `{"route":"ordinary"}`)
	r.control("POST", "/api/documents/"+id+"/sign", "")
	if got := r.state(id, tok.Access); got != "SIGNED" {
		t.Errorf("mended: %s", got)
	}
}

func TestCard2GoesOnWithMoney(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	r.control("PUT", "/api/companies/romashka", `{"route":"card2"}`)
	first, second := r.draft(tok, nil), r.draft(tok, nil)
	r.control("POST", "/api/documents/"+first+"/sign", "")
	r.control("POST", "/api/documents/"+second+"/sign", "")
	r.advance(time.Minute)
	if a, b := r.state(first, tok.Access), r.state(second, tok.Access); a != "CARD2" || b != "CARD2" {
		t.Fatalf("%s, %s", a, b)
	}
	r.control("PUT", "/api/companies/romashka", `{"balance":"12200.00"}`)
	if a, b := r.state(first, tok.Access), r.state(second, tok.Access); a != "IMPLEMENTED" || b != "CARD2" {
		t.Errorf("oldest first: %s, %s", a, b)
	}
	if status, at := r.ended(first); status != "IMPLEMENTED" || at != "2026-11-22T09:01:00Z" {
		t.Errorf("dated by the money: %s %s", status, at)
	}
	r.control("POST", "/api/documents/"+second+"/recall", "")
	r.control("PUT", "/api/companies/romashka", `{"balance":"50000.00"}`)
	if got := r.balance("romashka"); got != "50000" {
		t.Errorf("a recalled document took money: %s", got)
	}
}

// The end of a document is a moment in the past that nothing moves any more.
func TestEndKeepsItsMoment(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id, late := r.draft(tok, nil), r.draft(tok, nil)
	r.control("POST", "/api/documents/"+id+"/sign", "")
	r.control("POST", "/api/settings", `{"testContour":true}`)
	r.advance(5 * time.Second)
	if status, _ := r.ended(id); status != "" {
		t.Errorf("too early: %s", status)
	}
	r.advance(time.Minute)
	for _, change := range []string{`{"step":"1h"}`, `{"step":"1ms"}`, `{"step":"0s"}`} {
		if status, at := r.ended(id); status != "IMPLEMENTED" || at != "2026-11-22T09:00:06Z" {
			t.Errorf("before %s: %s %s", change, status, at)
		}
		r.control("POST", "/api/speed", change)
	}
	if got := r.state(id, tok.Access); got != "ACCEPTED_BY_ABS" {
		t.Errorf("the test contour says %s", got)
	}
	r.control("POST", "/api/documents/"+late+"/status", `{"status":"FRAUDREVIEW"}`)
	r.control("POST", "/api/documents/"+late+"/status", `{"status":""}`)
	r.control("POST", "/api/documents/"+late+"/sign", "")
	r.control("POST", "/api/documents/"+late+"/status", `{"status":"DELAYED"}`)
	r.advance(time.Minute)
	r.control("POST", "/api/documents/"+late+"/status", `{"status":""}`)
	if status, at := r.ended(late); status != "IMPLEMENTED" || at != "2026-11-22T09:02:05Z" {
		t.Errorf("released: %s %s", status, at)
	}
}

// A signature that the line refuses changes nothing of the document.
func TestRefusedSignatureLeavesTheRouteOpen(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	id := r.draft(tok, func(o object) { o["isPaidByCredit"], o["creditContractNumber"] = true, "5-2026/777" })
	r.control("PUT", "/api/companies/sokolov", `{"contract":{"availableSum":"1.00"}}`)
	r.refused("POST", "/api/documents/"+id+"/sign", "", 409)
	r.control("PUT", "/api/companies/sokolov", `{"contract":{"availableSum":"250000.00"},"route":"refused-by-bank"}`)
	r.control("POST", "/api/documents/"+id+"/sign", "")
	r.advance(time.Minute)
	if got := r.state(id, tok.Access); got != "REFUSEDBYBANK" {
		t.Errorf("state %s", got)
	}
}
