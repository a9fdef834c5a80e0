package storefront

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"creditcart/web/static"
)

// maxBody bounds what a form may send.
const maxBody = "64K"

// routes is every route and every middleware of the site, in the order in which a request meets them.
func (s *server) routes(e *echo.Echo) {
	e.Use(
		s.recoverPanics,
		s.reference,
		s.securityHeaders,
		middleware.BodyLimit(maxBody),
		s.watch,
		s.accessLog,
		s.sameOrigin,
		s.visit,
	)
	page := func(path string, h echo.HandlerFunc) {
		e.GET(path, h)
		e.HEAD(path, h)
	}

	page("/", s.home)
	page("/c/:category", s.category)
	page("/search", s.search)
	page("/p/:slug", s.product)

	page("/cart", s.cart)
	e.POST("/cart", s.addToCart)
	e.POST("/cart/items/:product", s.changeCart)

	page("/login", s.login)
	page(callbackRoute, s.callback)
	e.POST("/logout", s.logout)
	page("/sessions", s.buyer(s.ownSessions))
	e.POST("/sessions", s.buyer(s.endOwnSessions))

	page("/checkout", s.checkout)
	e.POST("/orders", s.buyer(s.placeOrder))
	page("/orders", s.buyer(s.orders))
	page("/orders/:number", s.order)
	e.GET("/orders/:number/events", s.events)
	e.POST("/orders/:number/payments", s.buyer(s.pay))
	e.POST("/orders/:number/cancel", s.buyer(s.cancel))
	e.POST("/orders/:number/repeat", s.buyer(s.repeat))

	page("/admin", s.staff(s.adminHome))
	page("/admin/orders", s.staff(s.adminOrders))
	page("/admin/orders/:number", s.staff(s.adminOrder))
	page("/admin/orders/:number/payments/:id", s.staff(s.adminDocument))
	e.POST("/admin/offers/refresh", s.staff(s.adminRefreshOffers))
	e.POST("/admin/secret", s.staff(s.adminChangeSecret))
	e.POST("/admin/notifications", s.staff(s.adminHurryNotifications))
	e.POST("/admin/sessions", s.staff(s.adminEndSessions))

	e.POST(hookRoute, s.bankHook)

	page("/healthz", s.healthz)
	page("/readyz", s.readyz)
	page("/favicon.ico", func(c echo.Context) error {
		return c.Redirect(http.StatusMovedPermanently, static.URL("img/favicon.svg"))
	})
	page(static.Prefix+"*", echo.WrapHandler(static.Handler()))
}
