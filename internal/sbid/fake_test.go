package sbid_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/sbid"
)

const (
	clientID = "111286"
	iss      = "http://sbt-oafs:9080/icdk"
	personID = "f164e8c81fa7b5cd43d5d03164cf74764b2402d6314c67daa0964d8e691fd543"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

type claims map[string]any

func (c claims) with(name string, value any) claims {
	out := claims{}
	for k, v := range c {
		out[k] = v
	}
	if out[name] = value; value == nil {
		delete(out, name)
	}
	return out
}

func idToken(nonce string) claims {
	return claims{"iss": iss, "sub": personID, "aud": clientID, "azp": clientID, "nonce": nonce,
		"iat": start.Unix(), "exp": start.Unix() + 300}
}

func person() claims {
	return claims{"iss": iss, "sub": personID, "aud": clientID, "inn": "7784523718", "orgKpp": "770001001",
		"OrgName": `ООО "Ромашка"`, "orgFullName": `Общество с ограниченной ответственностью "Ромашка"`, "orgLawFormShort": "ООО",
		"HashOrgId": "8c80", "name": "Иванов Иван", "email": "i@example.test", "phone_number": "+79057362611", "userPosition": "Директор",
		"userCryptoType": "SMS", "buyOnCreditMmb": true, "hasActiveCreditLine": false, "creditLineAvailableSum": "3.14"}
}

func sign(alg string, c any) string {
	enc := base64.RawURLEncoding
	payload, _ := json.Marshal(c)
	return enc.EncodeToString(fmt.Appendf(nil, `{"typ":"JWT","alg":%q}`, alg)) + "." + enc.EncodeToString(payload) + "." + enc.EncodeToString(make([]byte, 64))
}

func gost(c claims) string { return sign("gost34.10-2012", c) }

// fake is a bank of two handlers, reached without a network so that time can be fake too.
type fake struct {
	mu     sync.Mutex
	forms  []string // grant_type and code or refresh token of every token request
	token  func(n int, r *http.Request, w http.ResponseWriter)
	info   func(r *http.Request, w http.ResponseWriter)
	revoke string
}

func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	switch r.URL.Path {
	case "/ic/sso/api/v2/oauth/token":
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		f.mu.Lock()
		f.forms = append(f.forms, r.PostForm.Get("code")+r.PostForm.Get("refresh_token"))
		n := len(f.forms)
		f.mu.Unlock()
		f.token(n, r, rec)
	case "/ic/sso/api/v2/oauth/user-info":
		f.info(r, rec)
	case "/ic/sso/api/v2/oauth/revoke":
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		f.revoke = r.PostForm.Encode()
	default:
		rec.WriteHeader(http.StatusNotFound)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	if s, ok := body.(string); ok {
		fmt.Fprint(w, s)
		return
	}
	json.NewEncoder(w).Encode(body)
}

func pair(n int, idToken string) claims {
	return claims{"access_token": fmt.Sprint("access", n), "refresh_token": fmt.Sprint("refresh", n), "token_type": "Bearer",
		"expires_in": 3600, "scope": "openid", "id_token": idToken}
}

func newProvider(t *testing.T, f http.RoundTripper, change func(*sbid.Config), now func() time.Time) *sbid.Provider {
	t.Helper()
	api, err := bankapi.New(bankapi.Config{BaseURL: "https://bank.test", Transport: f, Rate: 1e6, RepeatInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	cfg := sbid.Config{AuthorizeURL: "https://sbi.test:9443", AuthorizeURLToken: "http://localhost:28016/", ClientID: clientID,
		ClientSecret: "s3cretSecret", RedirectURL: "https://shop.test/signin/callback", Scope: "openid inn OrgName",
		PKCE: true, API: api, Now: now}
	if change != nil {
		change(&cfg)
	}
	p, err := sbid.NewProvider(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// grants is a TokenStore in memory.
type grants struct {
	mu    sync.Mutex
	rows  map[string]sbid.Grant
	swaps int
	fail  func(op string) error
}

func (s *grants) do(op string, work func()) error {
	if s.fail != nil {
		if err := s.fail(op); err != nil {
			return err
		}
	}
	s.mu.Lock()
	work()
	s.mu.Unlock()
	return nil
}

func (s *grants) Grant(_ context.Context, subject string) (g sbid.Grant, err error) {
	found := false
	if err := s.do("read", func() { g, found = s.rows[subject] }); err != nil {
		return g, err
	}
	if !found {
		return g, sbid.ErrNoGrant
	}
	return g, nil
}

func (s *grants) LeaseGrant(_ context.Context, subject string, version int64, now, until time.Time) (ok bool, err error) {
	err = s.do("lease", func() {
		if g := s.rows[subject]; g.Version == version && !g.LeaseUntil.After(now) {
			g.LeaseUntil = until
			s.rows[subject], ok = g, true
		}
	})
	return ok, err
}

func (s *grants) SwapGrant(_ context.Context, g sbid.Grant, seen int64) (ok bool, err error) {
	err = s.do("swap", func() {
		if s.rows[g.Subject].Version == seen {
			g.Version = seen + 1
			s.rows[g.Subject], ok = g, true
			s.swaps++
		}
	})
	return ok, err
}

func (s *grants) Unfinished(_ context.Context, before time.Time, _ int) (subjects []string, err error) {
	err = s.do("unfinished", func() {
		for subject, g := range s.rows {
			if !g.Dead && !g.LeaseUntil.IsZero() && !g.LeaseUntil.After(before) {
				subjects = append(subjects, subject)
			}
		}
	})
	return subjects, err
}

func (s *grants) row() sbid.Grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows[personID]
}

func (s *grants) set(g sbid.Grant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[personID] = g
}
