package checkout

import "context"

// RevokeLeft is what the timer does once a minute.
func (s *Service) RevokeLeft(ctx context.Context) { s.revokeLeft(ctx) }

// RotateDue is what the timer does once a minute.
func (s *Service) RotateDue(ctx context.Context) { s.rotateSecret(ctx) }
