package storefront

import (
	"container/list"
	"sync"
)

// bodyCacheBytes bounds the memory of rendered catalogue pages.
const bodyCacheBytes = 16 << 20

// body is a rendered part of a page that depends on the catalogue and the address only, or such a page whole.
type body struct {
	html               []byte
	title, description string
	page               int // of the listing, after a number beyond the last one became the last
}

// bodyCache keeps the bodies used last, nothing of them personal. Keys begin with the catalogue's version, so an old body is never found again
// and leaves when its place is needed.
type bodyCache struct {
	mu     sync.Mutex
	limit  int
	size   int
	byKey  map[string]*list.Element
	recent *list.List // newest first
}

type bodyEntry struct {
	key string
	body
}

func newBodyCache(limit int) *bodyCache {
	return &bodyCache{limit: limit, byKey: map[string]*list.Element{}, recent: list.New()}
}

func (b *bodyCache) get(key string) (body, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.byKey[key]
	if !ok {
		return body{}, false
	}
	b.recent.MoveToFront(e)
	return e.Value.(*bodyEntry).body, true
}

func (b *bodyCache) put(key string, v body) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.byKey[key]; ok || len(v.html) > b.limit/8 {
		return
	}
	b.byKey[key] = b.recent.PushFront(&bodyEntry{key, v})
	for b.size += len(v.html); b.size > b.limit; {
		last := b.recent.Back()
		old := b.recent.Remove(last).(*bodyEntry)
		delete(b.byKey, old.key)
		b.size -= len(old.html)
	}
}
