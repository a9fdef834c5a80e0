package gost

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Certificate is an X.509 certificate of a GOST key (RFC 9215).
type Certificate struct {
	Raw       []byte // DER
	PublicKey *PublicKey
	NotBefore time.Time
	NotAfter  time.Time

	x509      *x509.Certificate
	signature []byte // s‖r; nil when the issuer's algorithm is another one
}

// ParseCertificate reads one certificate, DER. A key of another algorithm is ErrUnsupported. A certificate whose
// issuer signed with another algorithm is read, but nobody is its issuer.
func ParseCertificate(raw []byte) (*Certificate, error) {
	parsed, err := x509.ParseCertificate(raw) // knows neither the key nor the signature, and leaves both alone
	if err != nil {
		return nil, fmt.Errorf("gost: certificate: %w", err)
	}
	pub, err := ParsePublicKey(parsed.RawSubjectPublicKeyInfo)
	if err != nil {
		return nil, err
	}
	var outer struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if err := unmarshal(raw, &outer); err != nil {
		return nil, fmt.Errorf("gost: certificate: %w", err)
	}
	c := &Certificate{Raw: raw, PublicKey: pub, NotBefore: parsed.NotBefore, NotAfter: parsed.NotAfter, x509: parsed}
	if outer.Algorithm.Algorithm.Equal(oidSignature) {
		c.signature = parsed.Signature
	}
	return c, nil
}

// ParseCertificatesPEM reads every CERTIFICATE block; one that is not GOST is an error.
func ParseCertificatesPEM(text []byte) ([]*Certificate, error) {
	var out []*Certificate
	for {
		var b *pem.Block
		if b, text = pem.Decode(text); b == nil {
			break
		}
		if b.Type != "CERTIFICATE" {
			continue
		}
		c, err := ParseCertificate(b.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, errors.New("gost: no CERTIFICATE block")
	}
	return out, nil
}

// PEM is the certificate as a CERTIFICATE block.
func (c *Certificate) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// ValidAt is nil from NotBefore to NotAfter, both included.
func (c *Certificate) ValidAt(now time.Time) error {
	if now.Before(c.NotBefore) || now.After(c.NotAfter) {
		return fmt.Errorf("%w: valid from %s to %s", ErrOutOfDate, c.NotBefore.Format(time.RFC3339), c.NotAfter.Format(time.RFC3339))
	}
	return nil
}

// Reasons why a certificate is not trusted, for errors.Is.
var (
	ErrOutOfDate = errors.New("gost: certificate out of date")
	ErrNotIssued = errors.New("gost: certificate neither trusted nor issued by a trusted one")
)

// maxChain is how many authorities may stand between a certificate and the trusted one.
const maxChain = 3

// Verify tells whether c is one of trusted, or was issued by one of them, directly or through authorities among others.
// Every certificate on the way must be valid at now, the trusted one too; every issuer must be an authority.
// Not checked: revocation, policies, constraints on names.
func (c *Certificate) Verify(trusted, others []*Certificate, now time.Time) error {
	return c.verify(trusted, others, now, 0)
}

func (c *Certificate) verify(trusted, others []*Certificate, now time.Time, below int) error {
	if err := c.ValidAt(now); err != nil {
		return err
	}
	for _, t := range trusted {
		if bytes.Equal(c.Raw, t.Raw) {
			return nil
		}
	}
	if len(c.x509.UnhandledCriticalExtensions) > 0 {
		return errors.New("gost: certificate with a critical extension that is not known")
	}
	err := ErrNotIssued
	for _, t := range trusted {
		if t.issued(c, below) {
			if err = t.ValidAt(now); err == nil {
				return nil
			}
		}
	}
	if below == maxChain {
		return err
	}
	for _, o := range others {
		if o.issued(c, below) {
			if err = o.verify(trusted, others, now, below+1); err == nil {
				return nil
			}
		}
	}
	return err
}

// issued tells whether a is an authority that signed c, with below authorities between c and the signer at the end.
func (a *Certificate) issued(c *Certificate, below int) bool {
	x := a.x509
	return bytes.Equal(x.RawSubject, c.x509.RawIssuer) && x.BasicConstraintsValid && x.IsCA &&
		(x.KeyUsage == 0 || x.KeyUsage&x509.KeyUsageCertSign != 0) &&
		(x.MaxPathLen < 0 || below <= x.MaxPathLen) &&
		c.signature != nil && a.PublicKey.Verify(c.x509.RawTBSCertificate, c.signature)
}

// MaySign tells whether the certificate's key is meant for signatures.
func (c *Certificate) MaySign() bool {
	return c.x509.KeyUsage == 0 || c.x509.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0
}

// Template says what NewCertificate writes.
type Template struct {
	CommonName          string
	Serial              int64 // positive
	NotBefore, NotAfter time.Time
	Authority           bool // may issue certificates; otherwise it may sign messages
}

// NewCertificate makes a certificate of pub signed by key. issuer is key's certificate; nil makes a self-signed one.
func NewCertificate(t Template, pub *PublicKey, issuer *Certificate, key *PrivateKey) (*Certificate, error) {
	subject := der(pkix.Name{CommonName: t.CommonName}.ToRDNSequence())
	from := subject
	if issuer != nil {
		from = issuer.x509.RawSubject
	}
	usage := asn1.BitString{Bytes: []byte{0xC0}, BitLength: 2} // digitalSignature, nonRepudiation
	if t.Authority {
		usage = asn1.BitString{Bytes: []byte{0x06}, BitLength: 7} // keyCertSign, cRLSign
	}
	extension := func(id int, value []byte) []byte {
		return sequence(der(asn1.ObjectIdentifier{2, 5, 29, id}), der(true), tlv(tagOctets, value))
	}
	constraints := sequence()
	if t.Authority {
		constraints = sequence(der(true))
	}
	tbs := sequence(tlv(tagContext, der(2)), der(big.NewInt(t.Serial)), algorithm(oidSignature), from,
		sequence(der(t.NotBefore.UTC()), der(t.NotAfter.UTC())), subject, pub.SPKI(),
		tlv(tagContext|3, sequence(extension(19, constraints), extension(15, der(usage)))))
	sig := key.Sign(tbs)
	return ParseCertificate(sequence(tbs, algorithm(oidSignature), der(asn1.BitString{Bytes: sig[:], BitLength: 8 * SignatureSize})))
}
