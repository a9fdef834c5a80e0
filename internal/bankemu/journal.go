package bankemu

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// journalSize is how many last requests are kept.
const journalSize = 5000

// entry is one request as control shows it. Begin and End are places in one common order of events: two requests ran
// at the same time when each began before the other ended.
type entry struct {
	Begin    int       `json:"begin"`
	End      int       `json:"end"` // 0 = still running
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Method   string    `json:"method"`
	Path     string    `json:"path"`
	Query    string    `json:"query,omitempty"`
	Note     string    `json:"note,omitempty"` // grant_type of a token request
	Status   int       `json:"status"`         // 0 = closed without an answer
	Duration string    `json:"duration"`       //
}

type journal struct {
	now     func() time.Time
	mu      sync.Mutex
	events  int
	entries []*entry
}

func newJournal(now func() time.Time) *journal { return &journal{now: now} }

type entryKey struct{}

// annotate adds a word to the current request's entry.
func annotate(r *http.Request, note string) {
	if e, ok := r.Context().Value(entryKey{}).(func(string)); ok {
		e(note)
	}
}

// begin opens an entry; done closes it, also when the handler aborts the connection.
func (j *journal) begin(r *http.Request, w http.ResponseWriter) (*http.Request, http.ResponseWriter, func()) {
	if strings.HasPrefix(r.URL.Path, "/emu/static/") {
		return r, w, func() {}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events++
	e := &entry{Begin: j.events, Started: j.now().UTC(), Method: r.Method, Path: r.URL.Path, Query: maskQuery(r.URL.Query())}
	j.entries = append(j.entries, e)
	if len(j.entries) > 2*journalSize {
		j.entries = append([]*entry(nil), j.entries[len(j.entries)-journalSize:]...)
	}
	note := func(s string) {
		j.mu.Lock()
		defer j.mu.Unlock()
		e.Note = s
	}
	// An entry ends when its answer begins: the caller must not be able to start the next call before that.
	end := func(status int) {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.events++
		e.End, e.Ended, e.Status = j.events, j.now().UTC(), status
		e.Duration = e.Ended.Sub(e.Started).String()
	}
	sw := &statusWriter{ResponseWriter: w, first: end}
	return r.WithContext(context.WithValue(r.Context(), entryKey{}, note)), sw, func() {
		if sw.status == 0 {
			end(0)
		}
	}
}

func (j *journal) list() []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	last := j.entries[max(0, len(j.entries)-journalSize):]
	out := make([]entry, 0, len(last))
	for _, e := range last {
		out = append(out, *e)
	}
	return out
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

var reAnyUUID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// summary counts requests by method and path, ids replaced by {id}, the kind of a token request added.
func summary(entries []entry) map[string]int {
	out := map[string]int{}
	for _, e := range entries {
		key := e.Method + " " + reAnyUUID.ReplaceAllString(e.Path, "{id}")
		if e.Note != "" {
			key += " " + e.Note
		}
		out[key]++
	}
	return out
}

// shown are query parameters that are no secret; the values of all others are masked.
var shown = map[string]bool{"clientID": true, "clientId": true, "client_id": true, "lawForm": true, "scope": true, "response_type": true,
	"prompt": true, "code_challenge_method": true, "grant_type": true, "redirect_uri": true}

func maskQuery(q url.Values) string {
	for k := range q {
		if !shown[k] {
			q[k] = []string{"***"}
		}
	}
	return q.Encode()
}

// statusWriter remembers the status and tells it once, before anything is sent.
type statusWriter struct {
	http.ResponseWriter
	status int
	first  func(status int)
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		if w.first != nil {
			w.first(status)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

func (b *Bank) controlRequests(w http.ResponseWriter, _ *http.Request) {
	entries := b.journal.list()
	jsonReply(http.StatusOK, map[string]any{"requests": entries, "summary": summary(entries)}).write(w)
}

func (b *Bank) controlClearRequests(w http.ResponseWriter, _ *http.Request) {
	b.journal.clear()
	reply{status: http.StatusNoContent}.write(w)
}
