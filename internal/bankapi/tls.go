package bankapi

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"software.sslmate.com/src/go-pkcs12"
)

// LoadTLS reads the client certificate the bank issued (PKCS#12 with its password) and the bank's CA certificates (PEM).
// With a CA file only these are trusted; with "" the system's are. Both are needed for the real bank: it does not send
// its whole chain (spec §1.11). p12Path "" gives a configuration without a client certificate.
func LoadTLS(p12Path, password, caPath string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if p12Path != "" {
		cert, err := loadP12(p12Path, password)
		if err != nil {
			return nil, fmt.Errorf("bankapi: client certificate %s: %w", p12Path, err)
		}
		cfg.Certificates = []tls.Certificate{cert}
	}
	if caPath != "" {
		pem, err := os.ReadFile(caPath)
		if err != nil {
			return nil, fmt.Errorf("bankapi: bank's CA: %w", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("bankapi: bank's CA %s: no certificate in PEM form", caPath)
		}
	}
	return cfg, nil
}

func loadP12(path, password string) (tls.Certificate, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, leaf, chain, err := pkcs12.DecodeChain(data, password)
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return tls.Certificate{}, errors.New("wrong password")
	}
	if err != nil {
		return tls.Certificate{}, err
	}
	cert := tls.Certificate{PrivateKey: key, Leaf: leaf, Certificate: [][]byte{leaf.Raw}}
	for _, c := range chain {
		cert.Certificate = append(cert.Certificate, c.Raw)
	}
	return cert, nil
}
