package storefront

import (
	"strings"
	"testing"
	"time"

	"creditcart/internal/bankapi"
)

func TestMerchantIsToldOfTheClock(t *testing.T) {
	for skew, want := range map[time.Duration]string{
		0: "", time.Minute: "", -time.Minute: "", 61 * time.Second: "отстают на 1 минуту", -61 * time.Second: "спешат на 1 минуту",
		-26 * time.Hour: "спешат на 1 день", 2 * time.Hour: "отстают на 2 часа",
	} {
		s := &server{Config: Config{BankStatus: func() bankapi.Status { return bankapi.Status{Skew: skew} }}}
		switch a := s.clockAttention(); {
		case want == "" && a != nil:
			t.Errorf("%v: %s", skew, a.Title)
		case want != "" && (a == nil || !strings.HasSuffix(strings.ReplaceAll(a.Title, "\u00a0", " "), want)):
			t.Errorf("%v: %+v", skew, a)
		}
	}
}

// The bank's answers are dated: /admin says it when the clock of the shop's machine is another.
func TestClockOfTheShopIsComparedWithTheBanks(t *testing.T) {
	w := newWorld(t)
	if page := w.connect().get("/admin").body; strings.Contains(page, "Часы магазина") {
		t.Fatal("the clocks agree")
	}
	w.tell("POST", "/api/clock", `{"advance":"-90s"}`)
	if page := w.connect().get("/admin").body; !strings.Contains(page, "Часы магазина спешат на 1\u00a0минуту") {
		t.Error("the shop's clock is 90 s ahead and nobody is told")
	}
}
