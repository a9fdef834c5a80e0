package bankemu_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankemu"
	"creditcart/internal/gost"
)

// digestOf asks control for the digest of a register.
func (r *rig) digestOf(o object) string {
	r.t.Helper()
	return r.control("POST", "/api/digest", body(r.t, o)).json(r.t)["digest"].(string)
}

// signedBy adds a person's signature over a text.
func (r *rig) signedBy(o object, person, text string) object {
	r.t.Helper()
	m := r.control("POST", "/api/sign-digest", body(r.t, object{"person": person, "digest": text})).json(r.t)
	return withSignature(o, m["base64Encoded"].(string), m["certificateUuid"].(string))
}

const (
	notGenuine = "Подлинность подписи не установлена"
	notActive  = "Сертификат не обнаружен или не является активным"
)

func TestPayrollSignatures(t *testing.T) {
	merchant, merchantToken := merchantPayrolls(t)
	duet, duetToken := duetPayrolls(t)
	twice := func(first, second string) object {
		o := duetPayroll()
		text := duet.digestOf(o)
		return duet.signedBy(duet.signedBy(o, first, text), second, text)
	}
	bent := func(change func(string) string) object {
		o := payroll(newID())
		o["loanAmount"], o["loanDate"] = rub("1000.00"), "2019-03-04"
		return merchant.signedBy(o, "merchant-manager", change(merchant.digestOf(o)))
	}
	same := func(s string) string { return s }
	for _, c := range []struct {
		name    string
		r       *rig
		token   string
		o       object
		status  string // or the message of SIGN_CHECK_EXCEPTION
		signers int
	}{
		{"the only signature", merchant, merchantToken, bent(same), "SIGNED", 1},
		{"without the last line break", merchant, merchantToken, bent(func(s string) string { return strings.TrimSuffix(s, "\n") }), "SIGNED", 1},
		{"the table's spelling of a loan", merchant, merchantToken, bent(strings.NewReplacer("loanamount", "loanAmount", "loandate", "loanDate").Replace), "SIGNED", 1},
		{"base64 with line breaks", merchant, merchantToken, wrapped(bent(same)), "SIGNED", 1},
		{"another sum in the digest", merchant, merchantToken, bent(strings.NewReplacer("10000.55", "10000.56").Replace), notGenuine, 0},
		{"a tag missing in the digest", merchant, merchantToken, bent(strings.NewReplacer("month=Ноябрь\n", "").Replace), notGenuine, 0},
		{"another order of employees", merchant, merchantToken, bent(strings.NewReplacer("200001", "200002", "200002", "200001").Replace), notGenuine, 0},
		{"not a CMS", merchant, merchantToken, notCMS(merchant, bent(same)), notGenuine, 0},
		{"first of two signatures", duet, duetToken, func() object { o := duetPayroll(); return duet.signedBy(o, "duet-accountant", duet.digestOf(o)) }(), "PARTSIGNED", 1},
		{"first and second", duet, duetToken, twice("duet-director", "duet-accountant"), "SIGNED", 2},
		{"second and first", duet, duetToken, twice("duet-accountant", "duet-director"), "SIGNED", 2},
		{"the same person twice", duet, duetToken, twice("duet-director", "duet-director"), notGenuine, 0},
		{"another company's person", duet, duetToken, func() object { o := duetPayroll(); return duet.signedBy(o, "sokolov", duet.digestOf(o)) }(), notActive, 0},
		{"two where one is needed", merchant, merchantToken, func() object {
			o := bent(same)
			list := o["digestSignatures"].([]object)
			o["digestSignatures"] = append(list, list[0])
			return o
		}(), notGenuine, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := c.r.post(pathPayrolls, c.token, body(t, c.o))
			m := a.json(t)
			if c.signers == 0 {
				if a.status != 400 || m["cause"] != signFault || m["message"] != c.status {
					t.Fatalf("%d %s", a.status, a.body)
				}
				if again := c.r.payrollState(c.o["externalId"].(string), c.token); again != "404" {
					t.Errorf("a refused register is there: %s", again)
				}
				return
			}
			if a.status != 201 || m["bankStatus"] != c.status || len(m["digestSignatures"].([]any)) != c.signers {
				t.Fatalf("%d %s", a.status, a.body)
			}
		})
	}
}

func wrapped(o object) object {
	s := o["digestSignatures"].([]object)[0]
	text := s["base64Encoded"].(string)
	s["base64Encoded"] = text[:64] + "\r\n" + text[64:128] + "\n" + text[128:]
	return o
}

func notCMS(_ *rig, o object) object {
	o["digestSignatures"].([]object)[0]["base64Encoded"] = "AAAA"
	return o
}

