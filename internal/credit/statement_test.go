package credit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"creditcart/internal/bankapi"
)

const (
	ownAccount = "40702810138001000101"
	bankDay    = "2022-11-08"
)

func TestStatementReadsTheDocumentedPage(t *testing.T) {
	body, err := os.ReadFile("testdata/answers/statement.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseStatement(body, ownAccount, bankDay, 1)
	if err != nil || !got.next {
		t.Fatalf("next %v, %v", got.next, err)
	}
	unclear, currency := "неизвестно, пришли деньги или ушли", "сумму не удалось прочитать, или она не в рублях"
	want := []Incoming{
		{ID: "5a1e", Day: bankDay, Number: "42", Amount: 1010, Purpose: "Оплата по заказу № 23456789AB от 08.11.2022, НДС 22% - 1.82 рублей", PayerName: "ООО «Ромашка»", PayerINN: "7721662525"},
		{ID: "3986694", Day: bankDay, Number: "43", Amount: 25000000, PayerName: "ИП Соколов", PayerINN: "772166252501"},
		{ID: "3986696", Day: bankDay, Number: "45", Purpose: "возврат", Problem: currency},
		{ID: "3986697", Day: bankDay, Number: "46", Problem: currency},
		{Day: bankDay, Problem: unclear},
	}
	if diff := cmp.Diff(want, got.lines); diff != "" {
		t.Error(diff)
	}
}

// What would look like a day on which less money came is an error.
func TestStatementRefusesWhatItCannotReadWhole(t *testing.T) {
	for _, body := range []string{"", "[]", "null", `"x"`, "<html>", `{}`, `{"transactions":{}}`, `{"transactions":[{"direction":"CREDIT"}`, `{"transactions":[],"_links":{"rel":"next"}}`,
		`{"transactions":[],"_links":[{"rel":"next"}]}`, `{"transactions":[],"_links":[{"rel":"next","href":"?page=1"}]}`, `{"transactions":[],"_links":[{"rel":"next","href":"?page=3"}]}`,
		`{"transactions":[],"_links":[{"rel":"next","href":"://%"}]}`, `{"transactions":[],"_links":[{"rel":"next","href":"?page=2&accountNumber=40702810338001001418"}]}`} {
		if got, err := parseStatement([]byte(body), ownAccount, bankDay, 1); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%q → %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{`{"transactions":[]}`, `{"transactions":null,"_links":null}`, `{"transactions":[],"_links":[{"rel":"prev","href":"?page=0"}]}`} {
		if got, err := parseStatement([]byte(body), ownAccount, bankDay, 1); err != nil || got.next || len(got.lines) != 0 {
			t.Errorf("%q → %+v, %v", body, got, err)
		}
	}
}

func TestStatementOfAnotherAccountOrDay(t *testing.T) {
	for _, item := range []string{`"rurTransfer":{"payeeAccount":"40702810338001001418"}`, `"operationDate":"2022-11-06"`, `"operationDate":"2022-11-10T00:00:00"`} {
		_, err := parseStatement([]byte(`{"transactions":[{"direction":"CREDIT","amount":{"amount":1},`+item+`}]}`), ownAccount, bankDay, 1)
		if _, ok := errors.AsType[*Contradiction](err); !ok {
			t.Errorf("%s: %v", item, err)
		} else if strings.Contains(err.Error(), ownAccount) || strings.Contains(err.Error(), "40702810338001001418") {
			t.Errorf("an account in an error: %v", err)
		}
	}
	for date, want := range map[string]string{"2022-11-07T23:30:00": "2022-11-07", "2022-11-09": "2022-11-09", "soon": bankDay} {
		got, err := parseStatement([]byte(`{"transactions":[{"direction":"CREDIT","amount":{"amount":1},"operationDate":"`+date+`"}]}`), ownAccount, bankDay, 1)
		if err != nil || len(got.lines) != 1 || got.lines[0].Day != want {
			t.Errorf("%s: %+v, %v", date, got.lines, err)
		}
	}
}

// book answers statement questions page by page, the first of each with 202.
type book struct {
	pages   int
	waits   int
	asked   []string
	pending map[string]int
}

func (b *book) RoundTrip(r *http.Request) (*http.Response, error) {
	page := r.URL.Query().Get("page")
	b.asked = append(b.asked, page)
	status, body := http.StatusOK, ""
	if b.pending[page]++; b.pending[page] <= b.waits {
		status, body = http.StatusAccepted, `{"cause":"STATEMENT_RESPONSE_PROCESSING"}`
	} else {
		n := 0
		_, _ = fmt.Sscan(page, &n)
		// The last operation of each page is met again on the next one.
		body = fmt.Sprintf(`{"transactions":[%s,%s]`, operation(n-1), operation(n))
		if n < b.pages {
			body += fmt.Sprintf(`,"_links":[{"rel":"next","href":"?accountNumber=%s&page=%d"}]`, ownAccount, n+1)
		}
		body += "}"
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func operation(n int) string {
	return fmt.Sprintf(`{"operationId":"op-%d","direction":"CREDIT","amount":{"amount":%d.00,"currencyName":"RUB"}}`, n, n+1)
}

func statementOf(t *testing.T, b *book) ([]Incoming, error) {
	t.Helper()
	b.pending = map[string]int{}
	api, err := bankapi.New(bankapi.Config{BaseURL: "https://bank.test", Transport: b, Rate: 1e9, RepeatInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	return NewClient(api).Incoming(context.Background(), "t", ownAccount, bankDay, bankapi.P4)
}

func TestStatementOfManyPages(t *testing.T) {
	b := &book{pages: 3, waits: 2}
	got, err := statementOf(t, b)
	if err != nil || len(got) != 4 || strings.Join(b.asked, "") != "111222333" {
		t.Errorf("%d operations, asked %v, %v", len(got), b.asked, err)
	}
	b = &book{pages: 1, waits: 1000}
	if got, err := statementOf(t, b); !errors.Is(err, ErrPreparing) || len(b.asked) != maxPreparing || got != nil {
		t.Errorf("never ready: %d times, %v", len(b.asked), err)
	}
	b = &book{pages: 1 << 20}
	if got, err := statementOf(t, b); !errors.Is(err, ErrUnreadable) || len(b.asked) != maxStatementPages || got != nil {
		t.Errorf("endless: %d times, %v", len(b.asked), err)
	}
}

func TestStatementIsAskedForADay(t *testing.T) {
	client, _ := fuzzBank(t, 0, `{"transactions":[]}`)
	for _, c := range [][2]string{{"", bankDay}, {"4070281013800100010", bankDay}, {ownAccount, ""}, {ownAccount, "08.11.2022"}, {ownAccount, "2022-02-30"}} {
		if _, err := client.Incoming(context.Background(), "t", c[0], c[1], bankapi.P4); err == nil {
			t.Errorf("asked for %v", c)
		}
	}
}

// FuzzStatement: what has no Problem is money, and no page leads back or elsewhere.
func FuzzStatement(f *testing.F) {
	for _, a := range answers(f) {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := parseStatement([]byte(body), ownAccount, bankDay, 1)
		var contradiction *Contradiction
		if err != nil && !errors.Is(err, ErrUnreadable) && !errors.As(err, &contradiction) {
			t.Errorf("an error of another kind: %v", err)
		}
		for _, in := range got.lines {
			if in.Problem == "" && in.Amount <= 0 || in.Problem != "" && in.Amount != 0 {
				t.Errorf("%+v", in)
			}
			if in.Day < "2022-11-07" || in.Day > "2022-11-09" || len([]rune(in.Purpose)) > maxText || len(in.PayerINN) > 48 {
				t.Errorf("%+v", in)
			}
		}
	})
}

// A moment's failure of one page does not cost the day; one that stays does.
func TestStatementAfterAFailureOfTheMoment(t *testing.T) {
	for _, c := range []struct {
		times int
		read  bool
	}{{1, true}, {maxRepeats, true}, {maxRepeats + 1, false}} {
		b := &book{pages: 2, pending: map[string]int{}}
		broken := &failing{RoundTripper: b, times: c.times}
		api, err := bankapi.New(bankapi.Config{BaseURL: "https://bank.test", Transport: broken, Rate: 1e9, RepeatInterval: -1})
		if err != nil {
			t.Fatal(err)
		}
		got, err := NewClient(api).Incoming(context.Background(), "t", ownAccount, bankDay, bankapi.P4)
		if c.read && (err != nil || len(got) != 3) || !c.read && (err == nil || got != nil) {
			t.Errorf("%d failures: %d operations, %v", c.times, len(got), err)
		}
	}
}

// failing breaks the first answers for the second page.
type failing struct {
	http.RoundTripper
	times int
}

func (f *failing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Get("page") == "2" && f.times > 0 {
		f.times--
		return nil, io.ErrUnexpectedEOF
	}
	return f.RoundTripper.RoundTrip(r)
}
