package storefront

import (
	"net/url"
	"strings"
	"testing"
)

func TestCatalogPages(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.get("/?page=2").want(t, 200, "Товары 25–35 из 35")
	b.get("/?page=99").want(t, 200, "Товары 25–35 из 35")
	for _, bad := range []string{"0", "-3", "x", "1e3", "99999999999999999999"} {
		b.get("/?page="+bad).want(t, 200, "Товары 1–24 из 35")
	}
	b.get("/c/paper?sort=-price").want(t, 200, "Бумага", "Сервер")
	b.get("/search?q="+url.QueryEscape("БУМАГА а4")).want(t, 200, "Бумага А4", "1 товар")
	b.get("/search?q="+url.QueryEscape("бумажник-самолёт")).want(t, 200, "ничего не нашлось", "Смотреть «")
	b.get("/search?q=%20").to(t, 303, "/")
	b.get("/search?q=%ff%00").want(t, 200)
	b.get("/p/cheap").want(t, 200, "Бумага А4", "Служит долго.")
	if r := b.get("/p/cheap"); strings.Contains(r.body, "в месяц") {
		t.Error("conditions for nobody")
	}
	b.get("/search?q="+url.QueryEscape("<script>alert(1)</script>")).want(t, 200)
	if r := b.get("/search?q=" + url.QueryEscape(`"><script>alert(1)</script>`)); strings.Contains(r.body, "<script>alert") {
		t.Error("what was searched for is markup")
	}
	w.connect()
	b.signIn("romashka-buyer")
	b.get("/cart")
	b.post("/cart", "product", "mid", "quantity", "1")
	b.get("/cart").want(t, 200, "Примерный платёж")
	b.get("/p/mid").want(t, 200, "в кредит примерно", "на 12 мес.", "Кредит до 3 000 000 ₽")
	b.get("/").want(t, 200, "Кредит до 3 000 000 ₽")
	if r := b.get("/p/cheap").want(t, 200, "Кредит до 3 000 000 ₽"); strings.Contains(text(r.body), "в кредит примерно") {
		t.Error("a price under the smallest credit is told as a credit")
	}
}

// The page for those of whom nothing is known is kept whole; whoever has a cart, a session or news gets a page of his own.
func TestSharedPagesHoldNothingPersonal(t *testing.T) {
	w := newWorld(t)
	first := w.browser().get("/c/paper?utm=1").want(t, 200)
	if second := w.browser().get("/c/paper?page=1&x=y").want(t, 200); second.body != first.body {
		t.Error("the same page differs between visitors")
	}
	b := w.browser()
	b.post("/cart", "product", "mid", "quantity", "1", "return", "/c/paper").to(t, 303, "/c/paper")
	b.get("/c/paper").want(t, 200, "Товар в корзине.", "184 500 ₽")
	b.get("/c/paper").want(t, 200, "1 товар")
	w.browser().signIn("sokolov").get("/c/paper").want(t, 200, "Соколов")
	if again := w.browser().get("/c/paper").want(t, 200); again.body != first.body {
		t.Error("somebody's page was kept for all")
	}
	feed := testFeed()
	feed.Products[1].Name = "Стол письменный"
	w.check(w.store.ReplaceCatalog(t.Context(), feed))
	w.browser().get("/c/paper").want(t, 200, "Стол письменный")
}

func TestBodyCacheKeepsItsBounds(t *testing.T) {
	cache := newBodyCache(1000)
	for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		cache.put(key, body{html: make([]byte, 120)})
		cache.get("a")
	}
	cache.put("huge", body{html: make([]byte, 500)})
	if _, ok := cache.get("a"); !ok || cache.size > 1000 {
		t.Errorf("size %d, the page in use is kept: %v", cache.size, ok)
	}
	for _, gone := range []string{"b", "huge"} {
		if _, ok := cache.get(gone); ok {
			t.Errorf("%s is kept", gone)
		}
	}
}
