package checkout_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/sbid"
)

const (
	secretPath = "/ic/sso/api/v1/change-client-secret"
	day        = 24 * time.Hour
)

// works tells whether a process can do what needs the client secret.
func (w *world) works(s *checkout.Service, who sbid.Identity) error {
	w.Helper()
	_, version, err := s.Keeper.Token(w.ctx, who.Subject)
	if err == nil {
		_, _, err = s.Keeper.Rejected(w.ctx, who.Subject, version) // a refresh, whatever its age
	}
	return err
}

func (w *world) secret(s *checkout.Service) checkout.ClientSecret {
	w.Helper()
	secret, err := s.ClientSecret(w.ctx)
	if err != nil {
		w.Fatal(err)
	}
	return secret
}

func (w *world) stored() sbid.ClientSecrets {
	w.Helper()
	s, err := w.store.ClientSecrets(w.ctx, clientID)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// The secret is changed on day 30, another instance and a restart with the old settings go on, and again 30 days later.
func TestSecretIsChangedBeforeItEnds(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("merchant-manager")
	other := w.newService()
	if err := w.works(other, who); err != nil { // it remembers the first secret now
		t.Fatal(err)
	}
	w.clock.add(30*day - time.Minute)
	w.service.RotateDue(w.ctx)
	if n := w.calls("POST", secretPath); n != 0 {
		t.Fatal("changed too early")
	}
	for round := 1; round <= 2; round++ {
		w.clock.add(time.Minute)
		w.service.RotateDue(w.ctx)
		other.RotateDue(w.ctx)
		if n := w.calls("POST", secretPath); n != round {
			t.Fatalf("round %d: sent %d times", round, n)
		}
		for name, s := range map[string]*checkout.Service{"this": w.service, "another": other, "restarted": w.newService()} {
			if err := w.works(s, who); err != nil {
				t.Errorf("round %d: %s instance: %v", round, name, err)
			}
		}
		if s := w.secret(w.service); s.Pending || s.Warn || !s.Until.Equal(w.clock.Now().Add(40*day)) {
			t.Errorf("round %d: %+v", round, s)
		}
		w.clock.add(30*day - time.Minute)
	}
	s := w.stored()
	for _, hidden := range []string{s.Current.Value, s.Other.Value, s.Seed} {
		if len(hidden) < 8 || strings.Contains(w.log.String(), hidden) {
			t.Error("a secret is in the log, or empty")
		}
	}
}

// Whatever becomes of the one call that changes the secret, and of the program that makes it, the shop goes on.
func TestSecretSurvivesTheChange(t *testing.T) {
	for name, c := range map[string]struct {
		fault, settings string
		changed         bool // at the bank
	}{
		"answer lost":                      {`"kind":"lose-answer","times":1`, "", true},
		"answer lost, both work meanwhile": {`"kind":"lose-answer","times":1`, `{"secretOverlap":"48h"}`, true},
		"500 after the work":               {`"kind":"status","status":500,"afterWork":true,"times":1`, "", true},
		"truncated answer":                 {`"kind":"truncate","times":1`, "", true},
		"never arrived":                    {`"kind":"drop","times":1`, "", false},
		"503":                              {`"kind":"status","status":503,"times":1`, "", false},
		"403":                              {`"kind":"status","status":403,"times":1`, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			who := w.signIn("merchant-manager")
			if c.settings != "" {
				w.tell("POST", "/api/settings", c.settings)
			}
			first := w.stored().Current.Value
			w.clock.add(30 * day)
			w.fault("POST", secretPath, c.fault)
			w.service.RotateDue(w.ctx)
			w.service = w.newService() // the program that asked is gone
			if err := w.works(w.service, who); err != nil {
				t.Fatalf("right after it: %v", err)
			}
			if now := w.stored().Current.Value; (now != first) != c.changed && c.settings == "" {
				t.Errorf("the secret in use changed: %v, at the bank: %v", now != first, c.changed)
			}
			for range 12 { // the timer of the next days
				w.service.RotateDue(w.ctx)
				w.clock.add(6 * time.Hour)
				if err := w.works(w.service, who); err != nil {
					t.Fatalf("later: %v", err)
				}
			}
			if s := w.secret(w.service); s.Pending || s.Warn || w.stored().Current.Value == first {
				t.Errorf("in the end: %+v", s)
			}
			w.clock.add(28 * day)
			if err := w.works(w.newService(), who); err != nil {
				t.Errorf("when the first one would have been dead for long: %v", err)
			}
		})
	}
}

