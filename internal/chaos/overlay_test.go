package chaos

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// edit replaces lines of a source file that are there exactly once.
type edit struct{ file, old, new string }

// overlay writes the edited sources, and those that are added, and the file that makes the compiler read them instead of the real ones.
func overlay(t *testing.T, edits []edit, added map[string]string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	for i, e := range edits {
		real := filepath.Join(root, e.file)
		from := real
		if replace[real] != "" {
			from = replace[real]
		}
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(text), e.old) != 1 {
			t.Fatalf("%s: the lines to spoil are there %d times:\n%s", e.file, strings.Count(string(text), e.old), e.old)
		}
		replace[real] = filepath.Join(dir, fmt.Sprintf("%d-%s", i, filepath.Base(e.file)))
		if err := os.WriteFile(replace[real], []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for file, text := range added {
		real := filepath.Join(root, file)
		replace[real] = filepath.Join(dir, "new-"+filepath.Base(file))
		if err := os.WriteFile(replace[real], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	body, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
