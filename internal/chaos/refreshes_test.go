package chaos

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The bank repeats a lost answer of a refresh for reserve. A shop that runs owes the bank a repeat in every owed: two
// minutes of patience, half a minute between two looks, and as long again.
const (
	reserve = time.Hour
	owed    = 5 * time.Minute
)

// refreshes sees at the bank's door what became of every refresh token, and when the shop was up.
type refreshes struct {
	mu     sync.Mutex
	tokens map[string]*spent
	parent map[string]string // a refresh token, and the one that it was given for
	ups    []time.Time       // the shop was up from [0] to [1], from [2] to [3] …
}

// spent is a refresh token that was presented.
type spent struct {
	first    time.Time // the bank executed a refresh with it, as far as the door can see
	asked    []time.Time
	followed bool // a token that was given for it was presented: the answer arrived
	refused  bool // invalid_grant
}

func newRefreshes() *refreshes {
	return &refreshes{tokens: map[string]*spent{}, parent: map[string]string{}}
}

// shop notes that the shop goes up or down.
func (l *refreshes) shop(up bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if isUp := len(l.ups)%2 == 1; up != isUp {
		l.ups = append(l.ups, time.Now())
	}
}

// heard keeps what a handler answered.
type heard struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (h *heard) WriteHeader(status int) {
	h.status = status
	h.ResponseWriter.WriteHeader(status)
}

func (h *heard) Write(p []byte) (int, error) {
	h.body.Write(p)
	return h.ResponseWriter.Write(p)
}

func (h *heard) Unwrap() http.ResponseWriter { return h.ResponseWriter }

func (l *refreshes) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/ic/sso/api/v2/oauth/token" {
			next.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, _ := url.ParseQuery(string(body))
		at, h := time.Now(), &heard{ResponseWriter: w, status: http.StatusOK}
		defer func() { l.note(form.Get("refresh_token"), at, h) }() // also when the answer is cut off
		next.ServeHTTP(h, r)
	})
}

func (l *refreshes) note(token string, at time.Time, h *heard) {
	if token == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tokens[token]
	if t == nil {
		t = &spent{}
		l.tokens[token] = t
	}
	t.asked = append(t.asked, at)
	if p := l.tokens[l.parent[token]]; p != nil {
		p.followed = true
	}
	var answer struct {
		Refresh string `json:"refresh_token"`
		Error   string `json:"error"`
	}
	_ = json.Unmarshal(h.body.Bytes(), &answer)
	switch {
	case answer.Error == "invalid_grant":
		t.refused = true
	case h.status == http.StatusOK:
		if t.first.IsZero() {
			t.first = at
		}
		l.parent[answer.Refresh] = token
	}
}

// excused counts the sign-ins that no shop could have kept: the answer was lost, and in the hour after it the shop was
// not up for long, or asked again as often as it owed and was not answered once. Anything else is I10.
func (l *refreshes) excused() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.tokens {
		if t.refused && !t.followed && !t.first.IsZero() && l.didAllItCould(t) {
			n++
		}
	}
	return n
}

func (l *refreshes) didAllItCould(t *spent) bool {
	end := t.first.Add(reserve)
	for i := 0; i < len(l.ups); i += 2 {
		from, to := l.ups[i], end
		if from.Before(t.first) {
			from = t.first
		}
		if i+1 < len(l.ups) && l.ups[i+1].Before(end) {
			to = l.ups[i+1]
		}
		repeats := 0
		for _, at := range t.asked {
			if at.After(from) && at.Before(to) {
				repeats++
			}
		}
		if repeats < int(to.Sub(from)/owed) {
			return false
		}
	}
	return true
}

// The excuse is no wider than it says.
func TestSignInsAreExcusedByProofOnly(t *testing.T) {
	type call struct {
		after time.Duration
		token string
		body  string
	}
	lost, refusal := "", `{"error":"invalid_grant"}`
	for name, c := range map[string]struct {
		calls []call
		down  [2]time.Duration // the shop was
		want  int
	}{
		"nobody asked for an hour": {[]call{{0, "a", lost}, {61 * time.Minute, "a", refusal}}, [2]time.Duration{90 * time.Minute, 91 * time.Minute}, 0},
		"down the whole hour":      {[]call{{0, "a", lost}, {70 * time.Minute, "a", refusal}}, [2]time.Duration{time.Minute, 65 * time.Minute}, 1},
		"up again in time":         {[]call{{0, "a", lost}, {70 * time.Minute, "a", refusal}}, [2]time.Duration{time.Minute, 54 * time.Minute}, 0},
		"up, but only for moments": {[]call{{0, "a", lost}, {70 * time.Minute, "a", refusal}}, [2]time.Duration{4 * time.Minute, 56 * time.Minute}, 1},
		"up long enough before":    {[]call{{0, "a", lost}, {70 * time.Minute, "a", refusal}}, [2]time.Duration{6 * time.Minute, 66 * time.Minute}, 0},
		"asked again, unanswered":  {[]call{{0, "a", lost}, {3 * time.Minute, "a", lost}, {70 * time.Minute, "a", refusal}}, [2]time.Duration{6 * time.Minute, 66 * time.Minute}, 1},
		"the answer had arrived": {[]call{{0, "a", `{"refresh_token":"b"}`}, {2 * time.Minute, "b", lost}, {70 * time.Minute, "a", refusal}},
			[2]time.Duration{3 * time.Minute, 69 * time.Minute}, 0},
		"never executed": {[]call{{0, "a", refusal}}, [2]time.Duration{time.Minute, 65 * time.Minute}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, l := time.Now(), newRefreshes()
				l.shop(true)
				wait := func(until time.Duration) { time.Sleep(time.Until(began.Add(until))) }
				go func() {
					wait(c.down[0])
					l.shop(false)
					wait(c.down[1])
					l.shop(true)
				}()
				for _, call := range c.calls {
					wait(call.after)
					h := &heard{status: http.StatusOK}
					h.body.WriteString(call.body)
					l.note(call.token, time.Now(), h)
				}
				wait(3 * time.Hour)
				if got := l.excused(); got != c.want {
					t.Errorf("%d are excused, want %d", got, c.want)
				}
			})
		})
	}
}
