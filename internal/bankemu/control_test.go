package bankemu_test

import (
	"net/http"
	"strings"
	"testing"
)

// asHost calls control under another name, as a page does whose name was bound again to 127.0.0.1.
func asHost(t *testing.T, r *rig, host string) answer {
	t.Helper()
	req, err := http.NewRequest("GET", r.manage+"/api/state", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return answer{resp.StatusCode, resp.Header, ""}
}

func TestControlIsForThisMachineOnly(t *testing.T) {
	r := newRig(t)
	for host, status := range map[string]int{
		"localhost:8091": 200, "127.0.0.1": 200, "[::1]:8091": 200, "127.9.9.9:1": 200,
		"bank.example.ru:8091": 403, "localhost.example.ru": 403, "10.0.0.1:8091": 403, "0.0.0.0:8091": 403, "127.0.0.1.nip.io": 403,
	} {
		if a := asHost(t, r, host); a.status != status {
			t.Errorf("Host %s: status %d, want %d", host, a.status, status)
		}
	}
	a := do(t, http.DefaultClient, "POST", r.manage+"/api/reset", "", "", "Origin", "https://example.ru", "Sec-Fetch-Site", "cross-site")
	if a.status != 403 || !strings.Contains(a.body, `"error"`) {
		t.Errorf("a foreign page: %d %s", a.status, a.body)
	}
	if a := do(t, http.DefaultClient, "GET", r.manage+"/api/nothing", "", ""); a.status != 404 || !strings.Contains(a.body, `"error"`) {
		t.Errorf("no such address: %d %s", a.status, a.body)
	}
}
