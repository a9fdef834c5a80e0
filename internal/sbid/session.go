package sbid

import "time"

// Session is a signed-in browser, kept on the server so that it can be revoked.
type Session struct {
	ID        string // a hash of what the cookie holds
	Subject   string
	Data      []byte // the web layer's own, sealed at rest
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
}

// Pending is a sign-in that was sent to the bank and has not come back.
type Pending struct {
	ID        string // what binds it to the browser
	Contour   string
	State     string
	Nonce     string
	Verifier  string // PKCE; empty when off
	Return    string // own path where the person goes afterwards
	ExpiresAt time.Time
}

// Connection is the merchant's own sign-in, whose token platform offers are asked with (decision 12).
// The zero Connection means that nobody connected the shop yet.
type Connection struct {
	Subject     string
	Name        string
	ConnectedAt time.Time
}

// Revocation is a person's tokens that nobody here uses any more, to be revoked at the bank.
type Revocation struct{ ID, Access, Refresh string }
