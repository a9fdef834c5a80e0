package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The tutorial is one terminal session: all its commands run in order, and each ```text block is what the block before it prints.
func TestTutorial(t *testing.T) {
	page, err := os.ReadFile("../../docs/bank.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```\n```text\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if n := strings.Count(string(page), "```sh\n"); n < 8 || len(blocks) != n {
		t.Fatalf("%d of %d commands have their output beside them", len(blocks), n)
	}
	settings := startBank(t)
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	for i, b := range blocks {
		fmt.Fprintf(&script, "%s\necho; echo '=== %d'\n", b[1], i)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	cmd.Env = append(os.Environ(), settings...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	rest := string(out)
	for i, b := range blocks {
		var printed string
		printed, rest, _ = strings.Cut(rest, fmt.Sprintf("=== %d\n", i))
		for _, line := range strings.Split(strings.TrimSpace(b[2]), "\n") {
			pattern := strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*")
			if !regexp.MustCompile("(?m)^" + pattern + "$").MatchString(printed) {
				t.Errorf("after\n%s\nthe page says\n%s\nbut the commands print\n%s", b[1], line, printed)
			}
		}
	}
}

// startBank runs the bank alone and gives the settings it prints.
func startBank(t *testing.T) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	o := options{bankOnly: true, shop: "127.0.0.1:8080", bank: "localhost:" + freePort(t), token: "localhost:" + freePort(t), control: "127.0.0.1:" + freePort(t)}
	go func() {
		err := run(ctx, o, w)
		w.CloseWithError(err)
		done <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	var settings []string
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if m := regexp.MustCompile(`^  ([A-Z0-9_]+)='?([^']*)'?$`).FindStringSubmatch(lines.Text()); m != nil {
			settings = append(settings, m[1]+"="+m[2])
		}
		if strings.Contains(lines.Text(), "Ctrl+C") {
			go func() { _, _ = io.Copy(io.Discard, r) }()
			return settings
		}
	}
	t.Fatal("the bank did not start")
	return nil
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
