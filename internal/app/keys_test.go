package app

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"creditcart/internal/sbid"
	"creditcart/internal/store"
)

// A shop does not start with another SHOP_SECRET than the one its data was sealed with: it would make other payment ids,
// and could not read the orders that wait for their money.
func TestNoStartWithAnotherSecret(t *testing.T) {
	cfg := testConfig(t)
	start := func() error {
		a, err := New(t.Context(), cfg, time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		return errors.Join(a.Store.SetMerchant(t.Context(), sbid.Connection{Subject: "s", Name: "Иванов"}), a.Close())
	}
	if err := errors.Join(start(), start()); err != nil {
		t.Fatal(err)
	}
	cfg.Secret = base64.StdEncoding.EncodeToString([]byte("another secret, also of 32 bytes"))
	if err := start(); !errors.Is(err, store.ErrOtherKey) || strings.Contains(err.Error(), cfg.Secret) {
		t.Errorf("got %v", err)
	}
}
