package bankemu

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// pageRows is how much of each list the control page shows; the API gives the rest.
const pageRows = 50

// maxSorted is how many tokens the page is willing to sort; the API has no such limit.
const maxSorted = 5000

// controlView is the control page. Its size does not depend on how much the bank holds.
type controlView struct {
	frame
	Clock, Offset, Step string
	Jumps               []jump
	Settings            []settingRow
	Companies           []Company
	Offers              map[string][]Offer
	Documents           []documentRow
	DocumentsTotal      int
	Statuses, Routes    map[string][]string // by kind of document
	Faults              []*fault
	Presets             []preset
	Calls               []callHint
	Tokens              []tokenRow
	TokensTotal         int
	Webhooks            []webhookEvent
	WebhookURLs         map[string]string
	Sessions            int
	Entries             []entry
}

type jump struct{ Advance, Label string }

// jumps are the life spans that people wait for.
var jumps = []jump{{"1m", "+1 минута"}, {"1h", "+1 час"}, {"24h", "+1 день"}, {"10d", "+10 дней"}, {"40d", "+40 дней"}, {"180d", "+180 дней"}}

// preset is a ready fault: the words and the part of the JSON that is its own.
type preset struct{ Label, JSON string }

var presets = []preset{
	{"503, банк недоступен", `{"kind":"status","status":503}`},
	{"500, внутренняя ошибка", `{"kind":"status","status":500}`},
	{"500, но работа сделана", `{"kind":"status","status":500,"afterWork":true}`},
	{"429 без Retry-After", `{"kind":"status","status":429}`},
	{"429, Retry-After 3 с", `{"kind":"status","status":429,"retryAfter":"3"}`},
	{"401, токен не найден", `{"kind":"status","status":401}`},
	{"403, нет прав", `{"kind":"status","status":403}`},
	{"Ответ потерян, работа сделана", `{"kind":"lose-answer"}`},
	{"Соединение закрыто до работы", `{"kind":"drop"}`},
	{"Задержка 3 с", `{"kind":"delay","delay":"3s"}`},
	{"Задержка 30 с", `{"kind":"delay","delay":"30s"}`},
	{"HTML вместо JSON", `{"kind":"html"}`},
	{"JSON обрезан", `{"kind":"truncate"}`},
	{"Неизвестный статус документа", `{"kind":"unknown-status"}`},
	{"Неизвестные поля в ответе", `{"kind":"unknown-field"}`},
	{"Неверный Content-Type", `{"kind":"wrong-content-type"}`},
	{"Возврат в сервис дважды", `{"kind":"duplicate-callback","path":"/ic/"}`},
	{"Токен для чужого сервиса (aud)", `{"kind":"bad-jwt","path":"/ic/sso/","claims":{"aud":"999"}}`},
	{"Токен с чужим nonce", `{"kind":"bad-jwt","path":"/ic/sso/","claims":{"nonce":"x"}}`},
}

type callHint struct{ Path, Label string }

var callHints = []callHint{
	{"/fintech/", "все вызовы fintech"},
	{"/fintech/api/v1/credit-offers", "кредитные предложения"},
	{"/fintech/api/v1/credit-requests", "заявка на кредит"},
	{"/fintech/api/v1/payments/from-invoice-any", "черновик платежа"},
	{"/fintech/api/v1/payments/*/state", "статус платежа"},
	{"/ic/sso/api/v2/oauth/token", "токены"},
	{"/ic/sso/api/v2/oauth/user-info", "сведения о пользователе"},
	{"/ic/", "вход и страницы банка"},
}

// controlPage shows everything and has a form for most of the API; it needs no JavaScript.
func (b *Bank) controlPage(w http.ResponseWriter, _ *http.Request) {
	entries := b.journal.list(filter{limit: pageRows})
	slices.Reverse(entries)
	v := b.controlView()
	v.Entries = entries
	w.Header().Set("Content-Security-Policy", pagePolicy)
	page(http.StatusOK, templates, "control.html", v).write(w)
}

