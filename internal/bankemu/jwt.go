package bankemu

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"time"

	"creditcart/internal/gost"
)

const jwtHeader = `{"typ":"JWT","alg":"gost34.10-2012"}`

// signerLife is how long the certificates last that New makes: longer than anybody moves the clock.
const signerLife = 20 * 365 * 24 * time.Hour

// jwtSigner signs the bank's JWTs: CMS carries the certificate.
type jwtSigner struct {
	key  *gost.PrivateKey
	cert *gost.Certificate
}

// jwtSigners are the bank's signer, those of the wrong signatures, and what a partner gets to check with.
type jwtSigners struct {
	bank, expired, foreign jwtSigner
	authority              *gost.Certificate
	given                  []byte // PEM
}

// newJWTSigners makes an authority and its signers, or takes the key and certificate of the configuration.
func newJWTSigners(cfg Config) (s jwtSigners, err error) {
	now := cfg.Now()
	life := gost.Template{NotBefore: now.Add(-time.Hour), NotAfter: now.Add(signerLife)}
	over := gost.Template{NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(-24 * time.Hour)}
	authority, err := newJWTSigner(life, "Bank emulator authority", jwtSigner{})
	if err != nil {
		return s, err
	}
	if s.bank, err = newJWTSigner(life, "Bank emulator", authority); err != nil {
		return s, err
	}
	if s.expired, err = newJWTSigner(over, "Bank emulator", authority); err != nil {
		return s, err
	}
	stranger, err := newJWTSigner(life, "Bank emulator authority", jwtSigner{}) // the same name, another key
	if err != nil {
		return s, err
	}
	if s.foreign, err = newJWTSigner(life, "Bank emulator", stranger); err != nil {
		return s, err
	}
	s.authority, s.given = authority.cert, append(s.bank.cert.PEM(), authority.cert.PEM()...)
	if len(cfg.JWTKey) == 0 && len(cfg.JWTCertificate) == 0 {
		return s, nil
	}
	certs, err := gost.ParseCertificatesPEM(cfg.JWTCertificate)
	if err != nil {
		return s, fmt.Errorf("JWTCertificate: %w", err)
	}
	if s.bank.key, err = gost.ParsePrivateKeyPEM(cfg.JWTKey); err != nil {
		return s, fmt.Errorf("JWTKey: %w", err)
	}
	if s.bank.cert = certs[0]; !s.bank.key.Public.Equal(s.bank.cert.PublicKey) {
		return s, fmt.Errorf("JWTKey does not belong to the first certificate of JWTCertificate")
	}
	s.authority, s.given = nil, cfg.JWTCertificate
	return s, nil
}

// newJWTSigner draws a key and lets by certify it; nobody there: it becomes an authority of its own.
func newJWTSigner(tpl gost.Template, name string, by jwtSigner) (s jwtSigner, err error) {
	tpl.CommonName, tpl.Authority, tpl.Serial = name, by.key == nil, tpl.NotAfter.Unix()
	if tpl.Authority {
		tpl.Serial++ // another number than what it issues has
	}
	if s.key, err = gost.GenerateKey(gost.CryptoProA); err != nil {
		return s, err
	}
	issuerKey := by.key
	if issuerKey == nil {
		issuerKey = s.key
	}
	s.cert, err = gost.NewCertificate(tpl, s.key.Public, by.cert, issuerKey)
	return s, err
}

// Certificate is what the bank gives partners to check the signatures of its JWTs: PEM, the signer's certificate first.
func (b *Bank) Certificate() []byte { return b.jwt.given }

func (b *Bank) controlCertificate(w http.ResponseWriter, _ *http.Request) {
	reply{status: http.StatusOK, contentType: "application/x-pem-file", body: b.Certificate()}.write(w)
}

// jwtSettings say how JWTs are signed.
type jwtSettings struct {
	JWTSignature string `json:"jwtSignature"` // "cms": a detached CMS; "raw": 64 bytes s‖r, as in 2020
}

func (s jwtSettings) checkJWT() error {
	if msg := oneOf("cms", "raw")(s.JWTSignature); msg != "" {
		return fmt.Errorf("jwtSignature: %s", msg)
	}
	return nil
}

// Ways of bad-jwt to get the signature wrong. Without one the claims are changed first and then signed well.
const (
	signatureTampered = "tampered" // the payload is changed after it was signed: by claims, else by one more claim
	signatureForeign  = "foreign"  // another key, certified by another authority of the same name
	signatureExpired  = "expired"  // another key, certified by the bank's authority; the certificate has ended
)

type jwtFaultKey struct{}

// sign makes a compact JWT of the claims as they are now. The caller holds b.mu and calls what it gets back without it:
// the signature takes its time.
func (b *Bank) sign(c *call, claims map[string]any) func() string {
	f, _ := c.r.Context().Value(jwtFaultKey{}).(*fault)
	if f == nil {
		f = &fault{}
	}
	changed := maps.Clone(claims)
	for name, value := range f.Claims {
		if value == nil {
			delete(changed, name)
		} else {
			changed[name] = value
		}
	}
	signer, sent := b.jwt.bank, jwtInput(changed)
	signed := sent
	switch f.Signature {
	case signatureTampered:
		if signed = jwtInput(claims); signed == sent {
			changed["tampered"] = true
			sent = jwtInput(changed)
		}
	case signatureForeign:
		signer = b.jwt.foreign
	case signatureExpired:
		signer = b.jwt.expired
	}
	raw, now := b.st.settings.JWTSignature == "raw", c.now
	return func() string { return sent + "." + b.signature(signer, []byte(signed), raw, now) }
}

// jwtInput is the part of a JWT that is signed: header.payload.
func jwtInput(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil { // overrides come from JSON, everything else is plain data
		payload = []byte(`{}`)
	}
	enc := base64.RawURLEncoding
	return enc.EncodeToString([]byte(jwtHeader)) + "." + enc.EncodeToString(payload)
}

func (b *Bank) signature(s jwtSigner, input []byte, raw bool, now time.Time) string {
	if raw {
		sig := s.key.Sign(input)
		return base64.RawURLEncoding.EncodeToString(sig[:])
	}
	var others []*gost.Certificate
	if b.jwt.authority != nil {
		others = append(others, b.jwt.authority)
	}
	return base64.RawURLEncoding.EncodeToString(gost.SignCMS(input, s.key, s.cert, others, now))
}
