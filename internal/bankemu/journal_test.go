package bankemu_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"
)

type logged struct {
	Begin         int                 `json:"begin"`
	Path          string              `json:"path"`
	Query         string              `json:"query"`
	Company       string              `json:"company"`
	Status        int                 `json:"status"`
	Recorded      bool                `json:"recorded"`
	Headers       map[string][]string `json:"headers"`
	Body          string              `json:"body"`
	AnswerHeaders map[string][]string `json:"answerHeaders"`
	AnswerBody    string              `json:"answerBody"`
	AnswerBodyCut bool                `json:"answerBodyCut"`
	BodyCut       bool                `json:"bodyCut"`
}

func (r *rig) log(query string) []logged {
	r.t.Helper()
	var out struct{ Requests []logged }
	if err := json.Unmarshal([]byte(r.control("GET", "/api/requests"+query, "").body), &out); err != nil {
		r.t.Fatal(err)
	}
	return out.Requests
}

func (r *rig) logEntry(n int) (logged, string) {
	r.t.Helper()
	a := r.control("GET", fmt.Sprintf("/api/requests/%d", n), "")
	var out logged
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		r.t.Fatal(err)
	}
	return out, a.body
}

func TestLogKeepsNoSecret(t *testing.T) {
	r := newRig(t)
	b := browser()
	state, verifier := strings.Repeat("s", 40), strings.Repeat("v", 50)
	code := r.authorize(b, r.bank, "sokolov", nil).Get("code")
	tok := readPair(t, r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}))
	next := readPair(t, r.refresh(tok.Refresh))
	r.post("/ic/sso/api/v2/oauth/revoke?client_id="+clientID+"&client_secret="+secret+"&token="+tok.Access, "", "")
	r.get(pathOffers, next.Access)
	r.get(pathOffers, "NoSuchToken1234567890")
	do(t, b, "GET", r.bank+"/emu/api/session", "", "")
	do(t, http.DefaultClient, "GET", r.bank+pathOffers, "", "", "Authorization", next.Access)
	r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}})
	entries := r.log("")
	if len(entries) != 9 {
		t.Fatalf("%d entries", len(entries))
	}
	all := r.control("GET", "/api/requests", "").body
	for _, e := range entries {
		full, raw := r.logEntry(e.Begin)
		if !full.Recorded || len(full.Headers) == 0 || len(full.AnswerHeaders) == 0 {
			t.Errorf("%s: not recorded: %s", e.Path, raw)
		}
		all += raw + do(t, http.DefaultClient, "GET", fmt.Sprintf("%s/api/requests/%d/curl", r.manage, e.Begin), "", "").body
	}
	cookies := b.Jar.Cookies(mustURL(t, r.bank))
	for name, value := range map[string]string{"code": code, "secret": secret, "access token": tok.Access, "refresh token": tok.Refresh, "second access token": next.Access,
		"second refresh token": next.Refresh, "id token": next.ID, "state": state, "verifier": verifier, "refused token": "NoSuchToken1234567890", "cookie": cookies[0].Value} {
		if strings.Contains(all, value) {
			t.Errorf("%s is in the log", name)
		}
	}
	for _, plain := range []string{clientID, "authorization_code", "grant_type=refresh_token", "expires_in", `"company":"sokolov"`} {
		if !strings.Contains(all, plain) {
			t.Errorf("%s is masked too", plain)
		}
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestLogFilters(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("sokolov").Access
	r.get(pathOffers, tok)
	r.get(pathOffers, "x")
	r.control("POST", "/api/faults", `{"path":"/fintech/","kind":"drop","times":1}`)
	_, _ = try(oneShot(t), "GET", r.bank+pathOffers, "", "")
	all := r.log("")
	for query, want := range map[string]int{"": 5, "?path=/fintech/": 3, "?path=/*/token": 1, "?status=401": 1, "?status=none": 1, "?limit=2": 2,
		fmt.Sprintf("?since=%d", all[2].Begin): 2, "?path=/fintech/&status=200": 1} {
		if got := r.log(query); len(got) != want {
			t.Errorf("%q: %d entries, want %d", query, len(got), want)
		}
	}
	if last := r.log("?limit=1"); last[0].Begin != all[4].Begin {
		t.Errorf("limit does not give the last")
	}
	for _, query := range []string{"?status=x", "?since=-1", "?limit=1.5"} {
		r.refused("GET", "/api/requests"+query, "", 400)
	}
	r.refused("GET", "/api/requests/999999", "", 404)
	r.refused("GET", "/api/requests/x/curl", "", 404)
}

func TestLogIsBounded(t *testing.T) {
	r := newRig(t)
	tok := r.signIn("romashka-buyer").Access
	long := invoice(newID())
	long["unknown"] = strings.Repeat("я", 20000)
	r.post(pathInvoice, tok, body(t, long))
	first := r.log("?path=" + pathInvoice)[0]
	if full, _ := r.logEntry(first.Begin); !full.BodyCut || len(full.Body) > 16<<10+2 { // a letter that was cut is shown as U+FFFD
		t.Errorf("cut %v, %d bytes", full.BodyCut, len(full.Body))
	}
	r.refused("GET", fmt.Sprintf("/api/requests/%d/curl", first.Begin), "", 410)
	for range 5100 {
		req := httptest.NewRequest("GET", pathOffers, nil)
		r.direct.ServeHTTP(httptest.NewRecorder(), req)
	}
	entries := r.log("")
	if len(entries) != 5000 {
		t.Fatalf("%d entries", len(entries))
	}
	if full, _ := r.logEntry(entries[4999].Begin); !full.Recorded || !strings.Contains(full.AnswerBody, "UNAUTHORIZED") {
		t.Errorf("the last one has no bodies")
	}
	if full, _ := r.logEntry(entries[3000].Begin); full.Recorded {
		t.Errorf("old bodies are kept")
	}
	r.refused("GET", fmt.Sprintf("/api/requests/%d/curl", entries[3000].Begin), "", 410)
	r.refused("GET", fmt.Sprintf("/api/requests/%d", first.Begin), "", 404)
}

func TestRecordNone(t *testing.T) {
	r := newRig(t)
	r.control("POST", "/api/settings", `{"record":"none"}`)
	r.get(pathOffers, "x")
	if full, raw := r.logEntry(r.log("")[0].Begin); full.Recorded || full.Status != 401 || full.Headers != nil {
		t.Errorf("%s", raw)
	}
	r.control("POST", "/api/reset", "")
	r.get(pathOffers, "x")
	if full, raw := r.logEntry(r.log("")[0].Begin); !full.Recorded {
		t.Errorf("reset does not bring the setting back: %s", raw)
	}
}

// The command does what the request did, when a real shell runs it with the secrets in its variables.
func TestCurlRepeatsTheRequest(t *testing.T) {
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("no " + tool)
		}
	}
	r := newRig(t)
	tok := r.signIn("romashka-buyer")
	o := invoice(newID())
	o["purpose"] = `Оплата 'заказа' A1024 $HOME "x" \ ` + "`id`" + `. В том числе НДС 22% - 2200.00 рублей`
	r.post(pathInvoice, tok.Access, body(t, o))
	r.tokenCall(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tok.Refresh}})
	run := func(path string) string {
		t.Helper()
		e := r.log("?path=" + path)[0]
		command := r.control("GET", fmt.Sprintf("/api/requests/%d/curl", e.Begin), "").body
		sh := exec.CommandContext(t.Context(), "sh", "-c", command)
		sh.Env = append(sh.Environ(), "ACCESS_TOKEN="+tok.Access, "REFRESH_TOKEN="+tok.Refresh, "CLIENT_SECRET="+secret)
		out, err := sh.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, command)
		}
		return string(out)
	}
	want, _ := r.logEntry(r.log("?path=" + pathInvoice)[0].Begin)
	if out := run(pathInvoice); !strings.Contains(out, "уже существует") {
		t.Errorf("the second answer: %s", out)
	}
	entries := r.log("?path=" + pathInvoice)
	if got, _ := r.logEntry(entries[1].Begin); got.Body != want.Body {
		t.Errorf("sent\n%s\nwant\n%s", got.Body, want.Body)
	}
	if out := run("/ic/sso/api/v2/oauth/token&limit=1"); !strings.Contains(out, "access_token") {
		t.Errorf("refresh: %s", out)
	}
}
