package bankemu

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
)

func (f *fault) apply(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if f.Kind == "bad-jwt" {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), jwtFaultKey{}, f)))
		return
	}
	rec := httptest.NewRecorder()
	if f.AfterWork || slices.Contains([]string{"lose-answer", "truncate", "unknown-status", "unknown-field", "wrong-content-type", "duplicate-callback"}, f.Kind) {
		next.ServeHTTP(rec, r)
	}
	switch f.Kind {
	case "lose-answer", "drop":
		panic(http.ErrAbortHandler)
	case "truncate":
		pass(w, rec, rec.Body.Bytes()[:rec.Body.Len()/2])
	case "unknown-status":
		pass(w, rec, withUnknownStatus(rec.Body.Bytes(), or(f.Value, "BANK_ONLY_KNOWS")))
	case "unknown-field":
		pass(w, rec, withUnknownFields(rec.Body.Bytes()))
	case "wrong-content-type":
		rec.Header().Set("Content-Type", or(f.Value, "text/plain; charset=utf-8"))
		pass(w, rec, rec.Body.Bytes())
	case "duplicate-callback":
		callTwice(w, rec)
	case "html":
		f.answer(w, "text/html; charset=utf-8", "<html><head><title>Service</title></head><body><h1>Сервис временно недоступен</h1></body></html>", http.StatusOK)
	case "status":
		rep := standardError(r.URL.Path, f.Status)
		f.answer(w, rep.contentType, string(rep.body), f.Status)
	}
}

// pass sends a recorded answer on with a body of its own.
func pass(w http.ResponseWriter, rec *httptest.ResponseRecorder, body []byte) {
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	_, _ = w.Write(body)
}

func (f *fault) answer(w http.ResponseWriter, contentType, body string, status int) {
	if f.Body != "" {
		body = f.Body
	}
	if f.Status != 0 {
		status = f.Status
	}
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	w.Header().Set("Content-Type", contentType)
	for name, value := range f.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	if status != http.StatusNoContent && status != http.StatusNotModified {
		_, _ = w.Write([]byte(body))
	}
}

// rewrite applies change to every object of a JSON text, the inner ones first. What is not JSON stays as it is.
func rewrite(body []byte, change func(map[string]any)) []byte {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber() // 12200.00 must not become 12200
	var v any
	if dec.Decode(&v) != nil {
		return body
	}
	eachObject(v, change)
	return jsonReply(http.StatusOK, v).body
}

func eachObject(v any, change func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			eachObject(item, change)
		}
	case map[string]any:
		for _, item := range v {
			eachObject(item, change)
		}
		change(v)
	}
}

func withUnknownStatus(body []byte, code string) []byte {
	return rewrite(body, func(o map[string]any) {
		if _, has := o["bankStatus"]; has {
			o["bankStatus"] = code
		}
	})
}

// withUnknownFields adds fields of every JSON type: the bank may add optional fields to an answer at any time.
func withUnknownFields(body []byte) []byte {
	return rewrite(body, func(o map[string]any) {
		o["newText"], o["newNumber"], o["newFlag"], o["newNothing"] = "добавлено банком", json.Number("1.50"), true, nil
		o["newBlock"] = map[string]any{"list": []any{1, "2", nil}}
	})
}

// standardError is the body that the bank sends with a status, in the dialect of the address.
func standardError(path string, status int) reply {
	sso := strings.HasPrefix(path, "/ic/")
	switch {
	case status < 400:
		return reply{status: status, contentType: "application/json;charset=UTF-8", body: []byte("{}")}
	case sso && strings.HasSuffix(path, "/user-info") && status == 401:
		return jsonReply(status, map[string]string{"error": "UNAUTHORIZED"})
	case sso && status == 403:
		return ssoForbidden("ACCESS_EXCEPTION", "Доступ запрещен")
	case sso && status == 401:
		return oauthError(status, "invalid_client", "Client authentication failed")
	case sso && status < 429:
		return oauthError(status, "invalid_grant", "The request was refused")
	}
	type words struct{ cause, message string }
	w, ok := map[int]words{
		400: {"WORKFLOW_FAULT", "Невозможно идентифицировать организацию плательщика"},
		401: {"UNAUTHORIZED", "accessToken not found by value ="},
		403: {"ACTION_ACCESS_EXCEPTION", "Операция не может быть выполнена: доступ к ресурсу запрещен"},
		404: {"DATA_NOT_FOUND", "Документ не найден"},
		429: {"TOO_MANY_REQUESTS", "Превышено количество запросов"},
		503: {"UNAVAILABLE_RESOURCE_EXCEPTION", "Сервис временно недоступен"},
	}[status]
	if !ok {
		w = words{"UNKNOWN_EXCEPTION", "Внутренняя ошибка сервера"}
	}
	return fail(status, w.cause, w.message)
}