// A register that came with one signature of two is finished at the desk.
func TestPayrollSecondSignatureAtTheDesk(t *testing.T) {
	r, token := duetPayrolls(t)
	o := duetPayroll()
	id := r.sendPayroll(token, r.signedBy(o, "duet-director", r.digestOf(o)))
	if a := do(t, browser(), "POST", r.manage+"/api/documents/"+id+"/sign", "application/json", `{"person":"duet-director"}`); a.status != 409 {
		t.Errorf("the same person: %d %s", a.status, a.body)
	}
	r.control("POST", "/api/documents/"+id+"/sign", "")
	if got := r.payrollState(id, token); got != "SIGNED" {
		t.Error(got)
	}
}

// The key that control gives out signs elsewhere: nothing but the document and the key is needed.
func TestPayrollSignedElsewhere(t *testing.T) {
	r, token := merchantPayrolls(t)
	given := r.control("GET", "/api/people/merchant-manager/certificate", "").json(t)
	key, err := gost.ParsePrivateKeyPEM([]byte(given["privateKey"].(string)))
	if err != nil {
		t.Fatal(err)
	}
	certs, err := gost.ParseCertificatesPEM([]byte(given["certificate"].(string)))
	if err != nil {
		t.Fatal(err)
	}
	signed := func(key *gost.PrivateKey, cert *gost.Certificate) object {
		o := payroll(newID())
		cms := gost.SignCMS([]byte(r.digestOf(o)), key, cert, nil, r.now())
		return withSignature(o, base64.StdEncoding.EncodeToString(cms), given["certificateUuid"].(string))
	}
	r.sendPayroll(token, signed(key, certs[0]))
	other, err := gost.GenerateKey(gost.CryptoProA)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := gost.NewCertificate(gost.Template{CommonName: "person merchant-manager", Serial: 7, NotBefore: r.now().Add(-time.Hour), NotAfter: r.now().Add(time.Hour)}, other.Public, nil, other)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]object{"another key": signed(other, forged), "another key under the certificate": signed(other, certs[0])} {
		if a := r.post(pathPayrolls, token, body(t, o)); a.status != 400 || a.json(t)["message"] != notGenuine {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	t.Run("outside the time of the certificate", func(t *testing.T) {
		o := signed(key, certs[0])
		r.control("POST", "/api/clock", `{"advance":"-1440h"}`) // a client's secret does not live until the certificate's end
		if a := r.post(pathPayrolls, token, body(t, o)); a.status != 400 || a.json(t)["message"] != notActive {
			t.Errorf("%d %s", a.status, a.body)
		}
		if again := r.control("GET", "/api/people/merchant-manager/certificate", "").json(t); again["certificate"] == given["certificate"] {
			t.Error("it is given out")
		}
	})
	for path, sent := range map[string]string{"/api/people/nobody/certificate": "", "/api/sign-digest": `{"person":"nobody","digest":"x"}`} {
		method := map[bool]string{true: "GET", false: "POST"}[sent == ""]
		if a := do(t, browser(), method, r.manage+path, "application/json", sent); a.status != 404 && a.status != 400 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// The partner may use an account only while the company lets it.
func TestPayrollClosedAccounts(t *testing.T) {
	for name, close := range map[string]func(*rig){
		"not ticked in the offer":   func(r *rig) { r.control("PUT", "/api/consents/merchant", `{"accounts":[]}`) },
		"the partner is blocked":    func(r *rig) { r.control("PUT", "/api/clients/"+clientID, `{"blocked":true}`) },
		"no open account":           func(r *rig) { r.control("PUT", "/api/accounts/"+bankemu.MerchantAccount, `{"state":"CLOSED"}`) },
		"the account is not stated": func(r *rig) { r.control("PUT", "/api/consents/merchant", `{"accounts":[]}`) },
	} {
		t.Run(name, func(t *testing.T) {
			r, token := merchantPayrolls(t)
			close(r)
			o := payroll(newID())
			if strings.HasSuffix(name, "stated") {
				delete(o, "account")
			}
			want := "Для внешнего сервиса недоступны операции по счету: " + bankemu.MerchantAccount
			if name == "no open account" {
				want = "Отсутствует доступный открытый рублевый расчетный счет у организации плательщика"
			}
			if a := r.post(pathPayrolls, token, body(t, o)); a.status != 400 || a.json(t)["cause"] != flow || a.json(t)["message"] != want {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	t.Run("the offer was withdrawn", func(t *testing.T) {
		r, token := merchantPayrolls(t)
		r.control("DELETE", "/api/consents/merchant", "")
		if a := r.post(pathPayrolls, token, body(t, payroll(newID()))); a.status != 403 {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}
