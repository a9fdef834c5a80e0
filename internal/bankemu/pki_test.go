package bankemu_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"creditcart/internal/bankemu"
)

func authority(t *testing.T, now func() time.Time) *bankemu.Authority {
	t.Helper()
	a, err := bankemu.NewAuthority(now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// clientOf gives an HTTP client that trusts one authority and shows a certificate of another; with nil it shows none.
func clientOf(t *testing.T, trusted, issuer *bankemu.Authority) *http.Client {
	t.Helper()
	cfg := &tls.Config{RootCAs: x509.NewCertPool()}
	cfg.RootCAs.AppendCertsFromPEM(trusted.PEM())
	if issuer != nil {
		p12, err := issuer.ClientP12("111286", "пароль")
		if err != nil {
			t.Fatal(err)
		}
		key, leaf, chain, err := pkcs12.DecodeChain(p12, "пароль")
		if err != nil || len(chain) != 1 {
			t.Fatal(err, len(chain))
		}
		cfg.Certificates = []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: cfg}}
}

func TestAPIHostRequiresClientCertificate(t *testing.T) {
	bank, err := bankemu.New(bankemu.Config{PublicURL: "https://localhost:8090", APIURL: "https://localhost:8092", TokenAgentURL: "http://localhost:28016"})
	if err != nil {
		t.Fatal(err)
	}
	var ahead atomic.Int64
	ours, stranger := authority(t, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }), authority(t, time.Now)
	conf, err := ours.ServerTLS("localhost", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	serve := func(h http.Handler, c *tls.Config) string {
		s := httptest.NewUnstartedServer(h)
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.TLS = c
		s.StartTLS()
		t.Cleanup(s.Close)
		return s.URL
	}
	api := serve(ours.RequireCertificate(bank.APIHandler(), slog.New(slog.DiscardHandler)), bankemu.AskForCertificate(conf))
	browser := serve(bank.BrowserHandler(), conf)
	get := func(t *testing.T, c *http.Client, url string) (int, string, string) {
		t.Helper()
		resp, err := c.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, resp.Header.Get("Content-Type"), string(body)
	}
	const call = "/fintech/api/v1/credit-offers"
	t.Run("with a certificate the call is heard", func(t *testing.T) {
		if status, _, body := get(t, clientOf(t, ours, ours), api+call); status != 401 || !strings.Contains(body, "UNAUTHORIZED") {
			t.Error(status, body)
		}
	})
	t.Run("without a certificate", func(t *testing.T) {
		status, kind, body := get(t, clientOf(t, ours, nil), api+call)
		if status != 400 || kind != "text/html" || !strings.Contains(body, "No required SSL certificate was sent") {
			t.Error(status, kind, body)
		}
	})
	t.Run("certificate of another authority", func(t *testing.T) {
		if status, _, body := get(t, clientOf(t, ours, stranger), api+call); status != 400 || !strings.Contains(body, "The SSL certificate error") {
			t.Error(status, body)
		}
	})
	t.Run("the browser host asks for none and has no API", func(t *testing.T) {
		c := clientOf(t, ours, nil)
		if status, _, _ := get(t, c, browser+"/ic/dcb/index.html"); status != 200 {
			t.Error(status)
		}
		if status, _, _ := get(t, c, browser+call); status != 404 {
			t.Error(status)
		}
		if status, _, _ := get(t, clientOf(t, ours, ours), api+"/ic/sso/api/v2/oauth/authorize"); status != 404 {
			t.Error(status)
		}
	})
	t.Run("an expired certificate", func(t *testing.T) {
		c := clientOf(t, ours, ours)
		ahead.Store(int64(366 * 24 * time.Hour))
		if status, _, body := get(t, c, api+call); status != 400 || !strings.Contains(body, "The SSL certificate error") {
			t.Error(status, body)
		}
	})
}
