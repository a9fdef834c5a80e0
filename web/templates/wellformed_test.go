package templates

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// checkPage holds a page to what every page must be; seen collects its test ids.
func checkPage(t *testing.T, page []byte, primary int, seen map[string]bool) {
	t.Helper()
	checkTags(t, page)
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var h1, primaries int
	labels, ids := map[string]bool{}, map[string]bool{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "h1" {
			h1++
		}
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("id %q is used twice", id)
			}
			ids[id] = true
		}
		if isPrimary(n) {
			primaries++
		}
		if id := attr(n, "data-testid"); id != "" {
			seen[id] = true
		}
		checkAttributes(t, n)
	}
	if h1 != 1 {
		t.Errorf("%d h1, want 1", h1)
	}
	if primaries != primary {
		t.Errorf("%d primary buttons, want %d", primaries, primary)
	}
	for n := range doc.Descendants() {
		checkReferences(t, n, labels, ids)
	}
	checkHeadings(t, doc)
	if m := regexp.MustCompile(`>\s+,|\d ₽|%!`).Find(page); m != nil {
		t.Errorf("the text has %q", m)
	}
}

func isPrimary(n *html.Node) bool {
	classes := strings.Fields(attr(n, "class"))
	return slices.Contains(classes, "btn-primary") || slices.Contains(classes, "btn-bank") && !slices.Contains(classes, "btn-bank-2")
}

// The Content-Security-Policy forbids what is inside the page: styles, handlers, scripts.
func checkAttributes(t *testing.T, n *html.Node) {
	t.Helper()
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			t.Errorf("<%s %s> is forbidden", n.Data, a.Key)
		}
		if (a.Key == "src" || n.Data == "link" && a.Key == "href") && !strings.HasPrefix(a.Val, "/static/") {
			t.Errorf("<%s> loads %q", n.Data, a.Val)
		}
	}
	switch {
	case n.Data == "style", n.Data == "script" && n.FirstChild != nil:
		t.Errorf("<%s> inside the page", n.Data)
	case n.Data == "img" && !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "alt" }):
		t.Error("a picture without alt")
	case n.Data == "button" && attr(n, "type") == "":
		t.Error("a button without a type")
	case n.Data == "a" && attr(n, "href") == "":
		t.Error("a link without an address")
	}
}

func checkReferences(t *testing.T, n *html.Node, labels, ids map[string]bool) {
	t.Helper()
	if n.Type != html.ElementNode {
		return
	}
	control := n.Data == "select" || n.Data == "textarea" || n.Data == "input" && attr(n, "type") != "hidden"
	if control && !labels[attr(n, "id")] {
		t.Errorf("<%s name=%q> has no label", n.Data, attr(n, "name"))
	}
	for _, key := range []string{"aria-describedby", "aria-labelledby", "for"} {
		for _, id := range strings.Fields(attr(n, key)) {
			if !ids[id] {
				t.Errorf("<%s %s> names %q, which is not there", n.Data, key, id)
			}
		}
	}
	if href := attr(n, "href"); n.Data == "a" && strings.HasPrefix(href, "#") && !ids[href[1:]] {
		t.Errorf("a link to %q, which is not there", href)
	}
}

// checkHeadings wants no level left out.
func checkHeadings(t *testing.T, doc *html.Node) {
	t.Helper()
	last := 1
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || len(n.Data) != 2 || n.Data[0] != 'h' || n.Data[1] < '1' || n.Data[1] > '6' {
			continue
		}
		level := int(n.Data[1] - '0')
		if level > last+1 {
			t.Errorf("<%s> follows h%d", n.Data, last)
		}
		last = level
	}
}

var void = []string{"meta", "link", "input", "img", "br", "hr"}

// checkTags sees what a forgiving parser repairs in silence: tags that are not closed, or closed in another order.
func checkTags(t *testing.T, page []byte) {
	t.Helper()
	var open []string
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) || len(open) > 0 {
				t.Errorf("the page ends inside %v: %v", open, z.Err())
			}
			return
		case html.StartTagToken:
			name, _ := z.TagName()
			if !slices.Contains(void, string(name)) {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Fatalf("</%s> closes %v", name, open)
			}
			open = open[:len(open)-1]
		}
	}
}
