package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"creditcart/internal/money"
)

// yml wraps offers, one per line from line 5 on, in a small catalogue.
func yml(offers ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<yml_catalog date="2026-11-20T10:00:00+03:00"><shop><name>Проба</name>
<categories><category id="1">Всё</category><category id="2" parentId="1">Болты</category></categories>
<offers>
` + strings.Join(offers, "\n") + "\n</offers></shop></yml_catalog>\n"
}

// bolt is a good offer with its parts replaced: "price" → "<price>…</price>", "" removes the part.
func bolt(id string, parts map[string]string) string {
	all := map[string]string{"name": "Болт М8", "price": "12.50", "currencyId": "RUB", "categoryId": "2"}
	for k, v := range parts {
		all[k] = v
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<offer id="%s">`, id)
	for _, k := range []string{"name", "typePrefix", "vendor", "model", "price", "currencyId", "categoryId", "vat", "description", "picture"} {
		if all[k] != "" {
			fmt.Fprintf(&b, "<%s>%s</%s>", k, all[k], k)
		}
	}
	return b.String() + "</offer>"
}

func read(t *testing.T, s string) Feed {
	t.Helper()
	feed, err := ReadFeed(strings.NewReader(s), Limits{})
	if err != nil {
		var fe *FeedError
		if errors.As(err, &fe) {
			t.Fatalf("%v", fe.Problems)
		}
		t.Fatal(err)
	}
	return feed
}

