package storefront

import (
	"context"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/orders"
	"creditcart/web/templates"
)

// How much of the lists is looked through for the merchant's first page.
const (
	attentionShown = 8   // orders named one by one
	refusedLooked  = 20  // newest orders without a payment under way
	waitingLooked  = 100 // newest orders with a document at the bank
	longWait       = 24 * time.Hour
)

// attention is what a person of the shop has to look at, the most urgent first: the connection, the secret, the clock, contradictions, refusals,
// documents that wait for long.
func (s *server) attention(ctx context.Context, connection checkout.Connection, secret checkout.ClientSecret) ([]templates.Attention, error) {
	var list []templates.Attention
	if !connection.Works {
		list = append(list, templates.Attention{Tone: templates.ToneBad, Title: "Магазин не подключён к банку",
			Text: "Покупатели не видят кредитных предложений.", Action: templates.Link{Text: "Подключить", URL: connectURL}})
	}
	if secret.Warn {
		list = append(list, s.secretAttention(secret))
	}
	if a := s.clockAttention(); a != nil {
		list = append(list, *a)
	}
	for _, find := range []func(context.Context) ([]templates.Attention, error){s.marked, s.refused, s.longWaiting} {
		found, err := find(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// clockSkewTold is how far the shop's clock and the bank's may differ before the merchant is told.
const clockSkewTold = time.Minute

// clockAttention tells that the clock of the shop's machine is not the bank's; nil when it is, or nobody knows.
func (s *server) clockAttention() *templates.Attention {
	if s.BankStatus == nil {
		return nil
	}
	skew, word := s.BankStatus().Skew, "отстают"
	if skew.Abs() <= clockSkewTold {
		return nil
	}
	if skew < 0 {
		word = "спешат"
	}
	return &templates.Attention{Tone: templates.ToneBad, Title: "Часы магазина " + word + " на " + age(skew.Abs()),
		Text: "Сверено с часами банка. Заказы и документы от этого не меняются, но время на страницах неверно, а вход по СберБизнес ID может не работать. Проверьте время на сервере магазина."}
}

// marked are the orders with a contradiction or a document that cannot be followed as usual; contradictions first.
func (s *server) marked(ctx context.Context) ([]templates.Attention, error) {
	counts, err := s.OrderLists.AttentionCounts(ctx)
	if err != nil || counts.Orders == 0 {
		return nil, err
	}
	found, _, err := s.OrderLists.AllOrders(ctx, orders.Filter{Attention: true}, attentionShown)
	if err != nil {
		return nil, err
	}
	var urgent, other []templates.Attention
	for _, summary := range found {
		o, err := s.Checkout.Orders.Order(ctx, summary.Number)
		if err != nil {
			return nil, err
		}
		if a := s.markOf(o); a.Tone == templates.ToneBad {
			urgent = append(urgent, a)
		} else {
			other = append(other, a)
		}
	}
	list := append(urgent, other...)
	if rest := counts.Orders - len(found); rest > 0 {
		list = append(list, templates.Attention{Tone: templates.ToneWait, Title: "И ещё " + plural(rest, "заказ", "заказа", "заказов"),
			Action: templates.Link{Text: "Показать все", URL: "/admin/orders?state=" + attentionState}})
	}
	return list, nil
}

// markOf says why an order is marked.
func (s *server) markOf(o *orders.Order) templates.Attention {
	a := s.orderAttention(o, templates.ToneWait, "нужен вход покупателя",
		"Состояние документа нельзя узнать, пока кто-нибудь из компании не войдёт по СберБизнес ID.")
	if o.NeedsReview() {
		return s.orderAttention(o, templates.ToneBad, "противоречие в платеже", reviews(o))
	}
	for _, p := range o.Watched() {
		if p.Late {
			a = s.orderAttention(o, templates.ToneWait, "срок подписи прошёл", "Документ ещё может быть исполнен. Не отгружайте без оплаты и не закрывайте заказ.")
			a.Age = age(s.Now().Sub(p.ExpiresAt))
		}
	}
	return a
}

func (s *server) orderAttention(o *orders.Order, tone templates.Tone, what, text string) templates.Attention {
	return templates.Attention{Tone: tone, Title: "Заказ № " + o.Number + ": " + what, Text: o.Buyer.CompanyName + ", " + o.Total.FormatShort() + ". " + text,
		Action: templates.Link{Text: "Открыть", URL: "/admin" + orderPath(o.Number)}}
}

// refused are the newest orders whose last payment came to nothing and whose buyer has not chosen another way.
func (s *server) refused(ctx context.Context) ([]templates.Attention, error) {
	var list []templates.Attention
	for _, bucket := range []orders.Bucket{orders.BucketUnpaid, orders.BucketPartly} {
		found, _, err := s.OrderLists.AllOrders(ctx, orders.Filter{Bucket: bucket}, refusedLooked)
		if err != nil {
			return nil, err
		}
		for _, summary := range found {
			o, err := s.Checkout.Orders.Order(ctx, summary.Number)
			if err != nil {
				return nil, err
			}
			if n := len(o.Payments); n == 0 || o.Payments[n-1].State != orders.PaymentFailed || len(list) == attentionShown {
				continue
			}
			last := o.Payments[len(o.Payments)-1]
			a := s.orderAttention(o, templates.ToneBad, "оплата не исполнена", merchantText(last)+". Покупатель ещё не выбрал другой способ.")
			a.Age = age(s.Now().Sub(last.ChangedAt))
			list = append(list, a)
		}
	}
	return list, nil
}

// longWaiting counts the orders whose document is at the bank for more than a day.
func (s *server) longWaiting(ctx context.Context) ([]templates.Attention, error) {
	found, _, err := s.OrderLists.AllOrders(ctx, orders.Filter{Bucket: orders.BucketWaiting}, waitingLooked)
	if err != nil {
		return nil, err
	}
	n, oldest := 0, time.Duration(0)
	for _, o := range found {
		if waits := s.Now().Sub(o.PlacedAt); waits >= longWait {
			n, oldest = n+1, max(oldest, waits)
		}
	}
	if n == 0 {
		return nil, nil
	}
	return []templates.Attention{{Tone: templates.ToneWait, Title: "Ждут оплаты дольше суток: " + plural(n, "заказ", "заказа", "заказов"),
		Text: "Самый старый оформлен " + age(oldest) + " назад. Документ в банке ещё можно подписать.", Action: templates.Link{Text: "Показать", URL: "/admin/orders?state=" + string(orders.BucketWaiting)}}}, nil
}

// age is how long something lasts, in its largest unit.
func age(d time.Duration) string {
	switch hours := int(d / time.Hour); {
	case hours >= 24:
		return plural(hours/24, "день", "дня", "дней")
	case hours >= 1:
		return plural(hours, "час", "часа", "часов")
	}
	return plural(max(1, int(d/time.Minute)), "минуту", "минуты", "минут")
}
