package storefront

import (
	"fmt"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/web/templates"
)

// callsView tells the merchant how the calls to the bank stand in this process; nil when nobody can tell.
func (s *server) callsView() *templates.AdminCalls {
	if s.BankStatus == nil {
		return nil
	}
	b := s.BankStatus()
	v := &templates.AdminCalls{Status: templates.Badge{Tone: templates.ToneOK, Word: "Банк отвечает"},
		Text: "Запросы покупателей идут первыми, проверки заказов — между ними."}
	if b.Breaker != bankapi.BreakerClosed {
		v.Status = templates.Badge{Tone: templates.ToneBad, Word: "Банк не отвечает"}
		v.Text = "Магазин приостановил запросы и сам проверяет, не вернулся ли банк. Состояния платежей от этого не меняются."
		v.Facts = append(v.Facts, templates.Fact{Label: "Не отвечает с", Value: clockTime(b.Since)})
		if b.Breaker == bankapi.BreakerProbe {
			v.Facts = append(v.Facts, templates.Fact{Label: "Проверка", Value: "идёт сейчас"})
		} else {
			v.Facts = append(v.Facts, templates.Fact{Label: "Следующая проверка", Value: clockTime(b.NextProbe)})
		}
	}
	waiting := 0
	for _, n := range b.Waiting {
		waiting += n
	}
	v.Facts = append(v.Facts,
		templates.Fact{Label: "Ждут очереди", Value: fmt.Sprintf("%d, из них покупателей: %d", waiting, b.Waiting[bankapi.P0])},
		templates.Fact{Label: "Использовано за минуту", Value: fmt.Sprintf("%d %% допустимого", int(b.Used()*100+0.5))})
	if b.Said.Op != "" {
		v.Facts = append(v.Facts, templates.Fact{Label: "Банк просил подождать", Value: fmt.Sprintf("в %s, %d с", clockTime(b.Said.At), int(b.Said.For.Seconds()+0.5))})
	}
	return v
}

// clockTime is a moment of today: the transport keeps the process's own clock, and what it tells is never old.
func clockTime(t time.Time) string { return t.In(moscow).Format("15:04:05") }
