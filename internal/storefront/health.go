package storefront

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// healthz: the program runs.
func (s *server) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// readyz: the program can serve buyers, or what is missing.
func (s *server) readyz(c echo.Context) error {
	missing := []string{}
	if s.Ready != nil {
		missing = append(missing, s.Ready(c.Request().Context())...)
	}
	status := http.StatusOK
	if len(missing) > 0 {
		status = http.StatusServiceUnavailable
	}
	return c.JSON(status, map[string]any{"ready": len(missing) == 0, "missing": missing})
}
