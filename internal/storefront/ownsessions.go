package storefront

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

// sessionName stands for a session in a form: it opens nothing, and is no key of the database.
func sessionName(s sbid.Session) string { return hashed("name of " + s.ID)[:20] }

// living are the sessions of a person that a click would still keep alive, this one first, then the newest.
func (s *server) living(c echo.Context, who sbid.Identity) ([]sbid.Session, error) {
	now, this := s.Now().UTC(), visitorOf(c).session
	all, err := s.SignIns.SessionsOf(c.Request().Context(), who.Subject, now)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(v sbid.Session) bool { return now.Sub(v.SeenAt) >= sessionIdle })
	slices.SortFunc(all, func(a, b sbid.Session) int {
		return cmp.Or(-cmp.Compare(btoi(a.ID == this), btoi(b.ID == this)), b.SeenAt.Compare(a.SeenAt), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ownSessions shows a person where he is signed in.
func (s *server) ownSessions(c echo.Context, who sbid.Identity) error {
	all, err := s.living(c, who)
	if err != nil {
		return err
	}
	f, err := s.frame(c, "Мои входы")
	if err != nil {
		return err
	}
	s.chip(c, &f)
	var view templates.SessionsView
	for _, v := range all {
		row := templates.SessionRow{ID: sessionName(v), Browser: cmp.Or(string(v.Data), unknownBrowser), Began: dated(v.CreatedAt, s.Now()),
			Seen: dated(v.SeenAt, s.Now()), This: v.ID == visitorOf(c).session}
		view.Others = view.Others || !row.This
		view.Rows = append(view.Rows, row)
	}
	return s.show(c, http.StatusOK, f, templates.SessionsBody(view))
}

// endOwnSessions ends one other session of the person, or all others; never the one that asks, which has «Выйти».
func (s *server) endOwnSessions(c echo.Context, who sbid.Identity) error {
	field, err := form(c)
	if err != nil {
		return err
	}
	all, err := s.living(c, who)
	if err != nil {
		return err
	}
	var ids []string
	for _, v := range all {
		if v.ID != visitorOf(c).session && (field("all") == "yes" || field("session") == sessionName(v)) {
			ids = append(ids, v.ID)
		}
	}
	for _, id := range ids {
		if err := s.SignIns.DeleteSession(c.Request().Context(), id); err != nil {
			return err
		}
	}
	word := "own-sessions-ended"
	if len(ids) == 0 {
		word = "own-sessions-none"
	}
	if err := s.flash(c, word); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/sessions")
}

const unknownBrowser = "Неизвестный браузер"

// browserOf names the family of a browser and of its system, no more: enough to know one's own again.
func browserOf(userAgent string) string {
	first := func(pairs ...string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if strings.Contains(userAgent, pairs[i]) {
				return pairs[i+1]
			}
		}
		return ""
	}
	browser := first("YaBrowser/", "Яндекс Браузер", "Edg", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "FxiOS/", "Firefox",
		"Chromium/", "Chromium", "CriOS/", "Chrome", "Chrome/", "Chrome", "Safari/", "Safari")
	system := first("Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS X", "macOS", "Linux", "Linux")
	switch {
	case browser == "" && system == "":
		return unknownBrowser
	case browser == "" || system == "":
		return browser + system
	}
	return browser + ", " + system
}
