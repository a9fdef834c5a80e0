package checkout

import (
	"crypto/sha256"
	_ "embed" // the text
	"encoding/hex"
	"errors"
	"strings"
	"unicode/utf8"
)

// Consent is what a buyer agrees to before the shop turns to the bank in his name. The zero Consent asks for none.
type Consent struct {
	Version string
	Text    string // paragraphs are parted by empty lines
	Hash    string // hex SHA-256 of Text
}

// ErrConsent says that the buyer was shown another text than the one in force, or none.
var ErrConsent = errors.New("the consent is not to the text in force")

//go:embed consent.txt
var defaultConsent string

// DefaultConsent is the program's own text, for a merchant whose lawyer has not written one.
func DefaultConsent() string { return defaultConsent }

// The bounds of a text, in characters; that of the text is the bank's own for such texts.
const (
	maxConsent        = 10_000
	maxConsentVersion = 40
)

// ParseConsent reads a text whose first line is «Версия: …»; {магазин} in it becomes the merchant's name.
func ParseConsent(file, merchant string) (Consent, error) {
	first, text, _ := strings.Cut(strings.ReplaceAll(strings.TrimPrefix(file, "\ufeff"), "\r\n", "\n"), "\n")
	version, found := strings.CutPrefix(first, "Версия:")
	c := Consent{Version: strings.TrimSpace(version), Text: strings.TrimSpace(strings.ReplaceAll(text, "{магазин}", merchant))}
	switch {
	case !utf8.ValidString(file):
		return Consent{}, errors.New("want UTF-8")
	case !found || c.Version == "" || utf8.RuneCountInString(c.Version) > maxConsentVersion:
		return Consent{}, errors.New("want the first line «Версия: …»")
	case c.Text == "" || utf8.RuneCountInString(c.Text) > maxConsent:
		return Consent{}, errors.New("want a text of at most 10 000 characters after the first line")
	}
	sum := sha256.Sum256([]byte(c.Text))
	c.Hash = hex.EncodeToString(sum[:])
	return c, nil
}

// Paragraphs are the text in pieces for a page.
func (c Consent) Paragraphs() []string {
	var out []string
	for p := range strings.SplitSeq(c.Text, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
