package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

type outcome struct{ agrees, whole bool }

func (o outcome) Agrees() bool { return o.agrees }
func (o outcome) Whole() bool  { return o.whole }

func TestReconcileStatus(t *testing.T) {
	for o, want := range map[outcome]int{{true, true}: 0, {false, true}: 1, {false, false}: 1, {true, false}: 2} {
		got := 0
		if err := verdict(o); err != nil {
			got = statusOf(err)
		}
		if got != want {
			t.Errorf("%+v ends with %d, want %d", o, got, want)
		}
	}
	if statusOf(errors.New("any other error")) != 1 {
		t.Error("another command's failure")
	}
}

// The exit status is a contract: 0 all agree, 1 differences, 2 trouble.
func TestReconcileWithoutABank(t *testing.T) {
	binary, file := build(t), filepath.Join(t.TempDir(), "shop.db")
	env := append(served(), secret, "SHOP_DATABASE_URL=sqlite:"+file)
	run := func(env []string, args ...string) (out, errs string, status int) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), binary, append([]string{"reconcile"}, args...)...)
		cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
		var stdout, stderr strings.Builder
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		_ = cmd.Run()
		return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
	}
	if _, errs, status := run(nil); status != 2 || !strings.Contains(errs, "BANK_API_URL") {
		t.Errorf("without settings: %d %s", status, errs)
	}
	if _, errs, status := run(env); status != 2 || !strings.Contains(errs, "migrate") {
		t.Errorf("without a schema: %d %s", status, errs)
	}
	if out, ok := shop(t, binary, env, "migrate"); !ok {
		t.Fatalf("migrate: %s", out)
	}
	for _, wrong := range [][]string{{"now"}, {"-since", "yesterday"}, {"-since", "2026-11-22", "-to", "2026-11-21"}, {"-to", "2999-01-01"}, {"-until", "2026-11-22"}} {
		if out, errs, status := run(env, wrong...); status != 2 || out != "" || strings.Contains(errs, "goroutine") {
			t.Errorf("%v: %d %s%s", wrong, status, out, errs)
		}
	}
	out, errs, status := run(env)
	if status != 2 || !strings.Contains(out, "Магазин не подключён к банку") || !strings.Contains(out, "сравнить удалось не всё") {
		t.Errorf("not connected: %d %s%s", status, out, errs)
	}
	out, _, status = run(env, "-json", "-since", "2026-11-01", "-to", "2026-11-02")
	var report struct {
		Since    string
		Findings []any
		Gaps     []struct{ Day, Why string }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || status != 2 || report.Since != "2026-11-01" || report.Findings == nil || len(report.Gaps) != 1 {
		t.Errorf("JSON: %d %v %s", status, err, out)
	}
}
