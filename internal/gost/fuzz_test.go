package gost

import (
	"bytes"
	"encoding/pem"
	"testing"
)

func FuzzNormalize(f *testing.F) {
	for _, name := range []string{"chain.der", "stream.der", "attached.der", "cms-A.der"} {
		f.Add(read(f, name))
	}
	f.Add([]byte("\x30\x80\x24\x80\x04\x01a\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		once, err := normalize(data)
		if err != nil {
			return
		}
		if len(once) > len(data)+8 {
			t.Errorf("grew from %d to %d bytes", len(data), len(once))
		}
		twice, err := normalize(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%x becomes %x, then %x (%v)", data, once, twice, err)
		}
	})
}

// Whatever is accepted contains the signature of the certificate it is accepted for.
func FuzzVerifyCMS(f *testing.F) {
	message, trusted := read(f, "message"), certs(f, "root", "leaf", "cert-A")
	for _, name := range []string{"chain.der", "stream.der", "attached.der", "cms-A.der", "keyid.der", "expired.der", "noattributes.der", "own/cms.der"} {
		f.Add(read(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		signer, err := VerifyCMS(data, message, trusted, made)
		if err == nil && signer == nil {
			t.Error("accepted without a signer")
		}
		if other, err := VerifyCMS(data, []byte("other"), trusted, made); err == nil {
			t.Errorf("%x is a signature of another content by %x", data, other.Raw)
		}
	})
}

func FuzzParseCertificate(f *testing.F) {
	for _, name := range []string{"root", "intermediate", "leaf", "cert-A", "cert-TCB"} {
		f.Add(certs(f, name)[0].Raw)
	}
	root := certs(f, "root")
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseCertificate(data)
		if err != nil {
			return
		}
		_ = c.Verify(root, root, made)
		if again, err := ParseCertificatesPEM(c.PEM()); err != nil || !again[0].PublicKey.Equal(c.PublicKey) {
			t.Errorf("written and read again: %v", err)
		}
	})
}

func FuzzParsePublicKey(f *testing.F) {
	for _, set := range names {
		f.Add(key(f, set).Public.SPKI())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePublicKey(data)
		if err != nil {
			return
		}
		if again, err := ParsePublicKey(p.SPKI()); err != nil || !again.Equal(p) {
			t.Errorf("written and read again: %v", err)
		}
		p.VerifyEither(data, data[:min(len(data), SignatureSize)])
	})
}

func FuzzParsePrivateKey(f *testing.F) {
	for _, set := range names {
		block, _ := pem.Decode(read(f, "key-"+string(set)+".pem"))
		f.Add(block.Bytes)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := parsePrivateKey(data)
		if err != nil {
			return
		}
		again, err := ParsePrivateKeyPEM(k.PEM())
		if err != nil || !again.Public.Equal(k.Public) {
			t.Errorf("written and read again: %v", err)
		}
		if sig := k.Sign(data); !k.Public.Verify(data, sig[:]) {
			t.Error("a key that cannot sign")
		}
	})
}
