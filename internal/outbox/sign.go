package outbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Key lengths of Standard Webhooks, in bytes.
const (
	minKey = 24
	maxKey = 64
)

// secretPrefix marks a symmetric secret of Standard Webhooks.
const secretPrefix = "whsec_"

// ParseSecret reads a secret: whsec_ and 24 to 64 bytes in base64. The error never shows it.
func ParseSecret(s string) ([]byte, error) {
	text, ok := strings.CutPrefix(s, secretPrefix)
	if !ok {
		return nil, errors.New("want whsec_ and 24 to 64 random bytes in base64 (openssl rand -base64 32)")
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("what follows whsec_ is not base64")
	}
	if len(key) < minKey || len(key) > maxKey {
		return nil, fmt.Errorf("what follows whsec_ is %d bytes, want %d to %d", len(key), minKey, maxKey)
	}
	return key, nil
}

// Sign is the webhook-signature of a message sent at a moment (Standard Webhooks 1.0.0, «Signature scheme»).
func Sign(key []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp(at) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// timestamp is the webhook-timestamp: of the attempt, in unix seconds.
func timestamp(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
