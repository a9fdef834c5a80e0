package bankemu

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// callTwice answers a redirect with a page that opens the address out of sight first and then goes there: the service
// gets its callback two times with one code, as from a browser that prefetches or a proxy that checks links. The first
// call is cross-site and carries no SameSite cookies of the service.
func callTwice(w http.ResponseWriter, rec *httptest.ResponseRecorder) {
	to := rec.Header().Get("Location")
	u, err := url.Parse(to)
	if to == "" || err != nil {
		pass(w, rec, rec.Body.Bytes())
		return
	}
	rec.Header().Del("Location")
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Security-Policy", strings.Replace(pagePolicy, "connect-src 'self'", "connect-src "+u.Scheme+"://"+u.Host, 1))
	p := page(http.StatusOK, templates, "twice.html", struct {
		frame
		To string
	}{frame{"sms", "СберБизнес", "Возврат в сервис"}, to})
	p.write(w)
}
