package app

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"time"

	"creditcart/internal/outbox"
	"creditcart/internal/storefront"
)

// notifyKept is how long notifications that were delivered are kept.
const notifyKept = 30 * 24 * time.Hour

func (c Config) checkNotify(add func(string, error)) {
	if c.NotifyURL == "" {
		return
	}
	add("SHOP_NOTIFY_URL", checkNotifyURL(c.NotifyURL))
	if c.NotifySecret == "" {
		add("SHOP_NOTIFY_SECRET", errors.New("missing: notifications are signed (echo whsec_$(openssl rand -base64 32))"))
		return
	}
	_, err := outbox.ParseSecret(c.NotifySecret)
	add("SHOP_NOTIFY_SECRET", err)
}

// checkNotifyURL wants an address that nobody on the way can read. The error does not show it.
func checkNotifyURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("want https://host/path")
	case u.User != nil || u.Fragment != "":
		return errors.New("an address without user and fragment is wanted: the signature proves who sends")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return errors.New("want https: http only to this computer (127.0.0.1, ::1, localhost)")
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// keepOutbox makes the store write notifications, if anybody is to be told. It is called before the store is used.
func (a *App) keepOutbox() error {
	if a.cfg.NotifyURL == "" {
		return nil
	}
	secret, err := a.cfg.secret()
	if err != nil {
		return err
	}
	key, err := outbox.ParseSecret(a.cfg.NotifySecret)
	if err != nil {
		return err
	}
	book := outbox.NewBook(derive(secret, "notification ids"))
	a.Store.UseOutbox(book)
	a.courier = outbox.NewCourier(outbox.Config{Store: a.Store, Book: book, URL: a.cfg.NotifyURL, Key: key, Observe: a.telemetry.Notification, Now: a.now, Log: a.log})
	return nil
}

// notices is the merchant's view of the notifications; nil when nobody is told.
func (a *App) notices() storefront.Outbox {
	if a.courier == nil {
		return nil
	}
	return a.Store
}

func (a *App) purgeNotifications(ctx context.Context, now time.Time) error {
	_, err := a.Store.PurgeMessages(ctx, now.Add(-notifyKept))
	return err
}

// deliver sends notifications until ctx ends.
func (a *App) deliver(ctx context.Context) {
	if a.courier != nil {
		a.courier.Run(ctx)
	}
}
