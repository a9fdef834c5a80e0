package storefront

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"creditcart/internal/audit"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

const (
	signInTime     = 10 * time.Minute
	contourMemory  = 365 * 24 * time.Hour
	maxCallbackLen = 4 << 10
	callbackRoute  = "/login/callback"
)

// login asks how the buyer signs in at the bank, or starts at once when he said so.
func (s *server) login(c echo.Context) error {
	back := ownPath(c.QueryParam("return"))
	switch contour := sbid.Contour(c.QueryParam("contour")); contour {
	case sbid.ContourSMS, sbid.ContourToken:
		return s.startSignIn(c, contour, back)
	}
	f, err := s.frame(c, "Вход по СберБизнес ID")
	if err != nil {
		return err
	}
	f.LoginURL = loginURL(back)
	view := templates.LoginView{SignIn: s.signInWays(c, back), BackURL: "/"}
	if back != "/" {
		view.Reason = "После входа вы вернётесь туда, где остановились. Корзина сохранится."
	}
	return s.show(c, http.StatusOK, f, templates.LoginBody(view))
}

// signInWays are the two buttons, the one this browser used last first.
func (s *server) signInWays(c echo.Context, back string) templates.SignIn {
	at := func(contour sbid.Contour) string {
		return "/login?" + url.Values{"contour": {string(contour)}, "return": {back}}.Encode()
	}
	return templates.SignIn{SMSURL: at(sbid.ContourSMS), TokenURL: at(sbid.ContourToken), Remembered: s.cookies.read(c.Request(), cookieContour)}
}

// startSignIn remembers the attempt, binds it to this browser and goes to the bank.
func (s *server) startSignIn(c echo.Context, contour sbid.Contour, back string) error {
	if wait, over := s.tooMany(c, s.limits.signIn, "sign-in", addressOf(c)); over {
		return tooManySignIns(wait, retryURL(sbid.Pending{Contour: string(contour), Return: back}))
	}
	attempt, secret := sbid.NewAttempt(contour), newSecret()
	err := s.SignIns.SavePending(c.Request().Context(), sbid.Pending{
		ID: hashed(secret), Contour: string(contour), State: attempt.State, Nonce: attempt.Nonce, Verifier: attempt.Verifier,
		Return: back, ExpiresAt: s.Now().UTC().Add(signInTime),
	})
	if err != nil {
		return err
	}
	if err := errors.Join(s.cookies.write(c.Response(), cookieSignIn, secret, signInTime),
		s.cookies.write(c.Response(), cookieContour, string(contour), contourMemory)); err != nil {
		return err
	}
	return c.Redirect(http.StatusFound, s.Provider.AuthorizeURL(attempt, ""))
}

// callback is where the bank sends the browser back. The attempt is spent whatever the answer is.
func (s *server) callback(c echo.Context) error {
	r := c.Request()
	c.Response().Header().Set("Referrer-Policy", "no-referrer") // the address holds the code
	secret := s.cookies.read(r, cookieSignIn)
	if err := s.cookies.write(c.Response(), cookieSignIn, "", -1); err != nil {
		return err
	}
	var pending sbid.Pending
	found := false
	if secret != "" && len(r.URL.RawQuery) <= maxCallbackLen {
		var err error
		if pending, found, err = s.SignIns.TakePending(r.Context(), hashed(secret), s.Now().UTC()); err != nil {
			return err
		}
	}
	if !found {
		return s.signInRefused(c, &sbid.SignInError{Reason: sbid.ReasonState, Err: sbid.ErrState}, pending)
	}
	attempt := sbid.Attempt{State: pending.State, Nonce: pending.Nonce, Verifier: pending.Verifier, Contour: sbid.Contour(pending.Contour)}
	code, err := s.Provider.Callback(attempt, r.URL.Query())
	if err != nil {
		return s.signInRefused(c, err, pending)
	}
	who, err := s.Checkout.SignIn(r.Context(), attempt, code)
	if err != nil {
		return s.signInRefused(c, err, pending)
	}
	if wait, over := s.tooMany(c, s.limits.account, "account", who.Subject); over {
		return tooManySignIns(wait, retryURL(pending))
	}
	if err := s.sessions.begin(r, c.Response(), who.Subject); err != nil {
		return err
	}
	s.Log.InfoContext(r.Context(), "signed in", "ref", referenceOf(c), "contour", pending.Contour)
	return c.Redirect(http.StatusSeeOther, ownPath(pending.Return))
}

