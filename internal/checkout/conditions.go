package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"creditcart/internal/bankapi"
	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/sbid"
)

// How old an answer of the bank may be before it is asked for again.
const (
	offersFresh   = 15 * time.Minute // they change rarely
	contractFresh = 5 * time.Minute  // what is left on a line changes with every purchase
	identityFresh = 15 * time.Minute
)

// askTimeout bounds the wait for conditions; older ones are shown when the bank takes longer.
const askTimeout = 3500 * time.Millisecond

// Conditions is the one decision that feeds the cart, the checkout, the order page and the check at submit.
type Conditions struct {
	Due   money.Amount
	Ways  []credit.Way
	AsOf  time.Time // when the bank said the oldest of what is used here
	Stale bool      // the bank did not answer just now; AsOf is older than it should be

	Denied     bool // the bank answered that this sign-in may not ask (GET_CREDIT_OFFERS)
	NeedsLogin bool // no token of this person works any more
}

// Conditions decides the ways in which a person's company can pay a sum.
func (s *Service) Conditions(ctx context.Context, who sbid.Identity, due money.Amount) (Conditions, error) {
	g, err := s.gather(ctx, who)
	if err != nil {
		return Conditions{}, err
	}
	return Conditions{Due: due, Ways: credit.Quote(due, g.facts), AsOf: g.asOf, Stale: g.stale,
		Denied: g.denied, NeedsLogin: g.needsLogin}, nil
}

// gathered are the facts with their age.
type gathered struct {
	facts              credit.Facts
	asOf               time.Time
	stale              bool
	denied, needsLogin bool // about the buyer's own sign-in
}

// gather asks for whatever is not fresh, all at once: one wait for the bank, or none.
func (s *Service) gather(ctx context.Context, who sbid.Identity) (gathered, error) {
	now := s.Now().UTC()
	form, served := credit.ServedForm(who.LawForm)
	merchant, err := s.People.Merchant(ctx)
	if err != nil {
		return gathered{}, fmt.Errorf("checkout: conditions: %w", err)
	}
	var (
		offers    answer[[]credit.Offer]
		contracts answer[[]credit.Contract]
		identity  answer[sbid.Identity]
		group     errgroup.Group
	)
	askCtx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if served && merchant.Subject != "" {
		group.Go(func() (err error) { offers, err = s.offers(askCtx, merchant.Subject, form); return err })
	}
	group.Go(func() (err error) { contracts, err = s.contracts(askCtx, who); return err })
	group.Go(func() (err error) { identity, err = s.freshIdentity(askCtx, who); return err })
	if err := group.Wait(); err != nil {
		return gathered{}, fmt.Errorf("checkout: conditions: %w", err)
	}
	return gathered{
		asOf:  oldest(now, offers.asOf, contracts.asOf),
		stale: offers.stale || contracts.stale || identity.stale, denied: contracts.denied, needsLogin: contracts.disconnected || identity.disconnected,
		facts: credit.Facts{
			BuyOnCredit: identity.value.BuyOnCredit, HasActiveLine: identity.value.HasActiveLine, LawForm: identity.value.LawForm,
			LineAvailableClaim: identity.value.LineAvailable, Now: now,
			MerchantConnected: merchant.Subject != "" && (!offers.disconnected || offers.known),
			Offers:            offers.value, OffersKnown: offers.known,
			Contracts: contracts.value, ContractsKnown: contracts.known,
		},
	}, nil
}

// oldest is the earliest of the times that are known.
func oldest(now time.Time, times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() && t.Before(now) {
			now = t
		}
	}
	return now
}

// answer is what the bank said, with its age.
type answer[T any] struct {
	value        T
	asOf         time.Time
	known        bool // there is an answer at all
	stale        bool // older than it should be: the bank did not answer now
	disconnected bool // nobody's token works for this question
	denied       bool // the bank answered that the token may not ask
}

// offers are the platform's offers for a legal form, asked with the merchant's token and shared by all buyers.
func (s *Service) offers(ctx context.Context, merchant, form string) (answer[[]credit.Offer], error) {
	return remembered(ctx, s, "offers:"+s.ClientID+":"+form, offersTopic, offersFresh, func(ctx context.Context) ([]credit.Offer, error) {
		return withToken(ctx, s.Keeper, merchant, func(token string) ([]credit.Offer, error) {
			return s.Bank.PlatformOffers(ctx, token, s.ClientID, form)
		})
	})
}

