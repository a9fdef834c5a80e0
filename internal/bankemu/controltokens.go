package bankemu

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// tokenRow is one thing the bank gave out, as GET /api/tokens shows it. The value is masked.
type tokenRow struct {
	Kind        string     `json:"kind"`            // code, access, refresh, secret, consent or session
	Value       string     `json:"value,omitempty"` // first four characters; none for a consent
	Client      string     `json:"client,omitempty"`
	Company     string     `json:"company,omitempty"`
	Person      string     `json:"person,omitempty"`
	State       string     `json:"state"`
	Issued      time.Time  `json:"issued"`
	Expires     *time.Time `json:"expires"` // null = never
	Used        *time.Time `json:"used,omitempty"`
	ReplayUntil *time.Time `json:"replayUntil,omitempty"` // a refresh token in reserve may be repeated until then
	Scope       []string   `json:"scope,omitempty"`
	Accounts    []string   `json:"accounts,omitempty"` // opened in the offer
}

func mask(value string) string {
	return value[:min(4, len(value))] + "…"
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (g *grant) row(kind, value, state string, issued, expires time.Time) tokenRow {
	return tokenRow{Kind: kind, Value: mask(value), Client: g.client, Company: g.company, Person: g.person, State: state,
		Issued: issued, Expires: moment(expires), Scope: g.scope}
}

// tokenRows is everything that was given out and is not long dead, newest first.
func (b *Bank) tokenRows(now time.Time) []tokenRow {
	var rows []tokenRow
	for value, k := range b.st.codes {
		row := k.grant.row("code", value, k.state(now), k.issued, k.issued.Add(codeLife))
		row.Used = moment(k.used)
		rows = append(rows, row)
	}
	for value, t := range b.st.access {
		rows = append(rows, t.grant.row("access", value, t.state(now), t.issued, t.until))
	}
	for value, t := range b.st.refresh {
		row := t.grant.row("refresh", value, t.state(now), t.issued, t.end())
		if row.Used = moment(t.used); row.Used != nil {
			row.ReplayUntil = moment(t.used.Add(replayWindow))
		}
		rows = append(rows, row)
	}
	for key, k := range b.st.consents {
		rows = append(rows, k.row(key, now))
	}
	rows = append(rows, b.secretRows(now)...)
	for value, s := range b.st.sessions {
		state := "active"
		if !now.Before(s.until) {
			state = "expired"
		}
		rows = append(rows, tokenRow{Kind: "session", Value: mask(value), Company: s.company, Person: s.person, State: state,
			Issued: s.until.Add(-accessLife), Expires: moment(s.until)})
	}
	slices.SortFunc(rows, func(x, y tokenRow) int {
		return cmp.Or(y.Issued.Compare(x.Issued), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Value, y.Value), cmp.Compare(x.Company, y.Company))
	})
	return rows
}

func (t *accessToken) state(now time.Time) string {
	switch {
	case t.revoked || t.grant.revoked:
		return "revoked"
	case !now.Before(t.until):
		return "expired"
	}
	return "active"
}

// end is when the token cannot be used or repeated any more, unless it is revoked before.
func (t *refreshToken) end() time.Time {
	end := t.issued.Add(refreshLife)
	if !t.used.IsZero() && t.used.Add(reserveLife).Before(end) {
		end = t.used.Add(reserveLife)
	}
	return end
}

func (k *consent) row(key consentKey, now time.Time) tokenRow {
	return tokenRow{Kind: "consent", Client: key.client, Company: key.company, Person: k.person, State: k.state(now),
		Issued: k.signed, Expires: moment(k.until), Scope: k.scope, Accounts: k.accounts}
}

func (b *Bank) secretRows(now time.Time) []tokenRow {
	var rows []tokenRow
	for client, s := range b.st.secrets {
		row := tokenRow{Kind: "secret", Value: mask(s.value), Client: client, State: "active", Issued: s.set}
		if end, ok := b.st.settings.secretEnd(s.set); ok {
			row.Expires = &end
		}
		switch {
		case b.st.blocked[client]:
			row.State = "blocked"
		case b.st.settings.secretExpired(s.set, now):
			row.State = "expired"
		}
		rows = append(rows, row)
		if s.old == nil {
			continue
		}
		old := tokenRow{Kind: "secret", Value: mask(s.old.value), Client: client, State: "replaced", Issued: s.old.set, Expires: moment(s.old.until), Used: moment(s.set)}
		if now.Before(s.old.until) {
			old.State = "overlap"
		}
		rows = append(rows, old)
	}
	return rows
}

// maxTokenRows is the longest list that control answers unless asked for more.
const maxTokenRows = 1000

// controlTokens lists what was given out. The query may name kind, client, company, person and state, and a limit.
func (b *Bank) controlTokens(c *call) reply {
	q := c.r.URL.Query()
	limit := maxTokenRows
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return controlError(http.StatusBadRequest, fmt.Errorf("limit must be a number from 1"))
		}
		limit = n
	}
	rows := slices.DeleteFunc(b.tokenRows(c.now), func(row tokenRow) bool {
		for name, value := range map[string]string{"kind": row.Kind, "client": row.Client, "company": row.Company, "person": row.Person, "state": row.State} {
			if q.Has(name) && q.Get(name) != value {
				return true
			}
		}
		return false
	})
	total := len(rows)
	if rows == nil {
		rows = []tokenRow{}
	}
	return jsonReply(http.StatusOK, map[string]any{"total": total, "tokens": rows[:min(limit, total)]})
}

// controlClient blocks a client or lets it work again.
func (b *Bank) controlClient(c *call) reply {
	id := c.r.PathValue("id")
	if _, ok := b.clients[id]; !ok {
		return controlError(http.StatusNotFound, errors.New("no such client"))
	}
	var in struct {
		Blocked *bool `json:"blocked"`
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	if in.Blocked != nil {
		b.st.blocked[id] = *in.Blocked
	}
	return jsonReply(http.StatusOK, map[string]any{"id": id, "blocked": b.st.blocked[id]})
}

// controlConsent is a company changing its mind at the bank: PUT sets the accounts that are open, DELETE withdraws the
// offer. It concerns the company's offers to all partners.
func (b *Bank) controlConsent(c *call) reply {
	co := b.company(c.r.PathValue("company"))
	if co == nil {
		return controlError(http.StatusNotFound, errors.New("no such company"))
	}
	var in struct {
		Accounts []string `json:"accounts"`
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	for _, number := range in.Accounts {
		if co.account(number) == nil {
			return controlError(http.StatusBadRequest, errors.New("accounts: not an account of the company"))
		}
	}
	rows := []tokenRow{}
	for key, k := range b.st.consents {
		if key.company != co.ID {
			continue
		}
		if c.r.Method == http.MethodDelete {
			k.taken = c.now
		} else {
			k.accounts = in.Accounts
		}
		rows = append(rows, k.row(key, c.now))
	}
	return jsonReply(http.StatusOK, map[string]any{"tokens": rows})
}
