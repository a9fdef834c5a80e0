package bankemu

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

const idTokenLife = 300 * time.Second

const jwtHeader = `{"typ":"JWT","alg":"gost34.10-2012"}`

// sign makes a compact JWT. The signature has the old form of 64 raw bytes but is not a GOST one yet: it only depends
// on what is signed, so that a changed payload is seen by a careful test and by nobody else.
func (b *Bank) sign(c *call, claims map[string]any) string {
	for name, value := range claimOverrides(c.r) {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	payload, err := json.Marshal(claims)
	if err != nil { // overrides come from JSON, everything else is plain data
		payload = []byte(`{}`)
	}
	enc := base64.RawURLEncoding
	input := enc.EncodeToString([]byte(jwtHeader)) + "." + enc.EncodeToString(payload)
	sum := sha512.Sum512([]byte("emulator:" + input))
	return input + "." + enc.EncodeToString(sum[:])
}

func (b *Bank) idToken(c *call, g *grant, nonce string) string {
	iat := c.now.Unix()
	claims := map[string]any{
		"iss": IDTokenIssuer, "sub": subject(g), "aud": g.client, "azp": g.client, "acr": "loa-3",
		"amr": "{pwd, mca, mfa, otp, sms}", "auth_time": g.since.Unix(), "iat": iat, "exp": iat + int64(idTokenLife.Seconds()),
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	return b.sign(c, claims)
}

func subject(g *grant) string { return hash64("sub", g.client, g.person) }

// userInfo answers a JWT with aud, iss, sub and the claims named in the granted scope.
func (b *Bank) userInfo(c *call) reply {
	g, _ := b.bearer(c)
	if g == nil {
		return jsonReply(http.StatusUnauthorized, map[string]string{"error": "UNAUTHORIZED"})
	}
	company := b.company(g.company)
	if company == nil || company.person(g.person) == nil {
		return ssoForbidden("ACCESS_EXCEPTION", "Пользователь не найден")
	}
	claims := map[string]any{"aud": g.client, "iss": b.cfg.APIURL, "sub": subject(g)}
	for name, value := range b.claims(g, company, company.person(g.person)) {
		if slices.Contains(g.scope, name) {
			claims[name] = value
		}
	}
	return reply{status: http.StatusOK, contentType: "application/jwt;charset=UTF-8", body: []byte(b.sign(c, claims))}
}
