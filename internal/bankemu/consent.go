package bankemu

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

// consent is the offer (оферта) that a company signed for one partner at its first sign-in: what the partner may do and
// which accounts are open to it.
type consent struct {
	person   string // who signed it
	scope    []string
	accounts []string // numbers that were ticked
	signed   time.Time
	until    time.Time
	taken    time.Time // withdrawn by the company; zero = not
}

type consentKey struct{ client, company string }

func (k *consent) alive(now time.Time) bool {
	return k != nil && k.taken.IsZero() && now.Before(k.until)
}

// covers says whether a sign-in with this scope needs no new offer.
func (k *consent) covers(scope []string, now time.Time) bool {
	return k.alive(now) && !slices.ContainsFunc(scope, func(name string) bool { return !slices.Contains(k.scope, name) })
}

func (k *consent) state(now time.Time) string {
	switch {
	case !k.taken.IsZero():
		return "withdrawn"
	case !now.Before(k.until):
		return "expired"
	}
	return "active"
}

// consentOf is the offer behind a sign-in; nil when there is none any more.
func (b *Bank) consentOf(g *grant) *consent { return b.st.consents[consentKey{g.client, g.company}] }

// consented says whether the company has opened this account to the partner: a call that uses another account is
// refused. The caller holds b.mu.
func (b *Bank) consented(g *grant, account string) bool {
	k := b.consentOf(g)
	return k.alive(b.now()) && slices.Contains(k.accounts, account)
}

// offerOver is the answer of all fintech calls when the offer has expired or was withdrawn; nil while it holds.
func (b *Bank) offerOver(g *grant, now time.Time) *reply {
	if b.consentOf(g).alive(now) {
		return nil
	}
	r := fail(http.StatusForbidden, "ACCESS_EXCEPTION", "Срок действия оферты истёк или она отозвана: клиенту нужно войти по СберБизнес ID заново")
	return &r
}

// agree remembers the signed offer. Without an account field of the form all accounts are open but those that
// the scenario hides: the page has one tick box for each. An offer that holds and covers the request is not signed again, unless the service asks for it.
func (b *Bank) agree(a *authRequest, co *Company, person string, form url.Values, now time.Time) {
	key := consentKey{a.client.ID, co.ID}
	old := b.st.consents[key]
	if a.prompt != "consent" && old.covers(a.scope, now) {
		return
	}
	next := &consent{person: person, scope: a.scope, signed: now, until: now.Add(time.Duration(b.st.settings.ConsentLife))}
	if old.alive(now) {
		next.scope = unique(append(slices.Clone(old.scope), a.scope...))
	}
	all := !form.Has("account") && !form.Has("accounts")
	for _, acc := range co.Accounts {
		if all && !acc.Hidden || slices.Contains(form["account"], acc.Number) {
			next.accounts = append(next.accounts, acc.Number)
		}
	}
	b.st.consents[key] = next
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// offerView is the offer of one company on the sign-in page.
type offerView struct {
	Asked    bool   // it is to be signed now
	Until    string // the end of one that holds
	Accounts []offerAccount
}

type offerAccount struct {
	Number  string
	Checked bool
}

func (b *Bank) offerView(a *authRequest, co *Company, now time.Time) offerView {
	k := b.st.consents[consentKey{a.client.ID, co.ID}]
	v := offerView{Asked: a.prompt == "consent" || !k.covers(a.scope, now)}
	if k.alive(now) {
		v.Until = k.until.In(moscow).Format("02.01.2006")
	}
	for _, acc := range co.Accounts {
		v.Accounts = append(v.Accounts, offerAccount{acc.Number, k == nil && !acc.Hidden || k != nil && slices.Contains(k.accounts, acc.Number)})
	}
	return v
}
