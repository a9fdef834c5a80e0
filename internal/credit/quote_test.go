package credit

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"creditcart/internal/money"
)

// checkWay holds for every way of every quote.
func checkWay(t interface{ Fatalf(string, ...any) }, due money.Amount, w Way) {
	if w.Condition() == "" {
		t.Fatalf("no words for %+v", w)
	}
	if !w.Available {
		if w.Reason == "" || w.PayNow != 0 || w.CreditAmount != 0 || len(w.Terms) != 0 {
			t.Fatalf("unavailable, but %+v", w)
		}
		return
	}
	if w.Reason != "" || w.PayNow <= 0 || w.Rest < 0 || w.PayNow+w.Rest != due || w.AfterLine < 0 || w.OverBy != 0 {
		t.Fatalf("parts do not make %d: %+v", due, w)
	}
	switch w.Method {
	case Credit:
		if w.CreditAmount < w.Offer.SumMin || w.CreditAmount > w.Offer.SumMax || w.CreditAmount < w.PayNow || w.Rest != 0 {
			t.Fatalf("credit out of bounds: %+v", w)
		}
		if w.UnderMin != (due < w.Offer.SumMin) || !w.UnderMin && w.CreditAmount != due {
			t.Fatalf("UnderMin is wrong: %+v", w)
		}
		if len(w.Terms) == 0 || w.Terms[0].Months != w.Offer.TermMin || w.Terms[len(w.Terms)-1].Months != w.Offer.TermMax {
			t.Fatalf("terms %v of %+v", w.Terms, w.Offer)
		}
		for i, term := range w.Terms {
			again, ok := w.Term(term.Months)
			if !ok || again != term || i > 0 && term.Months <= w.Terms[i-1].Months || term.Monthly <= 0 && w.PayNow > 60000 {
				t.Fatalf("term %+v of %v", term, w.Terms)
			}
		}
	case Line:
		if w.PayNow+w.AfterLine != w.Contract.Available || w.Contract.Number == "" || w.CreditAmount != 0 {
			t.Fatalf("line does not add up: %+v", w)
		}
	case Invoice:
		if w.Rest != 0 || w.CreditAmount != 0 {
			t.Fatalf("invoice pays a part: %+v", w)
		}
	}
}

func drawFacts(t *rapid.T) Facts {
	sum := rapid.OneOf(rapid.Int64Range(0, 1_000_000_00), rapid.Int64Range(-1, int64(money.Max)))
	offer := rapid.Custom(func(t *rapid.T) Offer {
		return Offer{
			ProductCode: "A1", SumMin: money.Amount(sum.Draw(t, "min")), SumMax: money.Amount(sum.Draw(t, "max")),
			Rate: decimal.New(rapid.Int64Range(0, 100_00).Draw(t, "rate"), -2), TermMin: rapid.IntRange(0, 40).Draw(t, "from"), TermMax: rapid.IntRange(0, 400).Draw(t, "to"),
			Forms: rapid.SampledFrom([][]string{nil, {"ООО"}, {"ИП", "ГКФХ"}}).Draw(t, "forms"), Problem: rapid.SampledFrom([]string{"", "", "", "сломано"}).Draw(t, "problem"),
		}
	})
	day := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "open") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "unix"), 0)
	})
	contract := rapid.Custom(func(t *rapid.T) Contract {
		return Contract{Number: rapid.SampledFrom([]string{"", "5-2026/777"}).Draw(t, "number"), Available: money.Amount(sum.Draw(t, "available")), Since: day.Draw(t, "since"), Until: day.Draw(t, "until")}
	})
	b := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name) > 0 }
	return Facts{
		BuyOnCredit: b("buy"), HasActiveLine: b("line"), LawForm: rapid.SampledFrom([]string{"ООО", "ИП", "АО", ""}).Draw(t, "form"), Now: time.Unix(1_800_000_000, 0),
		Offers: rapid.SliceOfN(offer, 0, 4).Draw(t, "offers"), OffersKnown: b("known"), MerchantConnected: b("merchant"),
		Contracts: rapid.SliceOfN(contract, 0, 3).Draw(t, "contracts"), ContractsKnown: b("contractsKnown"),
	}
}

func TestQuoteProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		due := money.Amount(rapid.OneOf(rapid.Int64Range(1, 1_000_000_00), rapid.Int64Range(-5, int64(money.Max))).Draw(t, "due"))
		ways := Quote(due, drawFacts(t))
		seen := map[Method]int{}
		for _, w := range ways {
			checkWay(t, due, w)
			seen[w.Method]++
		}
		last := ways[len(ways)-1]
		if seen[Line] == 0 || seen[Credit] == 0 || seen[Invoice] != 1 || last.Method != Invoice || last.Available != (due > 0) {
			t.Fatalf("ways %v, the last %+v", seen, last)
		}
	})
}

func goodFacts() Facts {
	return Facts{
		BuyOnCredit: true, HasActiveLine: true, LawForm: "ООО", Now: time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC), OffersKnown: true, MerchantConnected: true, ContractsKnown: true,
		Offers:    []Offer{{ProductCode: "A1", SumMin: 2000000, SumMax: 50000000, Rate: decimal.RequireFromString("21.5"), TermMin: 3, TermMax: 36}},
		Contracts: []Contract{{Number: "5-2026/777", Available: 25000000}},
	}
}

func way(t *testing.T, ways []Way, m Method) Way {
	t.Helper()
	for _, w := range ways {
		if w.Method == m {
			return w
		}
	}
	t.Fatalf("no %s among %+v", m, ways)
	return Way{}
}

