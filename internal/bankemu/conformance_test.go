package bankemu_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Every address of the bank that the emulator serves has a row of testdata/conformance. The rows themselves are checked
// where docs/bank-conformance.md is made of them.
func TestEveryRouteHasAConformanceRow(t *testing.T) {
	rows := conformanceText(t)
	routes := servedAddresses(t)
	if len(routes) < 20 {
		t.Fatalf("only %d addresses found: %v", len(routes), routes)
	}
	for _, address := range routes {
		// It may be written without what is the same in all of its family.
		short := regexp.MustCompile(`^(/fintech/api)?/(v\d/)?(oauth/)?`).ReplaceAllString(address, "")
		if !regexp.MustCompile(`(^|[^\w-])` + regexp.QuoteMeta(short) + `($|[^/\w-])`).MatchString(rows) {
			t.Errorf("%s has no row", address)
		}
	}
}

// conformanceText is the first two cells of all rows.
func conformanceText(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("testdata/conformance/*.tsv")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	var text strings.Builder
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(raw), "\n") {
			if cells := strings.SplitN(line, "\t", 3); len(cells) == 3 {
				text.WriteString(cells[0] + "\t" + cells[1] + "\n")
			}
		}
	}
	return text.String()
}

// servedAddresses reads the package: the patterns given to a mux (of a sum, its last text) and the lists of paths.
// The emulator's own addresses are not the bank's.
func servedAddresses(t *testing.T) (out []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	take := func(s string) {
		if _, path, ok := strings.Cut(s, " "); ok {
			s = path
		}
		if strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "/emu/") && !strings.HasSuffix(s, "/") && s != "/{$}" {
			out = append(out, s)
		}
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if s, ok := n.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "HandleFunc" || s.Sel.Name == "Handle") {
						take(lastText(n.Args[0]))
					}
				case *ast.ValueSpec:
					if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
						pathList(n, take)
					}
				}
				return true
			})
		}
	}
	return out
}

// pathList takes the texts of a variable that begin as the bank's pages do.
func pathList(v *ast.ValueSpec, take func(string)) {
	ast.Inspect(v, func(n ast.Node) bool {
		if s := literal(n); strings.HasPrefix(s, "/ic/") {
			take(s)
		}
		return true
	})
}

// lastText is a text, or the last summand of a sum when it is one.
func lastText(n ast.Expr) string {
	if sum, ok := n.(*ast.BinaryExpr); ok {
		return literal(sum.Y)
	}
	return literal(n)
}

func literal(n ast.Node) string {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}
