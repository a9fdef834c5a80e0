package checkout

import (
	"context"
	"errors"
	"fmt"

	"creditcart/internal/bankapi"
	"creditcart/internal/sbid"
)

// SignIn finishes a sign-in: the code becomes tokens and a verified identity, both saved before anybody is let in.
// A sign-in of the merchant's own company also (re)connects the shop to the bank.
func (s *Service) SignIn(ctx context.Context, a sbid.Attempt, code string) (sbid.Identity, error) {
	id, tokens, err := s.Provider.Exchange(ctx, a, code)
	if err != nil {
		return sbid.Identity{}, fmt.Errorf("checkout: sign in: %w", err)
	}
	now := s.Now().UTC()
	grant := sbid.Grant{Subject: id.Subject, CompanyINN: id.INN, Access: tokens.Access, Refresh: tokens.Refresh,
		Scope: tokens.Scope, ExpiresAt: tokens.ExpiresAt, ObtainedAt: now}
	if err := s.People.SignIn(ctx, id, grant); err != nil {
		return sbid.Identity{}, fmt.Errorf("checkout: sign in: %w", err)
	}
	if id.INN == s.Merchant.INN {
		if err := s.People.SetMerchant(ctx, sbid.Connection{Subject: id.Subject, Name: id.Name, ConnectedAt: now}); err != nil {
			return sbid.Identity{}, fmt.Errorf("checkout: connect the merchant: %w", err)
		}
	}
	return id, nil
}

// IsStaff tells whether a person works for the merchant.
func (s *Service) IsStaff(who sbid.Identity) bool { return who.INN != "" && who.INN == s.Merchant.INN }

// Connection is the merchant's own connection to the bank and whether its token works now.
type Connection struct {
	sbid.Connection
	Works bool
	Err   error // why not; nil when it works or was never made
}

// Connection tells the state of the merchant's connection; it refreshes the token when it is due, which keeps it alive.
func (s *Service) Connection(ctx context.Context) (Connection, error) {
	c, err := s.People.Merchant(ctx)
	if err != nil {
		return Connection{}, fmt.Errorf("checkout: connection: %w", err)
	}
	out := Connection{Connection: c}
	if c.Subject == "" {
		return out, nil
	}
	_, _, out.Err = s.Keeper.Token(ctx, c.Subject)
	out.Works = out.Err == nil
	return out, nil
}

// withToken calls the bank as a person; a 401 refreshes the token once and repeats the same call.
// A person whose tokens are all dead gives ErrSignInAgain.
func withToken[T any](ctx context.Context, k *sbid.Keeper, subject string, call func(token string) (T, error)) (T, error) {
	var none T
	token, version, err := k.Token(ctx, subject)
	if err != nil {
		return none, signInAgain(err)
	}
	out, err := call(token)
	if !isKind(err, bankapi.Unauthorized) {
		return out, err
	}
	if token, _, err = k.Rejected(ctx, subject, version); err != nil {
		return none, signInAgain(err)
	}
	out, err = call(token)
	if isKind(err, bankapi.Unauthorized) {
		return none, fmt.Errorf("%w: the bank refuses a fresh token: %w", ErrSignInAgain, err)
	}
	return out, err
}

func signInAgain(err error) error {
	if errors.Is(err, sbid.ErrSignInAgain) || errors.Is(err, sbid.ErrNoGrant) {
		return fmt.Errorf("%w: %w", ErrSignInAgain, err)
	}
	return err
}

func isKind(err error, k bankapi.Kind) bool {
	var e *bankapi.Error
	return errors.As(err, &e) && e.Kind == k
}
