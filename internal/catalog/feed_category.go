package catalog

import "encoding/xml"

// category reads a child of <categories>.
func (f *feedReader) category(el xml.StartElement) error {
	if el.Name.Local != "category" {
		return f.in.skip()
	}
	line := f.in.line
	text, err := f.in.text()
	if err != nil {
		return err
	}
	c := Category{
		ID:       cleanLine(attr(el, "id")),
		ParentID: cleanLine(attr(el, "parentId")),
		Name:     f.short(line, "название категории", text),
		Position: len(f.feed.Categories),
	}
	if reason := badID(c.ID); reason != "" {
		f.problem(line, "категория %s: %s", quoted(c.Name), reason)
		return nil
	}
	if first, known := f.categoryAt[c.ID]; known {
		f.problem(line, "категория %s уже описана в строке %d", c.ID, f.categoryLines[first])
		return nil
	}
	if c.Name == "" {
		f.problem(line, "категория %s: нет названия", c.ID)
	}
	c.Slug = f.categorySlugs.take(c.Name, c.ID)
	f.categoryAt[c.ID] = c.Position
	f.categoryLines = append(f.categoryLines, line)
	f.feed.Categories = append(f.feed.Categories, c)
	return nil
}

// checkCategories looks at what is known only when the whole file has been read, since the order of parts is free.
func (f *feedReader) checkCategories() {
	f.offer = ""
	for i, c := range f.feed.Categories {
		if _, known := f.categoryAt[c.ParentID]; c.ParentID != "" && !known {
			f.problem(f.categoryLines[i], "категория %s: родительская категория %s не описана", c.ID, quoted(c.ParentID))
		}
	}
	f.checkCycles()
	for i, p := range f.feed.Products {
		if _, known := f.categoryAt[p.CategoryID]; !known {
			f.offer = p.ID
			f.problem(f.productLines[i], "категория %s не описана в <categories>", quoted(p.CategoryID))
		}
	}
}

// checkCycles walks up from every category once; a walk that meets its own steps is a cycle, reported at its start.
func (f *feedReader) checkCycles() {
	walk := make([]int, len(f.feed.Categories)) // the number of the walk that came by, from 1
	for i := range f.feed.Categories {
		for at := i; walk[at] == 0; {
			walk[at] = i + 1
			parent, known := f.categoryAt[f.feed.Categories[at].ParentID]
			if !known {
				break
			}
			if walk[parent] == i+1 {
				c := f.feed.Categories[parent]
				f.problem(f.categoryLines[parent], "категория %s вложена сама в себя", c.ID)
				break
			}
			at = parent
		}
	}
}
