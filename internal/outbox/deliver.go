package outbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	atOnce    = 8                // deliveries under way in one process
	within    = 10 * time.Second // of the wall's clock, for one delivery
	leaseFor  = 2 * time.Minute  // of the injected clock: longer than a delivery and its mark
	lookEvery = time.Second      // messages of other instances, and those whose next try has come
	stopAfter = 3 * time.Second  // a stopping program gives deliveries under way this long
	markIn    = 5 * time.Second  // the mark of a delivery that was made
	firstTry  = 5 * time.Second  // after the first failure
	lastTry   = time.Hour        // between tries, for ever
	maxAnswer = 64 << 10         // of an answer, read only to use the connection again
)

// Store keeps messages. Each method is one durable step.
type Store interface {
	// ClaimMessages leases up to limit messages that are due, at most one of an order: the earliest that is not delivered.
	// Nobody else gets them before until.
	ClaimMessages(ctx context.Context, now, until time.Time, limit int) ([]Message, error)
	// MessageDelivered marks one as taken by the receiver.
	MessageDelivered(ctx context.Context, id string, now time.Time) error
	// MessageFailed puts one back until next.
	MessageFailed(ctx context.Context, id, class string, next time.Time) error
}

// Config is what a Courier needs. All fields are required unless said otherwise.
type Config struct {
	Store   Store
	Book    *Book
	URL     string
	Key     []byte // see ParseSecret
	Observe func(result string)
	Now     func() time.Time
	Log     *slog.Logger
	// Transport is the network; nil = the real one.
	Transport http.RoundTripper
}

// Courier delivers messages. Any number of them may share one store.
type Courier struct {
	Config
	client http.Client
}

// NewCourier makes a courier.
func NewCourier(c Config) *Courier {
	if c.Transport == nil {
		c.Transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: within / 2}).DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    within / 2,
			MaxResponseHeaderBytes: maxAnswer,
			MaxIdleConnsPerHost:    atOnce,
			IdleConnTimeout:        20 * time.Second,
		}
	}
	return &Courier{Config: c, client: http.Client{Transport: c.Transport, Timeout: within,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Run delivers until ctx ends; deliveries under way get a moment to end.
func (c *Courier) Run(ctx context.Context) {
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var under sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for ctx.Err() == nil {
		for _, m := range c.claim(ctx, atOnce-len(slots)) {
			slots <- struct{}{}
			under.Go(func() {
				c.deliver(sending, m)
				<-slots
				c.Book.Wake() // the next one of the same order, or whatever waits for a place
			})
		}
		select {
		case <-ctx.Done():
		case <-c.Book.hint:
		case <-ticker.C:
		}
	}
	defer time.AfterFunc(stopAfter, cut).Stop()
	under.Wait()
}

func (c *Courier) claim(ctx context.Context, places int) []Message {
	if places <= 0 {
		return nil
	}
	now := c.Now().UTC()
	due, err := c.Store.ClaimMessages(ctx, now, now.Add(leaseFor), places)
	if err != nil && ctx.Err() == nil {
		c.Log.ErrorContext(ctx, "notifications: claim", "error", err)
	}
	return due
}

// deliver sends one message and only then marks it: a crash between the two sends it again under the same id.
func (c *Courier) deliver(ctx context.Context, m Message) {
	class, wait := c.send(ctx, m)
	mark, cancel := context.WithTimeout(context.WithoutCancel(ctx), markIn)
	defer cancel()
	var err error
	if class == "" {
		err = c.Store.MessageDelivered(mark, m.ID, c.Now().UTC())
	} else {
		next := min(max(backoff(m.Attempts+1), wait), lastTry)
		err = c.Store.MessageFailed(mark, m.ID, class, c.Now().UTC().Add(next))
		c.Log.WarnContext(ctx, "notification was not taken", "id", m.ID, "type", m.Type, "attempt", m.Attempts+1, "why", class, "next", next.String())
	}
	if err != nil { // the lease ends by itself, and it is sent again
		c.Log.ErrorContext(ctx, "notifications: mark", "id", m.ID, "error", err)
	}
	if c.Observe != nil {
		c.Observe(result(class))
	}
}

// result is the class of a failure without numbers, for counting.
func result(class string) string {
	switch {
	case class == "":
		return "delivered"
	case len(class) == 3:
		return class[:1] + "xx"
	}
	return class
}

// send makes the call. An empty class says that the receiver has the message; wait is what it asked for.
func (c *Courier) send(ctx context.Context, m Message) (class string, wait time.Duration) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(m.Body))
	if err != nil {
		return "address", 0
	}
	at := c.Now().UTC()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "creditcart")
	req.Header.Set("Webhook-Id", m.ID)
	req.Header.Set("Webhook-Timestamp", timestamp(at))
	req.Header.Set("Webhook-Signature", Sign(c.Key, m.ID, at, m.Body))
	resp, err := c.client.Do(req)
	if err != nil {
		return failure(err), 0
	}
	defer resp.Body.Close()
	// The status is the answer. What follows it is not kept, and may be slow, broken or endless.
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	if resp.StatusCode/100 == 2 {
		return "", 0
	}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		wait = time.Duration(min(s, int(lastTry/time.Second))) * time.Second
	}
	return strconv.Itoa(resp.StatusCode), wait
}

// failure is the class of an error: one word, nothing of what somebody else wrote.
func failure(err error) string {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "name"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "certificate"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "certificate"
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return "unreachable"
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return "timeout"
	}
	if errors.Is(err, context.Canceled) {
		return "stopped"
	}
	return "broken"
}

// backoff is how long to wait after the nth failure: 5 s, doubling to an hour, ± a fifth so that many do not come together.
func backoff(n int) time.Duration {
	pause := lastTry
	if n < 12 {
		pause = min(firstTry<<(n-1), lastTry)
	}
	return pause*4/5 + rand.N(pause*2/5+1) //nolint:gosec // spreading load is no secret
}