// A crash between saving the new secret and sending it: the old one works, and the same new one is sent later.
func TestCrashBeforeTheSecretIsSent(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("merchant-manager")
	s := w.stored()
	s.Other, s.Pending, s.Asked = sbid.Secret{Value: "savedAndNeverSent0"}, true, w.clock.Now()
	if ok, err := w.store.SwapClientSecrets(w.ctx, clientID, s, s.Version); !ok || err != nil {
		t.Fatal(ok, err)
	}
	w.service = w.newService()
	if err := w.works(w.service, who); err != nil {
		t.Fatal(err)
	}
	w.clock.add(30 * day)
	w.service.RotateDue(w.ctx)
	if err := w.works(w.service, who); err != nil || w.stored().Current.Value != "savedAndNeverSent0" {
		t.Errorf("%v; in use is the one that was saved: %v", err, w.stored().Current.Value == "savedAndNeverSent0")
	}
}

func TestBankThatRefusesIsAskedHourly(t *testing.T) {
	w := newWorld(t)
	w.clock.add(34 * day)
	w.fault("POST", secretPath, `"kind":"status","status":403,"times":100`)
	for range 180 {
		w.service.RotateDue(w.ctx)
		w.clock.add(time.Minute)
	}
	if n := w.calls("POST", secretPath); n != 3 {
		t.Errorf("asked %d times in 3 hours", n)
	}
	if w.secret(w.service).Warn {
		t.Error("warned on day 34")
	}
	w.clock.add(day)
	if !w.secret(w.service).Warn {
		t.Error("not warned on day 35")
	}
}

// Dead after 40 days: nothing is lost but time, and the operator's new secret wins over what the shop kept.
func TestOperatorsSecretWins(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("merchant-manager")
	if err := w.service.ChangeClientSecret(w.ctx); err != nil {
		t.Fatal(err)
	}
	g, err := w.store.Grant(w.ctx, who.Subject)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.PostForm(w.bank.URL+secretPath, url.Values{"access_token": {g.Access}, "client_id": {clientID},
		"client_secret": {w.stored().Current.Value}, "new_client_secret": {"theOperatorsOwn1"}})
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	if err := w.works(w.service, who); !errors.Is(err, sbid.ErrClient) {
		t.Fatalf("with a secret that is not the bank's: %v", err)
	}
	// In the meantime nobody was signed out: the tokens are not dead.
	w.service = w.newServiceWith("theOperatorsOwn1")
	if err := w.works(w.service, who); err != nil {
		t.Fatal(err)
	}
	if err := w.works(w.newServiceWith("theOperatorsOwn1"), who); err != nil {
		t.Fatal(err)
	}
	// An old file of settings by mistake: the one that worked is kept beside it.
	if err := w.works(w.newServiceWith("secret-of-the-shop"), who); err != nil || w.stored().Current.Value != "theOperatorsOwn1" {
		t.Errorf("%v", err)
	}
}

func TestSecretNeedsTheMerchant(t *testing.T) {
	w := newWorld(t)
	if err := w.service.ChangeClientSecret(w.ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.service.ChangeClientSecret(w.ctx); !errors.Is(err, sbid.ErrBusy) {
		t.Errorf("twice in a minute: %v", err)
	}
	w.clock.add(time.Hour)
	if err := w.store.SetMerchant(w.ctx, sbid.Connection{}); err != nil {
		t.Fatal(err)
	}
	if err := w.service.ChangeClientSecret(w.ctx); !errors.Is(err, checkout.ErrNotConnected) {
		t.Errorf("not connected: %v", err)
	}
	buyer := w.signIn("romashka-director")
	if err := w.store.SetMerchant(w.ctx, sbid.Connection{Subject: buyer.Subject}); err != nil {
		t.Fatal(err)
	}
	before := w.stored().Current
	if err := w.service.ChangeClientSecret(w.ctx); err == nil || w.stored().Pending || w.stored().Current != before {
		t.Errorf("with a buyer's token: %v, pending %v", err, w.stored().Pending)
	}
}
