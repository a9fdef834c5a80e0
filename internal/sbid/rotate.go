package sbid

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"creditcart/internal/bankapi"
)

const changeSecretPath = "/ic/sso/api/v1/change-client-secret"

// changePause keeps two changes of the secret apart, whoever asks for them.
const changePause = time.Minute

// SecretState is what may be said about the client secret.
type SecretState struct {
	Until   time.Time // when the bank stops accepting it, as far as the shop knows; zero = not known
	Pending bool      // a change was sent and its answer is not known; both secrets are kept
	Asked   time.Time // the last time a change was sent
}

// SecretState tells how the client secret stands.
func (p *Provider) SecretState(ctx context.Context) (SecretState, error) {
	s, err := p.clientSecrets(ctx, true)
	if err != nil {
		return SecretState{}, err
	}
	return SecretState{Until: s.Current.Until, Pending: s.Pending, Asked: s.Asked}, nil
}

// ChangeSecret gives the bank a new client secret (spec §1.8). access is a token of a person of the shop's own company.
// The new one is saved before it is sent, so that neither a crash nor a lost answer loses the one that is in force: after
// such an end both are kept, the next change sends the same one again, and a token call finds out which is known.
// Errors: ErrBusy within a minute of the last change; else of the bank, also when it refused.
func (p *Provider) ChangeSecret(ctx context.Context, access string) error {
	if p.cfg.Secrets == nil {
		return errors.New("sbid: change secret: no store")
	}
	s, err := p.clientSecrets(ctx, true)
	if err != nil {
		return err
	}
	now := p.cfg.Now().UTC()
	if s.Version == 0 || now.Sub(s.Asked) < changePause {
		return fmt.Errorf("%w: change secret", ErrBusy)
	}
	first := !s.Pending
	if first {
		s.Other = Secret{Value: newClientSecret()}
	}
	s.Pending, s.Asked, s.Other.Until = true, now, now.Add(SecretLife)
	if ok, err := p.swapSecrets(ctx, s); err != nil || !ok {
		return errors.Join(err, ErrBusy)
	}
	// Whoever asked may leave; the answer is needed all the same.
	ctx = context.WithoutCancel(ctx)
	life, err := p.sendSecret(ctx, access, s.Current.Value, s.Other.Value)
	if err == nil {
		return p.promote(ctx, s.Other.Value, now.Add(life))
	}
	if first && definite(err) { // nobody but us has ever seen it
		s.Pending, s.Other, s.Version = false, Secret{}, s.Version+1
		if _, saveErr := p.swapSecrets(ctx, s); saveErr != nil {
			err = errors.Join(err, saveErr)
		}
	}
	return fmt.Errorf("sbid: change secret: %w", err)
}

// definite: the bank said no, and had not been asked for this before.
func definite(err error) bool {
	e, ok := errors.AsType[*bankapi.Error](err)
	return ok && e.Definite()
}

func (p *Provider) sendSecret(ctx context.Context, access, secret, next string) (life time.Duration, err error) {
	resp, err := p.cfg.API.Do(ctx, bankapi.Request{Op: "change-client-secret", Method: http.MethodPost, Path: changeSecretPath,
		Token: access, Subject: p.cfg.ClientID, Form: url.Values{"access_token": {access}, "client_id": {p.cfg.ClientID},
			"client_secret": {secret}, "new_client_secret": {next}}})
	if err != nil {
		return 0, oauthError(err)
	}
	var wire struct {
		Days seconds `json:"clientSecretExpiration"` // days, read as tolerantly
	}
	if resp.Status != http.StatusOK {
		return 0, resp.Unreadable()
	}
	if err := resp.JSON(&wire); err != nil {
		return 0, err
	}
	if wire.Days < 1 || wire.Days > 3650 {
		return SecretLife, nil
	}
	return time.Duration(wire.Days) * 24 * time.Hour, nil
}

// newClientSecret is 40 letters and digits, 200 bits: inside the specification's `[a-zA-Z0-9]{8,256}`.
func newClientSecret() string { return (rand.Text() + rand.Text())[:40] }
