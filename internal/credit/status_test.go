package credit

import (
	"strings"
	"testing"
	"time"
)

// The table of the document «Статусы платежных поручений», by hand: code and what to do with it.
const documented = `
ACCEPTED poll bank_works
ACCEPTED_BY_ABS poll bank_works
CARD2 poll needs_you
CREATED poll wait_signature
CHECKERROR poll needs_you
DELAYED poll bank_checks
DELIVERED poll bank_works
DELIVERED_RZK poll bank_works
FRAUDALLOW poll bank_works
FRAUDDENY poll bank_checks
FRAUDREVIEW poll bank_checks
FRAUDSENT poll bank_works
FRAUDSMS poll needs_you
NOT_ACCEPTED_RZK poll bank_checks
PARTSIGNED poll second_signature
PROCESSING_RZK poll bank_works
REQUESTED_RECALL poll recall_asked
RZK_SIGN_ERROR poll bank_checks
SENDING_TO_RZK poll bank_works
SIGNED poll bank_works
TO_PROCESSING_RZK poll bank_works
DELETED final failed
INVALIDEDS final failed
RECALL final failed
REFUSEDBYBANK final failed
REFUSEDBYABS final failed
REQUISITEERROR final failed
REFUSED_BY_RZK final failed
IMPLEMENTED final paid
RECEIVED poll wait_signature
PROCESSED poll bank_works`

func TestDictionaryIsTheDocuments(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(documented), "\n")
	if want := 29 + 2; len(rows) != want || len(dictionary) != want {
		t.Fatalf("%d documented, %d in the dictionary", len(rows), len(dictionary))
	}
	seen := map[string]bool{}
	for _, row := range rows {
		f := strings.Fields(row)
		s := Lookup(" " + strings.ToLower(f[0]) + "\n")
		if !s.Known || s.Code != f[0] || s.Final != (f[1] == "final") || string(s.Stage) != f[2] {
			t.Errorf("%s: %+v", row, s)
		}
		if (s.Poll == 0) != s.Final || s.Poll < 0 || s.Poll > 30*time.Minute {
			t.Errorf("%s is asked every %v", s.Code, s.Poll)
		}
		if s.Buyer == "" || s.Merchant == "" || seen[s.Merchant] || strings.Contains(s.Buyer, s.Code) {
			t.Errorf("%s has no words of its own: %+v", s.Code, s)
		}
		if s.Stage == StageFailed && !strings.HasSuffix(s.Buyer, "Деньги не списаны. Заказ сохранён, выберите другой способ.") {
			t.Errorf("%s: %q", s.Code, s.Buyer)
		}
		seen[s.Merchant] = true
	}
}

func TestUnknownStatusIsTheBankAtWork(t *testing.T) {
	for _, code := range []string{"", "NEW_STATUS_2027", "IMPLEMENTED2"} {
		if s := Lookup(code); s.Known || s.Final || s.Stage != StageBankWorks || s.Poll <= 0 || s.Code != code {
			t.Errorf("%q: %+v", code, s)
		}
	}
}

func TestBuyerText(t *testing.T) {
	now := time.Date(2026, 11, 22, 11, 7, 0, 0, time.UTC)
	until := time.Date(2026, 12, 2, 20, 59, 59, 0, time.UTC)
	for _, c := range []struct {
		code string
		at   Situation
		want string
	}{
		{"CREATED", Situation{Until: until}, "Документ ждёт подписи в СберБизнес до 2 декабря. Подписать может любой сотрудник с правом подписи."},
		{"RECEIVED", Situation{}, "Кредитная заявка ждёт подписи в СберБизнес. Заполнить и подписать её может любой сотрудник с правом подписи."},
		{"PARTSIGNED", Situation{}, "Подписан одной подписью. Ждём вторую."},
		{"ACCEPTED", Situation{Now: now, Since: now.Add(-9 * time.Minute)}, "Банк обрабатывает документ, обычно до 1 минуты."},
		{"ACCEPTED", Situation{Now: now, Since: now.Add(-10 * time.Minute)}, "Банк проверяет дольше обычного. Мы сообщим о результате."},
		{"SOMETHING", Situation{Comment: "Ждём\nвас"}, "Банк обрабатывает документ, обычно до 1 минуты. Комментарий банка: «Ждём вас»."},
		{"DELAYED", Situation{}, "Банк дополнительно проверяет платёж и может связаться с вами."},
		{"FRAUDDENY", Situation{Now: now, Since: now.Add(-time.Hour)}, "Банк дополнительно проверяет платёж и может связаться с вами."},
		{"FRAUDDENY", Situation{Now: now, Since: now.Add(-24 * time.Hour)}, "Похоже, банк отклонил платёж, но окончательного решения ещё не прислал. Позвоните в банк: новый документ создавать рано."},
		{"CARD2", Situation{}, "На счёте не хватает денег. Платёж исполнится, когда они поступят."},
		{"REFUSEDBYBANK", Situation{Comment: "Ошибка в ИНН"}, "Банк отклонил документ. Деньги не списаны. Заказ сохранён, выберите другой способ. Комментарий банка: «Ошибка в ИНН»."},
		{"IMPLEMENTED", Situation{Amount: 18450000, PaidAt: now}, "Оплачено 184 500 ₽, 22 ноября в 14:07."},
		{"PROCESSED", Situation{}, "Кредитная заявка заполнена, банк её рассматривает."},
	} {
		if got := strings.ReplaceAll(Lookup(c.code).BuyerText(c.at), "\u00a0", " "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.code, got, c.want)
		}
	}
	if got := strings.ReplaceAll(LateText(until), "\u00a0", " "); got != "Срок подписи истёк 2 декабря. Если документ всё же исполнят, мы зачтём оплату." {
		t.Error(got)
	}
}
