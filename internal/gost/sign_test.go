package gost

import (
	"bytes"
	"encoding/pem"
	"math/big"
	"testing"
)

var names = []ParamSet{CryptoProA, CryptoProB, CryptoProC, CryptoProXA, CryptoProXB, TC26A, TC26B, TC26C, TC26D}

func key(t testing.TB, set ParamSet) *PrivateKey {
	t.Helper()
	k, err := ParsePrivateKeyPEM(read(t, "key-"+string(set)+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Keys and bare signatures of OpenSSL are understood, and what we write is what it writes.
func TestKeysAndSignaturesOfOpenSSL(t *testing.T) {
	message := read(t, "message")
	for _, set := range names {
		k := key(t, set)
		if k.Public.ParamSet() != set {
			t.Errorf("%s: read as %s", set, k.Public.ParamSet())
		}
		if !bytes.Equal(k.PEM(), read(t, "key-"+string(set)+".pem")) {
			t.Errorf("%s: the private key is written otherwise", set)
		}
		block, _ := pem.Decode(read(t, "public-"+string(set)+".pem"))
		p, err := ParsePublicKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Equal(k.Public) || !bytes.Equal(p.SPKI(), block.Bytes) {
			t.Errorf("%s: the public key differs", set)
		}
		sig := read(t, "raw-"+string(set)+".bin")
		if !p.Verify(message, sig) {
			t.Errorf("%s: a signature of OpenSSL is refused", set)
		}
		if p.Verify(append([]byte("x"), message...), sig) {
			t.Errorf("%s: another message is accepted", set)
		}
		for i := range sig {
			sig[i] ^= 1
			if p.Verify(message, sig) {
				t.Errorf("%s: accepted with byte %d changed", set, i)
			}
			sig[i] ^= 1
		}
	}
}

// RFC 7091, section 7.1: the curve of the example is not a named one.
func TestSignatureOfTheRFC(t *testing.T) {
	c := newCurve("8000000000000000000000000000000000000000000000000000000000000431", "7",
		"5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E",
		"8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3", "2",
		"08E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8", 1)
	k, err := newPrivateKey(&paramSet{curve: c}, number("7A929ADE789BB9BE10ED359DD39A72C11B60961F49397EEE1D19CE9891EC3B28"))
	if err != nil {
		t.Fatal(err)
	}
	if x, y := c.f.int(&k.Public.point.x), c.f.int(&k.Public.point.y); x.Cmp(number("7F2B49E270DB6D90D8595BEC458B50C58585BA1D4E9B788F6689DBD8E56FD80B")) != 0 ||
		y.Cmp(number("26F1B489D6701DD185C8413A977B3CBBAF64D1C593D26627DFFB101A87FF77DA")) != 0 {
		t.Fatalf("public key %x, %x", x, y)
	}
	e := [Size]byte(littleEndian(number("2DFBC1B372D89A1188C09C52E0EEC61FCE52032AB1022E8E67ECE6672B043EE5")))
	r := number("41AA28D2F1AB148280CD9ED56FEDA41974053554A42767B83AD043FD39DC0493")
	s := number("1456C64BA4642A1653C235A98A60249BCD6D3F746B631DF928014F6C5BF9C40")
	sig := append(s.FillBytes(make([]byte, 32)), r.FillBytes(make([]byte, 32))...)
	if !k.Public.VerifyDigest(e, sig) {
		t.Error("the signature of the RFC is refused")
	}
}

func TestSignAndVerify(t *testing.T) {
	for _, set := range names {
		k, err := GenerateKey(set)
		if err != nil {
			t.Fatal(err)
		}
		sig := k.Sign([]byte("message"))
		if !k.Public.Verify([]byte("message"), sig[:]) || k.Public.Verify([]byte("massage"), sig[:]) {
			t.Errorf("%s: own signature", set)
		}
		if k.Sign([]byte("message")) != sig {
			t.Errorf("%s: not repeatable", set)
		}
		if other := k.Sign([]byte("massage")); bytes.Equal(other[32:], sig[32:]) {
			t.Errorf("%s: the same nonce for two messages", set)
		}
	}
	if _, err := GenerateKey("Z"); err == nil {
		t.Error("a key on no curve")
	}
}

func TestByteOrders(t *testing.T) {
	p, m, sig := key(t, CryptoProA).Public, read(t, "message"), read(t, "raw-A.bin")
	swapped := append(append([]byte{}, sig[32:]...), sig[:32]...)
	if p.Verify(m, swapped) {
		t.Error("Verify takes r‖s")
	}
	if !p.VerifyEither(m, sig) || !p.VerifyEither(m, swapped) || p.VerifyEither(m, reversed(sig)) || p.VerifyEither(m[1:], swapped) {
		t.Error("VerifyEither takes s‖r and r‖s, big-endian, and nothing else")
	}
}

// s and r are numbers from 1 to q-1: nothing else is a signature, be it equal modulo q.
func TestNumbersOutOfRange(t *testing.T) {
	for _, set := range names {
		k, m := key(t, set), read(t, "message")
		sig := read(t, "raw-"+string(set)+".bin")
		q := k.Public.set.curve.q
		s, r := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
		top := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
		zero := new(big.Int)
		for _, pair := range [][2]*big.Int{{zero, r}, {s, zero}, {zero, zero}, {q, r}, {s, q}, {top, r}, {s, top},
			{new(big.Int).Add(s, q), r}, {s, new(big.Int).Add(r, q)}, {new(big.Int).Sub(q, s), r}} {
			if pair[0].BitLen() > 256 || pair[1].BitLen() > 256 {
				continue
			}
			bad := append(pair[0].FillBytes(make([]byte, 32)), pair[1].FillBytes(make([]byte, 32))...)
			if k.Public.VerifyEither(m, bad) {
				t.Errorf("%s: accepted %x", set, bad)
			}
		}
		for _, n := range []int{0, 1, 63} {
			if k.Public.VerifyEither(m, sig[:n]) {
				t.Errorf("accepted %d bytes", n)
			}
		}
		if k.Public.VerifyEither(m, append(sig, 0)) {
			t.Error("accepted 65 bytes")
		}
	}
}

func TestBadKeys(t *testing.T) {
	block, _ := pem.Decode(read(t, "public-A.pem"))
	good := block.Bytes
	if _, err := ParsePublicKey(good); err != nil {
		t.Fatal(err)
	}
	at := len(good) - 64
	change := func(edit func(spki []byte)) []byte {
		out := bytes.Clone(good)
		edit(out)
		return out
	}
	for name, spki := range map[string][]byte{
		"off the curve":        change(func(b []byte) { b[at] ^= 1 }),
		"zero":                 change(func(b []byte) { clear(b[at:]) }),
		"x not below p":        change(func(b []byte) { copy(b[at:at+32], bytes.Repeat([]byte{0xFF}, 32)) }),
		"another algorithm":    change(func(b []byte) { b[bytes.Index(b, der(oidKey)[2:])+7] = 2 }),
		"another set":          change(func(b []byte) { b[bytes.Index(b, der(setNamed("A").oid)[2:])+6] = 9 }),
		"another digest":       change(func(b []byte) { b[bytes.Index(b, der(oidDigest)[2:])+7] = 3 }),
		"the key is no octets": change(func(b []byte) { b[at-2] = 2 }),
		"data behind":          append(bytes.Clone(good), 0),
		"cut":                  good[:len(good)-1],
		"nothing":              nil,
	} {
		if _, err := ParsePublicKey(spki); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	// The point (x, 0) has order two: on the curve of TCA, but outside the group of the base point.
	set := setNamed(TC26A)
	two, ok := pointOfOrderTwo(set.curve)
	if !ok {
		t.Fatal("no point of order two")
	}
	if _, err := ParsePublicKey((&PublicKey{set, two}).SPKI()); err == nil {
		t.Error("a point of order two is accepted")
	}
	for _, d := range []*big.Int{new(big.Int), set.curve.q, new(big.Int).Add(set.curve.q, big.NewInt(1))} {
		if _, err := newPrivateKey(set, d); err == nil {
			t.Errorf("private key %x", d)
		}
	}
	for _, text := range []string{"", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", string(read(t, "cert-A.pem"))} {
		if _, err := ParsePrivateKeyPEM([]byte(text)); err == nil {
			t.Errorf("a private key of %q", text)
		}
	}
}

// pointOfOrderTwo takes a random point of the whole curve times q: what is left has an order of 1, 2 or 4.
func pointOfOrderTwo(c *curve) (affine, bool) {
	for n := int64(1); n < 200; n++ {
		x := c.f.from(big.NewInt(n))
		var rhs elem
		c.f.sqr(&rhs, &x)
		c.f.add(&rhs, &rhs, &c.a)
		c.f.mul(&rhs, &rhs, &x)
		c.f.add(&rhs, &rhs, &c.b)
		y := new(big.Int).ModSqrt(c.f.int(&rhs), c.f.prime)
		if y == nil {
			continue
		}
		p := affine{x, c.f.from(y)}
		if small := c.mul(&p, c.q); !small.z.isZero() {
			return c.affine(&small), true
		}
	}
	return affine{}, false
}

// Every way to the same point gives the same point, at the ends of the scalars too.
func TestPointArithmetic(t *testing.T) {
	for _, set := range names {
		c := setNamed(set).curve
		if !c.contains(&c.base) {
			t.Errorf("%s: the base point is not on the curve", set)
		}
		minus1 := new(big.Int).Sub(c.q, big.NewInt(1))
		for _, k := range []*big.Int{big.NewInt(1), big.NewInt(2), big.NewInt(15), big.NewInt(16), big.NewInt(17), minus1,
			new(big.Int).Rsh(c.q, 1), number("1000000000000000000000000000000000000000000000000000000000000000")} {
			a, b := c.mulBase(k), c.mul(&c.base, k)
			if c.affine(&a) != c.affine(&b) {
				t.Errorf("%s: %x times the base point", set, k)
			}
		}
		if p := c.mulBase(c.q); !p.z.isZero() {
			t.Errorf("%s: the order is wrong", set)
		}
		p, q := c.mulBase(big.NewInt(1)), c.mulBase(minus1)
		var sum point
		if c.add(&sum, &p, &q); !sum.z.isZero() {
			t.Errorf("%s: P - P is not infinity", set)
		}
		if _, ok := c.x(&sum); ok {
			t.Error("infinity has a coordinate")
		}
	}
}

// Field arithmetic against math/big, at the edges too.
func TestField(t *testing.T) {
	for _, set := range []ParamSet{CryptoProA, CryptoProB, CryptoProC} {
		f := setNamed(set).curve.f
		p := f.prime
		values := []*big.Int{new(big.Int), big.NewInt(1), big.NewInt(2), new(big.Int).Sub(p, big.NewInt(1)), new(big.Int).Sub(p, big.NewInt(2)),
			new(big.Int).Rsh(p, 1), number("FFFFFFFFFFFFFFFF0000000000000000FFFFFFFFFFFFFFFF"), number("123456789ABCDEF0FEDCBA98765432100F1E2D3C4B5A69788796A5B4C3D2E1F0")}
		for _, x := range values {
			for _, y := range values {
				a, b := f.from(x), f.from(y)
				var sum, diff, product elem
				f.add(&sum, &a, &b)
				f.sub(&diff, &a, &b)
				f.mul(&product, &a, &b)
				for _, tt := range []struct{ got, want *big.Int }{{f.int(&sum), new(big.Int).Add(x, y)},
					{f.int(&diff), new(big.Int).Sub(x, y)}, {f.int(&product), new(big.Int).Mul(x, y)}} {
					if tt.got.Cmp(tt.want.Mod(tt.want, p)) != 0 {
						t.Errorf("%s: %x and %x: got %x, want %x", set, x, y, tt.got, tt.want)
					}
				}
			}
			if x.Sign() != 0 {
				a := f.from(x)
				var inv elem
				f.invert(&inv, &a)
				if f.mul(&inv, &inv, &a); inv != f.one {
					t.Errorf("%s: 1/%x", set, x)
				}
			}
		}
	}
}

func BenchmarkSign(b *testing.B) {
	k, m := key(b, CryptoProA), read(b, "message")
	k.Sign(m)
	for b.Loop() {
		k.Sign(m)
	}
}

func BenchmarkVerify(b *testing.B) {
	k, m := key(b, CryptoProA), read(b, "message")
	sig := k.Sign(m)
	for b.Loop() {
		k.Public.Verify(m, sig[:])
	}
}
