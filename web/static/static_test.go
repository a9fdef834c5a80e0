package static

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec
}

func TestURLCarriesTheContentHash(t *testing.T) {
	if got := URL("css/app.css"); !regexp.MustCompile(`^/static/css/app\.[0-9a-f]{12}\.css$`).MatchString(got) {
		t.Errorf("URL(css/app.css) = %q", got)
	}
	one := load(fstest.MapFS{"css/a.css": {Data: []byte("a{}")}}).urls["css/a.css"]
	two := load(fstest.MapFS{"css/a.css": {Data: []byte("b{}")}}).urls["css/a.css"]
	if one == two || one == "" {
		t.Errorf("other content must give another address: %q, %q", one, two)
	}
}

func TestHandlerServesForAYearWithExactTypes(t *testing.T) {
	for name, want := range map[string]string{
		"css/app.css":                  "text/css; charset=utf-8",
		"js/app.js":                    "text/javascript; charset=utf-8",
		"js/order.js":                  "text/javascript; charset=utf-8",
		"img/logo.svg":                 "image/svg+xml",
		"img/favicon.svg":              "image/svg+xml",
		"img/products/placeholder.svg": "image/svg+xml",
	} {
		rec := get(t, URL(name))
		if rec.Code != http.StatusOK || rec.Body.Len() == 0 {
			t.Errorf("%s: status %d, %d bytes", name, rec.Code, rec.Body.Len())
		}
		if got := rec.Header().Get("Content-Type"); got != want {
			t.Errorf("%s: Content-Type %q, want %q", name, got, want)
		}
		if got := rec.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
}

func TestHandlerKnowsOnlyHashedNames(t *testing.T) {
	for _, path := range []string{
		"/static/css/app.css", "/static/", "/static/css/", "/static/../static.go", "/static/css/app.000000000000.css", URL("no/such.css"),
	} {
		rec := get(t, path)
		if rec.Code != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, rec.Code)
		}
		if rec.Header().Get("Cache-Control") != "" {
			t.Errorf("%s: a missing file must not be cached", path)
		}
	}
}

func TestPictureFallsBackToThePlaceholder(t *testing.T) {
	if got := Picture("printer"); !strings.Contains(got, "/printer.") {
		t.Errorf("Picture(printer) = %q", got)
	}
	for _, name := range []string{"", "no-such-thing", "../logo", "http://elsewhere.example/a.png"} {
		if got := Picture(name); got != URL("img/products/placeholder.svg") {
			t.Errorf("Picture(%q) = %q", name, got)
		}
	}
}

// Every style sheet for screens is in the joined one, none twice.
func TestSheetHoldsEverySheet(t *testing.T) {
	joined := string(assets.served[URL(Sheet)].body)
	names, err := fs.Glob(files, "css/*.css")
	if err != nil || len(names) < 5 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if n := strings.Count(joined, string(body)); err != nil || n != 1 && name != "css/print.css" {
			t.Errorf("%s: %d times, %v", name, n, err)
		}
	}
}

// Pictures are served from the shop's own origin: a script or a remote address inside one would run or load there.
func TestPicturesAreInert(t *testing.T) {
	for name, u := range assets.urls {
		if !strings.HasSuffix(name, ".svg") {
			continue
		}
		body := strings.ReplaceAll(string(assets.served[u].body), `xmlns="http://www.w3.org/2000/svg"`, "")
		for _, bad := range []string{"<script", "http:", "https:", "onload", "style=", "<!ENTITY", "href="} {
			if strings.Contains(body, bad) {
				t.Errorf("%s contains %q", name, bad)
			}
		}
		if !strings.Contains(body, "viewBox") {
			t.Errorf("%s has no viewBox", name)
		}
	}
}