func TestConditionWords(t *testing.T) {
	facts := goodFacts()
	small := goodFacts()
	small.Contracts[0].Available = 1000050
	claim := money.Amount(700000)
	rows := []struct {
		name   string
		due    money.Amount
		method Method
		change func(*Facts)
		reason Reason
		want   string
	}{
		{"inside", 18450000, Credit, nil, "", "Кредит 184 500 ₽ на 12 месяцев под 21,5 % годовых. Примерный платёж 17 224 ₽ в месяц; точный график покажет банк."},
		{"under sumMin", 540000, Credit, nil, "", "Минимальная сумма кредита 20 000 ₽. Банк оформит лимит на 20 000 ₽ и оплатит заказ на 5 400 ₽; остаток лимита сможете использовать потом."},
		{"over sumMax", 58450000, Credit, func(f *Facts) { f.Contracts = nil }, ReasonOverMax, "Кредит доступен на сумму до 500 000 ₽, заказ дороже на 84 500 ₽. Уберите товаров на эту сумму или выберите другой способ."},
		{"over sumMax, line part", 58450000, Credit, func(f *Facts) { f.Contracts = small.Contracts }, ReasonOverMax, "Кредит доступен на сумму до 500 000 ₽, заказ дороже на 84 500 ₽. Уберите товаров на эту сумму или выберите другой способ. Часть заказа, 10 000,50 ₽, можно оплатить с кредитной линии."},
		{"line whole", 18450000, Line, nil, "", "Кредитная линия № 5-2026/777: доступно 250 000 ₽. После оплаты останется 65 500 ₽."},
		{"line part", 4023000, Line, func(f *Facts) { f.Contracts = small.Contracts }, "", "На линии доступно 10 000,50 ₽. Оплатите эту часть сейчас, а оставшиеся 30 229,50 ₽ другим способом, когда первый платёж исполнится."},
		{"not offered", 1, Credit, func(f *Facts) { f.BuyOnCredit = false }, ReasonNotOffered, "Банк сейчас не предлагает вашей компании покупку в кредит. Это решение банка; заказ можно оплатить по счёту."},
		{"legal form", 1, Credit, func(f *Facts) { f.LawForm = "АО" }, ReasonLawForm, "Кредит в корзине доступен ООО, ИП и ГКФХ."},
		{"no offers", 1, Credit, func(f *Facts) { f.Offers = nil }, ReasonNoOffers, "Для вашей организационно-правовой формы сейчас нет кредитных предложений."},
		{"offers of other forms only", 1, Credit, func(f *Facts) { f.Offers[0].Forms = []string{"ИП"} }, ReasonNoOffers, "Для вашей организационно-правовой формы сейчас нет кредитных предложений."},
		{"bank silent", 1, Credit, func(f *Facts) { f.OffersKnown, f.Offers = false, nil }, ReasonOffersUnknown, "Условия временно недоступны. Можно оплатить по счёту или вернуться позже: заказ сохранён."},
		{"merchant", 1, Credit, func(f *Facts) { f.MerchantConnected = false }, ReasonMerchantNotConnected, "Магазин временно не принимает оплату в кредит."},
		{"no line by flag", 1, Line, func(f *Facts) { f.HasActiveLine = false }, ReasonNoLine, "У вашей компании нет действующей кредитной линии."},
		{"the contract wins over the flag", 1, Line, func(f *Facts) { f.Contracts, f.LineAvailableClaim = nil, &claim }, ReasonNoLine, "У вашей компании нет действующей кредитной линии."},
		{"line unknown", 1, Line, func(f *Facts) { f.ContractsKnown, f.LineAvailableClaim = false, &claim }, ReasonLineUnknown, "При входе банк сообщил, что на линии доступно 7 000 ₽, но сейчас не подтвердил договор. Обновите страницу через минуту или оплатите по счёту."},
		{"line ended", 1, Line, func(f *Facts) { f.Contracts[0].Until = f.Now.Add(-time.Hour) }, ReasonLineEnded, "Договор кредитной линии № 5-2026/777 закончился 22 ноября 2026 года."},
		{"line not begun", 1, Line, func(f *Facts) { f.Contracts[0].Since = f.Now.AddDate(0, 0, 10) }, ReasonLineNotBegun, "Договор кредитной линии № 5-2026/777 начнёт действовать 2 декабря 2026 года."},
		{"line empty", 1, Line, func(f *Facts) { f.Contracts[0].Available = 0 }, ReasonLineEmpty, "На кредитной линии № 5-2026/777 сейчас нет свободных денег. Они появятся, когда вы погасите часть долга."},
		{"line broken", 1, Line, func(f *Facts) { f.Contracts[0].Problem = "банк не указал номер договора" }, ReasonBrokenLine, "Кредитную линию сейчас нельзя выбрать: данные договора от банка пришли с ошибкой. Выберите другой способ. Причина: банк не указал номер договора."},
		{"invoice", 18450000, Invoice, nil, "", "Платёж 184 500 ₽ со счёта вашей компании. Банк создаст платёжное поручение, останется его подписать."},
		{"nothing due", 0, Invoice, nil, ReasonNothingDue, "Заказ уже оплачен, платить больше нечего."},
	}
	for _, r := range rows {
		f := goodFacts()
		if r.change != nil {
			r.change(&f)
		}
		w := way(t, Quote(r.due, f), r.method)
		if got := strings.ReplaceAll(w.Condition(), "\u00a0", " "); got != r.want || w.Reason != r.reason || w.Available != (r.reason == "") {
			t.Errorf("%s: available %v, reason %q\n got %s\nwant %s", r.name, w.Available, w.Reason, got, r.want)
		}
	}
	if got := Chip(Quote(1, facts)); got != "Линия: доступно 250\u00a0000\u00a0₽" {
		t.Errorf("chip %q", got)
	}
	facts.HasActiveLine = false
	if got := Chip(Quote(1, facts)); got != "Кредит до 500\u00a0000\u00a0₽" {
		t.Errorf("chip %q", got)
	}
}

// The line's sum comes from the contract, not from what user-info claimed at sign-in.
func TestContractWinsOverClaim(t *testing.T) {
	f := goodFacts()
	claim := money.Amount(999999999)
	f.LineAvailableClaim = &claim
	if w := way(t, Quote(26000000, f), Line); w.PayNow != 25000000 || w.Rest != 1000000 {
		t.Errorf("%+v", w)
	}
}

