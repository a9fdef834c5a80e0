package bankemu_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankemu"
	"creditcart/internal/gost"
)

// signedParts splits a JWT into what is signed and the signature.
func signedParts(t testing.TB, jwt string) (input, sig []byte) {
	t.Helper()
	i := strings.LastIndexByte(jwt, '.')
	sig, err := base64.RawURLEncoding.DecodeString(jwt[i+1:])
	if err != nil || strings.Count(jwt, ".") != 2 {
		t.Fatalf("not a compact JWT: %s", jwt)
	}
	return []byte(jwt[:i]), sig
}

// jwts are one id_token and one user-info, fetched like a partner does.
func (r *rig) jwts() map[string]string {
	r.t.Helper()
	tok := r.signIn("sokolov")
	return map[string]string{"id_token": tok.ID, "user-info": r.get("/ic/sso/api/v2/oauth/user-info", tok.Access).body}
}

func (r *rig) certificates() []*gost.Certificate {
	r.t.Helper()
	a := do(r.t, http.DefaultClient, "GET", r.manage+"/api/certificate", "", "")
	certs, err := gost.ParseCertificatesPEM([]byte(a.body))
	if err != nil || a.header.Get("Content-Type") != "application/x-pem-file" {
		r.t.Fatalf("certificate: %v: %s", err, a.body)
	}
	return certs
}

