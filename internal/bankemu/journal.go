package bankemu

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// What the journal keeps: the last requests, headers and bodies of the last of those, and the beginning of each body.
const (
	journalSize   = 5000
	journalBodies = 1000
	journalBody   = 16 << 10
)

// entry is one request as control shows it. Begin and End are places in one common order of events: two requests ran
// at the same time when each began before the other ended. Begin is also the entry's number.
type entry struct {
	Begin    int       `json:"begin"`
	End      int       `json:"end"` // 0 = still running
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Method   string    `json:"method"`
	Path     string    `json:"path"`
	Query    string    `json:"query,omitempty"`   // raw inside, secrets are masked when it is shown
	Note     string    `json:"note,omitempty"`    // grant_type of a token request
	Company  string    `json:"company,omitempty"` // whose token, code or session the request carried
	Status   int       `json:"status"`            // 0 = closed without an answer
	Duration string    `json:"duration"`          //

	record *exchange // nil = not kept, or not any more
}

// exchange is what went over the wire, as it was; whatever leaves the journal is masked first.
type exchange struct {
	host           string
	tls            bool
	header, answer http.Header
	request, reply []byte
	cut, replyCut  bool // the body was longer than journalBody
}

// journal is a ring: what it costs does not depend on how much it keeps.
type journal struct {
	now    func() time.Time
	mu     sync.Mutex
	events int
	bodies bool
	ring   []*entry
	next   int // place of the next entry in ring
}

func newJournal(now func() time.Time) *journal {
	return &journal{now: now, bodies: true, ring: make([]*entry, journalSize)}
}

func (j *journal) setRecording(mode string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.bodies = mode != recordNone
}

type entryKey struct{}

// running is a request whose answer has not begun: the entry, its journal, and the answer on its way.
type running struct {
	http.ResponseWriter
	j      *journal
	e      *entry
	status int
}

// annotate adds a word to the current request's entry.
func annotate(r *http.Request, note string) {
	if run, ok := r.Context().Value(entryKey{}).(*running); ok {
		run.j.mu.Lock()
		defer run.j.mu.Unlock()
		run.e.Note = note
	}
}

// begin opens an entry; done closes it, also when the handler aborts the connection.
func (j *journal) begin(r *http.Request, w http.ResponseWriter) (*http.Request, http.ResponseWriter, func()) {
	if strings.HasPrefix(r.URL.Path, "/emu/static/") {
		return r, w, func() {}
	}
	e := &entry{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery}
	run := &running{ResponseWriter: w, j: j, e: e}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events++
	e.Begin, e.Started = j.events, j.now().UTC()
	if j.bodies {
		e.record = &exchange{host: r.Host, tls: r.TLS != nil, header: r.Header}
	}
	if old := j.ring[(j.next+journalSize-journalBodies)%journalSize]; old != nil {
		old.record = nil
	}
	j.ring[j.next] = e
	j.next = (j.next + 1) % journalSize
	return r.WithContext(context.WithValue(r.Context(), entryKey{}, run)), run, func() {
		if run.status == 0 {
			run.end(0)
		}
	}
}

// heard adds what the request brought to its entry.
func (j *journal) heard(r *http.Request, body []byte, company string) {
	run, ok := r.Context().Value(entryKey{}).(*running)
	if !ok {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	run.e.Company = company
	if x := run.e.record; x != nil {
		x.request, x.cut = beginning(body)
	}
}

// beginning does not hold on to a long body.
func beginning(body []byte) ([]byte, bool) {
	if len(body) > journalBody {
		return slices.Clone(body[:journalBody]), true
	}
	return body, false
}

// end closes the entry. An entry ends when its answer begins: the caller must not be able to start the next call before.
func (run *running) end(status int) {
	run.j.mu.Lock()
	defer run.j.mu.Unlock()
	run.status = status
	run.j.events++
	e := run.e
	e.End, e.Ended, e.Status = run.j.events, run.j.now().UTC(), status
	e.Duration = e.Ended.Sub(e.Started).String()
	if e.record != nil && status != 0 {
		e.record.answer = run.Header().Clone()
	}
}

func (run *running) WriteHeader(status int) {
	if run.status == 0 {
		run.end(status)
	}
	run.ResponseWriter.WriteHeader(status)
}

func (run *running) Write(p []byte) (int, error) {
	if run.status == 0 {
		run.WriteHeader(http.StatusOK)
	}
	run.keep(p)
	return run.ResponseWriter.Write(p)
}

func (run *running) keep(p []byte) {
	run.j.mu.Lock()
	defer run.j.mu.Unlock()
	x := run.e.record
	if x == nil {
		return
	}
	room := journalBody - len(x.reply)
	if len(p) > room {
		p, x.replyCut = p[:room], true
	}
	x.reply = append(x.reply, p...)
}

// filter says which entries to show. The zero value shows all.
type filter struct {
	path   string // as in a fault
	status int    // 0 = any; -1 = closed without an answer
	since  int    // only entries with a greater number
	limit  int    // the last so many; 0 = all
}

func (f filter) shows(e *entry) bool {
	return e.Begin > f.since && (f.path == "" || pathMatches(f.path, e.Path)) &&
		(f.status == 0 || f.status == e.Status || f.status < 0 && e.End > 0 && e.Status == 0)
}

// list gives copies of the entries, oldest first.
func (j *journal) list(f filter) []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := []entry{}
	for i := range journalSize {
		e := j.ring[(j.next-1-i+2*journalSize)%journalSize]
		if e == nil || e.Begin <= f.since || (f.limit > 0 && len(out) == f.limit) {
			break
		}
		if f.shows(e) {
			out = append(out, *e)
		}
	}
	slices.Reverse(out)
	for i := range out {
		out[i].Query = masked(out[i].Query)
	}
	return out
}

// find gives an entry by its number, with a copy of what is kept of the exchange.
func (j *journal) find(number int) (entry, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.ring {
		if e != nil && e.Begin == number {
			found := *e
			if e.record != nil {
				x := *e.record
				found.record = &x
			}
			return found, true
		}
	}
	return entry{}, false
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.ring)
}
