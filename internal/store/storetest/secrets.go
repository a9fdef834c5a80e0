package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"creditcart/internal/sbid"
	"creditcart/internal/store"
)

func clientSecrets(t *testing.T, db Database) {
	s := db(t)
	read := func(client string) sbid.ClientSecrets {
		t.Helper()
		return got(s.ClientSecrets(t.Context(), client))(t)
	}
	same(t, "nothing", read("1"), sbid.ClientSecrets{})
	v := sbid.ClientSecrets{Current: sbid.Secret{Value: "current", Until: noon.Add(time.Hour)}, Other: sbid.Secret{Value: "other", Until: noon},
		Pending: true, Asked: noon, Seed: "seed", Version: 77}
	full(t, v)
	if got(s.SwapClientSecrets(t.Context(), "1", v, 1))(t) {
		t.Error("replaced what was not there")
	}
	for seen := range int64(2) {
		if v.Seed = id("seed", int(seen)); !got(s.SwapClientSecrets(t.Context(), "1", v, seen))(t) {
			t.Fatalf("not saved over version %d", seen)
		}
		v.Version = seen + 1
		same(t, "secrets", read("1"), v)
		if got(s.SwapClientSecrets(t.Context(), "1", sbid.ClientSecrets{}, seen))(t) {
			t.Errorf("saved twice over version %d", seen)
		}
	}
	same(t, "of another client", read("2"), sbid.ClientSecrets{})
}

func clientSecretsRace(t *testing.T, db Database) {
	for seen := range int64(4) {
		var won atomic.Int32
		together(t, db, 8, func(s *store.Store, i int) error {
			ok, err := s.SwapClientSecrets(t.Context(), "1", sbid.ClientSecrets{Seed: id("seed", i)}, seen)
			if ok {
				won.Add(1)
			}
			return err
		})
		if won.Load() != 1 {
			t.Errorf("%d saved over version %d", won.Load(), seen)
		}
	}
}
