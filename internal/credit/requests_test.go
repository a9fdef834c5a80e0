package credit

import (
	"errors"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"creditcart/internal/money"
)

const testID = "0b7a1d3e-4f6a-4c1e-9d51-6f3c2b1a0e9f"

var testVAT = SumVAT([]VATLine{line(1010, 22)})

func goodRequest() CreditRequest {
	return CreditRequest{
		Account: "40702810138001000101", Amount: 1010, CreditAmount: 2000000, CreditProductCode: "MBKoo226", CreditTerm: 12, DeliveryAmount: 10,
		ExternalID: testID, NegativeOrderURL: "http://127.0.0.1:8080/orders/A1024?bank=refused&x=<1>", OrderID: "A1024",
		OrderInfo: []OrderInfo{{2, "Бумага офисная «Снежок»", 500, 1000}}, OrderURL: "http://127.0.0.1:8080/orders/A1024?bank=done",
		PayeeInfo: PayeeInfo{"044525225", "30101810400000000225", "9901011011", "990101001", "ООО «Снабжение и сервис»"},
		Purpose:   Purpose("A1024", time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), testVAT, LimitRequestPurpose), VATAmount: testVAT.RequestAmount(),
	}
}

func goodDraft() InvoiceAny {
	return InvoiceAny{
		Amount: 1010, CreditContractNumber: "5-2026/777", Date: "2026-11-22", ExpirationDate: "2026-12-02", ExternalID: testID, IsPaidByCredit: true,
		OperationCode: OperationCode, OrderNumber: "A1024", PayeeAccount: "40702810138001000101", PayeeBankBIC: "044525225",
		PayeeBankCorrAccount: "30101810400000000225", PayeeINN: "9901011011", PayeeKPP: "990101001", PayeeName: "ООО «Снабжение и сервис»",
		Priority: Priority, Purpose: Purpose("A1024", time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), testVAT, LimitPaymentPurpose), VAT: testVAT.Payment(),
	}
}

// update writes the golden bodies anew: go test ./internal/credit -run TestBodiesOnTheWire -update. Look at the difference
// before committing it: these bytes are what the bank receives.
var update = flag.Bool("update", false, "write testdata/golden")

