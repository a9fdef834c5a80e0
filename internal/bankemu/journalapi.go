package bankemu

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// fullEntry is an entry with what went over the wire.
type fullEntry struct {
	entry
	Recorded      bool                `json:"recorded"` // false = headers and bodies are not kept, or not any more
	URL           string              `json:"url,omitempty"`
	Headers       map[string][]string `json:"headers,omitempty"`
	Body          string              `json:"body,omitempty"`
	BodyCut       bool                `json:"bodyCut,omitempty"`
	AnswerHeaders map[string][]string `json:"answerHeaders,omitempty"`
	AnswerBody    string              `json:"answerBody,omitempty"`
	AnswerBodyCut bool                `json:"answerBodyCut,omitempty"`
}

// controlRequests shows the log: ?path= as in a fault, ?status= (none = closed without an answer), ?since=N, ?limit=N.
func (b *Bank) controlRequests(w http.ResponseWriter, r *http.Request) {
	f, err := readFilter(r.URL.Query())
	if err != nil {
		controlError(http.StatusBadRequest, err).write(w)
		return
	}
	entries := b.journal.list(f)
	jsonReply(http.StatusOK, map[string]any{"requests": entries, "summary": summary(entries)}).write(w)
}

func readFilter(q url.Values) (f filter, err error) {
	f.path = q.Get("path")
	if q.Get("status") == "none" {
		f.status = -1
		q.Del("status")
	}
	for name, into := range map[string]*int{"status": &f.status, "since": &f.since, "limit": &f.limit} {
		if q.Get(name) == "" {
			continue
		}
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < 0 {
			return f, errors.New(name + " must be a whole number, 0 or more")
		}
		*into = n
	}
	return f, nil
}

func (b *Bank) controlClearRequests(w http.ResponseWriter, _ *http.Request) {
	b.journal.clear()
	reply{status: http.StatusNoContent}.write(w)
}

func (b *Bank) entryOf(r *http.Request) (entry, error) {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		return entry{}, errors.New("the number of a request is its \"begin\"")
	}
	e, ok := b.journal.find(n)
	if !ok {
		return entry{}, errors.New("no such request in the log")
	}
	return e, nil
}

func (b *Bank) controlRequestEntry(w http.ResponseWriter, r *http.Request) {
	e, err := b.entryOf(r)
	if err != nil {
		controlError(http.StatusNotFound, err).write(w)
		return
	}
	full := fullEntry{entry: e}
	full.Query = masked(e.Query)
	if x := e.record; x != nil {
		full.Recorded, full.URL = true, x.url(e, masked(e.Query))
		full.Headers, full.AnswerHeaders = maskedHeader(x.header), maskedHeader(x.answer)
		full.Body, full.BodyCut = masked(string(x.request)), x.cut
		full.AnswerBody, full.AnswerBodyCut = masked(string(x.reply)), x.replyCut
	}
	jsonReply(http.StatusOK, full).write(w)
}

func (x *exchange) url(e entry, query string) string {
	u := url.URL{Scheme: "http", Host: x.host, Path: e.Path}
	if x.tls {
		u.Scheme = "https"
	}
	if query != "" {
		return u.String() + "?" + query
	}
	return u.String()
}

// controlRequestCurl is the request as a command; $ACCESS_TOKEN, $CLIENT_SECRET and the like stand for its secrets.
func (b *Bank) controlRequestCurl(w http.ResponseWriter, r *http.Request) {
	e, err := b.entryOf(r)
	switch {
	case err != nil:
		controlError(http.StatusNotFound, err).write(w)
	case e.record == nil:
		controlError(http.StatusGone, errors.New("headers and body of this request are not kept (any more)")).write(w)
	case e.record.cut:
		controlError(http.StatusGone, errors.New("the body of this request is longer than what is kept of it")).write(w)
	default:
		reply{status: http.StatusOK, contentType: "text/plain; charset=utf-8", body: []byte(e.curl() + "\n")}.write(w)
	}
}

// notInCurl are headers that curl or the connection makes.
var notInCurl = []string{"Accept-Encoding", "Connection", "Content-Length", "User-Agent", "Host"}

// placeholder marks a secret inside a text until it is quoted for the shell.
func placeholder(name string) string { return "\x00" + strings.ToUpper(name) + "\x00" }

func (e entry) curl() string {
	x := e.record
	parts := []string{"curl"}
	if e.Method != http.MethodGet {
		parts = append(parts, "-X "+e.Method)
	}
	parts = append(parts, shellQuote(x.url(e, replaceSecrets(e.Query, placeholder))))
	names := []string{}
	for name := range x.header {
		if !slices.Contains(notInCurl, name) && !strings.HasPrefix(name, "Sec-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range x.header[name] {
			parts = append(parts, "-H "+shellQuote(name+": "+hideHeader(name, v, placeholder)))
		}
	}
	if len(x.request) > 0 {
		parts = append(parts, "--data-binary "+shellQuote(replaceSecrets(string(x.request), placeholder)))
	}
	return strings.Join(parts, " \\\n  ")
}

var rePlaceholder = regexp.MustCompile("\x00([A-Z_]+)\x00")

// shellQuote makes one word of a POSIX shell; a placeholder becomes a variable in double quotes.
func shellQuote(s string) string {
	s = "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	return strings.TrimSuffix(rePlaceholder.ReplaceAllString(s, `'"$$$1"'`), "''")
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
