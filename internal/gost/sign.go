package gost

import (
	"crypto/hmac"
	"crypto/sha256"
	"math/big"
)

// SignatureSize is the length of a signature in bytes.
const SignatureSize = 64

// Sign signs the Streebog-256 digest of message. The signature is s‖r, each 32 bytes big-endian: the order of RFC 4491
// and 9215 that certificates, CMS and OpenSSL have. The same key and message give the same signature: see nonces.
func (k *PrivateKey) Sign(message []byte) [SignatureSize]byte { return k.SignDigest(Sum256(message)) }

// SignDigest is Sign when the digest is known already.
func (k *PrivateKey) SignDigest(digest [Size]byte) (sig [SignatureSize]byte) {
	c := k.Public.set.curve
	e := digestNumber(c, digest)
	next := k.nonces(e)
	for {
		n := next()
		p := c.mulBase(n)
		x, ok := c.x(&p)
		if !ok {
			continue
		}
		r := x.Mod(x, c.q)
		if r.Sign() == 0 {
			continue
		}
		s := new(big.Int).Mul(r, k.d)
		s.Add(s, n.Mul(n, e)).Mod(s, c.q)
		if s.Sign() == 0 {
			continue
		}
		s.FillBytes(sig[:32])
		r.FillBytes(sig[32:])
		return sig
	}
}

// Verify tells whether sig, s‖r as Sign makes it, is the key's signature of message.
func (p *PublicKey) Verify(message, sig []byte) bool { return p.VerifyDigest(Sum256(message), sig) }

// VerifyDigest is Verify when the digest is known already. s and r outside 1 to q-1 are refused.
func (p *PublicKey) VerifyDigest(digest [Size]byte, sig []byte) bool {
	if len(sig) != SignatureSize {
		return false
	}
	c := p.set.curve
	s, r := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	if s.Sign() == 0 || s.Cmp(c.q) >= 0 || r.Sign() == 0 || r.Cmp(c.q) >= 0 {
		return false
	}
	v := new(big.Int).ModInverse(digestNumber(c, digest), c.q)
	z1 := new(big.Int).Mul(s, v)
	z2 := v.Mul(v, new(big.Int).Sub(c.q, r))
	sum, own := c.mulBase(z1.Mod(z1, c.q)), c.mul(&p.point, z2.Mod(z2, c.q))
	c.add(&sum, &sum, &own)
	x, ok := c.x(&sum)
	return ok && x.Mod(x, c.q).Cmp(r) == 0
}

// VerifyEither is Verify for a bare signature whose order nobody wrote down: s‖r, or r‖s as GOST R 34.10-2012 itself
// writes it. Accepting both gives a forger nothing: each is a signature of the same key over the same message.
func (p *PublicKey) VerifyEither(message, sig []byte) bool {
	if len(sig) != SignatureSize {
		return false
	}
	digest := Sum256(message)
	return p.VerifyDigest(digest, sig) || p.VerifyDigest(digest, append(append([]byte{}, sig[32:]...), sig[:32]...))
}

// digestNumber is e of GOST R 34.10-2012: the digest read little-endian, as OpenSSL does; 0 counts as 1.
func digestNumber(c *curve, digest [Size]byte) *big.Int {
	e := fromLittle(digest[:])
	if e.Mod(e, c.q).Sign() == 0 {
		e.SetInt64(1)
	}
	return e
}

// nonces gives the secret number of a signature, and another one should the first not do: the generator of RFC 6979,
// 3.2, with HMAC-SHA-256 over the key and e. It is never seen from outside, so its hash need not be Streebog; and a
// bad source of random numbers cannot give the key away.
func (k *PrivateKey) nonces(e *big.Int) func() *big.Int {
	q := k.Public.set.curve.q
	var seed [64]byte
	k.d.FillBytes(seed[:32])
	e.FillBytes(seed[32:])
	key, v := make([]byte, 32), make([]byte, 32)
	mac := func(parts ...[]byte) []byte {
		h := hmac.New(sha256.New, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	for i := range v {
		v[i] = 1
	}
	for _, step := range []byte{0, 1} {
		key = mac(v, []byte{step}, seed[:])
		v = mac(v)
	}
	return func() *big.Int {
		for {
			v = mac(v)
			n := new(big.Int).SetBytes(v)
			n.Rsh(n, uint(256-q.BitLen()))
			if n.Sign() > 0 && n.Cmp(q) < 0 {
				return n
			}
			key = mac(v, []byte{0})
			v = mac(v)
		}
	}
}

func fromLittle(b []byte) *big.Int {
	rev := make([]byte, len(b))
	for i := range b {
		rev[len(b)-1-i] = b[i]
	}
	return new(big.Int).SetBytes(rev)
}

func littleEndian(x *big.Int) []byte {
	b := x.FillBytes(make([]byte, 32))
	for i := range 16 {
		b[i], b[31-i] = b[31-i], b[i]
	}
	return b
}
