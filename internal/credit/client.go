package credit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/money"
)

const apiRoot = "/fintech/api/v1"

// Client makes the calls of the contract set «Кредит в корзине». Every error that is not a refusal to build the call
// wraps a *bankapi.Error, whose Kind tells refused from unknown, or is a *Contradiction.
type Client struct{ api *bankapi.Client }

// NewClient speaks through a transport, one per process.
func NewClient(api *bankapi.Client) *Client { return &Client{api: api} }

// Places is how many calls the bank's pace lets start within d.
func (c *Client) Places(d time.Duration) int { return c.api.Places(d) }

// Skew is how far the bank's clock is ahead of ours by its last answer.
func (c *Client) Skew() time.Duration { return c.api.Skew() }

// PlatformOffers asks for what the bank offers to the shop's customers of a legal form (ServedForm) with the merchant's
// own token; none (204) is an empty list.
func (c *Client) PlatformOffers(ctx context.Context, token, clientID, lawForm string) ([]Offer, error) {
	query := url.Values{"clientID": {clientID}, "lawForm": {lawForm}}
	offers, _, err := c.offers(ctx, bankapi.Request{Query: query, Token: token, Subject: "platform " + lawForm})
	if err != nil {
		return nil, fmt.Errorf("credit: platform offers: %w", err)
	}
	return offers, nil
}

// ActiveContracts asks for the customer's credit contracts with the customer's own token; none is an empty list.
func (c *Client) ActiveContracts(ctx context.Context, token string) ([]Contract, error) {
	_, contracts, err := c.offers(ctx, bankapi.Request{Token: token, Subject: token})
	if err != nil {
		return nil, fmt.Errorf("credit: contracts: %w", err)
	}
	return contracts, nil
}

func (c *Client) offers(ctx context.Context, r bankapi.Request) ([]Offer, []Contract, error) {
	r.Op, r.Method, r.Path, r.Retry = "credit-offers", http.MethodGet, apiRoot+"/credit-offers", true
	resp, err := c.api.Do(ctx, r)
	switch {
	case err != nil:
		return nil, nil, err
	case resp.Status == http.StatusNoContent:
		return nil, nil, nil
	case resp.Status != http.StatusOK || len(resp.Body) == 0:
		return nil, nil, resp.Unreadable()
	}
	offers, contracts, err := ParseOffers(resp.Body)
	if err != nil {
		return nil, nil, resp.Unreadable()
	}
	return offers, contracts, nil
}

// create sends a frozen document and compares what the bank says it has with what was sent.
func (c *Client) create(ctx context.Context, r bankapi.Request, sums ...string) (Ack, error) {
	sent, err := object(r.Body)
	if err != nil || sent.text("externalId") != r.Subject {
		return Ack{}, &FieldError{"externalId", "is not the one of the document"}
	}
	r.Method = http.MethodPost
	resp, err := c.api.Do(ctx, r)
	if err != nil {
		return Ack{}, err
	}
	got, err := object(resp.Body)
	if err != nil || resp.Status != http.StatusCreated && resp.Status != http.StatusOK || !got.has("externalId") {
		return Ack{}, resp.Unreadable()
	}
	if id := got.text("externalId"); !strings.EqualFold(id, r.Subject) {
		return Ack{}, &Contradiction{r.Op, "externalId", r.Subject, id}
	}
	for _, name := range sums {
		if !got.has(name) {
			continue
		}
		want, wantErr := sent.amount(name)
		have, haveErr := got.amount(name)
		if wantErr != nil || haveErr != nil {
			return Ack{}, resp.Unreadable()
		}
		if want != have {
			return Ack{}, &Contradiction{r.Op, name, want.String(), have.String()}
		}
	}
	return Ack{ExternalID: r.Subject, Status: statusCode(got), Comment: comment(got)}, nil
}

// Contradiction: the bank confirms a document that is not the one that was sent. Nothing may be concluded from it; a
// person has to look.
type Contradiction struct{ Op, Field, Sent, Got string }

// Error names both values: identifiers and sums, no personal data.
func (e *Contradiction) Error() string {
	return fmt.Sprintf("credit: %s: the bank answered with %s %q for %q", e.Op, e.Field, Cut(e.Got, 64), e.Sent)
}

// IsDuplicate tells whether the bank refused because it already has a document with this externalId. It has no code of
// its own, so this is the one place that knows the message. After a lost answer it means that the document exists.
func IsDuplicate(err error) bool {
	e, ok := errors.AsType[*bankapi.Error](err)
	if !ok || e.Kind != bankapi.Refused || e.Cause != "WORKFLOW_FAULT" {
		return false
	}
	message := strings.ToLower(e.Message)
	return strings.Contains(message, "externalid") && strings.Contains(message, "уже существует")
}

// statusCode is bankStatus in one spelling, short enough to be stored.
func statusCode(f fields) string { return Cut(strings.ToUpper(f.text("bankStatus")), 64) }

func comment(f fields) string { return Cut(f.text("bankComment"), 500) }

// sum reads an amount that may be absent or broken without spoiling the rest.
func sum(f fields, name string) *money.Amount {
	if a, err := f.amount(name); err == nil {
		return &a
	}
	return nil
}
