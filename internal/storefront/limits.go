package storefront

import (
	"errors"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"creditcart/internal/audit"
	"creditcart/web/templates"
)

// Limits bound what one address, person or the bank may ask for. 0 = no limit. Each instance counts for itself.
type Limits struct {
	SignIn   int // sign-ins begun a minute from one address (an IPv6 network of /64 is one)
	Account  int // sign-ins finished a minute by one person
	Checkout int // orders placed and payments begun a minute by one person
	Hook     int // notifications of the bank a second, all together
}

// maxKeys bounds the memory of a limiter. Whoever has more addresses than that gets by no limit of addresses: those
// beyond are let in uncounted, because counting them together would lock out everybody else.
const maxKeys = 50_000

// limiter counts in a window that slides: the last whole window counts by the part of it that is still in sight.
type limiter struct {
	limit  int
	window time.Duration
	now    func() time.Time

	mu         sync.Mutex
	start      time.Time
	this, last map[string]int
}

func newLimiter(limit int, window time.Duration, now func() time.Time) *limiter {
	return &limiter{limit: limit, window: window, now: now, this: map[string]int{}}
}

// allow counts one more of a key. Beyond the limit it tells how long to wait; first is true for the first refusal of a window.
func (l *limiter) allow(key string) (wait time.Duration, first bool) {
	if l.limit <= 0 {
		return 0, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.roll(now)
	passed := now.Sub(l.start)
	inSight := 1 - float64(passed)/float64(l.window)
	before, count := l.last[key], l.this[key]
	if float64(before)*inSight+float64(count)+1 <= float64(l.limit) {
		if count > 0 || len(l.this) < maxKeys {
			l.this[key] = count + 1
		}
		return 0, false
	}
	mark := "\x00" + key // remembers that the refusal was told of
	if _, told := l.this[mark]; !told && len(l.this) < maxKeys {
		l.this[mark], first = 1, true
	}
	return l.pause(before, count, passed), first
}

// pause is the time after which one more of a key would be let in.
func (l *limiter) pause(before, count int, passed time.Duration) time.Duration {
	room := float64(l.limit - 1)
	if float64(count) <= room { // when enough of the last window is out of sight
		return time.Duration((1-(room-float64(count))/float64(before))*float64(l.window)) - passed
	}
	return l.window - passed + time.Duration((1-room/float64(count))*float64(l.window))
}

// roll begins a new window when the time has come.
func (l *limiter) roll(now time.Time) {
	switch passed := now.Sub(l.start); {
	case passed >= 2*l.window || passed < 0: // also when the clock was put back
		l.start, l.this, l.last = now, map[string]int{}, nil
	case passed >= l.window:
		l.start, l.last, l.this = l.start.Add(l.window), l.this, map[string]int{}
	}
}

// limiters are those of one instance.
type limiters struct {
	signIn, account, checkout, hook *limiter
	notes                           *limiter // lines of the audit log that one address can cause by being refused
}

// refusalsKept is how many refusals a minute of one address the audit log keeps.
const refusalsKept = 60

func newLimiters(c Limits, now func() time.Time) limiters {
	return limiters{signIn: newLimiter(c.SignIn, time.Minute, now), account: newLimiter(c.Account, time.Minute, now),
		checkout: newLimiter(c.Checkout, time.Minute, now), hook: newLimiter(c.Hook, time.Second, now),
		notes: newLimiter(refusalsKept, time.Minute, now)}
}

// addressOf is what counts as one address: an IPv6 network as a whole, because a person has all of it.
func addressOf(c echo.Context) string {
	ip, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		return "?"
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if network, err := ip.Prefix(64); err == nil {
			return network.String()
		}
	}
	return ip.String()
}

var errTooMany = errors.New("too many requests")

// tooMany counts and, beyond the limit, says in the header when to come back.
func (s *server) tooMany(c echo.Context, l *limiter, name, key string) (wait time.Duration, over bool) {
	wait, first := l.allow(key)
	if wait <= 0 {
		return 0, false
	}
	seconds := int(math.Ceil(wait.Seconds()))
	c.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
	if first {
		s.Log.WarnContext(c.Request().Context(), "limit reached", "ref", referenceOf(c), "limit", name)
		s.keepRefusal(c, audit.Limit, "", name)
	}
	return time.Duration(seconds) * time.Second, true
}

// tooManySignIns is the page of a sign-in that comes too soon after many others.
func tooManySignIns(wait time.Duration, retry string) error {
	return &problem{status: http.StatusTooManyRequests, heading: "Слишком много попыток входа", err: errTooMany,
		means: "С вашего адреса или под вашим именем входили слишком часто. Корзина сохранена.", do: "Попробуйте ещё раз через " + shortly(wait) + ".",
		primary: templates.Link{Text: "Войти ещё раз", URL: retry, TestID: "login-retry"}}
}

// tooManyOrders is said above the form, which keeps what was typed.
func tooManyOrders(wait time.Duration) *templates.Message {
	return &templates.Message{Tone: templates.ToneWait, What: "Слишком много запросов подряд.",
		Means: "Мы ничего не изменили, деньги не списаны.", Do: "Подождите " + shortly(wait) + " и отправьте форму ещё раз: всё, что вы ввели, на месте."}
}

// shortly is a pause in words.
func shortly(d time.Duration) string {
	if d > 90*time.Second {
		return plural(int((d+time.Minute-1)/time.Minute), "минуту", "минуты", "минут")
	}
	return plural(int(d/time.Second), "секунду", "секунды", "секунд")
}
