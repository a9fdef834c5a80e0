package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// conformanceRow is one line of testdata/conformance: what a document of the bank says, what the emulator does with it,
// and the test that shows it.
type conformanceRow struct {
	family, source, rule, emulated, test string
	at                                   string // file:line
}

const lenientMark = "lenient:"

// lenient is the reason why the emulator is looser than the text; "" = it is not.
func (r conformanceRow) lenient() string {
	reason, ok := strings.CutPrefix(r.emulated, lenientMark)
	if !ok {
		return ""
	}
	return strings.TrimSpace(reason)
}

// families are the sections of the page in its order: files of testdata/conformance. Others follow by name.
var families = []struct{ file, title string }{
	{"oauth", "СберБизнес ID"},
	{"signatures", "Signatures of the JWTs"},
	{"credit", "Кредит в корзине"},
	{"payments", "Моментальные платежи"},
	{"statements", "Statements and client-info"},
	{"payrolls", "Зарплатная ведомость"},
	{"webhook", "Webhook wh-payment"},
	{"transport", "Transport, pace and faults"},
}

func familyTitle(file string) string {
	for _, f := range families {
		if f.file == file {
			return f.title
		}
	}
	return file
}

// readConformance gives all rows of the emulator's directory, by family. Every fault of every row is in the error.
func readConformance(emulator fs.FS) ([]conformanceRow, testIndex, error) {
	names, err := fs.Glob(emulator, "testdata/conformance/*.tsv")
	if err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(names, func(a, b string) int { return familyPlace(a) - familyPlace(b) })
	tests, err := indexTests(emulator)
	if err != nil {
		return nil, nil, err
	}
	var rows []conformanceRow
	var faults []error
	seen := map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(emulator, name)
		if err != nil {
			return nil, nil, err
		}
		for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
			at := fmt.Sprintf("%s:%d", path.Base(name), i+1)
			row, err := parseRow(line)
			if err == nil {
				err = tests.check(row.test)
			}
			if first := seen[line]; err == nil && first != "" {
				err = fmt.Errorf("the same row as %s", first)
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", at, err))
				continue
			}
			seen[line] = at
			row.family, row.at = strings.TrimSuffix(path.Base(name), ".tsv"), at
			rows = append(rows, row)
		}
	}
	if len(names) == 0 {
		faults = append(faults, errors.New("there is no testdata/conformance/*.tsv"))
	}
	return rows, tests, errors.Join(faults...)
}

func familyPlace(name string) int {
	file := strings.TrimSuffix(path.Base(name), ".tsv")
	for i, f := range families {
		if f.file == file {
			return i
		}
	}
	return len(families)
}

func parseRow(line string) (conformanceRow, error) {
	cells := strings.Split(line, "\t")
	if len(cells) != 4 {
		return conformanceRow{}, fmt.Errorf("%d cells instead of 4 (source, rule, emulated, test; separated by tabs)", len(cells))
	}
	for i, cell := range cells {
		if strings.TrimSpace(cell) == "" {
			return conformanceRow{}, fmt.Errorf("cell %d is empty", i+1)
		}
	}
	row := conformanceRow{source: cells[0], rule: cells[1], emulated: cells[2], test: cells[3]}
	if strings.HasPrefix(row.emulated, lenientMark) && row.lenient() == "" {
		return row, errors.New("lenient without a reason")
	}
	return row, nil
}

// conformance is the page docs/bank-conformance.md; emulator is the directory internal/bankemu.
func conformance(emulator fs.FS) (string, error) {
	rows, tests, err := readConformance(emulator)
	if err != nil {
		return "", err
	}
	var page strings.Builder
	page.WriteString(conformanceIntro)
	writeCounts(&page, rows)
	for _, list := range byFamily(rows) {
		fmt.Fprintf(&page, "\n## %s\n\n| document | says | the emulator | test |\n|---|---|---|---|\n", familyTitle(list[0].family))
		for _, r := range list {
			fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", cell(r.source), cell(r.rule), cell(r.emulated), tests.link(r.test))
		}
	}
	page.WriteString("\n## Deliberately lenient\n\nWhere the emulator takes more than the text says, and why. Nothing else is looser than the documents on purpose.\n\n" +
		"| family | document | says | why not so |\n|---|---|---|---|\n")
	for _, r := range rows {
		if why := r.lenient(); why != "" {
			fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", familyTitle(r.family), cell(r.source), cell(r.rule), cell(why))
		}
	}
	return page.String(), nil
}

const conformanceIntro = `# The emulator and the bank's documents

Every call, field rule, error cause and status that the bank documents for what the emulator offers, what the emulator (` + "`internal/bankemu`" + `) does with it,
and the test that shows it over HTTP. Made by ` + "`make generate`" + ` from ` + "`internal/bankemu/testdata/conformance`" + `; a row without a test that exists fails the build,
and so does a call of the emulator without a row.

Numbers before a name are the documents: 001 «Кредит в корзине», 003 «Зачисления в другие банки» (salary registers), 004 «Моментальные платежи»;
bank-api is what the bank's other pages, its SDKs and integrations that work with it tell beyond them, other names are such pages.
The emulator has modes, of which ` + "[its manual](../internal/bankemu/README.md#modes)" + ` tells. A row speaks of the mode it names, else of the lifelike one in production:

- ` + "`documented`" + ` holds fields to the patterns as printed wherever they can be literal; the lifelike mode understands them by meaning;
- ` + "`testContour`" + ` is the bank's test contour, where ` + "`IMPLEMENTED`" + ` never comes and one host serves all users;
- ` + "`wrapOffers`, `signPage`, `jwtSignature`, `requireJWS`" + ` are forms of which the bank's pages and its clients know two.

`

func writeCounts(page *strings.Builder, rows []conformanceRow) {
	page.WriteString("| family | rules | lenient | tests |\n|---|---|---|---|\n")
	line := func(name string, list []conformanceRow) {
		lenient, tests := 0, map[string]bool{}
		for _, r := range list {
			tests[r.test] = true
			if r.lenient() != "" {
				lenient++
			}
		}
		fmt.Fprintf(page, "| %s | %d | %d | %d |\n", name, len(list), lenient, len(tests))
	}
	for _, list := range byFamily(rows) {
		line(familyTitle(list[0].family), list)
	}
	line("**all**", rows)
}

// byFamily splits rows, which are in the order of families.
func byFamily(rows []conformanceRow) (out [][]conformanceRow) {
	for i, r := range rows {
		if i == 0 || rows[i-1].family != r.family {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], r)
	}
	return out
}

// cell keeps a text inside a cell of a Markdown table, as it is.
func cell(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", `\<`, "*", `\*`, "[", `\[`).Replace(s)
}
