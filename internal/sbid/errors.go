package sbid

import (
	"errors"

	"creditcart/internal/bankapi"
)

// Sentinels, tested with errors.Is.
var (
	ErrDenied       = errors.New("sbid: the person refused at the bank")
	ErrState        = errors.New("sbid: the answer does not belong to this sign-in")
	ErrUntrusted    = errors.New("sbid: the bank's statement about the person failed a check")
	ErrIncomplete   = errors.New("sbid: the bank did not say who the person works for")
	ErrExpiredGrant = errors.New("sbid: the code or refresh token is spent, expired or revoked (invalid_grant)")
	ErrClient       = errors.New("sbid: the bank does not accept the shop's client_id or secret")

	// ErrNoGrant is what a TokenStore answers for a person it has no tokens of.
	ErrNoGrant = errors.New("sbid: no tokens of this person")
	// ErrSignInAgain: only the person can help, by signing in at the bank.
	ErrSignInAgain = errors.New("sbid: the person has to sign in again")
	// ErrBusy: another process is refreshing the same tokens and has not finished; try later.
	ErrBusy = errors.New("sbid: tokens are being refreshed")

	errMoved = errors.New("sbid: tokens changed meanwhile")
)

// Reason is why a sign-in ended without a person, in the terms a page can explain.
type Reason string

const (
	ReasonDenied      Reason = "denied"      // the person pressed «Отказаться»
	ReasonState       Reason = "state"       // another browser, an old tab, a repeated link, a forgery
	ReasonExpired     Reason = "expired"     // the code lives 2 minutes and works once: start again
	ReasonUnavailable Reason = "unavailable" // the bank does not answer, or asks to wait
	ReasonSettings    Reason = "settings"    // our settings at the bank: certificate, secret, scopes; tell the merchant
	ReasonUntrusted   Reason = "untrusted"   // a check of what the bank said failed
	ReasonIncomplete  Reason = "incomplete"  // no INN or company name: the consent at the bank was not full
)

// SignInError ends a sign-in: no session, cart kept, one retry link (cells X of the fault matrix).
type SignInError struct {
	Reason Reason
	Err    error
}

func (e *SignInError) Error() string { return "sign-in: " + string(e.Reason) + ": " + e.Err.Error() }
func (e *SignInError) Unwrap() error { return e.Err }

// Alarm reports that the merchant has to look, because no retry of the buyer can help.
func (e *SignInError) Alarm() bool { return e.Reason == ReasonSettings }

// failed gives err the reason a page can speak about.
func failed(err error) error {
	reason := ReasonUnavailable
	bank, fromBank := errors.AsType[*bankapi.Error](err)
	switch {
	case errors.Is(err, ErrUntrusted):
		reason = ReasonUntrusted
	case errors.Is(err, ErrIncomplete):
		reason = ReasonIncomplete
	case errors.Is(err, ErrExpiredGrant), fromBank && bank.Kind == bankapi.Unauthorized && bank.Cause != "invalid_client":
		reason = ReasonExpired
	case errors.Is(err, ErrClient),
		fromBank && (bank.Misconfigured() || bank.Kind == bankapi.Refused || bank.Kind == bankapi.NotFound):
		reason = ReasonSettings
	}
	return &SignInError{Reason: reason, Err: err}
}
