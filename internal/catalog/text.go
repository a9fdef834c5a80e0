package catalog

import (
	"html"
	"strings"
	"unicode"
)

// cleanLine makes one line of printable text: other spaces and control characters become single spaces,
// invisible format characters (text direction, zero width) go.
func cleanLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// plainText turns a feed's description, HTML or not, into paragraphs of text separated by "\n\n".
// The result is text, not markup: whoever shows it escapes it. Scripts, styles and comments leave nothing behind.
func plainText(s string) string {
	var out strings.Builder
	text := func(part string) { out.WriteString(html.UnescapeString(part)) }
	tags := false
	for {
		start := nextTag(s)
		if start < 0 {
			break
		}
		text(unbroken(s[:start], &tags))
		s = s[start:]
		if strings.HasPrefix(s, "<!--") {
			_, s, _ = strings.Cut(s, "-->")
			continue
		}
		tag, rest, closed := strings.Cut(s, ">")
		if !closed {
			break
		}
		s, tags = rest, true
		name := tagName(tag)
		switch {
		case name == "script" || name == "style":
			s = afterElement(s, name)
		case name == "li" && tag[1] != '/':
			out.WriteString("\n\n• ")
		case breaksParagraph(name):
			out.WriteString("\n\n")
		}
	}
	text(unbroken(s, &tags))
	return paragraphs(out.String())
}

// unbroken takes line breaks out of text between tags, where they mean nothing. Without any tag they are all there is.
func unbroken(s string, tags *bool) string {
	if *tags {
		return strings.NewReplacer("\r", " ", "\n", " ").Replace(s)
	}
	return strings.ReplaceAll(s, "\r\n", "\n")
}

// nextTag finds "<" that starts a tag or a comment; "a < b" is text.
func nextTag(s string) int {
	for i := 0; i < len(s)-1; i++ {
		if s[i] != '<' {
			continue
		}
		if c := s[i+1] | 0x20; c >= 'a' && c <= 'z' || s[i+1] == '/' || s[i+1] == '!' || s[i+1] == '?' {
			return i
		}
	}
	return -1
}

func tagName(tag string) string {
	name := strings.TrimLeft(tag, "</")
	if i := strings.IndexFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }); i >= 0 {
		name = name[:i]
	}
	return strings.ToLower(name)
}

func afterElement(s, name string) string {
	for {
		_, rest, found := strings.Cut(s, "</")
		if !found {
			return ""
		}
		if len(rest) >= len(name) && strings.EqualFold(rest[:len(name)], name) {
			_, rest, _ = strings.Cut(rest, ">")
			return rest
		}
		s = rest
	}
}

func breaksParagraph(tag string) bool {
	switch tag {
	case "p", "br", "div", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "section", "article",
		"blockquote", "hr", "dl", "dt", "dd", "pre":
		return true
	}
	return false
}

// paragraphs splits at empty lines and cleans each part; parts without letters and digits are dropped.
func paragraphs(s string) string {
	var kept []string
	var current []string
	flush := func() {
		if p := cleanLine(strings.Join(current, " ")); strings.ContainsFunc(p, isWordRune) {
			kept = append(kept, p)
		}
		current = current[:0]
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(line) == "" {
			flush()
			continue
		}
		current = append(current, line)
	}
	flush()
	return strings.Join(kept, "\n\n")
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
