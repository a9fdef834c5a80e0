package storefront

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

// The catalogue page of 24 products through the whole chain, and a bare server that sends the same bytes: their ratio is
// what the shop costs. Run both in one go: go test -bench Page -cpu 2.
func BenchmarkCatalogPage(b *testing.B) {
	w := newWorld(b)
	w.server.versionAge = versionAge
	load(b, w.shop.URL+"/c/office")
}

func BenchmarkBarePage(b *testing.B) {
	w := newWorld(b)
	page := []byte(w.browser().get("/c/office").body)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		_, _ = w.Write(page)
	}))
	defer srv.Close()
	load(b, srv.URL)
}

func load(b *testing.B, address string) {
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		client := &http.Client{Transport: &http.Transport{}}
		for pb.Next() {
			resp, err := client.Get(address)
			if err != nil || resp.StatusCode != http.StatusOK {
				b.Error(resp, err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	})
}
