package catalog

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxID         = 64
	maxShort      = 500
	maxParamValue = 2000
)

// offer is one <offer> as it stands in the file.
type offer struct {
	el     xml.StartElement
	line   int
	fields map[string]field
	params []Param
	// picture is the first of the pictures that is ours.
	picture string
}

// field is the text of a child element and its line. The first of several wins.
type field struct {
	text string
	line int
}

// ourPicture is the only kind of picture that is taken: pages load nothing from third parties.
var ourPicture = regexp.MustCompile(`^/static/img/products/([a-z0-9][a-z0-9-]{0,39})\.svg$`)

// readOffer reads a child of <offers>.
func (f *feedReader) readOffer(el xml.StartElement) error {
	if el.Name.Local != "offer" {
		return f.in.skip()
	}
	o := offer{el: el, line: f.in.line, fields: map[string]field{}}
	f.offer = shownID(attr(el, "id"))
	if f.offers++; f.offers > f.limits.Offers {
		return fatal(fmt.Sprintf("в каталоге больше %d товаров", f.limits.Offers))
	}
	if err := f.in.children(func(el xml.StartElement) error { return f.offerPart(&o, el) }); err != nil {
		return err
	}
	f.product(o)
	f.offer = ""
	return nil
}

func (f *feedReader) offerPart(o *offer, el xml.StartElement) error {
	line, name := f.in.line, el.Name.Local
	switch name {
	case "name", "typePrefix", "vendor", "model", "vendorCode", "unit", "price", "currencyId", "categoryId", "vat", "description", "param", "picture":
	default:
		return f.in.skip()
	}
	text, err := f.in.text()
	if err != nil {
		return err
	}
	switch name {
	case "param":
		f.param(o, line, el, text)
	case "picture":
		if m := ourPicture.FindStringSubmatch(strings.TrimSpace(text)); m != nil && o.picture == "" {
			o.picture = m[1]
		}
	default:
		if _, again := o.fields[name]; !again {
			o.fields[name] = field{text, line}
		} else if name == "price" {
			f.problem(line, "цена указана дважды")
		}
	}
	return nil
}

// param takes a property that has both a name and a value. Feeds of real shops carry nameless ones; they say nothing,
// and a whole catalogue is not refused for them.
func (f *feedReader) param(o *offer, line int, el xml.StartElement, text string) {
	name := f.short(line, "название параметра", attr(el, "name"))
	value := cleanLine(text)
	if unit := cleanLine(attr(el, "unit")); unit != "" && value != "" {
		value += " " + unit
	}
	f.readable(line, value)
	switch {
	case name == "" || value == "":
	case utf8.RuneCountInString(value) > maxParamValue:
		f.problem(line, "параметр %s длиннее %d знаков", quoted(name), maxParamValue)
	default:
		o.params = append(o.params, Param{name, value})
	}
}

// product checks an offer and adds it to the feed. With a problem it is added all the same: the feed is lost anyhow,
// and what follows is checked against it.
func (f *feedReader) product(o offer) {
	id := strings.TrimSpace(attr(o.el, "id"))
	reason := badID(id)
	if first, again := f.offerLine[id]; again && reason == "" {
		reason = fmt.Sprintf("такой же id уже есть в строке %d", first)
	}
	if reason != "" {
		f.problem(o.line, "%s", reason)
	}
	f.offerLine[id] = cmp.Or(f.offerLine[id], o.line)
	p := Product{
		ID:         id,
		SKU:        f.shortField(o, "vendorCode", "артикул"),
		Vendor:     f.shortField(o, "vendor", "производитель"),
		Unit:       f.shortField(o, "unit", "единица измерения"),
		CategoryID: f.shortField(o, "categoryId", "категория"),
		Available:  f.available(o),
		Picture:    o.picture,
		Params:     o.params,
		Position:   len(f.feed.Products),
	}
	if p.Unit == "" {
		p.Unit = "шт"
	}
	p.Name = f.name(o, p.Vendor)
	if reason == "" {
		p.Slug = f.productSlugs.take(p.Name, p.ID)
	}
	p.Price = f.price(o)
	p.VAT = f.vat(o)
	f.currency(o)
	d := o.fields["description"]
	f.readable(d.line, d.text)
	p.Description = plainText(d.text)

	line := o.fields["categoryId"].line
	if p.CategoryID == "" {
		f.problem(o.line, "не указана категория (<categoryId>)")
		return
	}
	f.productLines = append(f.productLines, line)
	f.feed.Products = append(f.feed.Products, p)
}

// name is <name>, or else <typePrefix> <vendor> <model> without saying the vendor twice.
func (f *feedReader) name(o offer, vendor string) string {
	name := f.shortField(o, "name", "название")
	if _, given := o.fields["name"]; !given {
		model := f.shortField(o, "model", "модель")
		if strings.Contains(strings.ToLower(model), strings.ToLower(vendor)) {
			vendor = ""
		}
		name = cleanLine(f.shortField(o, "typePrefix", "тип товара") + " " + vendor + " " + model)
		name = f.short(o.line, "название", name)
	}
	if name == "" {
		f.problem(o.line, "нет названия: нужен <name> или <typePrefix>, <vendor> и <model>")
	}
	return name
}

func (f *feedReader) available(o offer) bool {
	switch v := strings.ToLower(strings.TrimSpace(attr(o.el, "available"))); v {
	case "", "true", "1":
		return true
	case "false", "0":
		return false
	default:
		f.problem(o.line, "available=%s: должно быть true или false", quoted(v))
		return false
	}
}

func (f *feedReader) shortField(o offer, tag, what string) string {
	return f.short(o.fields[tag].line, what, o.fields[tag].text)
}

// short cleans a one-line text and checks that it is readable and not too long.
func (f *feedReader) short(line int, what, text string) string {
	text = cleanLine(text)
	f.readable(line, text)
	if n := utf8.RuneCountInString(text); n > maxShort {
		f.problem(line, "%s длиннее %d знаков (%d)", what, maxShort, n)
	}
	return text
}

// readable reports what is left of bytes that fit no encoding.
func (f *feedReader) readable(line int, text string) {
	if strings.ContainsRune(text, utf8.RuneError) {
		f.problem(line, "нечитаемые знаки в тексте %s: файл сохранён в другой кодировке, чем объявлено", quoted(text))
	}
}

// badID says what is wrong with an id that becomes a part of addresses and forms.
func badID(id string) string {
	switch {
	case id == "":
		return "нет id"
	case utf8.RuneCountInString(id) > maxID:
		return fmt.Sprintf("id длиннее %d знаков", maxID)
	case strings.ContainsFunc(id, notIDRune) || strings.Trim(id, ".") == "":
		return "в id допустимы только буквы, цифры, точка, дефис и подчёркивание"
	}
	return ""
}

func notIDRune(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
}

// shownID names an offer in problems, whatever its id is.
func shownID(id string) string { return strings.Trim(quoted(id), "«»") }
