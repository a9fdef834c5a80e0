package bankapi_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"creditcart/internal/bankapi"
)

// Every dated answer counts, refusals too; an undated one or nonsense changes nothing, and time to think is no difference.
func TestSkewOfTheBanksClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var date func() string
		var think time.Duration
		status := http.StatusOK
		b := &bank{began: time.Now(), answer: func(int, *http.Request) (*http.Response, error) {
			time.Sleep(think)
			h := http.Header{}
			if d := date(); d != "" {
				h.Set("Date", d)
			}
			return reply(status, h), nil
		}}
		c, err := bankapi.New(bankapi.Config{BaseURL: "https://bank.test", Transport: b, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(at time.Duration) time.Duration {
			date = func() string { return time.Now().UTC().Add(at).Format(http.TimeFormat) }
			_, _ = c.Do(t.Context(), get("state", "x"))
			return c.Skew().Round(time.Second)
		}
		for at, want := range map[time.Duration]time.Duration{0: 0, -time.Second: 0, time.Hour: time.Hour - time.Second, -24 * time.Hour: -24*time.Hour + time.Second} {
			if got := ask(at); got != want {
				t.Errorf("the bank's date is %v from ours: %v", at, got)
			}
		}
		think = 8 * time.Second
		if got := ask(-8 * time.Second); got != 0 { // dated when the question came
			t.Errorf("a slow answer: %v", got)
		}
		think, status = 0, http.StatusForbidden
		if got := ask(time.Hour); got != time.Hour-time.Second {
			t.Errorf("a refusal: %v", got)
		}
		for _, said := range []string{"", "tomorrow"} {
			date = func() string { return said }
			if _, _ = c.Do(t.Context(), get("state", "x")); c.Skew().Round(time.Second) != time.Hour-time.Second || c.Status().Skew != c.Skew() {
				t.Errorf("date %q: %v", said, c.Skew())
			}
		}
	})
}
