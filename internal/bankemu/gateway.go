package bankemu

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// caller is what a call says about itself before any work is done.
type caller struct {
	token   string // its access token, when that is known to the bank
	client  string
	company string
	note    string // grant_type of a token call
}

// heard is a request's body that has been read already.
type heard struct {
	bytes.Reader
	all []byte
	err error // the body is larger than maxBody or was cut
}

func (*heard) Close() error { return nil }

func (h *heard) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if errors.Is(err, io.EOF) && h.err != nil {
		return n, h.err
	}
	return n, err
}

// hear reads the body once, for the journal, the matchers and the handler alike.
func hear(w http.ResponseWriter, r *http.Request) *heard {
	h := &heard{}
	if r.Body != nil && r.Body != http.NoBody {
		h.all, h.err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	}
	h.Reset(h.all)
	r.Body = h
	return h
}

// bodyOf is the whole body, without a copy when it has been heard.
func bodyOf(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if h, ok := r.Body.(*heard); ok {
		return h.all, h.err
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
}

// instrument puts the journal, the pace and the planned faults around a site. Panics with http.ErrAbortHandler make
// net/http close the connection without an answer.
func (b *Bank) instrument(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, w, done := b.journal.begin(r, w)
		defer done()
		w.Header().Set("Date", b.Now().Format(http.TimeFormat)) // of the bank's clock, that control moves
		h := hear(w, r)
		refused, delay, f := b.admit(r, h.all)
		if refused != nil {
			refused.write(w)
			return
		}
		if delay > 0 {
			// A caller who hung up does not stop the bank: the work is then done at once, without anybody to hear.
			select {
			case <-time.After(delay):
			case <-r.Context().Done():
			}
		}
		if f == nil {
			next.ServeHTTP(w, r)
			return
		}
		f.apply(w, r, next)
	})
}

// admit holds a call to the pace and looks for a fault planned for it. A call that came too fast uses up no fault.
func (b *Bank) admit(r *http.Request, body []byte) (refused *reply, delay time.Duration, hit *fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	who := b.caller(r, body)
	b.journal.heard(r, body, who.company)
	if refused = b.keepPace(r, who); refused != nil {
		return refused, 0, nil
	}
	delay, hit = b.take(r, who)
	return nil, delay, hit
}

// caller finds out who calls: by the access token, by the code or refresh token of a token call, by the sign-in form,
// by the bank's own session. The caller holds b.mu.
func (b *Bank) caller(r *http.Request, body []byte) (who caller) {
	value := bearerValue(r)
	if t := b.st.access[value]; t != nil {
		return caller{token: value, client: t.grant.client, company: t.grant.company}
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/oauth/token"): // some clients send Basic beside the form
		form, ok := formOf(&call{r: r, body: body})
		if !ok {
			return who
		}
		who.client, who.note = form.Get("client_id"), form.Get("grant_type")
		if c := b.st.codes[form.Get("code")]; c != nil {
			who.company = c.grant.company
		} else if t := b.st.refresh[form.Get("refresh_token")]; t != nil {
			who.company = t.grant.company
		}
	case strings.HasSuffix(r.URL.Path, "/oauth/authorize"):
		who.client = r.URL.Query().Get("client_id")
		form, err := url.ParseQuery(string(body))
		if co, _ := b.findPerson(form.Get("person")); err == nil && co != nil {
			who.company = co.ID
			return who
		}
		who.company = b.companyOfSession(r)
	default:
		who.company = b.companyOfSession(r)
	}
	return who
}

func (b *Bank) companyOfSession(r *http.Request) string {
	for _, s := range b.sites {
		if cookie, err := r.Cookie(s.cookie); err == nil {
			if found := b.st.sessions[cookie.Value]; found != nil {
				return found.company
			}
		}
	}
	return ""
}
