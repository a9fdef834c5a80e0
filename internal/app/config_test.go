package app

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankemu"
)

func TestMissingSettingsAreAllNamed(t *testing.T) {
	err := Config{}.Check()
	if err == nil {
		t.Fatal("an empty configuration was accepted")
	}
	for _, s := range Settings() {
		if s.Required && !strings.Contains(err.Error(), s.Name) {
			t.Errorf("%s is missing and not named", s.Name)
		}
	}
}

func goodConfig() Config {
	return Config{
		BaseURL: "https://shop.example", DatabaseURL: "sqlite:x", Secret: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", VAT: "22",
		AuthorizeURL: "http://bank", AuthorizeURLToken: "http://bank", APIURL: "http://bank", SignURLSMS: "http://bank", SignURLToken: "http://bank",
		ClientID: "1", ClientSecret: "s", APIRate: 5, Timeout: 1, SignPage: "dcb", Scope: "openid name", MerchantName: "ПАО", MerchantINN: "7707083893",
		MerchantKPP: "773601001", MerchantAccount: bankemu.MerchantAccount, MerchantBIC: "044525225", MerchantCorrAccount: "30101810400000000225",
	}
}

func TestWrongSettings(t *testing.T) {
	good := goodConfig()
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	withSlash := good
	if withSlash.BaseURL += "/"; withSlash.Check() != nil {
		t.Errorf("a slash at the end: %v", withSlash.Check())
	}
	for name, spoil := range map[string]func(*Config){
		"SHOP_SECRET":                 func(c *Config) { c.Secret = "c2hvcnQ=" },
		"SHOP_SEAL_KEYS":              func(c *Config) { c.SealKeys = c.Secret + " c2hvcnQ=" },
		"SHOP_BASE_URL":               func(c *Config) { c.BaseURL = "shop.example" },
		"SHOP_BASE_URL: want no path": func(c *Config) { c.BaseURL = "https://shop.example/store" },
		"BANK_SCOPE":                  func(c *Config) { c.Scope = "name openid" },
		"BANK_SCOPE: ":                func(c *Config) { c.Scope = "" },
		"BANK_MIN_INTERVAL":           func(c *Config) { c.MinInterval = -1 },
		"SHOP_PEOPLE_KEEP":            func(c *Config) { c.PeopleKeep = -1 },
		"SHOP_VAT":                    func(c *Config) { c.VAT = "19" },
		"SHOP_TRUSTED_PROXIES":        func(c *Config) { c.TrustedProxies = "proxy" },
		"BANK_TLS_P12":                func(c *Config) { c.APIURL = "https://bank" },
		"BANK_CLIENT_SECRET_ISSUED":   func(c *Config) { c.SecretIssued = "22.11.2026" },
		"BANK_JWT_CERT_FILE: open":    func(c *Config) { c.JWTCertFile = "absent.pem" },
		"no certificate":              func(c *Config) { c.JWTCertFile = "config_test.go" },
		"BANK_SIGN_PAGE":              func(c *Config) { c.SignPage = "new" },
		"BANK_API_RATE":               func(c *Config) { c.APIRate = 0 },
		"MERCHANT_INN":                func(c *Config) { c.MerchantINN = "7707083894" },
		"MERCHANT_KPP":                func(c *Config) { c.MerchantKPP = "" },
		"MERCHANT_BIC":                func(c *Config) { c.MerchantBIC = "144525225" },
		"MERCHANT_CORR_ACCOUNT":       func(c *Config) { c.MerchantCorrAccount = "30101810400000000226" },
	} {
		c := good
		spoil(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s spoiled: %v", name, err)
		}
	}
}

// What cannot even be read is named as the operator knows it, with what is wanted; what is missing besides is named too.
func TestUnreadableSettings(t *testing.T) {
	t.Setenv("BANK_TIMEOUT", "5")
	t.Setenv("BANK_MIN_INTERVAL", "often")
	t.Setenv("BANK_PKCE", "perhaps")
	t.Setenv("BANK_API_RATE", "five")
	t.Setenv("SHOP_SECRET", "")
	_, err := ConfigFromEnv()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"BANK_TIMEOUT: want a duration like 10s or 500ms", "BANK_MIN_INTERVAL: want a duration", "BANK_PKCE: want true or false",
		"BANK_API_RATE: want a number", "SHOP_SECRET: missing", "BANK_CLIENT_ID: missing"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "parse") || strings.Contains(err.Error(), "MinInterval") {
		t.Errorf("speaks of the program's insides: %v", err)
	}
	if _, err := DatabaseConfigFromEnv(); err == nil || !strings.Contains(err.Error(), "BANK_PKCE: want true or false") {
		t.Errorf("for a command on the database: %v", err)
	}
}

func TestSecretOfDatabaseCommands(t *testing.T) {
	for value, want := range map[string]string{"": "SHOP_SECRET: missing", "c2hvcnQ=": "SHOP_SECRET: want 32 bytes in base64"} {
		t.Setenv("SHOP_SECRET", value)
		if _, err := DatabaseConfigFromEnv(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestWhatIsUncheckedIsWarnedOf(t *testing.T) {
	bank, err := bankemu.New(bankemu.Config{})
	if err != nil {
		t.Fatal(err)
	}
	certificate := filepath.Join(t.TempDir(), "bank.pem")
	if err := os.WriteFile(certificate, bank.Certificate(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ issuers, certificate string }{{"", ""}, {"https://bank.example", ""}, {"", certificate}, {"https://bank.example", certificate}} {
		cfg := goodConfig()
		cfg.Issuers, cfg.JWTCertFile, cfg.DatabaseURL = tt.issuers, tt.certificate, "sqlite:"+filepath.Join(t.TempDir(), "shop.db")
		if err := Migrate(t.Context(), cfg, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		a, err := New(t.Context(), cfg, time.Now, slog.New(slog.NewJSONHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"BANK_ISSUERS": tt.issuers, "BANK_JWT_CERT_FILE": tt.certificate} {
			if got := strings.Contains(log.String(), `"level":"WARN","msg":"`+name); got != (value == "") {
				t.Errorf("%s=%q: %s", name, value, log.String())
			}
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}
