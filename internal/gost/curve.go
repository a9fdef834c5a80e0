package gost

import (
	"math/big"
	"sync"
)

// curve is y² = x³ + ax + b over a field of 256 bits with a base point of prime order q.
type curve struct {
	f        *field
	a, b     elem
	q        *big.Int
	cofactor int
	base     affine
	table    func() *[64][15]affine // table[i][j] is (j+1)·16^i times the base point
}

// affine is a point that is not infinity.
type affine struct{ x, y elem }

// point is in Jacobian coordinates; infinity has z = 0.
type point struct{ x, y, z elem }

func newCurve(p, a, b, q, x, y string, cofactor int) *curve {
	f := newField(number(p))
	c := &curve{f: f, a: f.from(number(a)), b: f.from(number(b)), q: number(q), cofactor: cofactor,
		base: affine{f.from(number(x)), f.from(number(y))}}
	c.table = sync.OnceValue(c.makeTable)
	return c
}

func number(hex string) *big.Int {
	n, ok := new(big.Int).SetString(hex, 16)
	if !ok {
		panic("gost: a parameter is not a number: " + hex)
	}
	return n
}

func (c *curve) contains(p *affine) bool {
	f := c.f
	var l, r elem
	f.sqr(&l, &p.y)
	f.sqr(&r, &p.x)
	f.add(&r, &r, &c.a)
	f.mul(&r, &r, &p.x)
	f.add(&r, &r, &c.b)
	return l == r
}

func (c *curve) double(z, p *point) {
	f := c.f
	var yy, s, m, t, x3, z3 elem
	f.sqr(&yy, &p.y)
	f.mul(&s, &p.x, &yy)
	f.add(&s, &s, &s)
	f.add(&s, &s, &s) // 4xy²
	f.sqr(&t, &p.z)
	f.sqr(&t, &t)
	f.mul(&t, &t, &c.a)
	f.sqr(&m, &p.x)
	f.add(&t, &t, &m)
	f.add(&m, &m, &m)
	f.add(&m, &m, &t) // 3x² + az⁴
	f.mul(&z3, &p.y, &p.z)
	f.add(&z3, &z3, &z3)
	f.sqr(&x3, &m)
	f.sub(&x3, &x3, &s)
	f.sub(&x3, &x3, &s)
	f.sqr(&yy, &yy)
	f.add(&yy, &yy, &yy)
	f.add(&yy, &yy, &yy)
	f.add(&yy, &yy, &yy) // 8y⁴
	f.sub(&s, &s, &x3)
	f.mul(&s, &s, &m)
	f.sub(&z.y, &s, &yy)
	z.x, z.z = x3, z3
}

// add is p + o for any two points.
func (c *curve) add(z, p, o *point) {
	if p.z.isZero() {
		*z = *o
		return
	}
	if o.z.isZero() {
		*z = *p
		return
	}
	f := c.f
	var pp, oo, u, s, h, r, zz elem
	f.sqr(&pp, &p.z)
	f.sqr(&oo, &o.z)
	f.mul(&u, &p.x, &oo)
	f.mul(&h, &o.x, &pp)
	f.sub(&h, &h, &u)
	f.mul(&s, &p.y, &oo)
	f.mul(&s, &s, &o.z)
	f.mul(&r, &o.y, &pp)
	f.mul(&r, &r, &p.z)
	f.sub(&r, &r, &s)
	f.mul(&zz, &p.z, &o.z)
	c.finish(z, p, &u, &s, &h, &r, &zz)
}

// addAffine is add for o with z = 1.
func (c *curve) addAffine(z, p *point, o *affine) {
	if p.z.isZero() {
		*z = point{o.x, o.y, c.f.one}
		return
	}
	f := c.f
	var pp, h, r elem
	u, s, zz := p.x, p.y, p.z
	f.sqr(&pp, &p.z)
	f.mul(&h, &o.x, &pp)
	f.sub(&h, &h, &u)
	f.mul(&r, &o.y, &pp)
	f.mul(&r, &r, &p.z)
	f.sub(&r, &r, &s)
	c.finish(z, p, &u, &s, &h, &r, &zz)
}

