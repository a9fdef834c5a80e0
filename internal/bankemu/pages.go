package bankemu

import (
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed static
var static embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"money": money, "roubles": roubles, "tokenWord": tokenWord, "msk": moscowTime, "clock": clockTime, "took": took, "webhookWord": webhookWord}).ParseFS(static, "static/*.html"))

// site is one browser host: the bank for SMS users, or the local agent of Token users.
type site struct {
	kind   string // sms or token
	cookie string
	title  string
}

// Pages with what follows # are read by JavaScript; nothing of it reaches the server.
var signPages = map[string]string{"/ic/dcb/index.html": "dcb", "/ic/ufs/rpp-light/index.html": "rpp-light"}

// pagePolicy has no form-action: browsers apply it to the redirect after a form too, and the sign-in form leads back
// to the shop.
const pagePolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"

func (b *Bank) browserRoutes(mux *http.ServeMux, s *site) {
	html := func(act action) http.HandlerFunc {
		h := b.locked(act)
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", pagePolicy)
			w.Header().Set("Referrer-Policy", "no-referrer")
			h(w, r)
		}
	}
	for _, path := range authorizePaths {
		mux.HandleFunc("GET "+path, html(b.showAuthorize(s)))
		mux.HandleFunc("POST "+path, html(b.decideAuthorize(s)))
	}
	for path, name := range signPages {
		mux.HandleFunc("GET "+path, html(b.deskPage(s, name)))
	}
	mux.HandleFunc("GET /{$}", html(func(*call) reply { return redirect(http.StatusFound, "/ic/dcb/index.html#/documents") }))
	mux.HandleFunc("/", html(func(*call) reply {
		return b.errorPage(s, http.StatusNotFound, "Страница не найдена", "В эмуляторе банка нет такого адреса.")
	}))
	mux.Handle("GET /emu/static/", staticFiles())
	b.deskRoutes(mux, s)
}

func staticFiles() http.Handler {
	sub, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is embedded
	}
	files := http.StripPrefix("/emu/static/", http.FileServerFS(sub))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, ".css") && !strings.HasSuffix(r.URL.Path, ".js") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		files.ServeHTTP(w, r)
	})
}

// frame is what every page needs.
type frame struct{ Kind, Brand, Title string }

func (s *site) frame(title string) frame { return frame{s.kind, s.title, title} }

func (b *Bank) errorPage(s *site, status int, title, text string) reply {
	return page(status, templates, "message.html", message{s.frame(title), text, "", ""})
}

type message struct {
	frame
	Text, LinkText, Link string
}

// wrongContour explains that a person enters through the other host, and leads there with the same request.
func (b *Bank) wrongContour(s *site, c *call) reply {
	m := message{s.frame("Нужен электронный ключ"), "Этот сотрудник работает с электронным ключом (Токен). Выберите в магазине вход с электронным ключом или перейдите по ссылке.",
		"Войти с электронным ключом", b.cfg.TokenAgentURL}
	if s.kind == "token" {
		m = message{s.frame("Вход по СМС"), "Этот сотрудник входит по СМС, а не с электронным ключом. Выберите в магазине вход по СМС или перейдите по ссылке.",
			"Войти по СМС", b.cfg.PublicURL}
	}
	if m.Link != "" {
		m.Link += c.r.URL.RequestURI()
	}
	return page(http.StatusForbidden, templates, "message.html", m)
}

func (b *Bank) authorizePage(s *site, status int, a *authRequest, chosen, problem string, now time.Time) reply {
	type card struct {
		ID, Name, Position, Contour string
		Checked                     bool
	}
	type group struct {
		Name, INN, Note string
		People          []card
		Offer           offerView
	}
	var groups, others []group
	opened := false
	for i := range b.st.scenario.Companies {
		co := &b.st.scenario.Companies[i]
		g := group{Name: co.Name, INN: co.INN, Note: co.Note, Offer: b.offerView(a, co, now)}
		for _, p := range co.People {
			contour := "СМС"
			if p.token() {
				contour = "Токен"
			}
			if !p.MaySign {
				contour += " · без права подписи"
			}
			g.People = append(g.People, card{p.ID, p.Name, p.Position, contour, p.ID == chosen})
		}
		if !co.Special {
			groups = append(groups, g)
			continue
		}
		others = append(others, g)
		opened = opened || co.person(chosen) != nil
	}
	data := struct {
		frame
		Client, Problem, Prompt string
		Groups, Others          []group
		Opened                  bool // one of the others was chosen
		Consents                []string
	}{s.frame("Вход в сервис"), a.client.ID, problem, a.prompt, groups, others, opened, consents(a.scope)}
	return reply{later: func() reply { return page(status, templates, "authorize.html", data) }}
}

// consentWords tell a person what the scope means; claims that are only technical share the last line.
var consentWords = []struct {
	words string
	names []string
}{
	{"Название, ИНН, КПП и правовая форма компании", []string{"inn", "orgKpp", "orgFullName", "OrgName", "orgLawFormShort"}},
	{"Ваши электронная почта и телефон", []string{"email", "phone_number", "name"}},
	{"Доступность покупки в кредит и остаток кредитной линии", []string{"buyOnCreditMmb", "hasActiveCreditLine", "creditLineAvailableSum"}},
	{"Кредитные предложения и действующий кредитный договор", []string{"GET_CREDIT_OFFERS"}},
	{"Создание заявки на кредит (подписываете её вы)", []string{"CREDIT_REQUEST"}},
	{"Создание черновика платёжного поручения (подписываете его вы) и его статус", []string{"PAY_DOC_RU_INVOICE_ANY", "PAY_DOC_RU_INVOICE"}},
}

func consents(scope []string) []string {
	var out []string
	for _, c := range consentWords {
		if slices.ContainsFunc(c.names, func(n string) bool { return slices.Contains(scope, n) }) {
			out = append(out, c.words)
		}
	}
	return out
}

func (b *Bank) deskPage(s *site, name string) action {
	return func(*call) reply {
		if only := b.st.settings.SignPage; only != "" && only != name {
			return b.errorPage(s, http.StatusNotFound, "Страница не найдена", "В этом режиме банк открывает документы по другому адресу.")
		}
		return page(http.StatusOK, templates, "desk.html", s.frame("Документы"))
	}
}

func (b *Bank) openSession(s *site, company, person string, now time.Time) *http.Cookie {
	id, wall := newSecret(), b.cfg.Now()
	b.st.sessionEnds.pop(wall, func(old string) { delete(b.st.sessions, old) })
	b.st.sessionEnds.push(id, wall.Add(accessLife+deadKept))
	b.st.sessions[id] = &session{site: s.kind, company: company, person: person, until: now.Add(accessLife)}
	return &http.Cookie{Name: s.cookie, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

func (b *Bank) session(s *site, c *call) *session {
	cookie, err := c.r.Cookie(s.cookie)
	if err != nil {
		return nil
	}
	found := b.st.sessions[cookie.Value]
	if found == nil || found.site != s.kind || !c.now.Before(found.until) {
		return nil
	}
	return found
}
