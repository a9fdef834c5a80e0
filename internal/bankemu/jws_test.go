package bankemu_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankemu"
	"creditcart/internal/gost"
)

const jose = "application/jose"

func (r *rig) jws(payload string) string {
	r.t.Helper()
	return r.control("POST", "/api/sign-jws", body(r.t, object{"client": clientID, "payload": json.RawMessage(payload)})).json(r.t)["jws"].(string)
}

func (r *rig) postJOSE(token, sent string, headers ...string) answer {
	r.t.Helper()
	return do(r.t, http.DefaultClient, "POST", r.bank+pathPayrolls, jose, sent, append(headers, "Authorization", "Bearer "+token)...)
}

func encoded(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestJWSRequests(t *testing.T) {
	r, token := merchantPayrolls(t)
	r.control("POST", "/api/settings", `{"requireJWS":true}`)
	t.Run("plain JSON is refused", func(t *testing.T) {
		a := r.post(pathPayrolls, token, body(t, payroll(newID())))
		want := "В соответствии с текущими настройками сервиса с clientId=" + clientID + " необходимо использовать запрос в формате JWS Compact Serialization"
		if m := a.json(t); a.status != 415 || m["cause"] != "JWS_EXCEPTED" || m["message"] != want || m["referenceId"] == "" {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("before any certificate", func(t *testing.T) {
		a := r.postJOSE(token, encoded(`{"alg":"gost34.10-2012"}`)+"."+encoded(body(t, payroll(newID())))+".AAAA")
		if m := a.json(t); a.status != 400 || m["cause"] != signFault || m["message"] != notActive {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	good := func() string { return r.jws(body(t, payroll(newID()))) }
	bent := func(i int, to string) string {
		parts := strings.Split(good(), ".")
		parts[i] = to
		return strings.Join(parts, ".")
	}
	for _, c := range []struct {
		name, sent string
		status     int
		cause      string
	}{
		{"signed", good(), 201, ""},
		{"another payload", bent(1, encoded(body(t, payroll(newID())))), 400, signFault},
		{"another signature", bent(2, strings.Split(good(), ".")[2]), 400, signFault},
		{"another header", bent(0, encoded(`{"alg":"gost34.10-2012","typ":"JWT"}`)), 400, signFault},
		{"another algorithm", bent(0, encoded(`{"alg":"none"}`)), 400, garbled},
		{"a critical header", bent(0, encoded(`{"alg":"gost34.10-2012","crit":["exp"]}`)), 400, garbled},
		{"two parts", "e30.e30", 400, garbled},
		{"not base64url", "e30.e30.+", 400, garbled},
		{"JSON under the name of a JWS", body(t, payroll(newID())), 400, garbled},
		{"a signed wrong register", r.jws(`{}`), 400, invalid},
		{"nothing", "", 400, garbled},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a := r.postJOSE(token, c.sent); a.status != c.status || c.cause != "" && a.json(t)["cause"] != c.cause {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	t.Run("a call without a body", func(t *testing.T) {
		if a := r.get(pathPayrolls+"/"+newID()+"/state", token); a.status != 404 {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("not required", func(t *testing.T) {
		r.control("POST", "/api/settings", `{"requireJWS":false}`)
		if a := r.postJOSE(token, good()); a.status != 201 {
			t.Errorf("signed: %d %s", a.status, a.body)
		}
		r.sendPayroll(token, payroll(newID()))
	})
}

// To those who accept it the bank answers with a JWS of its own.
func TestJWSAnswers(t *testing.T) {
	r, token := merchantPayrolls(t)
	id := r.sendPayroll(token, payroll(newID()))
	for _, way := range []string{"cms", "raw"} {
		r.control("POST", "/api/settings", `{"jwtSignature":"`+way+`"}`)
		a := do(t, http.DefaultClient, "GET", r.bank+pathPayrolls+"/"+id+"/state", "", "", "Authorization", "Bearer "+token, "Accept", "application/jose, application/json;q=0.5")
		if a.status != 200 || a.header.Get("Content-Type") != jose || payload(t, a.body)["bankStatus"] != "CREATED" {
			t.Fatalf("%d %s", a.status, a.body)
		}
		at := strings.LastIndexByte(a.body, '.')
		sig, err := base64.RawURLEncoding.DecodeString(a.body[at+1:])
		if err != nil {
			t.Fatal(err)
		}
		certs := r.certificates()
		if _, err := gost.VerifyCMS(sig, []byte(a.body[:at]), certs, r.now()); (err == nil) != (way == "cms") {
			t.Errorf("%s: CMS: %v", way, err)
		}
		if certs[0].PublicKey.Verify([]byte(a.body[:at]), sig) != (way == "raw") {
			t.Errorf("%s: bare signature", way)
		}
	}
	if a := r.postJOSE(token, "x", "Accept", jose); a.status != 400 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := r.get(pathPayrolls+"/"+id+"/state", token); !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		t.Errorf("unasked: %s", a.header.Get("Content-Type"))
	}
}

// A partner's own certificate comes with the configuration or by control; its key is never in the box.
func TestJWSOwnCertificate(t *testing.T) {
	key, cert := ownCertificate(t)
	scope := bankemu.DefaultScope + " " + bankemu.PayrollScope
	configured := newRigWith(t, func(cfg *bankemu.Config) { cfg.Clients[0].Scope, cfg.Clients[0].Certificate = scope, cert.PEM() })
	registered := newRigWith(t, func(cfg *bankemu.Config) { cfg.Clients[0].Scope = scope })
	registered.control("PUT", "/api/clients/"+clientID+"/certificate", body(t, object{"certificate": string(cert.PEM())}))
	for name, r := range map[string]*rig{"configured": configured, "registered": registered} {
		t.Run(name, func(t *testing.T) {
			token := r.signInFor("merchant-manager", scope).Access
			input := encoded(`{"alg":"gost34.10-2012"}`) + "." + encoded(body(t, payroll(newID())))
			bare := key.Sign([]byte(input))
			if a := r.postJOSE(token, input+"."+base64.RawURLEncoding.EncodeToString(bare[:])); a.status != 201 {
				t.Errorf("a bare signature: %d %s", a.status, a.body)
			}
			if given := r.control("GET", "/api/clients/"+clientID+"/certificate", "").json(t); given["certificate"] != string(cert.PEM()) || given["privateKey"] != nil {
				t.Errorf("%v", given)
			}
			a := do(t, http.DefaultClient, "POST", r.manage+"/api/sign-jws", "application/json", body(t, object{"client": clientID, "payload": object{}}))
			if a.status != 409 {
				t.Errorf("signed without the key: %d %s", a.status, a.body)
			}
		})
	}
	for _, c := range [][3]string{{"PUT", "/api/clients/" + clientID + "/certificate", `{"certificate":"no"}`}, {"PUT", "/api/clients/9/certificate", "{}"},
		{"GET", "/api/clients/9/certificate", ""}, {"POST", "/api/sign-jws", `{"client":"9","payload":{}}`}} {
		if a := do(t, http.DefaultClient, c[0], registered.manage+c[1], "application/json", c[2]); a.status != 400 && a.status != 404 {
			t.Errorf("%v: %d", c, a.status)
		}
	}
	if _, err := bankemu.New(bankemu.Config{Clients: []bankemu.Client{{ID: "1", Secret: secret, RedirectURIs: []string{callback}, Certificate: []byte("no")}}}); err == nil {
		t.Error("a certificate that is none is taken")
	}
}

func ownCertificate(t *testing.T) (*gost.PrivateKey, *gost.Certificate) {
	t.Helper()
	key, err := gost.GenerateKey(gost.TC26A)
	if err != nil {
		t.Fatal(err)
	}
	at, _ := time.Parse(time.RFC3339, start)
	cert, err := gost.NewCertificate(gost.Template{CommonName: "partner", Serial: 1, NotBefore: at.Add(-time.Hour), NotAfter: at.Add(time.Hour)}, key.Public, nil, key)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

// FuzzJWS: whatever is sent as a JWS, the bank answers 201 or 400 with a documented cause, and never breaks.
func FuzzJWS(f *testing.F) {
	r, token := merchantPayrolls(f)
	f.Add(r.jws(body(f, payroll(newID()))))
	f.Add("e30.e30.e30")
	f.Add(encoded(`{"alg":"gost34.10-2012"}`) + ".e30." + encoded(strings.Repeat("x", 64)))
	f.Add(encoded(`{"alg":"gost34.10-2012"}`) + ".e30." + encoded("0\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x02\xa0\x80"))
	f.Fuzz(func(t *testing.T, sent string) {
		req := httptest.NewRequest(http.MethodPost, pathPayrolls, strings.NewReader(sent))
		req.Header.Set("Content-Type", jose)
		req.Header.Set("Authorization", token)
		rec := httptest.NewRecorder()
		r.direct.ServeHTTP(rec, req)
		a := answer{rec.Code, rec.Header(), rec.Body.String()}
		if a.status == 201 {
			return
		}
		if cause := a.json(t)["cause"]; a.status != 400 || (cause != invalid && cause != garbled && cause != flow && cause != signFault) {
			t.Errorf("status %d: %s", a.status, a.body)
		}
	})
}
