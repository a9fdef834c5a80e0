package checkout

import (
	"fmt"
	"io"
	"strings"
	"time"

	"creditcart/internal/credit"
)

// titles are the kinds of differences in the merchant's words.
var titles = map[FindingKind]string{
	FindUnknownOrder:    "Деньги по заказу, которого нет в этой базе",
	FindNotPaid:         "Деньги пришли, а заказ здесь не оплачен",
	FindPaidAtBank:      "Банк исполнил документ, а заказ здесь не оплачен",
	FindUnknownDocument: "Документ в банке, которого нет в этой базе",
	FindNotInStatement:  "Заказ оплачен здесь, а денег в выписке нет",
	FindSum:             "Сумма не та",
	FindDouble:          "Деньги за заказ пришли ещё раз",
	FindOtherPayer:      "За заказ заплатил другой плательщик",
	FindUnclear:         "Непонятное назначение, заказ предположительно известен",
	FindUnreadable:      "Строка выписки не читается",
}

// Write prints the report for the merchant.
func (r *MoneyReport) Write(w io.Writer) error {
	var b strings.Builder
	if r.Since == r.To {
		fmt.Fprintf(&b, "Сверка с банком за %s\n\n", words(r.To))
	} else {
		fmt.Fprintf(&b, "Сверка с банком: %s — %s\n\n", words(r.Since), words(r.To))
	}
	fmt.Fprintf(&b, "Сошлось: %s\n", r.Agreed)
	if r.Awaited.Count > 0 {
		fmt.Fprintf(&b, "Оплачено здесь, деньги ещё могут прийти: %s (не все дни прочитаны до конца; повторите сверку позже или возьмите больше дней)\n", r.Awaited)
	}
	if r.Other.Count > 0 {
		fmt.Fprintf(&b, "К заказам не относится: %s\n", r.Other)
	}
	fmt.Fprintf(&b, "Спрошено документов в банке: %d\n", r.Asked)
	kind := FindingKind("")
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Kind != kind {
			kind = f.Kind
			fmt.Fprintf(&b, "\n%s\n", titles[kind])
		}
		f.write(&b)
		if i+1 == len(r.Findings) || r.Findings[i+1].Kind != kind || r.Findings[i+1].Action != f.Action {
			fmt.Fprintf(&b, "  Что делать: %s\n", f.Action)
		}
	}
	if len(r.Gaps) > 0 {
		b.WriteString("\nНе удалось сравнить\n")
	}
	for _, g := range r.Gaps {
		what := "заказ " + g.Order
		if g.Day != "" {
			what = wordsOfDays(g.Day)
		}
		fmt.Fprintf(&b, "  • %s: %s\n", what, g.Why)
	}
	switch {
	case !r.Agrees():
		fmt.Fprintf(&b, "\nРасхождений: %d. Заказы не изменены.\n", len(r.Findings))
	case r.Whole():
		b.WriteString("\nРасхождений нет.\n")
	default:
		b.WriteString("\nРасхождений не найдено, но сравнить удалось не всё.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f *Finding) write(b *strings.Builder) {
	b.WriteString("  •")
	for _, part := range []struct{ before, text string }{
		{" заказ ", f.Order}, {" возможно, заказ ", strings.Join(f.Candidates, " или ")}, {", ", amountWords(f)}, {", ", words(f.Day)},
		{", платёжное поручение № ", f.Document}, {", плательщик ", f.Payer}, {", ИНН ", f.PayerINN}, {", покупатель ", f.Buyer}, {", его ИНН ", f.BuyerINN},
		{", документ ", f.Payment}, {", статус в банке: ", statusWords(f.BankStatus)}, {", назначение: ", quoted(f.Purpose)}, {": ", f.Problem},
	} {
		if part.text != "" {
			b.WriteString(part.before + part.text)
		}
	}
	b.WriteString("\n")
}

func amountWords(f *Finding) string {
	switch {
	case f.Amount == 0:
		return ""
	case f.Expected != 0:
		return f.Amount.Format() + " вместо " + f.Expected.Format()
	}
	return f.Amount.Format()
}

func statusWords(code string) string {
	if code == "" {
		return ""
	}
	return credit.Lookup(code).Code
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "«" + s + "»"
}

// String is «3 платежа на 10 000,00 ₽».
func (t Tally) String() string {
	return fmt.Sprintf("%d %s на %s", t.Count, credit.Plural(t.Count, "платёж", "платежа", "платежей"), t.Sum.Format())
}

// words is «22 ноября 2026 года».
func words(day string) string {
	t, err := time.ParseInLocation(time.DateOnly, day, credit.Moscow())
	if err != nil {
		return day
	}
	return credit.Day(t)
}

func wordsOfDays(span string) string {
	first, last, several := strings.Cut(span, " … ")
	if !several {
		return words(span)
	}
	return words(first) + " — " + words(last)
}
