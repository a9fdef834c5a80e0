package checkout

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

// PayForm is what a buyer sends to pay an order. Its sums are never trusted, only compared.
type PayForm struct {
	Number      string
	Method      credit.Method
	ProductCode string        // of a credit; may be empty when there is one offer only
	Contract    string        // number of a line's contract; empty = the first that can pay
	Term        int           // months; 0 = the longest
	Amount      *money.Amount // what the buyer believes to pay now; nil = not told
	Decision    string        // Conditions.Token of what was shown; empty = not told
	Release     string        // external id of a document the buyer leaves knowing that it may still be signed
}

// Started is a payment under way. Link is where the buyer signs; it is empty while it is unknown whether the bank has the document.
type Started struct {
	ExternalID string
	Link       string
}

// answerTimeout bounds how long a buyer waits for the bank after «Оплатить»; the call itself goes on without him.
const answerTimeout = 4500 * time.Millisecond

// Pay starts a payment: the intent is saved before the bank is called, so whatever happens to this process afterwards,
// the same document is asked for again and never a second one.
// Errors: orders.ErrNotFound, orders.ErrCancelled, orders.ErrNothingDue, ErrNoSuchWay, *UnavailableError, *ChangedError,
// *orders.LiveError, ErrUnsettled, *RefusedError, ErrSignInAgain.
func (s *Service) Pay(ctx context.Context, who sbid.Identity, f PayForm) (Started, error) {
	o, err := s.Find(ctx, who, f.Number)
	if err != nil {
		return Started{}, err
	}
	if o, err = s.ready(ctx, who, o, f.Release); err != nil {
		return Started{}, err
	}
	way, err := s.choose(ctx, who, o, f)
	if err != nil {
		return Started{}, err
	}
	p, err := s.document(who, o, way, f.Term)
	if err != nil {
		return Started{}, err
	}
	// A token that works is fetched before the intent: a person who has to sign in again leaves nothing behind.
	if _, _, err := s.Keeper.Token(ctx, who.Subject); err != nil {
		return Started{}, signInAgain(err)
	}
	attempts := len(o.Payments)
	o, err = s.Orders.UpdateOrder(ctx, o.Number, func(o *orders.Order) error {
		if len(o.Payments) != attempts { // another tab was faster, and its attempt has this external id
			return &orders.LiveError{Number: o.Number, Payment: o.Payments[len(o.Payments)-1]}
		}
		return o.BeginPayment(p, f.Release, who.Subject, s.Now().UTC())
	})
	if err != nil {
		return Started{}, fmt.Errorf("checkout: pay: %w", err)
	}
	return s.launch(ctx, o.Number, p.ExternalID)
}

// ready tells whether a payment of this order may begin at all. A document that the buyer leaves is read once more:
// what he saw may be old, and another document beside one that the bank executes would be money twice.
func (s *Service) ready(ctx context.Context, who sbid.Identity, o *orders.Order, release string) (*orders.Order, error) {
	live := o.Live()
	switch {
	case o.State != orders.Placed:
		return nil, fmt.Errorf("checkout: pay: %w", orders.ErrCancelled)
	case o.Due() == 0:
		return nil, fmt.Errorf("checkout: pay: %w", orders.ErrNothingDue)
	case live == nil:
		return o, nil
	case live.ExternalID != release || !live.MayRelease():
		return nil, &orders.LiveError{Number: o.Number, Payment: *live}
	}
	asked, timer := s.Now().Truncate(time.Millisecond), time.NewTimer(refreshTimeout)
	defer timer.Stop()
	select {
	case <-s.resolve(ctx, o.Number, live.ExternalID, turn{}):
	case <-timer.C:
	}
	o, err := s.Find(ctx, who, o.Number)
	if err != nil {
		return nil, err
	}
	live = o.Live()
	switch {
	case live == nil && o.Due() == 0:
		return nil, fmt.Errorf("checkout: pay: %w", orders.ErrNothingDue)
	case live == nil:
		return o, nil
	case live.CheckedAt.Before(asked):
		return nil, fmt.Errorf("checkout: pay: %w", ErrUnsettled)
	case live.ExternalID != release || !live.MayRelease():
		return nil, &orders.LiveError{Number: o.Number, Payment: *live}
	}
	return o, nil
}

// launch sends the document and waits for the outcome only as long as a buyer should.
func (s *Service) launch(ctx context.Context, number, externalID string) (Started, error) {
	done := s.resolve(ctx, number, externalID, turn{first: true, alone: true})
	timer := time.NewTimer(answerTimeout)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		return Started{ExternalID: externalID}, nil
	}
	o, err := s.Orders.Order(ctx, number)
	if err != nil {
		return Started{}, fmt.Errorf("checkout: pay: %w", err)
	}
	p, err := o.Payment(externalID)
	if err != nil {
		return Started{}, fmt.Errorf("checkout: pay: %w", err)
	}
	switch {
	case p.State == orders.PaymentFailed:
		return Started{}, &RefusedError{Number: number, ExternalID: externalID, Words: p.Reason}
	case p.NeedsLogin:
		return Started{}, fmt.Errorf("checkout: pay: %w", ErrSignInAgain)
	case p.State == orders.PaymentAwaiting:
		return Started{ExternalID: externalID, Link: s.SignLink(o.Number, *p, sbid.Contour(p.Contour))}, nil
	}
	return Started{ExternalID: externalID}, nil
}

