package storefront

import (
	"slices"
	"strconv"
	"strings"

	"creditcart/internal/catalog"
	"creditcart/internal/money"
	"creditcart/web/static"
	"creditcart/web/templates"
)

func (s *server) catalogView(q catalog.Query, found catalog.Listing, categories []catalog.CountedCategory) (v templates.CatalogView, title string) {
	current := categoryBySlug(categories, q.Category)
	v = templates.CatalogView{
		Path: listPath(q), Heading: "Каталог", Lead: plural(found.Total, "товар", "товара", "товаров"),
		Sections: sections(categories, current), Pager: pager(q, found),
	}
	title = "Каталог"
	switch {
	case q.Text != "":
		title = "Поиск: " + q.Text
		v.Heading = "Поиск: «" + q.Text + "»"
	case current != nil:
		title, v.Heading = current.Name, current.Name
		v.Crumbs = append([]templates.Link{{Text: "Каталог", URL: "/"}}, ancestors(categories, current.ParentID)...)
	case q.Page == 1 && q.Sort == catalog.SortPopular:
		v.Intro = intro()
	}
	if found.Total == 0 && q.Text != "" {
		v.Lead = ""
		v.Empty = emptySearch(q.Text, categories)
		return v, title
	}
	if found.Total > 1 {
		v.Sort = sortForm(q)
	}
	for _, p := range found.Products {
		v.Cards = append(v.Cards, s.card(p))
	}
	return v, title
}

func intro() *templates.Intro {
	return &templates.Intro{
		Heading: "Закупки для компании с оплатой, которая вам удобна",
		Text:    "Оплатите заказ по счёту, в кредит или с кредитной линии банка. Документ мы подготовим, вам останется его подписать в СберБизнес.",
		Points:  []string{"Условия кредита для вашей компании видны до оплаты", "Без подписи в банке деньги не списываются", "Цены с НДС, документы по каждому заказу"},
	}
}

func (s *server) card(p catalog.Product) templates.Card {
	c := templates.Card{
		Product: p.ID, Name: p.Name, URL: "/p/" + p.Slug, Article: article(p.SKU, p.ID), Price: p.Price.FormatShort(),
		VAT: withVAT(s.rateOf(p)), Picture: static.Picture(p.Picture),
	}
	if !p.Available {
		c.SoldOut = "Нет в наличии"
	}
	return c
}

func (s *server) rateOf(p catalog.Product) money.VATRate {
	if p.VAT != nil {
		return *p.VAT
	}
	return s.DefaultVAT
}

func article(sku, id string) string {
	if sku != "" {
		return sku
	}
	return id
}

func (s *server) productView(p catalog.Product, categories []catalog.CountedCategory) templates.ProductView {
	v := templates.ProductView{Card: s.card(p)}
	v.Crumbs = append([]templates.Link{{Text: "Каталог", URL: "/"}}, ancestors(categories, p.CategoryID)...)
	for _, text := range strings.Split(p.Description, "\n\n") {
		if text = strings.TrimSpace(text); text != "" {
			v.Description = append(v.Description, text)
		}
	}
	if p.Vendor != "" {
		v.Facts = append(v.Facts, templates.Fact{Label: "Производитель", Value: p.Vendor})
	}
	v.Facts = append(v.Facts, templates.Fact{Label: "Единица", Value: p.Unit})
	for _, param := range p.Params {
		v.Facts = append(v.Facts, templates.Fact{Label: param.Name, Value: param.Value})
	}
	return v
}

func categoryBySlug(all []catalog.CountedCategory, slug string) *catalog.CountedCategory {
	i := slices.IndexFunc(all, func(c catalog.CountedCategory) bool { return slug != "" && c.Slug == slug })
	if i < 0 {
		return nil
	}
	return &all[i]
}

