package bankemu_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestFaultOfOneCompany(t *testing.T) {
	r := newRig(t)
	sokolov, sever := r.signIn("sokolov"), r.signIn("sever-director")
	r.control("POST", "/api/faults", `{"company":"sokolov","path":"/","kind":"status","status":503,"times":0}`)
	if a := r.get(pathOffers, sever.Access); a.status != 204 {
		t.Errorf("another company by its token: %d", a.status)
	}
	if a := r.get(pathOffers, sokolov.Access); a.status != 503 {
		t.Errorf("the company by its token: %d", a.status)
	}
	if a := r.refresh(sever.Refresh); a.status != 200 {
		t.Errorf("another company by its refresh token: %d", a.status)
	}
	if a := r.refresh(sokolov.Refresh); a.status != 503 {
		t.Errorf("the company by its refresh token: %d", a.status)
	}
	if a := do(t, browser(), "POST", r.bank+authorizeQuery(nil), formType, "decision=allow&person=sokolov"); a.status != 503 {
		t.Errorf("the company by its sign-in form: %d", a.status)
	}
	r.control("DELETE", "/api/faults", "")

	b := browser()
	code := r.authorize(b, r.bank, "sokolov", nil).Get("code")
	r.control("POST", "/api/faults", `{"company":"sokolov","path":"/","kind":"status","status":503,"times":0}`)
	if a := r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}); a.status != 503 {
		t.Errorf("the company by its code: %d", a.status)
	}
	if a := do(t, b, "GET", r.bank+"/emu/api/session", "", ""); a.status != 503 {
		t.Errorf("the company by its session at the bank: %d", a.status)
	}
	if a := do(t, browser(), "GET", r.bank+"/emu/api/session", "", ""); a.status != 200 {
		t.Errorf("nobody: %d", a.status)
	}
}

func TestFaultOfOneGrant(t *testing.T) {
	r := newRig(t)
	r.control("POST", "/api/faults", `{"note":"refresh_token","path":"/ic/","kind":"status","status":500,"times":1}`)
	tok := r.signIn("sokolov")
	if a := r.refresh(tok.Refresh); a.status != 500 {
		t.Errorf("refresh: %d", a.status)
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tok.Refresh}, "client_id": {clientID}, "client_secret": {secret}}.Encode()
	for _, c := range []struct{ name, query, body, authorization string }{
		{"in the query", "?" + form, "", ""}, {"Basic beside the form", "", form, "Basic MTExMjg2OnNlY3JldA=="},
	} {
		r.control("POST", "/api/faults", `{"note":"refresh_token","company":"sokolov","path":"/ic/","kind":"status","status":500,"times":1}`)
		a := do(t, http.DefaultClient, "POST", r.bank+"/ic/sso/api/v2/oauth/token"+c.query, formType, c.body, "Authorization", c.authorization)
		if a.status != 500 {
			t.Errorf("%s: %d", c.name, a.status)
		}
	}
}

// spoiled sends n calls and gives which of them were spoiled.
func spoiled(r *rig, token, fault string, n int) (which []int) {
	r.t.Helper()
	r.control("DELETE", "/api/faults", "")
	r.control("POST", "/api/faults", fault)
	for i := range n {
		if r.get(pathOffers, token).status == 500 {
			which = append(which, i)
		}
	}
	return which
}

func TestFaultOfSomeCalls(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov").Access
	fault := func(more string) string { return `{"path":"/fintech/","kind":"status","status":500,` + more + `}` }
	if got := spoiled(r, tok, fault(`"every":3`), 10); fmt.Sprint(got) != "[2 5 8]" {
		t.Errorf("each third: %v", got)
	}
	if got := spoiled(r, tok, fault(`"every":2,"skip":3,"times":2`), 12); fmt.Sprint(got) != "[4 6]" {
		t.Errorf("each second after three, twice: %v", got)
	}
	a, again, other := spoiled(r, tok, fault(`"percent":20,"seed":7`), 200), spoiled(r, tok, fault(`"percent":20,"seed":7`), 200), spoiled(r, tok, fault(`"percent":20,"seed":8`), 200)
	if fmt.Sprint(a) != fmt.Sprint(again) || fmt.Sprint(a) == fmt.Sprint(other) {
		t.Errorf("seed 7 %v, again %v, seed 8 %v", a, again, other)
	}
	if len(a) < 25 || len(a) > 55 {
		t.Errorf("20%% of 200 calls: %d", len(a))
	}
	if got := spoiled(r, tok, fault(`"percent":100`), 5); len(got) != 5 {
		t.Errorf("100%%: %v", got)
	}
	for _, f := range []string{fault(`"percent":101`), fault(`"every":-1`), fault(`"skip":-1`)} {
		r.refused("POST", "/api/faults", f, 400)
	}
}

