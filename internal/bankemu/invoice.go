package bankemu

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"
)

// maxDraftDays: a payment order is valid for ten calendar days, counted from the day after its date.
const maxDraftDays = 10

var (
	reHash64    = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	reOperation = regexp.MustCompile(`^01$`)
	reNumber    = regexp.MustCompile(`^[0-9]{1,6}$`)
	rePriority  = regexp.MustCompile(`^[45]$`) // of an order; taxes have all five
	reTaxTurn   = regexp.MustCompile(`^[1-5]$`)
	// urgencies in the documented order; their places 0 to 4 («stringEnum») are accepted instead of the names.
	urgencies     = []string{"INTERNAL", "INTERNAL_NOTIF", "OFFHOURS", "BESP", "NORMAL"}
	urgencyInputs = append([]string{"0", "1", "2", "3", "4"}, urgencies...)
)

// parseInvoice checks the Invoice model: payment to an account in this bank.
func parseInvoice(o *object, now time.Time) *payment {
	p := parseBase(o, rePriority)
	p.toSber = true
	p.doc.PayeeAccount = o.text("payeeAccount", true, matches(reAccount))
	p.payeeHash = o.given("payeeOrgIdHash", matches(reHash64))
	parseOrder(o, p, now)
	parseVat(o, p, vatRules{})
	return p
}

// parseInvoiceAny checks the InvoiceAny model: payment to any bank, from own money or from a credit line.
func parseInvoiceAny(o *object, now time.Time) *payment {
	p := parseBase(o, rePriority)
	parsePayee(o, &p.doc)
	parseFunding(o, p)
	parseOrder(o, p, now)
	parseVat(o, p, vatRules{onTop: o.documented})
	return p
}

// parseInvoiceBudget checks the InvoiceBudget model. It has no expirationDate: such a draft lives its ten days.
func parseInvoiceBudget(o *object, now time.Time) *payment {
	p := parseBase(o, reTaxTurn)
	parsePayee(o, &p.doc)
	p.doc.PayerKpp = o.given("payerKpp", matches(reKPP))
	p.doc.DepartmentalInfo = parseDepartmental(o.child("departmentalInfo", true))
	parseDates(o, p, now)
	parseVat(o, p, vatRules{onTop: o.documented, whole: true, silent: !o.documented})
	return p
}

// parseBase reads what the three models have in common.
func parseBase(o *object, priority *regexp.Regexp) *payment {
	p := &payment{funding: fromOwn}
	d := &p.doc
	p.amount = positive(o, "amount")
	d.Amount = json.Number(p.amount.StringFixed(2))
	p.id = o.text("externalId", true, matches(reUUID))
	d.ExternalID = p.id
	d.DeliveryKind = or(o.given("deliveryKind", oneOf("электронно", "срочно", "0")), "электронно")
	if d.DeliveryKind == "0" {
		d.DeliveryKind = "электронно"
	}
	d.OperationCode = or(o.given("operationCode", matches(reOperation)), "01")
	d.Number = o.given("paymentNumber", matches(reNumber))
	d.Priority = or(o.given("priority", matches(priority)), "5")
	d.Purpose = o.text("purpose", true, length(1, 210))
	d.UrgencyCode = urgency(o.given("urgencyCode", oneOf(urgencyInputs...)))
	return p
}

func urgency(s string) string {
	if len(s) == 1 {
		return urgencies[s[0]-'0']
	}
	return or(s, "NORMAL")
}

// parseOrder reads what a payment for an order has and a tax has not.
func parseOrder(o *object, p *payment, now time.Time) {
	p.doc.orderNumber = o.given("orderNumber", length(1, 50))
	parseDates(o, p, now)
	p.doc.deadline = o.given("expirationDate", date)
	parseDeadline(o, p, now)
	for _, l := range o.list("linkedDocs", false) {
		l.given("docExtId", matches(reUUID))
		l.given("type", o.printed(oneOf("exportContractInsure"), func(s string) string { return oneOf("exportcontractinsure")(strings.ToLower(s)) }))
	}
}

func parsePayee(o *object, d *paymentDoc) {
	d.PayeeBankBic = o.text("payeeBankBic", true, matches(reBIC))
	d.PayeeBankCorrAccount = o.given("payeeBankCorrAccount", matches(reAccount))
	d.PayeeInn = o.text("payeeInn", true, matches(reINN))
	d.PayeeKpp = o.given("payeeKpp", matches(reKPP))
	d.PayeeName = o.text("payeeName", true, length(1, 254))
	d.PayeeAccount = o.text("payeeAccount", true, matches(reAccount))
	if d.PayeeAccount != "" && d.PayeeBankBic != "" && !validPayee(d.PayeeAccount, d.PayeeBankBic) {
		o.p.rule("payeeAccount", "Ключ счета получателя не соответствует БИК банка")
	}
}

// parseFunding: the bank's SDK demands isPaidByCredit, the document does not. A shop that is known to work sends 1, no boolean.
func parseFunding(o *object, p *payment) {
	byCredit := false
	if raw := string(o.raw["isPaidByCredit"]); !o.documented && (raw == "0" || raw == "1") {
		byCredit = raw == "1"
	} else {
		byCredit, _ = o.boolean("isPaidByCredit", !o.documented)
	}
	p.contract = o.given("creditContractNumber", length(1, 50))
	switch {
	case byCredit && p.contract == "":
		o.p.rule("creditContractNumber", "Для оплаты из кредита укажите номер кредитного договора")
	case byCredit:
		p.funding = fromLine
	case p.contract != "":
		o.p.warn("creditContractNumber", "Договор указан, но платеж не за счет кредита")
	}
}

// parseDates reads the date of the document and gives it its longest life.
func parseDates(o *object, p *payment, now time.Time) {
	p.doc.Date = o.text("date", true, date)
	start, ok := endOfDay(p.doc.Date)
	if !ok {
		return
	}
	p.expires = start.AddDate(0, 0, maxDraftDays)
	if p.expires.Before(now) {
		o.p.rule("date", "Срок действия документа уже истек")
	}
}

// parseDeadline shortens the life to expirationDate.
func parseDeadline(o *object, p *payment, now time.Time) {
	end, ok := endOfDay(p.doc.deadline)
	if !ok || p.expires.IsZero() {
		return
	}
	switch start := p.expires.AddDate(0, 0, -maxDraftDays); {
	case end.Before(start) || end.After(p.expires):
		o.p.rule("expirationDate", "Срок действия не может превышать 10 календарных дней от даты составления")
	case end.Before(now):
		o.p.rule("expirationDate", "Срок действия документа уже истек")
	}
	p.expires = end
}
