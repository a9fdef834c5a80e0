package gost

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"testing"
	"time"
)

// made is when make.sh ran; the expired certificate ended a day later.
var made = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func certs(t testing.TB, names ...string) (out []*Certificate) {
	t.Helper()
	for _, name := range names {
		list, err := ParseCertificatesPEM(read(t, name+".pem"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, list...)
	}
	return out
}

func TestCMSOfOpenSSL(t *testing.T) {
	message := read(t, "message")
	for _, set := range names {
		trusted := certs(t, "cert-"+string(set))
		signer, err := VerifyCMS(read(t, "cms-"+string(set)+".der"), message, trusted, made)
		if err != nil {
			t.Errorf("%s: %v", set, err)
			continue
		}
		if !signer.PublicKey.Equal(key(t, set).Public) {
			t.Errorf("%s: another signer", set)
		}
	}
}

func TestTrust(t *testing.T) {
	message := read(t, "message")
	day := 24 * time.Hour
	for _, tt := range []struct {
		name, cms string
		trusted   []string
		now       time.Time
		want      error // nil = accepted
	}{
		{"the root, through an enclosed intermediate", "chain.der", []string{"root"}, made, nil},
		{"the intermediate", "chain.der", []string{"intermediate"}, made, nil},
		{"the signer", "chain.der", []string{"leaf"}, made, nil},
		{"one of several", "chain.der", []string{"cert-B", "leaf", "cert-C"}, made, nil},
		{"indefinite lengths, the content inside in pieces", "stream.der", []string{"root"}, made, nil},
		{"named by its key", "keyid.der", []string{"root"}, made, nil},
		{"nobody", "chain.der", nil, made, ErrNotIssued},
		{"somebody else", "chain.der", []string{"cert-A"}, made, ErrNotIssued},
		{"before its time", "chain.der", []string{"root"}, made.Add(-day), ErrOutOfDate},
		{"after its time", "chain.der", []string{"root"}, made.AddDate(101, 0, 0), ErrOutOfDate},
		{"a signer of one day, in time", "expired.der", []string{"root"}, made, nil},
		{"a signer of one day, late", "expired.der", []string{"root"}, made.Add(2 * day), ErrOutOfDate},
		{"the same, trusted itself", "expired.der", []string{"expired"}, made.Add(2 * day), ErrOutOfDate},
		{"issued by what is no authority", "undernotca.der", []string{"root"}, made, ErrNotIssued},
		{"issued by a trusted one that is no authority", "undernotca.der", []string{"notca"}, made, ErrNotIssued},
		{"the content inside", "attached.der", []string{"leaf"}, made, nil},
		{"without signed attributes", "noattributes.der", []string{"leaf"}, made, errAny},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := VerifyCMS(read(t, tt.cms), message, certs(t, tt.trusted...), tt.now)
			switch {
			case tt.want == nil && err != nil:
				t.Error(err)
			case errors.Is(tt.want, errAny) && err == nil:
				t.Error("accepted")
			case tt.want != nil && !errors.Is(tt.want, errAny) && !errors.Is(err, tt.want):
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

var errAny = errors.New("any")

// A changed content, and a change of any byte of the CMS, leave no valid signature, except where nothing signed is:
// no byte may make it panic.
func TestChangedCMS(t *testing.T) {
	message, trusted, cms := read(t, "message"), certs(t, "leaf"), read(t, "chain.der")
	if _, err := VerifyCMS(cms, append([]byte("e"), message...), trusted, made); !errors.Is(err, ErrSignature) {
		t.Errorf("another content: %v", err)
	}
	if _, err := VerifyCMS(read(t, "attached.der"), append([]byte("e"), message...), trusted, made); !errors.Is(err, ErrSignature) {
		t.Errorf("another content than the one inside: %v", err)
	}
	for i := range cms {
		bad := bytes.Clone(cms)
		bad[i] ^= 0x41
		signer, err := VerifyCMS(bad, message, trusted, made)
		if err == nil && !bytes.Equal(signer.Raw, trusted[0].Raw) {
			t.Errorf("byte %d changed: another signer", i)
		}
		if _, err := VerifyCMS(cms[:i], message, trusted, made); err == nil {
			t.Errorf("accepted when cut at %d", i)
		}
	}
	if _, err := VerifyCMS(append(bytes.Clone(cms), 0), message, trusted, made); err == nil {
		t.Error("data behind it")
	}
}

func TestCertificatesOfOpenSSL(t *testing.T) {
	root, mid, leaf := certs(t, "root")[0], certs(t, "intermediate"), certs(t, "leaf")[0]
	trusted := []*Certificate{root}
	if err := leaf.Verify(trusted, mid, made); err != nil {
		t.Error(err)
	}
	if err := leaf.Verify(trusted, nil, made); !errors.Is(err, ErrNotIssued) {
		t.Errorf("without the one between: %v", err)
	}
	for i := range leaf.Raw { // the signature covers everything that matters
		bad := bytes.Clone(leaf.Raw)
		bad[i] ^= 1
		c, err := ParseCertificate(bad)
		if err == nil && c.Verify(trusted, mid, made) == nil && bytes.Equal(c.x509.RawTBSCertificate, leaf.x509.RawTBSCertificate) == false {
			t.Errorf("byte %d changed: still trusted", i)
		}
	}
	rsa := read(t, "rsa.pem")
	if _, err := ParseCertificatesPEM(rsa); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a certificate of RSA: %v", err)
	}
	if _, err := ParseCertificatesPEM(read(t, "key-A.pem")); err == nil {
		t.Error("no certificate at all")
	}
}

// world is an authority, one under it and a signer, made by us.
type world struct {
	rootKey, midKey, key *PrivateKey
	root, mid, signer    *Certificate
}

func newWorld(t testing.TB) (w world) {
	t.Helper()
	w.rootKey, w.midKey, w.key = key(t, CryptoProA), key(t, CryptoProB), key(t, TC26A)
	issue := func(tpl Template, k *PrivateKey, by *Certificate, byKey *PrivateKey) *Certificate {
		tpl.NotBefore, tpl.NotAfter = made.Add(-time.Hour), made.AddDate(30, 0, 0)
		c, err := NewCertificate(tpl, k.Public, by, byKey)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	w.root = issue(Template{CommonName: "Корень", Serial: 1, Authority: true}, w.rootKey, nil, w.rootKey)
	w.mid = issue(Template{CommonName: "Between", Serial: 2, Authority: true}, w.midKey, w.root, w.rootKey)
	w.signer = issue(Template{CommonName: "Signer", Serial: 300}, w.key, w.mid, w.midKey)
	return w
}

func TestOwnCMS(t *testing.T) {
	w, message := newWorld(t), []byte("header.payload")
	cms := SignCMS(message, w.key, w.signer, []*Certificate{w.mid}, made)
	for _, trusted := range []*Certificate{w.root, w.mid, w.signer} {
		if _, err := VerifyCMS(cms, message, []*Certificate{trusted}, made); err != nil {
			t.Error(err)
		}
	}
	var raw asn1.RawValue
	if rest, err := asn1.Unmarshal(cms, &raw); err != nil || len(rest) > 0 {
		t.Error("not DER")
	}
	if again := SignCMS(message, w.key, w.signer, []*Certificate{w.mid}, made); !bytes.Equal(again, cms) {
		t.Error("not repeatable")
	}
	other := SignCMS(message, w.midKey, w.signer, nil, made) // a key that is not the certificate's
	if _, err := VerifyCMS(other, message, []*Certificate{w.root, w.signer}, made); !errors.Is(err, ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	byAuthority := SignCMS(message, w.midKey, w.mid, nil, made)
	if _, err := VerifyCMS(byAuthority, message, []*Certificate{w.root}, made); err == nil {
		t.Error("an authority's key signs messages")
	}
}

// A signer who names another certificate in signingCertificateV2 (RFC 5035: a swapped certificate of the same key).
func TestSwappedCertificate(t *testing.T) {
	w, message := newWorld(t), []byte("header.payload")
	cms := SignCMS(message, w.key, w.signer, nil, made)
	twin, err := NewCertificate(Template{CommonName: "Signer", Serial: 300, NotBefore: made, NotAfter: made.AddDate(31, 0, 0)}, w.key.Public, w.mid, w.midKey)
	if err != nil {
		t.Fatal(err)
	}
	swapped := bytes.Replace(cms, w.signer.Raw, twin.Raw, 1)
	if len(twin.Raw) != len(w.signer.Raw) || bytes.Equal(swapped, cms) {
		t.Fatal("not swapped")
	}
	if _, err := VerifyCMS(swapped, message, []*Certificate{w.mid}, made); err == nil {
		t.Error("accepted")
	}
}

func TestSignedAttributes(t *testing.T) {
	w, message := newWorld(t), []byte("header.payload")
	cms := SignCMS(message, w.key, w.signer, nil, made)
	sd, err := parseCMS(cms)
	if err != nil {
		t.Fatal(err)
	}
	digest := Sum256(message)
	typ := sequence(der(oidContentType), tlv(tagSet, der(oidData)))
	dig := sequence(der(oidMessageDigest), tlv(tagSet, tlv(tagOctets, digest[:])))
	for name, attrs := range map[string][][]byte{
		"none": {}, "no digest": {typ}, "no type": {dig}, "two digests": {typ, dig, dig},
		"a digest of two values": {typ, sequence(der(oidMessageDigest), tlv(tagSet, tlv(tagOctets, digest[:]), tlv(tagOctets, digest[:])))},
		"another type":           {sequence(der(oidContentType), tlv(tagSet, der(oidSignedData))), dig},
		"certificates unread":    {typ, dig, sequence(der(oidSigningCertificateV2), tlv(tagSet, der(1)))},
		"no certificate named":   {typ, dig, sequence(der(oidSigningCertificateV2), tlv(tagSet, sequence(sequence())))},
		"an unknown digest": {typ, dig, sequence(der(oidSigningCertificateV2), tlv(tagSet,
			sequence(sequence(sequence(algorithm(oidKey), tlv(tagOctets, digest[:]))))))},
	} {
		i := sd.Signers[0]
		i.Attrs.Bytes = bytes.Join(attrs, nil)
		if err := i.checkAttributes(oidData, message, w.signer); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	i := sd.Signers[0]
	if i.Attrs.Bytes = bytes.Join([][]byte{typ, dig}, nil); i.checkAttributes(oidData, message, w.signer) != nil {
		t.Error("the two that are needed")
	}
}

func TestNormalize(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"DER", "\x30\x03\x02\x01\x05", "\x30\x03\x02\x01\x05"},
		{"indefinite", "\x30\x80\x30\x80\x02\x01\x05\x00\x00\x00\x00", "\x30\x05\x30\x03\x02\x01\x05"},
		{"a long length", "\x30\x82\x00\x04\x02\x81\x01\x05", "\x30\x03\x02\x01\x05"},
		{"octets in pieces", "\x24\x80\x04\x01a\x24\x03\x04\x01b\x00\x00", "\x04\x02ab"},
	} {
		if got, err := normalize([]byte(tt.in)); err != nil || string(got) != tt.want {
			t.Errorf("%s: got %x, %v", tt.name, got, err)
		}
	}
	for name, in := range map[string]string{
		"nothing": "", "one byte": "\x30", "no end": "\x30\x80\x02\x01\x05", "a primitive without length": "\x04\x80\x00\x00", "too long": "\x30\x04\x02\x01\x05",
		"a length longer than the data": "\x30\x84\x00\x00", "a huge length": "\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff", "two": "\x05\x00\x05\x00",
		"end without a beginning": "\x00\x00", "a long tag": "\x1f\x81\x01\x00", "numbers in octets": "\x24\x03\x02\x01\x05",
		"too deep": string(bytes.Repeat([]byte("\x30\x80"), 5000)),
	} {
		if got, err := normalize([]byte(in)); err == nil {
			t.Errorf("%s: got %x", name, got)
		}
	}
	der := read(t, "chain.der")
	if got, err := normalize(der); err != nil || !bytes.Equal(got, der) {
		t.Error("DER does not stay as it was")
	}
}

func BenchmarkSignCMS(b *testing.B) {
	w, message := newWorld(b), make([]byte, 1200)
	k := key(b, CryptoProA)
	for b.Loop() {
		SignCMS(message, k, w.signer, nil, made)
	}
}

func BenchmarkVerifyCMS(b *testing.B) {
	w, message := newWorld(b), make([]byte, 1200)
	cms := SignCMS(message, w.key, w.signer, nil, made)
	for b.Loop() {
		if _, err := VerifyCMS(cms, message, []*Certificate{w.signer}, made); err != nil {
			b.Fatal(err)
		}
	}
}
