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

	companies, employers map[string]*Company // into scenario, by company and by person

	issued
	sessions    map[string]*session // browser sessions, by cookie value
	sessionEnds expiry
	blocked     map[string]bool // clients that the bank has shut out, by id

	payments map[string]*payment
	requests map[string]*creditRequest
	waiting  map[string][]*payment // картотека 2 by company, oldest first
	desk     map[string][]string   // external ids by the company that signs them, in order of arrival
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
	st := state{
		step: cfg.Step, scenario: cfg.Scenario.clone(), companies: map[string]*Company{}, employers: map[string]*Company{},
		settings: settings{lives: defaultLives(), traffic: traffic{Record: recordBodies}, StatementWaits: 1, jwtSettings: jwtSettings{"cms"}},
		issued:   newIssued(cfg), sessions: map[string]*session{}, blocked: map[string]bool{},
		payments: map[string]*payment{}, requests: map[string]*creditRequest{},
		waiting: map[string][]*payment{}, desk: map[string][]string{}, number: 100,
		payrolls:   newPayrolls(),
		statements: newStatements(cfg.Scenario), webhooks: newWebhooks(cfg.Clients),
	}
	st.plan(st.scenario.Faults, "")
	for i := range st.scenario.Companies {
		co := &st.scenario.Companies[i]
		st.companies[co.ID] = co
		for _, p := range co.People {
			st.employers[p.ID] = co
		}
		st.plan(co.Faults, co.ID)
	}
	return st
}

// plan installs the faults of a scenario; those of a company are of its tokens only.
func (st *state) plan(faults []fault, company string) {
	for _, f := range faults {
		st.faultSeq++
		f.ID, f.Hits, f.Company = st.faultSeq, 0, or(company, f.Company)
		st.faults = append(st.faults, &f)
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

func (b *Bank) company(id string) *Company { return b.st.companies[id] }

func (b *Bank) findPerson(id string) (*Company, *Person) {
	co := b.st.employers[id]
	if co == nil {
		return nil, nil
	}
	return co, co.person(id)
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
