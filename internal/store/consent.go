package store

import (
	"context"
	"fmt"
	"time"
)

// KeepConsent keeps a text that buyers may agree to from now on, so that its hash means something for ever.
func (s *Store) KeepConsent(ctx context.Context, hash, version, text string, now time.Time) error {
	var known int
	err := s.read.QueryRowContext(ctx, "select count(*) from consent_texts where hash = $1", hash).Scan(&known)
	if err == nil && known == 0 {
		_, err = s.write.ExecContext(ctx, "insert into consent_texts (hash, version, body, since) values ($1, $2, $3, $4) on conflict (hash) do nothing",
			hash, version, text, ms(now))
	}
	if err != nil {
		return fmt.Errorf("store: keep a consent: %w", err)
	}
	return nil
}
