package gost

import (
	"math/big"
	"math/bits"
)

// elem is a number modulo a field's prime in Montgomery form, lowest word first, always below the prime.
type elem [4]uint64

// field computes modulo an odd prime of 256 bits. Its arithmetic has no branches that depend on values.
type field struct {
	p       elem
	prime   *big.Int
	inv     uint64 // -1/p modulo 2^64
	one, r2 elem   // 2^256 and 2^512 modulo p
}

func newField(prime *big.Int) *field {
	f := &field{prime: prime, p: words(prime)}
	x := f.p[0] // Newton: each step doubles the number of right bits, three to begin with
	for range 5 {
		x *= 2 - f.p[0]*x
	}
	f.inv = -x
	r := new(big.Int).Lsh(big.NewInt(1), 256)
	f.one = words(new(big.Int).Mod(r, prime))
	f.r2 = words(new(big.Int).Mod(r.Mul(r, r), prime))
	return f
}

// words splits a number below 2^256.
func words(x *big.Int) (z elem) {
	var buf [32]byte
	x.FillBytes(buf[:])
	for i := range 32 {
		z[3-i/8] = z[3-i/8]<<8 | uint64(buf[i])
	}
	return z
}

func (f *field) from(x *big.Int) (z elem) {
	z = words(new(big.Int).Mod(x, f.prime))
	f.mul(&z, &z, &f.r2)
	return z
}

func (f *field) int(x *elem) *big.Int {
	var z elem
	f.mul(&z, x, &elem{1})
	var buf [32]byte
	for i := range 32 {
		buf[i] = byte(z[3-i/8] >> (56 - 8*(i%8)))
	}
	return new(big.Int).SetBytes(buf[:])
}

// mul is Montgomery's product x·y/2^256. z may be x or y.
func (f *field) mul(z, x, y *elem) {
	var t elem
	var t4 uint64
	for i := range 4 {
		var c, carry, top uint64
		yi := y[i]
		c, t[0] = muladd(x[0], yi, t[0], 0)
		c, t[1] = muladd(x[1], yi, t[1], c)
		c, t[2] = muladd(x[2], yi, t[2], c)
		c, t[3] = muladd(x[3], yi, t[3], c)
		t4, top = bits.Add64(t4, c, 0)
		m := t[0] * f.inv
		c, _ = muladd(m, f.p[0], t[0], 0)
		c, t[0] = muladd(m, f.p[1], t[1], c)
		c, t[1] = muladd(m, f.p[2], t[2], c)
		c, t[2] = muladd(m, f.p[3], t[3], c)
		t[3], carry = bits.Add64(t4, c, 0)
		t4 = top + carry
	}
	f.reduce(z, &t, t4)
}

// muladd is a·b + c + d in two words; it never overflows.
func muladd(a, b, c, d uint64) (hi, lo uint64) {
	hi, lo = bits.Mul64(a, b)
	lo, carry := bits.Add64(lo, c, 0)
	hi += carry
	lo, carry = bits.Add64(lo, d, 0)
	return hi + carry, lo
}

// reduce takes the prime away once, when top:t is not below it.
func (f *field) reduce(z, t *elem, top uint64) {
	var d elem
	var b uint64
	d[0], b = bits.Sub64(t[0], f.p[0], 0)
	d[1], b = bits.Sub64(t[1], f.p[1], b)
	d[2], b = bits.Sub64(t[2], f.p[2], b)
	d[3], b = bits.Sub64(t[3], f.p[3], b)
	_, b = bits.Sub64(top, 0, b)
	keep := -b // all ones when t was below p
	for i := range z {
		z[i] = t[i]&keep | d[i]&^keep
	}
}

func (f *field) sqr(z, x *elem) { f.mul(z, x, x) }

func (f *field) add(z, x, y *elem) {
	var t elem
	var c uint64
	t[0], c = bits.Add64(x[0], y[0], 0)
	t[1], c = bits.Add64(x[1], y[1], c)
	t[2], c = bits.Add64(x[2], y[2], c)
	t[3], c = bits.Add64(x[3], y[3], c)
	f.reduce(z, &t, c)
}

func (f *field) sub(z, x, y *elem) {
	var t elem
	var b, c uint64
	t[0], b = bits.Sub64(x[0], y[0], 0)
	t[1], b = bits.Sub64(x[1], y[1], b)
	t[2], b = bits.Sub64(x[2], y[2], b)
	t[3], b = bits.Sub64(x[3], y[3], b)
	m := -b
	z[0], c = bits.Add64(t[0], f.p[0]&m, 0)
	z[1], c = bits.Add64(t[1], f.p[1]&m, c)
	z[2], c = bits.Add64(t[2], f.p[2]&m, c)
	z[3], _ = bits.Add64(t[3], f.p[3]&m, c)
}

// invert is x^(p-2), by windows of four bits; 0 stays 0.
func (f *field) invert(z, x *elem) {
	var power [16]elem
	power[0] = f.one
	for i := 1; i < 16; i++ {
		f.mul(&power[i], &power[i-1], x)
	}
	e := words(new(big.Int).Sub(f.prime, big.NewInt(2)))
	out := f.one
	for i := 63; i >= 0; i-- {
		for range 4 {
			f.sqr(&out, &out)
		}
		f.mul(&out, &out, &power[nibble(&e, i)])
	}
	*z = out
}

// nibble is the i-th group of four bits, the lowest being 0.
func nibble(x *elem, i int) uint64 { return x[i/16] >> (4 * (i % 16)) & 15 }

func (x *elem) isZero() bool { return x[0]|x[1]|x[2]|x[3] == 0 }
