package app

import (
	"strings"
	"testing"
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

func TestWrongSettings(t *testing.T) {
	good := Config{
		BaseURL: "https://shop.example", DatabaseURL: "sqlite:x", Secret: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", VAT: "22",
		AuthorizeURL: "http://bank", AuthorizeURLToken: "http://bank", APIURL: "http://bank", SignURLSMS: "http://bank", SignURLToken: "http://bank",
		ClientID: "1", ClientSecret: "s", APIRate: 5, Timeout: 1, SignPage: "dcb", MerchantName: "ПАО", MerchantINN: "7707083893",
		MerchantKPP: "773601001", MerchantAccount: "40702810538000000000", MerchantBIC: "044525225", MerchantCorrAccount: "30101810400000000225",
	}
	for name, spoil := range map[string]func(*Config){
		"SHOP_SECRET":           func(c *Config) { c.Secret = "c2hvcnQ=" },
		"SHOP_BASE_URL":         func(c *Config) { c.BaseURL = "shop.example" },
		"SHOP_VAT":              func(c *Config) { c.VAT = "19" },
		"SHOP_TRUSTED_PROXIES":  func(c *Config) { c.TrustedProxies = "proxy" },
		"BANK_TLS_P12":          func(c *Config) { c.APIURL = "https://bank" },
		"BANK_SIGN_PAGE":        func(c *Config) { c.SignPage = "new" },
		"BANK_API_RATE":         func(c *Config) { c.APIRate = 0 },
		"MERCHANT_INN":          func(c *Config) { c.MerchantINN = "7707083894" },
		"MERCHANT_KPP":          func(c *Config) { c.MerchantKPP = "" },
		"MERCHANT_BIC":          func(c *Config) { c.MerchantBIC = "144525225" },
		"MERCHANT_CORR_ACCOUNT": func(c *Config) { c.MerchantCorrAccount = "30101810400000000226" },
	} {
		c := good
		spoil(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s spoiled: %v", name, err)
		}
	}
}
