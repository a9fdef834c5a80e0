package sbid

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"creditcart/internal/gost"
)

// BankKeys are what the signatures of the bank's JWTs are checked against (decision 6). The type of a key decides the
// algorithm of the JWTs it may sign: GOST for gost34.10-2012, RSA for RS256.
type BankKeys struct {
	gost []*gost.Certificate
	rsa  []rsaKey
}

type rsaKey struct {
	public              *rsa.PublicKey
	notBefore, notAfter time.Time // zero for a bare key
}

// minRSA is the least length of an RSA key, in bits (RFC 7518, 3.3).
const minRSA = 2048

// ParseBankKeys reads PEM: certificates of GOST keys (a signer's, or an authority's that issues signers) and of RSA
// keys, and bare RSA public keys. Anything else in the file is an error, so that nobody believes it counts.
func ParseBankKeys(text []byte) (*BankKeys, error) {
	keys := &BankKeys{}
	for n := 1; ; n++ {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if err := keys.add(block); err != nil {
			return nil, fmt.Errorf("block %d (%s): %w", n, block.Type, err)
		}
	}
	if len(keys.gost)+len(keys.rsa) == 0 {
		return nil, errors.New("no certificate or public key in PEM")
	}
	return keys, nil
}

func (k *BankKeys) add(block *pem.Block) error {
	switch block.Type {
	case "CERTIFICATE":
		cert, err := gost.ParseCertificate(block.Bytes)
		if err == nil {
			k.gost = append(k.gost, cert)
			return nil
		}
		if !errors.Is(err, gost.ErrUnsupported) {
			return err
		}
		other, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return err
		}
		return k.addRSA(other.PublicKey, other.NotBefore, other.NotAfter)
	case "PUBLIC KEY":
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return fmt.Errorf("not an RSA key: %w", err)
		}
		return k.addRSA(public, time.Time{}, time.Time{})
	}
	return errors.New("want CERTIFICATE or PUBLIC KEY")
}

func (k *BankKeys) addRSA(public any, notBefore, notAfter time.Time) error {
	key, ok := public.(*rsa.PublicKey)
	if !ok {
		return errors.New("want a key of GOST R 34.10-2012 (256 bits) or RSA")
	}
	if key.N.BitLen() < minRSA {
		return fmt.Errorf("an RSA key of %d bits; want %d or more", key.N.BitLen(), minRSA)
	}
	k.rsa = append(k.rsa, rsaKey{key, notBefore, notAfter})
	return nil
}

// algorithms are the values of alg that the keys can check.
func (k *BankKeys) algorithms() (out []string) {
	if len(k.gost) > 0 {
		out = append(out, gostAlg)
	}
	if len(k.rsa) > 0 {
		out = append(out, rsaAlg)
	}
	return out
}

// verify checks sig over input, the header.payload of a JWT, at the moment now.
func (k *BankKeys) verify(alg string, input, sig []byte, now time.Time) error {
	switch {
	case alg == rsaAlg:
		return k.verifyRSA(input, sig, now)
	case alg != gostAlg:
		return fmt.Errorf("alg %q", alg)
	case len(sig) == gost.SignatureSize:
		return k.verifyRaw(input, sig, now)
	}
	_, err := gost.VerifyCMS(sig, input, k.gost, now)
	return err
}

// verifyRaw checks the bare form of 2020. No document tells its order of s and r, so either will do. It says nothing of
// the signer: only the configured certificates' own keys count.
func (k *BankKeys) verifyRaw(input, sig []byte, now time.Time) error {
	err := gost.ErrSignature
	for _, c := range k.gost {
		if c.MaySign() && c.PublicKey.VerifyEither(input, sig) {
			if err = c.ValidAt(now); err == nil {
				return nil
			}
		}
	}
	return err
}

func (k *BankKeys) verifyRSA(input, sig []byte, now time.Time) error {
	digest := sha256.Sum256(input)
	err := errors.New("wrong RS256 signature")
	for _, key := range k.rsa {
		if rsa.VerifyPKCS1v15(key.public, crypto.SHA256, digest[:], sig) != nil {
			continue
		}
		if key.notAfter.IsZero() || !now.Before(key.notBefore) && !now.After(key.notAfter) {
			return nil
		}
		err = errors.New("the RSA certificate is out of date")
	}
	return err
}