// signInRefused keeps that a sign-in failed and why.
func (s *server) signInRefused(c echo.Context, err error, pending sbid.Pending) error {
	if e, ok := errors.AsType[*sbid.SignInError](err); ok {
		s.keepRefusal(c, audit.SignInRefused, pending.Contour, fmt.Sprint(e.Reason))
	}
	return signInProblem(err, pending)
}

// signInProblem gives a failed sign-in its page with one way to try again.
func signInProblem(err error, pending sbid.Pending) error {
	var e *sbid.SignInError
	if !errors.As(err, &e) {
		return err
	}
	p := &problem{err: err, primary: templates.Link{Text: "Войти ещё раз", URL: retryURL(pending), TestID: "login-retry"}}
	if e.Reason == sbid.ReasonExpired && !errors.Is(err, sbid.ErrExpiredGrant) { // the code was in time, but the bank refused its own token
		p.status, p.heading = http.StatusForbidden, "Банк не подтвердил вход"
		p.means, p.do = "Банк не передал нам данные компании. Корзина сохранена.", "Попробуйте войти ещё раз. Если не поможет, сообщите нам номер ниже."
		return p
	}
	switch e.Reason {
	case sbid.ReasonDenied:
		p.status, p.heading = http.StatusForbidden, "Вы отменили вход"
		p.means, p.do = "Банк не передал нам данные компании. Корзина сохранена.", "Чтобы увидеть условия и оформить заказ, войдите ещё раз и подтвердите согласия."
	case sbid.ReasonState:
		p.status, p.heading = http.StatusBadRequest, "Эта ссылка для входа больше не действует"
		p.means, p.do = "Она одноразовая, действует 10 минут и только в том браузере, где вы начали вход. Корзина сохранена.", "Начните вход заново."
	case sbid.ReasonExpired:
		p.status, p.heading = http.StatusBadRequest, "Время входа истекло"
		p.means, p.do = "Банк даёт на вход две минуты. Корзина сохранена.", "Начните вход заново."
	case sbid.ReasonIncomplete:
		p.status, p.heading = http.StatusForbidden, "Банк не сообщил, какую компанию вы представляете"
		p.means, p.do = "Без этого нельзя показать условия и оформить заказ. Корзина сохранена.", "Войдите ещё раз и подтвердите все согласия на странице банка."
	case sbid.ReasonUntrusted:
		p.status, p.heading = http.StatusForbidden, "Мы не смогли проверить ответ банка"
		p.means, p.do = "Данные о входе не прошли проверку, поэтому мы вас не впустили. Корзина сохранена.", "Начните вход заново. Если не поможет, сообщите нам номер ниже."
	case sbid.ReasonSettings:
		p.status, p.heading = http.StatusServiceUnavailable, "Вход временно не работает"
		p.means, p.do = "Банк не принял запрос магазина, мы уже разбираемся. Корзина сохранена.", "Попробуйте позже."
	default:
		p.status, p.heading = http.StatusServiceUnavailable, "Банк сейчас не отвечает"
		p.means, p.do = "Войти не получилось. Корзина сохранена.", "Попробуйте ещё раз через минуту."
	}
	return p
}

func retryURL(pending sbid.Pending) string {
	if pending.Contour == "" {
		return "/login"
	}
	return "/login?" + url.Values{"contour": {pending.Contour}, "return": {ownPath(pending.Return)}}.Encode()
}

func (s *server) logout(c echo.Context) error {
	end := func() error { return s.sessions.end(c.Request(), c.Response()) }
	if who := visitorOf(c).who; who != nil {
		leave := end
		end = func() error { return s.Checkout.SignOut(c.Request().Context(), who.Subject, leave) }
	}
	if err := end(); err != nil {
		return err
	}
	// Not the cookies: the cart stays. "cache" keeps «Back» from showing somebody's orders.
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	if err := s.flash(c, "signed-out"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/")
}
