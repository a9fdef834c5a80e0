package bankemu

import (
	"encoding/json"
	"fmt"
	"time"
)

// paymentDoc is the documented Payment, fields that do not apply left out. incomeTypeCode and voCode never apply: no
// invoice has them.
type paymentDoc struct {
	Amount               json.Number       `json:"amount"`
	BankComment          string            `json:"bankComment,omitempty"`
	BankStatus           string            `json:"bankStatus"`
	CrucialFieldsHash    string            `json:"crucialFieldsHash"`
	Date                 string            `json:"date"`
	DeliveryKind         string            `json:"deliveryKind"`
	DepartmentalInfo     *departmentalInfo `json:"departmentalInfo,omitempty"`
	DigestSignatures     []signature       `json:"digestSignatures,omitempty"`
	ExternalID           string            `json:"externalId"`
	Number               string            `json:"number"`
	OperationCode        string            `json:"operationCode"`
	PayeeAccount         string            `json:"payeeAccount"`
	PayeeBankBic         string            `json:"payeeBankBic"`
	PayeeBankCorrAccount string            `json:"payeeBankCorrAccount,omitempty"`
	PayeeInn             string            `json:"payeeInn"`
	PayeeKpp             string            `json:"payeeKpp,omitempty"`
	PayeeName            string            `json:"payeeName"`
	PayerAccount         string            `json:"payerAccount"`
	PayerBankBic         string            `json:"payerBankBic"`
	PayerBankCorrAccount string            `json:"payerBankCorrAccount"`
	PayerInn             string            `json:"payerInn"`
	PayerKpp             string            `json:"payerKpp"`
	PayerName            string            `json:"payerName"`
	Priority             string            `json:"priority"`
	Purpose              string            `json:"purpose"`
	UrgencyCode          string            `json:"urgencyCode"`
	Vat                  vat               `json:"vat"`

	orderNumber, deadline string
}

type vat struct {
	Amount json.Number `json:"amount"`
	Rate   string      `json:"rate"`
	Type   string      `json:"type"`
}

type signature struct {
	Base64Encoded   string `json:"base64Encoded"`
	CertificateUUID string `json:"certificateUuid"`
}

// fillPayer puts in what the bank knows by itself: the payer, the number, the hash of the crucial fields.
func (b *Bank) fillPayer(p *payment, co *Company) {
	a := co.payer()
	p.doc.PayerAccount, p.doc.PayerBankBic, p.doc.PayerBankCorrAccount = a.Number, a.BIC, a.Corr
	p.doc.PayerInn, p.doc.PayerKpp, p.doc.PayerName = co.INN, or(p.doc.PayerKpp, co.KPP), co.Name
	if p.doc.Number == "" {
		b.st.number = b.st.number%999999 + 1 // six digits
		p.doc.Number = fmt.Sprint(b.st.number)
	}
	p.doc.CrucialFieldsHash = hash64(string(p.doc.Amount), p.doc.Date, p.doc.PayeeAccount, p.doc.PayeeBankBic, p.doc.PayeeInn, p.doc.PayerInn, p.doc.Purpose)
}

// render is the full document as of now.
func (b *Bank) render(p *payment, now time.Time) paymentDoc {
	d := p.doc
	d.BankStatus, d.BankComment = b.status(p, now)
	if co := b.company(p.company); co != nil {
		if a := co.account(p.account); a != nil {
			d.PayerAccount, d.PayerBankBic, d.PayerBankCorrAccount = a.Number, a.BIC, a.Corr
		}
	}
	for _, person := range p.signers {
		d.DigestSignatures = append(d.DigestSignatures, signature{hash64("signature", p.id, person), uuidFrom("certificate", person)})
	}
	return d
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
