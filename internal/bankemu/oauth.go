package bankemu

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// authCode is one-time and bound to the client, the redirect URI and the PKCE challenge.
type authCode struct {
	grant       *grant
	redirectURI string
	challenge   string // S256; empty = the client did not send one
	nonce       string
	issued      time.Time
	used        time.Time // zero = not yet
}

func (k *authCode) state(now time.Time) string {
	switch {
	case !k.used.IsZero():
		return "used"
	case !now.Before(k.issued.Add(codeLife)):
		return "expired"
	}
	return "active"
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
	echoNonce   bool
}

// authorizePaths are the documented spellings.
var authorizePaths = []string{"/ic/sso/api/v2/oauth/authorize", "/ic/sso/api/v1/oauth/authorize", "/ic/sso/api/oauth/authorize",
	"/ic/sbbid/api/v2/oauth/authorize", "/ic/sbbid/api/v1/oauth/authorize", "/ic/sbbid/api/oauth/authorize"}

var (
	reChallenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`) // S256: 32 bytes in base64url
	reServiceID = regexp.MustCompile(`^di-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// The documents name no longest values; these keep nonsense out.
const (
	maxState = 1024 // also of nonce
	maxScope = 8192
)

func splitScope(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '+' })
}

// grantedScope is what a requested scope means: itself, or with the service id of the contract all that is registered.
// wrong is a name that the client may not ask for.
func (c Client) grantedScope(asked []string) (scope []string, wrong string) {
	registered := splitScope(c.Scope)
	for _, name := range asked {
		switch {
		case slices.Contains(registered, name):
			scope = append(scope, name)
		case reServiceID.MatchString(name) && (c.ServiceID == "" || c.ServiceID == name):
			scope = append(scope, registered...)
		default:
			return nil, name
		}
	}
	return unique(scope), ""
}

// repeated: RFC 6749 (3.1, 3.2) forbids a parameter to be given more than once.
func repeated(q url.Values) bool {
	for _, values := range q {
		if len(values) > 1 {
			return true
		}
	}
	return false
}

// parseAuthorize follows the specification of authorize. A request that cannot be trusted with a redirect (client or
// address unknown) is answered by a page; every other mistake goes back to the client.
func (b *Bank) parseAuthorize(s *site, q url.Values) (*authRequest, *reply) {
	stop := func(r reply) (*authRequest, *reply) { return nil, &r }
	client, ok := b.clients[q.Get("client_id")]
	if !ok || len(q["client_id"]) != 1 {
		return stop(b.errorPage(s, http.StatusBadRequest, "Неизвестный сервис", "Банк не знает сервис с таким client_id. Вернитесь в магазин и сообщите об ошибке."))
	}
	uri := q.Get("redirect_uri")
	if !slices.Contains(client.RedirectURIs, uri) || len(q["redirect_uri"]) != 1 {
		return stop(b.errorPage(s, http.StatusBadRequest, "Адрес возврата не зарегистрирован", "Сервис указал адрес возврата, которого нет в договоре с банком. Вход остановлен."))
	}
	a := &authRequest{client: client, redirectURI: uri, state: q.Get("state"), nonce: q.Get("nonce"),
		challenge: q.Get("code_challenge"), prompt: q.Get("prompt"), echoNonce: b.st.settings.EchoNonce}
	if len(a.state) > maxState {
		a.state = "" // not echoed
		return stop(a.refuse("invalid_request", "state is too long"))
	}
	if code, text := b.authorizeFault(a, q); code != "" {
		return stop(a.refuse(code, text))
	}
	if len(a.state) < 36 {
		b.log.Warn("authorize: state is shorter than the recommended 36 characters", "client", client.ID, "length", len(a.state))
	}
	return a, nil
}