// choose decides anew what the buyer may do and finds the way he chose. Credit limits fail closed: with a silent bank
// and nothing fresh to rely on, only own money can be paid.
func (s *Service) choose(ctx context.Context, who sbid.Identity, o *orders.Order, f PayForm) (credit.Way, error) {
	now, err := s.Conditions(ctx, who, o.Due())
	if err != nil {
		return credit.Way{}, err
	}
	way, found := now.find(f)
	if !found {
		return credit.Way{}, fmt.Errorf("checkout: pay %q %q: %w", f.Method, f.ProductCode, ErrNoSuchWay)
	}
	changed := changes(f.Decision, way)
	if f.Amount != nil && way.Available && *f.Amount != way.PayNow && len(changed) == 0 {
		changed = []Change{{What: "Сумма платежа", Was: f.Amount.Format(), Now: way.PayNow.Format()}}
	}
	switch {
	case len(changed) > 0 && way.Available:
		return credit.Way{}, &ChangedError{Changes: changed, Now: now, Way: way}
	case !way.Available:
		return credit.Way{}, &UnavailableError{Way: way}
	case now.Stale && way.Method != credit.Invoice:
		way.Available, way.Reason = false, credit.ReasonOffersUnknown
		return credit.Way{}, &UnavailableError{Way: way}
	case way.Method == credit.Credit && f.Term != 0 && !way.Offer.AllowsTerm(f.Term):
		return credit.Way{}, fmt.Errorf("checkout: pay over %d months: %w", f.Term, ErrNoSuchWay)
	}
	return way, nil
}

func (c Conditions) find(f PayForm) (credit.Way, bool) {
	var found []credit.Way
	for _, w := range c.Ways {
		switch {
		case w.Method != f.Method:
		case f.Method == credit.Credit && f.ProductCode != "" && (w.Offer == nil || w.Offer.ProductCode != f.ProductCode):
		case f.Method == credit.Line && f.Contract != "" && (w.Contract == nil || w.Contract.Number != f.Contract):
		default:
			found = append(found, w)
		}
	}
	for _, w := range found {
		if w.Available {
			return w, true
		}
	}
	if len(found) == 0 {
		return credit.Way{}, false
	}
	return found[0], true
}

// document freezes the whole request of a payment: what is sent now and byte for byte at every repeat.
func (s *Service) document(who sbid.Identity, o *orders.Order, way credit.Way, term int) (orders.Payment, error) {
	now := s.Now().UTC()
	contour, known := who.Contour()
	if !known {
		s.Log.Warn("unknown userCryptoType, the SMS contour is used", "order", o.Number)
	}
	p := orders.Payment{
		ExternalID: s.externalID(o.ID, len(o.Payments)+1),
		Method:     orders.Method(way.Method), Amount: way.PayNow, CreditAmount: way.CreditAmount,
		Subject: who.Subject, Contour: string(contour),
		FirstSentAt: now, SentAt: now, CheckAt: now.Add(firstCheck),
	}
	var err error
	switch way.Method {
	case credit.Credit:
		p.ProductCode, p.Term = way.Offer.ProductCode, term
		if p.Term == 0 {
			p.Term = way.Offer.TermMax
		}
		p.Payload, err = s.creditRequest(o, p).Marshal()
	case credit.Line:
		p.ContractNumber = way.Contract.Number
		p.CreditAmount = way.PayNow
		fallthrough
	default:
		day := today(now)
		// The last day counts whole: the bank takes a draft until its end.
		p.ExpiresAt = day.AddDate(0, 0, draftDays+1).Add(-time.Second).UTC()
		p.Payload, err = s.draft(o, p, day).Marshal()
	}
	if err != nil {
		return orders.Payment{}, fmt.Errorf("checkout: document of order %s: %w", o.Number, err)
	}
	sum := sha256.Sum256(p.Payload)
	p.PayloadHash = hex.EncodeToString(sum[:])
	return p, nil
}

// draftDays is how long a payment order may be signed, counted from the day after its date (decision 22).
const draftDays = 10

