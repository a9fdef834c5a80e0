package store

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var mapRow = regexp.MustCompile("(?m)^\\| `(\\w+)` \\| ((?:`\\w+`(?:, )?)+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|$")

// docs/data.md says of every column of the schema what it is and how long it stays, and of no other column.
func TestDataMap(t *testing.T) {
	page, err := os.ReadFile("../../docs/data.md")
	if err != nil {
		t.Fatal(err)
	}
	mapped, sealed := map[string]bool{}, map[string]bool{}
	for _, m := range mapRow.FindAllStringSubmatch(string(page), -1) {
		for column := range strings.SplitSeq(m[2], ", ") {
			name := m[1] + "." + strings.Trim(column, "`")
			if mapped[name] {
				t.Errorf("%s stands there twice", name)
			}
			mapped[name], sealed[name] = true, strings.HasPrefix(m[4], "sealed")
			if !slices.Contains([]string{"person", "person's id", "company", "secret", "business", "technical"}, m[3]) {
				t.Errorf("%s: class %q", name, m[3])
			}
			if m[3] == "secret" && !strings.HasPrefix(m[4], "sealed") && m[4] != "hashed" {
				t.Errorf("%s: a secret that is %s", name, m[4])
			}
		}
	}
	s := openTest(t)
	type column struct{ name, kind string }
	columns, err := collect(t.Context(), s.read, func(scan func(...any) error, v *column) error { return scan(&v.name, &v.kind) },
		`select m.name || '.' || c.name, lower(c.type) from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite\_%' escape '\'`)
	if err != nil || len(columns) < 150 {
		t.Fatalf("%d columns, %v", len(columns), err)
	}
	for _, c := range columns {
		if !mapped[c.name] {
			t.Errorf("%s is not in docs/data.md: what is it, and how long does it stay?", c.name)
		}
		if sealed[c.name] && c.kind != "blob" {
			t.Errorf("%s is said to be sealed and is %s", c.name, c.kind)
		}
		delete(mapped, c.name)
	}
	for _, c := range sealedColumns {
		if !sealed[c.table+"."+c.column] {
			t.Errorf("%s.%s is not said to be sealed", c.table, c.column)
		}
		delete(sealed, c.table+"."+c.column)
	}
	for name, is := range sealed {
		if is {
			t.Errorf("%s is sealed, and Reseal passes it by", name)
		}
	}
	for name := range mapped {
		t.Errorf("%s is in docs/data.md and not in the database", name)
	}
}
