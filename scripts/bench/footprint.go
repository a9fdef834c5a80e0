package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"creditcart/internal/app"
)

// footprint starts the production program with 10 000 products and looks at it.
func footprint(ctx context.Context, _ bench) ([]measure, error) {
	dir, err := os.MkdirTemp("var", "bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "shop")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/shop").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %s", out)
	}
	s := &shop{addr: "127.0.0.1:18080", url: "http://127.0.0.1:18080", dir: dir}
	env := environment(s.config("http://127.0.0.1:9"))
	feed := filepath.Join(dir, "feed.xml")
	if err := os.WriteFile(feed, []byte(largeFeed(10_000)), 0o600); err != nil {
		return nil, err
	}
	for _, args := range [][]string{{"migrate"}, {"import", feed}} {
		cmd := exec.CommandContext(ctx, binary, args...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("shop %s: %s", args[0], out)
		}
	}
	cmd := exec.CommandContext(ctx, binary, "serve")
	cmd.Env, cmd.Stderr = env, io.Discard
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for {
		if _, err := get(s.url + "/"); err == nil {
			break
		}
		if time.Since(start) > 10*time.Second {
			return nil, fmt.Errorf("the shop does not answer")
		}
		time.Sleep(2 * time.Millisecond)
	}
	started := time.Since(start)
	for range 200 {
		if _, err := get(s.url + "/"); err != nil {
			return nil, err
		}
	}
	time.Sleep(3 * time.Second) // idle
	memory, err := residentMB(cmd.Process.Pid)
	return []measure{
		{name: "start to the first page, 10 000 products", unit: "s", value: started.Seconds(), goal: 0.5, atMost: true},
		{name: "idle memory, 10 000 products", unit: "MB", value: memory, goal: 60, atMost: true},
	}, err
}

func residentMB(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			var kb float64
			_, err := fmt.Sscan(rest, &kb)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("no VmRSS")
}

// environment passes settings as a production start would.
func environment(c app.Config) []string {
	return append(os.Environ(),
		"SHOP_ADDR="+c.Addr, "SHOP_BASE_URL="+c.BaseURL, "SHOP_DATABASE_URL="+c.DatabaseURL, "SHOP_SECRET="+c.Secret,
		"BANK_AUTHORIZE_URL="+c.AuthorizeURL, "BANK_API_URL="+c.APIURL, "BANK_SIGN_URL_SMS="+c.SignURLSMS,
		"BANK_CLIENT_ID="+c.ClientID, "BANK_CLIENT_SECRET="+c.ClientSecret,
		"MERCHANT_NAME="+c.MerchantName, "MERCHANT_INN="+c.MerchantINN, "MERCHANT_KPP="+c.MerchantKPP, "MERCHANT_ACCOUNT="+c.MerchantAccount,
		"MERCHANT_BIC="+c.MerchantBIC, "MERCHANT_CORR_ACCOUNT="+c.MerchantCorrAccount)
}

// largeFeed invents n products in 40 categories.
func largeFeed(n int) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><yml_catalog date="2026-11-22T10:00:00+03:00"><shop><name>bench</name><categories>`)
	for c := range 40 {
		fmt.Fprintf(&b, `<category id="%d">Раздел %d</category>`, c+1, c+1)
	}
	b.WriteString(`</categories><offers>`)
	words := []string{"Кабель", "Лампа", "Стол", "Кресло", "Бумага", "Перчатки", "Принтер", "Монитор", "Стеллаж", "Дрель"}
	for i := range n {
		fmt.Fprintf(&b, `<offer id="%d"><name>%s модель %d</name><price>%d.50</price><currencyId>RUB</currencyId><categoryId>%d</categoryId><description>Описание товара %d.</description></offer>`,
			i+1, words[i%len(words)], i, 10+i%90000, i%40+1, i)
	}
	b.WriteString(`</offers></shop></yml_catalog>`)
	return b.String()
}
