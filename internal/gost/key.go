package gost

import (
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
)

// PublicKey is a point of one of the curves. It was checked when it was made.
type PublicKey struct {
	set   *paramSet
	point affine
}

// PrivateKey is a number below the order of its curve.
type PrivateKey struct {
	Public *PublicKey
	d      *big.Int
}

// GenerateKey draws a key.
func GenerateKey(set ParamSet) (*PrivateKey, error) {
	s := setNamed(set)
	if s == nil {
		return nil, fmt.Errorf("gost: no parameter set %q", string(set))
	}
	d, err := rand.Int(rand.Reader, new(big.Int).Sub(s.curve.q, big.NewInt(1)))
	if err != nil {
		return nil, err
	}
	return newPrivateKey(s, d.Add(d, big.NewInt(1)))
}

func newPrivateKey(s *paramSet, d *big.Int) (*PrivateKey, error) {
	if d.Sign() <= 0 || d.Cmp(s.curve.q) >= 0 {
		return nil, errors.New("gost: a private key out of range")
	}
	p := s.curve.mulBase(d)
	return &PrivateKey{Public: &PublicKey{set: s, point: s.curve.affine(&p)}, d: d}, nil
}

// Equal tells whether two keys are the same point under the same parameter set.
func (p *PublicKey) Equal(o *PublicKey) bool { return p.set.name == o.set.name && p.point == o.point }

// ParamSet is the name the key's curve goes by.
func (p *PublicKey) ParamSet() ParamSet { return p.set.name }

// ParsePrivateKeyPEM reads the first PRIVATE KEY block (PKCS#8) with a bare 256-bit key, as OpenSSL writes it.
func ParsePrivateKeyPEM(text []byte) (*PrivateKey, error) {
	for {
		var b *pem.Block
		if b, text = pem.Decode(text); b == nil {
			return nil, errors.New("gost: no PRIVATE KEY block")
		}
		if b.Type == "PRIVATE KEY" {
			return parsePrivateKey(b.Bytes)
		}
	}
}

func parsePrivateKey(data []byte) (*PrivateKey, error) {
	var in struct {
		Version    int
		Algorithm  pkix.AlgorithmIdentifier
		Key        []byte
		Attributes asn1.RawValue `asn1:"optional,tag:0"`
	}
	if err := unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("gost: private key: %w", err)
	}
	s, err := keySet(in.Algorithm)
	if err != nil {
		return nil, err
	}
	if len(in.Key) != 32 {
		return nil, errors.New("gost: a private key that is not 32 bytes")
	}
	return newPrivateKey(s, fromLittle(in.Key))
}

// PEM is the key as PKCS#8, in the clear.
func (k *PrivateKey) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY",
		Bytes: sequence(der(0), k.Public.algorithm(), tlv(tagOctets, littleEndian(k.d)))})
}

// ParsePublicKey reads a SubjectPublicKeyInfo: 64 bytes, x‖y, each little-endian. A point that is not on its curve is
// refused, and so is one outside the group of the base point.
func ParsePublicKey(spki []byte) (*PublicKey, error) {
	var in struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if err := unmarshal(spki, &in); err != nil {
		return nil, fmt.Errorf("gost: public key: %w", err)
	}
	s, err := keySet(in.Algorithm)
	if err != nil {
		return nil, err
	}
	var raw []byte
	if err := unmarshal(in.Key.Bytes, &raw); err != nil || len(raw) != 64 || in.Key.BitLength%8 != 0 {
		return nil, errors.New("gost: a public key that is not 64 bytes")
	}
	x, y := fromLittle(raw[:32]), fromLittle(raw[32:])
	f := s.curve.f
	if x.Cmp(f.prime) >= 0 || y.Cmp(f.prime) >= 0 {
		return nil, errors.New("gost: a public key out of range")
	}
	p := affine{f.from(x), f.from(y)}
	if !s.curve.contains(&p) {
		return nil, errors.New("gost: a public key that is not on its curve")
	}
	if s.curve.cofactor > 1 {
		if zero := s.curve.mul(&p, s.curve.q); !zero.z.isZero() {
			return nil, errors.New("gost: a public key outside its group")
		}
	}
	return &PublicKey{set: s, point: p}, nil
}

// SPKI is the key as SubjectPublicKeyInfo, DER.
func (p *PublicKey) SPKI() []byte {
	f := p.set.curve.f
	raw := append(littleEndian(f.int(&p.point.x)), littleEndian(f.int(&p.point.y))...)
	return sequence(p.algorithm(), der(asn1.BitString{Bytes: tlv(tagOctets, raw), BitLength: 8 * 66}))
}

func (p *PublicKey) algorithm() []byte {
	params := [][]byte{der(p.set.oid)}
	if p.set.withDigest {
		params = append(params, der(oidDigest))
	}
	return sequence(der(oidKey), sequence(params...))
}

// keySet is the parameter set an AlgorithmIdentifier of a key names (RFC 9215, 4.2). A digest other than Streebog-256
// is refused; the third parameter, for encryption, is ignored.
func keySet(a pkix.AlgorithmIdentifier) (*paramSet, error) {
	if !a.Algorithm.Equal(oidKey) {
		return nil, fmt.Errorf("gost: %w: key algorithm %s", ErrUnsupported, a.Algorithm)
	}
	var params struct {
		Set        asn1.ObjectIdentifier
		Digest     asn1.ObjectIdentifier `asn1:"optional"`
		Encryption asn1.ObjectIdentifier `asn1:"optional"`
	}
	if err := unmarshal(a.Parameters.FullBytes, &params); err != nil {
		return nil, fmt.Errorf("gost: key parameters: %w", err)
	}
	s := setOf(params.Set)
	if s == nil || len(params.Digest) > 0 && !params.Digest.Equal(oidDigest) {
		return nil, fmt.Errorf("gost: %w: key parameters %s %s", ErrUnsupported, params.Set, params.Digest)
	}
	return s, nil
}

// ErrUnsupported is a key or signature of another algorithm than this package knows.
var ErrUnsupported = errors.New("not GOST R 34.10-2012 of 256 bits")
