package sbid_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"creditcart/internal/sbid"
)

// vault is a SecretStore in memory.
type vault struct {
	mu  sync.Mutex
	row sbid.ClientSecrets
	err error
}

func (v *vault) ClientSecrets(context.Context, string) (sbid.ClientSecrets, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.row, v.err
}

func (v *vault) SwapClientSecrets(_ context.Context, _ string, s sbid.ClientSecrets, seen int64) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.err != nil || v.row.Version != seen {
		return false, v.err
	}
	v.row, v.row.Version = s, seen+1
	return true, nil
}

// changer is a bank that answers a change of the secret with a fixed body.
type changer struct {
	status int
	body   string
	got    http.Header
	form   map[string][]string
}

func (c *changer) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	c.got, c.form = r.Header, r.PostForm
	if r.URL.Path != "/ic/sso/api/v1/change-client-secret" || r.URL.RawQuery != "" {
		rec.WriteHeader(http.StatusNotFound)
		return rec.Result(), nil
	}
	answer(rec, c.status, c.body)
	return rec.Result(), nil
}

func TestAdoptSecret(t *testing.T) {
	now, day := start, 24*time.Hour
	newest := sbid.Secret{Value: "rotated", Until: now.Add(20 * day)}
	seeded := sbid.ClientSecrets{Current: sbid.Secret{Value: "first", Until: now.Add(5 * day)}, Seed: "first", Version: 1}
	rotated := sbid.ClientSecrets{Current: newest, Other: seeded.Current, Seed: "first", Version: 4}
	for name, c := range map[string]struct {
		before         sbid.ClientSecrets
		configured     string
		issued         time.Time
		current, other sbid.Secret
		written        bool
	}{
		"first time":                      {sbid.ClientSecrets{}, "first", time.Time{}, sbid.Secret{Value: "first", Until: now.Add(40 * day)}, sbid.Secret{}, true},
		"first time, the day is told":     {sbid.ClientSecrets{}, "first", now.Add(-30 * day), sbid.Secret{Value: "first", Until: now.Add(10 * day)}, sbid.Secret{}, true},
		"nothing new":                     {seeded, "first", time.Time{}, seeded.Current, sbid.Secret{}, false},
		"the day is told later":           {seeded, "first", now.Add(-38 * day), sbid.Secret{Value: "first", Until: now.Add(2 * day)}, sbid.Secret{}, true},
		"the shop changed it":             {rotated, "first", time.Time{}, newest, seeded.Current, false},
		"the day of the replaced one":     {rotated, "first", now.Add(-38 * day), newest, seeded.Current, false},
		"the operator follows":            {rotated, "rotated", time.Time{}, newest, seeded.Current, true},
		"the operator has another":        {rotated, "operators", time.Time{}, sbid.Secret{Value: "operators", Until: now.Add(40 * day)}, newest, true},
		"the operator has another, dated": {rotated, "operators", now.Add(-day), sbid.Secret{Value: "operators", Until: now.Add(39 * day)}, newest, true},
	} {
		v := &vault{row: c.before}
		p := newProvider(t, &changer{}, func(cfg *sbid.Config) { cfg.ClientSecret, cfg.Secrets = c.configured, v }, at(now))
		for range 2 { // the second start changes nothing
			if err := p.AdoptSecret(t.Context(), c.issued); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if v.row.Current != c.current || v.row.Other != c.other || v.row.Pending {
			t.Errorf("%s: %+v", name, v.row)
		}
		if wrote := v.row.Version - c.before.Version; wrote != map[bool]int64{true: 1}[c.written] {
			t.Errorf("%s: written %d times", name, wrote)
		}
	}
}

func TestAnswersToAChangeOfTheSecret(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		status  int
		body    string
		changed bool
		pending bool
		life    time.Duration
	}{
		{200, `{"clientSecretExpiration":40}`, true, false, 40 * day},
		{200, `{"clientSecretExpiration":"90"}`, true, false, 90 * day},
		{200, `{}`, true, false, 40 * day},
		{200, `{"clientSecretExpiration":-1}`, true, false, 40 * day},
		{200, `{"clientSecretExpiration":1e300}`, true, false, 40 * day},
		{200, `{"clientSecretExpiration":{}}`, true, false, 40 * day},
		{200, ``, false, true, 0}, {200, `<html>`, false, true, 0}, {200, `[1]`, false, true, 0}, {204, ``, false, true, 0}, {202, `{}`, false, true, 0},
		{302, ``, false, true, 0}, {500, `{"cause":"X","message":"y"}`, false, true, 0}, {400, `<html>`, false, true, 0},
		{400, `{"error":"invalid_request","error_description":"x"}`, false, false, 0},
		{401, `{"error":"invalid_client"}`, false, false, 0}, {401, `{"error":"invalid_token"}`, false, false, 0},
		{403, `{"errorCode":"ACCESS_EXCEPTION","errorMsg":"x"}`, false, false, 0}, {429, `{"cause":"TOO_MANY_REQUESTS"}`, false, false, 0},
	} {
		bank, v := &changer{status: c.status, body: c.body}, &vault{}
		p := newProvider(t, bank, func(cfg *sbid.Config) { cfg.Secrets = v }, at(start))
		if err := p.AdoptSecret(t.Context(), time.Time{}); err != nil {
			t.Fatal(err)
		}
		err := p.ChangeSecret(t.Context(), "access-of-the-merchant")
		sent := strings.Join(bank.form["new_client_secret"], "")
		if len(sent) != 40 || strings.Trim(sent, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" || strings.Join(bank.form["client_secret"], "") != "s3cretSecret" ||
			strings.Join(bank.form["access_token"], "") != "access-of-the-merchant" || bank.got.Get("Authorization") != "Bearer access-of-the-merchant" {
			t.Fatalf("sent %d characters, %v", len(sent), bank.got)
		}
		if (err == nil) != c.changed || (v.row.Current.Value == sent) != c.changed || v.row.Pending != c.pending || (v.row.Other.Value == sent) != c.pending {
			t.Errorf("%d %s: %v; changed %v, pending %v", c.status, c.body, err, v.row.Current.Value == sent, v.row.Pending)
		}
		if c.changed && !v.row.Current.Until.Equal(start.Add(c.life)) {
			t.Errorf("%s: until %v", c.body, v.row.Current.Until)
		}
		if err != nil && strings.Contains(err.Error(), sent) {
			t.Error("the secret is in the error")
		}
	}
}

// Nothing is sent that was not saved before.
func TestSecretIsSavedBeforeItIsSent(t *testing.T) {
	bank, v := &changer{status: 200, body: `{}`}, &vault{}
	p := newProvider(t, bank, func(cfg *sbid.Config) { cfg.Secrets = v }, at(start))
	if err := p.ChangeSecret(t.Context(), "a"); !errors.Is(err, sbid.ErrBusy) {
		t.Errorf("before it was adopted: %v", err)
	}
	if err := p.AdoptSecret(t.Context(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	v.err = errors.New("the disk is full")
	if err := p.ChangeSecret(t.Context(), "a"); err == nil || bank.form != nil {
		t.Errorf("sent %v, %v", bank.form, err)
	}
}
