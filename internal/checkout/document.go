package checkout

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/google/uuid"

	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

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
		SentAt: now, CheckAt: now.Add(firstCheck),
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
		d := s.draft(o, p)
		d.Date, d.ExpirationDate, p.ExpiresAt = credit.Validity(now, draftDays)
		p.Payload, err = d.Marshal()
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
		VATAmount: vat.RequestAmount(),
	}
	if p.Amount == o.Total { // lines of a part would not add up to its amount
		for _, l := range o.Lines {
			r.OrderInfo = append(r.OrderInfo, credit.OrderInfo{NumOfPosition: int(l.Quantity),
				Position: credit.CleanCut(l.Name, credit.LimitPosition), Price: l.Price, TotalPrice: l.Total})
		}
	}
	return r
}

// draft is everything of a draft but its dates.
func (s *Service) draft(o *orders.Order, p orders.Payment) credit.InvoiceAny {
	vat := partVAT(o, p.Amount)
	return credit.InvoiceAny{
		Amount: p.Amount, CreditContractNumber: p.ContractNumber, IsPaidByCredit: p.Method == orders.MethodLine,
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
