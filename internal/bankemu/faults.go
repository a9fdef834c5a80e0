package bankemu

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// fault is a planned misbehaviour of one call. See README.md for the meaning of each kind.
type fault struct {
	ID int `json:"id"`

	// Which calls it waits for; empty = any.
	Method  string `json:"method,omitempty"`
	Path    string `json:"path"`              // a prefix, or a pattern of the whole path when it has *
	Company string `json:"company,omitempty"` // id of the company whose token, code, session or sign-in form the call carries
	Note    string `json:"note,omitempty"`    // grant_type of a token call

	// Which of the calls that match.
	Times   int   `json:"times"`             // how many it spoils; 0 or less = until cleared
	Skip    int   `json:"skip,omitempty"`    // lets the first ones pass
	Every   int   `json:"every,omitempty"`   // only each so-manieth
	Percent int   `json:"percent,omitempty"` // only this share of them, drawn by seed: the same seed draws the same calls
	Seed    int64 `json:"seed,omitempty"`

	Kind       string            `json:"kind"`
	Status     int               `json:"status,omitempty"`
	Delay      string            `json:"delay,omitempty"`
	RetryAfter string            `json:"retryAfter,omitempty"`
	Body       string            `json:"body,omitempty"`      // instead of the standard body of the status
	Value      string            `json:"value,omitempty"`     // the status of unknown-status, the type of wrong-content-type
	AfterWork  bool              `json:"afterWork,omitempty"` // the call does its work before it misbehaves
	Headers    map[string]string `json:"headers,omitempty"`   // added to the answer of status and html, e.g. Location
	Claims     map[string]any    `json:"claims,omitempty"`
	Signature  string            `json:"signature,omitempty"` // of bad-jwt: tampered, foreign or expired
	Hits       int               `json:"hits"`

	delay time.Duration
	seen  int // calls that matched, after skip
}

var faultKinds = []string{"status", "lose-answer", "drop", "delay", "html", "truncate", "unknown-status", "unknown-field", "wrong-content-type",
	"duplicate-callback", "bad-jwt"}

func (f *fault) check() error {
	if msg := oneOf(faultKinds...)(f.Kind); msg != "" {
		return fmt.Errorf("kind: %s", msg)
	}
	if f.Kind == "status" && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status must be 200 to 599")
	}
	if f.Kind == "bad-jwt" && len(f.Claims) == 0 && f.Signature == "" {
		return fmt.Errorf("claims or signature are required for bad-jwt")
	}
	if msg := oneOf("", signatureTampered, signatureForeign, signatureExpired)(f.Signature); msg != "" {
		return fmt.Errorf("signature: %s", msg)
	}
	if f.Every < 0 || f.Skip < 0 || f.Percent < 0 || f.Percent > 100 {
		return fmt.Errorf("every and skip must not be negative, percent must be 0 to 100 (0 = all)")
	}
	if f.Delay != "" {
		d, err := time.ParseDuration(f.Delay)
		if err != nil {
			return fmt.Errorf("delay: %w", err)
		}
		f.delay = d
	}
	if f.Kind == "delay" && f.delay <= 0 {
		return fmt.Errorf("delay is required")
	}
	return nil
}

func (f *fault) matches(r *http.Request, who caller) bool {
	switch {
	case f.Method != "" && !strings.EqualFold(f.Method, r.Method):
		return false
	case f.Company != "" && f.Company != who.company, f.Note != "" && f.Note != who.note:
		return false
	}
	return pathMatches(f.Path, r.URL.Path)
}

// due counts a call that matches and says whether it is one of those to spoil.
func (f *fault) due() bool {
	if f.Skip > 0 {
		f.Skip--
		return false
	}
	f.seen++
	if f.Every > 1 && f.seen%f.Every != 0 {
		return false
	}
	return f.Percent == 0 || draw(f.Seed, f.seen) < f.Percent
}

// draw gives the n-th number of a seed, 0 to 99 (the mixing step of SplitMix64).
func draw(seed int64, n int) int {
	z := (uint64(seed) + uint64(n)) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % 100)
}

// pathMatches: without a star the pattern is a prefix; a star stands for any run of characters.
func pathMatches(pattern, path string) bool {
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	if len(parts) == 1 {
		return true
	}
	rest, last := path[len(parts[0]):], parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, last)
}

// take counts a call against the planned faults: all delays that match, and the first other fault. The caller holds b.mu.
func (b *Bank) take(r *http.Request, who caller) (delay time.Duration, hit *fault) {
	if len(b.st.faults) == 0 {
		return 0, nil
	}
	keep := b.st.faults[:0:0]
	for _, f := range b.st.faults {
		if !f.matches(r, who) || (f.Kind != "delay" && hit != nil) || !f.due() {
			keep = append(keep, f)
			continue
		}
		f.Hits++
		delay += f.delay
		if f.Kind != "delay" {
			c := *f
			hit = &c
		}
		if f.Times != 1 {
			if f.Times > 1 {
				f.Times--
			}
			keep = append(keep, f)
		}
	}
	b.st.faults = keep
	return delay, hit
}

func decodeFault(body []byte) (*fault, error) {
	f := &fault{}
	if err := strict(body, f); err != nil {
		return nil, err
	}
	f.ID, f.Hits = 0, 0
	return f, f.check()
}
