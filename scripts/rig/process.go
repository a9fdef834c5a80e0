package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"creditcart/internal/app"
)

// Edit replaces lines of a source file that are there exactly once: a planted bug, compiled in by an overlay.
type Edit struct{ File, Old, New string }

// Build compiles the production program, spoiled by edits when there are any.
func Build(ctx context.Context, to string, edits ...Edit) error {
	args := []string{"build", "-o", to}
	if len(edits) > 0 {
		overlay, err := writeOverlay(filepath.Dir(to), edits)
		if err != nil {
			return err
		}
		args = append(args, "-overlay", overlay)
	}
	if out, err := exec.CommandContext(ctx, "go", append(args, "./cmd/shop")...).CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, out)
	}
	return nil
}

func writeOverlay(dir string, edits []Edit) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for i, e := range edits {
		real, err := filepath.Abs(e.File)
		if err != nil {
			return "", err
		}
		from := real
		if replace[real] != "" {
			from = replace[real]
		}
		text, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if n := strings.Count(string(text), e.Old); n != 1 {
			return "", fmt.Errorf("%s: the lines to spoil are there %d times: %s", e.File, n, e.Old)
		}
		replace[real] = filepath.Join(dir, strconv.Itoa(i)+"-"+filepath.Base(e.File))
		if err := os.WriteFile(replace[real], []byte(strings.Replace(string(text), e.Old, e.New, 1)), 0o600); err != nil {
			return "", err
		}
	}
	body, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, body, 0o600)
}

// Process starts the program built at binary as a shop of its own process, behind the words of wrap: strace and its options.
func Process(ctx context.Context, binary string, feed io.Reader, wrap ...string) (*Shop, error) {
	s, l, err := newShop(ctx, feed)
	if err != nil {
		return nil, err
	}
	if err := l.Close(); err != nil { // the process takes the same address
		return nil, err
	}
	return s, s.Start(ctx, binary, wrap...)
}

// Stop ends the program as a service manager would and waits for its end.
func (s *Shop) Stop() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// Start runs the program on the shop's database and waits until it serves. One that ran is stopped before.
func (s *Shop) Start(ctx context.Context, binary string, wrap ...string) error {
	s.Stop()
	args := append(wrap, binary, "serve")
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = environment(s.Config)
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Start(); err != nil {
		return err
	}
	s.Pid = cmd.Process.Pid
	s.stop = func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) // strace passes it on to nobody, so the whole group gets it
		_ = cmd.Wait()
	}
	return WaitFor(s.URL+"/", time.Minute)
}

// environment passes settings as a production start would.
func environment(c app.Config) []string {
	return append(os.Environ(),
		"SHOP_ADDR="+c.Addr, "SHOP_BASE_URL="+c.BaseURL, "SHOP_DATABASE_URL="+c.DatabaseURL, "SHOP_SECRET="+c.Secret,
		"SHOP_LIMIT_SIGNIN=0", "SHOP_LIMIT_ACCOUNT=0", "SHOP_LIMIT_CHECKOUT=0",
		"BANK_AUTHORIZE_URL="+c.AuthorizeURL, "BANK_API_URL="+c.APIURL, "BANK_SIGN_URL_SMS="+c.SignURLSMS,
		"BANK_CLIENT_ID="+c.ClientID, "BANK_CLIENT_SECRET="+c.ClientSecret, "BANK_API_RATE="+strconv.FormatFloat(c.APIRate, 'f', -1, 64),
		"BANK_ROTATE_SECRET=false",
		"MERCHANT_NAME="+c.MerchantName, "MERCHANT_INN="+c.MerchantINN, "MERCHANT_KPP="+c.MerchantKPP, "MERCHANT_ACCOUNT="+c.MerchantAccount,
		"MERCHANT_BIC="+c.MerchantBIC, "MERCHANT_CORR_ACCOUNT="+c.MerchantCorrAccount)
}
