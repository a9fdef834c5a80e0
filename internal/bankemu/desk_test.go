package bankemu_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// page calls the JSON behind the bank's pages with a browser's cookies.
func (r *rig) page(c *http.Client, method, base, path, sent string) answer {
	r.t.Helper()
	return do(r.t, c, method, base+"/emu/api"+path, "application/json", sent)
}

func TestSigningPage(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id := r.draft(tok, nil)
	c := browser()
	if a := r.page(c, "GET", r.bank, "/documents/"+id, ""); a.status != 401 {
		t.Errorf("without a session: status %d", a.status)
	}
	login := func(person string) {
		if a := r.page(c, "POST", r.bank, "/session", `{"person":"`+person+`"}`); a.status != 200 {
			t.Fatalf("login %s: status %d: %s", person, a.status, a.body)
		}
	}
	login("sokolov")
	if a := r.page(c, "GET", r.bank, "/documents/"+id, ""); a.status != 404 {
		t.Errorf("a foreign company: status %d", a.status)
	}
	login("romashka-buyer")
	view := r.page(c, "GET", r.bank, "/documents/"+id+"?backUrl="+url.QueryEscape(shop+"/orders/1"), "").json(t)
	if view["maySign"] != false || view["whyNot"] == "" || view["returnUrl"] != shop+"/orders/1" {
		t.Errorf("the buyer's view: %v", view)
	}
	if a := r.page(c, "POST", r.bank, "/documents/"+id+"/sign", `{"code":"11111"}`); a.status != 409 {
		t.Errorf("signed without the right: status %d", a.status)
	}
	login("romashka-director") // the second employee finds it in his list
	if a := r.page(c, "GET", r.bank, "/documents", ""); !strings.Contains(a.body, id) {
		t.Errorf("list: %s", a.body)
	}
	view = r.page(c, "GET", r.bank, "/documents/"+id+"?backUrl="+url.QueryEscape("http://evil.example/"), "").json(t)
	if view["badBackUrl"] != true || view["returnUrl"] != nil {
		t.Errorf("a foreign return address: %v", view)
	}
	if a := r.page(c, "POST", r.bank, "/documents/"+id+"/sign", `{"code":"22222"}`); a.status != 422 {
		t.Errorf("a wrong code: status %d", a.status)
	}
	if a := do(t, c, "POST", r.bank+"/emu/api/documents/"+id+"/sign", formType, `{"code":"11111"}`); a.status != 415 {
		t.Errorf("a form of another site could sign: status %d", a.status)
	}
	a := r.page(c, "POST", r.bank, "/documents/"+id+"/sign", `{"code":"11111","account":"40702810638002001418"}`)
	if a.status != 200 || r.state(id, tok.Access) != "SIGNED" {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if a := r.get("/fintech/api/v1/payments/"+id, tok.Access); a.json(t)["payerAccount"] != "40702810638002001418" {
		t.Errorf("the chosen account is lost: %s", a.body)
	}
	if a := r.page(c, "POST", r.bank, "/documents/"+id+"/decline", `{}`); a.status != 409 {
		t.Errorf("declined after the signature: status %d", a.status)
	}
}

func TestCreditPage(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id, other := newID(), newID()
	r.post(pathRequest, tok.Access, body(t, creditRequest(id)))
	r.post(pathRequest, tok.Access, body(t, creditRequest(other)))
	c := browser()
	r.authorize(c, r.bank, "romashka-director", nil) // signing in to a service opens the bank's session too
	if a := r.page(c, "POST", r.bank, "/credit-requests/"+id+"/submit", `{"code":"11111"}`); a.status != 422 {
		t.Errorf("not filled in: status %d", a.status)
	}
	view := r.page(c, "POST", r.bank, "/credit-requests/"+id+"/submit", `{"code":"11111","confirm":true,"phone":"+7"}`).json(t)
	if view["state"] != "done" || view["returnUrl"] != shop+"/orders/A1024?credit=ok" || r.state(id, tok.Access) != "SIGNED" {
		t.Errorf("approved: %v", view)
	}
	view = r.page(c, "POST", r.bank, "/credit-requests/"+other+"/refuse", `{}`).json(t)
	if view["state"] != "refused" || view["returnUrl"] != shop+"/orders/A1024?credit=no" {
		t.Errorf("refused: %v", view)
	}
}

func TestTokenAgentHasItsOwnSession(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("niva-head")
	id := r.draft(tok, nil)
	c := browser()
	if a := r.page(c, "POST", r.bank, "/session", `{"person":"niva-head"}`); a.status != 403 {
		t.Errorf("a Token user on the SMS host: status %d", a.status)
	}
	r.page(c, "POST", r.agent, "/session", `{"person":"niva-head"}`)
	if a := r.page(c, "GET", r.bank, "/documents/"+id, ""); a.status != 401 {
		t.Errorf("the agent's session opens the other host: status %d", a.status)
	}
	if a := r.page(c, "POST", r.agent, "/documents/"+id+"/sign", `{"code":"11111"}`); a.status != 422 {
		t.Errorf("signed without the key: status %d", a.status)
	}
	if a := r.page(c, "POST", r.agent, "/documents/"+id+"/sign", `{"token":true}`); a.status != 200 {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

func TestSessionsEnd(t *testing.T) {
	r := newRig(t)
	c := browser()
	enter := func() { r.page(c, "POST", r.bank, "/session", `{"person":"sokolov"}`) }
	status := func() int { return r.page(c, "GET", r.bank, "/documents", "").status }
	enter()
	if status() != 200 {
		t.Fatal("no session")
	}
	r.control("POST", "/api/sessions/forget", "")
	if got := status(); got != 401 {
		t.Errorf("forgotten: status %d", got)
	}
	enter()
	r.advance(time.Hour)
	if got := status(); got != 401 {
		t.Errorf("after an hour: status %d", got)
	}
	enter()
	r.page(c, "DELETE", r.bank, "/session", "")
	if got := status(); got != 401 {
		t.Errorf("signed out: status %d", got)
	}
}

func TestPagesAreServed(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/ic/dcb/index.html", "/ic/ufs/rpp-light/index.html", authorizeQuery(nil), "/emu/static/bank.js", "/emu/static/bank.css"} {
		for _, base := range []string{r.bank, r.agent} {
			a := do(t, browser(), "GET", base+path, "", "")
			if a.status != 200 || a.body == "" {
				t.Errorf("%s: status %d", path, a.status)
			}
			if strings.HasSuffix(path, ".html") && !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("%s: policy %q", path, a.header.Get("Content-Security-Policy"))
			}
		}
	}
	r.control("POST", "/api/settings", `{"signPage":"rpp-light"}`)
	if a := do(t, browser(), "GET", r.bank+"/ic/dcb/index.html", "", ""); a.status != 404 {
		t.Errorf("the switched off page: status %d", a.status)
	}
	if a := do(t, browser(), "GET", r.bank+"/emu/static/control.html", "", ""); a.status != 404 {
		t.Errorf("a template as a file: status %d", a.status)
	}
	if a := do(t, browser(), "GET", r.agent+pathOffers, "", ""); a.status != 404 {
		t.Errorf("the agent serves the API: status %d", a.status)
	}
}

func TestControlPageAndForms(t *testing.T) {
	r := newRig(t)
	id := r.draft(r.signIn("duet-director"), nil)
	c := browser()
	if a := do(t, c, "POST", r.manage+"/api/documents/"+id+"/sign", formType, "person=duet-director"); a.status != 303 || a.header.Get("Location") != "/" {
		t.Errorf("form: status %d: %s", a.status, a.body)
	}
	do(t, c, "POST", r.manage+"/api/companies/sever", formType, "_method=PUT&buyOnCreditMmb=true&balance=")
	do(t, c, "POST", r.manage+"/api/faults", formType, "path=/nowhere&kind=status&status=418&times=2")
	a := do(t, c, "GET", r.manage+"/", "", "")
	for _, part := range []string{id, "PARTSIGNED", "status 418", "/nowhere", "осталось 2", "Запретить"} {
		if a.status != 200 || !strings.Contains(a.body, part) {
			t.Errorf("the page has no %q (status %d)", part, a.status)
		}
	}
	a = do(t, c, "POST", r.manage+"/api/reset", "application/json", "", "Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site")
	if a.status != 403 {
		t.Errorf("a foreign page drives the control: status %d", a.status)
	}
}

func TestResetKeepsTokensUnlessAsked(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sever-director")
	id := r.draft(tok, nil)
	r.control("PUT", "/api/companies/sever", `{"buyOnCreditMmb":true}`)
	r.control("POST", "/api/clock", `{"advance":"1h"}`)
	r.control("POST", "/api/reset", "")
	if got := r.state(id, tok.Access); got != "404" {
		t.Errorf("document after reset: %s", got)
	}
	if info := payload(t, r.get("/ic/sso/api/v2/oauth/user-info", tok.Access).body); info["buyOnCreditMmb"] != false {
		t.Errorf("company after reset: %v", info)
	}
	r.control("POST", "/api/reset", `{"tokens":true}`)
	if a := r.get(pathOffers, tok.Access); a.status != 401 {
		t.Errorf("token after a full reset: status %d", a.status)
	}
}

func TestJournalMasksSecretsAndCounts(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	r.refresh(tok.Refresh)
	id := r.draft(tok, nil)
	r.state(id, tok.Access)
	log := r.control("GET", "/api/requests", "")
	for _, s := range []string{tok.Access, tok.Refresh, secret, strings.Repeat("s", 40), "nonce-1"} {
		if strings.Contains(log.body, s) {
			t.Errorf("the journal has a secret: %.8s…", s)
		}
	}
	counts := log.json(t)["summary"].(map[string]any)
	for key, want := range map[string]float64{"POST /ic/sso/api/v2/oauth/token authorization_code": 1, "POST /ic/sso/api/v2/oauth/token refresh_token": 1,
		"GET /fintech/api/v1/payments/{id}/state": 1, "POST " + pathInvoice: 1} {
		if counts[key] != want {
			t.Errorf("%s = %v, want %v", key, counts[key], want)
		}
	}
}

func TestJournalShowsWhatRanAtTheSameTime(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	r.control("DELETE", "/api/requests", "")
	r.control("POST", "/api/faults", `{"path":"/fintech/","kind":"delay","delay":"50ms","times":2}`)
	done := make(chan bool, 2)
	for range 2 {
		go func() {
			_, err := try(http.DefaultClient, "GET", r.bank+pathOffers, "", "", "Authorization", tok.Access)
			done <- err == nil
		}()
	}
	for range 2 {
		if ok := <-done; !ok {
			t.Fatal("a call failed")
		}
	}
	r.get(pathOffers, tok.Access)
	var spans [][2]float64
	for _, e := range r.control("GET", "/api/requests", "").json(t)["requests"].([]any) {
		m := e.(map[string]any)
		spans = append(spans, [2]float64{m["begin"].(float64), m["end"].(float64)})
	}
	overlap := func(a, b [2]float64) bool { return a[0] < b[1] && b[0] < a[1] }
	if len(spans) != 3 || !overlap(spans[0], spans[1]) || slices.ContainsFunc(spans[:2], func(s [2]float64) bool { return overlap(s, spans[2]) }) {
		t.Errorf("spans %v", spans)
	}
}
