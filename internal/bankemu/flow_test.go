package bankemu_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

var walk = []string{"SIGNED", "DELIVERED", "FRAUDSENT", "FRAUDALLOW", "ACCEPTED", "ACCEPTED_BY_ABS", "IMPLEMENTED"}

func TestDraftIsSignedAndWalksToTheEnd(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id := newID()
	a := r.post(pathInvoice, tok.Access, body(t, invoice(id)))
	if a.status != 201 || a.json(t)["bankStatus"] != "CREATED" || a.json(t)["payerInn"] != "9901011389" {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	if !strings.Contains(a.body, `"amount":12200.00`) {
		t.Errorf("amount lost its two decimals: %s", a.body)
	}
	if got := r.state(id, tok.Access); got != "CREATED" {
		t.Fatalf("state %s", got)
	}
	r.control("POST", "/api/documents/"+id+"/sign", "")
	var seen []string
	for range walk {
		seen = append(seen, r.state(id, tok.Access))
		r.advance(time.Second)
	}
	if !slices.Equal(seen, walk) {
		t.Errorf("walked %v", seen)
	}
	if a := r.get("/fintech/api/v1/payments/"+id, tok.Access); a.json(t)["bankStatus"] != "IMPLEMENTED" || a.json(t)["digestSignatures"] == nil {
		t.Errorf("full document: %s", a.body)
	}
}

func TestCreditRequestBecomesAPayment(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id := newID()
	a := r.post(pathRequest, tok.Access, body(t, creditRequest(id)))
	if a.status != 201 || a.json(t)["bankStatus"] != "RECEIVED" {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	if !strings.Contains(a.body, `"amount":184500.00`) {
		t.Errorf("echo changed the amount: %s", a.body)
	}
	if got := r.state(id, tok.Access); got != "404" {
		t.Fatalf("state before approval: %s", got)
	}
	r.control("POST", "/api/credit-requests/"+id+"/approve", "")
	r.advance(time.Minute)
	if got := r.state(id, tok.Access); got != "IMPLEMENTED" {
		t.Errorf("state after approval: %s", got)
	}
}

func TestRefusedCreditRequestNeverBecomesAPayment(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id := newID()
	r.post(pathRequest, tok.Access, body(t, creditRequest(id)))
	r.control("POST", "/api/credit-requests/"+id+"/refuse", "")
	r.advance(time.Hour / 2)
	if got := r.state(id, tok.Access); got != "404" {
		t.Errorf("state %s", got)
	}
	a := do(t, http.DefaultClient, "POST", r.manage+"/api/credit-requests/"+id+"/approve", "application/json", "")
	if a.status != 409 {
		t.Errorf("a second decision: status %d", a.status)
	}
}