func TestReadFeed(t *testing.T) {
	got := read(t, `<?xml version="1.0" encoding="utf-8"?>
<yml_catalog date="2026-11-20 10:00"><shop>
<name>Снабжение &amp; сервис</name><company>ООО</company><currencies><currency id="RUB" rate="1"/></currencies>
<offers>
<offer id="a-1" type="vendor.model" available="false">
 <typePrefix>Станок</typePrefix><vendor>Север</vendor><model>СС-5</model><vendorCode>SS-5</vendorCode>
 <price from="true">1 234,5</price><oldprice>2000</oldprice><categoryId>20</categoryId><vat>VAT_10</vat>
 <picture>https://example.com/a.jpg</picture><picture>/static/img/products/drill.svg</picture><picture>/static/img/products/lamp.svg</picture>
 <description><![CDATA[<p>Первый&nbsp;абзац.</p><script>alert(1)</script><p>Второй</p>]]></description>
 <param name="Мощность" unit="Вт">450</param><param name="Пусто"></param><param name="" unit="Вт">65</param>
 <condition type="used"><quality>x<name>не название</name></quality></condition>
</offer>
<offer id="a-2"><name>Станок Север СС-5</name><price>100</price><categoryId>10</categoryId><vat>NO_VAT</vat><unit>компл.</unit></offer>
<offer id="a-3" available="true"><name>Станок Север СС-5</name><price>7</price><categoryId>10</categoryId><currencyId>rur</currencyId></offer>
</offers>
<categories><category id="20" parentId="10">Станки</category><category id="10">Оборудование</category></categories>
</shop></yml_catalog>`)
	ten, none := money.VATRate(10), money.NoVAT
	want := Feed{
		Date:     time.Date(2026, 11, 20, 7, 0, 0, 0, time.UTC),
		ShopName: "Снабжение & сервис",
		Categories: []Category{
			{ID: "20", ParentID: "10", Slug: "stanki", Name: "Станки", Position: 0},
			{ID: "10", Slug: "oborudovanie", Name: "Оборудование", Position: 1},
		},
		Products: []Product{
			{ID: "a-1", Slug: "stanok-sever-ss-5", SKU: "SS-5", Name: "Станок Север СС-5", Vendor: "Север", Unit: "шт",
				Description: "Первый абзац.\n\nВторой", CategoryID: "20", Price: 123450, VAT: &ten, Picture: "drill",
				Params: []Param{{"Мощность", "450 Вт"}}},
			{ID: "a-2", Slug: "stanok-sever-ss-5-a-2", Name: "Станок Север СС-5", Unit: "компл.", CategoryID: "10", Price: 10000,
				VAT: &none, Available: true, Position: 1},
			{ID: "a-3", Slug: "stanok-sever-ss-5-a-3", Name: "Станок Север СС-5", Unit: "шт", CategoryID: "10", Price: 700,
				Available: true, Position: 2},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestEncodings(t *testing.T) {
	utf := yml(bolt("1", nil))
	want := read(t, utf)
	as1251, err := charmap.Windows1251.NewEncoder().String(strings.Replace(utf, "UTF-8", "windows-1251", 1))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{
		"windows-1251":                      as1251,
		"CP1251":                            strings.Replace(as1251, "windows-1251", "CP1251", 1),
		"BOM":                               "\ufeff" + utf,
		"BOM and a prolog that says 1251":   "\ufeff" + strings.Replace(utf, "UTF-8", "windows-1251", 1),
		"no prolog":                         strings.SplitN(utf, "\n", 2)[1],
		"empty line before prolog":          "\n" + utf,
		"Windows line ends":                 strings.ReplaceAll(utf, "\n", "\r\n"),
		"comments and an unknown namespace": strings.Replace(utf, "<offers>", `<!-- a --><x:y xmlns:x="urn:x"/><offers>`, 1),
	} {
		if d := cmp.Diff(want, read(t, s)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestProblems(t *testing.T) {
	long := strings.Repeat("ж", 501)
	as1251, _ := charmap.Windows1251.NewEncoder().String(yml(bolt("1", nil)))
	cases := map[string]struct{ feed, want string }{
		"negative":          {yml(bolt("1", nil), bolt("210103", map[string]string{"price": "-5"})), "строка 6, товар 210103: цена −5 меньше нуля"},
		"zero":              {yml(bolt("1", map[string]string{"price": "0.00"})), "строка 5, товар 1: цена равна нулю"},
		"no price":          {yml(bolt("1", map[string]string{"price": ""})), "строка 5, товар 1: нет цены (<price>)"},
		"too dear":          {yml(bolt("1", map[string]string{"price": "1000000000.01"})), "строка 5, товар 1: цена «1000000000.01» больше 100\u00a0000\u00a0000\u00a0₽"},
		"absurdly dear":     {yml(bolt("1", map[string]string{"price": strings.Repeat("9", 90)})), "строка 5, товар 1: цена «" + strings.Repeat("9", 40) + "…» больше 100\u00a0000\u00a0000\u00a0₽"},
		"price in words":    {yml(bolt("1", map[string]string{"price": "по запросу"})), "строка 5, товар 1: цена «по запросу» не число"},
		"exponent":          {yml(bolt("1", map[string]string{"price": "1e3"})), "строка 5, товар 1: цена «1e3» не число"},
		"thousands dots":    {yml(bolt("1", map[string]string{"price": "1.234,50"})), "строка 5, товар 1: цена «1.234,50» не число"},
		"part of a kopeck":  {yml(bolt("1", map[string]string{"price": "1.505"})), "строка 5, товар 1: цена «1.505»: больше двух знаков после запятой"},
		"two prices":        {yml(bolt("1", map[string]string{"price": "1</price><price>2"})), "строка 5, товар 1: цена указана дважды"},
		"dollars":           {yml(bolt("1", map[string]string{"currencyId": "USD"})), "строка 5, товар 1: валюта «USD»: принимаются только цены в рублях (RUB или RUR)"},
		"odd VAT":           {yml(bolt("1", map[string]string{"vat": "VAT_13"})), "строка 5, товар 1: НДС «VAT_13»: такой ставки нет, бывает VAT_22, VAT_20, VAT_10, VAT_7, VAT_5, VAT_0 или NO_VAT"},
		"ambiguous VAT":     {yml(bolt("1", map[string]string{"vat": "7"})), "строка 5, товар 1: НДС «7» можно понять двояко, укажите VAT_5, VAT_7, VAT_0 или VAT_20"},
		"no name":           {yml(bolt("1", map[string]string{"name": " "})), "строка 5, товар 1: нет названия: нужен <name> или <typePrefix>, <vendor> и <model>"},
		"long name":         {yml(bolt("1", map[string]string{"name": long})), "строка 5, товар 1: название длиннее 500 знаков (501)"},
		"long model":        {yml(bolt("1", map[string]string{"name": "", "typePrefix": long[:800], "model": long[:800]})), "строка 5, товар 1: название длиннее 500 знаков (801)"},
		"duplicate":         {yml(bolt("1", nil), bolt("2", nil), bolt("1", nil)), "строка 7, товар 1: такой же id уже есть в строке 5"},
		"no id":             {yml(bolt("", nil)), "строка 5: нет id"},
		"id with a slash":   {yml(bolt("../a", nil)), "строка 5, товар ../a: в id допустимы только буквы, цифры, точка, дефис и подчёркивание"},
		"dots for id":       {yml(bolt("..", nil)), "строка 5, товар ..: в id допустимы только буквы, цифры, точка, дефис и подчёркивание"},
		"long id":           {yml(bolt(strings.Repeat("7", 65), nil)), "строка 5, товар " + strings.Repeat("7", 40) + "…: id длиннее 64 знаков"},
		"no category":       {yml(bolt("1", map[string]string{"categoryId": ""})), "строка 5, товар 1: не указана категория (<categoryId>)"},
		"unknown category":  {yml(bolt("1", nil), bolt("x", map[string]string{"categoryId": "99"})), "строка 6, товар x: категория «99» не описана в <categories>"},
		"available":         {yml(strings.Replace(bolt("1", nil), ">", ` available="maybe">`, 1)), "строка 5, товар 1: available=«maybe»: должно быть true или false"},
		"long param":        {yml(strings.Replace(bolt("1", nil), "</offer>", "\n<param name='a'>"+strings.Repeat("b", 2001)+"</param></offer>", 1)), "строка 6, товар 1: параметр «a» длиннее 2000 знаков"},
		"orphan category":   {strings.Replace(yml(bolt("1", nil)), `parentId="1"`, `parentId="7"`, 1), "строка 3: категория 2: родительская категория «7» не описана"},
		"twin category":     {strings.Replace(yml(bolt("1", nil)), `<categories>`, `<categories><category id="2">Болты</category>`, 1), "строка 3: категория 2 уже описана в строке 3"},
		"own parent":        {strings.Replace(yml(bolt("1", nil)), `id="1"`, `id="1" parentId="1"`, 1), "строка 3: категория 1 вложена сама в себя"},
		"cycle":             {strings.Replace(yml(bolt("1", nil)), `id="1"`, `id="1" parentId="2"`, 1), "строка 3: категория 1 вложена сама в себя"},
		"nameless category": {strings.Replace(yml(bolt("1", nil)), `Болты`, ``, 1), "строка 3: категория 2: нет названия"},
		"category without id": {strings.Replace(yml(bolt("1", nil)), `<categories>`, `<categories><category>Гайки</category>`, 1),
			"строка 3: категория «Гайки»: нет id"},
		"nothing on sale":    {yml(), "строка 6: в каталоге нет ни одного товара (<offer>)"},
		"empty file":         {"", "строка 1: файл пуст"},
		"only spaces":        {" \n ", "строка 2: в файле нет каталога YML (<yml_catalog>)"},
		"a page":             {"<html><body/></html>", "строка 1: это не каталог YML: файл начинается с «<html>», а должен с <yml_catalog>"},
		"truncated in tag":   {yml(bolt("1", nil), bolt("2", nil))[:440], "строка 6, товар 2: файл обрывается: не все элементы закрыты"},
		"truncated at end":   {strings.TrimSuffix(yml(bolt("1", nil)), "</yml_catalog>\n"), "строка 6: файл обрывается: не все элементы закрыты"},
		"something after":    {yml(bolt("1", nil)) + "<yml_catalog/>", "строка 7: после конца каталога в файле есть что-то ещё"},
		"DOCTYPE":            {strings.Replace(yml(bolt("1", nil)), "\n", "\n<!DOCTYPE yml_catalog SYSTEM \"shops.dtd\">\n", 1), "строка 2: в файле есть «<!DOCTYPE yml_catalog SYSTEM \"shops.dtd\"…»: DOCTYPE и сущности не допускаются, удалите эту строку"},
		"billion laughs":     {`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + yml(bolt("1", map[string]string{"name": "&b;"})), "строка 1: в файле есть «<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY …»: DOCTYPE и сущности не допускаются, удалите эту строку"},
		"entity":             {yml(bolt("1", map[string]string{"name": "a&nbsp;b"})), "строка 5, товар 1: неизвестная сущность «&nbsp;»: знак & пишется как &amp;"},
		"wrong nesting":      {yml(`<offer id="1"><name></offer>`), "строка 5, товар 1: ошибка XML: «element <name> closed by </offer>»"},
		"koi8":               {strings.Replace(yml(bolt("1", nil)), "UTF-8", "koi8-r", 1), "строка 1: кодировка «koi8-r» не поддерживается, сохраните файл в UTF-8 или windows-1251"},
		"UTF-16":             {"\xff\xfe<\x00", "строка 1: кодировка UTF-16 не поддерживается, сохраните файл в UTF-8 или windows-1251"},
		"1251 as UTF-8":      {as1251, "строка 2: текст не в кодировке UTF-8; если файл в windows-1251, это должно быть объявлено в первой строке"},
		"hole in 1251":       {"<?xml version=\"1.0\" encoding=\"windows-1251\"?><yml_catalog><shop><name>a\x98</name></shop></yml_catalog>", "строка 1: нечитаемые знаки в тексте «a\ufffd»: файл сохранён в другой кодировке, чем объявлено"},
		"second declaration": {strings.Replace(yml(bolt("1", nil)), "<offers>", `<?xml version="1.0" encoding="windows-1251"?><offers>`, 1), "строка 4: объявление <?xml …?> может стоять только в начале файла"},
	}
	for name, c := range cases {
		feed, err := ReadFeed(strings.NewReader(c.feed), Limits{})
		var fe *FeedError
		if !errors.As(err, &fe) {
			t.Errorf("%s: error is %v, not a FeedError", name, err)
			continue
		}
		if len(feed.Products) != 0 || len(feed.Categories) != 0 {
			t.Errorf("%s: a refused feed gives goods", name)
		}
		if len(fe.Problems) != 1 || !strings.HasSuffix(fe.Problems[0].String(), c.want) {
			t.Errorf("%s:\n got %v\nwant %v", name, fe.Problems, c.want)
		}
	}
}

func TestAllProblemsAreCollected(t *testing.T) {
	var offers []string
	for i := range 60 {
		offers = append(offers, bolt(fmt.Sprint(i), map[string]string{"price": "0", "categoryId": "9"}))
	}
	_, err := ReadFeed(strings.NewReader(yml(offers...)), Limits{})
	var fe *FeedError
	if !errors.As(err, &fe) || len(fe.Problems) != 50 || fe.More != 70 {
		t.Fatalf("listed %d, more %d: %v", len(fe.Problems), fe.More, err)
	}
	if p := fe.Problems[49]; p.Line != 54 || p.Offer != "49" {
		t.Errorf("the last one listed is %v", p)
	}
	if want := "catalog: feed refused, 120 problem(s), the first: строка 5, товар 0: цена равна нулю"; fe.Error() != want {
		t.Errorf("%s", fe.Error())
	}
}

func TestLimits(t *testing.T) {
	good := yml(bolt("1", nil), bolt("2", nil))
	cases := map[string]struct {
		feed   io.Reader
		limits Limits
		want   string
	}{
		"bytes": {io.MultiReader(strings.NewReader("<yml_catalog>"), endless("<!-- -->")), Limits{Bytes: 4 << 20}, "файл больше 4 МБ"},
		"text":  {strings.NewReader(yml(bolt("1", map[string]string{"name": strings.Repeat("a", 1<<20+1)}))), Limits{}, "больше 1024 КБ текста"},
		"text in pieces": {strings.NewReader(yml(bolt("1", map[string]string{"description": strings.Repeat("a<!-- -->", 3000)}))), Limits{Text: 2048},
			"больше 2 КБ текста"},
		"one endless text":      {io.MultiReader(strings.NewReader("<yml_catalog><shop><name>"), endless("a")), Limits{}, "больше 1024 КБ текста"},
		"one endless tag":       {io.MultiReader(strings.NewReader("<yml_catalog "), endless(`a="b" `)), Limits{}, "больше 1024 КБ текста"},
		"one endless comment":   {io.MultiReader(strings.NewReader("<yml_catalog><!-- "), endless("a")), Limits{}, "больше 1024 КБ текста"},
		"endless text, skipped": {io.MultiReader(strings.NewReader("<yml_catalog><x>"), endless("a")), Limits{}, "больше 1024 КБ текста"},
		"depth":                 {io.MultiReader(strings.NewReader("<yml_catalog>"), endless("<a>")), Limits{}, "вложены глубже 64 уровней"},
		"depth in an offer":     {strings.NewReader(yml(bolt("1", map[string]string{"description": strings.Repeat("<b>", 70)}))), Limits{}, "вложены глубже 64 уровней"},
		"offers":                {strings.NewReader(good), Limits{Offers: 1}, "в каталоге больше 1 товаров"},
		"offers with one id":    {strings.NewReader(yml(bolt("1", nil), bolt("1", nil), bolt("1", nil))), Limits{Offers: 2}, "в каталоге больше 2 товаров"},
	}
	for name, c := range cases {
		_, err := ReadFeed(c.feed, c.limits)
		var fe *FeedError
		if !errors.As(err, &fe) || !strings.Contains(fe.Problems[len(fe.Problems)-1].Reason, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadFeed(strings.NewReader(good), Limits{Bytes: int64(len(good)), Offers: 2, Depth: 5, Text: 100}); err != nil {
		t.Errorf("exactly at the limits: %v", err)
	}
}

// endless repeats a text for ever.
func endless(s string) io.Reader { return &repeater{text: strings.Repeat(s, 1000)} }

type repeater struct {
	text string
	at   int
}

func (r *repeater) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

func TestReaderErrorsAreNotTheFeeds(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, at := range []int{0, 2, 300} {
		_, err := ReadFeed(io.MultiReader(strings.NewReader(yml(bolt("1", nil))[:at]), iotest.ErrReader(broken)), Limits{})
		var fe *FeedError
		if !errors.Is(err, broken) || errors.As(err, &fe) {
			t.Errorf("at byte %d: %v", at, err)
		}
	}
	if d := cmp.Diff(read(t, yml(bolt("1", nil))), func() Feed {
		f, _ := ReadFeed(iotest.OneByteReader(strings.NewReader(yml(bolt("1", nil)))), Limits{})
		return f
	}()); d != "" {
		t.Errorf("read byte by byte: %s", d)
	}
}

// The real feed is input of the project, not a part of it: a checkout elsewhere does without.
func TestRealFeed(t *testing.T) {
	file, err := os.ReadFile("../../../shared/data/catalog-feed.yml.xml")
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the real feed is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	feed, err := ReadFeed(bytes.NewReader(file), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(feed.Products) != 36 || len(feed.Categories) != 7 || feed.ShopName != "YetAnotherShop" || feed.Date.IsZero() {
		t.Fatalf("%d products, %d categories of %s, %v", len(feed.Products), len(feed.Categories), feed.ShopName, feed.Date)
	}
	slug, addresses := regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?$`), map[string]bool{}
	for _, p := range feed.Products {
		if p.Price < 790_00 || p.Price > 33990_00 || !p.Available || p.VAT != nil || p.Picture != "" || p.Unit != "шт" ||
			!strings.HasPrefix(p.SKU, "YNDX-") || strings.ContainsAny(p.Description, "<>") || p.Description == "" || len(p.Params) == 0 {
			t.Errorf("%+v", p)
		}
		if !slug.MatchString(p.Slug) || addresses[p.Slug] {
			t.Errorf("slug %q", p.Slug)
		}
		addresses[p.Slug] = true
	}
	if p := feed.Products[0]; strings.Count(p.Description, "\n\n") != 6 {
		t.Errorf("7 paragraphs became %q", p.Description)
	}
	if p := feed.Products[0]; p.Name != "Умная лампочка Яндекс E14" || p.Slug != "umnaya-lampochka-yandeks-e14" {
		t.Errorf("%q at %q", p.Name, p.Slug)
	}
}

func FuzzReadFeed(f *testing.F) {
	f.Add([]byte(yml(bolt("1", nil), bolt("2", map[string]string{"price": "-1", "vat": "VAT_10", "description": "<![CDATA[<p>a<br/>b &amp; c]]>"}))))
	f.Add([]byte("\ufeff<?xml version=\"1.0\" encoding=\"windows-1251\"?><yml_catalog><shop><categories><category id=\"1\" parentId=\"1\">\xc0</category></categories></shop></yml_catalog>"))
	f.Add([]byte("<!DOCTYPE a><yml_catalog/>"))
	f.Add([]byte("<yml_catalog><shop><offers><offer id=\"1\"><price>1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		feed, err := ReadFeed(bytes.NewReader(b), Limits{Bytes: 1 << 16, Offers: 50, Text: 1 << 12})
		lines := bytes.Count(b, []byte("\n")) + 1
		var fe *FeedError
		switch {
		case err == nil:
			if len(feed.Products) == 0 {
				t.Fatal("an empty feed was taken")
			}
			for _, p := range feed.Products {
				if p.Price <= 0 || p.Price > MaxPrice || p.Name == "" || p.Slug == "" || p.ID == "" || len(p.Slug) > maxSlug {
					t.Fatalf("%+v", p)
				}
			}
		case !errors.As(err, &fe):
			t.Fatalf("not a FeedError: %v", err)
		case len(fe.Problems) == 0 || len(feed.Products) > 0:
			t.Fatalf("refused without a reason, or with goods: %v", fe)
		default:
			for _, p := range fe.Problems {
				if p.Line < 1 || p.Line > lines || p.Reason == "" {
					t.Fatalf("line %d of %d: %v", p.Line, lines, p)
				}
			}
		}
	})
}
