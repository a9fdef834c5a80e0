package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
)

// ErrSealed says that a sealed value cannot be opened: another key sealed it, it was moved, or it was changed.
var ErrSealed = errors.New("store: a sealed value cannot be opened with this key")

// sealer encrypts what must not be readable in a copy of the database: AES-256-GCM with random nonces. Each value is
// bound to its place by the associated data, so that a value moved to another row does not open. Its first key seals, all open.
type sealer []sealKey

type sealKey struct {
	id   byte // the first byte of each sealed value; tells keys apart
	aead cipher.AEAD
}

func newSealer(keys ...[]byte) (sealer, error) {
	var s sealer
	for _, key := range keys {
		if len(key) != 32 {
			return nil, fmt.Errorf("store: the key has %d bytes, want 32", len(key))
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("store: key: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("store: key: %w", err)
		}
		id := sha256.Sum256(append([]byte("creditcart key id"), key...))
		if s.knows(id[0]) {
			return nil, errors.New("store: two keys are the same, or look so by their number: make another new one")
		}
		s = append(s, sealKey{id: id[0], aead: aead})
	}
	return s, nil
}

// seal encrypts a value for a place such as "grant:subject|access". Nothing stays nothing.
func (s sealer) seal(plain []byte, place string) []byte {
	if len(plain) == 0 {
		return []byte{}
	}
	return append([]byte{s[0].id}, s[0].aead.Seal(nil, nil, plain, []byte(place))...)
}

// open reverses seal.
func (s sealer) open(sealed []byte, place string) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	for _, k := range s {
		if k.id != sealed[0] {
			continue
		}
		if plain, err := k.aead.Open(nil, nil, sealed[1:], []byte(place)); err == nil {
			return plain, nil
		}
	}
	return nil, ErrSealed
}

// knows tells whether a value that begins with this byte may be of one of the keys.
func (s sealer) knows(id byte) bool {
	return slices.ContainsFunc(s, func(k sealKey) bool { return k.id == id })
}

// newest tells whether a value needs no other key than the first.
func (s sealer) newest(sealed []byte) bool { return len(sealed) == 0 || sealed[0] == s[0].id }
