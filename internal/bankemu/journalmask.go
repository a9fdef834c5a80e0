package bankemu

import (
	"net/http"
	"regexp"
	"strings"
)

// A secret is whatever lets one act as somebody: tokens, codes, the client's secret, PKCE, state and nonce, cookies.
// Names, accounts and sums are not masked: the emulator's people do not exist, and a log without them explains nothing.
const (
	secretFields = `access_token|refresh_token|id_token|id_token_hint|token|client_secret|new_client_secret|newClientSecret|clientSecret|code_verifier|code_challenge|code|state|nonce`
	secretJSON   = `access_token|refresh_token|id_token|token|client_secret|new_client_secret|newClientSecret|clientSecret|code_verifier`
)

var (
	reSecretField = regexp.MustCompile(`(^|[?&;])(` + secretFields + `)=([^&"'\s<>#]+)`)
	reSecretJSON  = regexp.MustCompile(`"(` + secretJSON + `)"\s*:\s*"((?:[^"\\]|\\.)*)`)
	reSecretSaid  = regexp.MustCompile(`(by value =)()([^"\s]+)`)
	reBearer      = regexp.MustCompile(`^(?i:(Bearer ))?.+`)
)

// replaceSecrets puts hidden(name) in the place of each secret of a query, a form, a JSON text (cut ones too) or a page.
func replaceSecrets(text string, hidden func(name string) string) string {
	text = replaceGroup(reSecretJSON, text, hidden)
	text = replaceGroup(reSecretField, text, hidden)
	return replaceGroup(reSecretSaid, text, func(string) string { return hidden("access_token") })
}

// replaceGroup replaces the last group of each match; the group before it is the secret's name.
func replaceGroup(re *regexp.Regexp, text string, hidden func(name string) string) string {
	var out strings.Builder
	at := 0
	for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
		n := len(m)
		out.WriteString(text[at:m[n-2]])
		out.WriteString(hidden(text[m[n-4]:m[n-3]]))
		at = m[n-1]
	}
	out.WriteString(text[at:])
	return out.String()
}

func masked(text string) string { return replaceSecrets(text, func(string) string { return "***" }) }

// hideHeader is a header's value without its secret.
func hideHeader(name, value string, hidden func(name string) string) string {
	switch http.CanonicalHeaderKey(name) {
	case "Authorization":
		return reBearer.ReplaceAllString(value, "${1}") + hidden("access_token")
	case "Cookie", "Set-Cookie":
		return hidden("cookie")
	}
	return replaceSecrets(value, hidden)
}

func maskedHeader(h http.Header) map[string][]string {
	out := map[string][]string{}
	for name, values := range h {
		for _, v := range values {
			out[name] = append(out[name], hideHeader(name, v, func(string) string { return "***" }))
		}
	}
	return out
}
