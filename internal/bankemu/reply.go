package bankemu

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// maxBody is the largest request the bank reads.
const maxBody = 1 << 20

// call is a request whose body has been read; reply is an answer ready to be written. Between the two a handler
// holds the bank's lock, so it must not touch the network.
type call struct {
	r    *http.Request
	body []byte
	now  time.Time // the bank's clock

	documented bool // settings.Documented
}

type reply struct {
	status      int
	contentType string
	body        []byte
	location    string
	retryAfter  string
	cookie      *http.Cookie
	later       func() reply // makes the answer without the bank's lock; the other fields do not count
}

type action func(*call) reply

// locked turns an action into a handler: read, lock, act, unlock, write.
func (b *Bank) locked(act action) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := bodyOf(w, r)
		if err != nil {
			http.Error(w, "request body is too large or was cut", http.StatusRequestEntityTooLarge)
			return
		}
		rep := func() reply {
			b.mu.Lock()
			defer b.mu.Unlock()
			return act(&call{r: r, body: body, now: b.now(), documented: b.st.settings.Documented})
		}()
		if rep.later != nil {
			rep = rep.later()
		}
		rep.write(w)
	}
}

func (p reply) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if p.cookie != nil {
		http.SetCookie(w, p.cookie)
	}
	if p.contentType != "" {
		h.Set("Content-Type", p.contentType)
	}
	if p.location != "" {
		h.Set("Location", p.location)
	}
	if p.retryAfter != "" {
		h.Set("Retry-After", p.retryAfter)
	}
	w.WriteHeader(p.status)
	_, _ = w.Write(p.body) // a caller who hung up is no concern of the bank
}

func jsonReply(status int, v any) reply {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return reply{status: http.StatusInternalServerError, contentType: "text/plain; charset=utf-8", body: []byte(err.Error())}
	}
	return reply{status: status, contentType: "application/json;charset=UTF-8", body: bytes.TrimRight(buf.Bytes(), "\n")}
}

func redirect(status int, to string) reply { return reply{status: status, location: to} }

func page(status int, t *template.Template, name string, data any) reply {
	var buf bytes.Buffer
	if err := t.ExecuteTemplate(&buf, name, data); err != nil {
		return reply{status: http.StatusInternalServerError, contentType: "text/plain; charset=utf-8", body: []byte(err.Error())}
	}
	return reply{status: status, contentType: "text/html; charset=utf-8", body: buf.Bytes()}
}

// The bank speaks three dialects of errors: OAuth, a short one for refused rights under /ic/sso, and the fintech one.

func oauthError(status int, code, description string) reply {
	return jsonReply(status, map[string]string{"error": code, "error_description": description})
}

func ssoForbidden(code, message string) reply {
	return jsonReply(http.StatusForbidden, map[string]string{"errorCode": code, "errorMsg": message})
}

// notice is the fintech dialect: Notice for 401, 403, 404, 500; ResourceFault for 400.
type notice struct {
	Cause       string   `json:"cause"`
	ReferenceID string   `json:"referenceId"`
	Message     string   `json:"message"`
	Checks      []check  `json:"checks,omitempty"`
	FieldNames  []string `json:"fieldNames,omitempty"`
}

type check struct {
	Level   string   `json:"level"` // ERROR or WARNING
	Message string   `json:"message"`
	Fields  []string `json:"fields,omitempty"`
}

func fail(status int, cause, message string) reply {
	return jsonReply(status, notice{Cause: cause, ReferenceID: uuid.NewString(), Message: message})
}

func workflowFault(message string) reply {
	return fail(http.StatusBadRequest, "WORKFLOW_FAULT", message)
}
