package credit

import (
	"strings"
	"time"
)

// Stage is what a status of the bank means for the people concerned.
type Stage string

// Stages of a payment document or a credit request.
const (
	StageSending         Stage = "sending"          // our own: the bank may or may not have it
	StageWaitSignature   Stage = "wait_signature"   // nobody signed yet
	StageSecondSignature Stage = "second_signature" // one signature of several
	StageBankWorks       Stage = "bank_works"       // also every status that is not in the dictionary
	StageBankChecks      Stage = "bank_checks"      // the bank looks closer, may call the customer
	StageNeedsYou        Stage = "needs_you"        // the customer has to do something
	StageRecallAsked     Stage = "recall_asked"     // the customer asked to recall the document
	StageFailed          Stage = "failed"           // over, no money moved
	StagePaid            Stage = "paid"             // over, the money went
)

// Status is an entry of the dictionary of bankStatus (page «Статусы платежных поручений»; RECEIVED and PROCESSED are
// those of a credit request).
type Status struct {
	Code  string
	Stage Stage
	// Buyer and Merchant are the words for each, in Russian, without dates and sums; see BuyerText for the full sentence.
	Buyer, Merchant string
	// Final: the bank will not change it, asking ends.
	Final bool
	// Poll is the base interval of asking; backoff is the caller's. Zero when final.
	Poll time.Duration
	// AlertAfter is how long a status may stay unchanged before the merchant is alerted; zero = no such rule.
	AlertAfter time.Duration
	// Known is false for a code that is not in the dictionary.
	Known bool
}

func normalizeCode(code string) string { return strings.ToUpper(strings.TrimSpace(code)) }
