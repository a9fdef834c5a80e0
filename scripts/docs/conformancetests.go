package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strconv"
	"strings"
)

// testIndex is what the test files declare at their top, by name: functions, methods, variables, constants.
type testIndex map[string][]declared

// declared is one declaration: the texts written in it and the names it uses.
type declared struct {
	file  string
	test  bool // func TestX(t *testing.T) or FuzzX
	texts map[string]bool
	uses  map[string]bool
}

func indexTests(dir fs.FS) (testIndex, error) {
	files, err := fs.Glob(dir, "*_test.go")
	if err != nil {
		return nil, err
	}
	out := testIndex{}
	for _, name := range files {
		src, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			out.add(name, d)
		}
	}
	return out, nil
}

func (x testIndex) add(file string, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		n := d.Name.Name
		x[n] = append(x[n], read(file, d, d.Recv == nil && (strings.HasPrefix(n, "Test") || strings.HasPrefix(n, "Fuzz"))))
	case *ast.GenDecl:
		for _, s := range d.Specs {
			if v, ok := s.(*ast.ValueSpec); ok {
				for _, n := range v.Names {
					x[n.Name] = append(x[n.Name], read(file, v, false))
				}
			}
		}
	}
}

func read(file string, from ast.Node, test bool) declared {
	d := declared{file: file, test: test, texts: map[string]bool{}, uses: map[string]bool{}}
	ast.Inspect(from, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			d.uses[n.Name] = true
		case *ast.BasicLit:
			if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				d.texts[s] = true
			} else if n.Kind == token.INT {
				d.texts[n.Value] = true // a name made of a number
			}
		}
		return true
	})
	return d
}

// check says what is wrong with the test a row names: TestName, or TestName/name of a subtest. The subtest's name must
// be written out in the test or in something of the test files that it uses.
func (x testIndex) check(name string) error {
	top, sub, nested := strings.Cut(name, "/")
	if _, ok := x.test(top); !ok {
		return fmt.Errorf("there is no test %s", top)
	}
	if nested && !x.says(top, sub, map[string]bool{}) {
		return fmt.Errorf("%s has no subtest %q", top, sub)
	}
	return nil
}

func (x testIndex) test(name string) (declared, bool) {
	for _, d := range x[name] {
		if d.test {
			return d, true
		}
	}
	return declared{}, false
}

func (x testIndex) says(name, text string, seen map[string]bool) bool {
	if seen[name] {
		return false
	}
	seen[name] = true
	for _, d := range x[name] {
		if d.texts[text] {
			return true
		}
		for used := range d.uses {
			if x.says(used, text, seen) {
				return true
			}
		}
	}
	return false
}

// link is a test's name as a link to its file.
func (x testIndex) link(name string) string {
	top, _, _ := strings.Cut(name, "/")
	d, _ := x.test(top)
	return fmt.Sprintf("[%s](../internal/bankemu/%s)", cell(name), d.file)
}
