package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"creditcart/internal/audit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

// Person is everything that the shop keeps about one person, without tokens and ids that open something. Times are UTC,
// sums are roubles.
type Person struct {
	Subject  string          `json:"subject"`           // the bank's id of the person
	Account  *sbid.Identity  `json:"account,omitempty"` // as the bank said at the last sign-in
	Tokens   *PersonTokens   `json:"tokens,omitempty"`
	Merchant bool            `json:"merchant"` // the shop is connected to the bank with this person's sign-in
	Sessions []PersonSession `json:"sessions"`
	Orders   []PersonOrder   `json:"orders"` // that the person placed
	Acts     []PersonAct     `json:"acts"`   // from the audit log, with the consents
}

// PersonTokens says that the shop may act for a person at the bank.
type PersonTokens struct {
	Scope      string    `json:"scope"`
	ObtainedAt time.Time `json:"obtainedAt"`
	SignedOut  time.Time `json:"signedOutAt,omitzero"` // the tokens stay until nothing needs them
	Ended      bool      `json:"ended"`
}

// PersonSession is one browser that is signed in.
type PersonSession struct {
	CreatedAt time.Time `json:"createdAt"`
	SeenAt    time.Time `json:"seenAt"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// PersonOrder is what of an order is about its person.
type PersonOrder struct {
	Number      string       `json:"number"`
	PlacedAt    time.Time    `json:"placedAt"`
	CompanyINN  string       `json:"companyInn"`
	CompanyName string       `json:"companyName"`
	Total       money.Amount `json:"total"`
	Erased      bool         `json:"erased"` // the fields below were erased
	PersonName  string       `json:"personName"`
	Contact     string       `json:"contact"`
	Phone       string       `json:"phone"`
	Email       string       `json:"email"`
	Address     string       `json:"deliveryAddress"`
	Comment     string       `json:"comment"`
}

// PersonAct is one row of the audit log.
type PersonAct struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	Actor  string    `json:"actor"`
	Object string    `json:"object,omitempty"`
	Ref    string    `json:"ref,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

const personOrdersQuery = `select id, number, placed_at, company_inn, company_name, total, people_kept, person_name, contact_name, phone, email,
	delivery_address, comment, people from orders where subject = $1`

// ExportPerson gathers what is kept about a person, at one moment, and writes to the audit log that actor did.
// A person whom nothing is kept about is ErrNoPerson.
func (s *Store) ExportPerson(ctx context.Context, subject, actor string) (Person, error) {
	p := Person{Subject: subject}
	err := s.snapshot(ctx, func(tx querier) (err error) {
		if err = s.readPerson(ctx, tx, &p); err != nil {
			return err
		}
		if p.Orders, err = s.ordersOfPerson(ctx, tx, subject); err != nil {
			return err
		}
		p.Acts, err = actsOf(ctx, tx, subject)
		return err
	})
	if err == nil && p.Account == nil && p.Tokens == nil && len(p.Sessions)+len(p.Orders)+len(p.Acts) == 0 {
		err = ErrNoPerson
	}
	if err == nil {
		err = s.Audit(ctx, audit.Entry{Kind: audit.PersonExported, Actor: actor, Object: subject})
	}
	if err != nil {
		return Person{}, fmt.Errorf("store: export a person: %w", err)
	}
	return p, nil
}

func (s *Store) readPerson(ctx context.Context, tx querier, p *Person) error {
	var sealed []byte
	err := tx.QueryRowContext(ctx, "select identity from accounts where subject = $1", p.Subject).Scan(&sealed)
	if err == nil {
		p.Account = new(sbid.Identity)
		err = s.openJSON(sealed, "account:"+p.Subject, p.Account)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	var g PersonTokens
	err = tx.QueryRowContext(ctx, "select scope, obtained_at, left_at, dead from grants where subject = $1", p.Subject).
		Scan(&g.Scope, moment{&g.ObtainedAt}, moment{&g.SignedOut}, &g.Ended)
	if err == nil {
		p.Tokens = &g
	} else if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err := tx.QueryRowContext(ctx, "select count(*) > 0 from merchant where subject = $1", p.Subject).Scan(&p.Merchant); err != nil {
		return err
	}
	p.Sessions, err = collect(ctx, tx, func(scan func(...any) error, v *PersonSession) error {
		return scan(moment{&v.CreatedAt}, moment{&v.SeenAt}, moment{&v.ExpiresAt})
	}, "select created_at, seen_at, expires_at from sessions where subject = $1", p.Subject)
	return err
}

func (s *Store) ordersOfPerson(ctx context.Context, tx querier, subject string) ([]PersonOrder, error) {
	list, err := collect(ctx, tx, func(scan func(...any) error, v *PersonOrder) error {
		var o orders.Order
		var people []byte
		kept := true
		b, c := &o.Buyer, &o.Contact
		err := scan(&o.ID, &v.Number, moment{&v.PlacedAt}, &v.CompanyINN, &v.CompanyName, &v.Total, &kept, &b.PersonName, &c.Name, &c.Phone,
			&c.Email, &c.DeliveryAddress, &c.Comment, &people)
		if err == nil {
			err = s.openPeople(&o, people)
		}
		v.Erased, v.PersonName, v.Contact, v.Phone, v.Email, v.Address, v.Comment = !kept, b.PersonName, c.Name, c.Phone, c.Email, c.DeliveryAddress, c.Comment
		return err
	}, personOrdersQuery, subject)
	slices.SortFunc(list, func(a, b PersonOrder) int {
		return cmp.Or(a.PlacedAt.Compare(b.PlacedAt), cmp.Compare(a.Number, b.Number))
	})
	return list, err
}

// actsOf finds by an index that leaves out the rows of the shop itself and of the bank.
func actsOf(ctx context.Context, tx querier, subject string) (acts []PersonAct, err error) {
	err = eachAudit(ctx, tx, func(r audit.Row) {
		acts = append(acts, PersonAct{r.At, r.Kind, r.Actor, r.Object, r.Ref, r.Detail})
	}, auditColumns+"actor = $1 and actor not in ('', 'timer', 'bank') order by id", subject)
	return acts, err
}