// contracts are the company's own, asked with the buyer's token.
func (s *Service) contracts(ctx context.Context, who sbid.Identity) (answer[[]credit.Contract], error) {
	return remembered(ctx, s, "contracts:"+who.INN, companyTopic(who.INN), contractFresh, func(ctx context.Context) ([]credit.Contract, error) {
		return withToken(ctx, s.Keeper, who.Subject, func(token string) ([]credit.Contract, error) {
			return s.Bank.ActiveContracts(ctx, token)
		})
	})
}

// offersTopic and companyTopic are what answers of the bank are about: after it moved, what was said before is old.
const offersTopic = "moved:offers"

func companyTopic(inn string) string { return "moved:company:" + inn }

// moved notes that what the bank said about a topic is not true any more.
func (s *Service) moved(ctx context.Context, topic string) error {
	if err := s.People.SaveSnapshot(ctx, topic, []byte("1"), s.Now().UTC()); err != nil {
		return fmt.Errorf("checkout: conditions: %w", err)
	}
	return nil
}

// freshAt tells whether an answer of that time may still be used.
func (s *Service) freshAt(ctx context.Context, asOf time.Time, topic string, fresh time.Duration) (bool, error) {
	if asOf.IsZero() || s.Now().Sub(asOf) >= fresh {
		return false, nil
	}
	_, moved, err := s.People.Snapshot(ctx, topic)
	return asOf.After(moved), err
}

// ForgetOffers makes the next buyer's conditions come from the bank anew: the merchant knows that its offers changed.
func (s *Service) ForgetOffers(ctx context.Context) error { return s.moved(ctx, offersTopic) }

// remembered gives the stored answer while it is fresh, else asks and stores; when the bank does not answer, the stored one is stale.
// Only the database's own failures are errors.
func remembered[T any](ctx context.Context, s *Service, key, topic string, fresh time.Duration, ask func(context.Context) (T, error)) (answer[T], error) {
	var old answer[T]
	body, asOf, err := s.People.Snapshot(ctx, key)
	if err != nil {
		return old, err
	}
	if !asOf.IsZero() && json.Unmarshal(body, &old.value) == nil { // what another version wrote is as good as nothing
		old.asOf, old.known = asOf, true
	}
	if use, err := s.freshAt(ctx, old.asOf, topic, fresh); err != nil || use {
		return old, err
	}
	said := s.flight.DoChan(key, func() (any, error) {
		// Other buyers may wait for this answer, so one who leaves must not end it for them.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.BankTimeout)
		defer cancel()
		value, err := ask(ctx)
		if err != nil {
			return nil, err
		}
		now := s.Now().UTC()
		body, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		return answer[T]{value: value, asOf: now, known: true}, s.People.SaveSnapshot(ctx, key, body, now)
	})
	select {
	case r := <-said:
		if r.Err == nil {
			return r.Val.(answer[T]), nil
		}
		what, _, _ := strings.Cut(key, ":")
		old.failed(ctx, s.Log, what, r.Err)
	case <-ctx.Done():
	}
	old.stale = old.known
	return old, nil
}

// failed notes why there is no new answer.
func (a *answer[T]) failed(ctx context.Context, log *slog.Logger, what string, err error) {
	a.disconnected = errors.Is(err, ErrSignInAgain)
	a.denied = isKind(err, bankapi.Forbidden)
	level := slog.LevelWarn
	if e, ok := errors.AsType[*bankapi.Error](err); ok && e.Misconfigured() {
		level = slog.LevelError
	}
	log.Log(ctx, level, "conditions: no answer of the bank", "what", what, "error", err)
}

// freshIdentity re-reads user-info when it is old: the bank decides anew whom it serves. On failure the old one stays.
func (s *Service) freshIdentity(ctx context.Context, who sbid.Identity) (answer[sbid.Identity], error) {
	a := answer[sbid.Identity]{value: who, asOf: who.AsOf, known: true}
	if use, err := s.freshAt(ctx, who.AsOf, companyTopic(who.INN), identityFresh); err != nil || use {
		return a, err
	}
	id, err := withToken(ctx, s.Keeper, who.Subject, func(token string) (sbid.Identity, error) {
		return s.Provider.UserInfo(ctx, token, who.Subject)
	})
	if err != nil {
		a.failed(ctx, s.Log, "user-info", err)
		a.stale = true
		return a, nil
	}
	return answer[sbid.Identity]{value: id, asOf: id.AsOf, known: true}, s.People.SaveAccount(ctx, id)
}
