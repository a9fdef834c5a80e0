package bankemu

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// problems collects every mistake of a request, as the bank does: wrong JSON types make a DESERIALIZATION_FAULT,
// wrong values a VALIDATION_FAULT, warnings are only reported beside errors.
type problems struct {
	types, rules, warnings []check
}

func (p *problems) wrongType(field, message string) {
	p.types = append(p.types, check{"ERROR", message, []string{field}})
}

func (p *problems) rule(field, message string) {
	p.rules = append(p.rules, check{"ERROR", message, []string{field}})
}

func (p *problems) warn(field, message string) {
	p.warnings = append(p.warnings, check{"WARNING", message, []string{field}})
}

// reply is nil when nothing is wrong.
func (p *problems) reply() *reply {
	n := notice{Cause: "VALIDATION_FAULT", Message: "Ошибка валидации", ReferenceID: uuid.NewString()}
	errors := p.rules
	if len(p.types) > 0 {
		n.Cause, n.Message, errors = "DESERIALIZATION_FAULT", "Неверный формат запроса", p.types
	}
	if len(errors) == 0 {
		return nil
	}
	n.Checks = append(append(n.Checks, errors...), p.warnings...)
	if n.Cause == "VALIDATION_FAULT" {
		seen := map[string]bool{}
		for _, c := range errors {
			if f := c.Fields[0]; !seen[f] {
				seen[f] = true
				n.FieldNames = append(n.FieldNames, f)
			}
		}
	}
	r := jsonReply(http.StatusBadRequest, n)
	return &r
}

// object reads the fields of one JSON object strictly. Unknown fields are tolerated, null counts as absent.
type object struct {
	raw  map[string]json.RawMessage
	path string
	p    *problems

	documented bool // see printed
}

// printed chooses a field's rule: what the document prints in the documented mode, what it means in the lifelike one.
func (o *object) printed(literal, meaning func(string) string) func(string) string {
	if o.documented {
		return literal
	}
	return meaning
}

// parseObject reads a whole request body.
func parseObject(c *call, p *problems) *object {
	if ct := c.r.Header.Get("Content-Type"); !strings.Contains(ct, "json") {
		p.wrongType("Content-Type", "Ожидается application/json")
		return &object{p: p}
	}
	return readObject(c, p)
}

// readObject is parseObject whatever the content type says.
func readObject(c *call, p *problems) *object {
	o := &object{p: p, documented: c.documented}
	dec := json.NewDecoder(bytes.NewReader(c.body))
	if err := dec.Decode(&o.raw); err != nil || o.raw == nil {
		p.wrongType("body", "Тело запроса не является объектом JSON")
		return o
	}
	if _, err := dec.Token(); err != io.EOF {
		p.wrongType("body", "Лишние данные после объекта JSON")
	}
	return o
}

func (o *object) field(name string) string { return o.path + name }

// get gives the raw value; a missing required field is reported.
func (o *object) get(name string, required bool) (json.RawMessage, bool) {
	raw, ok := o.raw[name]
	if ok && string(raw) != "null" {
		return raw, true
	}
	if required {
		o.p.rule(o.field(name), "Поле обязательно для заполнения")
	}
	return nil, false
}

func (o *object) text(name string, required bool, rules ...func(string) string) string {
	raw, ok := o.get(name, required)
	if !ok {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		o.p.wrongType(o.field(name), "Ожидается строка")
		return ""
	}
	for _, rule := range rules {
		if msg := rule(s); msg != "" {
			o.p.rule(o.field(name), msg)
			return ""
		}
	}
	return s
}

// given reads an optional text. An empty one, and the words that clients in JavaScript write for nothing, count as absent.
func (o *object) given(name string, rules ...func(string) string) string {
	switch string(o.raw[name]) {
	case `""`, `"undefined"`, `"null"`:
		return ""
	}
	return o.text(name, false, rules...)
}

// optional is given where the printed patterns, which forbid an empty text, hold in the documented mode.
func (o *object) optional(name string, rules ...func(string) string) string {
	if o.documented {
		return o.text(name, false, rules...)
	}
	return o.given(name, rules...)
}

var reAmount = regexp.MustCompile(`^[0-9]{1,16}\.[0-9]{2}$`)

