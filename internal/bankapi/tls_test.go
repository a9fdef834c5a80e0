package bankapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"creditcart/internal/bankapi"
)

type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

func (a authority) issue(t *testing.T, host string, until time.Time) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

func (a authority) file(t *testing.T) string {
	t.Helper()
	return write(t, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// F02, F03: certificates of both sides, with a bank that demands ours.
func TestMutualTLS(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	p12 := func(a authority) string {
		key, cert := a.issue(t, "client", time.Now().Add(time.Hour))
		data, err := pkcs12.Modern.Encode(key, cert, nil, "пароль")
		if err != nil {
			t.Fatal(err)
		}
		return write(t, "client.p12", data)
	}
	serve := func(host string, until time.Time) string {
		key, cert := ca.issue(t, host, until)
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		pool := x509.NewCertPool()
		pool.AddCert(ca.cert)
		s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
			Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}}
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are the point
		s.StartTLS()
		t.Cleanup(s.Close)
		return "https://localhost:" + s.URL[len("https://127.0.0.1:"):]
	}
	good := serve("localhost", time.Now().Add(time.Hour))
	tests := []struct {
		name, url, p12, ca string
		ok                 bool
	}{
		{"both good", good, p12(ca), ca.file(t), true},
		{"no client certificate", good, "", ca.file(t), false},
		{"client certificate of another CA", good, p12(stranger), ca.file(t), false},
		{"unknown bank", good, p12(ca), stranger.file(t), false},
		{"system roots", good, p12(ca), "", false},
		{"expired bank", serve("localhost", time.Now().Add(-time.Minute)), p12(ca), ca.file(t), false},
		{"another host", serve("bank.test", time.Now().Add(time.Hour)), p12(ca), ca.file(t), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg, err := bankapi.LoadTLS(tt.p12, "пароль", tt.ca)
			if err != nil {
				t.Fatal(err)
			}
			c := client(t, bankapi.Config{BaseURL: tt.url, TLS: cfg})
			if tt.ok {
				if _, err := c.Do(t.Context(), post); err != nil {
					t.Error(err)
				}
				return
			}
			if e := failure(t, c, post); e.Kind != bankapi.Certificate || !e.Misconfigured() || e.Transient() {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestLoadTLSRefuses(t *testing.T) {
	ca := newAuthority(t)
	key, cert := ca.issue(t, "client", time.Now().Add(time.Hour))
	data, err := pkcs12.Modern.Encode(key, cert, nil, "right")
	if err != nil {
		t.Fatal(err)
	}
	p12 := write(t, "c.p12", data)
	for name, args := range map[string][3]string{
		"wrong password": {p12, "wrong", ""},
		"no file":        {p12 + "x", "right", ""},
		"not a p12":      {ca.file(t), "right", ""},
		"no CA file":     {p12, "right", p12 + "x"},
		"CA not PEM":     {p12, "right", p12},
	} {
		if _, err := bankapi.LoadTLS(args[0], args[1], args[2]); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
