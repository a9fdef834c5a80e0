package storefront

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"creditcart/internal/sbid"
	"creditcart/web/static"
)

// visitor is who a request comes from.
type visitor struct {
	who     *sbid.Identity // nil: signed out
	session string         // id of the row of the session
	cart    string         // id of the cart, empty when there is none yet
}

const visitorKey = "visitor"

// visit finds out who is here. Cookies that are broken, forged or expired are as good as none.
func (s *server) visit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if impersonal(c.Path()) {
			return next(c)
		}
		v := &visitor{cart: s.cookies.read(c.Request(), cookieCart)}
		row, ok, err := s.sessions.current(c.Request(), c.Response())
		if err != nil {
			return err
		}
		if ok {
			id, err := s.People.Account(c.Request().Context(), row.Subject)
			if err != nil {
				return err
			}
			v.who, v.session = &id, row.ID
		}
		c.Set(visitorKey, v)
		return next(c)
	}
}

// impersonal tells whether a route answers everybody the same: then nobody is looked up.
func impersonal(route string) bool {
	return strings.HasPrefix(route, static.Prefix) || route == "/healthz" || route == "/readyz" || route == hookRoute
}

// visitorOf never gives nil: an error page may be shown before anybody looked who is here.
func visitorOf(c echo.Context) *visitor {
	if v, ok := c.Get(visitorKey).(*visitor); ok {
		return v
	}
	return &visitor{}
}

// buyer lets signed-in people in and sends others to the sign-in, from where they return.
func (s *server) buyer(h func(echo.Context, sbid.Identity) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := visitorOf(c)
		if v.who == nil {
			return c.Redirect(http.StatusSeeOther, loginURL(returnAfter(c)))
		}
		return h(c, *v.who)
	}
}

// staff lets in people of the merchant's own company.
func (s *server) staff(h func(echo.Context, sbid.Identity) error) echo.HandlerFunc {
	return s.buyer(func(c echo.Context, who sbid.Identity) error {
		if !s.Checkout.IsStaff(who) {
			return &problem{status: http.StatusForbidden, heading: "Эта страница только для сотрудников магазина",
				means: "Вы вошли от имени другой компании, поэтому кабинет магазина вам недоступен.",
				do:    "Если вы сотрудник магазина, выйдите и войдите по СберБизнес ID вашей компании."}
		}
		return h(c, who)
	})
}

// returnAfter is the page to come back to after a sign-in: this one, or the one the form stood on.
func returnAfter(c echo.Context) string {
	r := c.Request()
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL.RequestURI()
	}
	switch {
	case c.Path() == "/orders":
		return "/checkout"
	case strings.HasPrefix(c.Path(), "/orders/:number"):
		return orderPath(c.Param("number"))
	case strings.HasPrefix(c.Path(), "/admin"):
		return "/admin"
	}
	return "/"
}

func loginURL(back string) string {
	if back == "" || back == "/" {
		return "/login"
	}
	return "/login?return=" + url.QueryEscape(back)
}

func orderPath(number string) string { return "/orders/" + url.PathEscape(number) }

const maxReturn = 500

// ownPath is the given path when it leads nowhere but into this shop, else "/".
// A browser reads \ as / and drops tabs and line ends, so none of them may be there, also encoded ones once decoded.
func ownPath(p string) string {
	if p == "" || len(p) > maxReturn || p[0] != '/' || strings.HasPrefix(p, "//") || !plain(p) {
		return "/"
	}
	u, err := url.Parse(p)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return "/"
	}
	if !plain(u.Path) || strings.Contains(u.Path, "//") || strings.HasPrefix(u.Path, "/login") || strings.HasPrefix(u.Path, "/logout") {
		return "/"
	}
	return p
}

func plain(p string) bool {
	bad := func(r rune) bool {
		return r < 0x20 || r == 0x7f || r == '\\' || r == 0x2028 || r == 0x2029 || r == 0xfffd
	}
	return strings.IndexFunc(p, bad) < 0
}
