package main

import (
	"strings"
	"testing"
	"testing/fstest"
)

const someTests = `package bankemu_test

import "testing"

var table = []struct{ name string }{{"month is a name"}, {"a/b"}}

const elsewhere = "written elsewhere"

func TestRules(t *testing.T) {
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) { helper(t) })
	}
}

func helper(t *testing.T) { t.Run("in a helper", nil) }

func TestAlone(t *testing.T) { t.Run(fmt.Sprint(408), nil) }

func FuzzBody(f *testing.F) {}
`

func emulatorWith(rows string) fstest.MapFS {
	return fstest.MapFS{
		"some_test.go":                   {Data: []byte(someTests)},
		"some.go":                        {Data: []byte("package bankemu\n\nfunc TestLookalike() {}\n")},
		"testdata/conformance/oauth.tsv": {Data: []byte(rows)},
	}
}

func TestConformanceRows(t *testing.T) {
	const good = "001 amount\tnumber\ta number\tTestRules/month is a name\n"
	for _, c := range []struct{ name, rows, fault string }{
		{"good", good, ""},
		{"a test without subtests", "a\tb\tc\tTestAlone\n", ""},
		{"a fuzz target", "a\tb\tc\tFuzzBody\n", ""},
		{"a subtest of two levels", "a\tb\tc\tTestRules/a/b\n", ""},
		{"a subtest of a helper", "a\tb\tc\tTestRules/in a helper\n", ""},
		{"a subtest named by a number", "a\tb\tc\tTestAlone/408\n", ""},
		{"an empty cell", "a\t \tc\tTestAlone\n", "oauth.tsv:1: cell 2 is empty"},
		{"a cell too few", "a\tb\tTestAlone\n", "oauth.tsv:1: 3 cells"},
		{"a cell too many", "a\tb\tc\tTestAlone\t\n", "oauth.tsv:1: 5 cells"},
		{"an empty line", good + "\n" + good, "oauth.tsv:2: 1 cells"},
		{"the same row", good + "a\tb\tc\tTestAlone\n" + good, "oauth.tsv:3: the same row as oauth.tsv:1"},
		{"no such test", "a\tb\tc\tTestNothing\n", "there is no test TestNothing"},
		{"a function outside the tests", "a\tb\tc\tTestLookalike\n", "there is no test TestLookalike"},
		{"no such subtest", "a\tb\tc\tTestRules/year\n", `TestRules has no subtest "year"`},
		{"a subtest of another test", "a\tb\tc\tTestAlone/month is a name\n", `TestAlone has no subtest "month is a name"`},
		{"a text nobody uses", "a\tb\tc\tTestRules/written elsewhere\n", `TestRules has no subtest "written elsewhere"`},
		{"lenient without a reason", "a\tb\tlenient: \tTestAlone\n", "lenient without a reason"},
		{"nothing", "", "1 cells"},
		{"two faults", "a\tb\tc\tTestX\na\tb\tTestY\n", "oauth.tsv:2: 3 cells"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, err := conformance(emulatorWith(c.rows))
			switch {
			case c.fault == "" && (err != nil || !strings.Contains(page, "(../internal/bankemu/some_test.go)")):
				t.Errorf("%v\n%s", err, page)
			case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault) || page != ""):
				t.Errorf("%v instead of %s", err, c.fault)
			}
		})
	}
	if _, err := conformance(fstest.MapFS{"some_test.go": {Data: []byte(someTests)}}); err == nil {
		t.Error("no rows at all are no fault")
	}
}

func TestConformancePage(t *testing.T) {
	page, err := conformance(fstest.MapFS{
		"some_test.go":                      {Data: []byte(someTests)},
		"testdata/conformance/payrolls.tsv": {Data: []byte("003 month\ta|b \\d\tas *written*\tTestRules/month is a name\n003 x\ty\tlenient: since the SDK\tTestAlone\n")},
		"testdata/conformance/oauth.tsv":    {Data: []byte("bank-api\tx\ty\tTestAlone\n")},
		"testdata/conformance/zebra.tsv":    {Data: []byte("z\tx\ty\tTestAlone\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for _, want := range []string{
		"| СберБизнес ID | 1 | 0 | 1 |\n| Зарплатная ведомость | 2 | 1 | 2 |\n| zebra | 1 | 0 | 1 |\n| **all** | 4 | 1 | 2 |\n",
		"\n## СберБизнес ID\n", "\n## Зарплатная ведомость\n",
		`| 003 month | a\|b \\d | as \*written\* | [TestRules/month is a name](../internal/bankemu/some_test.go) |`,
		"\n## zebra\n", "\n## Deliberately lenient\n", "| Зарплатная ведомость | 003 x | y | since the SDK |\n",
	} {
		at := strings.Index(page[last:], want)
		if at < 0 {
			t.Fatalf("%q is not there, or not in its place:\n%s", want, page)
		}
		last += at
	}
}
