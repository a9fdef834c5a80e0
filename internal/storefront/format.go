package storefront

import (
	"strconv"
	"strings"
	"time"

	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/web/templates"
)

var moscow = credit.Moscow()

var monthNames = [...]string{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"}

// day is «22 ноября», with the year when it is not the current one.
func day(t, now time.Time) string {
	t = t.In(moscow)
	text := strconv.Itoa(t.Day()) + "\u00a0" + monthNames[t.Month()-1]
	if t.Year() != now.In(moscow).Year() {
		text += " " + strconv.Itoa(t.Year())
	}
	return text
}

// moment is a time for reading: «14:05» today, «22 ноября, 14:05» on other days.
func moment(t, now time.Time) templates.Time {
	local := t.In(moscow)
	clock := local.Format("15:04")
	text := day(t, now) + ", " + clock
	if local.Format(time.DateOnly) == now.In(moscow).Format(time.DateOnly) {
		text = clock
	}
	return templates.Time{ISO: t.UTC().Format(time.RFC3339), Text: text, Title: exact(t)}
}

// dated is a moment that names its day also today: when an order was placed.
func dated(t, now time.Time) templates.Time {
	m := moment(t, now)
	m.Text = day(t, now) + ", " + t.In(moscow).Format("15:04")
	return m
}

func exact(t time.Time) string {
	t = t.In(moscow)
	return strconv.Itoa(t.Day()) + " " + monthNames[t.Month()-1] + " " + t.Format("2006, 15:04:05") + " МСК"
}

// until is a deadline: «2 декабря, 23:59 МСК».
func until(t, now time.Time) string {
	return day(t, now) + ", " + t.In(moscow).Format("15:04") + " МСК"
}

// plural counts things: plural(2, "товар", "товара", "товаров") is «2 товара».
func plural(n int, one, few, many string) string {
	return grouped(n) + "\u00a0" + credit.Plural(n, one, few, many)
}

// unitForms are the units of feeds that are whole words; abbreviations («шт», «кг») have no forms.
var unitForms = map[string][3]string{
	"штука": {"штука", "штуки", "штук"}, "пачка": {"пачка", "пачки", "пачек"}, "упаковка": {"упаковка", "упаковки", "упаковок"},
	"коробка": {"коробка", "коробки", "коробок"}, "пара": {"пара", "пары", "пар"}, "рулон": {"рулон", "рулона", "рулонов"},
	"комплект": {"комплект", "комплекта", "комплектов"}, "набор": {"набор", "набора", "наборов"}, "бутыль": {"бутыль", "бутыли", "бутылей"},
	"лист": {"лист", "листа", "листов"}, "метр": {"метр", "метра", "метров"}, "мешок": {"мешок", "мешка", "мешков"}, "банка": {"банка", "банки", "банок"},
}

// pieces is a quantity with its unit: «5 пачек», «3 шт».
func pieces(quantity int64, unit string) string {
	if f, ok := unitForms[unit]; ok {
		return plural(int(quantity), f[0], f[1], f[2])
	}
	return grouped(int(quantity)) + "\u00a0" + unit
}

// grouped is a number with spaces between thousands.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, r := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString("\u00a0")
		}
		b.WriteRune(r)
	}
	return b.String()
}

// sums gives one form for all sums of a table: kopecks everywhere or nowhere.
func sums(amounts ...money.Amount) func(money.Amount) string {
	for _, a := range amounts {
		if a%100 != 0 {
			return money.Amount.Format
		}
	}
	return money.Amount.FormatShort
}

// withVAT is the rate beside a price.
func withVAT(rate money.VATRate) string {
	if rate == money.NoVAT {
		return rate.Format()
	}
	return "с " + rate.Format()
}

// ofVAT names the tax in a row of totals.
func ofVAT(rate money.VATRate) string {
	if rate == money.NoVAT {
		return "Товары без НДС"
	}
	return "В том числе " + rate.Format()
}
