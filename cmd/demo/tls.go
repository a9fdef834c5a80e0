package main

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"creditcart/internal/bankemu"
)

// transport is how the bank is reached: plain HTTP, or TLS with an authority of its own.
type transport struct {
	authority *bankemu.Authority
	server    *tls.Config
	ca, p12   string // files for the bank's clients
	password  string
	temporary string // directory to remove at exit
}

// newTransport makes the certificates of a bank behind TLS and writes what its clients need. Without -tls it is nil.
func newTransport(o options) (*transport, error) {
	if !o.tls {
		return nil, nil
	}
	authority, err := bankemu.NewAuthority(time.Now)
	if err != nil {
		return nil, err
	}
	t := &transport{authority: authority, password: random()}
	if t.server, err = authority.ServerTLS("localhost", "127.0.0.1", "::1", host(o.bank), host(o.api)); err != nil {
		return nil, err
	}
	return t, t.write(o.tlsDir)
}

func (t *transport) write(dir string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "creditcart-bank-tls-"); err != nil {
			return err
		}
		t.temporary = dir
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	p12, err := t.authority.ClientP12(clientID, t.password)
	if err != nil {
		return err
	}
	t.ca, t.p12 = filepath.Join(dir, "ca.pem"), filepath.Join(dir, "client.p12")
	if err := os.WriteFile(t.ca, t.authority.PEM(), 0o600); err != nil {
		return err
	}
	return os.WriteFile(t.p12, p12, 0o600)
}

func (t *transport) close() {
	if t != nil && t.temporary != "" {
		_ = os.RemoveAll(t.temporary)
	}
}

// client trusts the bank.
func (t *transport) client() http.RoundTripper {
	if t == nil {
		return http.DefaultTransport
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(t.authority.PEM())
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
}

func host(addr string) string {
	h, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return h
}
