package store

import (
	"context"
	"time"
)

// Connection is the merchant's own connection to the bank: whose token platform offers are asked with.
type Connection struct {
	Subject     string
	Name        string
	ConnectedAt time.Time
}

// Merchant reads the merchant's connection; the zero Connection when there is none.
func (s *Store) Merchant(ctx context.Context) (Connection, error) { return Connection{}, errTodo }

// SetMerchant replaces the merchant's connection.
func (s *Store) SetMerchant(ctx context.Context, c Connection) error { return errTodo }

// LiveSubjects lists the people of a company whose sign-in at the bank is not dead, the newest first.
func (s *Store) LiveSubjects(ctx context.Context, companyINN string) ([]string, error) {
	return nil, errTodo
}
