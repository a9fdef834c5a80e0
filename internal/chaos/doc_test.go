package chaos

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test that docs/reliability.md names exists, and every planted bug stands there.
func TestReliabilityPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]*strings.Builder{".go": {}, ".ts": {}}
	for _, dir := range []string{"../../internal", "../../cmd", "../../scripts", "../../e2e"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			into := sources[filepath.Ext(path)]
			if into == nil || d.IsDir() || filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(path)
			into.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	goTests, browserTests := sources[".go"].String(), sources[".ts"].String()
	for _, m := range regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(string(page), -1) {
		if !strings.Contains(goTests, "func "+m[1]+"(") {
			t.Errorf("there is no %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`e2e «(.*)» \|`).FindAllStringSubmatch(string(page), -1) {
		if !strings.Contains(browserTests, "test('"+m[1]+"'") {
			t.Errorf("there is no browser test %q", m[1])
		}
	}
	for _, b := range bugs {
		if !strings.Contains(string(page), "| "+b.name+" | "+b.caught+" |") {
			t.Errorf("planted bug %q, caught by %s, is not in the table", b.name, b.caught)
		}
	}
}
