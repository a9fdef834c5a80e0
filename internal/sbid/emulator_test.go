package sbid_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankemu"
	"creditcart/internal/sbid"
)

// emulator is the bank in a box and a provider that talks to it over HTTP.
type emulator struct {
	*sbid.Provider
	person  bankemu.Person
	company bankemu.Company
	url     string
	control string
}

func newEmulator(t *testing.T) emulator {
	t.Helper()
	scenario := bankemu.DefaultScenario()
	bank, err := bankemu.New(bankemu.Config{PublicURL: "http://localhost:8090", Scenario: scenario, Clients: []bankemu.Client{{
		ID: clientID, Secret: "s3cretSecret", RedirectURIs: []string{"https://shop.test/signin/callback"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	s, control := httptest.NewServer(bank.Handler()), httptest.NewServer(bank.Control())
	t.Cleanup(s.Close)
	t.Cleanup(control.Close)
	p := providerAt(t, s.URL, nil)
	for _, co := range scenario.Companies {
		for _, person := range co.People {
			if strings.EqualFold(person.CryptoType, "SMS") {
				return emulator{p, person, co, s.URL, control.URL}
			}
		}
	}
	t.Fatal("nobody signs by SMS")
	return emulator{}
}

// enter does what a browser does: answers the bank's page and brings the code back.
func (e emulator) enter(t *testing.T, a sbid.Attempt, decision string) url.Values {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.PostForm(e.AuthorizeURL(a, "login"), url.Values{"person": {e.person.ID}, "decision": {decision}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		t.Fatalf("no redirect: %s", resp.Status)
	}
	return back.Query()
}

func (e emulator) fault(t *testing.T, body string) {
	t.Helper()
	resp, err := http.Post(e.control+"/api/faults", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		t.Fatalf("fault not planned: %s", resp.Status)
	}
}

func TestSignInAtTheEmulator(t *testing.T) {
	e, a := newEmulator(t), sbid.NewAttempt(sbid.ContourSMS)
	code, err := e.Callback(a, e.enter(t, a, "allow"))
	if err != nil {
		t.Fatal(err)
	}
	id, tokens, err := e.Exchange(t.Context(), a, code)
	if err != nil {
		t.Fatal(err)
	}
	if id.INN != e.company.INN || id.OrgFullName != e.company.FullName || id.LawForm != e.company.LawFormShort ||
		id.Phone != e.person.Phone || id.Email != e.person.Email || id.BuyOnCredit != e.company.BuyOnCredit || id.HasActiveLine != e.company.HasActiveLine {
		t.Errorf("got %+v", id)
	}
	if c, ok := id.Contour(); c != sbid.ContourSMS || !ok {
		t.Errorf("contour %s, %v", c, ok)
	}
	if again, err := e.UserInfo(t.Context(), tokens.Access, id.Subject); err != nil || again.Subject != id.Subject {
		t.Errorf("user-info again: %v", err)
	}
	if _, err := e.UserInfo(t.Context(), tokens.Access, "somebody else"); !errors.Is(err, sbid.ErrUntrusted) {
		t.Errorf("user-info of another: %v", err)
	}
	if _, _, err := e.Exchange(t.Context(), a, code); !errors.Is(err, sbid.ErrExpiredGrant) {
		t.Errorf("code used twice: %v", err)
	}
}

func TestDeniedAtTheEmulator(t *testing.T) {
	e, a := newEmulator(t), sbid.NewAttempt(sbid.ContourSMS)
	if _, err := e.Callback(a, e.enter(t, a, "deny")); !errors.Is(err, sbid.ErrDenied) {
		t.Errorf("got %v", err)
	}
}

func TestPKCEAtTheEmulator(t *testing.T) {
	e, a := newEmulator(t), sbid.NewAttempt(sbid.ContourSMS)
	code, err := e.Callback(a, e.enter(t, a, "allow"))
	if err != nil {
		t.Fatal(err)
	}
	a.Verifier = sbid.NewAttempt(sbid.ContourSMS).Verifier
	if _, _, err := e.Exchange(t.Context(), a, code); !errors.Is(err, sbid.ErrExpiredGrant) {
		t.Errorf("a code with another verifier: %v", err)
	}
}

func TestBadStatementsOfTheEmulator(t *testing.T) {
	for _, tt := range []struct{ path, claims string }{
		{"*/token", `{"nonce":"other"}`}, {"*/token", `{"aud":"999"}`}, {"*/token", `{"exp":1}`}, {"*/token", `{"iss":"https://evil.test"}`},
		{"*/user-info", `{"sub":"other"}`}, {"*/user-info", `{"iss":"https://evil.test"}`}, {"*/user-info", `{"aud":"999"}`},
	} {
		e, a := newEmulator(t), sbid.NewAttempt(sbid.ContourSMS)
		code, err := e.Callback(a, e.enter(t, a, "allow"))
		if err != nil {
			t.Fatal(err)
		}
		e.fault(t, `{"path":"`+tt.path+`","kind":"bad-jwt","times":1,"claims":`+tt.claims+`}`)
		if _, _, err := e.Exchange(t.Context(), a, code); !errors.Is(err, sbid.ErrUntrusted) {
			t.Errorf("%s %s: %v", tt.path, tt.claims, err)
		}
	}
}

// A refresh whose answer is lost costs nobody a sign-in: the same token is repeated (decision 7).
func TestKeeperAtTheEmulator(t *testing.T) {
	e, a := newEmulator(t), sbid.NewAttempt(sbid.ContourSMS)
	code, err := e.Callback(a, e.enter(t, a, "allow"))
	if err != nil {
		t.Fatal(err)
	}
	id, tokens, err := e.Exchange(t.Context(), a, code)
	if err != nil {
		t.Fatal(err)
	}
	s := &grants{rows: map[string]sbid.Grant{personID: {Subject: personID, Access: tokens.Access, Refresh: tokens.Refresh,
		ObtainedAt: time.Now(), ExpiresAt: tokens.ExpiresAt, Version: 1}}}
	k := sbid.NewKeeper(e.Provider, s, time.Now)
	e.fault(t, `{"path":"*/token","kind":"lose-answer","times":1}`)
	if _, _, err := k.Rejected(t.Context(), personID, 1); err == nil || errors.Is(err, sbid.ErrSignInAgain) {
		t.Fatalf("lost answer: %v", err)
	}
	access, version, err := k.Rejected(t.Context(), personID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.UserInfo(t.Context(), access, id.Subject); err != nil || access == tokens.Access {
		t.Errorf("the new token: %v", err)
	}
	if err := e.Revoke(t.Context(), s.row().Refresh, "refresh_token"); err != nil {
		t.Error(err)
	}
	if _, err := e.UserInfo(t.Context(), access, id.Subject); err == nil {
		t.Error("a revoked token works")
	}
	if _, _, err := k.Rejected(t.Context(), personID, version); !errors.Is(err, sbid.ErrSignInAgain) || !s.row().Dead {
		t.Errorf("after revocation: %v", err)
	}
}
