// Package bankapi is the one HTTP transport to the bank: mutual TLS, pace, the three error dialects as one typed error,
// the masked exchange log. It does not know what the calls mean, which of them may be repeated, or whose tokens it carries.
package bankapi

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path"
	"strings"
	"time"
)

const (
	maxBody        = 1 << 20
	maxHeader      = 64 << 10
	connectTimeout = 2 * time.Second
	userAgent      = "creditcart/1"
)

// Config of the transport. Only BaseURL is required.
type Config struct {
	BaseURL string        // the API host (decision 1), https; http only for the emulator
	TLS     *tls.Config   // from LoadTLS; nil = no client certificate
	Timeout time.Duration // of one attempt, connect at most 2 s of it; 0 = 10 s

	Rate           float64       // calls per second of the whole process (decision 8); 0 = 5
	MinInterval    time.Duration // strict mode: any two calls at least this far apart; 0 = off
	RepeatInterval time.Duration // between repeats of one call (Request.Subject); 0 = 2 s, negative = off

	Now func() time.Time // calendar time, for dates in headers; durations are measured by the runtime's clock
	Log *slog.Logger
	// Observe is told of every attempt when it is over, in the goroutine that made it. May be nil.
	Observe func(ctx context.Context, call Call)

	Transport http.RoundTripper // takes the network's place in tests; TLS is not used then
}

// Request is one call. At most one of Form and Body is set.
type Request struct {
	Op     string // short name of the operation, for logs and for the pause after a Retry-After: "credit-offers"; required
	Method string
	Path   string // from the root of the host, unescaped
	Query  url.Values
	Token  string     // bearer; "" = none
	Form   url.Values // sent as application/x-www-form-urlencoded
	Body   []byte     // JSON, sent byte for byte

	// Subject is the session or document the call is about, "" = none: the same Op and Subject are sent no sooner than
	// RepeatInterval after the last start (decision 8). Kept in memory only, never logged.
	Subject string
	// Priority is the class of the call. P0, the zero value: somebody waits. The others wait behind as long as ctx allows.
	Priority Priority
	// Retry repeats a GET at most twice inside 5 s after a transient failure or a short 429 (cells R of the fault
	// matrix). Ignored for every other method: repeating a POST is a decision of its caller.
	Retry bool
}

// Response is a 2xx answer read whole. Which 2xx is the right one is for the caller to judge.
type Response struct {
	Status      int
	ContentType string // as sent, with parameters
	ReferenceID string // X-Request-Id of the bank, if any
	Body        []byte // at most 1 MiB, decompressed
	Date        time.Time
	op          string
}

// JSON reads the body into v. A failure is an *Error of Kind Unknown: after a 2xx nobody knows what was executed.
func (r *Response) JSON(v any) error {
	if err := json.Unmarshal(r.Body, v); err != nil {
		return r.Unreadable()
	}
	return nil
}

// Unreadable is the error for a 2xx answer that makes no sense to the caller.
func (r *Response) Unreadable() *Error {
	return &Error{Op: r.op, Status: r.Status, ReferenceID: r.ReferenceID, Err: errUnreadable}
}

// Client calls the bank. Safe for concurrent use; one per process, or the pace does not hold.
type Client struct {
	cfg  Config
	base *url.URL
	http *http.Client
	pace *pace

	clocks clocks
}

// New checks the settings; it does not call the bank.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.User != nil || base.RawQuery != "" {
		return nil, errors.New("bankapi: BaseURL must be https://host[:port]")
	}
	base.Path = strings.TrimSuffix(base.Path, "/")
	cfg.Timeout = cmp.Or(cfg.Timeout, 10*time.Second)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c := &Client{cfg: cfg, base: base, pace: newPace(cfg.Rate, cfg.MinInterval, cfg.RepeatInterval)}
	c.http = &http.Client{
		Transport:     cfg.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if cfg.Transport == nil {
		c.http.Transport = network(cfg.TLS)
	}
	return c, nil
}

func network(cfg *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSClientConfig:        cfg.Clone(),
		TLSHandshakeTimeout:    connectTimeout,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    8,
		// Short, so that a POST rarely meets a connection the bank has just closed: that would be an unknown outcome.
		IdleConnTimeout: 20 * time.Second,
	}
}

