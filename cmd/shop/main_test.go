package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"creditcart/internal/app"
)

const secret = "SHOP_SECRET=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// program is the directory the program was linked into, "" until a test asks for it.
var program struct {
	sync.Once
	dir string
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if program.dir != "" {
		_ = os.RemoveAll(program.dir)
	}
	os.Exit(code)
}

// build links the program once for all tests.
func build(t *testing.T) string {
	t.Helper()
	program.Do(func() {
		if program.dir, program.err = os.MkdirTemp("", "shop"); program.err != nil {
			return
		}
		if out, err := exec.CommandContext(context.Background(), "go", "build", "-ldflags=-s -w", "-o", program.dir, ".").CombinedOutput(); err != nil {
			program.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if program.err != nil {
		t.Fatalf("build: %s", program.err)
	}
	return filepath.Join(program.dir, "shop")
}

func shop(t *testing.T, binary string, env []string, args ...string) (out string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	raw, err := cmd.CombinedOutput()
	return string(raw), err == nil
}

func TestCommands(t *testing.T) {
	binary := build(t)
	if out, ok := shop(t, binary, nil, "serve"); ok {
		t.Error("serve without settings started")
	} else {
		for _, s := range app.Settings() {
			if s.Required && !strings.Contains(out, s.Name) {
				t.Errorf("serve does not name the missing %s", s.Name)
			}
		}
	}
	if out, ok := shop(t, binary, nil, "-h"); !ok {
		t.Error("-h failed")
	} else {
		for _, s := range app.Settings() {
			if !strings.Contains(out, s.Name) || !strings.Contains(out, s.Help) {
				t.Errorf("-h does not explain %s", s.Name)
			}
		}
	}
	if out, ok := shop(t, binary, nil, "sell"); ok || !strings.Contains(out, "sell") {
		t.Errorf("an unknown command: %s", out)
	}
}

func TestImport(t *testing.T) {
	binary, dir := build(t), t.TempDir()
	env := []string{secret, "SHOP_DATABASE_URL=sqlite:" + filepath.Join(dir, "shop.db")}
	good := filepath.Join(dir, "good.xml")
	feed := `<?xml version="1.0" encoding="UTF-8"?><yml_catalog><shop><categories><category id="1">Крепёж</category></categories><offers>
<offer id="7"><name>Болт</name><price>12.50</price><currencyId>RUB</currencyId><categoryId>1</categoryId></offer></offers></shop></yml_catalog>`
	write(t, good, feed)
	if out, ok := shop(t, binary, env, "import", good); ok || !strings.Contains(out, "migrate") {
		t.Errorf("import into a database without a schema: %s", out)
	}
	if out, ok := shop(t, binary, env, "migrate"); !ok {
		t.Fatalf("migrate: %s", out)
	}
	if out, ok := shop(t, binary, env, "import", good); !ok || !strings.Contains(out, "1 products") {
		t.Fatalf("import: %s", out)
	}
	bad := filepath.Join(dir, "bad.xml")
	offer := "\n<offer id=\"%d\"><name>Болт</name><price>-3</price><currencyId>RUB</currencyId><categoryId>1</categoryId></offer>"
	for _, c := range []struct {
		name      string
		bad       int
		want, not string
	}{
		{"three problems", 3, "bad.xml: ничего не изменено, ошибок: 3\n" +
			"строка 3, товар 101: цена −3 меньше нуля\nстрока 4, товар 102: цена −3 меньше нуля\nстрока 5, товар 103: цена −3 меньше нуля\n", "и ещё"},
		{"more than are listed", 53, "строка 52, товар 150: цена −3 меньше нуля\nи ещё 3\n", "строка 53"},
	} {
		var offers strings.Builder
		for i := range c.bad {
			fmt.Fprintf(&offers, offer, 101+i)
		}
		write(t, bad, strings.Replace(feed, "</offers>", offers.String()+"</offers>", 1))
		out, ok := shop(t, binary, env, "import", bad)
		if ok || !strings.Contains(out, c.want) || strings.Contains(out, c.not) || strings.Contains(out, "problem") || strings.Contains(out, "nothing") {
			t.Errorf("%s: %s", c.name, out)
		}
	}
	if out, ok := shop(t, binary, env, "import", filepath.Join(dir, "absent.xml")); ok {
		t.Errorf("an absent file: %s", out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
