package sbid_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/bankemu"
	gostkey "creditcart/internal/gost"
	"creditcart/internal/sbid"
)

func keysOf(t testing.TB, pems ...[]byte) *sbid.BankKeys {
	t.Helper()
	var all []byte
	for _, p := range pems {
		all = append(all, p...)
	}
	keys, err := sbid.ParseBankKeys(all)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// checking is the emulator and a provider that checks signatures with choose of its certificates, at the moment now.
func checking(t *testing.T, choose func(signer, authority []byte) []byte, now func() time.Time) emulator {
	t.Helper()
	e := newEmulator(t)
	resp, err := http.Get(e.control + "/api/certificate")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	signer, rest := pem.Decode(text)
	authority, _ := pem.Decode(rest)
	given := choose(pem.EncodeToMemory(signer), pem.EncodeToMemory(authority))
	e.Provider = providerAt(t, e.url, func(c *sbid.Config) { c.BankKeys, c.Now = keysOf(t, given), now })
	return e
}

func providerAt(t *testing.T, url string, change func(*sbid.Config)) *sbid.Provider {
	t.Helper()
	api, err := bankapi.New(bankapi.Config{BaseURL: url, Rate: 1e6, RepeatInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	cfg := sbid.Config{AuthorizeURL: url, ClientID: clientID, ClientSecret: "s3cretSecret",
		RedirectURL: "https://shop.test/signin/callback", Scope: bankemu.DefaultScope, PKCE: true, API: api,
		Issuers: []string{bankemu.IDTokenIssuer, "http://localhost:8090"}}
	if change != nil {
		change(&cfg)
	}
	p, err := sbid.NewProvider(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (e emulator) settings(t *testing.T, body string) {
	t.Helper()
	resp, err := http.Post(e.control+"/api/settings", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Fatalf("settings: %s", resp.Status)
	}
}

// signIn does everything up to the identity.
func (e emulator) signIn(t *testing.T) error {
	t.Helper()
	a := sbid.NewAttempt(sbid.ContourSMS)
	code, err := e.Callback(a, e.enter(t, a, "allow"))
	if err != nil {
		t.Fatal(err)
	}
	id, tokens, err := e.Exchange(t.Context(), a, code)
	if err != nil && (id != sbid.Identity{} || tokens != sbid.Tokens{}) {
		t.Error("something of an untrusted JWT came through")
	}
	return err
}

func TestSignaturesAtTheEmulator(t *testing.T) {
	both := func(s, a []byte) []byte { return append(s, a...) }
	signer := func(s, _ []byte) []byte { return s }
	authority := func(_, a []byte) []byte { return a }
	fault := func(path, rest string) string { return `{"path":"` + path + `","kind":"bad-jwt",` + rest + `}` }
	later := func() time.Time { return time.Now().AddDate(21, 0, 0) }
	for _, tt := range []struct {
		name   string
		trust  func(signer, authority []byte) []byte
		form   string
		fault  string
		now    func() time.Time
		passes bool
	}{
		{name: "CMS, the signer is known", trust: signer, form: "cms", passes: true},
		{name: "CMS, its authority is known", trust: authority, form: "cms", passes: true},
		{name: "CMS, both", trust: both, form: "cms", passes: true},
		{name: "raw, the signer is known", trust: signer, form: "raw", passes: true},
		{name: "raw, both", trust: both, form: "raw", passes: true},
		{name: "raw, only the authority is known", trust: authority, form: "raw"},
		{name: "CMS, id_token changed", trust: both, form: "cms", fault: fault("*/token", `"signature":"tampered"`)},
		{name: "CMS, user-info changed", trust: both, form: "cms", fault: fault("*/user-info", `"signature":"tampered","claims":{"hasActiveCreditLine":true}`)},
		{name: "raw, id_token changed", trust: both, form: "raw", fault: fault("*/token", `"signature":"tampered"`)},
		{name: "raw, user-info changed", trust: both, form: "raw", fault: fault("*/user-info", `"signature":"tampered"`)},
		{name: "CMS, another key", trust: both, form: "cms", fault: fault("*/token", `"signature":"foreign"`)},
		{name: "CMS, another key, its authority has the same name", trust: authority, form: "cms", fault: fault("*/user-info", `"signature":"foreign"`)},
		{name: "raw, another key", trust: both, form: "raw", fault: fault("*/token", `"signature":"foreign"`)},
		{name: "CMS, an expired certificate", trust: authority, form: "cms", fault: fault("*/token", `"signature":"expired"`)},
		{name: "CMS, an expired certificate, user-info", trust: both, form: "cms", fault: fault("*/user-info", `"signature":"expired"`)},
		{name: "CMS, the configured certificate has expired", trust: signer, form: "cms", now: later},
		{name: "raw, the configured certificate has expired", trust: signer, form: "raw", now: later},
		{name: "only an RSA certificate is known", trust: func(_, _ []byte) []byte { return rsaCertificate(t, time.Now()).certificate }, form: "cms"},
		{name: "GOST and RSA are known", trust: func(s, _ []byte) []byte { return append(s, rsaCertificate(t, time.Now()).certificate...) }, form: "cms", passes: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.now == nil {
				tt.now = time.Now
			}
			e := checking(t, tt.trust, tt.now)
			e.settings(t, `{"jwtSignature":"`+tt.form+`"}`)
			if tt.fault != "" {
				e.fault(t, tt.fault)
			}
			err := e.signIn(t)
			if tt.passes && err != nil || !tt.passes && !errors.Is(err, sbid.ErrUntrusted) {
				t.Error(err)
			}
			if unchecked := providerAt(t, e.url, nil); tt.now().Before(time.Now().Add(time.Hour)) {
				e.Provider = unchecked
				if err := e.signIn(t); err != nil {
					t.Errorf("without a configured certificate signatures are not looked at: %v", err)
				}
			}
		})
	}
}

// rsaIdentity is an RSA key, as PEM of its certificate and of its bare public key.
type rsaIdentity struct {
	key                 *rsa.PrivateKey
	certificate, public []byte
}

func rsaCertificate(t testing.TB, now time.Time) rsaIdentity {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "RSA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, tpl, tpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return rsaIdentity{key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})}
}

// jwt is signed with RSA whatever alg says.
func (r rsaIdentity) jwt(t testing.TB, alg string, c claims) string {
	t.Helper()
	enc := base64.RawURLEncoding
	payload, _ := json.Marshal(c)
	input := enc.EncodeToString([]byte(`{"typ":"JWT","alg":"`+alg+`"}`)) + "." + enc.EncodeToString(payload)
	digest := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, r.key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + enc.EncodeToString(sig)
}

func TestRS256(t *testing.T) {
	own, other := rsaCertificate(t, start), rsaCertificate(t, start)
	gostKey, err := gostkey.GenerateKey(gostkey.CryptoProA)
	if err != nil {
		t.Fatal(err)
	}
	gostCert, err := gostkey.NewCertificate(gostkey.Template{CommonName: "Bank", Serial: 1, NotBefore: start, NotAfter: start.AddDate(1, 0, 0)}, gostKey.Public, nil, gostKey)
	if err != nil {
		t.Fatal(err)
	}
	a := sbid.NewAttempt(sbid.ContourSMS)
	good := own.jwt(t, "RS256", idToken(a.Nonce))
	parts := strings.Split(good, ".")
	changed := parts[0] + "." + strings.Split(own.jwt(t, "RS256", idToken(a.Nonce).with("acr", "x")), ".")[1] + "." + parts[2]
	for _, tt := range []struct {
		name   string
		keys   *sbid.BankKeys
		id     string
		now    time.Time
		passes bool
	}{
		{"a certificate", keysOf(t, own.certificate), good, start, true},
		{"a public key", keysOf(t, own.public), good, start, true},
		{"one of several", keysOf(t, other.certificate, gostCert.PEM(), own.public), good, start, true},
		{"no keys at all", nil, good, start, false},
		{"only GOST is known", keysOf(t, gostCert.PEM()), good, start, false},
		{"another RSA key", keysOf(t, other.public), good, start, false},
		{"a changed payload", keysOf(t, own.public), changed, start, false},
		{"RSA that says it is GOST", keysOf(t, own.public, gostCert.PEM()), own.jwt(t, "gost34.10-2012", idToken(a.Nonce)), start, false},
		{"RS512", keysOf(t, own.public), own.jwt(t, "RS512", idToken(a.Nonce)), start, false},
		{"alg none", keysOf(t, own.public, gostCert.PEM()), own.jwt(t, "none", idToken(a.Nonce)), start, false},
		{"a certificate out of date", keysOf(t, own.certificate), own.jwt(t, "RS256", idToken(a.Nonce).with("exp", start.AddDate(1, 0, 0).Unix())), start.Add(2 * time.Hour), false},
		{"four parts", keysOf(t, own.public), good + ".x", start, false},
		{"two parts", keysOf(t, own.public), parts[0] + "." + parts[1], start, false},
		{"JSON serialization", keysOf(t, own.public), `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, start, false},
		{"no signature", keysOf(t, own.public), parts[0] + "." + parts[1] + ".", start, false},
		{"64 zeros for GOST", keysOf(t, gostCert.PEM()), gost(idToken(a.Nonce)), start, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fake{
				token: func(n int, _ *http.Request, w http.ResponseWriter) { answer(w, 200, pair(n, tt.id)) },
				info:  func(_ *http.Request, w http.ResponseWriter) { info(w, own.jwt(t, "RS256", person())) },
			}
			p := newProvider(t, f, func(c *sbid.Config) { c.BankKeys = tt.keys }, at(tt.now))
			_, _, err := p.Exchange(t.Context(), a, "code")
			if tt.passes && err != nil || !tt.passes && !errors.Is(err, sbid.ErrUntrusted) {
				t.Error(err)
			}
		})
	}
}

func TestWrongBankKeys(t *testing.T) {
	block := func(typ string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}))
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256, _ := x509.MarshalPKIXPublicKey(ec.Public())
	t.Setenv("GODEBUG", "rsa1024min=0")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	short, _ := x509.MarshalPKIXPublicKey(weak.Public())
	good := string(rsaCertificate(t, start).public)
	for name, text := range map[string]string{
		"nothing": "", "no PEM": "certificate", "a private key": good + block("PRIVATE KEY", []byte{0x30, 0}), "an elliptic key": good + block("PUBLIC KEY", p256),
		"1024 bits": block("PUBLIC KEY", short), "a broken certificate": good + block("CERTIFICATE", []byte{0x30, 0}), "a broken key": block("PUBLIC KEY", []byte{1}),
	} {
		if keys, err := sbid.ParseBankKeys([]byte(text)); err == nil || keys != nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzBankKeys(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if keys, err := sbid.ParseBankKeys(data); err == nil && keys == nil {
			t.Error("neither keys nor an error")
		}
	})
}
