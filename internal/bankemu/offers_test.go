package bankemu_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

func TestPlatformOffers(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("merchant-manager")
	for form, want := range map[string]int{"ООО": 2, "ИП": 1, "ГКФХ": 1, "": 4} {
		a := r.get(pathOffers+"?clientID="+clientID+"&lawForm="+url.QueryEscape(form), tok.Access)
		var list []map[string]any
		if err := json.Unmarshal([]byte(a.body), &list); err != nil || a.status != 200 || len(list) != want {
			t.Fatalf("%s: status %d: %s", form, a.status, a.body)
		}
		o := list[0]
		if o["productCode"] == "" || o["clientId"] != float64(111286) || o["questions"] == nil || o["orgLawForms"] == nil {
			t.Errorf("%s: %v", form, o)
		}
		if _, isText := o["sumMax"].(string); !isText {
			t.Errorf("%s: sumMax must be a string: %v", form, o["sumMax"])
		}
	}
	for _, name := range []string{"clientId", "client_id"} {
		if a := r.get(pathOffers+"?"+name+"="+clientID, tok.Access); a.status != 200 {
			t.Errorf("%s: status %d", name, a.status)
		}
	}
	r.control("POST", "/api/settings", `{"wrapOffers":true}`)
	if a := r.get(pathOffers+"?clientID="+clientID, tok.Access); a.json(t)["creditOffers"] == nil {
		t.Errorf("wrapped: %s", a.body)
	}
	r.control("PUT", "/api/offers/"+url.PathEscape("ООО"), `[]`)
	if a := r.get(pathOffers+"?clientID="+clientID+"&lawForm="+url.QueryEscape("ООО"), tok.Access); a.status != 204 || a.body != "" {
		t.Errorf("withdrawn: status %d: %s", a.status, a.body)
	}
}

func TestOffersRefusals(t *testing.T) {
	r := newRig(t)
	own, foreign := r.signIn("merchant-manager"), r.signIn("romashka-buyer")
	cases := []struct {
		name, token, query string
		status             int
		cause              string
	}{
		{"client's token with an id", foreign.Access, "clientID=" + clientID, 403, "ACCESS_EXCEPTION"},
		{"own token with a foreign id", own.Access, "clientID=999", 403, "ACCESS_EXCEPTION"},
		{"id is not a number", own.Access, "clientID=abc", 400, invalid},
		{"legal form is not served", own.Access, "clientID=" + clientID + "&lawForm=" + url.QueryEscape("АО"), 400, invalid},
		{"unknown token", "x", "", 401, "UNAUTHORIZED"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := r.get(pathOffers+"?"+c.query, c.token)
			if a.status != c.status || a.json(t)["cause"] != c.cause {
				t.Errorf("status %d: %s", a.status, a.body)
			}
		})
	}
}

// What clients in JavaScript send for the parameters they do not have.
func TestOffersJunkForAbsent(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("merchant-manager").Access
	for _, junk := range []string{"", "undefined", "null"} {
		if a := r.get(pathOffers+"?clientId="+clientID+"&lawForm="+junk+"&curFormat="+junk, tok); a.status != 200 {
			t.Errorf("lawForm=%s: %d %s", junk, a.status, a.body)
		}
		if a := r.get(pathOffers+"?clientId="+junk, r.signIn("sokolov").Access); a.status != 200 {
			t.Errorf("clientId=%s: %d %s", junk, a.status, a.body)
		}
	}
}

func TestClientsContract(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	a := r.get(pathOffers, tok.Access)
	for _, part := range []string{`"contractNumber":"5-2026/777"`, `"availableSum":"250000.00"`, `"dateSince":"2026-01-15"`, `"dateUntil":"2029-01-14"`} {
		if !strings.Contains(a.body, part) {
			t.Errorf("no %s in %s", part, a.body)
		}
	}
	// user-info and the contract may disagree
	r.control("PUT", "/api/companies/sokolov", `{"contract":{"availableSum":"100.00"},"creditLineAvailableSum":"250000.00"}`)
	if a := r.get(pathOffers, tok.Access); !strings.Contains(a.body, `"availableSum":"100.00"`) {
		t.Errorf("changed contract: %s", a.body)
	}
	if info := payload(t, r.get("/ic/sso/api/v2/oauth/user-info", tok.Access).body); info["creditLineAvailableSum"] != "250000.00" {
		t.Errorf("user-info: %v", info)
	}
	r.control("PUT", "/api/companies/sokolov", `{"contract":{"dateUntil":"2026-11-21"}}`)
	if a := r.get(pathOffers, tok.Access); a.status != 204 {
		t.Errorf("ended contract: status %d: %s", a.status, a.body)
	}
	r.control("PUT", "/api/companies/sokolov", `{"contract":null}`)
	if a := r.get(pathOffers, r.signIn("romashka-buyer").Access); a.status != 204 {
		t.Errorf("no contract: status %d", a.status)
	}
}
