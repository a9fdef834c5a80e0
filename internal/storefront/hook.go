package storefront

import (
	"crypto/hmac"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"creditcart/internal/credit"
)

const (
	hookRoute = "/hooks/bank/:token"
	maxHook   = 4 << 10 // bytes of one notification
)

// hookURL is the address that the merchant registers at the bank for its notifications.
func (s *server) hookURL() string { return s.BaseURL + "/hooks/bank/" + s.HookToken }

// bankHook takes a notification of the bank. Whatever it says, it only makes the shop ask sooner; and whether the shop
// knows the document cannot be learnt from the answer. 5xx makes the bank repeat it.
func (s *server) bankHook(c echo.Context) error {
	if !hmac.Equal([]byte(c.Param("token")), []byte(s.HookToken)) {
		return echo.ErrNotFound
	}
	if _, over := s.tooMany(c, s.limits.hook, "notifications", ""); over {
		return c.NoContent(http.StatusTooManyRequests)
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxHook))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return c.NoContent(http.StatusRequestEntityTooLarge)
	}
	if err != nil {
		return c.NoContent(http.StatusBadRequest)
	}
	event, err := credit.ParseEvent(body)
	if err != nil {
		s.Log.WarnContext(c.Request().Context(), "unreadable notification of the bank", "ref", referenceOf(c), "bytes", len(body))
		return c.NoContent(http.StatusBadRequest)
	}
	if err := s.Checkout.Hint(c.Request().Context(), event); err != nil {
		return err
	}
	return c.NoContent(http.StatusOK)
}
