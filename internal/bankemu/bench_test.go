package bankemu_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// straight calls the bank without a network.
func (r *rig) straight(method, path, token, sent string) int {
	req := httptest.NewRequest(method, path, strings.NewReader(sent))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", token)
	rec := httptest.NewRecorder()
	r.direct.ServeHTTP(rec, req)
	return rec.Code
}

// crowded is a bank with 100 000 payment orders in memory, and the ids of all.
func crowded(b *testing.B) (*rig, pair, []string) {
	b.Helper()
	r := payRig(b)
	tok := r.signInFor("romashka-buyer", allScopes)
	const sample = "00000000-0000-4000-8000-000000000000"
	sent := body(b, invoice(sample))
	ids := make([]string, 100_000)
	for i := range ids {
		ids[i] = newID()
		if code := r.straight("POST", pathInvoice, tok.Access, strings.ReplaceAll(sent, sample, ids[i])); code != http.StatusCreated {
			b.Fatalf("status %d", code)
		}
	}
	return r, tok, ids
}

func BenchmarkCreatePayment(b *testing.B) {
	r, tok, _ := crowded(b)
	const sample = "00000000-0000-4000-8000-000000000000"
	sent := body(b, invoice(sample))
	for b.Loop() {
		if code := r.straight("POST", pathInvoice, tok.Access, strings.ReplaceAll(sent, sample, newID())); code != http.StatusCreated {
			b.Fatalf("status %d", code)
		}
	}
}

func BenchmarkPaymentState(b *testing.B) {
	r, tok, ids := crowded(b)
	i := 0
	for b.Loop() {
		i++
		if code := r.straight("GET", "/fintech/api/v1/payments/"+ids[i%len(ids)]+"/state", tok.Access, ""); code != http.StatusOK {
			b.Fatalf("status %d", code)
		}
	}
}
