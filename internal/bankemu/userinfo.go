package bankemu

import (
	"net/http"
	"slices"
	"time"
)

const idTokenLife = 300 * time.Second

// idToken is signed when what it gives back is called, without b.mu.
func (b *Bank) idToken(c *call, g *grant, nonce string) func() string {
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
	for name, value := range b.claims(g, company, company.person(g.person), c.now) {
		if slices.Contains(g.scope, name) {
			claims[name] = value
		}
	}
	jwt := b.sign(c, claims)
	return reply{later: func() reply {
		return reply{status: http.StatusOK, contentType: "application/jwt;charset=UTF-8", body: []byte(jwt())}
	}}
}
