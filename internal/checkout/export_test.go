package checkout

import "context"

// RevokeLeft is what the timer does once a minute.
func (s *Service) RevokeLeft(ctx context.Context) { s.revokeLeft(ctx) }
