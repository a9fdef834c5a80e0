package checkout_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

// The fault matrix M1: what each misbehaviour of each call of the bank must come to. A cell is the code of the outcome,
// and C when the merchant must be alarmed; «= reason» is a cell that cannot occur.
//
//go:embed testdata/faults.tsv
var matrix string

// The calls, as the columns of the matrix.
var matrixCalls = []string{"token", "user-info", "offers", "credit request", "draft", "state", "refresh", "statement"}

// network lets one call of the bank go wrong.
type network struct {
	mu    sync.Mutex
	path  string // of the calls to spoil; empty = none
	grant string
	left  int
	spoil spoiler
	late  func()
}

type spoiler func(n *network, r *http.Request) (*http.Response, error)

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	hit := n.left > 0 && n.path != "" && strings.Contains(r.URL.Path, n.path)
	if hit && n.grant != "" {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, _ := url.ParseQuery(string(body))
		hit = form.Get("grant_type") == n.grant
	}
	if hit {
		n.left--
	}
	n.mu.Unlock()
	if hit {
		return n.spoil(n, r)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (n *network) plan(path, grant string, times int, s spoiler) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.path, n.grant, n.left, n.spoil = path, grant, times, s
}

// over ends the fault; what the bank was slow to execute is executed now.
func (n *network) over() {
	n.plan("", "", 0, nil)
	if n.late != nil {
		n.late()
		n.late = nil
	}
}

func says(status int, kind, body string, headers ...string) *http.Response {
	h := http.Header{"Content-Type": {kind}}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

func answer(status int, kind, body string, headers ...string) spoiler {
	return func(*network, *http.Request) (*http.Response, error) {
		return says(status, kind, body, headers...), nil
	}
}

func fails(err error) spoiler {
	return func(*network, *http.Request) (*http.Response, error) { return nil, err }
}

// worked lets the bank do its work and changes what it says about it.
func worked(change func(status int, body string) (*http.Response, error)) spoiler {
	return func(_ *network, r *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, err
		}
		return change(resp.StatusCode, string(body))
	}
}

func twice(_ *network, r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	for range 2 {
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil || resp.StatusCode/100 != 2 {
			return resp, err
		}
		_ = resp.Body.Close()
	}
	return nil, errors.New("the bank took one id twice")
}

func afterwards(n *network, r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	n.late = func() {
		again := r.Clone(context.Background())
		again.Body = io.NopCloser(bytes.NewReader(body))
		if resp, err := http.DefaultTransport.RoundTrip(again); err == nil {
			_ = resp.Body.Close()
		}
	}
	return nil, context.DeadlineExceeded
}

const (
	asJSON = "application/json"
	asHTML = "text/html"
)

func bankSays(cause string) string {
	return `{"cause":"` + cause + `","referenceId":"a1b2","message":"Невозможно идентифицировать организацию плательщика","checks":null,"fieldNames":[]}`
}

