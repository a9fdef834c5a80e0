package bankemu

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// clientSecret is a partner's secret and, for the time of the setting secretOverlap, the one before it.
type clientSecret struct {
	value string
	set   time.Time
	old   *replacedSecret
}

type replacedSecret struct {
	value      string
	set, until time.Time
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (s *clientSecret) matches(given string, now time.Time) bool {
	return same(s.value, given) || (s.old != nil && now.Before(s.old.until) && same(s.old.value, given))
}

// end is when a secret set at the given moment stops working; ok is false when secrets live for ever.
func (s settings) secretEnd(set time.Time) (end time.Time, ok bool) {
	return set.Add(time.Duration(s.SecretLife)), s.SecretLife > 0
}

func (s settings) secretExpired(set, now time.Time) bool {
	end, ok := s.secretEnd(set)
	return ok && !now.Before(end)
}

// clientOf proves the client by client_id and client_secret of the form (client_secret_post). A secret older than
// 40 days is refused.
func (b *Bank) clientOf(form url.Values, now time.Time) (Client, *reply) {
	stop := func(status int, code, text string) (Client, *reply) {
		r := oauthError(status, code, text)
		return Client{}, &r
	}
	client, known := b.clients[form.Get("client_id")]
	secret := b.st.secrets[client.ID]
	if !known || secret == nil || !secret.matches(form.Get("client_secret"), now) {
		return stop(http.StatusUnauthorized, "invalid_client", "Client authentication failed")
	}
	if b.st.blocked[client.ID] {
		return stop(http.StatusBadRequest, "unauthorized_client", "The client is blocked")
	}
	if b.st.settings.secretExpired(secret.set, now) {
		return stop(http.StatusUnauthorized, "invalid_client", "client_secret has expired: it lives 40 days")
	}
	return client, nil
}

// The specification allows letters and digits; the bank's own SDK makes secrets with _ and - too.
var (
	reSecretDocumented = regexp.MustCompile(`^[a-zA-Z0-9]{8,256}$`)
	reSecretLifelike   = regexp.MustCompile(`^[a-zA-Z0-9_-]{8,256}$`)
)

// changeSecret is change-client-secret: access_token, client_id, client_secret and new_client_secret as a form or in the
// query. The token must belong to a person of the partner's own company. A refusal changes nothing.
func (b *Bank) changeSecret(c *call) reply {
	form, ok := formOf(c)
	if !ok {
		return badForm()
	}
	if repeated(form) {
		return givenTwice()
	}
	client, stop := b.clientOf(form, c.now)
	if stop != nil {
		return *stop
	}
	if stop := b.mayChangeSecret(c, client, form.Get("access_token")); stop != nil {
		return *stop
	}
	next, allowed := form.Get("new_client_secret"), reSecretLifelike
	if c.documented {
		allowed = reSecretDocumented
	}
	if !allowed.MatchString(next) {
		return oauthError(http.StatusBadRequest, "invalid_request", "new_client_secret must be 8 to 256 letters and digits")
	}
	secret := b.st.secrets[client.ID]
	if same(next, secret.value) {
		return oauthError(http.StatusBadRequest, "invalid_request", "new_client_secret must differ from client_secret")
	}
	*secret = clientSecret{value: next, set: c.now, old: &replacedSecret{secret.value, secret.set, c.now.Add(time.Duration(b.st.settings.SecretOverlap))}}
	const dayLong = 24 * time.Hour
	days := (time.Duration(b.st.settings.SecretLife) + dayLong - 1) / dayLong
	return jsonReply(http.StatusOK, map[string]int{"clientSecretExpiration": int(days)})
}

// mayChangeSecret checks the access token: the parameter is required, and an Authorization header, when a client sends
// one as well, must say the same.
func (b *Bank) mayChangeSecret(c *call, client Client, access string) *reply {
	stop := func(r reply) *reply { return &r }
	if access == "" {
		return stop(oauthError(http.StatusBadRequest, "invalid_request", "access_token is required"))
	}
	if given, ok := bearerOf(c.r.Header.Get("Authorization")); ok && given != access {
		return stop(oauthError(http.StatusUnauthorized, "invalid_token", "The Authorization header has another access token"))
	}
	t := b.st.access[access]
	if t == nil || !t.alive(c.now) || t.grant.client != client.ID {
		return stop(oauthError(http.StatusUnauthorized, "invalid_token", "The access token is unknown or has expired"))
	}
	if co := b.company(t.grant.company); co == nil || co.INN != client.OwnINN {
		return stop(ssoForbidden("ACCESS_EXCEPTION", "Секрет сервиса меняет только сотрудник организации партнёра"))
	}
	return nil
}
