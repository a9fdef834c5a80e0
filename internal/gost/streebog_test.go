package gost

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
)

// The examples of RFC 6986, section 10. The RFC prints vectors with the last byte first.
func TestDigestsOfTheRFC(t *testing.T) {
	for _, tt := range []struct{ message, digest string }{
		{"323130393837363534333231303938373635343332313039383736353433323130393837363534333231303938373635343332313039383736353433323130",
			"00557be5e584fd52a449b16b0251d05d27f94ab76cbaa6da890b59d8ef1e159d"},
		{"fbe2e5f0eee3c820fbeafaebef20fffbf0e1e0f0f520e0ed20e8ece0ebe5f0f2f120fff0eeec20f120faf2fee5e2202ce8f6f3ede220e8e6eee1e8f0f2d1202ce8f0f2e5e220e5d1",
			"508f7e553c06501d749a66fc28c6cac0b005746d97537fa85d9e40904efed29d"},
	} {
		m, _ := hex.DecodeString(tt.message)
		got := Sum256(reversed(m))
		if s := hex.EncodeToString(reversed(got[:])); s != tt.digest {
			t.Errorf("got %s, want %s", s, tt.digest)
		}
	}
}

func TestDigestsOfOpenSSL(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(string(read(t, "digests.txt"))), "\n")
	if len(lines) < 10 {
		t.Fatal("too few vectors")
	}
	for _, line := range lines {
		var n int
		var want string
		if _, err := fmt.Sscan(line, &n, &want); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(i % 251)
		}
		if got := Sum256(data); hex.EncodeToString(got[:]) != want {
			t.Errorf("%d bytes: got %x, want %s", n, got, want)
		}
	}
}

// All bytes 0xFF: the sum of blocks carries through every word.
func TestDigestCarries(t *testing.T) {
	got := Sum256(bytes.Repeat([]byte{0xFF}, 192))
	if s := hex.EncodeToString(got[:]); s != strings.TrimSpace(string(read(t, "digest-ff192.txt"))) {
		t.Errorf("got %s", s)
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func reversed(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[len(b)-1-i] = b[i]
	}
	return out
}

func BenchmarkSum256(b *testing.B) {
	data := make([]byte, 1024)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		Sum256(data)
	}
}
