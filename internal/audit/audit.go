// Package audit is what makes the audit log evident to tampering: what a row is, the code that proves each row, and the
// chain that proves their order and number. It knows no database and nothing of what the rows are about.
package audit

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
)

// Kinds of rows.
const (
	Order          = "order"           // a state of an order changed
	Payment        = "payment"         // a state of a payment changed
	Note           = "note"            // something worth knowing of a payment: released, late, in doubt
	Consent        = "consent"         // a person agreed to a text: its version and hash
	SignIn         = "sign-in"         // the bank said who it is, tokens are saved
	SignInRefused  = "sign-in.refused" // a sign-in that did not succeed
	SessionEnded   = "session.ended"   // a person signed out, or signed in anew
	SessionsEnded  = "sessions.ended"  // the merchant ended the sessions of a company
	Refused        = "refused"         // a request that was forbidden
	Limit          = "limit"           // a limit was reached; told once a window
	Connected      = "merchant.connected"
	SecretChanged  = "secret.changed"  // what the shop keeps of its client secret changed
	MerchantSecret = "merchant.secret" // the merchant asked for a new secret
	MerchantOffers = "merchant.offers"
	PersonExported = "person.exported" // the operator wrote out what is kept about a person, who is the object
	PersonErased   = "person.erased"   // people were erased: of the person who is the object, or because their time was over
	Resealed       = "data.resealed"   // the operator had everything sealed anew with the newest key
	MerchantNotify = "merchant.notify" // the merchant had the notifications that wait sent at once
	MerchantRead   = "merchant.read"   // the merchant looked at an order or its document
)

// Entry is one row: who did what, when, where. It holds no personal data: people are subjects of the bank, companies a
// keyed hash, addresses and names are absent.
type Entry struct {
	ID      int64 // given by the store
	At      time.Time
	Kind    string
	Actor   string // subject of a person, "timer", "bank"; empty = nobody known
	Company string // INN when it is written, Key.Company of it when it is read
	Object  string // an order's number, with "/" and a payment's external id; or a route
	Ref     string // of the request, as in the log
	Detail  string // a code: "placed", "awaiting_customer→paid"
}

// Row is a stored entry.
type Row struct {
	Entry
	MAC  string // proves the entry
	Seq  int64  // place in the chain, from 1; 0 = not in it yet
	Hash string // of the chain up to here
}

// Key proves rows. Without it nobody can write a row that Verify believes.
type Key struct{ rows, links, companies []byte }

// NewKey derives the keys of the log from another secret.
func NewKey(secret []byte) (Key, error) {
	var k Key
	for purpose, to := range map[string]*[]byte{"rows": &k.rows, "links": &k.links, "companies": &k.companies} {
		key, err := hkdf.Key(sha256.New, secret, nil, "creditcart audit: "+purpose, 32)
		if err != nil {
			return Key{}, fmt.Errorf("audit: key: %w", err)
		}
		*to = key
	}
	return k, nil
}

// Company is what the log keeps instead of an INN: the INN of a sole trader is personal data. Empty stays empty.
func (k Key) Company(inn string) string {
	if inn == "" {
		return ""
	}
	h := hmac.New(sha256.New, k.companies)
	_, _ = h.Write([]byte(inn))
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// MAC proves the content of an entry and its id.
func (k Key) MAC(e Entry) string {
	h := hmac.New(sha256.New, k.rows)
	number(h, e.ID)
	number(h, e.At.UnixMilli())
	for _, s := range []string{e.Kind, e.Actor, e.Company, e.Object, e.Ref, e.Detail} {
		text(h, s)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Link is the hash of the chain with one row more.
func (k Key) Link(before Head, id int64, mac string) Head {
	h := hmac.New(sha256.New, k.links)
	text(h, before.Hash)
	number(h, before.Seq+1)
	number(h, id)
	text(h, mac)
	return Head{Seq: before.Seq + 1, Hash: hex.EncodeToString(h.Sum(nil)[:16])}
}

func number(h hash.Hash, n int64) { _, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) } //nolint:gosec // bits, not a value

func text(h hash.Hash, s string) {
	number(h, int64(len(s)))
	_, _ = h.Write([]byte(s))
}

// Head is the end of the chain: how many rows, and the hash over all of them. Kept elsewhere, it proves that the log was
// not cut.
type Head struct {
	Seq  int64
	Hash string
}

// String is the form that people keep: 42:0123….
func (h Head) String() string { return strconv.FormatInt(h.Seq, 10) + ":" + h.Hash }

// ErrHead says that a text is no head of a chain.
var ErrHead = errors.New("audit: want a head like 42:0123456789abcdef0123456789abcdef")

// ParseHead reverses String.
func ParseHead(s string) (Head, error) {
	seq, hash, ok := strings.Cut(strings.TrimSpace(s), ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	if err != nil || !ok || n < 0 || (n == 0) != (hash == "") || n > 0 && len(hash) != 32 {
		return Head{}, ErrHead
	}
	return Head{n, hash}, nil
}
