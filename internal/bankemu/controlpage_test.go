package bankemu_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestFormsOfTheControlPage(t *testing.T) {
	r := newRig(t)
	c := browser()
	send := func(path, form string) answer {
		t.Helper()
		return do(t, c, "POST", r.manage+path, formType, form)
	}
	a := send("/api/faults", "_json=%7B%22kind%22%3A%22status%22%2C%22status%22%3A503%7D&path=%2Ffintech%2F&times=1&percent=&seed=&company=&_back=%23faults")
	if a.status != 303 || a.header.Get("Location") != "/#faults" {
		t.Errorf("a ready fault: %d %s %s", a.status, a.header.Get("Location"), a.body)
	}
	if got := r.control("GET", "/api/faults", "").body; !strings.Contains(got, `"kind":"status","status":503`) || !strings.Contains(got, `"path":"/fintech/"`) {
		t.Errorf("planned: %s", got)
	}
	send("/api/settings", "signPage=dcb&_empty=1")
	if a := send("/api/settings", "signPage=&wrapOffers=true&rate=7&minInterval=2s&statementRate=&retryAfter=&record=none&_empty=1"); a.status != 303 {
		t.Errorf("modes: %d %s", a.status, a.body)
	}
	got := r.control("GET", "/api/state", "").json(t)["settings"].(map[string]any)
	if got["signPage"] != "" || got["wrapOffers"] != true || got["rate"] != 7.0 || got["minInterval"] != "2s" || got["record"] != "none" {
		t.Errorf("settings: %v", got)
	}
	a = send("/api/faults", "path=/x&kind=<b>explode</b>")
	if a.status != 400 || !strings.Contains(a.header.Get("Content-Type"), "text/html") || !strings.Contains(a.body, "kind: ") || strings.Contains(a.body, "<b>explode") {
		t.Errorf("a mistake: %d %s", a.status, a.body)
	}
	for _, back := range []string{"//example.ru", "%23x%0d%0aX", "%23%3Cb%3E"} {
		if a := send("/api/reset", "_back="+back); a.header.Get("Location") != "/" {
			t.Errorf("_back=%s leads to %s", back, a.header.Get("Location"))
		}
	}
}

func TestControlPageHasSalaryRegisters(t *testing.T) {
	r, token := merchantPayrolls(t)
	id := r.sendPayroll(token, payroll(newID()))
	page := func() string { return do(t, http.DefaultClient, "GET", r.manage+"/", "", "").body }
	for _, want := range []string{id, "Зарплатная ведомость", "<option>INCONSISTENT_DATA", "<option>not-received", "Создан"} {
		if !strings.Contains(page(), want) {
			t.Errorf("no %s", want)
		}
	}
	if a := do(t, browser(), "POST", r.manage+"/api/documents/"+id+"/status", formType, "status=VALIDEDS&_back=%23documents"); a.status != 303 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if !strings.Contains(page(), "ЭП/АСП верна") {
		t.Error("the status has no name")
	}
}

// Whatever the bank can be set to has its place on the page, under the name that the API has for it.
func TestControlPageHasEverySetting(t *testing.T) {
	r := newRig(t)
	a := do(t, http.DefaultClient, "GET", r.manage+"/", "", "")
	for name := range r.control("GET", "/api/state", "").json(t)["settings"].(map[string]any) {
		if !strings.Contains(a.body, `name="`+name+`"`) {
			t.Errorf("no %s", name)
		}
	}
	if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
	for _, inline := range []string{"style=", "onclick=", "<style"} {
		if strings.Contains(a.body, inline) {
			t.Errorf("the policy forbids %s", inline)
		}
	}
}

func TestControlPageIsBounded(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer").Access
	for range 60 {
		if a := r.post(pathInvoice, tok, body(t, invoice(newID()))); a.status != 201 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	last := newID()
	r.post(pathInvoice, tok, body(t, invoice(last)))
	a := do(t, http.DefaultClient, "GET", r.manage+"/", "", "")
	if n := strings.Count(a.body, "/sign\""); n != 50 {
		t.Errorf("%d documents on the page", n)
	}
	if n := strings.Count(a.body, "data-curl"); n != 50 {
		t.Errorf("%d requests on the page", n)
	}
	if !strings.Contains(a.body, last) || !strings.Contains(a.body, fmt.Sprintf("Всего %d", 61)) {
		t.Errorf("the newest is not there, or the page does not say how many there are")
	}
}
