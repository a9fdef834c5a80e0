package bankemu

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// formsAsJSON lets plain HTML forms use the JSON API: fields become JSON, the answer to a success is the page again and
// to a mistake a page that says it. A body that begins as JSON is JSON: curl -d calls all a form.
//
// Fields of no object: _method replaces POST, _json is JSON that is merged in, _back is the place of the page to return
// to. Empty fields are left out, unless the form has _empty.
func formsAsJSON(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			controlError(http.StatusRequestEntityTooLarge, errors.New("the body is too large or was cut")).write(w)
			return
		}
		if start := bytes.TrimSpace(body); !bytes.HasPrefix(start, []byte("{")) && !bytes.HasPrefix(start, []byte("[")) {
			again := &pageAgain{ResponseWriter: w, back: "/"}
			defer again.finish()
			w = again
			form, err := readForm(string(start))
			if err == nil {
				body, err = formBody(form)
			}
			if err != nil {
				controlError(http.StatusBadRequest, err).write(w)
				return
			}
			if back := form.Get("_back"); reBack.MatchString(back) {
				again.back += back
			}
			if m := form.Get("_method"); m != "" {
				r.Method = m
			}
		}
		r.Header.Set("Content-Type", "application/json")
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		next.ServeHTTP(w, r)
	})
}

var reBack = regexp.MustCompile(`^#[a-z-]{1,20}$`)

// readForm refuses what only a form's content type calls a form: a field without a value would be a silent nothing.
func readForm(body string) (url.Values, error) {
	if body != "" && !strings.Contains(body, "=") {
		return nil, errors.New("the body is neither JSON nor a form")
	}
	return url.ParseQuery(body)
}

// numberFields are those of the API that are JSON numbers.
var numberFields = map[string]bool{"times": true, "skip": true, "status": true, "every": true, "percent": true, "seed": true, "rate": true, "statementRate": true, "statementWaits": true}

func formBody(form url.Values) ([]byte, error) {
	out := map[string]any{}
	for name, values := range form {
		v := strings.TrimSpace(values[0])
		switch {
		case strings.HasPrefix(name, "_") || v == "" && (!form.Has("_empty") || numberFields[name]):
		case v == "true" || v == "false":
			out[name] = v == "true"
		default:
			out[name] = v
			if n, err := strconv.Atoi(v); err == nil && numberFields[name] {
				out[name] = n
			}
		}
	}
	if form.Has("_json") {
		if err := json.Unmarshal([]byte(form.Get("_json")), &out); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

// pageAgain turns the answer of the API into one for a person: the control page again, or what was wrong.
type pageAgain struct {
	http.ResponseWriter
	back   string
	status int
	body   bytes.Buffer
}

func (w *pageAgain) WriteHeader(status int) { w.status = status }

func (w *pageAgain) Write(p []byte) (int, error) { return w.body.Write(p) }

func (w *pageAgain) finish() {
	if w.status < http.StatusBadRequest {
		redirect(http.StatusSeeOther, w.back).write(w.ResponseWriter)
		return
	}
	var said struct{ Error string }
	if json.Unmarshal(w.body.Bytes(), &said) != nil {
		said.Error = w.body.String()
	}
	w.Header().Set("Content-Security-Policy", pagePolicy)
	page(w.status, templates, "message.html", message{frame{"control", "Управление эмулятором", "Не получилось"}, said.Error, "Вернуться к управлению", w.back}).write(w.ResponseWriter)
}
