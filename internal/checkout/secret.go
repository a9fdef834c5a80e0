package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/sbid"
)

// The client secret stops everything when it ends: no sign-in, no refresh, no payment. It is changed well before.
const (
	secretChange = 10 * 24 * time.Hour // before the end: on day 30 of 40
	secretWarn   = 5 * 24 * time.Hour  // before the end a person is told
	secretRetry  = time.Hour
)

// ErrNotConnected: nobody of the merchant's company has connected the shop to the bank.
var ErrNotConnected = errors.New("the shop is not connected to the bank")

// ClientSecret is how the shop's secret at the bank stands.
type ClientSecret struct {
	sbid.SecretState
	ChangeAt time.Time // when the shop changes it by itself; zero: it does not
	Warn     bool      // a person should look: it ends soon, or has ended
}

// ClientSecret tells how the shop's secret at the bank stands.
func (s *Service) ClientSecret(ctx context.Context) (ClientSecret, error) {
	state, err := s.Provider.SecretState(ctx)
	if err != nil {
		return ClientSecret{}, fmt.Errorf("checkout: client secret: %w", err)
	}
	out := ClientSecret{SecretState: state}
	if !state.Until.IsZero() {
		out.Warn = !s.Now().Before(state.Until.Add(-secretWarn))
		if s.RotateSecret {
			out.ChangeAt = state.Until.Add(-secretChange)
		}
	}
	return out, nil
}

// ChangeClientSecret changes the secret now, with the merchant's own token.
// Errors: ErrNotConnected, ErrSignInAgain, sbid.ErrBusy, or the bank's; after one of unknown outcome both secrets are kept.
func (s *Service) ChangeClientSecret(ctx context.Context) error {
	merchant, err := s.People.Merchant(ctx)
	if err == nil && merchant.Subject == "" {
		err = ErrNotConnected
	}
	if err != nil {
		return fmt.Errorf("checkout: client secret: %w", err)
	}
	token, version, err := s.Keeper.Token(ctx, merchant.Subject)
	if err != nil {
		return fmt.Errorf("checkout: client secret: %w", signInAgain(err))
	}
	err = s.Provider.ChangeSecret(ctx, token)
	if isKind(err, bankapi.Unauthorized) && !errors.Is(err, sbid.ErrClient) {
		_, _, renewed := s.Keeper.Rejected(ctx, merchant.Subject, version) // for the next time
		err = errors.Join(err, renewed)
	}
	if err != nil {
		return fmt.Errorf("checkout: client secret: %w", err)
	}
	s.Log.InfoContext(ctx, "the client secret was changed at the bank")
	return nil
}

// rotateSecret changes the secret when its time has come, and again an hour after it did not work.
func (s *Service) rotateSecret(ctx context.Context) {
	secret, err := s.ClientSecret(ctx)
	now := s.Now()
	switch {
	case err != nil:
		s.Log.ErrorContext(ctx, "client secret", "error", err)
	case secret.ChangeAt.IsZero(), now.Before(secret.ChangeAt), now.Sub(secret.Asked) < secretRetry:
	default:
		if err := s.ChangeClientSecret(ctx); err != nil && !errors.Is(err, sbid.ErrBusy) {
			s.Log.ErrorContext(ctx, "ALARM: the client secret is not changed", "until", secret.Until, "error", err)
		}
	}
}

// warnOfSecret repeats in the log what the merchant's page shows.
func (s *Service) warnOfSecret(ctx context.Context) {
	if secret, err := s.ClientSecret(ctx); err == nil && secret.Warn {
		s.Log.ErrorContext(ctx, "ALARM: the client secret ends", "until", secret.Until)
	}
}
