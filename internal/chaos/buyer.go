package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// buyer is a person at a browser: he clicks twice, presses again when a page did not come, and comes back or not.
type buyer struct {
	w      *world
	person string
	rnd    *rand.Rand
	http   *http.Client

	signIns int      // asked for by the shop
	forms   int      // pages of the checkout he was shown
	links   []string // external ids he was sent to sign

	mu   sync.Mutex
	acks []ack // what he was told
}

// ack is an order whose number a buyer saw.
type ack struct {
	form   int // which of the pages of the checkout
	number string
}

var people = []string{"romashka-director", "sokolov", "sever-director", "gavan-director"}

func (w *world) newBuyer(i int, seed uint64) (*buyer, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	network := w.network
	if network == nil {
		network = &http.Transport{MaxIdleConnsPerHost: 4}
	}
	return &buyer{w: w, person: people[i%len(people)], rnd: rand.New(rand.NewPCG(seed, uint64(i))), //nolint:gosec // choices that a seed repeats
		http: &http.Client{Jar: jar, Timeout: 15 * time.Second, Transport: network,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

func (b *buyer) chance(percent int) bool { return b.rnd.IntN(100) < percent }

// answer is what a click led to.
type answer struct {
	status   int
	location string
	body     string
}

// send clicks once. A relative place is at the shop.
func (b *buyer) send(ctx context.Context, method, to string, form url.Values) (answer, error) {
	if strings.HasPrefix(to, "/") {
		to = b.w.front.URL + to
	}
	req, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := b.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, body: string(body)}
	if place, err := resp.Location(); err == nil {
		a.location = place.String()
	}
	return a, nil
}

// patience is how often a person tries before he gives up on a step.
const patience = 40

// insist clicks until good says the answer is what he wants. Signs in again when the shop asks.
func (b *buyer) insist(ctx context.Context, click func() (answer, error), good func(answer) bool) (answer, error) {
	var last error
	for range patience {
		if err := ctx.Err(); err != nil {
			return answer{}, err
		}
		a, err := click()
		switch {
		case err != nil:
			last = err
		case good(a):
			return a, nil
		case strings.Contains(a.location, "/login") || strings.Contains(a.body, `href="/login`):
			if err := b.signIn(ctx); err != nil {
				last = err
			}
			continue
		default:
			last = fmt.Errorf("answer %d to %q", a.status, a.location)
		}
		b.pause(ctx, 100*time.Millisecond)
	}
	return answer{}, fmt.Errorf("%w: %w", errGaveUp, last)
}

var errGaveUp = errors.New("chaos: the buyer gave up")

func (b *buyer) pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (b *buyer) signIn(ctx context.Context) error {
	b.signIns++
	for range patience {
		if done, _ := b.trySignIn(ctx); done || ctx.Err() != nil {
			return ctx.Err()
		}
		b.pause(ctx, 50*time.Millisecond)
	}
	return fmt.Errorf("sign in: %w", errGaveUp)
}

func (b *buyer) trySignIn(ctx context.Context) (bool, error) {
	a, err := b.send(ctx, http.MethodGet, "/login?contour=sms&return=/orders", nil)
	if err != nil || !strings.HasPrefix(a.location, b.w.bank.URL) {
		return false, err
	}
	a, err = b.send(ctx, http.MethodPost, a.location, url.Values{"person": {b.person}, "decision": {"allow"}})
	if err != nil || !strings.HasPrefix(a.location, b.w.front.URL) {
		return false, err
	}
	a, err = b.send(ctx, http.MethodGet, a.location, nil)
	return err == nil && a.status == http.StatusSeeOther && strings.HasSuffix(a.location, "/orders"), err
}

var (
	reField = regexp.MustCompile(`name="(cart_version|form_token|decision|release|consent)" value="([^"]*)"`)
	reLink  = regexp.MustCompile(`(?:payment-creator/|credit-partners\?order=)([0-9a-f-]{36})`)
)

func fields(page string) url.Values {
	form := url.Values{}
	for _, m := range reField.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], strings.NewReplacer("&#43;", "+", "&amp;", "&", "&#34;", `"`).Replace(m[2]))
	}
	return form
}

