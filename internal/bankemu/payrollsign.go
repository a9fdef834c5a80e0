package bankemu

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"creditcart/internal/gost"
)

// signingKey is a GOST key with its certificate. key is nil when the owner keeps it.
type signingKey struct {
	key  *gost.PrivateKey
	cert *gost.Certificate
}

// signingKeyLife: certificates of people last a year.
const signingKeyLife = 365 * 24 * time.Hour

// keyOf is the signature key of a person or a partner, made when it is first needed and when the old certificate has
// ended. Keys are no part of the state: a reset leaves them alone, so that tools may go on using theirs.
func (b *Bank) keyOf(owner string, now time.Time) (signingKey, error) {
	if k, ok := b.keys[owner]; ok && (k.key == nil || k.cert.ValidAt(now) == nil) {
		return k, nil
	}
	key, err := gost.GenerateKey(gost.CryptoProA)
	if err != nil {
		return signingKey{}, err
	}
	// It begins a month ago: the clock may be moved back a little.
	tpl := gost.Template{CommonName: owner, Serial: now.UnixNano(), NotBefore: now.AddDate(0, -1, 0), NotAfter: now.Add(signingKeyLife)}
	cert, err := gost.NewCertificate(tpl, key.Public, nil, key)
	if err != nil {
		return signingKey{}, err
	}
	b.keys[owner] = signingKey{key, cert}
	return b.keys[owner], nil
}

func personOwner(p *Person) string { return "person " + p.ID }

// certificateUUID names the certificate of a person's signature key.
func certificateUUID(p *Person) string { return uuidFrom("certificate", p.ID) }

// checkSignatures finds whose signatures came with a register: all must be genuine and fit together. The only signature
// of a company that needs one, or up to two of different people in any order.
func (b *Bank) checkSignatures(d *payroll, co *Company, now time.Time) ([]*Person, *reply) {
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
		k, ok := b.keys[personOwner(person)]
		if !ok || k.cert.ValidAt(now) != nil {
			return nil, refuse("Сертификат не обнаружен или не является активным")
		}
		if slices.Contains(signers, person) || len(signers) == co.signaturesNeeded() || !d.signedBy(k.cert, s.Base64Encoded, now) {
			return nil, refuse("Подлинность подписи не установлена")
		}
		signers = append(signers, person)
	}
	return signers, nil
}

// signedBy checks a detached CMS over the digest, in whichever of its readings.
func (p *payroll) signedBy(cert *gost.Certificate, encoded string, now time.Time) bool {
	cms, err := base64.StdEncoding.DecodeString(unwrapped.Replace(encoded))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(p.digests(), func(text string) bool {
		_, err := gost.VerifyCMS(cms, []byte(text), []*gost.Certificate{cert}, now)
		return err == nil
	})
}

// controlPersonCertificate gives out a person's certificate and, so that other tools can sign, the key.
func (b *Bank) controlPersonCertificate(c *call) reply {
	_, person := b.findPerson(c.r.PathValue("id"))
	if person == nil {
		return controlError(http.StatusNotFound, errors.New("no such person"))
	}
	k, err := b.keyOf(personOwner(person), c.now)
	if err != nil {
		return controlError(http.StatusInternalServerError, err)
	}
	return jsonReply(http.StatusOK, map[string]string{"certificateUuid": certificateUUID(person),
		"certificate": string(k.cert.PEM()), "privateKey": string(k.key.PEM())})
}

// controlSignDigest signs a text with a person's key: for those who have no GOST tools.
func (b *Bank) controlSignDigest(c *call) reply {
	var in struct {
		Person string `json:"person"`
		Digest string `json:"digest"`
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	_, person := b.findPerson(in.Person)
	if person == nil || in.Digest == "" {
		return controlError(http.StatusBadRequest, fmt.Errorf("person and digest are required: %q is nobody here or the digest is empty", in.Person))
	}
	k, err := b.keyOf(personOwner(person), c.now)
	if err != nil {
		return controlError(http.StatusInternalServerError, err)
	}
	cms := gost.SignCMS([]byte(in.Digest), k.key, k.cert, nil, c.now)
	return jsonReply(http.StatusOK, signature{base64.StdEncoding.EncodeToString(cms), certificateUUID(person)})
}
