package gost

import (
	"encoding/binary"
	"math/bits"
	"sync"
)

// Size is the length of a Streebog-256 digest in bytes.
const Size = 32

const blockSize = 64

// block is a 512-bit vector, lowest word first.
type block [8]uint64

// Sum256 is the 256-bit digest of GOST R 34.11-2012 (RFC 6986) in the byte order of the RFC and of OpenSSL.
func Sum256(data []byte) [Size]byte {
	var h, n, sigma block
	for i := range h {
		h[i] = 0x0101010101010101
	}
	for len(data) >= blockSize {
		m := load((*[blockSize]byte)(data))
		h = compress(&n, &h, &m)
		n.add(&block{8 * blockSize})
		sigma.add(&m)
		data = data[blockSize:]
	}
	var last [blockSize]byte
	last[copy(last[:], data)] = 1
	m := load(&last)
	h = compress(&n, &h, &m)
	n.add(&block{8 * uint64(len(data))})
	sigma.add(&m)
	h = compress(&block{}, &h, &n)
	h = compress(&block{}, &h, &sigma)
	var out [Size]byte
	for i := range 4 {
		binary.LittleEndian.PutUint64(out[8*i:], h[4+i])
	}
	return out
}

func load(b *[blockSize]byte) (m block) {
	for i := range m {
		m[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return m
}

// add is addition modulo 2^512.
func (b *block) add(x *block) {
	var carry uint64
	for i := range b {
		b[i], carry = bits.Add64(b[i], x[i], carry)
	}
}

func (b *block) xor(x *block) (out block) {
	for i := range b {
		out[i] = b[i] ^ x[i]
	}
	return out
}

// compress is the function g_N(h, m) of section 8.
func compress(n, h, m *block) block {
	t := tables()
	key, state := h.xor(n), *m
	key = key.lps(t)
	for i := range roundKeys {
		state = key.xor(&state)
		state = state.lps(t)
		key = key.xor((*block)(&roundKeys[i]))
		key = key.lps(t)
	}
	state = state.xor(&key)
	state = state.xor(h)
	return state.xor(m)
}

// lps does the three transformations S, P and L at once: byte i of word j goes through t[j] into word i.
func (b *block) lps(t *[8][256]uint64) (out block) {
	for i := range out {
		shift := 8 * uint(i)
		out[i] = t[0][byte(b[0]>>shift)] ^ t[1][byte(b[1]>>shift)] ^ t[2][byte(b[2]>>shift)] ^ t[3][byte(b[3]>>shift)] ^
			t[4][byte(b[4]>>shift)] ^ t[5][byte(b[5]>>shift)] ^ t[6][byte(b[6]>>shift)] ^ t[7][byte(b[7]>>shift)]
	}
	return out
}

// tables are pi and matrixA joined: 16 KB, computed once.
var tables = sync.OnceValue(func() *[8][256]uint64 {
	t := new([8][256]uint64)
	for j := range t {
		for b := range t[j] {
			for bit := range 8 {
				if pi[b]>>bit&1 == 1 {
					t[j][b] ^= matrixA[63-8*j-bit]
				}
			}
		}
	}
	return t
})