func categoryByID(all []catalog.CountedCategory, id string) *catalog.CountedCategory {
	i := slices.IndexFunc(all, func(c catalog.CountedCategory) bool { return id != "" && c.ID == id })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// maxDepth ends the walk up a tree that is not one.
const maxDepth = 20

// ancestors leads from the top down to the category with the given id.
func ancestors(all []catalog.CountedCategory, id string) []templates.Link {
	var links []templates.Link
	for range maxDepth {
		c := categoryByID(all, id)
		if c == nil {
			break
		}
		links = append(links, templates.Link{Text: c.Name, URL: "/c/" + c.Slug})
		id = c.ParentID
	}
	slices.Reverse(links)
	return links
}

// sections are the top categories and, under the one that holds the current, its children.
func sections(all []catalog.CountedCategory, current *catalog.CountedCategory) []templates.Section {
	open := current
	for range maxDepth {
		if open == nil || open.ParentID == "" || categoryByID(all, open.ParentID) == nil {
			break
		}
		open = categoryByID(all, open.ParentID)
	}
	var list []templates.Section
	add := func(c catalog.CountedCategory, level int) {
		list = append(list, templates.Section{Name: c.Name, URL: "/c/" + c.Slug, Count: grouped(c.Count), Level: level,
			Current: current != nil && current.ID == c.ID})
	}
	for _, top := range all {
		if top.ParentID != "" && categoryByID(all, top.ParentID) != nil {
			continue
		}
		add(top, 0)
		if open == nil || open.ID != top.ID {
			continue
		}
		for _, child := range all {
			if child.ParentID == top.ID {
				add(child, 1)
			}
		}
	}
	return list
}

func sortForm(q catalog.Query) templates.SortForm {
	plain := q
	plain.Sort, plain.Page = "", 1
	action, _, _ := strings.Cut(listPath(plain), "?")
	f := templates.SortForm{Action: action}
	if q.Text != "" {
		f.Hidden = []templates.Hidden{{Name: "q", Value: q.Text}}
	}
	for _, o := range []struct {
		sort  catalog.Sort
		label string
	}{{catalog.SortPopular, "Сначала популярные"}, {catalog.SortPriceAsc, "Сначала дешевле"}, {catalog.SortPriceDesc, "Сначала дороже"}, {catalog.SortName, "По названию"}} {
		f.Options = append(f.Options, templates.Option{Value: string(o.sort), Label: o.label, Selected: o.sort == q.Sort})
	}
	return f
}

// pager shows the first and last page and those around the current one.
func pager(q catalog.Query, found catalog.Listing) templates.Pager {
	pages := found.Pages()
	if pages < 2 {
		return templates.Pager{}
	}
	at := func(page int) string { q.Page = page; return listPath(q) }
	current := max(1, found.Page)
	first := (current-1)*catalog.PageSize + 1
	p := templates.Pager{Summary: "Товары " + grouped(first) + "–" + grouped(first+len(found.Products)-1) + " из " + grouped(found.Total)}
	if current > 1 {
		p.Prev = at(current - 1)
	}
	if current < pages {
		p.Next = at(current + 1)
	}
	last := 0
	for n := 1; n <= pages; n++ {
		if n != 1 && n != pages && (n < current-2 || n > current+2) {
			continue
		}
		if n > last+1 {
			p.Pages = append(p.Pages, templates.PageLink{})
		}
		p.Pages = append(p.Pages, templates.PageLink{Label: strconv.Itoa(n), URL: at(n), Current: n == current})
		last = n
	}
	return p
}

// emptySearch offers the category whose name is most like the words, or else the largest.
func emptySearch(text string, categories []catalog.CountedCategory) *templates.EmptySearch {
	e := &templates.EmptySearch{Text: "По запросу «" + text + "» ничего не нашлось.",
		Hint: "Проверьте, нет ли опечатки, или уберите часть слов. Можно искать и по артикулу."}
	terms := catalog.QueryTerms(text)
	var nearest *catalog.CountedCategory
	best := 0
	for i := range categories {
		c := &categories[i]
		if c.Count == 0 {
			continue
		}
		likeness := 0
		for _, word := range catalog.QueryTerms(c.Name) {
			for _, term := range terms {
				likeness = max(likeness, commonPrefix(word, term))
			}
		}
		if likeness < 3 {
			likeness = 0 // two letters in common mean nothing
		}
		if nearest == nil || likeness > best || likeness == best && c.Count > nearest.Count {
			nearest, best = c, likeness
		}
	}
	if nearest != nil {
		e.Nearest = &templates.Link{Text: "Смотреть «" + nearest.Name + "»", URL: "/c/" + nearest.Slug}
	}
	return e
}

func commonPrefix(a, b string) int {
	n := 0
	x, y := []rune(a), []rune(b)
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n
}
