package bankemu

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/shopspring/decimal"
)

func parseCreditRequest(o *object) *creditRequest {
	r := &creditRequest{}
	r.payment = paymentDoc{OperationCode: "01", Priority: "5", DeliveryKind: "электронно", UrgencyCode: "NORMAL"}
	r.payment.PayeeAccount = o.text("account", true, pattern(`^[0-9]{1,34}$`))
	r.amount = positive(o, "amount")
	r.credit = positive(o, "creditAmount")
	r.product = o.optional("creditProductCode", o.printed(pattern(`^[0-9A-Za-z]{1,20}$`), pattern(`^[0-9A-Za-z-]{1,20}$`)))
	if term, ok := o.integer("creditTerm", true, 5); ok {
		r.term = term
	}
	delivery, _ := o.amount("deliveryAmount", false)
	if delivery.GreaterThan(r.amount) {
		o.p.rule("deliveryAmount", "Сумма доставки входит в сумму заказа и не может быть больше нее")
	}
	r.id = o.text("externalId", true, matches(reUUID))
	o.amount("limitAmountMarketplace", false)
	r.refuseURL = o.text("negativeOrderUrl", true, absoluteURL)
	r.order = o.text("orderId", true, pattern(`^[0-9A-Za-z]{1,50}$`))
	r.orderURL = o.text("orderUrl", true, absoluteURL)
	r.payment.Purpose = o.text("purpose", true, length(1, 120))
	tax, taxed := o.amount("vatAmount", false)
	if !tax.IsZero() && tax.GreaterThanOrEqual(r.amount) {
		o.p.rule("vatAmount", "Сумма НДС должна быть меньше суммы заказа")
	}
	r.payment.Vat = vat{Amount: json.Number(tax.StringFixed(2)), Rate: "0", Type: "MANUAL"}
	if !taxed {
		r.payment.Vat.Type = "NO_VAT"
	}
	r.payment.Amount = json.Number(r.amount.StringFixed(2))
	r.payment.ExternalID = r.id
	parsePayeeInfo(o.child("payeeInfo", true), &r.payment)
	parseConsent(o.child("consent", false))
	parseOrderInfo(o, r.amount, delivery)
	parseMarketplace(o.child("marketplaceData", false))
	return r
}

func positive(o *object, name string) decimal.Decimal {
	d, ok := o.amount(name, true)
	if ok && d.IsZero() {
		o.p.rule(o.field(name), "Сумма должна быть больше нуля")
	}
	return d
}

func parsePayeeInfo(o *object, d *paymentDoc) {
	if o == nil {
		return
	}
	d.PayeeBankBic = o.text("payeeBankBic", true, matches(reBIC))
	d.PayeeBankCorrAccount = o.text("payeeCorrAcc", true, matches(reAccount))
	d.PayeeInn = o.text("payeeInn", true, matches(reINN))
	d.PayeeKpp = o.text("payeeKpp", true, matches(reKPP))
	d.PayeeName = o.text("payeeName", true, length(1, 254))
}

// parseConsent: the printed 256 hexadecimal digits cannot be SHA-256; the hash of consentText in 64 digits is meant.
func parseConsent(o *object) {
	if o == nil {
		return
	}
	o.text("consent", true, oneOf("Yes", "No"))
	text := o.text("consentText", true, length(1, 10000))
	hash := o.text("consentHash", true, pattern(`^[a-fA-F0-9]{64}$`))
	if sum := sha256.Sum256([]byte(text)); text != "" && hash != "" && !strings.EqualFold(hash, hex.EncodeToString(sum[:])) {
		o.p.rule(o.field("consentHash"), "Не совпадает с SHA-256 поля consentText")
	}
	for _, name := range []string{"firstname", "lastname", "middlename", "position"} {
		o.text(name, true, length(1, 36))
	}
	o.text("startDate", true, date)
}

