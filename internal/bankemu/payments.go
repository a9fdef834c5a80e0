package bankemu

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// maxDraftDays: a payment order is valid for ten calendar days, counted from the day after its date.
const maxDraftDays = 10

// paymentDoc is the documented Payment, fields that do not apply left out.
type paymentDoc struct {
	Amount                json.Number `json:"amount"`
	BankComment           string      `json:"bankComment,omitempty"`
	BankStatus            string      `json:"bankStatus"`
	CrucialFieldsHash     string      `json:"crucialFieldsHash"`
	Date                  string      `json:"date"`
	DeliveryKind          string      `json:"deliveryKind"`
	DigestSignatures      []signature `json:"digestSignatures,omitempty"`
	ExternalID            string      `json:"externalId"`
	Number                string      `json:"number"`
	OperationCode         string      `json:"operationCode"`
	PayeeAccount          string      `json:"payeeAccount"`
	PayeeBankBic          string      `json:"payeeBankBic"`
	PayeeBankCorrAccount  string      `json:"payeeBankCorrAccount,omitempty"`
	PayeeInn              string      `json:"payeeInn"`
	PayeeKpp              string      `json:"payeeKpp,omitempty"`
	PayeeName             string      `json:"payeeName"`
	PayerAccount          string      `json:"payerAccount"`
	PayerBankBic          string      `json:"payerBankBic"`
	PayerBankCorrAccount  string      `json:"payerBankCorrAccount"`
	PayerInn              string      `json:"payerInn"`
	PayerKpp              string      `json:"payerKpp,omitempty"`
	PayerName             string      `json:"payerName"`
	Priority              string      `json:"priority"`
	Purpose               string      `json:"purpose"`
	UrgencyCode           string      `json:"urgencyCode"`
	Vat                   vat         `json:"vat"`
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

// createPayment makes a draft: POST /v1/payments/from-invoice-any.
func (b *Bank) createPayment(c *call, g *grant, co *Company) reply {
	p := &problems{}
	d := parseInvoiceAny(parseObject(c, p), c.now)
	if rep := p.reply(); rep != nil {
		return *rep
	}
	if len(co.Accounts) == 0 {
		return workflowFault("Невозможно идентифицировать организацию плательщика")
	}
	if b.exists(d.id) {
		return workflowFault(errDuplicate)
	}
	if d.doc.PayeeBankCorrAccount != "" && !validCorrAccount(d.doc.PayeeBankCorrAccount, d.doc.PayeeBankBic) {
		return workflowFault("Невозможно идентифицировать банк получателя по указанным номеру БИК и корреспондентскому счету")
	}
	if d.funding == fromLine {
		k := co.Contract
		if !k.active(c.now) || k.Number != d.contract || k.AvailableSum.LessThan(d.amount) {
			return workflowFault(fmt.Sprintf("Для договора № %s отсутствует действующая возобновляемая кредитная линия", d.contract))
		}
	}
	d.client, d.company, d.created, d.warnings = g.client, co.ID, c.now, p.warnings
	b.fillPayer(d, co)
	b.st.payments[d.id] = d
	b.st.order = append(b.st.order, d.id)
	return jsonReply(http.StatusCreated, b.render(d, c.now))
}

// fillPayer puts in what the bank knows by itself: the payer, the number, the hash of the crucial fields.
func (b *Bank) fillPayer(p *payment, co *Company) {
	a := co.Accounts[0]
	p.doc.PayerAccount, p.doc.PayerBankBic, p.doc.PayerBankCorrAccount = a.Number, a.BIC, a.Corr
	p.doc.PayerInn, p.doc.PayerKpp, p.doc.PayerName = co.INN, co.KPP, co.Name
	if p.doc.Number == "" {
		b.st.number++
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

func (b *Bank) paymentState(c *call, g *grant, co *Company) reply {
	p := b.visible(c.r.PathValue("externalId"), g, co)
	if p == nil {
		return documentNotFound()
	}
	status, comment := b.status(p, c.now)
	out := map[string]string{"bankStatus": status, "channelInfo": "СберБизнес", "crucialFieldsHash": p.doc.CrucialFieldsHash}
	if comment != "" {
		out["bankComment"] = comment
	}
	return jsonReply(http.StatusOK, out)
}

func (b *Bank) paymentFull(c *call, g *grant, co *Company) reply {
	p := b.visible(c.r.PathValue("externalId"), g, co)
	if p == nil {
		return documentNotFound()
	}
	return jsonReply(http.StatusOK, b.render(p, c.now))
}

func documentNotFound() reply {
	return fail(http.StatusNotFound, "DATA_NOT_FOUND", "Документ не найден")
}

// parseInvoiceAny checks the InvoiceAny model.
func parseInvoiceAny(o *object, now time.Time) *payment {
	p := &payment{funding: fromOwn}
	d := &p.doc
	p.amount = positive(o, "amount")
	d.Amount = json.Number(p.amount.StringFixed(2))
	p.id = o.text("externalId", true, matches(reUUID))
	d.ExternalID = p.id
	d.DeliveryKind = or(o.text("deliveryKind", false, oneOf("электронно", "срочно", "0", "")), "электронно")
	if d.DeliveryKind == "0" {
		d.DeliveryKind = "электронно"
	}
	d.OperationCode = or(o.text("operationCode", false, pattern(`^01$`)), "01")
	d.orderNumber = o.text("orderNumber", false, length(1, 50))
	d.Number = o.text("paymentNumber", false, pattern(`^[0-9]{1,6}$`))
	d.Priority = or(o.text("priority", false, pattern(`^[45]$`)), "5")
	d.Purpose = o.text("purpose", true, length(1, 210))
	d.UrgencyCode = urgency(o.text("urgencyCode", false, oneOf(append([]string{"0", "1", "2", "3", "4"}, urgencies...)...)))
	for _, l := range o.list("linkedDocs", false) {
		l.text("docExtId", false, matches(reUUID))
		l.text("type", false, func(s string) string { return oneOf("exportcontractinsure")(strings.ToLower(s)) })
	}
	parsePayee(o, d)
	parseFunding(o, p)
	parseDates(o, p, now)
	parseVat(o, p)
	return p
}

// urgencies in the documented order; their places 0 to 4 are accepted instead of the names.
var urgencies = []string{"INTERNAL", "INTERNAL_NOTIF", "OFFHOURS", "BESP", "NORMAL"}

func urgency(s string) string {
	if len(s) == 1 {
		return urgencies[s[0]-'0']
	}
	return or(s, "NORMAL")
}

func parsePayee(o *object, d *paymentDoc) {
	d.PayeeBankBic = o.text("payeeBankBic", true, matches(reBIC))
	d.PayeeBankCorrAccount = o.text("payeeBankCorrAccount", false, matches(reAccount))
	d.PayeeInn = o.text("payeeInn", true, matches(reINN))
	d.PayeeKpp = o.text("payeeKpp", false, matches(reKPP))
	d.PayeeName = o.text("payeeName", true, length(1, 254))
	d.PayeeAccount = o.text("payeeAccount", true, matches(reAccount))
	if d.PayeeAccount != "" && d.PayeeBankBic != "" && !validAccount(d.PayeeAccount, d.PayeeBankBic) {
		o.p.rule("payeeAccount", "Ключ счета получателя не соответствует БИК банка")
	}
}

func parseFunding(o *object, p *payment) {
	byCredit, _ := o.boolean("isPaidByCredit", true)
	p.contract = o.text("creditContractNumber", false, length(1, 50))
	switch {
	case byCredit && p.contract == "":
		o.p.rule("creditContractNumber", "Для оплаты из кредита укажите номер кредитного договора")
	case byCredit:
		p.funding = fromLine
	case p.contract != "":
		o.p.warn("creditContractNumber", "Договор указан, но платеж не за счет кредита")
	}
}

func parseDates(o *object, p *payment, now time.Time) {
	d := &p.doc
	d.Date = o.text("date", true, date)
	d.deadline = o.text("expirationDate", false, date)
	start, ok := endOfDay(d.Date)
	if !ok {
		return
	}
	latest := start.AddDate(0, 0, maxDraftDays)
	p.expires = latest
	if end, ok := endOfDay(d.deadline); ok {
		p.expires = end
		if end.Before(start) || end.After(latest) {
			o.p.rule("expirationDate", "Срок действия не может превышать 10 календарных дней от даты составления")
		}
	}
	if p.expires.Before(now) {
		field := "date"
		if d.deadline != "" {
			field = "expirationDate"
		}
		o.p.rule(field, "Срок действия документа уже истек")
	}
}

var vatRates = []string{"5", "7", "10", "20", "22"}

// mentions looks for a sum in a purpose: 1234.50, 1 234.50 or 1 234,50, not as a part of a longer number.
func mentions(purpose string, sum decimal.Decimal) bool {
	purpose = strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(purpose)
	grouped := strings.ReplaceAll(strings.TrimSuffix(money(sum), "\u00a0₽"), "\u00a0", " ") // 1 234,50
	for _, whole := range []string{sum.StringFixed(2), strings.ReplaceAll(grouped, ",", ".")} {
		for _, mark := range []string{".", ",", "-"} {
			form := regexp.QuoteMeta(strings.ReplaceAll(whole, ".", mark))
			if regexp.MustCompile(`(^|[^0-9])` + form + `($|[^0-9])`).MatchString(purpose) {
				return true
			}
		}
	}
	return false
}

// parseVat follows «Параметры НДС»: without a block the document is not subject to VAT; the purpose must say the same.
// INCLUDED with 0.00 is taken: the document wants the sum named, and the tax of a few kopecks rounds to nothing.
func parseVat(o *object, p *payment) {
	d := &p.doc
	d.Vat = vat{Amount: "0.00", Rate: "0", Type: "NO_VAT"}
	v := o.child("vat", false)
	if v == nil {
		checkPurpose(o, d, decimal.Zero, false)
		return
	}
	kind := v.text("type", true, oneOf("INCLUDED", "NO_VAT", "MANUAL"))
	rate := v.text("rate", false, pattern(`^[0-9]{0,2}$`))
	sum, sent := v.amount("amount", kind == "INCLUDED")
	if !sum.IsZero() && sum.GreaterThanOrEqual(p.amount) {
		o.p.rule("vat.amount", "Сумма НДС должна быть меньше суммы платежа")
	}
	switch kind {
	case "INCLUDED":
		if msg := oneOf(vatRates...)(rate); msg != "" {
			o.p.rule("vat.rate", msg)
		}
	case "NO_VAT":
		if rate != "" && rate != "0" {
			o.p.rule("vat.rate", "Без НДС ставка не указывается")
		}
		if !sum.IsZero() {
			o.p.rule("vat.amount", "Без НДС сумма налога не указывается")
		}
	case "":
		return
	}
	d.Vat = vat{Amount: json.Number(sum.StringFixed(2)), Rate: or(rate, "0"), Type: kind}
	checkPurpose(o, d, sum, sent && kind == "INCLUDED" || !sum.IsZero())
}

// checkPurpose: told says that the purpose must name the sum.
func checkPurpose(o *object, d *paymentDoc, sum decimal.Decimal, told bool) {
	if d.Purpose == "" {
		return // already reported
	}
	if d.Vat.Type == "NO_VAT" {
		if !strings.Contains(strings.ToLower(d.Purpose), "ндс не облагается") {
			o.p.rule("purpose", "Назначение платежа должно содержать «НДС не облагается»")
		}
		return
	}
	if told && (!strings.Contains(d.Purpose, "НДС") || !mentions(d.Purpose, sum)) {
		o.p.rule("purpose", "Назначение платежа должно содержать сумму НДС "+sum.StringFixed(2))
	}
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
