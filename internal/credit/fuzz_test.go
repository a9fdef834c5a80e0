package credit

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"creditcart/internal/bankapi"
)

// canned is a bank that answers everything with one status and body, without a network.
type canned struct {
	status int
	body   string
}

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: c.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(c.body)), Request: r}, nil
}

// fuzzBank is for one answer: a pause that it asks for would stop the next call.
func fuzzBank(t *testing.T, n uint16, body string) (*Client, *canned) {
	t.Helper()
	bank := &canned{statusOf(n), body}
	api, err := bankapi.New(bankapi.Config{BaseURL: "https://bank.test", Transport: bank, Rate: 1e9, RepeatInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	return NewClient(api), bank
}

// answers gives every documented answer as a seed, each whole, cut in half, and with its strings and numbers taken apart.
func answers(f *testing.F) (all []string) {
	f.Helper()
	files, err := filepath.Glob("testdata/answers/*.json")
	if err != nil || len(files) < 8 {
		f.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		text := strings.TrimSpace(string(raw))
		all = append(all, text, text[:len(text)/2], "["+text+"]", strings.ReplaceAll(text, `"`, ``), strings.ReplaceAll(text, "10.10", "1e999"))
	}
	return append(all, "", "null", "[]", "{}", "[null]", `""`, "0", "\xff", strings.Repeat("[", 20000), `{"amount":{"amount":[]},"vat":7,"digestSignatures":{}}`)
}

// statusOf keeps a fuzzed status inside what HTTP has.
func statusOf(n uint16) int { return 200 + int(n)%400 }

// FuzzOffers: what has no Problem makes sense.
func FuzzOffers(f *testing.F) {
	for _, a := range answers(f) {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, body string) {
		offers, contracts, err := ParseOffers([]byte(body))
		if err != nil && (!errors.Is(err, ErrUnreadable) || offers != nil || contracts != nil) {
			t.Errorf("an error of another kind, or with offers: %v", err)
		}
		for _, o := range offers {
			if o.Problem == "" && (o.SumMin < 0 || o.SumMax < o.SumMin || o.TermMin > o.TermMax || o.TermMax > maxTerm || o.Rate.IsNegative()) {
				t.Errorf("an offer without a problem: %+v", o)
			}
		}
		for _, c := range contracts {
			if c.Problem == "" && (c.Number == "" || c.Available < 0) {
				t.Errorf("a contract without a problem: %+v", c)
			}
		}
	})
}

// FuzzCreate: only the echo of what was sent is a yes.
func FuzzCreate(f *testing.F) {
	draft, err := goodDraft().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	request, err := goodRequest().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	for _, a := range answers(f) {
		for _, status := range []uint16{0, 1, 4, 200} {
			f.Add(status, a)
		}
	}
	f.Fuzz(func(t *testing.T, n uint16, body string) {
		for what, create := range map[string]func(*Client) (Ack, error){
			"draft": func(client *Client) (Ack, error) {
				return client.CreateDraft(context.Background(), "t", draft, testID, bankapi.P0)
			},
			"request": func(client *Client) (Ack, error) {
				return client.CreateRequest(context.Background(), "t", request, testID, bankapi.P0)
			},
		} {
			client, bank := fuzzBank(t, n, body)
			ack, err := create(client)
			if IsDuplicate(err) && bank.status/100 != 4 {
				t.Errorf("%s: %d is a duplicate", what, bank.status)
			}
			if err != nil {
				continue
			}
			var echo map[string]any
			if bank.status > 201 || json.Unmarshal([]byte(body), &echo) != nil || ack.ExternalID != testID {
				t.Fatalf("%s: %d %q is a yes: %+v", what, bank.status, body, ack)
			}
			if id, _ := echo["externalId"].(string); !strings.EqualFold(Clean(id), testID) {
				t.Errorf("%s: the echo of %q is a yes", what, id)
			}
		}
	})
}

// FuzzDocument: a state without a status is no state, a document of another id is none.
func FuzzDocument(f *testing.F) {
	for _, a := range answers(f) {
		for _, status := range []uint16{0, 2, 204} {
			f.Add(status, a)
		}
	}
	draft, err := goodDraft().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, n uint16, body string) {
		client, bank := fuzzBank(t, n, body)
		state, err := client.State(context.Background(), "t", testID, bankapi.P0)
		if err == nil && (bank.status != 200 || state.Status == "") || err != nil && state != (State{}) {
			t.Errorf("%d %q is the state %+v, %v", bank.status, body, state, err)
		}
		if err == nil {
			if s := Lookup(state.Status); s.Final != (s.Stage == StagePaid || s.Stage == StageFailed) || s.Buyer == "" {
				t.Errorf("status %q: %+v", state.Status, s)
			}
		}
		client, bank = fuzzBank(t, n, body)
		p, err := client.Payment(context.Background(), "t", testID, bankapi.P0)
		if err == nil && (bank.status != 200 || p.Status != state.Status && state.Status != "") || err != nil && p != (Payment{}) {
			t.Errorf("%d %q is the document %+v, %v", bank.status, body, p, err)
		}
		if _, err := Compare(draft, p); err != nil {
			t.Error(err)
		}
		if _, err := Compare([]byte(body), p); err != nil && !errors.Is(err, ErrUnreadable) {
			t.Error(err)
		}
	})
}

func FuzzParseEvent(f *testing.F) {
	for _, a := range answers(f) {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, body string) {
		e, err := ParseEvent([]byte(body))
		switch {
		case err != nil && (e != Event{} || !errors.Is(err, ErrUnreadable)):
			t.Errorf("%+v, %v", e, err)
		case err == nil && (!uuidFormat.MatchString(e.ExternalID) || e.Status == "" || e.Time == "" || len(e.Time) > 4*65):
			t.Errorf("%q is the event %+v", body, e)
		}
	})
}
