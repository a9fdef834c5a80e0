package storefront

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"creditcart/internal/bankapi"
)

const referenceKey = "reference"

// clientIP believes X-Forwarded-For only when it comes from a configured proxy.
func clientIP(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// recoverPanics turns a panic into the page for our own faults.
func (s *server) recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch r := recover(); r {
			case nil:
			case http.ErrAbortHandler:
				panic(r)
			default:
				s.Log.ErrorContext(c.Request().Context(), "panic", "ref", referenceOf(c), "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
				err = errors.New("panic")
			}
		}()
		return next(c)
	}
}

// reference names the request: the log, the bank's log and an error page all show the same short word.
func (s *server) reference(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ref := rand.Text()[:10]
		c.Set(referenceKey, ref)
		c.Response().Header().Set("X-Reference", ref)
		c.SetRequest(c.Request().WithContext(bankapi.WithRef(c.Request().Context(), ref)))
		return next(c)
	}
}

func referenceOf(c echo.Context) string {
	ref, _ := c.Get(referenceKey).(string)
	return ref
}

// securityHeaders stand on every answer. Nothing is kept by caches unless a handler says otherwise.
func (s *server) securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	// A form's redirect is followed only to addresses named here, so the bank's pages are among them.
	origins := make([]string, 0, len(s.bank))
	for origin := range s.bank {
		origins = append(origins, origin)
	}
	slices.Sort(origins)
	policy := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
		strings.TrimSpace("form-action 'self' "+strings.Join(origins, " ")) + "; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		return next(c)
	}
}

// accessLog writes one line per request: no query, no address, nothing about people.
func (s *server) accessLog(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start, done := time.Now(), false
		defer func() {
			status := c.Response().Status
			if !done {
				status = http.StatusInternalServerError
			}
			s.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request", slog.String("ref", referenceOf(c)),
				slog.String("method", c.Request().Method), slog.String("route", c.Path()), slog.Int("status", status),
				slog.Int64("bytes", c.Response().Size), slog.Int64("us", time.Since(start).Microseconds()))
		}()
		if err := next(c); err != nil {
			c.Error(err)
		}
		done = true
		return nil
	}
}

// sameOrigin refuses changes that another site's page asked for.
func (s *server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Path() == hookRoute { // nobody's cookies are looked at there
			return next(c)
		}
		if why := s.foreign(c.Request()); why != "" {
			return &problem{status: http.StatusForbidden, heading: "Запрос пришёл с другого сайта",
				means: "Мы не выполнили его, чтобы никто не мог действовать от вашего имени. Ничего не изменилось.",
				do:    "Откройте нужную страницу магазина и повторите действие там.", err: errors.New("cross-origin request: " + why)}
		}
		return next(c)
	}
}

// foreign names the header that says that a change was asked for by another site, if any does. A client that sends none
// of them is no browser and has no cookies to abuse.
func (s *server) foreign(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return ""
	}
	site, origin, referer := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin"), r.Header.Get("Referer")
	sameSite := site == "same-origin" || site == "none"
	switch {
	case origin == "null" && sameSite: // a form of ours on a page that hides its address
	case origin != "" && !s.own(origin, r):
		return "Origin"
	case site != "" && !sameSite && !s.atBase(origin):
		return "Sec-Fetch-Site"
	}
	if referer != "" && !s.own(referer, r) {
		return "Referer"
	}
	return ""
}

// own tells whether an address is this shop's. On https only the configured one is: whoever makes a request chooses its Host.
func (s *server) own(address string, r *http.Request) bool {
	origin, ok := originOf(address)
	if !ok {
		return false
	}
	host, hasHost := originOf("http://" + r.Host)
	return origin == s.origin || !s.secure && hasHost && origin == host
}

func (s *server) atBase(address string) bool {
	origin, ok := originOf(address)
	return ok && origin == s.origin
}
