package bankemu

import (
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"net/netip"
)

// controlRoute is one operation of the management API. Pattern is that of http.ServeMux: "POST /api/clock".
type controlRoute struct {
	pattern string
	handle  http.HandlerFunc
}

// controlRoutes is the whole management API in one list; openapi.json describes each, and a test holds the two together.
// README.md shows them with curl.
func (b *Bank) controlRoutes() []controlRoute {
	return []controlRoute{
		{"GET /api/openapi.json", openAPI},
		{"GET /api/state", b.locked(b.controlState)},
		{"POST /api/reset", b.locked(b.controlReset)},
		{"POST /api/clock", b.locked(b.controlClock)},
		{"GET /api/certificate", b.controlCertificate},
		{"POST /api/speed", b.locked(b.controlSpeed)},
		{"POST /api/settings", b.locked(b.controlSettings)},
		{"PUT /api/companies/{id}", b.locked(b.controlCompany)},
		{"PUT /api/offers/{lawForm}", b.locked(b.controlOffers)},
		{"POST /api/sessions/forget", b.locked(b.controlForget)},
		{"GET /api/tokens", b.locked(b.controlTokens)},
		{"PUT /api/clients/{id}", b.locked(b.controlClient)},
		{"PUT /api/consents/{company}", b.locked(b.controlConsent)},
		{"DELETE /api/consents/{company}", b.locked(b.controlConsent)},
		{"GET /api/documents", b.locked(b.controlDocuments)},
		{"GET /api/documents/{id}", b.locked(b.controlDocument)},
		{"POST /api/documents/{id}/incoming", b.locked(b.controlArrives)},
		{"POST /api/documents/{id}/{action}", b.locked(b.controlPayment)},
		{"POST /api/digest", b.locked(b.controlDigest)},
		{"POST /api/sign-digest", b.locked(b.controlSignDigest)},
		{"POST /api/sign-jws", b.locked(b.controlSignJWS)},
		{"GET /api/clients/{id}/certificate", b.locked(b.controlClientCertificate)},
		{"PUT /api/clients/{id}/certificate", b.locked(b.controlSetClientCertificate)},
		{"GET /api/people/{id}/certificate", b.locked(b.controlPersonCertificate)},
		{"POST /api/credit-requests/{id}/{action}", b.locked(b.controlRequest)},
		{"POST /api/incoming", b.locked(b.controlIncoming)},
		{"PUT /api/accounts/{number}", b.locked(b.controlAccount)},
		{"PUT /api/webhook", b.locked(b.controlSetWebhook)},
		{"GET /api/webhooks", b.locked(b.controlWebhooks)},
		{"POST /api/webhooks/deliver", b.controlDeliver},
		{"GET /api/faults", b.locked(b.controlFaults)},
		{"POST /api/faults", b.locked(b.controlAddFault)},
		{"DELETE /api/faults", b.locked(b.controlClearFaults)},
		{"GET /api/requests", b.controlRequests},
		{"DELETE /api/requests", b.controlClearRequests},
		{"GET /api/requests/{n}", b.controlRequestEntry},
		{"GET /api/requests/{n}/curl", b.controlRequestCurl},
	}
}

//go:embed openapi.json
var openAPIText []byte

// openAPI describes the management API, OpenAPI 3.0.
func openAPI(w http.ResponseWriter, _ *http.Request) {
	reply{status: http.StatusOK, contentType: "application/json;charset=UTF-8", body: openAPIText}.write(w)
}

// Control serves the management page and its JSON API. Bind it to loopback: it signs for anybody. It answers only to a
// loopback Host (a foreign name that resolves to 127.0.0.1 is a rebinding attack) and to no other site's pages.
func (b *Bank) Control() http.Handler {
	mux := http.NewServeMux()
	for _, r := range b.controlRoutes() {
		mux.HandleFunc(r.pattern, r.handle)
	}
	mux.HandleFunc("GET /{$}", b.controlPage)
	mux.Handle("GET /emu/static/", staticFiles())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		controlError(http.StatusNotFound, fmt.Errorf("no such address: %s %s", r.Method, r.URL.Path)).write(w)
	})
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		controlError(http.StatusForbidden, fmt.Errorf("a page of another site may not drive the bank")).write(w)
	}))
	return loopbackHost(guard.Handler(formsAsJSON(mux)))
}

func loopbackHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !IsLoopback(r.Host) {
			controlError(http.StatusForbidden, fmt.Errorf("control answers to localhost and 127.0.0.1 only, not to %q", r.Host)).write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// IsLoopback tells whether HOST or HOST:PORT names this machine's loopback by the word localhost or by address.
func IsLoopback(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	} else if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
