package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"creditcart/internal/bankemu"
	"creditcart/scripts/rig"
)

// documents is how many payment orders the bank holds in memory while it is measured.
const documents = 100_000

// bank measures the emulator alone: it must never be what a load test of a shop measures.
func bank(ctx context.Context, b bench) ([]measure, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	base := "http://" + l.Addr().String()
	emu, err := bankemu.New(bankemu.Config{PublicURL: base, TokenAgentURL: base, Step: -1, Clients: []bankemu.Client{{ID: rig.ClientID, Secret: "benchsecret",
		RedirectURIs: []string{callback}, Scope: rig.Scope, OwnINN: bankemu.MerchantINN, BackURLPrefix: "http://127.0.0.1:1"}}})
	if err != nil {
		return nil, err
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: emu.Handler(), ReadHeaderTimeout: 10 * time.Second}}
	server.Start()
	defer server.Close()
	c := &bankLoad{addr: l.Addr().String(), url: base}
	if c.token, err = c.signIn("romashka-director"); err != nil {
		return nil, err
	}
	filled := time.Now()
	if err := c.fill(documents); err != nil {
		return nil, err
	}
	created := documents / time.Since(filled).Seconds()
	baseline := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write([]byte(`{"bankStatus":"CREATED"}`))
	}))
	defer baseline.Close()
	bare := &bankLoad{addr: strings.TrimPrefix(baseline.URL, "http://"), token: c.token}
	bare.ids.Store(c.ids.Load())
	ratio, _, rate, err := b.ratio(bare.mix, c.mix)
	if err != nil {
		return nil, err
	}
	return []measure{
		{name: "bank emulator: drafts a second while 100 000 are made", unit: "req/s", value: created, goal: 2000},
		{name: "bank emulator with 100 000 documents: states and drafts 4 : 1", unit: "req/s", value: rate, goal: 2000},
		{name: "  the same ÷ bare net/http", unit: "ratio", value: ratio},
	}, nil
}

const callback = "http://127.0.0.1:1/login/callback"

// bankLoad is a partner's system that calls the bank as fast as it can.
type bankLoad struct {
	addr, url, token string
	ids              atomic.Pointer[[]string] // documents that exist
}

func (c *bankLoad) signIn(person string) (string, error) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	q := url.Values{"response_type": {"code"}, "client_id": {rig.ClientID}, "redirect_uri": {callback}, "scope": {rig.Scope}, "state": {rand.Text() + rand.Text()}}
	resp, err := client.PostForm(c.url+"/ic/sso/api/v2/oauth/authorize?"+q.Encode(), url.Values{"person": {person}, "decision": {"allow"}}) //nolint:noctx // a bench on loopback
	if err != nil {
		return "", err
	}
	resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		return "", fmt.Errorf("sign in at the bank: %s", resp.Status)
	}
	resp, err = client.PostForm(c.url+"/ic/sso/api/v2/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, //nolint:noctx // a bench on loopback
		"redirect_uri": {callback}, "client_id": {rig.ClientID}, "client_secret": {"benchsecret"}})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var pair struct {
		Access string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&pair); err != nil || pair.Access == "" {
		return "", fmt.Errorf("token: %s: %w", resp.Status, err)
	}
	return pair.Access, nil
}

// fill makes n drafts over 32 connections.
func (c *bankLoad) fill(n int) error {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = uuid.NewString()
	}
	c.ids.Store(&ids)
	var next atomic.Int64
	return c.everybody(func(conn *bankConn) error {
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			if err := conn.draft(ids[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// mix asks for the state of a document four times for each draft it makes.
func (c *bankLoad) mix(d time.Duration) (float64, error) {
	var done atomic.Int64
	ids := *c.ids.Load()
	start := time.Now()
	deadline := start.Add(d)
	err := c.everybody(func(conn *bankConn) error {
		for i := int(done.Load()) * 7919; time.Now().Before(deadline); i += 7919 {
			var err error
			if i%5 == 0 {
				err = conn.draft(uuid.NewString())
			} else {
				err = conn.call("GET /fintech/api/v1/payments/"+ids[i%len(ids)]+"/state", "", http.StatusOK)
			}
			if err != nil {
				return err
			}
			done.Add(1)
		}
		return nil
	})
	return float64(done.Load()) / time.Since(start).Seconds(), err
}

func (c *bankLoad) everybody(do func(*bankConn) error) error {
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			conn, err := net.Dial("tcp", c.addr) //nolint:noctx // a bench on loopback
			if err == nil {
				defer conn.Close()
				err = do(&bankConn{c, conn, bufio.NewReaderSize(conn, 16<<10)})
			}
			if err != nil {
				failed.Store(&err)
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

type bankConn struct {
	*bankLoad
	conn net.Conn
	in   *bufio.Reader
}

func (c *bankConn) draft(id string) error {
	body := fmt.Sprintf(`{"externalId":"%s","amount":1220.00,"date":"%s","isPaidByCredit":false,"orderNumber":"A100",`+
		`"purpose":"Оплата заказа A100, в том числе НДС 22%% - 220.00 рублей","vat":{"type":"INCLUDED","rate":"22","amount":220.00},`+
		`"payeeName":"%s","payeeInn":"%s","payeeKpp":"%s","payeeAccount":"%s","payeeBankBic":"%s","payeeBankCorrAccount":"%s"}`,
		id, time.Now().Format("2006-01-02"), "ООО Снабжение и сервис", bankemu.MerchantINN, bankemu.MerchantKPP, bankemu.MerchantAccount,
		bankemu.MerchantBIC, bankemu.MerchantCorrAccount)
	return c.call("POST /fintech/api/v1/payments/from-invoice-any", body, http.StatusCreated)
}

func (c *bankConn) call(what, body string, want int) error {
	request := what + " HTTP/1.1\r\nHost: " + c.addr + "\r\nAuthorization: Bearer " + c.token + "\r\n"
	if body != "" {
		request += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	if _, err := io.WriteString(c.conn, request+"\r\n"+body); err != nil {
		return err
	}
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != want && resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", what, resp.Status, answer)
	}
	return nil
}
