// Command configdoc prints docs/configuration.md from the settings in the code, so that the two cannot differ.
package main

import (
	"fmt"
	"strings"

	"creditcart/internal/app"
)

func main() {
	fmt.Print(`# Configuration

All settings are environment variables. ` + "`shop serve`" + ` refuses to start while a required one is missing or wrong, and names each.
This page is made from the code by ` + "`make generate`" + `.

| setting | default | unit | what it is |
|---|---|---|---|
`)
	for _, s := range app.Settings() {
		def := "`" + s.Default + "`"
		switch {
		case s.Required:
			def = "**required**"
		case s.Default == "":
			def = "empty"
		}
		fmt.Printf("| `%s` | %s | %s | %s |\n", s.Name, def, s.Unit, strings.ReplaceAll(s.Help, "|", "\\|"))
	}
	fmt.Print(`
An ` + "`http://`" + ` address of the bank is allowed for tests and local agents; the client certificate is then not asked for.

## The demo's flags

` + "`make demo DEMO=\"-shop 127.0.0.1:9080\"`" + ` passes flags to the demo program; ` + "`go run ./cmd/demo -h`" + ` lists them:
addresses of the shop, the bank, the Token user's agent and the bank's control page, the pace of the bank, another feed to sell, the bank alone.
`)
}
