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

// A tax that rounds to nothing is a tax; only a request without vatAmount is not subject to it.
func TestTaxOfACreditRequest(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	for kind, change := range map[string]func(object){"MANUAL": set("vatAmount", num("0.00")), "NO_VAT": drop("vatAmount")} {
		id := newID()
		o := creditRequest(id)
		change(o)
		if a := r.post(pathRequest, tok.Access, body(t, o)); a.status != 201 {
			t.Fatalf("%s: status %d: %s", kind, a.status, a.body)
		}
		r.control("POST", "/api/credit-requests/"+id+"/approve", "")
		if a := r.get("/fintech/api/v1/payments/"+id, tok.Access); a.json(t)["vat"].(map[string]any)["type"] != kind {
			t.Errorf("%s: %s", kind, a.body)
		}
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

// refused posts to control and wants an error.
func (r *rig) refused(method, path, body string, status int) {
	r.t.Helper()
	if a := do(r.t, http.DefaultClient, method, r.manage+path, "application/json", body); a.status != status {
		r.t.Errorf("%s %s: status %d, want %d: %s", method, path, a.status, status, a.body)
	}
}

// draft makes an invoice of this sum and gives its id.
func (r *rig) draft(tok pair, change func(object)) string {
	r.t.Helper()
	id := newID()
	o := invoice(id)
	if change != nil {
		change(o)
	}
	if a := r.post(pathInvoice, tok.Access, body(r.t, o)); a.status != 201 {
		r.t.Fatalf("draft: status %d: %s", a.status, a.body)
	}
	return id
}

func TestDuplicateExternalID(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id := r.draft(tok, nil)
	for path, o := range map[string]object{pathInvoice: invoice(id), pathRequest: creditRequest(id)} {
		a := r.post(path, tok.Access, body(t, o))
		if m := a.json(t); a.status != 400 || m["cause"] != flow || m["message"] != "Документ с таким externalId уже существует в системе" {
			t.Errorf("%s: status %d: %s", path, a.status, a.body)
		}
	}
}

func TestSixtyFourAtOnceMakeOneDraft(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	sent := body(t, invoice(newID()))
	results := make(chan int, 64)
	for range cap(results) {
		go func() {
			a, err := try(http.DefaultClient, "POST", r.bank+pathInvoice, "application/json", sent, "Authorization", tok.Access)
			if err != nil {
				results <- 0
				return
			}
			results <- a.status
		}()
	}
	count := map[int]int{}
	for range cap(results) {
		count[<-results]++
	}
	if count[201] != 1 || count[400] != 63 {
		t.Errorf("answers %v", count)
	}
}

func TestDocumentsAreSeenByTheirOwnOnly(t *testing.T) {
	r := newRig(t)
	id := r.draft(r.signIn("romashka-buyer"), nil)
	for person, want := range map[string]string{"romashka-director": "CREATED", "merchant-manager": "CREATED", "sokolov": "404"} {
		if got := r.state(id, r.signIn(person).Access); got != want {
			t.Errorf("%s sees %s, want %s", person, got, want)
		}
	}
	a := r.get("/fintech/api/v1/payments/"+newID(), r.signIn("sokolov").Access)
	if a.status != 404 || a.json(t)["cause"] != "DATA_NOT_FOUND" {
		t.Errorf("unknown: status %d: %s", a.status, a.body)
	}
}

func TestLineIsSpent(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov")
	line := func(sum string) func(object) {
		return func(o object) {
			o["amount"], o["isPaidByCredit"], o["creditContractNumber"] = num(sum), true, "5-2026/777"
		}
	}
	first, second := r.draft(tok, line("200000.00")), r.draft(tok, line("200000.00"))
	r.control("POST", "/api/documents/"+first+"/sign", "")
	if a := r.get(pathOffers, tok.Access); !strings.Contains(a.body, `"availableSum":"50000.00"`) {
		t.Errorf("contract after the signature: %s", a.body)
	}
	info := payload(t, r.get("/ic/sso/api/v2/oauth/user-info", tok.Access).body)
	if info["creditLineAvailableSum"] != "50000.00" {
		t.Errorf("user-info after the signature: %v", info["creditLineAvailableSum"])
	}
	r.refused("POST", "/api/documents/"+second+"/sign", "", 409)
	if got := r.state(second, tok.Access); got != "CREATED" {
		t.Errorf("the refused document: %s", got)
	}
}

func TestTooLittleMoneyWaits(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	r.control("PUT", "/api/companies/romashka", `{"balance":"0.00"}`)
	id := r.draft(tok, nil)
	r.control("POST", "/api/documents/"+id+"/sign", "")
	r.advance(time.Minute)
	if got := r.state(id, tok.Access); got != "CARD2" {
		t.Fatalf("state %s", got)
	}
	r.control("PUT", "/api/companies/romashka", `{"balance":"12199.99"}`)
	if got := r.state(id, tok.Access); got != "CARD2" {
		t.Fatalf("a kopeck short: state %s", got)
	}
	r.control("PUT", "/api/companies/romashka", `{"balance":"12200.00"}`)
	if got := r.state(id, tok.Access); got != "IMPLEMENTED" {
		t.Errorf("with money: state %s", got)
	}
}

func TestTwoSignatures(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("duet-director")
	id := r.draft(tok, nil)
	r.control("POST", "/api/documents/"+id+"/sign", `{"person":"duet-director"}`)
	if got := r.state(id, tok.Access); got != "PARTSIGNED" {
		t.Fatalf("after one: %s", got)
	}
	r.refused("POST", "/api/documents/"+id+"/sign", `{"person":"duet-director"}`, 409)
	r.refused("POST", "/api/documents/"+id+"/sign", `{"person":"sokolov"}`, 409)
	r.control("POST", "/api/documents/"+id+"/sign", `{"person":"duet-accountant"}`)
	if got := r.state(id, tok.Access); got != "SIGNED" {
		t.Errorf("after two: %s", got)
	}
	other := r.draft(tok, nil)
	r.control("POST", "/api/documents/"+other+"/sign", "")
	if got := r.state(other, tok.Access); got != "SIGNED" {
		t.Errorf("all at once: %s", got)
	}
}

func TestUnsignedDraftEnds(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	late, declined := r.draft(tok, nil), r.draft(tok, nil)
	r.control("POST", "/api/documents/"+declined+"/decline", "")
	if got := r.state(declined, tok.Access); got != "DELETED" {
		t.Errorf("declined: %s", got)
	}
	r.control("POST", "/api/clock", `{"advance":"251h"}`) // 2026-12-02T20:00Z is 23:00 in Moscow: the last hour
	tok = r.signIn("romashka-buyer")
	if got := r.state(late, tok.Access); got != "CREATED" {
		t.Errorf("on the last day: %s", got)
	}
	r.advance(time.Hour)
	tok = r.signIn("romashka-buyer")
	if got := r.state(late, tok.Access); got != "DELETED" {
		t.Errorf("after the last day: %s", got)
	}
	r.refused("POST", "/api/documents/"+late+"/sign", "", 409)
}

func TestPinnedStatusStays(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id := r.draft(tok, nil)
	r.control("POST", "/api/documents/"+id+"/sign", "")
	r.control("POST", "/api/documents/"+id+"/status", `{"status":"FRAUDREVIEW","comment":"Проверяем"}`)
	r.advance(time.Minute)
	a := r.get("/fintech/api/v1/payments/"+id+"/state", tok.Access)
	if m := a.json(t); m["bankStatus"] != "FRAUDREVIEW" || m["bankComment"] != "Проверяем" {
		t.Errorf("pinned: %s", a.body)
	}
	r.refused("POST", "/api/documents/"+id+"/status", `{"status":"NEW_CODE"}`, 400)
	r.control("POST", "/api/documents/"+id+"/status?unknown", `{"status":"NEW_CODE"}`)
	if got := r.state(id, tok.Access); got != "NEW_CODE" {
		t.Errorf("undocumented: %s", got)
	}
	r.control("POST", "/api/documents/"+id+"/status", `{"status":""}`)
	if got := r.state(id, tok.Access); got != "IMPLEMENTED" {
		t.Errorf("released: %s", got)
	}
}

func TestPaceAndTestContour(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id := r.draft(tok, nil)
	r.control("POST", "/api/documents/"+id+"/sign", "")
	r.advance(3 * time.Second)
	r.control("POST", "/api/speed", `{"step":"1h"}`)
	if got := r.state(id, tok.Access); got != "FRAUDALLOW" {
		t.Errorf("a slower pace took the document back: %s", got)
	}
	r.control("POST", "/api/settings", `{"testContour":true}`)
	r.control("POST", "/api/speed", `{"step":"0s"}`)
	if got := r.state(id, tok.Access); got != "ACCEPTED_BY_ABS" {
		t.Errorf("test contour: %s", got)
	}
	r.control("POST", "/api/settings", `{"testContour":false}`)
	if got := r.state(id, tok.Access); got != "IMPLEMENTED" {
		t.Errorf("production: %s", got)
	}
}

func TestCreditLargerThanTheOrderLeavesALine(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	id := newID()
	o := creditRequest(id)
	o["amount"], o["creditAmount"], o["vatAmount"] = num("5400.00"), num("20000.00"), num("973.77")
	if a := r.post(pathRequest, tok.Access, body(t, o)); a.status != 201 {
		t.Fatal(a.body)
	}
	if a := r.get(pathOffers, tok.Access); a.status != 204 {
		t.Errorf("before: status %d", a.status)
	}
	r.control("POST", "/api/credit-requests/"+id+"/approve", "")
	if a := r.get(pathOffers, tok.Access); !strings.Contains(a.body, `"availableSum":"14600.00"`) {
		t.Errorf("after: %s", a.body)
	}
}
