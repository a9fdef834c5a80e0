package bankemu

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// settingRow is one mode as the control page shows it. The list is made of the settings themselves: a new setting is
// there at once, under its JSON name until it gets words here.
type settingRow struct {
	Name, Label, Hint, Value string
	Number                   bool
	Options                  []settingOption // empty = a text or a number
}

type settingOption struct{ Value, Label string }

type settingText struct {
	label, hint string
	options     []settingOption
}

var settingWords = map[string]settingText{
	"documented":  {"Проверка полей", "", []settingOption{{"false", "по смыслу (как в жизни)"}, {"true", "буквально по документам"}}},
	"testContour": {"Контур", "В тестовом IMPLEMENTED не наступает, вход по СМС и по ключу на одном адресе", []settingOption{{"false", "боевой"}, {"true", "тестовый"}}},
	"wrapOffers":  {"Ответ credit-offers", "", []settingOption{{"false", "массив"}, {"true", "объект creditOffers"}}},
	"signPage": {"Страница подписи", "", []settingOption{{"", "оба адреса"}, {"dcb", "только /ic/dcb"},
		{"rpp-light", "только /ic/ufs/rpp-light"}}},
	"echoNonce":     {"Возвращать nonce при входе", "", nil},
	"consentLife":   {"Срок согласия", "Для оферт, подписанных с этого момента", nil},
	"secretLife":    {"Срок секрета сервиса", "0s = бессрочный", nil},
	"secretOverlap": {"Старый секрет ещё действует", "После смены", nil},
	"rate":          {"Запросов в секунду на сервис", "0 = без ограничения; сверх этого 429", nil},
	"statementRate": {"То же для выписки", "По документам 5", nil},
	"minInterval":   {"Пауза между одинаковыми запросами", "По документам больше 2s; 0s = нет", nil},
	"retryAfter":    {"Retry-After в ответе 429", "Секунды или дата; пусто = без заголовка", nil},
	"jwtSignature":  {"Подпись id_token", "", []settingOption{{"cms", "отсоединённая CMS"}, {"raw", "64 байта, как в 2020 году"}}},
	"record": {"Журнал запросов", "", []settingOption{{recordBodies, "с заголовками и телами"},
		{recordNone, "только строки"}}},
	"requireJWS":     {"Подпись JWS для ведомостей", "", []settingOption{{"false", "не требуется"}, {"true", "требуется (415 без неё)"}}},
	"statementWaits": {"Ответов 202 до выписки", "Сколько первых запросов дня ждут", nil},
	"webhookTwice":   {"Уведомления дважды", "", nil},
	"webhookReverse": {"Порядок уведомлений", "", []settingOption{{"false", "по времени"}, {"true", "обратный"}}},
	"payrollRoute":   {"Путь ведомости", "Пусто = обычный", nil},
}

// settingRows lists the modes in the order of the settings struct.
func settingRows(s settings) []settingRow {
	var rows []settingRow
	v := reflect.ValueOf(s)
	for _, f := range reflect.VisibleFields(v.Type()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" || name == "-" {
			continue
		}
		words := settingWords[name]
		row := settingRow{Name: name, Label: or(words.label, name), Hint: words.hint, Options: words.options, Value: settingValue(v.FieldByIndex(f.Index).Interface())}
		switch f.Type.Kind() {
		case reflect.Bool:
			if row.Options == nil {
				row.Options = []settingOption{{"false", "нет"}, {"true", "да"}}
			}
		case reflect.Int:
			row.Number = true
		}
		rows = append(rows, row)
	}
	return rows
}

// settingValue is the value as the JSON API writes it, without quotes.
func settingValue(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return fmt.Sprint(string(raw))
}
