package bankemu

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// routes are the ways of a signed document through the bank: one status per step of the pace, ending in a final status
// or in one that waits until control does something. IMPLEMENTED also waits for the money, in CARD2. A route that
// starts in CHECKERROR shows it on the draft already, and such a draft cannot be signed.
var routes = map[string][]string{
	"ordinary":            {"SIGNED", "DELIVERED", "FRAUDSENT", "FRAUDALLOW", "ACCEPTED", "ACCEPTED_BY_ABS", "IMPLEMENTED"},
	"fraud-review":        {"SIGNED", "DELIVERED", "FRAUDSENT", "FRAUDREVIEW", "FRAUDSMS", "FRAUDALLOW", "ACCEPTED", "ACCEPTED_BY_ABS", "IMPLEMENTED"},
	"fraud-deny":          {"SIGNED", "DELIVERED", "FRAUDSENT", "FRAUDDENY", "REFUSEDBYBANK"},
	"fraud-stop":          {"SIGNED", "DELIVERED", "FRAUDSENT", "FRAUDDENY"},
	"rzk":                 {"SIGNED", "TO_PROCESSING_RZK", "SENDING_TO_RZK", "DELIVERED_RZK", "PROCESSING_RZK", "DELIVERED", "FRAUDSENT", "FRAUDALLOW", "ACCEPTED", "ACCEPTED_BY_ABS", "IMPLEMENTED"},
	"refused-by-rzk":      {"SIGNED", "TO_PROCESSING_RZK", "SENDING_TO_RZK", "DELIVERED_RZK", "PROCESSING_RZK", "REFUSED_BY_RZK"},
	"not-accepted-by-rzk": {"SIGNED", "TO_PROCESSING_RZK", "SENDING_TO_RZK", "DELIVERED_RZK", "NOT_ACCEPTED_RZK", "REFUSED_BY_RZK"},
	"rzk-sign-error":      {"SIGNED", "TO_PROCESSING_RZK", "SENDING_TO_RZK", "DELIVERED_RZK", "RZK_SIGN_ERROR", "INVALIDEDS"},
	"refused-by-bank":     {"SIGNED", "DELIVERED", "REFUSEDBYBANK"},
	"refused-by-abs":      {"SIGNED", "DELIVERED", "FRAUDSENT", "FRAUDALLOW", "ACCEPTED", "REFUSEDBYABS"},
	"requisite-error":     {"SIGNED", "DELIVERED", "REQUISITEERROR"},
	"invalid-signature":   {"SIGNED", "INVALIDEDS"},
	"check-error":         {"CHECKERROR"},
	"delayed":             {"SIGNED", "DELIVERED", "DELAYED", "FRAUDSENT", "FRAUDALLOW", "ACCEPTED", "ACCEPTED_BY_ABS", "IMPLEMENTED"},
	"stuck":               {"SIGNED", "DELIVERED", "DELAYED"},
	routeCard2:            {"SIGNED", "DELIVERED", "FRAUDSENT", "FRAUDALLOW", "ACCEPTED", "ACCEPTED_BY_ABS", "CARD2", "IMPLEMENTED"},
	"recall":              {"SIGNED", "DELIVERED", "REQUESTED_RECALL", "RECALL"},
}

const (
	routeOrdinary = "ordinary"
	routeCard2    = "card2" // the account counts as empty when the last person signs
)

// recallWalk is what follows the client's own recall, from the moment of it.
var recallWalk = []string{"REQUESTED_RECALL", "RECALL"}

