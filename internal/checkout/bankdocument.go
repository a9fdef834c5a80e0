package checkout

import (
	"context"
	"fmt"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
)

// documentTimeout bounds how long the merchant's page waits for the bank.
const documentTimeout = 5 * time.Second

// BankDocument is a document as the bank has it.
type BankDocument struct {
	credit.Payment
	Differences []credit.Difference // from what the shop sent
}

// BankDocument reads a document of an order from the bank with the merchant's token, which may see what the shop made.
// It changes nothing of the order. Errors: orders.ErrNotFound, orders.ErrNoPayment; of the bank: ErrNotConnected,
// ErrSignInAgain, *bankapi.Error, *credit.Contradiction, together with the payment as the shop knows it.
func (s *Service) BankDocument(ctx context.Context, number, externalID string) (BankDocument, orders.Payment, error) {
	o, err := s.Orders.Order(ctx, number)
	if err != nil {
		return BankDocument{}, orders.Payment{}, fmt.Errorf("checkout: document: %w", err)
	}
	p, err := o.Payment(externalID)
	if err != nil {
		return BankDocument{}, orders.Payment{}, fmt.Errorf("checkout: document: %w", err)
	}
	merchant, err := s.People.Merchant(ctx)
	if err == nil && merchant.Subject == "" {
		err = ErrNotConnected
	}
	if err != nil {
		return BankDocument{}, *p, fmt.Errorf("checkout: document: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, documentTimeout)
	defer cancel()
	doc, err := withToken(ctx, s.Keeper, merchant.Subject, func(token string) (credit.Payment, error) {
		return s.Bank.Payment(ctx, token, externalID, bankapi.P0)
	})
	if err != nil {
		return BankDocument{}, *p, fmt.Errorf("checkout: document: %w", err)
	}
	differences, err := credit.Compare(p.Payload, doc)
	if err != nil {
		return BankDocument{}, *p, fmt.Errorf("checkout: document: %w", err)
	}
	return BankDocument{Payment: doc, Differences: differences}, *p, nil
}
