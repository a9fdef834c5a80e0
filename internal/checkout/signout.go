package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/sbid"
)

// SignOuts keeps the tokens of people who signed out until the bank knows. Each method is one durable transaction.
type SignOuts interface {
	// MarkLeft notes that a person signed out; a new sign-in takes the mark away.
	MarkLeft(ctx context.Context, subject string, now time.Time) error
	// RetireLeft turns tokens of such people into revocations, unless an open document, another browser or the
	// merchant's connection needs them.
	RetireLeft(ctx context.Context, now time.Time, limit int) (int, error)
	// ClaimRevocations leases revocations until the given time.
	ClaimRevocations(ctx context.Context, now, until time.Time, limit int) ([]sbid.Revocation, error)
	DropRevocation(ctx context.Context, id string) error
}

const (
	signOutEvery  = time.Minute // the timer looks for tokens to revoke
	signOutLimit  = 20          // people at once
	revokeTimeout = 5 * time.Second
	revokeAgain   = 10 * time.Minute // after the bank did not answer
)

// SignOut ends a person's sign-in: the browser's session at once, by end, whatever the bank says; the tokens are revoked at
// the bank behind the person's back, when nothing needs them any more. The mark comes first, so that a crash in between
// leaves no token that nobody remembers to revoke.
func (s *Service) SignOut(ctx context.Context, subject string, end func() error) error {
	if err := s.SignOuts.MarkLeft(ctx, subject, s.Now().UTC()); err != nil {
		s.Log.ErrorContext(ctx, "signed out, but the tokens stay", "error", err)
	}
	if err := end(); err != nil {
		return fmt.Errorf("checkout: sign out: %w", err)
	}
	s.inflight.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTimeout)
		defer cancel()
		s.revokeLeft(ctx)
	})
	return nil
}

// revokeLeft tells the bank about tokens of people who signed out. What it does not get to is left for the next time.
func (s *Service) revokeLeft(ctx context.Context) {
	now := s.Now().UTC()
	if _, err := s.SignOuts.RetireLeft(ctx, now, signOutLimit); err != nil {
		s.Log.ErrorContext(ctx, "sign out", "error", err)
		return
	}
	left, err := s.SignOuts.ClaimRevocations(ctx, now, now.Add(revokeAgain), signOutLimit)
	if err != nil {
		s.Log.ErrorContext(ctx, "sign out", "error", err)
		return
	}
	for _, r := range left {
		if err := s.revoke(ctx, r); err != nil {
			s.Log.WarnContext(ctx, "a token is not revoked yet", "error", err)
		}
	}
}

// revoke ends a whole sign-in at the bank by its refresh token. The bank's refusal is an end as well: a token it does not
// know needs no revocation, and asking again would not change its mind.
func (s *Service) revoke(ctx context.Context, r sbid.Revocation) error {
	token, hint := r.Refresh, "refresh_token"
	if token == "" {
		token, hint = r.Access, "access_token"
	}
	if err := s.Provider.Revoke(ctx, token, hint); err != nil {
		if errors.Is(err, sbid.ErrClient) || !isKind(err, bankapi.Refused) {
			return err
		}
		s.Log.WarnContext(ctx, "the bank refused to revoke a token", "error", err)
	}
	return s.SignOuts.DropRevocation(ctx, r.ID)
}
