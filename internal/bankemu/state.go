package bankemu

import (
	"crypto/rand"
	"time"
)

// state is everything the bank remembers. Guarded by Bank.mu.
type state struct {
	offset   time.Duration // the bank's clock minus the wall clock
	step     time.Duration
	settings settings
	scenario Scenario

	issued
	sessions    map[string]*session // browser sessions, by cookie value
	sessionEnds expiry
	blocked     map[string]bool // clients that the bank has shut out, by id

	payments map[string]*payment
	requests map[string]*creditRequest
	waiting  map[string][]*payment // картотека 2 by company, oldest first
	order    []string              // external ids in order of arrival
	number   int                   // last payment order number given out by the bank
	payrolls payrolls
	faults   []*fault
	faultSeq int
	pace     pace

	statements statements
	webhooks   webhooks
}

// settings are the bank's modes, changed by control.
type settings struct {
	WrapOffers  bool   `json:"wrapOffers"`  // credit-offers answers {"creditOffers":[…]} instead of an array
	TestContour bool   `json:"testContour"` // IMPLEMENTED never comes; one host serves SMS and Token users
	SignPage    string `json:"signPage"`    // "": both page addresses work; "dcb" or "rpp-light": only that one
	Documented  bool   `json:"documented"`  // fields are held to the documents' printed patterns wherever these can be literal; false = by meaning
	EchoNonce   bool   `json:"echoNonce"`   // authorize returns the nonce on the redirect too
	lives
	traffic // pace and recording, see pace.go
	payrollSettings
	jwtSettings

	StatementWaits int  `json:"statementWaits"` // how many first asks of an account's day are answered 202
	WebhookTwice   bool `json:"webhookTwice"`   // every webhook is sent twice
	WebhookReverse bool `json:"webhookReverse"` // of what is due together, the newest is sent first
}

// session is a person signed in to the bank in a browser. It ends with its access token's life (60 minutes).
type session struct {
	site    string
	company string
	person  string
	until   time.Time
}

func newState(cfg Config) state {
	return state{
		step: cfg.Step, scenario: cfg.Scenario.clone(), settings: settings{lives: defaultLives(), traffic: traffic{Record: recordBodies}, StatementWaits: 1, jwtSettings: jwtSettings{"cms"}},
		issued: newIssued(cfg), sessions: map[string]*session{}, blocked: map[string]bool{},
		payments: map[string]*payment{}, requests: map[string]*creditRequest{},
		waiting: map[string][]*payment{}, number: 100,
		payrolls:   newPayrolls(),
		statements: newStatements(cfg.Scenario), webhooks: newWebhooks(cfg.Clients),
	}
}

// reset brings the scenario, documents, clock, settings and faults back. Issued tokens, client secrets and signed offers
// survive unless asked, because the shop holds its half of them and would otherwise have to be connected again.
func (b *Bank) reset(tokens bool) {
	fresh := newState(b.cfg)
	if !tokens {
		fresh.issued = b.st.issued
	}
	b.st = fresh
	b.journal.setRecording(fresh.settings.Record)
}

func (b *Bank) company(id string) *Company {
	for i := range b.st.scenario.Companies {
		if c := &b.st.scenario.Companies[i]; c.ID == id {
			return c
		}
	}
	return nil
}

func (b *Bank) findPerson(id string) (*Company, *Person) {
	for i := range b.st.scenario.Companies {
		c := &b.st.scenario.Companies[i]
		if p := c.person(id); p != nil {
			return c, p
		}
	}
	return nil, nil
}

const alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// newSecret gives 38 unguessable letters and digits, the documented form of codes and tokens.
func newSecret() string {
	buf := make([]byte, 0, 38)
	var chunk [64]byte
	for len(buf) < 38 {
		rand.Read(chunk[:])
		for _, c := range chunk {
			if c < 248 && len(buf) < 38 { // 248 = 4 × 62: no letter is likelier than another
				buf = append(buf, alnum[c%62])
			}
		}
	}
	return string(buf)
}

// moscow is the bank's business day. Fixed offset: no time zone database is needed and Moscow has no summer time.
var moscow = time.FixedZone("MSK", 3*60*60)

const day = "2006-01-02"

// endOfDay is the last moment of a YYYY-MM-DD date in Moscow.
func endOfDay(date string) (time.Time, bool) {
	t, err := time.ParseInLocation(day, date, moscow)
	if err != nil {
		return time.Time{}, false
	}
	return t.AddDate(0, 0, 1).Add(-time.Nanosecond), true
}
