package bankemu

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// certificateLife is that of the client certificates the bank gives out in its personal account: 12 months.
const certificateLife = 365 * 24 * time.Hour

// Authority is a certificate authority of the emulator's own: it signs the two hosts and the partners' client certificates.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  func() time.Time
}

// NewAuthority makes an authority with a fresh key. Certificates begin an hour before now, for clocks that are late.
func NewAuthority(now func() time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	a := &Authority{key: key, now: now}
	tmpl := &x509.Certificate{Subject: pkix.Name{CommonName: "Bank emulator root"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	a.cert, err = a.sign(tmpl, tmpl, &key.PublicKey)
	return a, err
}

func (a *Authority) sign(tmpl, parent *x509.Certificate, public *ecdsa.PublicKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := a.now()
	tmpl.SerialNumber, tmpl.NotBefore, tmpl.NotAfter = serial, now.Add(-time.Hour), now.Add(certificateLife)
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, public, a.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func (a *Authority) issue(tmpl *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	tmpl.KeyUsage = x509.KeyUsageDigitalSignature
	cert, err := a.sign(tmpl, a.cert, &key.PublicKey)
	return key, cert, err
}

// PEM is the authority's certificate: what the other side must trust.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// ClientP12 issues a partner's client certificate for 12 months, as PKCS#12 with its password (UTF-8).
func (a *Authority) ClientP12(clientID, password string) ([]byte, error) {
	key, cert, err := a.issue(&x509.Certificate{Subject: pkix.Name{CommonName: "SBBAPI_" + clientID},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return nil, err
	}
	return pkcs12.Modern.Encode(key, cert, []*x509.Certificate{a.cert}, password)
}

// ServerTLS is the TLS of a host of the bank, for the names and addresses given. It asks for a client certificate and
// leaves the verdict to RequireCertificate: the bank completes the handshake and answers with a page.
func (a *Authority) ServerTLS(hosts ...string) (*tls.Config, error) {
	tmpl := &x509.Certificate{Subject: pkix.Name{CommonName: hosts[0]}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, h)
		}
	}
	key, cert, err := a.issue(tmpl)
	if err != nil {
		return nil, fmt.Errorf("bankemu: certificate of %v: %w", hosts, err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}}}, nil
}

// RequireCertificate lets only callers with a client certificate of this authority through; the others get the HTML 400
// of the bank's front server. The listener's TLS must ask for one: see AskForCertificate.
func (a *Authority) RequireCertificate(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := a.verify(r.TLS)
		if err == nil {
			next.ServeHTTP(w, r)
			return
		}
		title := "The SSL certificate error"
		if errors.Is(err, errNoCertificate) {
			title = "No required SSL certificate was sent"
		}
		log.Warn("client certificate refused", "path", r.URL.Path, "err", err)
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, "<html>\r\n<head><title>400 %s</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n"+
			"<center>%s</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", title, title)
	})
}

// AskForCertificate makes the TLS of the API host of that of any host.
func AskForCertificate(c *tls.Config) *tls.Config {
	c = c.Clone()
	c.ClientAuth = tls.RequestClientCert // not Require: a caller without one gets a page, as at the bank
	return c
}

var errNoCertificate = errors.New("none was sent")

func (a *Authority) verify(state *tls.ConnectionState) error {
	if state == nil || len(state.PeerCertificates) == 0 {
		return errNoCertificate
	}
	roots, rest := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(a.cert)
	for _, c := range state.PeerCertificates[1:] {
		rest.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: rest, CurrentTime: a.now(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err
}
