// Command docs prints the documents that are made from the code, so that the two cannot differ:
// `docs configuration`, `docs states`, `docs metrics` and `docs bank-conformance`. It runs at the top of the repository.
package main

import (
	"fmt"
	"os"
	"strings"

	"creditcart/internal/app"
	"creditcart/internal/orders"
	"creditcart/internal/telemetry"
)

func main() {
	switch strings.Join(os.Args[1:], " ") {
	case "configuration":
		configuration()
	case "states":
		states()
	case "metrics":
		metrics()
	case "bank-conformance":
		page, err := conformance(os.DirFS("internal/bankemu"))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Print(page)
	default:
		fmt.Fprintln(os.Stderr, "usage: docs configuration | states | metrics | bank-conformance")
		os.Exit(2)
	}
}

func metrics() {
	fmt.Print(`# Metrics

` + "`SHOP_METRICS_ADDR`" + ` opens an address of its own with ` + "`/metrics`" + ` in Prometheus' text form. The public address has none. Counters and histograms begin with the process.
What comes from the database is read at most every 15 seconds. No label names a person, a company, an order or an address. This page is made from the code by ` + "`make generate`" + `.

| metric | kind | labels | what it tells |
|---|---|---|---|
`)
	for _, m := range telemetry.Metrics() {
		fmt.Printf("| `%s` | %s | %s | %s |\n", m.Name, m.Kind, strings.ReplaceAll(m.Labels, " ", ", "), m.Help)
	}
	fmt.Print(`
Worth an alarm: ` + "`shop_bank_breaker_state{state=\"open\"} == 1`" + ` for minutes, ` + "`shop_payments_open{state=\"submitting\",age!=\"under_10m\"} > 0`" + `, ` + "`shop_reviews_waiting > 0`" + `,
` + "`shop_client_secret_left_seconds < 5 * 86400`" + `, ` + "`shop_tls_client_certificate_left_seconds < 14 * 86400`" + `, ` + "`shop_backup_age_seconds`" + ` above two periods of the backup.
`)
}

func configuration() {
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

func states() {
	fmt.Print(`# States of a payment

Made from the table in ` + "`internal/orders/state.go`" + ` by ` + "`make generate`" + `. What the table forbids leaves the state as it was and asks for a person's review.

` + "```mermaid\nstateDiagram-v2\n    [*] --> " + string(orders.PaymentSubmitting) + "\n")
	for _, from := range orders.PaymentStates {
		for _, to := range orders.PaymentStates {
			if from.CanMove(to) {
				fmt.Printf("    %s --> %s\n", from, to)
			}
		}
	}
	fmt.Print("    paid --> [*]\n```\n\n| from \\ to |")
	for _, to := range orders.PaymentStates {
		fmt.Printf(" %s |", to)
	}
	fmt.Print("\n|---|" + strings.Repeat("---|", len(orders.PaymentStates)) + "\n")
	for _, from := range orders.PaymentStates {
		fmt.Printf("| **%s** |", from)
		for _, to := range orders.PaymentStates {
			mark := " "
			if from.CanMove(to) {
				mark = "yes"
			}
			fmt.Printf(" %s |", mark)
		}
		fmt.Println()
	}
}
