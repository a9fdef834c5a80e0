package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// connectMerchant signs the merchant's manager in through the front door, as he would in a browser: that connects the shop to the bank.
func connectMerchant(ctx context.Context, shop string, bank http.RoundTripper) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	c := &http.Client{Transport: bank, Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	authorize, err := follow(ctx, c, http.MethodGet, shop+"/login?contour=sms&return=/admin", nil)
	if err != nil {
		return err
	}
	callback, err := follow(ctx, c, http.MethodPost, authorize, url.Values{"person": {"merchant-manager"}, "decision": {"allow"}})
	if err != nil {
		return err
	}
	_, err = follow(ctx, c, http.MethodGet, callback, nil)
	return err
}

// follow sends one request and gives the place it is redirected to.
func follow(ctx context.Context, c *http.Client, method, to string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	next, err := resp.Location()
	if err != nil {
		return "", fmt.Errorf("%s answered %s instead of a redirect", req.URL.Path, resp.Status)
	}
	return next.String(), nil
}
