package bankemu_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzRequestBodies: whatever is sent, the bank answers 201 or 400 with a documented cause, and never breaks.
func FuzzRequestBodies(f *testing.F) {
	const id = "00000000-0000-4000-8000-00000000000"
	for _, o := range []object{invoice(id + "1"), creditRequest(id + "2"), sberInvoice(id + "3"), budgetInvoice(id + "4")} {
		raw, err := json.Marshal(o)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Add(`{"vat":[],"orderInfo":[null],"linkedDocs":[{}],"consent":{},"marketplaceData":{"stock":{},"sellings":[{}]},"amount":-0.0}`)
	f.Add(`{"externalId":"` + "\xff" + `","amount":9999999999999999.99,"creditTerm":99999}`)
	f.Add(`{"vat":{"type":"1","rate":"","amount":0.00},"payeeOrgIdHash":"","isPaidByCredit":1,"departmentalInfo":{"kbk":[]},"payerKpp":null}`)
	r := payRig(f)
	tok := r.signInFor("romashka-buyer", allScopes)
	f.Fuzz(func(t *testing.T, sent string) {
		for _, path := range []string{pathInvoice, pathSber, pathBudget, pathRequest} {
			req := httptest.NewRequest("POST", path, strings.NewReader(sent))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", tok.Access)
			rec := httptest.NewRecorder()
			r.direct.ServeHTTP(rec, req)
			if rec.Code == 201 {
				continue
			}
			a := answer{rec.Code, rec.Header(), rec.Body.String()}
			if cause := a.json(t)["cause"]; a.status != 400 || (cause != invalid && cause != garbled && cause != flow) {
				t.Errorf("%s: status %d: %s", path, a.status, a.body)
			}
		}
	})
}
