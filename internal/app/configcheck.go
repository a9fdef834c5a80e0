package app

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"time"

	"creditcart/internal/money"
	"creditcart/internal/requisites"
)

// Check verifies settings against each other, check digits of the requisites included.
func (c Config) Check() error {
	problems := missing(c)
	add := func(name string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
		}
	}
	if c.Secret != "" {
		_, err := c.secret()
		add("SHOP_SECRET", err)
	}
	_, sealErr := c.sealKeys()
	add("SHOP_SEAL_KEYS", sealErr)
	c.checkAddresses(add)
	if scope := strings.Fields(c.Scope); len(scope) == 0 || scope[0] != "openid" {
		add("BANK_SCOPE", errors.New("want openid first"))
	}
	if strings.HasPrefix(c.APIURL, "https:") && c.TLSP12 == "" {
		add("BANK_TLS_P12", errors.New("missing: the bank's API host asks for a client certificate"))
	}
	if c.BackupDir != "" && !strings.HasPrefix(c.DatabaseURL, "sqlite:") {
		add("SHOP_BACKUP_DIR", errors.New("only for SQLite: PostgreSQL has pg_dump, see docs/operations.md"))
	}
	if c.SignPage != "dcb" && c.SignPage != "rpp-light" {
		add("BANK_SIGN_PAGE", errors.New("want dcb or rpp-light"))
	}
	c.checkNumbers(add)
	_, consentErr := c.consent()
	add("SHOP_CONSENT_FILE", consentErr)
	if _, err := c.secretIssued(); err != nil {
		add("BANK_CLIENT_SECRET_ISSUED", errors.New("want a day like 2026-11-22"))
	}
	c.checkNotify(add)
	_, err := c.bankKeys()
	add("BANK_JWT_CERT_FILE", err)
	_, err = money.ParseVAT(c.VAT)
	add("SHOP_VAT", err)
	_, err = c.trustedProxies()
	add("SHOP_TRUSTED_PROXIES", err)
	c.checkMerchant(add)
	return errors.Join(problems...)
}

func (c Config) checkAddresses(add func(string, error)) {
	for name, u := range map[string]string{"SHOP_BASE_URL": c.BaseURL, "BANK_AUTHORIZE_URL": c.AuthorizeURL, "BANK_API_URL": c.APIURL,
		"BANK_SIGN_URL_SMS": c.SignURLSMS, "BANK_AUTHORIZE_URL_TOKEN": c.AuthorizeURLToken, "BANK_SIGN_URL_TOKEN": c.SignURLToken} {
		if u != "" {
			add(name, checkURL(u))
		}
	}
	if u, err := url.Parse(c.BaseURL); err == nil && u.Path != "" && u.Path != "/" {
		add("SHOP_BASE_URL", errors.New("want no path: the shop's addresses and cookies begin at the root of the host"))
	}
	if c.MetricsAddr != "" && c.MetricsAddr == c.Addr {
		add("SHOP_METRICS_ADDR", errors.New("want another address than SHOP_ADDR: the metrics are not for the public"))
	}
	if c.OTLPEndpoint != "" {
		add("OTEL_EXPORTER_OTLP_ENDPOINT", checkURL(c.OTLPEndpoint))
	}
}

func (c Config) checkNumbers(add func(string, error)) {
	if c.APIRate <= 0 {
		add("BANK_API_RATE", errors.New("want more than 0"))
	}
	for name, limit := range map[string]int{"SHOP_LIMIT_SIGNIN": c.LimitSignIn, "SHOP_LIMIT_ACCOUNT": c.LimitAccount,
		"SHOP_LIMIT_CHECKOUT": c.LimitCheckout, "SHOP_LIMIT_HOOK": c.LimitHook} {
		if limit < 0 {
			add(name, errors.New("want 0 or more"))
		}
	}
	if c.PeopleKeep < 0 {
		add("SHOP_PEOPLE_KEEP", errors.New("want 0 or more"))
	}
	if c.Timeout <= 0 {
		add("BANK_TIMEOUT", errors.New("want more than 0s"))
	}
	if c.MinInterval < 0 {
		add("BANK_MIN_INTERVAL", errors.New("want 0s or more"))
	}
	if c.BackupDir != "" && (c.BackupEvery < time.Minute || c.BackupKeep < 1) {
		add("SHOP_BACKUP_EVERY, SHOP_BACKUP_KEEP", errors.New("want 1m or more, and at least 1 to keep"))
	}
}

func (c Config) checkMerchant(add func(string, error)) {
	for _, f := range []struct {
		name, value string
		check       func(string) error
	}{
		{"MERCHANT_INN", c.MerchantINN, requisites.CheckINN},
		{"MERCHANT_KPP", c.MerchantKPP, requisites.CheckKPP},
		{"MERCHANT_BIC", c.MerchantBIC, requisites.CheckBIC},
		{"MERCHANT_ACCOUNT", c.MerchantAccount, func(a string) error { return requisites.CheckAccount(a, c.MerchantBIC) }},
		{"MERCHANT_CORR_ACCOUNT", c.MerchantCorrAccount, func(a string) error { return requisites.CheckCorrAccount(a, c.MerchantBIC) }},
	} {
		if f.value != "" {
			add(f.name, f.check(f.value))
		}
	}
	if len(c.MerchantINN) == 10 && c.MerchantKPP == "" {
		add("MERCHANT_KPP", errors.New("missing: a company has one"))
	}
}

func missing(c Config) []error {
	var out []error
	v := reflect.ValueOf(c)
	for i, s := range Settings() {
		if s.Required && v.Field(i).IsZero() {
			out = append(out, fmt.Errorf("%s: missing: %s", s.Name, s.Help))
		}
	}
	return out
}

func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("want http(s)://host[:port]")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("an address without user, query and fragment is wanted")
	}
	return nil
}
