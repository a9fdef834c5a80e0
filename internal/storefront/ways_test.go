package storefront

import (
	"strings"
	"testing"
)

// Each offer says what it means for this sum: the card's own words are about the one that is marked.
func TestOffersSpeakForThemselves(t *testing.T) {
	w := newWorld(t)
	w.connect()
	b := w.browser().signIn("romashka-buyer")
	order := "/orders/" + b.order("cheap") // 5 400 ₽: under every sumMin
	small, large := "Банк оформит лимит на 20 000 ₽", "Банк оформит лимит на 100 000 ₽"
	page := text(b.get(order).want(t, 200, small, large).body)
	if strings.Index(page, small) > strings.Index(page, large) || strings.Count(page, small) != 1 {
		t.Errorf("the first offer is not the one spoken of:\n%s", page)
	}
	page = text(b.get(order+"?method=credit&product_code=MBKoo301&term=24").want(t, 200, small, large).body)
	if strings.Index(page, large) > strings.Index(page, small) {
		t.Errorf("the chosen offer is not the one spoken of:\n%s", page)
	}
	dear := "/orders/" + b.order("mid")
	b.get(dear+"?method=credit&product_code=MBKoo226&term=6").want(t, 200, "Кредит 184 500 ₽ на 6 месяцев под 21,5 % годовых", "Кредит 184 500 ₽ на 12 месяцев под 23,9 % годовых")
}

func TestWaysThatCannotBeChosenStandLast(t *testing.T) {
	w := newWorld(t)
	w.connect()
	for person, want := range map[string][]string{
		"romashka-buyer": {"credit", "invoice", "line"},
		"sokolov":        {"line", "credit", "invoice"},
		"sever-director": {"line", "credit", "invoice"}, // no money of the bank's: why not is said first
	} {
		b := w.browser().signIn(person)
		page := b.get("/orders/" + b.order("part")).body
		last := -1
		for _, method := range want {
			at := strings.Index(page, `data-testid="pay-card-`+method+`"`)
			if at <= last {
				t.Errorf("%s: %s stands at %d, after %d", person, method, at, last)
			}
			last = at
		}
	}
}

func TestBrand(t *testing.T) {
	for name, want := range map[string]string{"ООО «Снабжение и сервис»": "Снабжение и сервис", "АО «НПО «Заря»": "АО «НПО «Заря»", "ИП Соколов": "ИП Соколов", "«»": "«»", "Завод «Луч» имени Иванова": "Завод «Луч» имени Иванова"} {
		if got := brand(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestPieces(t *testing.T) {
	for want, got := range map[string]string{
		"1\u00a0пачка": pieces(1, "пачка"), "3\u00a0пачки": pieces(3, "пачка"), "12\u00a0пачек": pieces(12, "пачка"), "5\u00a0шт": pieces(5, "шт"), "50\u00a0000\u00a0шт": pieces(50_000, "шт"),
		"1\u00a0минуту": age(0), "2\u00a0часа": age(2*60*60*1e9 + 1), "11\u00a0дней": age(11 * 24 * 60 * 60 * 1e9),
	} {
		if want != got {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
