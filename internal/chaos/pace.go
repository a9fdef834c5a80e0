package chaos

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// paceLog sees every call at the bank's door, by the wall's clock, because the bank's pace is in real seconds.
type paceLog struct {
	mu    sync.Mutex
	seen  map[string][]time.Time
	calls int
	born  []time.Time // starts of processes: each begins without knowing whom its forerunner asked

	refreshing map[string]int // refreshes under way, by refresh token
	races      int            // refreshes of a token that somebody else was refreshing
}

func newPaceLog() *paceLog {
	return &paceLog{seen: map[string][]time.Time{}, refreshing: map[string]int{}}
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
		l.races++
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

// repeatPause is the bank's «> 2 s» between repeats of one call, less what a loaded machine loses between start and door.
const repeatPause = 1700 * time.Millisecond

func (l *paceLog) birth() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.born = append(l.born, time.Now())
}

// hurried counts questions about one document that came sooner than the pace allows a number of processes, and those
// that began within the pause.
func (l *paceLog) hurried(processes int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, times := range l.seen {
		slices.SortFunc(times, time.Time.Compare)
		for i := processes; i < len(times); i++ {
			began := 0
			for _, b := range l.born {
				if b.Before(times[i]) && times[i].Sub(b) < repeatPause {
					began++
				}
			}
			if first := i - processes - began; first >= 0 && times[i].Sub(times[first]) < repeatPause {
				n++
			}
		}
	}
	return n
}
