package store

import (
	"context"
	"time"
)

// Attempt is a sign-in that was sent to the bank and has not come back.
type Attempt struct {
	ID        string
	Contour   string
	Nonce     string
	Verifier  string // PKCE; empty when off
	Return    string // where the person goes afterwards
	ExpiresAt time.Time
}

// SaveAttempt stores a sign-in attempt under its unguessable id.
func (s *Store) SaveAttempt(ctx context.Context, a Attempt) error { return errTodo }

// TakeAttempt deletes an attempt and returns it: to exactly one caller. Absent or expired gives false.
func (s *Store) TakeAttempt(ctx context.Context, id string, now time.Time) (Attempt, bool, error) {
	return Attempt{}, false, errTodo
}

// Session is a signed-in browser, kept on the server so that it can be revoked.
type Session struct {
	ID        string // a hash of what the cookie holds
	Subject   string
	Data      []byte // the caller's, sealed at rest
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
}

// SaveSession inserts or replaces a session.
func (s *Store) SaveSession(ctx context.Context, session Session) error { return errTodo }

// Session reads a session that has not expired; false when there is none.
func (s *Store) Session(ctx context.Context, id string, now time.Time) (Session, bool, error) {
	return Session{}, false, errTodo
}

// DeleteSession revokes a session; an absent one is no error.
func (s *Store) DeleteSession(ctx context.Context, id string) error { return errTodo }

// PurgeSessions removes expired sessions and sign-in attempts.
func (s *Store) PurgeSessions(ctx context.Context, now time.Time) error { return errTodo }
