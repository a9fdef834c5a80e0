package app

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"creditcart/internal/sbid"
)

// Config is every setting of the shop. The environment names are a contract; `shop serve -h` and docs/configuration.md are made of this struct.
type Config struct {
	Addr           string `env:"SHOP_ADDR" envDefault:"127.0.0.1:8080" help:"address and port to listen on"`
	MetricsAddr    string `env:"SHOP_METRICS_ADDR" help:"address and port of /metrics in Prometheus form, e.g. 127.0.0.1:9090; not the public one: whoever reaches it reads how the shop does; empty = off"`
	OTLPEndpoint   string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" help:"where traces of requests and bank calls are sent by OTLP over HTTP, e.g. http://127.0.0.1:4318; empty = no traces"`
	BaseURL        string `env:"SHOP_BASE_URL" need:"yes" help:"public address of the shop without a path, https in production; redirect_uri is it + /login/callback, and backUrl and orderUrl start with it, so register exactly this address with the bank"`
	DatabaseURL    string `env:"SHOP_DATABASE_URL" envDefault:"sqlite:shop.db" help:"sqlite:PATH, or postgres://USER:PASSWORD@HOST/DATABASE for several instances"`
	Secret         string `env:"SHOP_SECRET" need:"yes" help:"32 random bytes in base64 (openssl rand -base64 32); keys of cookies, of tokens at rest and of payment ids, and the address for the bank's notifications, are derived from it: keep it, and keep it secret"`
	SealKeys       string `env:"SHOP_SEAL_KEYS" help:"keys that seal tokens and personal data at rest in place of the one derived from SHOP_SECRET, which still opens what it sealed: 32 random bytes in base64 each, separated by spaces, the newest first; see docs/operations.md for a change of keys"`
	TrustedProxies string `env:"SHOP_TRUSTED_PROXIES" help:"networks of reverse proxies whose X-Forwarded-For is believed, in CIDR form, separated by spaces; empty = none"`
	LimitSignIn    int    `env:"SHOP_LIMIT_SIGNIN" envDefault:"10" unit:"per minute" help:"sign-ins begun from one address, counted by each instance; 0 = no limit. Raise it when many buyers share an address"`
	LimitAccount   int    `env:"SHOP_LIMIT_ACCOUNT" envDefault:"5" unit:"per minute" help:"sign-ins of one person; 0 = no limit"`
	LimitCheckout  int    `env:"SHOP_LIMIT_CHECKOUT" envDefault:"20" unit:"per minute" help:"orders placed and payments begun by one person; 0 = no limit"`
	LimitHook      int    `env:"SHOP_LIMIT_HOOK" envDefault:"50" unit:"per second" help:"notifications of the bank; 0 = no limit"`
	VAT            string `env:"SHOP_VAT" envDefault:"22" unit:"percent or none" help:"VAT rate of goods whose feed names none: 22, 20, 10, 7, 5, 0 or none"`

	NotifyURL    string `env:"SHOP_NOTIFY_URL" help:"address of your own system (ERP, CRM, 1C) that is told of orders and payments by signed POSTs, see docs/operations.md; https, or http to this computer; empty = nobody is told"`
	NotifySecret string `env:"SHOP_NOTIFY_SECRET" help:"key of the signatures, shared with that system: whsec_ and 24 to 64 random bytes in base64 (echo whsec_$(openssl rand -base64 32)); required with SHOP_NOTIFY_URL"`

	ConsentFile string `env:"SHOP_CONSENT_FILE" help:"path of a text file (UTF-8) that buyers agree to before the shop turns to the bank for them: the first line «Версия: …», then the text, {магазин} becomes MERCHANT_NAME; empty = the program's own text, which no lawyer has seen"`
	PeopleKeep  int    `env:"SHOP_PEOPLE_KEEP" envDefault:"1826" unit:"days" help:"how long after a finished order its people are kept: names, phones, e-mails, addresses, sole traders; then the running shop erases them, and who did not sign in for so long. Orders and sums stay; 0 = keep for ever"`

	BackupDir   string        `env:"SHOP_BACKUP_DIR" help:"directory for backups of the SQLite database, best on another disk; the running shop makes them by itself and says which is the newest when the database is damaged; empty = none by itself"`
	BackupEvery time.Duration `env:"SHOP_BACKUP_EVERY" envDefault:"1h" unit:"duration" help:"how far apart they are, counted from the newest one in the directory"`
	BackupKeep  int           `env:"SHOP_BACKUP_KEEP" envDefault:"48" help:"how many are kept in the directory; older ones are removed"`

	AuthorizeURL      string        `env:"BANK_AUTHORIZE_URL" need:"yes" help:"where a person signs in by SMS: the bank's browser host, with or without the path of the authorize page"`
	AuthorizeURLToken string        `env:"BANK_AUTHORIZE_URL_TOKEN" envDefault:"http://localhost:28016" help:"where a person with a Token signs in: the agent on his own computer"`
	APIURL            string        `env:"BANK_API_URL" need:"yes" help:"the bank's API host: tokens, user-info, /fintech/api"`
	SignURLSMS        string        `env:"BANK_SIGN_URL_SMS" need:"yes" help:"scheme and host of the contour where SMS users sign"`
	SignURLToken      string        `env:"BANK_SIGN_URL_TOKEN" envDefault:"http://localhost:28016" help:"scheme and host of the contour where Token users sign"`
	ClientID          string        `env:"BANK_CLIENT_ID" need:"yes" help:"client_id the bank gave the shop"`
	ClientSecret      string        `env:"BANK_CLIENT_SECRET" need:"yes" help:"client_secret; it lives 40 days at the bank. The shop keeps the one in force in its database; another word here than the last time is yours and wins"`
	SecretIssued      string        `env:"BANK_CLIENT_SECRET_ISSUED" unit:"YYYY-MM-DD" help:"the day the bank gave this secret; empty = its 40 days count from the day the shop first saw it"`
	RotateSecret      bool          `env:"BANK_ROTATE_SECRET" envDefault:"true" help:"change the secret at the bank on day 30 of 40. Set false when another system uses the same client: it would be locked out; then change it there or on /admin, which warns from day 35"`
	Scope             string        `env:"BANK_SCOPE" envDefault:"openid CREDIT_REQUEST GET_CREDIT_OFFERS PAY_DOC_RU_INVOICE_ANY buyOnCreditMmb creditLineAvailableSum hasActiveCreditLine orgLawFormShort userCryptoType aud iss inn sub orgFullName OrgName name email phone_number HashOrgId orgKpp" help:"operations and claims asked for, openid first; the list must be registered with the bank"`
	Issuers           string        `env:"BANK_ISSUERS" help:"accepted issuers of the bank's JWTs, separated by spaces; empty = any, because the bank documents none"`
	JWTCertFile       string        `env:"BANK_JWT_CERT_FILE" help:"path of a PEM file with what the bank signs its JWTs by: GOST certificates (the signer's, or its authority's), RSA certificates or public keys; with it every signature is checked, empty = none is, because the JWTs come over mutual TLS"`
	PKCE              bool          `env:"BANK_PKCE" envDefault:"true" help:"send PKCE (S256) at sign-in"`
	TLSP12            string        `env:"BANK_TLS_P12" help:"path of the client certificate (PKCS#12) from the bank; required when BANK_API_URL is https"`
	TLSP12Password    string        `env:"BANK_TLS_P12_PASSWORD" help:"password of that file"`
	CAFile            string        `env:"BANK_CA_FILE" help:"path of a PEM file with the certificate authorities of the bank's hosts; empty = those of the system"`
	MinInterval       time.Duration `env:"BANK_MIN_INTERVAL" envDefault:"0s" unit:"duration" help:"strict pace: any two calls to the bank this far apart; 0s = off"`
	APIRate           float64       `env:"BANK_API_RATE" envDefault:"5" unit:"requests per second" help:"calls to the bank of this process"`
	Timeout           time.Duration `env:"BANK_TIMEOUT" envDefault:"10s" unit:"duration" help:"how long one call to the bank may take"`
	SignPage          string        `env:"BANK_SIGN_PAGE" envDefault:"dcb" help:"which page of the bank signs a draft: dcb or rpp-light"`

	MerchantName        string `env:"MERCHANT_NAME" need:"yes" help:"name of the payee in payment documents"`
	MerchantINN         string `env:"MERCHANT_INN" need:"yes" help:"INN of the merchant; its employees may open /admin"`
	MerchantKPP         string `env:"MERCHANT_KPP" help:"KPP of the merchant; empty for a sole trader"`
	MerchantAccount     string `env:"MERCHANT_ACCOUNT" need:"yes" help:"account that receives the money, 20 digits"`
	MerchantBIC         string `env:"MERCHANT_BIC" need:"yes" help:"BIC of the bank of that account"`
	MerchantCorrAccount string `env:"MERCHANT_CORR_ACCOUNT" need:"yes" help:"correspondent account of that bank, 20 digits"`
}

