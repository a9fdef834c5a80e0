package bankemu

import (
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
)

// certificateUUID names the certificate of a person's signature key.
func certificateUUID(p *Person) string { return uuidFrom("certificate", p.ID) }

// checkSignatures finds whose signatures came with a register: all must be genuine and fit together.
func (b *Bank) checkSignatures(d *payroll, co *Company) ([]*Person, *reply) {
	refuse := func(message string) *reply {
		r := fail(http.StatusBadRequest, "SIGN_CHECK_EXCEPTION", message)
		return &r
	}
	var signers []*Person
	for _, s := range d.doc.DigestSignatures {
		i := slices.IndexFunc(co.People, func(p Person) bool { return certificateUUID(&p) == s.CertificateUUID })
		if i < 0 || !co.People[i].MaySign {
			return nil, refuse("Сертификат не обнаружен или не является активным")
		}
		person := &co.People[i]
		if slices.Contains(signers, person) || len(signers) == co.signaturesNeeded() {
			return nil, refuse("Подлинность подписи не установлена: подписи не составляют допустимый набор")
		}
		cms, err := base64.StdEncoding.DecodeString(unwrapped.Replace(s.Base64Encoded))
		if err != nil || b.verifyDigest(d, person, cms) != nil {
			return nil, refuse("Подлинность подписи не установлена")
		}
		signers = append(signers, person)
	}
	return signers, nil
}

// verifyDigest: no key can be checked yet.
func (b *Bank) verifyDigest(*payroll, *Person, []byte) error { return errors.New("not verified") }