func TestBodiesOnTheWire(t *testing.T) {
	invoice := goodDraft()
	invoice.IsPaidByCredit, invoice.CreditContractNumber, invoice.PayeeKPP = false, "", ""
	invoice.VAT, invoice.Purpose = VAT{Type: VATNone}.Payment(), "Оплата по заказу № A1024, НДС не облагается"
	manual := goodDraft()
	manual.VAT = VAT{Type: VATManual, Amount: 182}.Payment()
	// A tax that rounds to nothing is told; no tax is not.
	small, untaxed := goodRequest(), goodRequest()
	small.VATAmount, small.Purpose = VAT{VATIncluded, 22, 0}.RequestAmount(), "Оплата по заказу № A1024, НДС 22% - 0.00 рублей"
	untaxed.VATAmount, untaxed.Purpose = VAT{Type: VATNone}.RequestAmount(), "Оплата по заказу № A1024, НДС не облагается"
	included := goodDraft()
	included.VAT, included.Purpose = VAT{VATIncluded, 22, 0}.Payment(), "Оплата по заказу № A1024, НДС 22% - 0.00 рублей"
	// A sole trader has no KPP; an order paid in parts names no lines; a single offer needs no code.
	trader, part := goodRequest(), goodDraft()
	trader.PayeeInfo = PayeeInfo{"044525225", "30101810400000000225", "500100732259", "0", "ИП Орлова Мария Сергеевна"}
	trader.OrderInfo, trader.CreditProductCode, trader.DeliveryAmount, trader.Amount, trader.CreditAmount = nil, "", 0, 99999999999, 99999999999
	part.PayeeINN, part.PayeeKPP, part.PayeeName, part.OrderNumber, part.PayeeBankCorrAccount = "500100732259", "0", "ИП Орлова Мария Сергеевна", "", ""
	part.Amount, part.VAT = 99999999999, VAT{VATIncluded, 10, 9090909091}.Payment()
	for name, body := range map[string]interface{ Marshal() ([]byte, error) }{
		"credit-request-sole-trader.json": trader, "draft-sole-trader.json": part,
		"credit-request-small-vat.json": small, "credit-request-no-vat.json": untaxed, "draft-small-vat.json": included,
		"credit-request.json": goodRequest(), "draft-line.json": goodDraft(), "draft-invoice.json": invoice, "draft-manual-vat.json": manual,
	} {
		got, err := body.Marshal()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		name = "testdata/golden/" + name
		if *update {
			if err := os.WriteFile(name, append(got, '\n'), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil || string(got) != strings.TrimSpace(string(want)) {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, got, want)
		}
	}
}

// Amounts on the wire are numbers with two decimals whatever they are.
func TestAmountsOnTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := goodDraft()
		d.Amount = money.Amount(rapid.Int64Range(1000, int64(money.Max)).Draw(t, "amount"))
		body, err := d.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^\{"amount":[0-9]{1,16}\.[0-9]{2},`).Match(body) || !strings.HasPrefix(string(body), `{"amount":`+d.Amount.String()+`,`) {
			t.Fatalf("%s", body)
		}
	})
}

func TestBrokenFieldIsNamed(t *testing.T) {
	long := strings.Repeat("я", 255)
	requests := map[string]func(*CreditRequest){
		"account":                    func(r *CreditRequest) { r.Account = "4070281013800100010A" },
		"amount":                     func(r *CreditRequest) { r.Amount = 0 },
		"creditAmount":               func(r *CreditRequest) { r.CreditAmount = r.Amount - 1 },
		"creditProductCode":          func(r *CreditRequest) { r.CreditProductCode = "A B" },
		"creditTerm":                 func(r *CreditRequest) { r.CreditTerm = 0 },
		"deliveryAmount":             func(r *CreditRequest) { r.DeliveryAmount = r.Amount + 1 },
		"externalId":                 func(r *CreditRequest) { r.ExternalID = strings.ToUpper(testID) },
		"negativeOrderUrl":           func(r *CreditRequest) { r.NegativeOrderURL = r.OrderURL },
		"orderId":                    func(r *CreditRequest) { r.OrderID = "A-1024" },
		"orderInfo[0].numOfPosition": func(r *CreditRequest) { r.OrderInfo[0].NumOfPosition = 0 },
		"orderInfo[0].position":      func(r *CreditRequest) { r.OrderInfo[0].Position = long[:202] },
		"orderUrl":                   func(r *CreditRequest) { r.OrderURL = "/orders/A1024" },
		"payeeInfo.payeeBankBic":     func(r *CreditRequest) { r.PayeeInfo.BankBIC = "" },
		"payeeInfo.payeeInn":         func(r *CreditRequest) { r.PayeeInfo.INN = "77" },
		"payeeInfo.payeeKpp":         func(r *CreditRequest) { r.PayeeInfo.KPP = "" },
		"payeeInfo.payeeName":        func(r *CreditRequest) { r.PayeeInfo.Name = "ООО\n«А»" },
		"purpose":                    func(r *CreditRequest) { r.Purpose = long[:2*121] },
		"vatAmount":                  func(r *CreditRequest) { r.VATAmount = &r.Amount },
	}
	for field, spoil := range requests {
		r := goodRequest()
		spoil(&r)
		_, err := r.Marshal()
		wantField(t, field, err)
	}
	drafts := map[string]func(*InvoiceAny){
		"amount":               func(d *InvoiceAny) { d.Amount = -1 },
		"creditContractNumber": func(d *InvoiceAny) { d.IsPaidByCredit = false },
		"date":                 func(d *InvoiceAny) { d.Date = "22.11.2026" },
		"expirationDate":       func(d *InvoiceAny) { d.ExpirationDate = "2026-12-03" },
		"externalId":           func(d *InvoiceAny) { d.ExternalID = "" },
		"operationCode":        func(d *InvoiceAny) { d.OperationCode = "" },
		"orderNumber":          func(d *InvoiceAny) { d.OrderNumber = "заказ" },
		"payeeAccount":         func(d *InvoiceAny) { d.PayeeAccount = "1" },
		"payeeBankCorrAccount": func(d *InvoiceAny) { d.PayeeBankCorrAccount = "1" },
		"payeeName":            func(d *InvoiceAny) { d.PayeeName = long },
		"priority":             func(d *InvoiceAny) { d.Priority = "1" },
		"purpose":              func(d *InvoiceAny) { d.Purpose = "" },
		"vat.amount":           func(d *InvoiceAny) { d.VAT.Amount = &d.Amount },
		"vat.rate":             func(d *InvoiceAny) { d.VAT.Rate = "21" },
		"vat.type":             func(d *InvoiceAny) { d.VAT.Type = "ONTOP" },
	}
	for field, spoil := range drafts {
		d := goodDraft()
		spoil(&d)
		_, err := d.Marshal()
		wantField(t, field, err)
	}
}

func wantField(t *testing.T, field string, err error) {
	t.Helper()
	if e, ok := errors.AsType[*FieldError](err); !ok || e.Field != field {
		t.Errorf("want field %s, got %v", field, err)
	}
}

func TestValidity(t *testing.T) {
	late := time.Date(2026, 11, 22, 21, 30, 0, 0, time.UTC) // the 23rd in Moscow
	date, expiration, until := Validity(late, 10)
	if date != "2026-11-23" || expiration != "2026-12-03" || !until.Equal(time.Date(2026, 12, 3, 20, 59, 59, 0, time.UTC)) {
		t.Errorf("%s %s %s", date, expiration, until)
	}
	if _, expiration, _ := Validity(late, 100); expiration != "2026-12-03" {
		t.Errorf("longer than the law allows: %s", expiration)
	}
}
