package storefront

import (
	"testing"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/web/templates"
)

func TestCallsForTheMerchant(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		status bankapi.Status
		word   string
		facts  []templates.Fact
	}{
		{"calm", bankapi.Status{Breaker: bankapi.BreakerClosed, Rate: 5, LastMin: 30, Waiting: [bankapi.Priorities]int{1, 0, 2}}, "Банк отвечает", []templates.Fact{
			{Label: "Ждут очереди", Value: "3, из них покупателей: 1"}, {Label: "Использовано за минуту", Value: "10 % допустимого"}}},
		{"told to wait", bankapi.Status{Breaker: bankapi.BreakerClosed, Rate: 5, Said: bankapi.RetryAfter{Op: "token", At: at, For: 7 * time.Second}}, "Банк отвечает", []templates.Fact{
			{Label: "Ждут очереди", Value: "0, из них покупателей: 0"}, {Label: "Использовано за минуту", Value: "0 % допустимого"},
			{Label: "Банк просил подождать", Value: "в 12:30:00, 7 с"}}},
		{"away", bankapi.Status{Breaker: bankapi.BreakerOpen, Since: at, NextProbe: at.Add(5 * time.Second), Rate: 5}, "Банк не отвечает", []templates.Fact{
			{Label: "Не отвечает с", Value: "12:30:00"}, {Label: "Следующая проверка", Value: "12:30:05"},
			{Label: "Ждут очереди", Value: "0, из них покупателей: 0"}, {Label: "Использовано за минуту", Value: "0 % допустимого"}}},
		{"looking", bankapi.Status{Breaker: bankapi.BreakerProbe, Since: at, Rate: 5}, "Банк не отвечает", []templates.Fact{
			{Label: "Не отвечает с", Value: "12:30:00"}, {Label: "Проверка", Value: "идёт сейчас"},
			{Label: "Ждут очереди", Value: "0, из них покупателей: 0"}, {Label: "Использовано за минуту", Value: "0 % допустимого"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &server{Config: Config{BankStatus: func() bankapi.Status { return tt.status }}}
			v := s.callsView()
			if v.Status.Word != tt.word || len(v.Facts) != len(tt.facts) {
				t.Fatalf("%+v", v)
			}
			for i, f := range tt.facts {
				if v.Facts[i] != f {
					t.Errorf("%+v, want %+v", v.Facts[i], f)
				}
			}
		})
	}
	if (&server{}).callsView() != nil {
		t.Error("a panel about nothing")
	}
}
