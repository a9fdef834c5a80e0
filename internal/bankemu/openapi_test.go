package bankemu_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"creditcart/internal/bankemu"
)

func (r *rig) description() *openAPI {
	r.t.Helper()
	doc := &openAPI{}
	if err := json.Unmarshal([]byte(r.control("GET", "/api/openapi.json", "").body), doc); err != nil {
		r.t.Fatal(err)
	}
	if doc.OpenAPI != "3.0.3" || len(doc.Paths) == 0 {
		r.t.Fatalf("openapi %q, %d paths", doc.OpenAPI, len(doc.Paths))
	}
	return doc
}

// A route that is not described fails here: describe it in openapi.json, and add a call of it to controlCalls below.
func TestEveryControlRouteIsDescribed(t *testing.T) {
	r := newRig(t)
	described := r.description().patterns()
	b, err := bankemu.New(bankemu.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range b.ControlPatterns() {
		if described[pattern] == nil {
			t.Errorf("%s is not described in openapi.json", pattern)
		}
		delete(described, pattern)
	}
	for left := range described {
		t.Errorf("openapi.json describes %s, which does not exist", left)
	}
}

func TestDescriptionIsWhole(t *testing.T) {
	doc := newRig(t).description()
	ids := map[string]string{}
	for pattern, op := range doc.patterns() {
		if op.Summary == "" || op.ID == "" || ids[op.ID] != "" || len(op.Responses) == 0 {
			t.Errorf("%s: summary %q, operationId %q (also of %s)", pattern, op.Summary, op.ID, ids[op.ID])
		}
		ids[op.ID] = pattern
		for _, part := range strings.Split(pattern, "/") {
			if name, ok := strings.CutPrefix(part, "{"); ok && !slices.ContainsFunc(op.Parameters, func(p parameter) bool { return p.In == "path" && p.Name+"}" == name }) {
				t.Errorf("%s: the parameter %s is not described", pattern, part)
			}
		}
	}
	for name, s := range doc.Components.Schemas {
		doc.resolve(t, name, s)
	}
}

func TestEverySettingIsDescribed(t *testing.T) {
	r := newRig(t)
	live := slices.Sorted(maps.Keys(r.control("GET", "/api/state", "").json(t)["settings"].(map[string]any)))
	for _, name := range []string{"Settings", "SettingsChange"} {
		if got := slices.Sorted(maps.Keys(r.description().Components.Schemas[name].Properties)); !slices.Equal(got, live) {
			t.Errorf("%s has %v, the bank has %v", name, got, live)
		}
	}
}

// controlCall is one call of the API. ID, REQUEST, N, CERT stand for a draft, a credit request, a
// number of the log, a certificate.
type controlCall struct {
	call, body string
	status     int
}

var controlCalls = []controlCall{
	{"GET /api/openapi.json", ``, 200},
	{"GET /api/state", ``, 200},
	{"GET /api/certificate", ``, 200},
	{"POST /api/clock", `{"advance":"1m"}`, 200}, {"POST /api/clock", `{"advance":"soon"}`, 400},
	{"POST /api/speed", `{"step":"1s"}`, 200}, {"POST /api/speed", `{"step":"-1s"}`, 400},
	{"POST /api/settings", `{"retryAfter":"3"}`, 200}, {"POST /api/settings", `{"record":"much"}`, 400},
	{"PUT /api/companies/sokolov", `{"balance":"10.00","contract":{"availableSum":"100.00"}}`, 200}, {"PUT /api/companies/nobody", `{}`, 404}, {"PUT /api/companies/sokolov", `{"blance":"1"}`, 400},
	{"PUT /api/offers/ИП", `[]`, 200}, {"PUT /api/offers/ИП", `{}`, 400},
	{"PUT /api/accounts/" + bankemu.MerchantAccount, `{"state":"BLOCKED"}`, 200}, {"PUT /api/accounts/1", `{}`, 404},
	{"GET /api/people/sokolov/certificate", ``, 200}, {"GET /api/people/nobody/certificate", ``, 404},
	{"GET /api/tokens?limit=100", ``, 200}, {"GET /api/tokens?limit=x", ``, 400},
	{"PUT /api/clients/" + clientID, `{"blocked":false}`, 200}, {"PUT /api/clients/1", `{}`, 404},
	{"POST /api/sign-jws", `{"client":"` + clientID + `","payload":{"x":1}}`, 200}, {"POST /api/sign-jws", `{"client":"1","payload":{}}`, 400},
	{"GET /api/clients/" + clientID + "/certificate", ``, 200}, {"GET /api/clients/1/certificate", ``, 404},
	{"PUT /api/clients/" + clientID + "/certificate", `{"certificate":"CERT"}`, 200}, {"PUT /api/clients/" + clientID + "/certificate", `{"certificate":"x"}`, 400},
	{"POST /api/sign-jws", `{"client":"` + clientID + `","payload":{}}`, 409},
	{"PUT /api/consents/romashka", `{"accounts":[]}`, 200}, {"PUT /api/consents/nobody", `{}`, 404},
	{"GET /api/documents", ``, 200},
	{"GET /api/documents/ID", ``, 200}, {"GET /api/documents/REQUEST", ``, 200}, {"GET /api/documents/" + "00000000-0000-0000-0000-000000000000", ``, 404},
	{"POST /api/documents/ID/incoming", `{"kind":"late"}`, 200}, {"POST /api/documents/ID/incoming", `{"kind":"x"}`, 400},
	{"POST /api/documents/ID/route", `{"route":"ordinary"}`, 200}, {"POST /api/documents/ID/sign", `{}`, 200}, {"POST /api/documents/ID/sign", `{}`, 409},
	{"POST /api/documents/ID/status", `{"status":"NONSENSE"}`, 400}, {"POST /api/documents/REQUEST/sign", ``, 404},
	{"POST /api/credit-requests/REQUEST/refuse", `{}`, 200}, {"POST /api/credit-requests/REQUEST/approve", `{}`, 409}, {"POST /api/credit-requests/ID/approve", `{}`, 404},
	{"POST /api/incoming", `{"account":"` + bankemu.MerchantAccount + `","amount":"10.00","purpose":"Оплата"}`, 201}, {"POST /api/incoming", `{"account":"1","amount":"1"}`, 404},
	{"POST /api/digest", `{}`, 400},
	{"POST /api/sign-digest", `{"person":"sokolov","digest":"text"}`, 200}, {"POST /api/sign-digest", `{"person":"nobody","digest":"text"}`, 400},
	{"PUT /api/webhook", `{"url":"http://127.0.0.1:1/hook"}`, 200}, {"PUT /api/webhook", `{"url":"ftp://x"}`, 400},
	{"GET /api/webhooks", ``, 200},
	{"PUT /api/webhook", `{"url":""}`, 200},
	{"POST /api/webhooks/deliver", ``, 200},
	{"POST /api/faults", `{"kind":"status","status":503,"path":"/fintech/","company":"sokolov","percent":20,"seed":7}`, 201}, {"POST /api/faults", `{"kind":"explode"}`, 400},
	{"GET /api/faults", ``, 200},
	{"DELETE /api/faults", ``, 204},
	{"GET /api/requests?path=/fintech/&status=201&limit=2", ``, 200}, {"GET /api/requests?limit=-1", ``, 400},
	{"GET /api/requests/N", ``, 200}, {"GET /api/requests/999999", ``, 404},
	{"GET /api/requests/N/curl", ``, 200}, {"GET /api/requests/999999/curl", ``, 404},
	{"DELETE /api/requests", ``, 204},
	{"DELETE /api/consents/romashka", ``, 200},
	{"POST /api/sessions/forget", `{}`, 200},
	{"POST /api/reset", `{"tokens":true}`, 200}, {"POST /api/reset", `{"tokens":1}`, 400},
}

// Every answer of the API is as described, and every accepted request too.
func TestControlAnswersAreAsDescribed(t *testing.T) {
	r := newRig(t)
	doc := r.description()
	tok := r.signIn("romashka-director").Access
	id, request := newID(), newID()
	if a := r.post(pathInvoice, tok, body(t, invoice(id))); a.status != 201 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := r.post(pathRequest, tok, body(t, creditRequest(request))); a.status != 201 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	names := strings.NewReplacer("REQUEST", request, "/ID", "/"+id, "/N", fmt.Sprintf("/%d", r.log("?path=" + pathInvoice)[0].Begin))
	pem, _ := r.control("GET", "/api/clients/"+clientID+"/certificate", "").json(t)["certificate"].(string)
	called := map[string]bool{}
	for _, c := range controlCalls {
		method, path, _ := strings.Cut(c.call, " ")
		pattern := r.asDescribed(doc, method, names.Replace(path), strings.Replace(c.body, "CERT", strings.ReplaceAll(pem, "\n", `\n`), 1), c.status)
		called[pattern] = called[pattern] || c.status < 300
	}
	for pattern := range doc.patterns() {
		if !called[pattern] && pattern != "POST /api/digest" { // whose success has a test of its own
			t.Errorf("%s is not called with success", pattern)
		}
	}
}

// asDescribed calls the API and holds the answer to its description, the request too when it was accepted.
func (r *rig) asDescribed(doc *openAPI, method, path, body string, status int) string {
	r.t.Helper()
	call := method + " " + path
	a := do(r.t, http.DefaultClient, method, r.manage+path, "application/json", body)
	if a.status != status {
		r.t.Errorf("%s: status %d, want %d: %s", call, a.status, status, a.body)
	}
	pattern, op := doc.find(method, path)
	if op == nil {
		r.t.Errorf("%s: not described", call)
		return ""
	}
	if body != "" && status < 300 {
		r.fits(doc, call+": the request", op.RequestBody.Content["application/json"].Schema, body)
	}
	described, ok := op.Responses[fmt.Sprint(a.status)]
	if !ok {
		r.t.Errorf("%s: the status %d is not described", call, a.status)
	}
	contentType, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	media, ok := described.Content[contentType]
	if ok != (a.status != 204) {
		r.t.Errorf("%s: the type %q is not described", call, contentType)
	}
	if contentType == "application/json" {
		r.fits(doc, call+": the answer", media.Schema, a.body)
	}
	if contentType == "application/json" && a.status >= 400 && path != "/api/digest" && a.json(r.t)["error"] == "" {
		r.t.Errorf("%s: not {\"error\":…}: %s", call, a.body)
	}
	return pattern
}

func (r *rig) fits(doc *openAPI, what string, s *schema, text string) {
	r.t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		r.t.Errorf("%s: %v", what, err)
		return
	}
	for _, problem := range doc.check(s, v, "") {
		r.t.Errorf("%s: %s", what, problem)
	}
}
