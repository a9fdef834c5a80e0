package chaos

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// notifySecret is what the shop and the receiver share.
const notifySecret = "whsec_Y2hhb3MgY2hhb3MgY2hhb3MgY2hhb3MgY2hhb3M="

// receiver is the merchant's own system, which the shop notifies. It spoils a fifth of the calls, before or after it has
// read them, and checks what it reads with code of its own.
type receiver struct {
	server *httptest.Server
	clock  Clock
	key    []byte

	mu     sync.Mutex
	rnd    *rand.Rand
	calm   bool
	calls  int
	bodies map[string][]byte // by id, of everything that was read
	taken  map[string]bool   // ids that were answered with 2xx, "order type" of them
	ids    map[string]string // by "order type", of what comes once per order
	found  []string
}

// receive starts the receiver and tells the shops of it.
func (w *world) receive() error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(notifySecret, "whsec_"))
	if err != nil {
		return err
	}
	w.told = &receiver{clock: w.clock, key: key, rnd: rand.New(rand.NewPCG(w.Seed, 0x707d)), //nolint:gosec // choices that a seed repeats
		bodies: map[string][]byte{}, taken: map[string]bool{}, ids: map[string]string{}}
	w.told.server = httptest.NewUnstartedServer(w.told)
	w.told.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	w.told.server.Start()
	w.close = append(w.close, w.told.server.Close)
	w.cfg.NotifyURL, w.cfg.NotifySecret = w.told.server.URL+"/shop", notifySecret
	return nil
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	r.calls++
	luck := r.rnd.IntN(100)
	if r.calm {
		luck = 99
	}
	r.mu.Unlock()
	switch { // not read
	case luck < 5:
		w.WriteHeader(http.StatusInternalServerError)
		return
	case luck < 10:
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return
	}
	r.read(q.Header, body, luck >= 20)
	switch { // read, and the answer is lost
	case luck < 15:
		panic(http.ErrAbortHandler)
	case luck < 20:
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// read remembers a message before it is answered.
func (r *receiver) read(h http.Header, body []byte, take bool) {
	id := h.Get("webhook-id")
	var m struct {
		Type string `json:"type"`
		Data struct {
			Number string `json:"number"`
		} `json:"data"`
	}
	err := json.Unmarshal(body, &m)
	r.mu.Lock()
	defer r.mu.Unlock()
	violated := func(format string, args ...any) {
		r.found = append(r.found, fmt.Sprintf("I11: notification %s: ", id)+fmt.Sprintf(format, args...))
	}
	if why := r.wrong(h, body); why != "" {
		violated("%s", why)
	}
	if err != nil || m.Data.Number == "" {
		violated("cannot be read: %q", body)
	}
	if before, again := r.bodies[id]; again && !bytes.Equal(before, body) {
		violated("was %s and is %s", before, body)
	}
	r.bodies[id] = body
	what := m.Data.Number + " " + m.Type
	if m.Type == "order.placed" || m.Type == "order.paid" {
		if other := r.ids[what]; other != "" && other != id {
			violated("is a second one of %s, after %s", what, other)
		}
		r.ids[what] = id
	}
	if m.Type != "order.placed" && !r.taken[m.Data.Number+" order.placed"] {
		violated("%s came before the order's placing was taken", what)
	}
	if take {
		r.taken[id], r.taken[what] = true, true
	}
}

// wrong checks the signature as the specification says it.
func (r *receiver) wrong(h http.Header, body []byte) string {
	seconds, err := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	if err != nil || r.clock.Now().Sub(time.Unix(seconds, 0)).Abs() > time.Hour {
		return "its time is " + h.Get("webhook-timestamp")
	}
	mac := hmac.New(sha256.New, r.key)
	_, _ = fmt.Fprintf(mac, "%s.%d.%s", h.Get("webhook-id"), seconds, body)
	for _, s := range strings.Split(h.Get("webhook-signature"), " ") {
		if hmac.Equal([]byte(s), []byte("v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))) {
			return ""
		}
	}
	return "its signature is wrong"
}

// soothe ends the receiver's faults.
func (r *receiver) soothe() {
	if r == nil {
		return
	}
	r.mu.Lock()
	r.calm = true
	r.mu.Unlock()
}