// Do makes the call and reads the answer whole. The error is nil only for 2xx; otherwise it is an *Error.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	if r.Retry && r.Method == http.MethodGet {
		return c.retry(ctx, r)
	}
	return c.attempt(ctx, r, c.cfg.Timeout)
}

// attempt waits for its turn, makes the call once and logs it.
func (c *Client) attempt(ctx context.Context, r Request, timeout time.Duration) (*Response, error) {
	start := time.Now()
	probe, wait, err := c.pace.wait(ctx, r)
	if err != nil {
		e := &Error{Op: r.Op, NotSent: true, RetryAfter: wait, Err: err}
		if errors.Is(err, errPace) {
			e.Kind = Limited
		}
		c.over(ctx, r, start, time.Now(), nil, e, false)
		return nil, e
	}
	sent := time.Now()
	resp, e := c.bounded(ctx, r, timeout)
	c.pace.report(ctx, r.Op, probe, e)
	if e == nil {
		c.over(ctx, r, start, sent, resp, nil, true)
		return resp, nil
	}
	if e.RetryAfter > 0 && (e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable) {
		c.pace.pause(r.Op, e.RetryAfter)
	}
	c.over(ctx, r, start, sent, nil, e, !e.NotSent)
	return nil, e
}

func (c *Client) bounded(ctx context.Context, r Request, timeout time.Duration) (*Response, *Error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return c.roundTrip(ctx, r)
}

func (c *Client) roundTrip(ctx context.Context, r Request) (*Response, *Error) {
	connected := c.cfg.Transport != nil // a stand-in does not tell
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }})
	req, err := c.request(ctx, r)
	if err != nil {
		return nil, &Error{Op: r.Op, NotSent: true, Err: fmt.Errorf("%w: %w", errBadRequest, err)}
	}
	asked := c.cfg.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, &Error{Op: r.Op, Kind: certificateKind(err), NotSent: !connected, Err: withoutURL(err)}
	}
	defer resp.Body.Close()
	c.clocks.hear(resp.Header.Get("Date"), asked, c.cfg.Now())
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	if resp.StatusCode/100 != 2 {
		// A refusal with a broken body is no refusal: without its words nobody knows who said it.
		if err != nil {
			body = nil
		}
		e := failure(r.Op, resp.StatusCode, resp.Header, body, c.cfg.Now())
		e.Err = cmp.Or(err, e.Err)
		e.ReferenceID = cmp.Or(e.ReferenceID, requestID(resp.Header))
		return nil, e
	}
	if err != nil {
		return nil, &Error{Op: r.Op, Status: resp.StatusCode, ReferenceID: requestID(resp.Header), Err: err}
	}
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		date = c.cfg.Now().UTC()
	}
	return &Response{
		Status: resp.StatusCode, ContentType: resp.Header.Get("Content-Type"), ReferenceID: requestID(resp.Header),
		Body: body, Date: date, op: r.Op,
	}, nil
}

func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	if !strings.HasPrefix(r.Path, "/") || path.Clean(r.Path) != r.Path {
		return nil, errors.New("bad path")
	}
	u := *c.base
	u.Path, u.RawQuery = u.Path+r.Path, r.Query.Encode()
	var body io.Reader
	contentType := ""
	switch {
	case r.Form != nil:
		body, contentType = strings.NewReader(r.Form.Encode()), "application/x-www-form-urlencoded"
	case r.Body != nil:
		body, contentType = bytes.NewReader(r.Body), "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("request: %w", withoutURL(err))
	}
	// net/http silently sends a request again when it can rewind the body. Whether to repeat is never its decision.
	req.GetBody = nil
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", "application/json, application/jwt")
	if ref := RefOf(ctx); ref != "" {
		req.Header.Set("X-Request-Id", ref) // the bank's support finds the call by the word in our log
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if r.Token != "" {
		req.Header.Set("Authorization", "Bearer "+r.Token)
	}
	return req, nil
}

// certificateKind tells a refused certificate, theirs or ours, from other connection failures.
func certificateKind(err error) Kind {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return Certificate
	}
	// An alert from the other side of TLS: with the bank's hosts it is about our certificate.
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return Certificate
	}
	return Unknown
}

// withoutURL drops the URL from net/http's error: a query may name people's accounts.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

func requestID(h http.Header) string {
	return code(text(cmp.Or(h.Get("X-Request-Id"), h.Get("X-Rq-Uid"))))
}
