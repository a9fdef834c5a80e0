package storefront

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"creditcart/internal/audit"
	"creditcart/internal/bankapi"
	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
	"creditcart/web/templates"
)

// adminDocument shows a payment as the bank has it, and where it is not what the shop asked for.
func (s *server) adminDocument(c echo.Context, who sbid.Identity) error {
	number, now := c.Param("number"), s.Now()
	doc, p, err := s.Checkout.BankDocument(c.Request().Context(), number, c.Param("id"))
	if p.ExternalID == "" {
		if errors.Is(err, orders.ErrNoPayment) {
			return echo.ErrNotFound
		}
		return err
	}
	if err := s.did(c, who, audit.MerchantRead, number+"/"+p.ExternalID, ""); err != nil {
		return err
	}
	v := templates.AdminDocumentView{ID: p.ExternalID, Order: templates.Link{Text: "Заказ № " + number, URL: "/admin" + orderPath(number)}, Asked: moment(now, now)}
	if err != nil {
		s.Log.WarnContext(c.Request().Context(), "a document was not read", "ref", referenceOf(c), "error", err)
		v.Message = documentProblem(err, p)
	} else {
		s.fillDocument(&v, doc)
	}
	f, err := s.frame(c, "Документ в банке")
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, f, templates.AdminDocumentBody(v))
}

func (s *server) fillDocument(v *templates.AdminDocumentView, d checkout.BankDocument) {
	status := credit.Lookup(d.Status)
	v.RawStatus, v.Words, v.BankComment = d.Status, status.Merchant, d.Comment
	v.Status = templates.Badge{Tone: templates.ToneWait, Word: stageWord(status.Stage)}
	switch status.Stage {
	case credit.StagePaid:
		v.Status = templates.Badge{Tone: templates.ToneOK, Word: "Исполнен"}
	case credit.StageFailed:
		v.Status = templates.Badge{Tone: templates.ToneBad, Word: "Не исполнен"}
	case credit.StageNeedsYou:
		v.Status.Word = "Ждёт покупателя"
	}
	if d.Status == "" {
		v.RawStatus, v.Status.Word, v.Words = "—", "Статус не указан", "Банк не сообщил статус документа."
	}
	add := func(label, value string) {
		if value != "" {
			v.Facts = append(v.Facts, templates.Fact{Label: label, Value: value})
		}
	}
	add("Номер", d.Number)
	add("Дата", documentDay(d.Date, s.Now()))
	add("Плательщик", joined(d.PayerName, d.PayerINN))
	add("Получатель", joined(d.PayeeName, d.PayeeINN))
	add("Счёт получателя", d.PayeeAccount)
	if d.Amount != nil {
		add("Сумма", d.Amount.Format())
	}
	switch {
	case d.VATAmount != nil:
		add("НДС", d.VATAmount.Format())
	case d.VATType == credit.VATNone:
		add("НДС", "не облагается")
	}
	add("Назначение", d.Purpose)
	add("Подписей", strconv.Itoa(d.Signatures))
	for _, x := range d.Differences {
		v.Differences = append(v.Differences, templates.DocumentDifference{Field: documentFields[x.Field], Asked: shownField(x.Field, x.Asked), Present: shownField(x.Field, x.Present)})
	}
	if len(d.Differences) > 0 {
		v.Message = &templates.Message{Tone: templates.ToneBad, What: "Документ в банке не такой, как просил магазин.", Means: "Его могли изменить до подписи, или банк записал его иначе.",
			Do: "Сверьте поля ниже и свяжитесь с покупателем, прежде чем отгружать или возвращать деньги."}
	}
}

var documentFields = map[string]string{"amount": "Сумма", "vat.amount": "НДС", "payeeAccount": "Счёт получателя", "payeeInn": "ИНН получателя", "purpose": "Назначение"}

// shownField shows a sum as sums are shown, and a text as it is.
func shownField(field, value string) string {
	if sum, err := money.Parse(value); err == nil && strings.HasSuffix(field, "amount") {
		return sum.Format()
	}
	return value
}

func joined(name, inn string) string {
	if name == "" || inn == "" {
		return name + inn
	}
	return name + ", ИНН " + inn
}

// documentDay shows a day of the bank's as days are shown, and anything else as it is.
func documentDay(text string, now time.Time) string {
	t, err := time.ParseInLocation(time.DateOnly, text, moscow)
	if err != nil {
		return text
	}
	return day(t, now)
}

// documentProblem says why a document cannot be shown.
func documentProblem(err error, p orders.Payment) *templates.Message {
	m := func(tone templates.Tone, what, means, do string) *templates.Message {
		return &templates.Message{Tone: tone, What: what, Means: means, Do: do}
	}
	var contradiction *credit.Contradiction
	bank, _ := errors.AsType[*bankapi.Error](err)
	switch {
	case errors.Is(err, checkout.ErrNotConnected), errors.Is(err, checkout.ErrSignInAgain):
		return m(templates.ToneBad, "Магазин не подключён к банку.", "Документ читают с доступом магазина, а банк его не принимает.", "Подключите магазин на странице «Обзор» и откройте документ снова.")
	case errors.As(err, &contradiction):
		return m(templates.ToneBad, "Банк показал другой документ.", "Номер в ответе банка не совпал с номером документа.", "Проверьте документ в СберБизнес и сообщите банку.")
	case bank != nil && bank.Kind == bankapi.NotFound && p.Method == orders.MethodCredit:
		return m(templates.ToneInfo, "Платёжного документа ещё нет.", "По кредитной заявке он появляется, когда банк одобрит кредит.", "Откройте страницу позже.")
	case bank != nil && bank.Kind == bankapi.NotFound:
		return m(templates.ToneWait, "Банк не нашёл документ.", "Он не создан, удалён покупателем или не виден магазину.", "Статус заказа магазин продолжает узнавать сам.")
	case bank != nil && bank.Kind == bankapi.Forbidden:
		return m(templates.ToneWait, "Банк не разрешает магазину читать документы целиком.", "Этот запрос может не входить в ваш договор с банком. На оплату заказов это не влияет.", "Если он нужен, попросите банк добавить «Получить атрибуты платёжного поручения».")
	case bank != nil && (bank.Kind == bankapi.Limited || bank.Kind == bankapi.Unknown && (bank.Status == 0 || bank.Status >= 500)),
		errors.Is(err, context.DeadlineExceeded):
		return m(templates.ToneWait, "Банк сейчас не отвечает.", "Документ не показан, с заказом ничего не случилось.", "Обновите страницу через минуту.")
	}
	return m(templates.ToneWait, "Документ не удалось прочитать.", "Банк ответил не так, как описано в его документах. С заказом ничего не случилось.", "Обновите страницу через минуту. Если не поможет, откройте документ в СберБизнес.")
}