func TestJWTSignature(t *testing.T) {
	r := newRig(t)
	certs := r.certificates()
	if len(certs) != 2 {
		t.Fatalf("%d certificates: the signer's and its authority's are given out", len(certs))
	}
	t.Run("cms", func(t *testing.T) {
		for name, jwt := range r.jwts() {
			input, sig := signedParts(t, jwt)
			for _, trusted := range certs { // the signer is known, or the authority is
				if _, err := gost.VerifyCMS(sig, input, []*gost.Certificate{trusted}, r.now()); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if _, err := gost.VerifyCMS(sig, append(input, '.'), certs, r.now()); !errors.Is(err, gost.ErrSignature) {
				t.Errorf("%s: another content: %v", name, err)
			}
		}
	})
	t.Run("raw", func(t *testing.T) {
		r.control("POST", "/api/settings", `{"jwtSignature":"raw"}`)
		for name, jwt := range r.jwts() {
			input, sig := signedParts(t, jwt)
			if len(sig) != 64 || !certs[0].PublicKey.Verify(input, sig) || certs[1].PublicKey.Verify(input, sig) {
				t.Errorf("%s: not the signer's 64 bytes s‖r", name)
			}
		}
	})
	t.Run("unknown setting", func(t *testing.T) {
		if a := do(t, http.DefaultClient, "POST", r.manage+"/api/settings", "", `{"jwtSignature":"rs256"}`); a.status != 400 {
			t.Errorf("status %d", a.status)
		}
	})
	t.Run("signing time", func(t *testing.T) {
		r.control("POST", "/api/reset", "{}")
		if certs := r.certificates(); r.now().Before(certs[0].NotBefore) || r.now().AddDate(10, 0, 0).After(certs[0].NotAfter) {
			t.Errorf("valid from %s to %s", certs[0].NotBefore, certs[0].NotAfter)
		}
	})
}

func TestWrongSignatures(t *testing.T) {
	r := newRig(t)
	certs := r.certificates()
	for _, tt := range []struct {
		signature string
		want      error
	}{{"tampered", gost.ErrSignature}, {"foreign", gost.ErrSignature}, {"expired", gost.ErrOutOfDate}} {
		t.Run(tt.signature, func(t *testing.T) {
			r.control("POST", "/api/faults", `{"path":"/ic/sso/","kind":"bad-jwt","signature":"`+tt.signature+`"}`)
			cms := r.jwts()
			r.control("POST", "/api/settings", `{"jwtSignature":"raw"}`)
			raw := r.jwts()
			r.control("POST", "/api/reset", "{}")
			for name := range cms {
				input, sig := signedParts(t, cms[name])
				if _, err := gost.VerifyCMS(sig, input, certs, r.now()); !errors.Is(err, tt.want) {
					t.Errorf("%s: got %v, want %v", name, err, tt.want)
				}
				if tt.signature == "foreign" { // its own certificate is in it, and it is issued by nobody we know
					if _, err := gost.VerifyCMS(sig, input, certs[1:], r.now()); !errors.Is(err, gost.ErrNotIssued) {
						t.Errorf("%s: by the authority alone: %v", name, err)
					}
				}
				input, sig = signedParts(t, raw[name])
				if len(sig) != 64 || certs[0].PublicKey.VerifyEither(input, sig) {
					t.Errorf("%s: a good signature of 64 bytes", name)
				}
			}
		})
	}
}

// Claims of a tampered JWT are changed after the signature, all others before it.
func TestTamperedClaims(t *testing.T) {
	r := newRig(t)
	certs := r.certificates()
	for fault, want := range map[string]error{
		`{"path":"/ic/sso/","kind":"bad-jwt","claims":{"sub":"x"}}`:                           nil,
		`{"path":"/ic/sso/","kind":"bad-jwt","claims":{"sub":"x"},"signature":"tampered"}`:    gost.ErrSignature,
		`{"path":"/ic/sso/","kind":"bad-jwt","claims":{"sub":"x"},"signature":"expired"}`:     gost.ErrOutOfDate,
		`{"path":"/ic/sso/","kind":"bad-jwt","claims":{"nonce":null},"signature":"tampered"}`: gost.ErrSignature, // user-info has no nonce, and is changed all the same
	} {
		r.control("POST", "/api/faults", fault)
		jwt := r.jwts()["user-info"]
		r.control("DELETE", "/api/faults", "")
		input, sig := signedParts(t, jwt)
		if _, err := gost.VerifyCMS(sig, input, certs, r.now()); !errors.Is(err, want) {
			t.Errorf("%s: %v", fault, err)
		}
		if got := payload(t, jwt)["sub"]; strings.Contains(fault, "sub") && got != "x" {
			t.Errorf("%s: sub %v", fault, got)
		}
	}
	for _, f := range []string{`{"kind":"bad-jwt"}`, `{"kind":"bad-jwt","signature":"none"}`} {
		if a := do(t, http.DefaultClient, "POST", r.manage+"/api/faults", "", f); a.status != 400 {
			t.Errorf("%s: status %d", f, a.status)
		}
	}
}

// A key and certificate of the configuration: the bank signs with them, and the same call is signed the same way.
func TestOwnJWTKey(t *testing.T) {
	key, err := gost.GenerateKey(gost.TC26A)
	if err != nil {
		t.Fatal(err)
	}
	at, _ := time.Parse(time.RFC3339, start)
	cert, err := gost.NewCertificate(gost.Template{CommonName: "Given", Serial: 7, NotBefore: at.Add(-time.Hour), NotAfter: at.AddDate(1, 0, 0)}, key.Public, nil, key)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for range 2 {
		r := newRigWith(t, func(c *bankemu.Config) { c.JWTKey, c.JWTCertificate = key.PEM(), cert.PEM() })
		certs := r.certificates()
		if len(certs) != 1 || !bytes.Equal(certs[0].Raw, cert.Raw) {
			t.Fatal("another certificate is given out")
		}
		jwt := r.jwts()["user-info"]
		input, sig := signedParts(t, jwt)
		if _, err := gost.VerifyCMS(sig, input, certs, r.now()); err != nil {
			t.Error(err)
		}
		seen = append(seen, jwt)
	}
	if seen[0] != seen[1] {
		t.Error("two banks with one key sign the same thing differently")
	}
	for name, change := range map[string]func(*bankemu.Config){
		"no certificate": func(c *bankemu.Config) { c.JWTKey = key.PEM() },
		"no key":         func(c *bankemu.Config) { c.JWTCertificate = cert.PEM() },
		"another key": func(c *bankemu.Config) {
			other, _ := gost.GenerateKey(gost.TC26A)
			c.JWTKey, c.JWTCertificate = other.PEM(), cert.PEM()
		},
	} {
		var cfg bankemu.Config
		change(&cfg)
		if _, err := bankemu.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
