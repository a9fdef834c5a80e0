package bankemu

import "time"

// deadKept is how long something stays visible in control after its end, by the wall clock.
const deadKept = time.Hour

// issued is everything the bank gave out to partners. It survives a plain reset: the shop holds the other half in its
// database. Nothing of it is walked through while a request is served.
type issued struct {
	codes    map[string]*authCode
	access   map[string]*accessToken
	refresh  map[string]*refreshToken
	secrets  map[string]*clientSecret // by client id
	consents map[consentKey]*consent

	codeEnds, accessEnds, refreshEnds, reserveEnds expiry
}

func newIssued(cfg Config) issued {
	given := issued{codes: map[string]*authCode{}, access: map[string]*accessToken{}, refresh: map[string]*refreshToken{},
		secrets: map[string]*clientSecret{}, consents: map[consentKey]*consent{}}
	for _, c := range cfg.Clients {
		given.secrets[c.ID] = &clientSecret{value: c.Secret, set: cfg.Now().UTC()}
	}
	return given
}

// forgetDead drops what ended long ago. Ends are counted by the wall clock: when a test moves the bank's clock a year
// ahead and back, everything must still be there.
func (g *issued) forgetDead(wall time.Time) {
	g.codeEnds.pop(wall, func(v string) { delete(g.codes, v) })
	g.accessEnds.pop(wall, func(v string) { delete(g.access, v) })
	g.refreshEnds.pop(wall, func(v string) { delete(g.refresh, v) })
	g.reserveEnds.pop(wall, func(v string) { delete(g.refresh, v) })
}

func (g *issued) addCode(value string, c *authCode, wall time.Time) {
	g.forgetDead(wall)
	g.codes[value] = c
	// A code that is spent twice takes back its tokens: it is remembered as long as they may live without a refresh.
	g.codeEnds.push(value, wall.Add(accessLife+deadKept))
}

func (g *issued) addPair(access string, a *accessToken, refresh string, r *refreshToken, wall time.Time) {
	g.forgetDead(wall)
	g.access[access], g.refresh[refresh] = a, r
	g.accessEnds.push(access, wall.Add(accessLife+deadKept))
	g.refreshEnds.push(refresh, wall.Add(refreshLife+deadKept))
}

// expiry is a queue of values in the order of their ends: all of one queue live equally long.
type expiry []struct {
	value string
	end   time.Time
}

func (q *expiry) push(value string, end time.Time) {
	*q = append(*q, struct {
		value string
		end   time.Time
	}{value, end})
}

func (q *expiry) pop(now time.Time, drop func(string)) {
	for len(*q) > 0 && !now.Before((*q)[0].end) {
		drop((*q)[0].value)
		*q = (*q)[1:]
	}
}
