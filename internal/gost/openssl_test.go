package gost

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

var record = flag.Bool("record", false, "write what OpenSSL accepts of ours to testdata/own")

// own is what we make and OpenSSL is asked about; everything in it is repeatable.
func own(t testing.TB) map[string][]byte {
	w, message := newWorld(t), read(t, "message")
	sig := w.key.Sign(message)
	return map[string][]byte{
		"root.pem": w.root.PEM(), "intermediate.pem": w.mid.PEM(), "signer.pem": w.signer.PEM(), "key.pem": w.key.PEM(),
		"cms.der": SignCMS(message, w.key, w.signer, []*Certificate{w.mid}, made), "raw.bin": sig[:],
	}
}

// What OpenSSL accepted when it was recorded is made today, byte for byte. This needs no OpenSSL.
func TestWhatOpenSSLAccepted(t *testing.T) {
	for name, data := range own(t) {
		if !bytes.Equal(data, read(t, "own/"+name)) {
			t.Errorf("%s differs from the one that OpenSSL accepted: run go test -record -run TestOpenSSLAccepts with the gost engine", name)
		}
	}
}

// OpenSSL with the gost engine reads our keys and certificates and verifies our CMS and bare signatures.
func TestOpenSSLAccepts(t *testing.T) {
	openssl := func(args ...string) ([]byte, error) {
		return exec.CommandContext(t.Context(), "openssl", append(args[:1:1], append([]string{"-engine", "gost"}, args[1:]...)...)...).CombinedOutput()
	}
	if out, err := exec.CommandContext(t.Context(), "openssl", "engine", "gost").CombinedOutput(); err != nil || !bytes.Contains(out, []byte("gost")) {
		t.Skip("no openssl with the gost engine here; TestWhatOpenSSLAccepted compares with what it accepted elsewhere")
	}
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	message, _ := filepath.Abs("testdata/message")
	changed := append(read(t, "message"), '.')
	if err := os.WriteFile(file("changed"), changed, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, data := range own(t) {
		if err := os.WriteFile(file(name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := strconv.FormatInt(made.Unix(), 10)
	cms := []string{"cms", "-verify", "-binary", "-inform", "DER", "-in", file("cms.der"), "-CAfile", file("root.pem"), "-purpose", "any",
		"-attime", at, "-cades", "-out", os.DevNull, "-content"}
	raw := []string{"dgst", "-md_gost12_256", "-prverify", file("key.pem"), "-signature", file("raw.bin")}
	for _, tt := range []struct {
		name string
		args []string
		ok   bool
	}{
		{"CMS", append(cms, message), true}, {"CMS of another content", append(cms, file("changed")), false},
		{"bare", append(raw, message), true}, {"bare, of another content", append(raw, file("changed")), false},
		{"chain", []string{"verify", "-attime", at, "-CAfile", file("root.pem"), "-untrusted", file("intermediate.pem"), file("signer.pem")}, true},
		{"signer alone", []string{"verify", "-attime", at, "-CAfile", file("root.pem"), file("signer.pem")}, false},
	} {
		if out, err := openssl(tt.args...); (err == nil) != tt.ok {
			t.Errorf("%s: %v\n%s", tt.name, err, out)
		}
	}
	if *record && !t.Failed() {
		for name, data := range own(t) {
			if err := os.WriteFile(filepath.Join("testdata/own", name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
