package chaos

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// bankPause is the bank's «> 2 s» between repeats of one call. A loaded machine may take long from a call's start to the
// bank's door, so real processes are only asked for half of it; virtual time knows no load and asks for all.
const bankPause = 2 * time.Second

// paceLog sees every call at the bank's door, by the wall's clock, because the bank's pace is in real seconds.
type paceLog struct {
	pause time.Duration

	mu    sync.Mutex
	seen  map[string][]time.Time
	calls int
	born  []time.Time // starts of processes: each begins without knowing whom its forerunner asked

	refreshing map[string]int // refreshes under way, by refresh token
	races      []string       // tokens that two refreshed at a time, as a hash
}

func newPaceLog(pause time.Duration) *paceLog {
	return &paceLog{pause: pause, seen: map[string][]time.Time{}, refreshing: map[string]int{}}
}

func (l *paceLog) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at, status := time.Now(), &statusOf{ResponseWriter: w}
		if strings.HasSuffix(r.URL.Path, "/oauth/token") {
			defer l.refresh(r)()
		}
		defer func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.calls++
			// A refused token is refreshed and the same question repeated at once: that is no hurry.
			if strings.HasSuffix(r.URL.Path, "/state") && status.code != http.StatusUnauthorized {
				l.seen[r.URL.Path] = append(l.seen[r.URL.Path], at)
			}
		}()
		next.ServeHTTP(status, r)
	})
}

// refresh sees refreshes of one token that overlap: there must be one at a time, in all processes.
func (l *paceLog) refresh(r *http.Request) (done func()) {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	token := form.Get("refresh_token")
	if err != nil || token == "" {
		return func() {}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refreshing[token]++; l.refreshing[token] > 1 {
		l.races = append(l.races, fmt.Sprintf("%.4x", sha256.Sum256([]byte(token))))
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.refreshing[token]--
	}
}

type statusOf struct {
	http.ResponseWriter
	code int
}

func (s *statusOf) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

func (l *paceLog) birth() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.born = append(l.born, time.Now())
}

// hurried are the documents about which questions came sooner than the pace allows a number of processes, and those
// that began within the pause.
func (l *paceLog) hurried(processes int) (all []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for path, times := range l.seen {
		slices.SortFunc(times, time.Time.Compare)
		for i := processes; i < len(times); i++ {
			began := 0
			for _, b := range l.born {
				if b.Before(times[i]) && times[i].Sub(b) < l.pause {
					began++
				}
			}
			if first := i - processes - began; first >= 0 && times[i].Sub(times[first]) < l.pause {
				all = append(all, fmt.Sprintf("%s, %s after the one before", path, times[i].Sub(times[first])))
				break
			}
		}
	}
	slices.Sort(all)
	return all
}

// raced are the tokens that were refreshed by two at a time.
func (l *paceLog) raced() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.races)
}
