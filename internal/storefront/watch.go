package storefront

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// watch tells Config.Watch of every request.
func (s *server) watch(next echo.HandlerFunc) echo.HandlerFunc {
	if s.Watch == nil {
		return next
	}
	return func(c echo.Context) error {
		ctx, over := s.Watch(c.Request().Context(), c.Request().Method)
		c.SetRequest(c.Request().WithContext(ctx))
		status := http.StatusInternalServerError // of a panic
		defer func() { over(c.Path(), status, strings.HasSuffix(c.Path(), "/events")) }()
		err := next(c)
		status = c.Response().Status
		return err
	}
}