func TestAnswersNobodyDocumented(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer").Access
	id := newID()
	if a := r.post(pathInvoice, tok, body(t, invoice(id))); a.status != 201 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	plan := func(f string) answer {
		t.Helper()
		r.control("POST", "/api/faults", f)
		return r.get("/fintech/api/v1/payments/"+id+"/state", tok)
	}
	path := `"path":"/fintech/api/v1/payments/*/state","times":1`
	t.Run("unknown status", func(t *testing.T) {
		if got := plan(`{` + path + `,"kind":"unknown-status"}`).json(t)["bankStatus"]; got != "BANK_ONLY_KNOWS" {
			t.Errorf("bankStatus %v", got)
		}
		if got := plan(`{` + path + `,"kind":"unknown-status","value":"HELD"}`).json(t)["bankStatus"]; got != "HELD" {
			t.Errorf("bankStatus %v", got)
		}
		if got := r.state(id, tok); got != "CREATED" {
			t.Errorf("the document itself is %s", got)
		}
	})
	t.Run("unknown field", func(t *testing.T) {
		r.control("POST", "/api/faults", `{"path":"/fintech/api/v1/payments/*","kind":"unknown-field","times":1}`)
		a := r.get("/fintech/api/v1/payments/"+id, tok)
		whole := a.json(t)
		inner, _ := whole["vat"].(map[string]any)
		if whole["newText"] == nil || inner["newBlock"] == nil || whole["externalId"] != id {
			t.Errorf("%s", a.body)
		}
		if !strings.Contains(a.body, `"amount":12200.00`) {
			t.Errorf("the sum was written anew: %s", a.body)
		}
	})
	t.Run("wrong content type", func(t *testing.T) {
		a := plan(`{` + path + `,"kind":"wrong-content-type"}`)
		if got := a.header.Get("Content-Type"); got != "text/plain; charset=utf-8" || !json.Valid([]byte(a.body)) || a.status != 200 {
			t.Errorf("%d %s: %s", a.status, got, a.body)
		}
		if got := plan(`{` + path + `,"kind":"wrong-content-type","value":"text/html"}`).header.Get("Content-Type"); got != "text/html" {
			t.Errorf("%s", got)
		}
	})
}

func TestCallbackTwice(t *testing.T) {
	r := newRig(t)
	r.control("POST", "/api/faults", `{"method":"POST","path":"/ic/","kind":"duplicate-callback","times":1}`)
	a := do(t, browser(), "POST", r.bank+authorizeQuery(nil), formType, "decision=allow&person=sokolov")
	if a.status != http.StatusOK || a.header.Get("Location") != "" || strings.Count(a.body, callback+"?code=") != 1 {
		t.Fatalf("%d: %s", a.status, a.body)
	}
	if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, "connect-src "+shop) {
		t.Errorf("the page may not call the service: %s", policy)
	}
	if script := do(t, http.DefaultClient, "GET", r.bank+"/emu/static/twice.js", "", ""); !strings.Contains(script.body, "fetch(to") || !strings.Contains(script.body, "location.replace(to)") {
		t.Errorf("the script does not call twice: %s", script.body)
	}
	r.control("POST", "/api/faults", `{"path":"/fintech/","kind":"duplicate-callback","times":1}`)
	if a := r.get(pathOffers, ""); a.status != 401 {
		t.Errorf("an answer that leads nowhere stays as it is: %d", a.status)
	}
}