// Setting is one line of the settings' documentation.
type Setting struct {
	Name, Default, Unit, Help string
	Required                  bool
}

// Settings lists all settings in the order of Config.
func Settings() []Setting {
	t := reflect.TypeFor[Config]()
	out := make([]Setting, 0, t.NumField())
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		out = append(out, Setting{Name: tag.Get("env"), Default: tag.Get("envDefault"), Unit: tag.Get("unit"),
			Help: tag.Get("help"), Required: tag.Get("need") != ""})
	}
	return out
}

// ConfigFromEnv reads the environment and checks everything; the error names every setting that is missing or wrong.
func ConfigFromEnv() (Config, error) {
	var c Config
	if err := parse(&c); err != nil {
		return Config{}, errors.Join(append([]error{err}, missing(c)...)...)
	}
	return c, c.Check()
}

// parse reads the environment; what cannot be read is told by the setting's name and the form it wants, not by the Go field.
func parse(c *Config) error {
	all, ok := errors.AsType[env.AggregateError](env.Parse(c))
	if !ok {
		return nil
	}
	var problems []error
	for _, err := range all.Errors {
		if p, ok := errors.AsType[env.ParseError](err); ok {
			if field, found := reflect.TypeFor[Config]().FieldByName(p.Name); found {
				err = fmt.Errorf("%s: want %s", field.Tag.Get("env"), wanted(p.Type))
			}
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

func wanted(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a duration like 10s or 500ms"
	case t.Kind() == reflect.Bool:
		return "true or false"
	}
	return "a number like 5"
}

// DatabaseConfigFromEnv reads what a command needs that never calls the bank: the database and the secret.
func DatabaseConfigFromEnv() (Config, error) {
	var c Config
	if err := parse(&c); err != nil {
		return Config{}, err
	}
	if _, err := c.secret(); err != nil {
		return Config{}, fmt.Errorf("SHOP_SECRET: %w", err)
	}
	if _, err := c.sealKeys(); err != nil {
		return Config{}, fmt.Errorf("SHOP_SEAL_KEYS: %w", err)
	}
	return c, nil
}

// secretIssued is the beginning of the day the bank gave the client secret; zero = not told.
func (c Config) secretIssued() (time.Time, error) {
	if c.SecretIssued == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, c.SecretIssued)
}

func (c Config) secret() ([]byte, error) {
	if c.Secret == "" {
		return nil, errors.New("missing: 32 random bytes in base64 (openssl rand -base64 32)")
	}
	return key32(c.Secret)
}

func (c Config) sealKeys() (keys [][]byte, err error) {
	for _, text := range strings.Fields(c.SealKeys) {
		key, err := key32(text)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func key32(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != 32 {
		return nil, errors.New("want 32 bytes in base64")
	}
	return raw, nil
}

// bankKeys reads BANK_JWT_CERT_FILE; nil without the setting.
func (c Config) bankKeys() (*sbid.BankKeys, error) {
	if c.JWTCertFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.JWTCertFile)
	if err != nil {
		return nil, err
	}
	keys, err := sbid.ParseBankKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.JWTCertFile, err)
	}
	return keys, nil
}

func (c Config) trustedProxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, f := range strings.Fields(c.TrustedProxies) {
		p, err := netip.ParsePrefix(f)
		if err != nil {
			return nil, fmt.Errorf("%q is not a network like 10.0.0.0/8", f)
		}
		out = append(out, p)
	}
	return out, nil
}

// WriteSettings explains every setting, for -h.
func WriteSettings(w *os.File) {
	for _, s := range Settings() {
		note := s.Default
		switch {
		case s.Required:
			note = "required"
		case note == "":
			note = "empty"
		}
		if s.Unit != "" {
			note += ", " + s.Unit
		}
		fmt.Fprintf(w, "  %s (%s)\n      %s\n", s.Name, note, s.Help)
	}
}
