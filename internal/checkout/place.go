package checkout

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/uuid"

	"creditcart/internal/credit"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

// PlaceForm is what a buyer sends to make an order of a cart.
type PlaceForm struct {
	CartID  string
	CartVer *int64 // the version of the cart that was shown; nil = whatever it is now
	Seen    string // Basket.Seen of what was shown; empty = not told
	Contact orders.Contact
}

// Limits of what a buyer writes, in runes. Longer texts are cut at a word.
const (
	limitShort = 120
	limitLong  = 500
)

// Place freezes a cart into an order and returns its number. The same state of a cart becomes one order however often
// and in however many tabs it is sent; again tells that the order was there before.
// Errors: orders.ErrCartEmpty, *CartChangedError.
func (s *Service) Place(ctx context.Context, who sbid.Identity, f PlaceForm) (number string, again bool, err error) {
	for try := range 5 { // a number that is taken has odds of one in billions
		number, again, err = s.place(ctx, who, f, try)
		if !errors.Is(err, orders.ErrNumberTaken) {
			return number, again, err
		}
	}
	return "", false, err
}

func (s *Service) place(ctx context.Context, who sbid.Identity, f PlaceForm, try int) (string, bool, error) {
	b, err := s.Basket(ctx, f.CartID)
	if err != nil {
		return "", false, err
	}
	if number, found := s.lastOrder(ctx, who, b); found {
		return number, true, nil
	}
	if len(b.Lines) == 0 {
		return "", false, fmt.Errorf("checkout: place: %w", orders.ErrCartEmpty)
	}
	if !b.Ready() || f.CartVer != nil && *f.CartVer != b.Cart.Version || f.Seen != "" && f.Seen != b.Seen() {
		return "", false, &CartChangedError{Now: b}
	}
	o := s.newOrder(who, b, f.Contact)
	o.Number = s.orderNumber(o.ID, try)
	existing, err := s.Orders.PlaceOrder(ctx, o)
	switch {
	case errors.Is(err, orders.ErrCartChanged):
		return s.overtaken(ctx, who, f)
	case err != nil:
		return "", false, fmt.Errorf("checkout: place: %w", err)
	case existing != "":
		return existing, true, nil
	}
	return o.Number, false, nil
}

// overtaken answers when the cart moved between our look and the transaction: another tab made an order of it, or changed it.
func (s *Service) overtaken(ctx context.Context, who sbid.Identity, f PlaceForm) (string, bool, error) {
	b, err := s.Basket(ctx, f.CartID)
	if err != nil {
		return "", false, err
	}
	if number, found := s.lastOrder(ctx, who, b); found {
		return number, true, nil
	}
	return "", false, &CartChangedError{Now: b}
}

// lastOrder is the order that an empty cart became last, for a person who may see it.
func (s *Service) lastOrder(ctx context.Context, who sbid.Identity, b Basket) (number string, found bool) {
	if len(b.Lines) > 0 || b.Cart.LastOrder == "" {
		return "", false
	}
	o, err := s.Find(ctx, who, b.Cart.LastOrder)
	if err != nil {
		return "", false
	}
	return o.Number, true
}

func (s *Service) newOrder(who sbid.Identity, b Basket, c orders.Contact) *orders.Order {
	now := s.Now().UTC()
	o := &orders.Order{
		ID: s.orderID(b), CartID: b.Cart.ID, CartVer: b.Cart.Version,
		Buyer: orders.Buyer{Subject: who.Subject, PersonName: who.Name, CompanyINN: who.INN, CompanyKPP: who.KPP,
			CompanyName: who.OrgName, LawForm: who.LawForm},
		Contact: orders.Contact{
			Name: credit.CleanCut(c.Name, limitShort), Phone: credit.CleanCut(c.Phone, limitShort), Email: credit.CleanCut(c.Email, limitShort),
			DeliveryAddress: credit.CleanCut(c.DeliveryAddress, limitLong), Comment: credit.CleanCut(c.Comment, limitLong),
		},
		Lines: b.orderLines(), Total: b.Total, VAT: b.VAT, State: orders.Placed, PlacedAt: now,
	}
	o.Events = []orders.Event{{At: now, Kind: orders.EventOrder, Actor: who.Subject, To: string(orders.Placed)}}
	return o
}

// Find loads an order for a person of the company that owns it; anybody else gets orders.ErrNotFound, as if there were none.
func (s *Service) Find(ctx context.Context, who sbid.Identity, number string) (*orders.Order, error) {
	o, err := s.Orders.Order(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("checkout: order: %w", err)
	}
	if who.INN == "" || o.Buyer.CompanyINN != who.INN {
		return nil, fmt.Errorf("checkout: order of another company: %w", orders.ErrNotFound)
	}
	return o, nil
}

// Cancel records the wish to cancel an order of one's company.
func (s *Service) Cancel(ctx context.Context, who sbid.Identity, number string) (*orders.Order, error) {
	if _, err := s.Find(ctx, who, number); err != nil {
		return nil, err
	}
	return s.Orders.UpdateOrder(ctx, number, func(o *orders.Order) error { return o.RequestCancel(who.Subject, s.Now().UTC()) })
}

// orderID derives the id of an order from the state of the cart that it is made of. When the database was restored from a
// backup and the buyer sends the same cart again, it is the same order with the same number and the same ids at the bank,
// so that the document of the order that was lost cannot get a second one beside it.
func (s *Service) orderID(b Basket) string {
	id, _ := uuid.FromBytes(s.derive("order", b.Cart.ID, strconv.FormatInt(b.Cart.Version, 10), b.Seen())[:16]) // 16 bytes always fit
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return id.String()
}

// numberAlphabet has no letters and digits that people mix up on the phone.
const numberAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// orderNumber makes an order number of ten characters, 50 bits: not guessable, no sequence to learn a shop's turnover from.
func (s *Service) orderNumber(id string, try int) string {
	b := s.derive("number", id, strconv.Itoa(try))[:10]
	for i := range b {
		b[i] = numberAlphabet[int(b[i])%len(numberAlphabet)]
	}
	return string(b)
}

// derive makes 32 bytes that nobody without the key can guess or repeat. No part may be confused with its neighbour.
func (s *Service) derive(purpose string, parts ...string) []byte {
	mac := hmac.New(sha256.New, s.IDKey)
	for _, p := range append([]string{purpose}, parts...) {
		_, _ = fmt.Fprintf(mac, "%d:%s", len(p), p)
	}
	return mac.Sum(nil)
}
