package bankemu

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const codeLife = 2 * time.Minute

// authCode is one-time and bound to the client, the redirect URI and the PKCE challenge.
type authCode struct {
	grant       *grant
	redirectURI string
	challenge   string // S256; empty = the client did not send one
	nonce       string
	issued      time.Time
	used        bool
}

// authRequest is a checked authorize request.
type authRequest struct {
	client      Client
	redirectURI string
	scope       []string
	state       string
	nonce       string
	challenge   string
	prompt      string
}

// authorizePaths are the documented spellings.
var authorizePaths = []string{"/ic/sso/api/v2/oauth/authorize", "/ic/sso/api/v1/oauth/authorize", "/ic/sso/api/oauth/authorize",
	"/ic/sbbid/api/v2/oauth/authorize", "/ic/sbbid/api/v1/oauth/authorize"}

func splitScope(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '+' })
}

// parseAuthorize follows the specification of authorize. A request that cannot be trusted with a redirect (client or
// address unknown) is answered by a page; every other mistake goes back to the client.
func (b *Bank) parseAuthorize(s *site, q url.Values) (*authRequest, *reply) {
	stop := func(r reply) (*authRequest, *reply) { return nil, &r }
	client, ok := b.clients[q.Get("client_id")]
	if !ok {
		return stop(b.errorPage(s, http.StatusBadRequest, "Неизвестный сервис", "Банк не знает сервис с таким client_id. Вернитесь в магазин и сообщите об ошибке."))
	}
	uri := q.Get("redirect_uri")
	if !slices.Contains(client.RedirectURIs, uri) {
		return stop(b.errorPage(s, http.StatusBadRequest, "Адрес возврата не зарегистрирован", "Сервис указал адрес возврата, которого нет в договоре с банком. Вход остановлен."))
	}
	a := &authRequest{client: client, redirectURI: uri, state: q.Get("state"), nonce: q.Get("nonce"),
		challenge: q.Get("code_challenge"), prompt: q.Get("prompt"), scope: splitScope(q.Get("scope"))}
	refuse := func(code, text string) (*authRequest, *reply) { return stop(a.refuse(code, text)) }
	switch {
	case a.state == "":
		return refuse("invalid_request", "state is required")
	case q.Get("response_type") != "code":
		return refuse("unsupported_response_type", "response_type must be code")
	case len(a.scope) == 0 || a.scope[0] != "openid":
		return refuse("invalid_scope", "openid must be the first scope")
	case a.challenge != "" && q.Get("code_challenge_method") != "S256":
		return refuse("invalid_request", "code_challenge_method must be S256")
	case a.challenge != "" && (len(a.challenge) < 43 || len(a.challenge) > 128):
		return refuse("invalid_request", "code_challenge has a wrong length")
	case !slices.Contains([]string{"", "none", "login", "consent", "select_account"}, a.prompt):
		return refuse("invalid_request", "prompt is unknown")
	}
	allowed := splitScope(client.Scope)
	for _, name := range a.scope {
		if !slices.Contains(allowed, name) {
			return refuse("invalid_scope", "scope "+name+" is not registered for the client")
		}
	}
	if len(a.state) < 36 {
		b.log.Warn("authorize: state is shorter than the recommended 36 characters", "client", client.ID, "length", len(a.state))
	}
	return a, nil
}

func (a *authRequest) back(params ...string) reply {
	u, err := url.Parse(a.redirectURI)
	if err != nil { // registered addresses come from the configuration
		return fail(http.StatusInternalServerError, "UNKNOWN_EXCEPTION", "Внутренняя ошибка сервера")
	}
	q := u.Query()
	for i := 0; i+1 < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	if a.state != "" {
		q.Set("state", a.state)
	}
	u.RawQuery = q.Encode()
	return redirect(http.StatusFound, u.String())
}

func (a *authRequest) refuse(code, description string) reply {
	return a.back("error", code, "error_description", description)
}

// showAuthorize is the sign-in page: who enters and what the service asks for.
func (b *Bank) showAuthorize(s *site) action {
	return func(c *call) reply {
		a, stop := b.parseAuthorize(s, c.r.URL.Query())
		if stop != nil {
			return *stop
		}
		current := b.session(s, c)
		if a.prompt == "none" {
			if current == nil {
				return a.refuse("login_required", "no session at the bank")
			}
			return b.issueCode(a, current.company, current.person, c.now)
		}
		chosen := ""
		if current != nil && a.prompt != "login" && a.prompt != "select_account" {
			chosen = current.person
		}
		return b.authorizePage(s, http.StatusOK, a, chosen, "")
	}
}

// decideAuthorize takes the form of the page: person and decision. Tests may post it directly.
func (b *Bank) decideAuthorize(s *site) action {
	return func(c *call) reply {
		a, stop := b.parseAuthorize(s, c.r.URL.Query())
		if stop != nil {
			return *stop
		}
		form, err := url.ParseQuery(string(c.body))
		if err != nil {
			return b.errorPage(s, http.StatusBadRequest, "Форма не прочитана", "Вернитесь на страницу входа и повторите.")
		}
		if form.Get("decision") == "deny" {
			return a.refuse("access_denied", "The user refused")
		}
		if form.Get("decision") != "allow" {
			return b.authorizePage(s, http.StatusUnprocessableEntity, a, form.Get("person"), "Нажмите «Войти» или «Отказаться».")
		}
		company, person := b.findPerson(form.Get("person"))
		if person == nil {
			return b.authorizePage(s, http.StatusUnprocessableEntity, a, "", "Выберите, кто входит.")
		}
		if !b.admits(s, person) {
			return b.wrongContour(s, c)
		}
		rep := b.issueCode(a, company.ID, person.ID, c.now)
		rep.cookie = b.openSession(s, company.ID, person.ID, c.now)
		return rep
	}
}

func (b *Bank) issueCode(a *authRequest, company, person string, now time.Time) reply {
	code := newSecret()
	b.st.codes[code] = &authCode{
		grant:       &grant{client: a.client.ID, company: company, person: person, scope: a.scope, since: now},
		redirectURI: a.redirectURI, challenge: a.challenge, nonce: a.nonce, issued: now,
	}
	return a.back("code", code)
}

// admits says whether this host signs in people of this crypto profile. The test contour has one host for both.
func (b *Bank) admits(s *site, p *Person) bool {
	return p.CryptoType == s.crypto || (s.kind == "sms" && b.st.settings.TestContour)
}
