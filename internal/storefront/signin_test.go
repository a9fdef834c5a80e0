package storefront

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestSignInThatFails(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.post("/cart", "product", "cheap", "quantity", "1")
	start := func() string { return b.get("/login?contour=token&return=%2Fcart").to(t, 302, "http") }
	state := func() string {
		u, err := url.Parse(b.get("/login?contour=sms&return=%2Fcart").to(t, 302, w.bank.URL))
		w.check(err)
		return u.Query().Get("state")
	}
	signedOut := func(r reply, status int, words string) {
		t.Helper()
		r.want(t, status, words, "Войти ещё раз")
		if b.cookie(cookieSession) != nil {
			t.Error("there is a session")
		}
		b.get("/cart").want(t, 200, "5 400 ₽", "Войти по СберБизнес ID")
	}
	if !strings.HasPrefix(start(), w.bank.URL) {
		t.Error("a Token user without an agent of his own signs in at the bank")
	}
	signedOut(b.get("/login/callback"), 400, "больше не действует")
	signedOut(b.get("/login/callback?code=x&state="+state()), 400, "Время входа истекло")
	signedOut(b.get("/login/callback?code=x&state=foreign"), 400, "больше не действует")
	st := state()
	signedOut(b.get("/login/callback?state="+st), 400, "больше не действует")
	signedOut(b.get("/login/callback?error=access_denied&state="+state()), 403, "Вы отменили вход")
	signedOut(b.get("/login/callback?error=server_error&state="+state()), 503, "Банк сейчас не отвечает")
	signedOut(b.get("/login/callback?error=%3Cscript%3E&state="+state()), 503, "Вход временно не работает")

	foreign := w.browser()
	callback := foreign.atBank(foreign.get("/login?contour=sms").to(t, 302, w.bank.URL), "romashka-buyer", "allow")
	signedOut(b.get(callback), 400, "больше не действует")

	st = state()
	w.clock.add(11 * time.Minute)
	signedOut(b.get("/login/callback?code=x&state="+st), 400, "больше не действует")
	for _, claims := range []string{`{"aud":"999"}`, `{"nonce":"x"}`, `{"exp":1}`, `{"sub":"x"}`} {
		w.tell("POST", "/api/faults", `{"path":"/ic/sso/api/v2/oauth/token","kind":"bad-jwt","claims":`+claims+`,"times":1}`)
		authorize := b.get("/login?contour=sms").to(t, 302, w.bank.URL)
		signedOut(b.get(b.atBank(authorize, "romashka-buyer", "allow")), 403, "не смогли проверить ответ банка")
	}
	w.tell("POST", "/api/faults", `{"path":"/ic/sso/api/v2/oauth/user-info","kind":"status","status":401,"times":1}`)
	r := b.get(b.atBank(b.get("/login?contour=sms").to(t, 302, w.bank.URL), "romashka-buyer", "allow"))
	if signedOut(r, 403, "Банк не подтвердил вход"); strings.Contains(text(r.body), "две минуты") {
		t.Error("a sign-in the bank did not confirm is called late")
	}
	if s := w.log.String(); strings.Contains(s, "code=x") || strings.Contains(s, st) {
		t.Error("the log knows secrets of a sign-in")
	}
}

func TestSignInIsSpentOnceAndMakesANewSession(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	r := b.get("/?loginDCB=true&userType=WEB")
	callback := b.atBank(r.to(t, 302, w.bank.URL), "romashka-buyer", "allow")
	r = b.get(callback)
	r.to(t, 303, "/")
	c := r.Cookies()[len(r.Cookies())-1]
	if c.Name != cookieSession || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("session cookie %v", c)
	}
	first := b.cookie(cookieSession).Value
	b.get(callback).want(t, 400, "больше не действует")
	b.get("/orders").want(t, 200)
	b.signIn("romashka-director")
	if b.cookie(cookieSession).Value == first {
		t.Fatal("the session kept its id over a sign-in")
	}
	second := b.cookie(cookieSession).Value
	b.setCookie(cookieSession, first)
	b.get("/orders").to(t, 303, "/login")
	b.setCookie(cookieSession, second)
	r = b.post("/logout")
	r.to(t, 303, "/")
	if r.Header.Get("Clear-Site-Data") == "" {
		t.Error("the browser keeps pages after the sign-out")
	}
	b.setCookie(cookieSession, second)
	b.get("/orders").to(t, 303, "/login")
}

func TestSessionEnds(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	w.clock.add(29 * time.Minute)
	b.get("/orders").want(t, 200)
	w.clock.add(31 * time.Minute)
	b.get("/orders").to(t, 303, "/login")
	b.signIn("romashka-buyer")
	for range 25 {
		w.clock.add(29 * time.Minute)
		b.get("/healthz")
	}
	b.get("/orders").to(t, 303, "/login") // 12 h are over, however busy the buyer was
}

// A request under way must not bring a session back that was ended meanwhile.
func TestTouchRevivesNoSession(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("sokolov")
	secret := w.server.cookies.read(&http.Request{Header: http.Header{"Cookie": {b.cookie(cookieSession).Name + "=" + b.cookie(cookieSession).Value}}}, cookieSession)
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	r.AddCookie(b.cookie(cookieSession))
	session, err := w.server.sessions.Get(r, cookieSession)
	w.check(err)
	w.check(w.store.DeleteSession(t.Context(), hashed(secret)))
	w.clock.add(2 * time.Minute)
	w.check(w.server.sessions.Save(r, httptest.NewRecorder(), session))
	b.get("/orders").to(t, 303, "/login")
}

func TestBrokenCookiesAreNone(t *testing.T) {
	w := newWorld(t)
	b := w.browser().signIn("romashka-buyer")
	b.post("/cart", "product", "cheap", "quantity", "1")
	session, cart := b.cookie(cookieSession).Value, b.cookie(cookieCart).Value
	for _, broken := range []string{"", "x", strings.Repeat("A", 3000), session[:len(session)-3] + "AAA", cart, "%00"} {
		b.setCookie(cookieSession, broken)
		b.get("/orders").to(t, 303, "/login")
	}
	for _, broken := range []string{"x", session, cart[1:]} {
		b.setCookie(cookieCart, broken)
		b.get("/cart").want(t, 200, "В корзине пока пусто")
	}
	b.setCookie(cookieFlash, "added")
	if r := b.get("/"); strings.Contains(r.body, "Товар в корзине.") {
		t.Error("an unsigned flash is believed")
	}
}

// Signing out ends this browser's session whatever the bank says, and no other browser's.
func TestSignOutWhileTheBankIsAway(t *testing.T) {
	w := newWorld(t)
	here, there := w.browser().signIn("romashka-director"), w.browser().signIn("romashka-director")
	w.tell("POST", "/api/faults", `{"method":"POST","path":"*/revoke","kind":"status","status":503,"times":9}`)
	here.post("/logout").to(t, 303, "/")
	here.get("/orders").to(t, 303, "/login?return=%2Forders")
	there.get("/orders").want(t, 200)
}