var spoilers = map[string]spoiler{
	"F01": fails(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}),
	"F02": fails(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}),
	"F03": answer(400, asHTML, "<html><head><title>400 No required SSL certificate was sent</title></head><center>nginx</center></html>"),
	"F04": fails(context.DeadlineExceeded),
	"F05": worked(func(int, string) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }),
	"F06": afterwards,
	"F07": answer(500, asJSON, bankSays("UNKNOWN_EXCEPTION")),
	"F08": worked(func(int, string) (*http.Response, error) {
		return says(500, asJSON, bankSays("UNKNOWN_EXCEPTION")), nil
	}),
	"F09": answer(503, asJSON, bankSays("UNAVAILABLE_RESOURCE_EXCEPTION")),
	"F10": answer(429, asJSON, `{}`, "Retry-After", "1"),
	"F11": answer(401, asJSON, bankSays("UNAUTHORIZED")),
	"F12": answer(401, asJSON, bankSays("UNAUTHORIZED")),
	"F13": answer(403, asJSON, bankSays("ACTION_ACCESS_EXCEPTION")),
	"F14": twice,
	"F15": answer(400, asJSON, bankSays("WORKFLOW_FAULT")),
	"F16": answer(400, asJSON, bankSays("VALIDATION_FAULT")),
	"F17": answer(404, asJSON, bankSays("DATA_NOT_FOUND_EXCEPTION")),
	"F18": worked(func(status int, body string) (*http.Response, error) {
		return says(status, asJSON, body[:len(body)/2]), nil
	}),
	"F19": worked(func(status int, body string) (*http.Response, error) {
		return says(status, asJSON, `{"externalId":"00000000-0000-4000-8000-000000000000","amount":1.00,"bankStatus":"IMPLEMENTED","sub":"somebody else"}`), nil
	}),
	"F20": answer(202, asJSON, ""),
	"F21": answer(302, asHTML, "", "Location", "https://elsewhere.example.test/"),
	"F22": worked(func(status int, body string) (*http.Response, error) {
		return says(status, asJSON, strings.Replace(body, "{", `{"notInTheDocuments":{"a":[null,"1"]},`, 1)), nil
	}),
	"F23": answer(200, asJSON, `{"a":"`+strings.Repeat("x", 2<<20)+`"}`),
	"F24": answer(400, asJSON, `{"error":"invalid_grant","error_description":"Token is not valid"}`),
}

func TestFaultMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("192 shops: make test runs them without the race detector")
	}
	rows := strings.Split(strings.TrimSpace(matrix), "\n")
	cells := 0
	for _, row := range rows {
		columns := strings.Split(row, "\t")
		if len(columns) != 1+len(matrixCalls) {
			t.Fatalf("%q has %d cells", columns[0], len(columns)-1)
		}
		cells += len(columns) - 1
		for i, cell := range columns[1:] {
			if strings.HasPrefix(cell, "= ") {
				continue // cannot occur, for the reason that stands there
			}
			t.Run(columns[0]+" × "+matrixCalls[i], func(t *testing.T) {
				t.Parallel()
				want, alarm := strings.CutSuffix(cell, " C")
				id, _, _ := strings.Cut(columns[0], " ")
				spoil(t, matrixCalls[i], id, want, alarm)
			})
		}
	}
	if cells != 192 || len(spoilers) != 24 {
		t.Errorf("%d cells, %d faults", cells, len(spoilers))
	}
}

func spoil(t *testing.T, call, fault, want string, alarm bool) {
	w := newWorld(t)
	n := &network{}
	w.network = n
	w.service = w.newService()
	times := 9
	switch {
	case strings.HasPrefix(want, "R"), want == "T", want == "W", want == "OK", strings.HasPrefix(call, "credit req") || call == "draft":
		times = 1
	}
	if fault == "F12" && call != "offers" {
		times = 2
	}
	s := spoilers[fault]
	if call == "statement" && fault == "F19" {
		s = otherStatement
	}
	got := map[string]func(*world, *network, spoiler, int) string{"token": signInWith("/oauth/token"), "user-info": signInWith("/oauth/user-info"),
		"offers": offersWith, "credit request": postWith(requestPath, "romashka-director", credit.Credit), "draft": postWith(draftPath, "sever-director", credit.Invoice),
		"state": stateWith("/state", ""), "refresh": stateWith("/oauth/token", "refresh_token"), "statement": statementWith}[call](w, n, s, times)
	// What a call that worked in spite of the fault is called differs by how: repeated, refreshed, understood.
	if worked := map[string]string{"R": "worked", "R H": "worked", "T": "worked", "W": "worked", "OK": "worked"}[want]; got != want && (want != "R H" || got != "H") && (worked == "" || got != worked) {
		t.Errorf("it came to %s, want %s", got, want)
	}
	if alarmed := strings.Contains(w.log.String(), "ALARM"); alarm && !alarmed {
		t.Error("nobody was alarmed")
	}
}

