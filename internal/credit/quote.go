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
	// OverBy is by how much to reduce the order (ReasonOverMax); LinePart is the part of it that an active line could pay,
	// 0 when there is no line or the line could pay it whole.
	OverBy, LinePart money.Amount
	// UnderMin: less is due than sumMin, so the bank opens a limit of sumMin.
	UnderMin bool
	// AfterLine is what stays on the line after this payment.
	AfterLine money.Amount
	// Claim is what user-info says about the line while the contract itself is unknown (ReasonLineUnknown); nil = not told.
	Claim *money.Amount
}

// Quote decides how what is due can be paid: the credit line, each credit offer, the plain invoice, in this order.
// Ways that are not available stay in the list with their reason. It is the only place with the documented rules of sums
// (page «Заполнение заявки на кредит»), used by every page and again by the server when the buyer submits.
func Quote(due money.Amount, f Facts) []Way {
	if due <= 0 {
		return []Way{
			{Method: Line, Reason: ReasonNothingDue},
			{Method: Credit, Reason: ReasonNothingDue},
			{Method: Invoice, Reason: ReasonNothingDue},
		}
	}
	ways := lineWays(due, f)
	var linePart money.Amount
	for _, w := range ways {
		if w.Rest > 0 {
			linePart = max(linePart, w.PayNow)
		}
	}
	ways = append(ways, creditWays(due, f, linePart)...)
	return append(ways, Way{Method: Invoice, Available: true, PayNow: due})
}

func lineWays(due money.Amount, f Facts) []Way {
	switch {
	case !f.HasActiveLine:
		return []Way{{Method: Line, Reason: ReasonNoLine}}
	case !f.ContractsKnown:
		return []Way{{Method: Line, Reason: ReasonLineUnknown, Claim: f.LineAvailableClaim}}
	case len(f.Contracts) == 0:
		// credit-offers is asked now, user-info was told at sign-in: the newer word wins.
		return []Way{{Method: Line, Reason: ReasonNoLine}}
	}
	var usable, useless []Way
	for i := range f.Contracts {
		w := lineWay(due, &f.Contracts[i], f.Now)
		if w.Available {
			usable = append(usable, w)
		} else {
			useless = append(useless, w)
		}
	}
	if len(usable) > 0 {
		// Old contracts say nothing to a buyer who has a live one.
		return usable
	}
	return useless[:1]
}

func lineWay(due money.Amount, c *Contract, now time.Time) Way {
	w := Way{Method: Line, Contract: c}
	switch {
	case c.Problem != "" || c.Number == "" || c.Available < 0:
		w.Reason = ReasonBrokenLine
	case !c.Since.IsZero() && now.Before(c.Since):
		w.Reason = ReasonLineNotBegun
	case !c.Until.IsZero() && now.After(c.Until):
		w.Reason = ReasonLineEnded
	case c.Available == 0:
		w.Reason = ReasonLineEmpty
	default:
		w.Available = true
		w.PayNow = min(due, c.Available)
		w.Rest = due - w.PayNow
		w.AfterLine = c.Available - w.PayNow
	}
	return w
}

func creditWays(due money.Amount, f Facts, linePart money.Amount) []Way {
	form, served := ServedForm(f.LawForm)
	if reason := noCredit(f, served); reason != "" {
		return []Way{{Method: Credit, Reason: reason}}
	}
	var ways []Way
	for i := range f.Offers {
		if o := &f.Offers[i]; o.servesForm(form) {
			ways = append(ways, creditWay(due, o, linePart))
		}
	}
	if len(ways) == 0 {
		return []Way{{Method: Credit, Reason: ReasonNoOffers}}
	}
	return ways
}

// noCredit is the reason that holds for every offer at once.
func noCredit(f Facts, served bool) Reason {
	switch {
	case !f.BuyOnCredit:
		return ReasonNotOffered
	case !served:
		return ReasonLawForm
	case !f.MerchantConnected:
		return ReasonMerchantNotConnected
	case !f.OffersKnown:
		return ReasonOffersUnknown
	}
	return ""
}

func creditWay(due money.Amount, o *Offer, linePart money.Amount) Way {
	w := Way{Method: Credit, Offer: o}
	switch {
	case o.broken():
		w.Reason = ReasonBrokenOffer
		return w
	case due > o.SumMax:
		w.Reason = ReasonOverMax
		w.OverBy = due - o.SumMax
		w.LinePart = linePart
		return w
	}
	w.Available = true
	w.PayNow = due
	w.CreditAmount = max(due, o.SumMin)
	w.UnderMin = due < o.SumMin
	for _, months := range choices(o.TermMin, o.TermMax) {
		// Only what the order draws from the limit is paid back, also under sumMin.
		w.Terms = append(w.Terms, Term{months, Monthly(w.PayNow, o.Rate, months)})
	}
	return w
}

// DefaultTerm is the term to propose first: a year when there is one, else the longest. Zero without terms.
func (w Way) DefaultTerm() Term {
	for _, t := range w.Terms {
		if t.Months == 12 {
			return t
		}
	}
	if len(w.Terms) == 0 {
		return Term{}
	}
	return w.Terms[len(w.Terms)-1]
}

// Term finds the numbers of a term the buyer chose, also one that is allowed without being in the list of choices.
func (w Way) Term(months int) (Term, bool) {
	if !w.Available || w.Offer == nil || !w.Offer.AllowsTerm(months) {
		return Term{}, false
	}
	return Term{months, Monthly(w.PayNow, w.Offer.Rate, months)}, true
}
