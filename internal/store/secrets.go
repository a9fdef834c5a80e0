package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"creditcart/internal/audit"
	"creditcart/internal/sbid"
)

var _ sbid.SecretStore = (*Store)(nil)

// ClientSecrets implements sbid.SecretStore.
func (s *Store) ClientSecrets(ctx context.Context, clientID string) (sbid.ClientSecrets, error) {
	var v sbid.ClientSecrets
	var sealed []byte
	var version int64
	err := s.read.QueryRowContext(ctx, "select secrets, version from client_secrets where client_id = $1", clientID).Scan(&sealed, &version)
	if errors.Is(err, sql.ErrNoRows) {
		return v, nil
	}
	if err == nil {
		err = s.openJSON(sealed, secretsPlace(clientID), &v)
	}
	if err != nil {
		return sbid.ClientSecrets{}, fmt.Errorf("store: client secrets: %w", err)
	}
	v.Version = version
	return v, nil
}

// SwapClientSecrets implements sbid.SecretStore.
func (s *Store) SwapClientSecrets(ctx context.Context, clientID string, v sbid.ClientSecrets, seen int64) (bool, error) {
	v.Version = seen + 1
	sealed, err := s.sealJSON(v, secretsPlace(clientID))
	if err != nil {
		return false, fmt.Errorf("store: swap client secrets: %w", err)
	}
	statement, args := "update client_secrets set secrets = $2, version = $3 where client_id = $1 and version = $4", []any{clientID, sealed, v.Version, seen}
	if seen == 0 {
		statement, args = "insert into client_secrets (client_id, secrets, version) values ($1, $2, $3) on conflict (client_id) do nothing", args[:3]
	}
	var n int64
	err = s.tx(ctx, func(tx querier) (err error) {
		if n, err = affected(ctx, tx, statement, args...); err != nil || n == 0 {
			return err
		}
		return s.audit(ctx, tx, audit.Entry{Kind: audit.SecretChanged, Object: clientID, Detail: "version " + strconv.FormatInt(v.Version, 10)})
	})
	if err != nil {
		return false, fmt.Errorf("store: swap client secrets: %w", err)
	}
	return n == 1, nil
}

func secretsPlace(clientID string) string { return "client-secrets:" + clientID }
