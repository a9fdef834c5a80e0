package storefront

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"creditcart/internal/audit"
	"creditcart/internal/sbid"
)

// Audit keeps what people did and were refused, beside what the store writes of orders, payments and sessions by itself.
type Audit interface {
	Audit(ctx context.Context, entries ...audit.Entry) error
}

// did keeps what a person of the merchant's did, before it is answered. Without the line there is no answer.
func (s *server) did(c echo.Context, who sbid.Identity, kind, object, detail string) error {
	return s.Audit.Audit(c.Request().Context(), audit.Entry{Kind: kind, Actor: who.Subject, Company: who.INN, Object: object, Detail: detail})
}

// keepRefusal keeps a refusal. One address fills the log only up to a limit; a database that fails makes no refusal an admission.
func (s *server) keepRefusal(c echo.Context, kind, object, detail string) {
	if wait, first := s.limits.notes.allow(addressOf(c)); wait > 0 {
		if !first {
			return
		}
		kind, object, detail = audit.Limit, "", "refusals"
	}
	e := audit.Entry{Kind: kind, Object: object, Detail: detail}
	if who := visitorOf(c).who; who != nil {
		e.Actor, e.Company = who.Subject, who.INN
	}
	ctx := context.WithoutCancel(c.Request().Context()) // who leaves is kept all the same
	if err := s.Audit.Audit(ctx, e); err != nil {
		s.Log.ErrorContext(ctx, "not in the audit log", "ref", referenceOf(c), "kind", kind, "error", err)
	}
}

// keepForbidden keeps what was forbidden; a sign-in has a line of its own.
func (s *server) keepForbidden(c echo.Context, status int) {
	if status == http.StatusForbidden && c.Path() != callbackRoute {
		s.keepRefusal(c, audit.Refused, c.Request().Method+" "+c.Path(), "")
	}
}
