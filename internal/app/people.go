package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/store"
)

// operator is who acts in the audit log when somebody uses the command line.
const operator = "operator"

// ExportPerson gathers what the shop keeps about a person.
func ExportPerson(ctx context.Context, cfg Config, subject string, log *slog.Logger) (store.Person, error) {
	db, err := openCurrent(ctx, cfg, log)
	if err != nil {
		return store.Person{}, err
	}
	p, err := db.ExportPerson(ctx, subject, operator)
	return p, errors.Join(err, db.Close())
}

// ErasePerson erases a person, also while the shop runs: a running shop revokes the tokens at the bank within a minute.
func ErasePerson(ctx context.Context, cfg Config, subject string, now time.Time, log *slog.Logger) (store.Erased, error) {
	db, err := openCurrent(ctx, cfg, log)
	if err != nil {
		return store.Erased{}, err
	}
	done, err := db.ErasePerson(ctx, subject, operator, now)
	return done, errors.Join(err, db.Close())
}

// trustedClock is how old the last sign-in may be for the clock to be believed: the bank's tokens prove the time of a
// sign-in, and a clock that jumped by years would erase everybody for good.
const trustedClock = 31 * 24 * time.Hour

// eraseOldPeople erases people whose time is over (SHOP_PEOPLE_KEEP).
func (a *App) eraseOldPeople(ctx context.Context, now time.Time) error {
	if a.cfg.PeopleKeep == 0 {
		return nil
	}
	last, err := a.Store.LastSignIn(ctx)
	if err != nil {
		return err
	}
	if last.IsZero() {
		return nil // nobody was ever here
	}
	if now.Sub(last) > trustedClock {
		a.log.WarnContext(ctx, "nobody signed in for a month: people whose time is over are kept until somebody has, the clock may be wrong", "last", last)
		return nil
	}
	ofOrders, people, err := a.Store.EraseOldPeople(ctx, now.AddDate(0, 0, -a.cfg.PeopleKeep), now)
	if ofOrders+people > 0 {
		a.log.InfoContext(ctx, "people whose time is over were erased", "orders", ofOrders, "accounts", people)
	}
	return err
}

// consent is the text of SHOP_CONSENT_FILE, or the program's own.
func (c Config) consent() (checkout.Consent, error) {
	text := checkout.DefaultConsent()
	if c.ConsentFile != "" {
		raw, err := os.ReadFile(c.ConsentFile)
		if err != nil {
			return checkout.Consent{}, err
		}
		text = string(raw)
	}
	return checkout.ParseConsent(text, c.MerchantName)
}

func (a *App) keepConsent(ctx context.Context) error {
	c := a.Checkout.Consent
	return a.Store.KeepConsent(ctx, c.Hash, c.Version, c.Text, a.now().UTC())
}