// parseOrderInfo: totals that do not add up to the order are only a warning, the documents demand nothing. Delivery
// may be a line of its own or not.
func parseOrderInfo(o *object, amount, delivery decimal.Decimal) {
	items := o.list("orderInfo", false)
	sum := decimal.Zero
	for _, it := range items {
		it.integer("numOfPosition", false, 10)
		it.optional("position", length(1, 100))
		it.amount("price", false)
		total, _ := it.amount("totalPrice", false)
		sum = sum.Add(total)
	}
	if len(items) > 0 && !sum.Equal(amount) && !sum.Add(delivery).Equal(amount) {
		o.p.warn("orderInfo", "Стоимость позиций не равна сумме заказа")
	}
}

var (
	rePeriod = regexp.MustCompile(`^(0[1-9]|1[0-2])[.-][0-9]{4}$`)
	reFov    = regexp.MustCompile(`^[0-9]{1,3}\.[0-9]{1,2}$`)
)

func parseMarketplace(o *object) {
	if o == nil {
		return
	}
	for _, it := range o.list("commissions", false) {
		it.text("period", true, matches(rePeriod))
		for _, name := range []string{"logistic", "stock", "transaction"} {
			it.amount(name, true)
		}
	}
	for _, it := range o.list("sellings", false) {
		it.text("period", true, matches(rePeriod))
		it.decimal("fov", true, reFov, "Ожидается число вида 95.5")
		it.text("productDescription", true, length(1, 800))
		for _, name := range []string{"amount", "gmv", "revenue"} {
			it.amount(name, true)
		}
	}
	if s := o.child("stock", false); s != nil {
		s.amount("amount", true)
		s.integer("assortiment", true, 10)
		s.amount("averagePrice", true)
		s.text("date", true, date)
		s.integer("duration", true, 10)
		s.text("productDescription", true, length(1, 800))
		s.text("registrationDate", true, date)
		s.text("warehousingModel", true, length(1, 64))
	}
}

// checkProduct: the credit must fit a product offered for the client's legal form; with no code the first that
// fits, and the answer names it.
func (b *Bank) checkProduct(p *problems, r *creditRequest, co *Company, documented bool) {
	if r.amount.IsZero() || r.credit.IsZero() {
		return // already reported
	}
	if r.credit.LessThan(r.amount) {
		p.rule("creditAmount", "Сумма кредита не может быть меньше суммы заказа")
	}
	var offers []Offer
	for _, o := range b.st.scenario.Offers[co.LawFormShort] {
		if co.BuyOnCredit && (r.product == "" || r.product == o.ProductCode) {
			offers = append(offers, o)
		}
	}
	if len(offers) == 0 {
		p.rule("creditProductCode", "Кредитный продукт недоступен организации")
		return
	}
	var wrong []check
	for _, o := range offers {
		q := &problems{}
		o.admit(q, r, documented)
		if len(q.rules) == 0 {
			r.product = o.ProductCode
			return
		}
		wrong = q.rules
	}
	p.rules = append(p.rules, wrong...)
}

// admit follows «Заполнение заявки на кредит»: a credit of sumMin for a smaller order, else of the order's sum. A credit
// larger than that is refused in the documented mode only; real clients may ask for a limit above the order.
func (o Offer) admit(p *problems, r *creditRequest, documented bool) {
	low, err1 := decimal.NewFromString(o.SumMin)
	high, err2 := decimal.NewFromString(o.SumMax)
	switch {
	case err1 != nil || err2 != nil || r.credit.LessThan(low) || r.credit.GreaterThan(high):
		p.rule("creditAmount", "Сумма кредита должна быть от "+o.SumMin+" до "+o.SumMax)
	case documented && !r.credit.Equal(decimal.Max(low, r.amount)):
		p.rule("creditAmount", "Сумма кредита должна быть равна сумме заказа, а для меньшего заказа "+o.SumMin)
	}
	if r.term < int64(o.TermMin) || r.term > int64(o.TermMax) {
		p.rule("creditTerm", "Срок кредита вне условий кредитного продукта")
	}
}
