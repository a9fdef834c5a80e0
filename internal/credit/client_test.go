package credit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"creditcart/internal/bankapi"
)

// stubBank answers every call with one status and body and keeps the last request.
func stubBank(t *testing.T, status int, body string) (*Client, *http.Request, *string) {
	t.Helper()
	last, sent := &http.Request{}, new(string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		*last, *sent = *r, string(b)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return newClient(t, server.URL), last, sent
}

func newClient(t *testing.T, base string) *Client {
	t.Helper()
	api, err := bankapi.New(bankapi.Config{BaseURL: base, Rate: 1000, RepeatInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	return NewClient(api)
}

const duplicate = `{"cause":"WORKFLOW_FAULT","referenceId":"19c8f679-ef70-4194-bfa2-2eb9a29aad62","message":"Документ с таким externalId уже существует в системе"}`

// What an answer to a POST means. Anything that is not plainly «yes, this document» must not look like one.
func TestCreateReadsTheAnswer(t *testing.T) {
	const contradiction = bankapi.Kind(-1)
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   bankapi.Kind // of the error
		ok     bool
		dup    bool
	}{
		{"echo", 201, `{"externalId":"` + testID + `","amount":10.10,"bankStatus":"received","bankComment":" все\nхорошо "}`, 0, true, false},
		{"echo with a string and no status", 201, `{"externalId":"` + testID + `","amount":"10.1","creditAmount":"20000"}`, 0, true, false},
		{"another document", 201, `{"externalId":"1b7a1d3e-4f6a-4c1e-9d51-6f3c2b1a0e9f","amount":10.10}`, contradiction, false, false},
		{"another sum", 201, `{"externalId":"` + testID + `","amount":10.11}`, contradiction, false, false},
		{"another credit", 201, `{"externalId":"` + testID + `","amount":10.10,"creditAmount":10.10}`, contradiction, false, false},
		{"unreadable sum", 201, `{"externalId":"` + testID + `","amount":"десять"}`, bankapi.Unknown, false, false},
		{"no id", 201, `{"amount":10.10}`, bankapi.Unknown, false, false},
		{"empty", 201, ``, bankapi.Unknown, false, false},
		{"list", 201, `[]`, bankapi.Unknown, false, false},
		{"page", 200, `<html>`, bankapi.Unknown, false, false},
		{"accepted later", 202, `{"externalId":"` + testID + `"}`, bankapi.Unknown, false, false},
		{"nothing", 204, ``, bankapi.Unknown, false, false},
		{"down", 503, ``, bankapi.Unknown, false, false},
		{"duplicate", 400, duplicate, bankapi.Refused, false, true},
		{"another workflow fault", 400, `{"cause":"WORKFLOW_FAULT","message":"Указана некорректная ссылка на заказ"}`, bankapi.Refused, false, false},
		{"another cause, the same words", 400, strings.Replace(duplicate, "WORKFLOW", "VALIDATION", 1), bankapi.Refused, false, false},
		{"the same words in a 500", 500, duplicate, bankapi.Unknown, false, false},
		{"no rights", 403, `{"cause":"ACTION_ACCESS_EXCEPTION","message":"Операция не может быть выполнена: доступ к ресурсу запрещен"}`, bankapi.Forbidden, false, false},
	} {
		body, err := goodRequest().Marshal()
		if err != nil {
			t.Fatal(err)
		}
		client, last, sent := stubBank(t, c.status, c.body)
		ack, err := client.CreateRequest(context.Background(), "token", body, testID, bankapi.P0)
		if *sent != string(body) || last.Method != "POST" || last.URL.Path != "/fintech/api/v1/credit-requests" || last.Header.Get("Authorization") != "Bearer token" {
			t.Errorf("%s: sent %s %s %s", c.name, last.Method, last.URL, *sent)
		}
		if (err == nil) != c.ok || IsDuplicate(err) != c.dup {
			t.Errorf("%s: %v, duplicate %v", c.name, err, IsDuplicate(err))
		}
		_, isContradiction := errors.AsType[*Contradiction](err)
		apiErr, isAPI := errors.AsType[*bankapi.Error](err)
		switch {
		case c.ok:
			if ack.ExternalID != testID || ack.Status != "" && (ack.Status != "RECEIVED" || ack.Comment != "все хорошо") {
				t.Errorf("%s: %+v", c.name, ack)
			}
		case isContradiction != (c.want == contradiction), !isContradiction && (!isAPI || apiErr.Kind != c.want):
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestCreateRefusesForeignBytes(t *testing.T) {
	client, last, _ := stubBank(t, 201, `{}`)
	_, err := client.CreateDraft(context.Background(), "token", []byte(`{"externalId":"another"}`), testID, bankapi.P0)
	wantField(t, "externalId", err)
	if last.Method != "" {
		t.Error("the call was made")
	}
}

func TestOffersCalls(t *testing.T) {
	ctx := context.Background()
	client, last, _ := stubBank(t, 200, "["+goodOffer+"]")
	offers, err := client.PlatformOffers(ctx, "merchant", "111286", "ООО")
	if err != nil || len(offers) != 1 || offers[0].Problem != "" || last.URL.Query().Get("clientID") != "111286" || last.URL.Query().Get("lawForm") != "ООО" {
		t.Errorf("%v %v, asked %s", offers, err, last.URL)
	}
	client, last, _ = stubBank(t, 200, `[{"contractNumber":"5","availableSum":"1.00"}]`)
	contracts, err := client.ActiveContracts(ctx, "client")
	if err != nil || len(contracts) != 1 || last.URL.RawQuery != "" {
		t.Errorf("%v %v, asked %s", contracts, err, last.URL)
	}
	client, _, _ = stubBank(t, 204, "")
	if offers, err := client.PlatformOffers(ctx, "m", "1", "ИП"); err != nil || len(offers) != 0 {
		t.Errorf("204: %v %v", offers, err)
	}
	// None of these is «no offers».
	for status, body := range map[int]string{200: "", 202: "[]", 500: "", 201: "<html>"} {
		client, _, _ := stubBank(t, status, body)
		ctx, cancel := context.WithCancel(ctx)
		if status == 500 {
			cancel() // a repeat would only wait
		}
		if _, err := client.PlatformOffers(ctx, "m", "1", "ИП"); err == nil {
			t.Errorf("%d %q is taken for an answer", status, body)
		}
		cancel()
	}
}

func TestStateCalls(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		status int
		body   string
		want   State
		kind   bankapi.Kind
		ok     bool
	}{
		{200, `{"bankStatus":"CREATED","bankComment":null,"channelInfo":{}}`, State{"CREATED", ""}, 0, true},
		{200, `{"amount":1.00,"externalId":"` + testID + `","bankStatus":" accepted ","bankComment":"ок"}`, State{"ACCEPTED", "ок"}, 0, true},
		{200, `{"bankStatus":null}`, State{}, bankapi.Unknown, false},
		{200, `{"bankStatus":{"code":"CREATED"}}`, State{}, bankapi.Unknown, false},
		{202, `{"bankStatus":"CREATED"}`, State{}, bankapi.Unknown, false},
		{200, `<html>`, State{}, bankapi.Unknown, false},
		{404, `{"cause":"DATA_NOT_FOUND","message":"Документ не найден"}`, State{}, bankapi.NotFound, false},
	} {
		client, last, _ := stubBank(t, c.status, c.body)
		got, err := client.State(ctx, "token", testID, bankapi.P1)
		e, _ := errors.AsType[*bankapi.Error](err)
		if got != c.want || (err == nil) != c.ok || !c.ok && (e == nil || e.Kind != c.kind) || last.URL.Path != "/fintech/api/v1/payments/"+testID+"/state" {
			t.Errorf("%d %s: %+v, %v", c.status, c.body, got, err)
		}
	}
	client, _, _ := stubBank(t, 200, `{"externalId":"1b7a1d3e-4f6a-4c1e-9d51-6f3c2b1a0e9f","bankStatus":"IMPLEMENTED"}`)
	if _, err := client.State(ctx, "token", testID, bankapi.P0); !isContradiction(err) {
		t.Errorf("the state of another document: %v", err)
	}
	client, last, _ := stubBank(t, 200, `{}`)
	if _, err := client.State(ctx, "token", "../../secret", bankapi.P0); err == nil || last.Method != "" {
		t.Error("a path is built from a foreign id")
	}
	client, _, _ = stubBank(t, 200, `{"externalId":"`+testID+`","bankStatus":"IMPLEMENTED","amount":"10.10","number":12,"payerInn":"9901011389","vat":{"amount":"1.82"},"date":"2026-11-22"}`)
	p, err := client.Payment(ctx, "token", testID, bankapi.P0)
	if err != nil || p.Amount == nil || *p.Amount != 1010 || p.VATAmount == nil || *p.VATAmount != 182 || p.Number != "12" || p.Status != "IMPLEMENTED" {
		t.Errorf("%+v, %v", p, err)
	}
}

func isContradiction(err error) bool {
	_, ok := errors.AsType[*Contradiction](err)
	return ok
}
