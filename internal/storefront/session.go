package storefront

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"creditcart/internal/sbid"
)

// How long a session lives without a click, and at all.
const (
	sessionIdle     = 30 * time.Minute
	sessionAbsolute = 12 * time.Hour
	sessionTouch    = time.Minute // SeenAt is written at most this often
	touchWithin     = time.Second // a page waits no longer for that
)

// keySession is where a gorilla session keeps its row.
const keySession = "row"

// sessionStore is a sessions.Store whose sessions live on the server, so that they can be ended there.
// The cookie holds a random id, the row its hash.
type sessionStore struct {
	signIns SignIns
	cookies cookieJar
	now     func() time.Time
}

// Get implements sessions.Store: one session per request.
func (st *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(st, name)
}

// New implements sessions.Store. Without a valid cookie and a living row the session is new; that is no error.
func (st *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	s := sessions.NewSession(st, name)
	s.Options, s.IsNew = &sessions.Options{Path: "/"}, true
	secret := st.cookies.read(r, name)
	if secret == "" {
		return s, nil
	}
	row, ok, err := st.signIns.Session(r.Context(), hashed(secret), st.now().UTC())
	if err != nil {
		return s, fmt.Errorf("storefront: session: %w", err)
	}
	if !ok || st.now().Sub(row.SeenAt) >= sessionIdle {
		return s, nil
	}
	s.ID, s.IsNew = secret, false
	s.Values[keySession] = row
	return s, nil
}

// Save implements sessions.Store: it writes the row and the cookie of a new session, and only the time of one that was there
// before: a request under way must not bring back a session that another one ended. MaxAge < 0 ends the session.
func (st *sessionStore) Save(r *http.Request, w http.ResponseWriter, s *sessions.Session) error {
	if s.Options.MaxAge < 0 {
		if err := st.cookies.write(w, s.Name(), "", -1); err != nil || s.ID == "" {
			return err
		}
		return st.signIns.DeleteSession(r.Context(), hashed(s.ID))
	}
	row, ok := s.Values[keySession].(sbid.Session)
	if !ok {
		return fmt.Errorf("storefront: save session: nobody signed in")
	}
	row.SeenAt = st.now().UTC()
	if s.ID != "" {
		s.Values[keySession] = row
		return st.signIns.TouchSession(r.Context(), row.ID, row.SeenAt)
	}
	s.ID = newSecret()
	row.ID, row.ExpiresAt = hashed(s.ID), row.CreatedAt.Add(sessionAbsolute)
	if err := st.signIns.SaveSession(r.Context(), row); err != nil {
		return fmt.Errorf("storefront: save session: %w", err)
	}
	s.Values[keySession], s.IsNew = row, false
	return st.cookies.write(w, s.Name(), s.ID, 0)
}

// begin signs a person in under a new id and ends the session there was before.
func (st *sessionStore) begin(r *http.Request, w http.ResponseWriter, subject string) error {
	s, err := st.Get(r, cookieSession)
	if err != nil {
		return err
	}
	if s.ID != "" {
		if err := st.signIns.DeleteSession(r.Context(), hashed(s.ID)); err != nil {
			return fmt.Errorf("storefront: end the old session: %w", err)
		}
		s.ID = ""
	}
	s.Values[keySession] = sbid.Session{Subject: subject, Data: []byte(browserOf(r.UserAgent())), CreatedAt: st.now().UTC()}
	return st.Save(r, w, s)
}

// end signs the browser out.
func (st *sessionStore) end(r *http.Request, w http.ResponseWriter) error {
	s, err := st.Get(r, cookieSession)
	if err != nil {
		return err
	}
	s.Options.MaxAge = -1
	return st.Save(r, w, s)
}

// current is the row of the request's session, written again when that was not done for a while.
func (st *sessionStore) current(r *http.Request, w http.ResponseWriter) (row sbid.Session, ok bool, err error) {
	if !st.cookies.has(r, cookieSession) { // most visitors: nothing to look up
		return row, false, nil
	}
	s, err := st.Get(r, cookieSession)
	if err != nil || s.IsNew {
		return row, false, err
	}
	row, ok = s.Values[keySession].(sbid.Session)
	if ok && st.now().Sub(row.SeenAt) >= sessionTouch {
		// Pages are read also while the database takes nothing: then the session only ends a little earlier.
		ctx, cancel := context.WithTimeout(r.Context(), touchWithin)
		defer cancel()
		_ = st.Save(r.WithContext(ctx), w, s)
	}
	return row, ok, nil
}