func (b *Bank) controlView() controlView {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	v := controlView{
		frame: frame{"control", "Управление эмулятором", "Управление"},
		Clock: now.In(moscow).Format("02.01.2006 15:04:05") + " МСК", Offset: b.st.offset.String(), Step: b.st.step.String(), Jumps: jumps,
		Settings: settingRows(b.st.settings), Sessions: len(b.st.sessions),
		Documents: b.lastDocuments(now, pageRows), DocumentsTotal: len(b.st.order),
		Statuses: map[string][]string{"payment": slices.Sorted(maps.Keys(statusNames)), "payroll": payrollCodes()},
		Routes:   map[string][]string{"payment": slices.Sorted(maps.Keys(routes)), "payroll": slices.Sorted(maps.Keys(payrollWalks))},
		Faults:   slices.Clone(b.st.faults), Presets: presets, Calls: callHints,
	}
	clone := b.st.scenario.clone() // the page is written when the lock is gone
	v.Companies, v.Offers = clone.Companies, clone.Offers
	for i, f := range v.Faults {
		c := *f
		v.Faults[i] = &c
	}
	b.collectFinal(now)
	v.WebhookURLs = b.webhookAddresses()
	for _, e := range slices.Backward(b.st.webhooks.events) {
		if len(v.Webhooks) < pageRows {
			v.Webhooks = append(v.Webhooks, *e)
		}
	}
	v.Tokens, v.TokensTotal = b.lastTokens(now, pageRows)
	return v
}

// lastDocuments gives the newest documents first.
func (b *Bank) lastDocuments(now time.Time, limit int) []documentRow {
	rows := []documentRow{}
	for _, id := range slices.Backward(b.st.order) {
		if len(rows) >= limit {
			break
		}
		newest := b.rowsOf(id, now)
		slices.Reverse(newest)
		rows = append(rows, newest...)
	}
	return rows
}

// lastTokens gives the newest rows first, none when there are too many to sort for a page.
func (b *Bank) lastTokens(now time.Time, limit int) ([]tokenRow, int) {
	if n := len(b.st.codes) + len(b.st.access) + len(b.st.refresh) + len(b.st.consents) + len(b.st.sessions); n > maxSorted {
		return nil, n
	}
	rows := b.tokenRows(now)
	return rows[:min(limit, len(rows))], len(rows)
}

// roubles shows an amount as it came in a document.
func roubles(n json.Number) string {
	d, err := decimal.NewFromString(n.String())
	if err != nil {
		return n.String()
	}
	return money(d)
}

// tokenWords are the kinds and states of what the bank gives out.
var tokenWords = map[string]string{
	"code": "код входа", "access": "access token", "refresh": "refresh token", "secret": "секрет сервиса", "consent": "согласие", "session": "сеанс в банке",
	"active": "действует", "reserve": "в резерве", "dead": "мёртв", "expired": "истёк", "revoked": "отозван", "used": "использован", "blocked": "заблокирован",
	"replaced": "заменён", "overlap": "заменён, ещё действует", "withdrawn": "отозвано",
}

func tokenWord(name string) string { return or(tokenWords[name], name) }

func webhookWord(state string) string {
	return or(map[string]string{"waiting": "ждёт отправки", "delivered": "доставлено", "refused": "отклонено сервисом", "givenUp": "попытки закончились"}[state], state)
}

// clockTime is a moment of the request log: to the millisecond, without the date.
func clockTime(t time.Time) string { return t.In(moscow).Format("15:04:05.000") }

// took shows a duration in milliseconds.
func took(duration string) string {
	d, err := time.ParseDuration(duration)
	if err != nil {
		return ""
	}
	return strings.Replace(fmt.Sprintf("%.1f мс", float64(d.Microseconds())/1000), ".", ",", 1)
}

// moscowTime is a moment as people read it here.
func moscowTime(t time.Time) string { return t.In(moscow).Format("02.01.2006 15:04:05") }