func (s *Service) creditRequest(o *orders.Order, p orders.Payment) credit.CreditRequest {
	vat := partVAT(o, p.Amount)
	r := credit.CreditRequest{
		Account: s.Merchant.Account, Amount: p.Amount, CreditAmount: p.CreditAmount, CreditProductCode: p.ProductCode,
		CreditTerm: p.Term, ExternalID: p.ExternalID, OrderID: o.Number,
		OrderURL: s.OrderURL(o.Number), NegativeOrderURL: s.OrderURL(o.Number) + "?refused=" + s.refusalToken(p.ExternalID),
		PayeeInfo: credit.PayeeInfo{BankBIC: s.Merchant.BIC, CorrAcc: s.Merchant.CorrAccount, INN: s.Merchant.INN,
			KPP: s.payeeKPP(), Name: credit.CleanCut(s.Merchant.Name, credit.LimitPayeeName)},
		Purpose:   credit.Purpose(o.Number, o.PlacedAt, vat, credit.LimitRequestPurpose),
		VATAmount: vat.Amount,
	}
	if p.Amount == o.Total { // lines of a part would not add up to its amount
		for _, l := range o.Lines {
			r.OrderInfo = append(r.OrderInfo, credit.OrderInfo{NumOfPosition: int(l.Quantity),
				Position: credit.CleanCut(l.Name, credit.LimitPosition), Price: l.Price, TotalPrice: l.Total})
		}
	}
	return r
}

func (s *Service) draft(o *orders.Order, p orders.Payment, day time.Time) credit.InvoiceAny {
	vat := partVAT(o, p.Amount)
	return credit.InvoiceAny{
		Amount: p.Amount, CreditContractNumber: p.ContractNumber, IsPaidByCredit: p.Method == orders.MethodLine,
		Date: day.Format(time.DateOnly), ExpirationDate: day.AddDate(0, 0, draftDays).Format(time.DateOnly),
		ExternalID: p.ExternalID, OperationCode: credit.OperationCode, OrderNumber: o.Number,
		PayeeAccount: s.Merchant.Account, PayeeBankBIC: s.Merchant.BIC, PayeeBankCorrAccount: s.Merchant.CorrAccount,
		PayeeINN: s.Merchant.INN, PayeeKPP: s.payeeKPP(), PayeeName: credit.CleanCut(s.Merchant.Name, credit.LimitPayeeName),
		Priority: credit.Priority, Purpose: credit.Purpose(o.Number, o.PlacedAt, vat, credit.LimitPaymentPurpose),
		VAT: vat.Payment(),
	}
}

// payeeKPP is "0" for a sole trader, who has none.
func (s *Service) payeeKPP() string {
	if s.Merchant.KPP == "" {
		return "0"
	}
	return s.Merchant.KPP
}

// partVAT is the tax inside the next part of an order, so that the parts' taxes add up to the order's.
func partVAT(o *orders.Order, part money.Amount) credit.VAT {
	lines := make([]credit.VATLine, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = credit.VATLine{Gross: l.Total, Rate: l.VATRate, VAT: l.VAT}
	}
	return credit.ProrateAfter(credit.SumVAT(lines), o.PaidSum(), part, o.Total)
}

// externalID derives the bank's id of a payment: unguessable, and the same again when the database was restored from a backup
// and the same attempt is repeated, so that it cannot become a second document (faults 2.3).
func (s *Service) externalID(orderID string, attempt int) string {
	mac := hmac.New(sha256.New, s.IDKey)
	mac.Write([]byte(orderID + "|" + strconv.Itoa(attempt)))
	id, _ := uuid.FromBytes(mac.Sum(nil)[:16]) // 16 bytes always fit
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return id.String()
}

// refusalToken stands in the address for refused credits: only the bank and whoever it sends there know it, so no other
// page can make it look as if the bank had refused.
func (s *Service) refusalToken(externalID string) string {
	mac := hmac.New(sha256.New, s.IDKey)
	mac.Write([]byte("refused|" + externalID))
	return hex.EncodeToString(mac.Sum(nil)[:12])
}

// OrderURL is the public address of an order: orderUrl and backUrl for the bank.
func (s *Service) OrderURL(number string) string { return s.BaseURL + "/orders/" + number }

// SignLink is where somebody of the company signs the document of a payment, in the contour of whoever follows it.
func (s *Service) SignLink(number string, p orders.Payment, contour sbid.Contour) string {
	host := s.SignURLSMS
	if contour == sbid.ContourToken {
		host = s.SignURLToken
	}
	// The payment order of an approved credit has the same id; before it exists, the request itself is opened.
	if request := p.BankStatus == "" || p.BankStatus == "RECEIVED" || p.BankStatus == "PROCESSED"; request && p.Method == orders.MethodCredit {
		return credit.CreditLink(host, p.ExternalID)
	}
	return credit.PaymentLink(host, s.SignPage, p.ExternalID, s.OrderURL(number))
}

// Resume sends a document again that was never executed because nobody's token worked; the buyer has signed in since.
func (s *Service) Resume(ctx context.Context, who sbid.Identity, number string) error {
	o, err := s.Find(ctx, who, number)
	if err != nil {
		return err
	}
	var ids []string
	for _, p := range o.Watched() {
		if p.NeedsLogin {
			ids = append(ids, p.ExternalID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err = s.Orders.UpdateOrder(ctx, number, func(o *orders.Order) error {
		for _, id := range ids {
			p, err := o.Payment(id)
			if err != nil {
				return err
			}
			p.NeedsLogin, p.CheckAt = false, s.Now().UTC()
		}
		return nil
	})
	if err != nil && !errors.Is(err, orders.ErrNotFound) {
		return fmt.Errorf("checkout: resume: %w", err)
	}
	return err
}