// products have prices that every way to pay accepts.
var products = []string{"11001", "12001", "12001", "13001"}

// buy is one checkout, from the cart to whatever the buyer does at the bank.
func (b *buyer) buy(ctx context.Context) error {
	if b.chance(10) {
		b.http.Jar, _ = cookiejar.New(nil) // at another computer
	}
	if b.w.SignIns > 0 && b.chance(b.w.SignIns) {
		_ = b.signIn(ctx)
	}
	number, err := b.order(ctx)
	if err != nil {
		return err
	}
	if b.chance(5) {
		return nil // places the order and forgets it
	}
	id, err := b.pay(ctx, number)
	if err != nil || id == "" {
		return err
	}
	b.links = append(b.links, id)
	b.lie(ctx, number, id)
	b.atBank(ctx, number, id)
	if b.chance(70) {
		_, _ = b.send(ctx, http.MethodGet, "/orders/"+number, nil)
	}
	return nil
}

// order fills the cart and places the order, sometimes with two clicks at once.
func (b *buyer) order(ctx context.Context) (string, error) {
	product := products[b.rnd.IntN(len(products))]
	_, err := b.insist(ctx, func() (answer, error) {
		return b.send(ctx, http.MethodPost, "/cart", url.Values{"product": {product}, "quantity": {fmt.Sprint(1 + b.rnd.IntN(3))}})
	}, func(a answer) bool { return a.status == http.StatusSeeOther && !strings.Contains(a.location, "/login") })
	if err != nil {
		return "", err
	}
	page, err := b.insist(ctx, func() (answer, error) { return b.send(ctx, http.MethodGet, "/checkout", nil) },
		func(a answer) bool { return a.status == http.StatusOK && strings.Contains(a.body, "form_token") })
	if err != nil {
		return "", err
	}
	form := fields(page.body)
	b.forms++
	placed := func(a answer) bool { return strings.Contains(a.location, "/orders/") }
	var number string
	_, err = b.insist(ctx, func() (answer, error) {
		all, err := b.click(ctx, "/orders", form)
		for _, a := range all {
			if placed(a) {
				number = numberIn(a.location)
				b.note(ack{form: b.forms, number: number})
			}
		}
		return all[len(all)-1], err
	}, func(answer) bool { return number != "" })
	return number, err
}

func (b *buyer) note(a ack) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acks = append(b.acks, a)
}

func (b *buyer) told() []ack {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.acks)
}

// click posts a form once, or twice at the same moment.
func (b *buyer) click(ctx context.Context, to string, form url.Values) ([]answer, error) {
	n := 1
	if b.chance(b.w.DoubleClicks) {
		n = 2
	}
	all, errs := make([]answer, n), make([]error, n)
	var clicks sync.WaitGroup
	for i := range n {
		clicks.Go(func() { all[i], errs[i] = b.send(ctx, http.MethodPost, to, form) })
	}
	clicks.Wait()
	return all, errors.Join(errs...)
}

func numberIn(location string) string {
	_, rest, _ := strings.Cut(location, "/orders/")
	number, _, _ := strings.Cut(rest, "#")
	number, _, _ = strings.Cut(number, "?")
	return number
}