func TestEdgesOfAnOffer(t *testing.T) {
	for due, want := range map[money.Amount]struct {
		credit money.Amount
		under  bool
		over   money.Amount
	}{1999999: {2000000, true, 0}, 2000000: {2000000, false, 0}, 50000000: {50000000, false, 0}, 50000001: {0, false, 1}} {
		w := way(t, Quote(due, goodFacts()), Credit)
		if w.CreditAmount != want.credit || w.UnderMin != want.under || w.OverBy != want.over || w.Available != (want.over == 0) {
			t.Errorf("due %d: %+v", due, w)
		}
	}
}

// A live contract hides an old one; several live ones are the buyer's choice.
func TestSeveralContracts(t *testing.T) {
	f := goodFacts()
	f.Contracts = []Contract{{Number: "old", Available: 100, Until: f.Now.Add(-1)}, {Number: "a", Available: 100}, {Number: "b", Available: 500}}
	var numbers []string
	for _, w := range Quote(300, f) {
		if w.Method == Line {
			numbers = append(numbers, w.Contract.Number)
		}
	}
	if strings.Join(numbers, " ") != "a b" {
		t.Errorf("lines %v", numbers)
	}
}

func TestMonthly(t *testing.T) {
	rate := decimal.RequireFromString
	for _, c := range []struct {
		sum    money.Amount
		rate   string
		months int
		want   money.Amount
	}{
		{18450000, "21.5", 12, 1722380}, // 17 223.79631… by another program with 60 digits
		{18450000, "0", 12, 1537500},
		{18450000, "21.5", 1, 18780563}, // 184 500 × (1 + 0.215/12)
		{10000, "0", 3, 3333},
		{10000, "0.0000000000000000000000000000000001", 3, 3333},
		{0, "21.5", 12, 0}, {-5, "21.5", 12, 0}, {100, "21.5", 0, 0},
		{money.Max, "1000", 1, money.Max},
	} {
		if got := Monthly(c.sum, rate(c.rate), c.months); got != c.want {
			t.Errorf("%d at %s for %d months: %d, want %d", c.sum, c.rate, c.months, got, c.want)
		}
	}
	// The payments cover the debt, and a longer term costs more in all and less a month.
	rapid.Check(t, func(t *rapid.T) {
		sum := money.Amount(rapid.Int64Range(100_000, 10_000_000_000).Draw(t, "sum"))
		r := decimal.New(rapid.Int64Range(1, 99_99).Draw(t, "rate"), -2)
		n := rapid.IntRange(1, 359).Draw(t, "months")
		short, long := Monthly(sum, r, n), Monthly(sum, r, n+1)
		if short*money.Amount(n)+money.Amount(n) < sum || long > short {
			t.Fatalf("%d months: %d, %d months: %d", n, short, n+1, long)
		}
	})
}

func TestTermsToChoose(t *testing.T) {
	if got := choices(3, 12); len(got) != 10 {
		t.Errorf("a short range: %v", got)
	}
	if got := choices(3, 37); got[0] != 3 || got[1] != 6 || got[2] != 12 || got[len(got)-1] != 37 {
		t.Errorf("a long range: %v", got)
	}
	f := goodFacts()
	w := way(t, Quote(18450000, f), Credit)
	if _, ok := w.Term(7); !ok {
		t.Error("a term inside the offer is refused because it is not among the choices")
	}
	for _, n := range []int{-1, 0, 2, 37} {
		if _, ok := w.Term(n); ok {
			t.Errorf("%d months accepted", n)
		}
	}
	for n, want := range map[int]string{1: "1 месяц", 2: "2 месяца", 5: "5 месяцев", 11: "11 месяцев", 21: "21 месяц", 112: "112 месяцев"} {
		if got := strings.ReplaceAll(Months(n), "\u00a0", " "); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
