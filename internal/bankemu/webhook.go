package bankemu

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// The webhook wh-payment: the bank tells a partner's address that a payment order has its final status.
const (
	webhookTimeout = 10 * time.Second
	webhookPause   = 10 * time.Second // before the first repeat; then twice as long each time
	webhookSlowest = 2 * time.Hour    // the longest pause
	webhookGivenUp = 24 * time.Hour   // after the event
	webhookKept    = 5000             // events remembered
)

// webhookRetried are the answers after which the bank tries again, beside no answer at all.
var webhookRetried = []int{408, 409, 429, 500, 502, 503, 504, 507, 508, 509}

// webhookEvent is one final status on its way to a partner.
type webhookEvent struct {
	ExternalID string     `json:"externalId"`
	BankStatus string     `json:"bankStatus"`
	EventTime  string     `json:"eventTime"`
	Client     string     `json:"client"`
	State      string     `json:"state"` // waiting, delivered, refused, givenUp
	Attempts   int        `json:"attempts"`
	LastCode   int        `json:"lastCode"` // 0 = no answer yet
	LastError  string     `json:"lastError,omitempty"`
	Next       *time.Time `json:"next,omitempty"`

	at, next time.Time
	sending  bool
}

func (e *webhookEvent) body() []byte {
	raw, err := json.Marshal(map[string]string{"externalId": e.ExternalID, "bankStatus": e.BankStatus, "eventTime": e.EventTime})
	if err != nil { // strings always marshal
		return nil
	}
	return raw
}

func webhookAddress(s string) error {
	u, err := url.Parse(s)
	if s != "" && (err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil) {
		return errors.New("the webhook must be an http or https address without a user")
	}
	return nil
}

// Run tells webhooks until ctx ends, looking whenever Config.Tick ticks. It is the only thing here that runs by itself.
func (b *Bank) Run(ctx context.Context) {
	tick := b.cfg.Tick
	if tick == nil {
		t := time.NewTicker(250 * time.Millisecond)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
			b.DeliverWebhooks(ctx)
		}
	}
}

// DeliverWebhooks is one look: final statuses that were not told become events, and every event that is due is sent
// once. It returns how many calls it made.
func (b *Bank) DeliverWebhooks(ctx context.Context) int {
	due, urls, twice := b.dueWebhooks()
	for _, e := range due {
		code, err := b.postWebhook(ctx, urls[e.Client], e.body())
		if twice {
			again, errAgain := b.postWebhook(ctx, urls[e.Client], e.body())
			code, err = max(code, again), cmp.Or(err, errAgain)
		}
		b.webhookAnswered(e, code, err)
	}
	if twice {
		return 2 * len(due)
	}
	return len(due)
}

// dueWebhooks collects what is to be sent now. The bank's lock is not held while anything is sent.
func (b *Bank) dueWebhooks() (due []*webhookEvent, urls map[string]string, twice bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.collectFinal(now)
	w := &b.st.webhooks
	urls = map[string]string{}
	w.open = slices.DeleteFunc(w.open, func(e *webhookEvent) bool { return e.State != "waiting" })
	for _, e := range w.open {
		if e.sending || e.next.After(now) || w.urls[e.Client] == "" {
			continue
		}
		e.sending = true
		urls[e.Client] = w.urls[e.Client]
		due = append(due, e)
	}
	slices.SortStableFunc(due, func(a, b *webhookEvent) int { return a.at.Compare(b.at) })
	if b.st.settings.WebhookReverse {
		slices.Reverse(due)
	}
	return due, urls, b.st.settings.WebhookTwice
}

// postWebhook sends one call. Redirects are not followed, and the answer's body means nothing.
func (b *Bank) postWebhook(ctx context.Context, to string, body []byte) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, webhookTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("the address is not usable")
	}
	req.Header.Set("Content-Type", "application/json;charset=UTF-8")
	resp, err := b.poster.Do(req)
	if err != nil {
		// The address may be a secret: only the reason is kept.
		if ue := (*url.Error)(nil); errors.As(err, &ue) {
			err = ue.Err
		}
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	return resp.StatusCode, nil
}

func newPoster() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// webhookAnswered decides what becomes of an event: told, repeated later, or not repeated.
func (b *Bank) webhookAnswered(e *webhookEvent, code int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	e.sending = false
	e.Attempts++
	e.LastCode, e.LastError, e.Next = code, "", nil
	if err != nil {
		e.LastError = err.Error()
	}
	switch {
	case err == nil && code >= 200 && code < 300:
		e.State = "delivered"
	case err == nil && !slices.Contains(webhookRetried, code):
		e.State = "refused"
	default:
		e.next = now.Add(pauseAfter(e.Attempts))
		if e.next.After(e.at.Add(webhookGivenUp)) {
			e.State = "givenUp"
			return
		}
		e.Next = &e.next
	}
}

// pauseAfter doubles from webhookPause to webhookSlowest.
func pauseAfter(attempts int) time.Duration {
	if attempts > 12 {
		return webhookSlowest
	}
	return min(webhookSlowest, webhookPause<<(attempts-1))
}

// controlSetWebhook registers a partner's address: PUT /api/webhook. An empty one unregisters it.
func (b *Bank) controlSetWebhook(c *call) reply {
	var in struct {
		URL    string `json:"url"`
		Client string `json:"client"`
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	if in.Client == "" && len(b.clients) == 1 {
		for id := range b.clients {
			in.Client = id
		}
	}
	if _, ok := b.clients[in.Client]; !ok {
		return controlError(http.StatusNotFound, fmt.Errorf("no such client"))
	}
	if err := webhookAddress(in.URL); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	b.st.webhooks.urls[in.Client] = in.URL
	return jsonReply(http.StatusOK, map[string]any{"client": in.Client, "registered": in.URL != ""})
}

// controlWebhooks shows events and attempts: GET /api/webhooks. Addresses are shown without what may be secret in them.
func (b *Bank) controlWebhooks(c *call) reply {
	b.collectFinal(c.now)
	return jsonReply(http.StatusOK, map[string]any{"addresses": b.webhookAddresses(), "events": append([]*webhookEvent{}, b.st.webhooks.events...)})
}

// webhookAddresses are the hosts that are told, by client; the path may be a secret.
func (b *Bank) webhookAddresses() map[string]string {
	addresses := map[string]string{}
	for client, to := range b.st.webhooks.urls {
		if u, err := url.Parse(to); err == nil && to != "" {
			addresses[client] = u.Scheme + "://" + u.Host + "/***"
		}
	}
	return addresses
}

// controlDeliver is one look at once: POST /api/webhooks/deliver.
func (b *Bank) controlDeliver(w http.ResponseWriter, r *http.Request) {
	jsonReply(http.StatusOK, map[string]int{"calls": b.DeliverWebhooks(r.Context())}).write(w)
}