// pay chooses a way and gives the document he was sent to sign; "" when the order's page has none for him in time.
func (b *buyer) pay(ctx context.Context, number string) (string, error) {
	order := "/orders/" + number
	page, err := b.insist(ctx, func() (answer, error) { return b.send(ctx, http.MethodGet, order, nil) },
		func(a answer) bool { return a.status == http.StatusOK })
	if err != nil {
		return "", err
	}
	for range patience {
		form := url.Values{"method": {b.way(page.body)}, "consent": {fields(page.body).Get("consent")}}
		all, _ := b.click(ctx, order+"/payments", form)
		for _, a := range all {
			if m := reLink.FindStringSubmatch(a.location); m != nil {
				return m[1], nil
			}
		}
		a, err := b.send(ctx, http.MethodGet, order, nil)
		if err == nil {
			if m := reLink.FindStringSubmatch(a.body); m != nil {
				return m[1], nil
			}
			page = a
			if strings.Contains(a.location, "/login") {
				if err := b.signIn(ctx); err != nil {
					return "", err
				}
			}
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if all[0].status >= http.StatusInternalServerError && b.chance(15) {
			return "", nil // has seen enough, and leaves for good
		}
		b.pause(ctx, 150*time.Millisecond)
	}
	return "", nil
}

var reWay = regexp.MustCompile(`name="method" value="(\w+)"([^>]*)`)

// way is one that the page offers.
func (b *buyer) way(page string) string {
	var open []string
	for _, m := range reWay.FindAllStringSubmatch(page, -1) {
		if !strings.Contains(m[2], "disabled") {
			open = append(open, m[1])
		}
	}
	if len(open) == 0 {
		return "invoice"
	}
	return open[b.rnd.IntN(len(open))]
}

// atBank decides there: most sign, some say no, take it back, are looked at by the bank's fraud check, or close the tab.
func (b *buyer) atBank(ctx context.Context, number, id string) {
	sign := func() {
		if b.w.tell(http.MethodPost, "/api/documents/"+id+"/sign", "", nil) != nil {
			_ = b.w.tell(http.MethodPost, "/api/credit-requests/"+id+"/approve", "", nil)
		}
	}
	switch n := b.rnd.IntN(100); {
	case n < 60:
		sign()
	case n < 65: // FRAUDDENY is no end: this one is paid after all
		sign()
		_ = b.w.tell(http.MethodPost, "/api/documents/"+id+"/status", `{"status":"FRAUDDENY"}`, nil)
		_, _ = b.send(ctx, http.MethodGet, "/orders/"+number, nil)
		b.pause(ctx, b.w.clock.Real(30*time.Second))
		_ = b.w.tell(http.MethodPost, "/api/documents/"+id+"/status", `{"status":""}`, nil)
	case n < 70: // signed, accepted, and refused after all
		sign()
		_ = b.w.tell(http.MethodPost, "/api/documents/"+id+"/status", `{"status":"SIGNED"}`, nil)
		_, _ = b.send(ctx, http.MethodGet, "/orders/"+number, nil)
		b.pause(ctx, b.w.clock.Real(40*time.Second))
		_ = b.w.tell(http.MethodPost, "/api/documents/"+id+"/status", `{"status":"REFUSEDBYBANK"}`, nil)
	case n < 80:
		_ = b.w.tell(http.MethodPost, "/api/documents/"+id+"/decline", "", nil)
	}
}

// lie does what proves nothing: comes back by the address of success or of refusal without having decided anything, and
// sends the bank's notification that money moved. Nobody but the bank's own answer may be believed.
func (b *buyer) lie(ctx context.Context, number, id string) {
	switch n := b.rnd.IntN(100); {
	case n < 10:
		_, _ = b.send(ctx, http.MethodGet, "/orders/"+number+"?status=success", nil)
	case n < 35:
		var at struct {
			Request struct {
				Document struct {
					NegativeURL string `json:"negativeOrderUrl"`
				} `json:"document"`
			} `json:"creditRequest"`
		}
		if b.w.tell(http.MethodGet, "/api/documents/"+id, "", &at) == nil && at.Request.Document.NegativeURL != "" {
			_, _ = b.send(ctx, http.MethodGet, at.Request.Document.NegativeURL, nil)
		}
	case n < 55:
		body := fmt.Sprintf(`{"externalId":"%s","bankStatus":"IMPLEMENTED","eventTime":"%s"}`, id, b.w.clock.Now().Format(time.RFC3339))
		if resp, err := (&http.Client{Transport: b.w.network}).Post(b.w.hook, "application/json", strings.NewReader(body)); err == nil { //nolint:noctx // a harness on loopback
			_ = resp.Body.Close()
		}
	}
}