// signInWith: X = no sign-in, and the next one works; R, OK = it worked.
func signInWith(path string) func(*world, *network, spoiler, int) string {
	return func(w *world, n *network, s spoiler, times int) string {
		n.plan(path, "", times, s)
		attempt := sbid.NewAttempt(sbid.ContourSMS)
		who, err := w.service.SignIn(w.ctx, attempt, w.codeFor(attempt, "sever-director"))
		left := n.left
		n.over()
		if again := w.signIn("sever-director"); err != nil && again.Subject != "" {
			if subjects, _ := w.store.LiveSubjects(w.ctx, again.INN); len(subjects) != 1 {
				return "a sign-in of somebody else"
			}
			return "X"
		}
		if who.Subject == "" {
			return "nobody"
		}
		if left == 0 {
			return "worked"
		}
		return "never asked"
	}
}

// offersWith: R, T = conditions are known; H = they are not, and the invoice can be paid.
func offersWith(w *world, n *network, s spoiler, times int) string {
	who := w.signIn("romashka-director")
	o := w.order(who, "mid")
	n.plan("/credit-offers", "", times, s)
	defer n.over()
	c, err := w.service.Conditions(w.ctx, who, o.Due())
	if err != nil {
		return err.Error()
	}
	open := map[credit.Method]bool{}
	for _, way := range c.Ways {
		open[way.Method] = open[way.Method] || way.Available
	}
	switch {
	case !open[credit.Invoice]:
		return "nothing can be paid"
	case open[credit.Credit]:
		return "worked"
	}
	return "H"
}

// postWith: the whole life of a document whose first post went wrong.
func postWith(path, person string, method credit.Method) func(*world, *network, spoiler, int) string {
	return func(w *world, n *network, s spoiler, times int) string {
		who := w.signIn(person)
		o := w.order(who, "mid")
		form := checkout.PayForm{Number: o.Number, Method: method}
		if method == credit.Credit {
			form.ProductCode = "MBKoo226"
		}
		n.plan(path, "", times, s)
		started, err := w.service.Pay(w.ctx, who, form)
		n.over()
		p := w.find(who, o.Number).Payments[0]
		var refused *checkout.RefusedError
		switch {
		case errors.As(err, &refused) && p.State == orders.PaymentFailed:
			return "D"
		case err == nil && started.Link != "":
			if w.documents() == 1 {
				return "worked"
			}
			return "a link"
		case p.Review != "":
			return "M"
		case p.State != orders.PaymentSubmitting:
			return string(p.State)
		}
		how := "U"
		if p.NeedsLogin {
			how = "L"
			if err := w.service.Resume(w.ctx, who, o.Number); err != nil {
				return err.Error()
			}
		}
		w.reconcile(12 * time.Minute)
		if all := w.find(who, o.Number).Payments; len(all) != 1 || all[0].State != orders.PaymentAwaiting || all[0].ExternalID != p.ExternalID || w.documents() != 1 {
			return "not one document"
		}
		return how
	}
}

// stateWith: a question about a document goes wrong; whatever happens, the money is seen in the end.
func stateWith(path, grant string) func(*world, *network, spoiler, int) string {
	return func(w *world, n *network, s spoiler, times int) string {
		who := w.signIn("sever-director")
		o := w.order(who, "mid")
		started := w.pay(who, o, checkout.PayForm{Method: credit.Invoice})
		if grant != "" {
			w.clock.add(61 * time.Minute)
		}
		n.plan(path, grant, times, s)
		p := w.refresh(who, o.Number).Payments[0]
		left := n.left
		n.over()
		switch {
		case p.State != orders.PaymentAwaiting:
			return string(p.State)
		case p.NeedsLogin:
			return "L"
		}
		w.tell("POST", "/api/documents/"+started.ExternalID+"/sign", `{}`)
		w.reconcile(40 * time.Minute)
		if o := w.find(who, o.Number); o.Settlement() != orders.Paid || o.Payments[0].Review != "" {
			return "not paid: " + o.Payments[0].Review
		}
		switch {
		case times > 1 && grant == "":
			return "K"
		case times > 1:
			return "P"
		case left > 0:
			return "never asked"
		}
		return "worked"
	}
}
