package storefront

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

var reSession = regexp.MustCompile(`name="session" value="([0-9a-f]+)"`)

// A person sees his own sign-ins only, and ends the others but not this one.
func TestOwnSessions(t *testing.T) {
	w := newWorld(t)
	here, there, third := w.browser().signIn("romashka-buyer"), w.browser().signIn("romashka-buyer"), w.browser().signIn("romashka-buyer")
	colleague := w.browser().signIn("romashka-director")
	page := here.get("/sessions").want(t, 200, "Мои входы", "Это устройство", "Завершить все остальные")
	names := reSession.FindAllStringSubmatch(page.body, -1)
	if len(names) != 2 || strings.Count(page.body, `data-testid="session-row"`) != 3 {
		t.Fatalf("%d others in %s", len(names), page.body)
	}
	foreign := reSession.FindStringSubmatch(page.body)[1]
	for _, form := range [][]string{{"session", foreign}, {"session", ""}, {"all", "no"}, {}} {
		colleague.post("/sessions", form...).to(t, 303, "/sessions") // another person's name of a session
	}
	if strings.Count(here.get("/sessions").body, `data-testid="session-row"`) != 3 {
		t.Error("a colleague ended a session that is not his")
	}
	here.post("/sessions", "session", names[0][1]).to(t, 303, "/sessions")
	here.get("/sessions").want(t, 200, "там вы больше не в магазине")
	signedOut := 0
	for _, b := range []*browser{there, third} {
		if b.do("GET", "/sessions", nil).StatusCode == 303 {
			signedOut++
		}
	}
	if signedOut != 1 {
		t.Errorf("%d browsers were signed out, want 1", signedOut)
	}
	here.post("/sessions", "all", "yes").to(t, 303, "/sessions")
	for _, b := range []*browser{there, third} {
		b.get("/sessions").to(t, 303, "/login?return=%2Fsessions")
	}
	last := here.get("/sessions").want(t, 200, "Это устройство")
	if strings.Contains(last.body, "Завершить все остальные") || strings.Count(last.body, `data-testid="session-row"`) != 1 {
		t.Error("others are still listed")
	}
	colleague.get("/sessions").want(t, 200, "Это устройство")
	// A session that nobody used for too long is over, whether or not its row is still there.
	w.browser().signIn("romashka-director")
	w.clock.add(sessionIdle - time.Minute)
	colleague.get("/sessions").want(t, 200)
	w.clock.add(2 * time.Minute)
	if n := strings.Count(colleague.get("/sessions").body, `data-testid="session-row"`); n != 1 {
		t.Errorf("%d sessions, one of them idle", n)
	}
}

func TestBrowserOf(t *testing.T) {
	const kit = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 "
	for agent, want := range map[string]string{
		kit + "Safari/537.36": "Chrome, Windows", kit + "YaBrowser/25.10.0 Safari/537.36": "Яндекс Браузер, Windows", kit + "Safari/537.36 Edg/143.0.0.0": "Edge, Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox, Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari, iPhone",
		"curl/8.0": unknownBrowser, "": unknownBrowser, "<script>Linux": "Linux",
	} {
		if got := browserOf(agent); got != want {
			t.Errorf("%s: %s, want %s", agent, got, want)
		}
	}
}
