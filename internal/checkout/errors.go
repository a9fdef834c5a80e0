package checkout

import (
	"errors"
	"fmt"

	"creditcart/internal/credit"
)

// Errors that a page has to explain.
var (
	// ErrSignInAgain: no token of this person works any more.
	ErrSignInAgain = errors.New("sign in again")
	// ErrUnsettled: a document the buyer wants to leave could not be checked at the bank just now, so no other is made.
	ErrUnsettled = errors.New("the document to be left may still be executed")
	// ErrNoSuchWay: the form names a way to pay that is not on offer at all, or a term outside the offer.
	ErrNoSuchWay = errors.New("no such way to pay")
)

// UnavailableError says that the chosen way is not available for what is due.
type UnavailableError struct{ Way credit.Way }

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("%s is not available: %s", e.Way.Method, e.Way.Reason)
}

// ChangedError says that the conditions are not those that the buyer was shown.
type ChangedError struct {
	Changes []Change
	Now     Conditions
	Way     credit.Way // the chosen way as it is now
}

func (e *ChangedError) Error() string { return fmt.Sprintf("%d conditions changed", len(e.Changes)) }

// RefusedError carries the bank's refusal of a document: definite, nothing was made.
type RefusedError struct {
	Number, ExternalID string
	Words              string // the bank's words, or ours when the bank's are not for people
}

func (e *RefusedError) Error() string { return fmt.Sprintf("order %s: the bank refused", e.Number) }

// CartChangedError says that the cart is not the one that was shown, and how.
type CartChangedError struct{ Now Basket }

func (e *CartChangedError) Error() string { return "the cart changed since it was shown" }