// knownRoute: an empty name means the default.
func knownRoute(name string) error {
	if name == "" || routes[name] != nil {
		return nil
	}
	return fmt.Errorf("route: no %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(routes)), ", "))
}

// pays says whether a route ends with the money at the payee.
func pays(steps []string) bool { return steps[len(steps)-1] == "IMPLEMENTED" }

// steps is the walk of a document: its own route, else the one of the payer's company.
func (b *Bank) steps(p *payment) []string {
	if p.recalled {
		return recallWalk
	}
	name := p.route
	if name == "" {
		if co := b.company(p.company); co != nil {
			name = co.Route
		}
	}
	return routes[or(name, routeOrdinary)]
}

// walked is the place of a signed document in its walk.
func (b *Bank) walked(p *payment, now time.Time) int {
	last := len(b.steps(p)) - 1
	if b.st.step <= 0 {
		return last
	}
	return min(last, max(0, int(now.Sub(p.walkFrom)/b.st.step)))
}

// finalAt is the end of a payment as the bank knows it, computed like everything else: the final status, the moment
// it was reached, and whether it is reached by now. IMPLEMENTED means that the money is with the payee; the test
// contour has it too, only status never says so. FRAUDDENY counts as final where nothing follows it.
func (b *Bank) finalAt(p *payment, now time.Time) (status string, at time.Time, final bool) {
	switch {
	case p.pin != nil:
		status, at = p.pin.status, p.pin.at
	case p.declined != "":
		status, at = "DELETED", p.declinedAt
	case p.signed.IsZero():
		// The table has no status of its own for a draft nobody signed in time: it leaves the documents in force.
		status, at = "DELETED", p.expires.Add(time.Nanosecond)
	default:
		steps := b.steps(p)
		status, at = steps[len(steps)-1], p.done
		if at.IsZero() {
			at = p.walkFrom.Add(time.Duration(len(steps)-1) * max(0, b.st.step))
		}
		if p.notBefore.After(at) {
			at = p.notBefore
		}
		if pays(steps) && p.unfunded {
			return "", time.Time{}, false
		}
	}
	if !failed(status) && status != "FRAUDDENY" && status != "IMPLEMENTED" || now.Before(at) {
		return "", time.Time{}, false
	}
	return status, at, true
}

// status is what the bank says of a payment now.
func (b *Bank) status(p *payment, now time.Time) (status, comment string) {
	if p.pin != nil {
		return p.pin.status, p.pin.comment
	}
	if p.declined != "" {
		return "DELETED", p.declined
	}
	if p.signed.IsZero() {
		return b.draftStatus(p, now)
	}
	steps := b.steps(p)
	status = steps[b.walked(p, now)]
	if status == "IMPLEMENTED" {
		if _, _, final := b.finalAt(p, now); !final {
			status = "CARD2"
		} else if b.st.settings.TestContour {
			status = "ACCEPTED_BY_ABS"
		}
	}
	return status, comments[status]
}

func (b *Bank) draftStatus(p *payment, now time.Time) (status, comment string) {
	switch {
	case now.After(p.expires):
		return "DELETED", "Истёк срок, в который документ нужно было подписать"
	case len(p.signers) > 0:
		return "PARTSIGNED", ""
	case b.steps(p)[0] == "CHECKERROR":
		return "CHECKERROR", comments["CHECKERROR"]
	}
	return "CREATED", ""
}

// setStep changes the pace; no document goes back, and what has ended keeps its moment.
func (b *Bank) setStep(step time.Duration, now time.Time) {
	for _, p := range b.st.payments {
		if p.signed.IsZero() {
			continue
		}
		if _, at, final := b.finalAt(p, now); final && p.pin == nil {
			p.done = at
		}
		p.walkFrom = now.Add(-time.Duration(b.walked(p, now)) * step)
	}
	b.repacePayrolls(step, now)
	b.st.step = step
}

// changeRoute sends a document another way. A signed one keeps its place, but has at least one step left; money that
// the new way needs is taken, money that it does not need is given back.
func (b *Bank) changeRoute(p *payment, co *Company, name string, now time.Time) error {
	if err := knownRoute(name); err != nil {
		return err
	}
	if p.signed.IsZero() {
		p.route = name
		return nil
	}
	if _, _, final := b.finalAt(p, now); final || p.recalled {
		return errEnded
	}
	next := routes[or(name, or(co.Route, routeOrdinary))]
	switch {
	case !pays(next):
		b.refund(p, co, now)
	case !p.taken && !p.unfunded:
		if err := b.debit(p, co, name == routeCard2, now); err != nil {
			return err
		}
	}
	place := max(0, min(b.walked(p, now), len(next)-2))
	p.route, p.pin = or(name, or(co.Route, routeOrdinary)), nil
	p.walkFrom = now.Add(-time.Duration(place) * b.st.step)
	return nil
}
