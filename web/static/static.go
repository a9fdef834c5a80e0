// Package static holds the shop's style sheets, scripts and pictures, embedded in the program and served under names
// that carry a hash of their content, so that browsers may keep them for ever and still see every change at once.
//
// It knows nothing of pages: templates ask it for addresses.
package static

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// Prefix is the path under which Handler must be mounted.
const Prefix = "/static/"

const (
	placeholder = "img/products/placeholder.svg"
	productDir  = "img/products/"
)

// Sheet is the name of all screen style sheets in one file: a page asks once for them.
const Sheet = "css/site.css"

// sheets are joined in this order: what comes later may refine what came before.
var sheets = []string{"app", "frame", "controls", "parts", "tables", "catalogue", "product", "cart", "ways", "signin", "order", "pages", "admin"}

//go:embed css js img
var files embed.FS

// assets is computed once from the embedded files and never changes afterwards.
var assets = load(files)

type asset struct {
	body        []byte
	contentType string
}

type bundle struct {
	urls   map[string]string // "css/app.css" → "/static/css/app.1f2e3d4c5b6a.css"
	served map[string]asset  // by URL path
}

// URL is the address of an embedded file by its name inside this package, e.g. "css/app.css".
// An unknown name gives an address that answers 404.
func URL(name string) string {
	if u, ok := assets.urls[name]; ok {
		return u
	}
	return Prefix + name
}

// Picture is the address of a product picture by its short name ("printer"), or of the drawn placeholder when the
// goods have no picture of ours.
func Picture(name string) string {
	if u, ok := assets.urls[productDir+name+".svg"]; ok {
		return u
	}
	return assets.urls[placeholder]
}

// Handler serves the embedded files under Prefix. Names are content hashed, so answers may be kept for a year;
// everything else is 404.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := assets.served[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.contentType)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
	})
}

func load(fsys fs.FS) bundle {
	b := bundle{urls: map[string]string{}, served: map[string]asset{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err == nil {
			b.add(name, body)
		}
		return err
	})
	if err == nil {
		err = b.join(fsys)
	}
	if err != nil {
		// The files are inside the program: this can only be a broken build.
		panic("static: embedded files: " + err.Error())
	}
	return b
}

func (b bundle) add(name string, body []byte) {
	u := Prefix + hashed(name, body)
	b.urls[name] = u
	b.served[u] = asset{body: body, contentType: contentType(name)}
}

// join makes Sheet of the style sheets that there are.
func (b bundle) join(fsys fs.FS) error {
	var all bytes.Buffer
	for _, name := range sheets {
		body, err := fs.ReadFile(fsys, "css/"+name+".css")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		all.Write(body)
	}
	b.add(Sheet, all.Bytes())
	return nil
}

func hashed(name string, body []byte) string {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
}

// contentType does not ask the machine's own tables first: they differ between systems.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}