// number gives the lexeme of a JSON number; a quoted number is a wrong type.
func (o *object) number(name string, required bool) (string, bool) {
	raw, ok := o.get(name, required)
	if !ok {
		return "", false
	}
	if c := raw[0]; c != '-' && (c < '0' || c > '9') {
		o.p.wrongType(o.field(name), "Ожидается число")
		return "", false
	}
	return string(raw), true
}

// amount reads roubles: a JSON number with exactly two decimals.
func (o *object) amount(name string, required bool) (decimal.Decimal, bool) {
	return o.decimal(name, required, reAmount, "Сумма должна быть числом с двумя знаками после точки")
}

func (o *object) decimal(name string, required bool, re *regexp.Regexp, message string) (decimal.Decimal, bool) {
	lexeme, ok := o.number(name, required)
	if !ok {
		return decimal.Zero, false
	}
	if !re.MatchString(lexeme) {
		o.p.rule(o.field(name), message)
		return decimal.Zero, false
	}
	d, err := decimal.NewFromString(lexeme)
	return d, err == nil
}

func (o *object) integer(name string, required bool, maxDigits int) (int64, bool) {
	lexeme, ok := o.number(name, required)
	if !ok {
		return 0, false
	}
	var n int64
	if err := json.Unmarshal([]byte(lexeme), &n); err != nil || n < 0 || len(lexeme) > maxDigits {
		o.p.rule(o.field(name), fmt.Sprintf("Ожидается целое неотрицательное число не длиннее %d знаков", maxDigits))
		return 0, false
	}
	return n, true
}

func (o *object) boolean(name string, required bool) (bool, bool) {
	raw, ok := o.get(name, required)
	if !ok {
		return false, false
	}
	var v bool
	if json.Unmarshal(raw, &v) != nil {
		o.p.wrongType(o.field(name), "Ожидается true или false")
		return false, false
	}
	return v, true
}

// child gives a nested object, or nil.
func (o *object) child(name string, required bool) *object {
	raw, ok := o.get(name, required)
	if !ok {
		return nil
	}
	in := &object{path: o.field(name) + ".", p: o.p, documented: o.documented}
	if json.Unmarshal(raw, &in.raw) != nil {
		o.p.wrongType(o.field(name), "Ожидается объект")
		return nil
	}
	return in
}

func (o *object) list(name string, required bool) []*object {
	raw, ok := o.get(name, required)
	if !ok {
		return nil
	}
	var items []map[string]json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		o.p.wrongType(o.field(name), "Ожидается массив объектов")
		return nil
	}
	var out []*object
	for i, item := range items {
		out = append(out, &object{raw: item, path: fmt.Sprintf("%s[%d].", o.field(name), i), p: o.p, documented: o.documented})
	}
	return out
}

// Rules give a message when a text breaks them.

func matches(re *regexp.Regexp) func(string) string {
	return func(s string) string {
		if re.MatchString(s) {
			return ""
		}
		return "Значение не соответствует формату " + re.String()
	}
}

func pattern(expr string) func(string) string { return matches(regexp.MustCompile(expr)) }

// length counts characters, not bytes; control characters other than line breaks and tabs are refused.
func length(min, max int) func(string) string {
	return func(s string) string {
		n := utf8.RuneCountInString(s)
		if n < min || n > max || (min > 0 && strings.TrimSpace(s) == "") {
			return fmt.Sprintf("Допустимая длина от %d до %d символов", min, max)
		}
		if strings.ContainsFunc(s, func(r rune) bool {
			return r == utf8.RuneError || unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r)
		}) {
			return "Недопустимые символы"
		}
		return ""
	}
}

func oneOf(values ...string) func(string) string {
	return func(s string) string {
		for _, v := range values {
			if s == v {
				return ""
			}
		}
		return "Допустимые значения: " + strings.Join(values, ", ")
	}
}

func date(s string) string {
	if _, err := time.Parse(day, s); err != nil {
		return "Дата должна быть в формате YYYY-MM-DD"
	}
	return ""
}

// absoluteURL: the printed pattern forbids «:» and «/», so the meaning is checked instead.
func absoluteURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || utf8.RuneCountInString(s) > 1000 {
		return "Ожидается абсолютный адрес http(s) не длиннее 1000 символов"
	}
	return ""
}
