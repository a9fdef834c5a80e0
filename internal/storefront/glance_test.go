package storefront

import "testing"

// A bank that hangs holds up one page of a company, not each; once it has answered, pages look again.
func TestOnePageWaitsForAHangingBank(t *testing.T) {
	g := glances{late: map[string]int{}}
	slow, slower, quick := &look{company: "1"}, &look{company: "1"}, &look{company: "2"}
	g.end(quick)
	g.giveUp(quick) // answered in the moment the page gave up
	if g.waiting("1") || g.waiting("2") {
		t.Error("nobody has waited in vain")
	}
	g.giveUp(slow)
	g.giveUp(slower)
	if !g.waiting("1") || g.waiting("2") {
		t.Error("the first company waits, the second does not")
	}
	g.end(slow)
	if !g.waiting("1") {
		t.Error("one look is still late")
	}
	if g.end(slower); g.waiting("1") || len(g.late) > 0 {
		t.Error("every look is over")
	}
}
