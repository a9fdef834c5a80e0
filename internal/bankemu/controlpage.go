package bankemu

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// controlPage shows everything and has a form for most of the API; it needs no JavaScript.
func (b *Bank) controlPage(w http.ResponseWriter, _ *http.Request) {
	entries := b.journal.list(filter{limit: 50})
	slices.Reverse(entries)
	rep := func() reply {
		b.mu.Lock()
		defer b.mu.Unlock()
		now := b.now()
		docs := b.documentList(now)
		slices.Reverse(docs)
		return page(http.StatusOK, templates, "control.html", struct {
			frame
			Clock, Offset, Step string
			Settings            settings
			Companies           []Company
			Offers              map[string][]Offer
			Documents           []documentRow
			Statuses            []string
			Faults              []*fault
			Kinds               []string
			Sessions            int
			Entries             []entry
		}{frame{"control", "Управление эмулятором", "Управление"}, now.In(moscow).Format("02.01.2006 15:04:05") + " МСК", b.st.offset.String(),
			b.st.step.String(), b.st.settings, b.st.scenario.Companies, b.st.scenario.Offers, docs, slices.Sorted(maps.Keys(statusNames)), b.st.faults, faultKinds,
			len(b.st.sessions), entries})
	}()
	w.Header().Set("Content-Security-Policy", pagePolicy)
	rep.write(w)
}

// formsAsJSON lets plain HTML forms use the JSON API: fields become JSON, _method replaces POST, and the answer to a
// success is the page again. Empty fields are left out. A body that begins as JSON is JSON: curl -d calls all a form.
func formsAsJSON(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "bad form", http.StatusBadRequest)
			return
		}
		if start := bytes.TrimSpace(body); !bytes.HasPrefix(start, []byte("{")) && !bytes.HasPrefix(start, []byte("[")) {
			form, err := readForm(string(start))
			if err != nil {
				controlError(http.StatusBadRequest, err).write(w)
				return
			}
			if m := form.Get("_method"); m != "" {
				r.Method = m
			}
			if body, err = json.Marshal(formValues(form)); err != nil {
				controlError(http.StatusBadRequest, err).write(w)
				return
			}
			w = &pageAgain{statusWriter: &statusWriter{ResponseWriter: w}}
		}
		r.Header.Set("Content-Type", "application/json")
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		next.ServeHTTP(w, r)
	})
}

// readForm refuses what only a form's content type calls a form: a field without a value would be a silent nothing.
func readForm(body string) (url.Values, error) {
	if body != "" && !strings.Contains(body, "=") {
		return nil, errors.New("the body is neither JSON nor a form")
	}
	return url.ParseQuery(body)
}

func formValues(form url.Values) map[string]any {
	out := map[string]any{}
	for name, values := range form {
		v := strings.TrimSpace(values[0])
		switch {
		case name == "_method" || v == "":
		case v == "true" || v == "false":
			out[name] = v == "true"
		case name == "times" || name == "skip" || name == "status":
			if n, err := strconv.Atoi(v); err == nil {
				out[name] = n
			} else {
				out[name] = v
			}
		default:
			out[name] = v
		}
	}
	return out
}

// pageAgain turns a success into a redirect to the control page and lets errors through.
type pageAgain struct {
	*statusWriter
	silent bool
}

func (w *pageAgain) WriteHeader(status int) {
	if status < 400 {
		w.Header().Set("Location", "/")
		status, w.silent = http.StatusSeeOther, true
	}
	w.statusWriter.WriteHeader(status)
}

func (w *pageAgain) Write(p []byte) (int, error) {
	if w.silent {
		return len(p), nil
	}
	return w.statusWriter.Write(p)
}