// finish is the end both additions have in common: u, s are p's coordinates over the common denominator zz, h and r
// the differences to those of the other point.
func (c *curve) finish(z, p *point, u, s, h, r, zz *elem) {
	if h.isZero() {
		if r.isZero() {
			c.double(z, p)
		} else {
			*z = point{}
		}
		return
	}
	f := c.f
	var hh, hhh, v, x3 elem
	f.sqr(&hh, h)
	f.mul(&hhh, &hh, h)
	f.mul(&v, u, &hh)
	f.sqr(&x3, r)
	f.sub(&x3, &x3, &hhh)
	f.sub(&x3, &x3, &v)
	f.sub(&x3, &x3, &v)
	f.sub(&v, &v, &x3)
	f.mul(&v, &v, r)
	f.mul(&hhh, &hhh, s)
	f.sub(&z.y, &v, &hhh)
	f.mul(&z.z, zz, h)
	z.x = x3
}

// mulBase is k times the base point, 0 <= k < 2^256: one addition for every four bits.
func (c *curve) mulBase(k *big.Int) (out point) {
	t, w := c.table(), words(k)
	for i := range t {
		if n := nibble(&w, i); n != 0 {
			c.addAffine(&out, &out, &t[i][n-1])
		}
	}
	return out
}

// mul is k times p, 0 <= k < 2^256.
func (c *curve) mul(p *affine, k *big.Int) (out point) {
	var multiple [16]point
	for i := 1; i < 16; i++ {
		c.addAffine(&multiple[i], &multiple[i-1], p)
	}
	w := words(k)
	for i := 63; i >= 0; i-- {
		for range 4 {
			c.double(&out, &out)
		}
		c.add(&out, &out, &multiple[nibble(&w, i)])
	}
	return out
}

// x is the first affine coordinate; ok is false at infinity.
func (c *curve) x(p *point) (x *big.Int, ok bool) {
	if p.z.isZero() {
		return nil, false
	}
	a := c.affine(p)
	return c.f.int(&a.x), true
}

// affine of a point that is not infinity.
func (c *curve) affine(p *point) affine {
	var inv elem
	c.f.invert(&inv, &p.z)
	return c.scale(p, &inv)
}

// scale is affine when 1/z is known.
func (c *curve) scale(p *point, inv *elem) (a affine) {
	var inv2 elem
	c.f.sqr(&inv2, inv)
	c.f.mul(&a.x, &p.x, &inv2)
	c.f.mul(&inv2, &inv2, inv)
	c.f.mul(&a.y, &p.y, &inv2)
	return a
}

func (c *curve) makeTable() *[64][15]affine {
	var all [64 * 15]point
	var before [64*15 + 1]elem // products of all z up to here: one inversion serves them all
	before[0] = c.f.one
	step := c.base
	for i := range all {
		if i%15 == 0 {
			all[i] = point{step.x, step.y, c.f.one}
		} else {
			c.addAffine(&all[i], &all[i-1], &step) //nolint:gosec // i is no multiple of 15, so not 0
		}
		c.f.mul(&before[i+1], &before[i], &all[i].z)
		if i%15 == 14 {
			var next point
			c.addAffine(&next, &all[i], &step)
			step = c.affine(&next)
		}
	}
	t := new([64][15]affine)
	var inv elem
	c.f.invert(&inv, &before[len(all)])
	for i := len(all) - 1; i >= 0; i-- {
		var own elem
		c.f.mul(&own, &inv, &before[i])
		c.f.mul(&inv, &inv, &all[i].z)
		t[i/15][i%15] = c.scale(&all[i], &own)
	}
	return t
}