// authorizeFault is what is wrong with a request whose client and address are known, and sets the granted scope.
func (b *Bank) authorizeFault(a *authRequest, q url.Values) (code, description string) {
	method := q.Get("code_challenge_method")
	asked := splitScope(q.Get("scope"))
	switch {
	case b.st.blocked[a.client.ID]:
		return "unauthorized_client", "The client is blocked"
	case repeated(q):
		return "invalid_request", "a parameter is given twice"
	case a.state == "":
		return "invalid_request", "state is required"
	case !q.Has("response_type"):
		return "invalid_request", "response_type is required"
	case q.Get("response_type") != "code":
		return "unsupported_response_type", "response_type must be code"
	case len(a.nonce) > maxState:
		return "invalid_request", "nonce is too long"
	case len(q.Get("scope")) > maxScope:
		return "invalid_scope", "scope is too long"
	case len(asked) == 0 || asked[0] != "openid":
		return "invalid_scope", "openid must be the first scope"
	case a.challenge == "" && a.client.RequirePKCE:
		return "invalid_request", "code_challenge is required for this client"
	case a.challenge == "" && method != "":
		return "invalid_request", "code_challenge_method without code_challenge"
	case a.challenge != "" && method != "S256":
		return "invalid_request", "code_challenge_method must be S256"
	case a.challenge != "" && !reChallenge.MatchString(a.challenge):
		return "invalid_request", "code_challenge must be 43 characters of base64url"
	case !slices.Contains([]string{"", "none", "login", "consent", "select_account"}, a.prompt):
		return "invalid_request", "prompt must be none, login, consent or select_account"
	}
	scope, wrong := a.client.grantedScope(asked)
	if wrong != "" {
		return "invalid_scope", "a scope is not registered for the client"
	}
	a.scope = scope
	return "", ""
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
	if a.echoNonce && a.nonce != "" && q.Has("code") {
		q.Set("nonce", a.nonce)
	}
	u.RawQuery = q.Encode()
	return redirect(http.StatusFound, u.String())
}

func (a *authRequest) refuse(code, description string) reply {
	return a.back("error", code, "error_description", description)
}

// showAuthorize is the sign-in page: who enters, what the service asks for, and the offer when it is to be signed.
func (b *Bank) showAuthorize(s *site) action {
	return func(c *call) reply {
		a, stop := b.parseAuthorize(s, c.r.URL.Query())
		if stop != nil {
			return *stop
		}
		current := b.session(s, c)
		if a.prompt == "none" {
			return b.silent(s, a, current, c.now)
		}
		chosen := ""
		if current != nil && a.prompt != "login" && a.prompt != "select_account" {
			chosen = current.person
		}
		return b.authorizePage(s, http.StatusOK, a, chosen, "", c.now)
	}
}

// silent is prompt=none: a code without any page, or the reason why a person is needed (OpenID Connect Core 3.1.2.6).
func (b *Bank) silent(s *site, a *authRequest, current *session, now time.Time) reply {
	if current == nil {
		return a.refuse("login_required", "no session at the bank")
	}
	company, person := b.findPerson(current.person)
	switch {
	case person == nil:
		return a.refuse("login_required", "no session at the bank")
	case !b.admits(s, person):
		return a.refuse("interaction_required", "the person enters through the other host")
	case !b.st.consents[consentKey{a.client.ID, company.ID}].covers(a.scope, now):
		return a.refuse("consent_required", "the offer is not signed, has expired or does not cover the scope")
	}
	return b.issueCode(a, company.ID, person.ID, now)
}

// decideAuthorize takes the form of the page: person, decision and the ticked accounts. Tests may post it directly;
// without account fields all accounts are open.
func (b *Bank) decideAuthorize(s *site) action {
	return func(c *call) reply {
		a, stop := b.parseAuthorize(s, c.r.URL.Query())
		if stop != nil {
			return *stop
		}
		if a.prompt == "none" {
			return b.silent(s, a, b.session(s, c), c.now)
		}
		form, err := url.ParseQuery(string(c.body))
		if err != nil {
			return b.errorPage(s, http.StatusBadRequest, "Форма не прочитана", "Вернитесь на страницу входа и повторите.")
		}
		if form.Get("decision") == "deny" {
			return a.refuse("access_denied", "The user refused")
		}
		if form.Get("decision") != "allow" {
			return b.authorizePage(s, http.StatusUnprocessableEntity, a, form.Get("person"), "Нажмите «Войти» или «Отказаться».", c.now)
		}
		company, person := b.findPerson(form.Get("person"))
		if person == nil {
			return b.authorizePage(s, http.StatusUnprocessableEntity, a, "", "Выберите, кто входит.", c.now)
		}
		if !b.admits(s, person) {
			return b.wrongContour(s, c)
		}
		b.agree(a, company, person.ID, form, c.now)
		rep := b.issueCode(a, company.ID, person.ID, c.now)
		rep.cookie = b.openSession(s, company.ID, person.ID, c.now)
		return rep
	}
}

func (b *Bank) issueCode(a *authRequest, company, person string, now time.Time) reply {
	code := newSecret()
	b.st.addCode(code, &authCode{
		grant:       &grant{client: a.client.ID, company: company, person: person, scope: a.scope, since: now},
		redirectURI: a.redirectURI, challenge: a.challenge, nonce: a.nonce, issued: now,
	}, b.cfg.Now())
	return a.back("code", code)
}

// admits says whether this host signs in people of this crypto profile. The test contour has one host for both.
func (b *Bank) admits(s *site, p *Person) bool {
	return p.token() == (s.kind == "token") || (s.kind == "sms" && b.st.settings.TestContour)
}
