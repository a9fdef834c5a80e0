package storefront

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"creditcart/internal/sbid"
)

// adminEndSessions ends all sessions of one company, also the merchant's own.
func (s *server) adminEndSessions(c echo.Context, who sbid.Identity) error {
	field, err := form(c)
	if err != nil {
		return err
	}
	word, inn := "sessions-inn", strings.TrimSpace(field("inn"))
	if isINN(inn) {
		ended, err := s.SignIns.EndSessions(c.Request().Context(), inn, who.Subject, s.Now().UTC())
		if err != nil {
			return err
		}
		if word = "sessions-ended"; ended == 0 {
			word = "sessions-none"
		}
	}
	if err := s.flash(c, word); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin")
}
