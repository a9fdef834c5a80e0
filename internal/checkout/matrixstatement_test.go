package checkout_test

import (
	"fmt"
	"net/http"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
)

// otherStatement is somebody else's.
var otherStatement = worked(func(status int, _ string) (*http.Response, error) {
	return says(status, asJSON, `{"transactions":[{"direction":"CREDIT","operationId":"1","amount":{"amount":184500.00,"currencyName":"RUB"},"rurTransfer":{"payeeAccount":"40702810338001001418"}}]}`), nil
})

// statementWith: K = the report says that it does not know, and claims nothing; M = the same, of a statement that is not
// ours; W, T = asked again. Whatever happens, no order changes, and the next report is whole.
func statementWith(w *world, n *network, s spoiler, times int) string {
	who := w.signIn("sever-director")
	o := w.order(who, "mid")
	started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
	w.tell("POST", "/api/documents/"+started.ExternalID+"/sign", `{}`)
	w.reconcile(time.Minute)
	compare := func() *checkout.MoneyReport {
		r, err := w.service.CompareMoney(w.ctx, "2026-11-22", "2026-11-22")
		if err != nil {
			w.Fatal(err)
		}
		return r
	}
	n.plan("/statement/transactions", "", times, s)
	r := compare()
	left := n.left
	n.over()
	if o := w.find(who, o.Number); o.Settlement() != orders.Paid || o.Payments[0].Review != "" {
		return "the order changed"
	}
	if again := compare(); !again.Agrees() || !again.Whole() || again.Agreed.Count != 1 {
		return fmt.Sprintf("the report afterwards: %+v", again)
	}
	switch {
	case left == times:
		return "never asked"
	case !r.Agrees():
		return "a difference out of nothing: " + said(*r)
	case r.Whole() && r.Agreed.Count == 1:
		return "worked"
	case len(r.Gaps) != 1 || r.Agreed.Count != 0:
		return fmt.Sprintf("%+v", r)
	case r.Gaps[0].Foreign:
		return "M"
	}
	return "K"
}
