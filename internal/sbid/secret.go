package sbid

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// SecretLife is how long the bank accepts a client secret (spec §1.6); its answer to a change may name another time.
const SecretLife = 40 * 24 * time.Hour

// ClientSecrets are the two secrets of which the bank accepts one. The zero value is nothing yet.
type ClientSecrets struct {
	Current Secret // accepted when it was last tried
	// Other is empty, or the secret that a change sent to the bank and whose answer is not known (Pending), or the one
	// before Current. It is tried when the bank does not know Current.
	Other   Secret
	Pending bool
	Asked   time.Time // the last time a change was sent
	Seed    string    // what the settings said last: another word there is the operator's, and wins
	Version int64     // set by the store; every write raises it by one
}

// Secret is a client secret and when the bank stops accepting it.
type Secret struct {
	Value string
	Until time.Time
}

// SecretStore keeps client secrets, sealed. Each method is atomic across processes.
type SecretStore interface {
	// ClientSecrets reads; the zero value when there are none.
	ClientSecrets(ctx context.Context, clientID string) (ClientSecrets, error)
	// SwapClientSecrets replaces them if their version is still seen (0: there are none); Version becomes seen+1.
	SwapClientSecrets(ctx context.Context, clientID string, s ClientSecrets, seen int64) (bool, error)
}

// secretsFresh is how long another instance's change may go unnoticed while our secret works.
const secretsFresh = 15 * time.Second

// secrets remembers what the store said a moment ago.
type secrets struct {
	mu   sync.Mutex
	kept ClientSecrets
	at   time.Time
}

// clientSecrets reads the secrets; fresh: not from memory. Without a store they are those of the settings.
func (p *Provider) clientSecrets(ctx context.Context, fresh bool) (ClientSecrets, error) {
	if p.cfg.Secrets == nil {
		return ClientSecrets{Current: Secret{Value: p.cfg.ClientSecret}}, nil
	}
	p.secrets.mu.Lock()
	defer p.secrets.mu.Unlock()
	if age := p.cfg.Now().Sub(p.secrets.at); !fresh && p.secrets.kept.Version > 0 && age >= 0 && age < secretsFresh {
		return p.secrets.kept, nil
	}
	s, err := p.cfg.Secrets.ClientSecrets(ctx, p.cfg.ClientID)
	if err != nil {
		return ClientSecrets{}, fmt.Errorf("sbid: client secret: %w", err)
	}
	if s.Version == 0 {
		return ClientSecrets{Current: Secret{Value: p.cfg.ClientSecret}}, nil
	}
	p.secrets.kept, p.secrets.at = s, p.cfg.Now()
	return s, nil
}

func (p *Provider) swapSecrets(ctx context.Context, s ClientSecrets) (bool, error) {
	ok, err := p.cfg.Secrets.SwapClientSecrets(ctx, p.cfg.ClientID, s, s.Version)
	p.secrets.mu.Lock()
	p.secrets.at = time.Time{}
	p.secrets.mu.Unlock()
	if err != nil {
		return false, fmt.Errorf("sbid: client secret: %w", err)
	}
	return ok, nil
}

// AdoptSecret compares the settings with the store when the program starts. The first secret of the settings, and every
// one that differs from what they said before, becomes the current one; issued is when the bank gave it, zero = not told,
// then it counts from now. The one it replaces is kept as the other.
func (p *Provider) AdoptSecret(ctx context.Context, issued time.Time) error {
	for range 5 {
		s, err := p.clientSecrets(ctx, true)
		if err != nil {
			return err
		}
		next, changed := adopt(s, p.cfg.ClientSecret, issued, p.cfg.Now().UTC())
		if !changed {
			return nil
		}
		if ok, err := p.swapSecrets(ctx, next); ok || err != nil {
			return err
		}
	}
	return errors.New("sbid: client secret: changed by others all the time")
}

func adopt(s ClientSecrets, configured string, issued, now time.Time) (next ClientSecrets, changed bool) {
	given := Secret{configured, now.Add(SecretLife)}
	if !issued.IsZero() {
		given.Until = issued.UTC().Add(SecretLife)
	}
	known := s.Version > 0 && s.Current.Value == configured
	switch {
	case known && s.Seed == configured && (issued.IsZero() || s.Current.Until.Equal(given.Until)):
		return s, false
	case known: // the settings follow what the shop had done, or tell the date
		if s.Seed = configured; !issued.IsZero() {
			s.Current.Until = given.Until
		}
	case s.Version > 0 && s.Seed == configured: // the shop has changed it since
		return s, false
	case s.Version > 0:
		s.Other, s.Current, s.Pending, s.Seed = s.Current, given, false, configured
	default:
		s = ClientSecrets{Current: given, Seed: configured}
	}
	return s, true
}

// asClient makes a call that names the client and its secret. When the bank does not know the secret, it is read anew and
// then the other one is tried: another instance may have changed it, or the answer to a change was lost. The one that works
// is the current one from then on.
func (p *Provider) asClient(ctx context.Context, call func(secret string) error) error {
	s, err := p.clientSecrets(ctx, false)
	if err != nil {
		return err
	}
	tried := s.Current.Value
	refused := call(tried)
	if !errors.Is(refused, ErrClient) || p.cfg.Secrets == nil {
		return refused
	}
	if s, err = p.clientSecrets(ctx, true); err != nil {
		return refused
	}
	for _, secret := range []string{s.Current.Value, s.Other.Value} {
		if secret == "" || secret == tried {
			continue
		}
		err := call(secret)
		if err == nil {
			p.accepted(ctx, secret)
		}
		if !errors.Is(err, ErrClient) {
			return err
		}
	}
	return refused
}

// accepted notes which secret the bank knows.
func (p *Provider) accepted(ctx context.Context, secret string) {
	if err := p.promote(ctx, secret, time.Time{}); err != nil {
		p.cfg.Log.ErrorContext(ctx, "which client secret works is not saved", "error", err)
	}
}

// promote makes the other secret the current one, unless it is already. until is when it ends; zero: as was expected.
func (p *Provider) promote(ctx context.Context, secret string, until time.Time) error {
	for range 5 {
		s, err := p.clientSecrets(ctx, true)
		if err != nil {
			return err
		}
		if s.Current.Value != secret && s.Other.Value != secret {
			return nil // the operator has set another one meanwhile
		}
		if s.Current.Value != secret {
			s.Current, s.Other = s.Other, s.Current
		} else if !s.Pending && (until.IsZero() || s.Current.Until.Equal(until)) {
			return nil
		}
		if s.Pending = false; !until.IsZero() {
			s.Current.Until = until
		}
		if ok, err := p.swapSecrets(ctx, s); ok || err != nil {
			return err
		}
	}
	return errors.New("sbid: client secret: changed by others all the time")
}
