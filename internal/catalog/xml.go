package catalog

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// fatal is a reason, in Russian, after which the rest of the file cannot be read.
type fatal string

func (f fatal) Error() string { return string(f) }

// stream reads XML elements one after another and holds no more of the file than one element's text.
// Document types, entities, too deep and too large things end it with a fatal error.
type stream struct {
	dec    *xml.Decoder
	guard  *guard
	limits Limits
	depth  int
	rooted bool
	// line is where the last token started.
	line int
}

func newStream(r io.Reader, limits Limits) (*stream, error) {
	g := &guard{r: r, limits: limits}
	in := bufio.NewReader(g)
	head, err := in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	s := &stream{guard: g, limits: limits, line: 1}
	switch {
	case len(head) == 0:
		return s, fatal("файл пуст")
	case strings.HasPrefix(string(head), "\xff\xfe"), strings.HasPrefix(string(head), "\xfe\xff"):
		return s, fatal("кодировка UTF-16 не поддерживается, сохраните файл в UTF-8 или windows-1251")
	}
	bom := string(head) == "\ufeff"
	if bom {
		_, _ = in.Discard(3) // what was peeked is there
	}
	s.dec = xml.NewDecoder(in)
	s.dec.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		switch strings.ToLower(label) {
		case "windows-1251", "cp1251", "win-1251", "cp-1251":
			if bom { // the mark proves UTF-8, whatever the prolog says
				return in, nil
			}
			return charmap.Windows1251.NewDecoder().Reader(in), nil
		case "utf8":
			return in, nil
		}
		return nil, fatal("кодировка " + quoted(label) + " не поддерживается, сохраните файл в UTF-8 или windows-1251")
	}
	return s, nil
}

// next gives the next token, valid until the call after it.
func (s *stream) next() (xml.Token, error) {
	s.guard.sinceToken = 0
	s.line, _ = s.dec.InputPos()
	tok, err := s.dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := tok.(type) {
	case xml.Directive:
		return nil, fatal("в файле есть " + quoted("<!"+string(t)+">") + ": DOCTYPE и сущности не допускаются, удалите эту строку")
	case xml.ProcInst:
		if s.rooted && t.Target == "xml" {
			return nil, fatal("объявление <?xml …?> может стоять только в начале файла")
		}
	case xml.StartElement:
		s.rooted = true
		if s.depth++; s.depth > s.limits.Depth {
			return nil, fatal(fmt.Sprintf("элементы вложены глубже %d уровней", s.limits.Depth))
		}
	case xml.EndElement:
		s.depth--
	}
	return tok, nil
}

// children calls handle for each child of the element just opened, until the element ends.
// handle reads its child to the end: with children, text or skip.
func (s *stream) children(handle func(el xml.StartElement) error) error {
	for {
		tok, err := s.next()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if err := handle(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// skip reads the element just opened to its end.
func (s *stream) skip() error {
	for outside := s.depth - 1; s.depth > outside; {
		if _, err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// text reads the element just opened to its end and gives the text in it, elements inside as bare tags.
func (s *stream) text() (string, error) {
	var b strings.Builder
	for outside := s.depth - 1; s.depth > outside; {
		tok, err := s.next()
		if err != nil {
			return "", err
		}
		switch t := tok.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			b.WriteString("<" + t.Name.Local + ">")
		case xml.EndElement:
			if s.depth > outside {
				b.WriteString("</" + t.Name.Local + ">")
			}
		}
		if b.Len() > s.limits.Text {
			return "", s.tooLong()
		}
	}
	return b.String(), nil
}

// end makes sure that nothing but comments and spaces follows the root.
func (s *stream) end() error {
	for {
		tok, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		text, isText := tok.(xml.CharData)
		_, isElement := tok.(xml.StartElement)
		if isElement || isText && strings.TrimSpace(string(text)) != "" {
			return fatal("после конца каталога в файле есть что-то ещё")
		}
	}
}

func (s *stream) tooLong() error { return tooLong(s.limits) }

func tooLong(l Limits) error {
	return fatal(fmt.Sprintf("в одном элементе больше %d КБ текста", l.Text/1024))
}

// stopped turns the error that ended the reading into a problem; ok is false when it is the reader's own
// (a disk, a connection) and says nothing of the feed.
func (s *stream) stopped(err error) (p Problem, ok bool) {
	var f fatal
	var syntax *xml.SyntaxError
	switch {
	case s.guard.failed != nil:
		return Problem{}, false
	case errors.As(err, &f):
		return Problem{Line: s.line, Reason: string(f)}, true
	case errors.As(err, &syntax):
		return Problem{Line: max(1, syntax.Line), Reason: syntaxReason(syntax.Msg)}, true
	case errors.Is(err, io.EOF):
		return Problem{Line: s.line, Reason: "в файле нет каталога YML (<yml_catalog>)"}, true
	}
	return Problem{Line: s.line, Reason: "файл не читается как XML: " + quoted(err.Error())}, true
}

func syntaxReason(msg string) string {
	switch {
	case msg == "unexpected EOF":
		return "файл обрывается: не все элементы закрыты"
	case msg == "invalid UTF-8":
		return "текст не в кодировке UTF-8; если файл в windows-1251, это должно быть объявлено в первой строке"
	case strings.HasPrefix(msg, "invalid character entity"):
		return "неизвестная сущность " + quoted(strings.TrimPrefix(msg, "invalid character entity ")) +
			": знак & пишется как &amp;"
	}
	return "ошибка XML: " + quoted(msg)
}

// guard bounds what the decoder may swallow: the whole file, and one token, which the decoder holds in memory.
type guard struct {
	r          io.Reader
	limits     Limits
	total      int64
	sinceToken int
	// failed is the reader's own error, if that is what ended the reading.
	failed error
}

func (g *guard) Read(p []byte) (int, error) {
	if g.total > g.limits.Bytes {
		return 0, fatal(fmt.Sprintf("файл больше %d МБ", g.limits.Bytes>>20))
	}
	if g.sinceToken > g.limits.Text+64<<10 {
		return 0, tooLong(g.limits)
	}
	n, err := g.r.Read(p)
	g.total += int64(n)
	g.sinceToken += n
	if err != nil && !errors.Is(err, io.EOF) {
		g.failed = err
	}
	return n, err
}
