package credit

import (
	"time"

	"creditcart/internal/money"
)

// Method is a way to pay as forms and storage name it.
type Method string

// The ways to pay.
const (
	Credit  Method = "credit"  // a new credit: credit-requests
	Line    Method = "line"    // from an active credit line: from-invoice-any with the contract's number
	Invoice Method = "invoice" // own money: from-invoice-any without the credit fields
)

// Reason is why a way to pay is not available; empty for an available way.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	ReasonNothingDue           Reason = "nothing_due"            // nothing is left to pay
	ReasonNotOffered           Reason = "not_offered"            // buyOnCreditMmb is false
	ReasonLawForm              Reason = "law_form"               // not ООО, ИП or ГКФХ
	ReasonMerchantNotConnected Reason = "merchant_not_connected" // the shop has no token of its own
	ReasonOffersUnknown        Reason = "offers_unknown"         // the bank never answered
	ReasonNoOffers             Reason = "no_offers"              // the bank answered: none
	ReasonBrokenOffer          Reason = "broken_offer"           // the offer cannot be read
	ReasonOverMax              Reason = "over_max"               // more is due than sumMax
	ReasonNoLine               Reason = "no_line"                // no active credit line
	ReasonLineUnknown          Reason = "line_unknown"           // there is a line, the contract is not known
	ReasonBrokenLine           Reason = "broken_line"            // the contract cannot be read
	ReasonLineNotBegun         Reason = "line_not_begun"         // the contract starts later
	ReasonLineEnded            Reason = "line_ended"             // the contract is over
	ReasonLineEmpty            Reason = "line_empty"             // nothing is left on the line
)

// Facts is everything the decision needs to know about the customer, as of Now.
type Facts struct {
	// From a verified user-info: buyOnCreditMmb, hasActiveCreditLine, orgLawFormShort, creditLineAvailableSum (nil = not told).
	BuyOnCredit        bool
	HasActiveLine      bool
	LawForm            string
	LineAvailableClaim *money.Amount
	Now                time.Time
	// Offers are the platform's offers for LawForm; OffersKnown is false when the bank never answered.
	Offers      []Offer
	OffersKnown bool
	// MerchantConnected is false when the shop has no live token of its own and so cannot ask for offers.
	MerchantConnected bool
	// Contracts are what the customer's own token shows; ContractsKnown is false when the bank did not answer.
	Contracts      []Contract
	ContractsKnown bool
}

// Term is a choice of the number of months with the estimated monthly payment (annuity).
type Term struct {
	Months  int
	Monthly money.Amount
}

// Way is one way to pay what is due, with the numbers to send to the bank or the reason why not.
type Way struct {
	Method    Method
	Available bool
	Reason    Reason
	// Offer is set for a credit with an offer, Contract for a line with a contract, also when unavailable.
	Offer    *Offer
	Contract *Contract
	// PayNow is `amount`, CreditAmount is `creditAmount` (credit only), Rest stays due afterwards. Zero when unavailable.
	PayNow, CreditAmount, Rest money.Amount
	// Terms are the months to choose from (credit only), shortest first.
	Terms []Term
	// OverBy is by how much to reduce the order (ReasonOverMax); LinePart is what an active line could pay of it, 0 = none.
	OverBy, LinePart money.Amount
	// UnderMin: less is due than sumMin, so the bank opens a limit of sumMin.
	UnderMin bool
	// AfterLine is what stays on the line after this payment.
	AfterLine money.Amount
	// Claim is what user-info says about the line while the contract itself is unknown (ReasonLineUnknown); nil = not told.
	Claim *money.Amount
}
