package credit

import (
	"encoding/json"
	"fmt"

	"creditcart/internal/money"
)

// Difference is a field in which the bank's document is not what the shop sent.
type Difference struct {
	Field          string // as in a payment: amount, payeeAccount, payeeInn, purpose, vat.amount
	Asked, Present string // for people: sums as 10.10, texts cleaned
}

// Compare holds a document of the bank against the request that made it: the frozen bytes of a draft or of a credit request.
// What the bank did not tell is no difference. An error wraps ErrUnreadable.
func Compare(sent []byte, p Payment) ([]Difference, error) {
	f, err := object(sent)
	if err != nil {
		return nil, fmt.Errorf("credit: compare: %w", err)
	}
	account, inn, vat := f.text("payeeAccount"), f.text("payeeInn"), sum(nested(f, "vat"), "amount")
	if f.has("creditAmount") { // a credit request, which has names of its own
		account, inn, vat = f.text("account"), nested(f, "payeeInfo").text("payeeInn"), sum(f, "vatAmount")
	}
	var out []Difference
	sums := func(field string, asked, present *money.Amount) {
		if asked != nil && present != nil && *asked != *present {
			out = append(out, Difference{field, asked.String(), present.String()})
		}
	}
	texts := func(field, asked, present string) {
		if asked != "" && present != "" && asked != present {
			out = append(out, Difference{field, asked, present})
		}
	}
	sums("amount", sum(f, "amount"), p.Amount)
	texts("payeeAccount", account, p.PayeeAccount)
	texts("payeeInn", inn, p.PayeeINN)
	texts("purpose", f.text("purpose"), p.Purpose)
	sums("vat.amount", vat, p.VATAmount)
	return out, nil
}

// nested reads an object inside an object; anything else is an empty one.
func nested(f fields, name string) fields {
	var in fields
	if json.Unmarshal(f[name], &in) != nil {
		return nil
	}
	return in
}
