package rig

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Buyer is a signed-in browser.
type Buyer struct {
	shop    *Shop
	http    *http.Client   // with the browser's cookies
	plain   *http.Client   // without
	session []*http.Cookie // of the signed-in browser, no cart among them
	consent string         // hash of the text, read once
}

// SignIn goes the whole way of a sign-in at the bank.
func (s *Shop) SignIn(person string) (*Buyer, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	plain := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 2},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	browser := *plain
	browser.Jar = jar
	b := &Buyer{shop: s, plain: plain, http: &browser}
	to := s.URL + "/login?contour=sms&return=/"
	for i := range 3 {
		var form url.Values
		if i == 1 {
			form = url.Values{"person": {person}, "decision": {"allow"}}
		}
		if to, err = b.send(to, form); err != nil {
			return nil, fmt.Errorf("sign in: %w", err)
		}
	}
	home, err := url.Parse(s.URL)
	b.session = jar.Cookies(home)
	return b, err
}

// send posts a form, or gets when there is none, and gives the place of the redirect.
func (b *Buyer) send(to string, form url.Values) (string, error) {
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, to, body) //nolint:noctx // on loopback
	if err != nil {
		return "", err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := b.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	next, err := resp.Location()
	if err != nil {
		return "", fmt.Errorf("%s %s: %s", method, req.URL.Path, resp.Status)
	}
	return next.String(), nil
}

// Cart is one filled cart: a browser of its own of the same person.
type Cart struct{ cookie *http.Cookie }

// FillCarts puts goods into several carts, as several browsers of one person would.
func (b *Buyer) FillCarts(n int) ([]Cart, error) {
	carts := make([]Cart, n)
	for i := range carts {
		resp, err := b.post("/cart", url.Values{"product": {"11009"}, "quantity": {"2"}}, Cart{})
		if err != nil {
			return nil, err
		}
		for _, c := range resp.Cookies() {
			if strings.HasSuffix(c.Name, "cart") {
				carts[i].cookie = c
			}
		}
		if carts[i].cookie == nil {
			return nil, errors.New("POST /cart gave no cart")
		}
	}
	return carts, nil
}

// Order makes an order of a cart and gives its number.
func (b *Buyer) Order(cart Cart) (string, error) {
	resp, err := b.post("/orders", url.Values{"comment": {"до двери"}}, cart)
	if err != nil {
		return "", err
	}
	number, found := strings.CutPrefix(resp.Header.Get("Location"), "/orders/")
	if !found {
		return "", fmt.Errorf("POST /orders led to %q", resp.Header.Get("Location"))
	}
	return number, nil
}

// Pay begins to pay an order by an invoice and gives the bank's address where it is signed.
func (b *Buyer) Pay(number string) (string, error) {
	if err := b.readConsent("/orders/" + number); err != nil {
		return "", err
	}
	resp, err := b.post("/orders/"+number+"/payments", url.Values{"method": {"invoice"}, "consent": {b.consent}}, Cart{})
	if err != nil {
		return "", err
	}
	link := resp.Header.Get("Location")
	if !strings.HasPrefix(link, b.shop.Bank.URL) {
		return "", fmt.Errorf("POST pay led to %q", link)
	}
	return link, nil
}

var reConsent = regexp.MustCompile(`name="consent" value="([0-9a-f]+)"`)

// readConsent finds, once, the hash of the text that a buyer agrees to by paying.
func (b *Buyer) readConsent(order string) error {
	if b.consent != "" {
		return nil
	}
	resp, err := b.http.Get(b.shop.URL + order) //nolint:noctx // on loopback
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	found := reConsent.FindSubmatch(page)
	if found == nil {
		return fmt.Errorf("GET %s: %s, no consent on it", order, resp.Status)
	}
	b.consent = string(found[1])
	return nil
}

// See reads a page as the browser that signed in.
func (b *Buyer) See(path string) error { return b.SeeWith(Cart{}, path) }

// SeeWith reads a page as the browser that has this cart.
func (b *Buyer) SeeWith(cart Cart, path string) error {
	req, err := http.NewRequest(http.MethodGet, b.shop.URL+path, nil) //nolint:noctx // on loopback
	if err != nil {
		return err
	}
	resp, err := b.do(req, cart)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	return err
}

// post sends a form with the session and one cart.
func (b *Buyer) post(path string, form url.Values, cart Cart) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodPost, b.shop.URL+path, strings.NewReader(form.Encode())) //nolint:noctx // on loopback
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.do(req, cart)
	if err == nil && resp.StatusCode != http.StatusSeeOther {
		err = fmt.Errorf("POST %s: %s", path, resp.Status)
	}
	return resp, err
}

// do sends a request with the session and one cart, and reads the answer to its end.
func (b *Buyer) do(req *http.Request, cart Cart) (*http.Response, error) {
	for _, c := range b.session {
		req.AddCookie(c)
	}
	if cart.cookie != nil {
		req.AddCookie(cart.cookie)
	}
	resp, err := b.plain.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp, err
}

// Everybody lets all do something at once and gives the first error.
func Everybody[T any](all []T, do func(int, T) error) error {
	errs := make(chan error, len(all))
	var wg sync.WaitGroup
	for i, b := range all {
		wg.Go(func() { errs <- do(i, b) })
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
