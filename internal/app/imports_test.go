package app

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says who may import whom (docs/design.md). A package that is not here fails the test.
var allowed = map[string][]string{
	"internal/money":      {},
	"internal/requisites": {},
	"internal/bankapi":    {},
	"internal/gost":       {},
	"internal/audit":      {},
	"internal/orders":     {"internal/money"},
	"internal/catalog":    {"internal/money"},
	"internal/sbid":       {"internal/money", "internal/bankapi", "internal/gost"},
	"internal/credit":     {"internal/money", "internal/bankapi"},
	"internal/checkout":   {"internal/money", "internal/bankapi", "internal/orders", "internal/credit", "internal/sbid", "internal/catalog"},
	"internal/outbox":     {"internal/money", "internal/orders"},
	"internal/store":      {"internal/outbox", "internal/audit", "internal/money", "internal/orders", "internal/catalog", "internal/sbid"},
	"internal/storefront": {"internal/outbox", "internal/audit", "internal/money", "internal/bankapi", "internal/orders", "internal/credit", "internal/sbid", "internal/catalog",
		"internal/checkout", "web/templates", "web/static"},
	"internal/telemetry": {"internal/bankapi", "internal/orders"},
	"web/static":         {},
	"web/templates":      {"web/static"},
	"internal/app": {"internal/outbox", "internal/audit", "internal/money", "internal/requisites", "internal/telemetry", "internal/bankapi", "internal/orders", "internal/credit", "internal/sbid",
		"internal/catalog", "internal/checkout", "internal/store", "internal/storefront"},
	"internal/bankemu":         {"internal/gost"},
	"internal/store/storetest": {"internal/outbox", "internal/store", "internal/orders", "internal/catalog", "internal/sbid", "internal/money"},
	"cmd/shop":                 {"internal/app"},
	"cmd/demo":                 {"internal/app", "internal/bankemu", "cmd/demo/goods"},
	"cmd/demo/goods":           {},
	"internal/chaos":           {"internal/app", "internal/bankemu", "cmd/demo/goods"},
	"internal/chaos/process":   {"internal/app", "internal/chaos"},
}

func TestWhoMayImportWhom(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "creditcart/internal/...", "creditcart/cmd/...", "creditcart/web/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, "creditcart/")
		may, known := allowed[name]
		if !known {
			t.Errorf("%s is not in the table of imports", name)
		}
		seen[name] = true
		for _, imp := range p.Imports {
			if ours, isOurs := strings.CutPrefix(imp, "creditcart/"); isOurs && !slices.Contains(may, ours) {
				t.Errorf("%s must not import %s", name, ours)
			}
		}
	}
	for name := range allowed {
		if !seen[name] {
			t.Errorf("%s is in the table and not in the tree", name)
		}
	}
}

func TestNoEmulatorInTheShop(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "creditcart/cmd/shop").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "bankemu") {
		t.Error("the production program contains the bank emulator")
	}
}
