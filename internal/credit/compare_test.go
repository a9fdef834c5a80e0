package credit

import (
	"errors"
	"slices"
	"testing"

	"creditcart/internal/money"
)

func TestCompare(t *testing.T) {
	amount := func(a money.Amount) *money.Amount { return &a }
	request, err := goodRequest().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	draft, err := goodDraft().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for name, sent := range map[string][]byte{"credit request": request, "draft": draft} {
		same := Payment{Amount: amount(1010), VATAmount: amount(182), PayeeAccount: "40702810138001000101", PayeeINN: "9901011011", Purpose: goodDraft().Purpose}
		if got, err := Compare(sent, same); err != nil || len(got) != 0 {
			t.Errorf("%s: the same: %v, %v", name, got, err)
		}
		if got, err := Compare(sent, Payment{}); err != nil || len(got) != 0 {
			t.Errorf("%s: nothing told: %v, %v", name, got, err)
		}
		got, err := Compare(sent, Payment{Amount: amount(1011), VATAmount: amount(0), PayeeAccount: "x", PayeeINN: "y", Purpose: "z"})
		want := []Difference{{"amount", "10.10", "10.11"}, {"payeeAccount", "40702810138001000101", "x"}, {"payeeInn", "9901011011", "y"},
			{"purpose", goodDraft().Purpose, "z"}, {"vat.amount", "1.82", "0.00"}}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := Compare([]byte("["), Payment{}); !errors.Is(err, ErrUnreadable) {
		t.Error(err)
	}
}
