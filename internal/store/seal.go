package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
)

// ErrSealed says that a sealed value cannot be opened: another key sealed it, it was moved, or it was changed.
var ErrSealed = errors.New("store: a sealed value cannot be opened with this key")

// sealer encrypts what must not be readable in a copy of the database: AES-256-GCM with random nonces. Each value is
// bound to its place by the associated data, so that a value moved to another row does not open.
type sealer struct {
	keyID byte // the first byte of each sealed value; tells keys apart when a second one comes
	aead  cipher.AEAD
}

func newSealer(key []byte) (sealer, error) {
	if len(key) != 32 {
		return sealer{}, fmt.Errorf("store: the key has %d bytes, want 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, fmt.Errorf("store: key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return sealer{}, fmt.Errorf("store: key: %w", err)
	}
	id := sha256.Sum256(append([]byte("creditcart key id"), key...))
	return sealer{keyID: id[0], aead: aead}, nil
}

// seal encrypts a value for a place such as "grant:subject|access". Nothing stays nothing.
func (s sealer) seal(plain []byte, place string) []byte {
	if len(plain) == 0 {
		return []byte{}
	}
	return append([]byte{s.keyID}, s.aead.Seal(nil, nil, plain, []byte(place))...)
}

// open reverses seal.
func (s sealer) open(sealed []byte, place string) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	if sealed[0] != s.keyID {
		return nil, ErrSealed
	}
	plain, err := s.aead.Open(nil, nil, sealed[1:], []byte(place))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}
