package bankemu

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// webhooks is which documents' ends were not told yet, and what was told.
type webhooks struct {
	urls    map[string]string // by client
	watched map[*payment]bool // moved since the last look: may be final any moment
	drafts  draftHeap         // not signed: become DELETED at the end of their life
	open    []*webhookEvent   // waiting for an answer
	events  []*webhookEvent   // the last webhookKept, oldest first
}

func newWebhooks(clients []Client) webhooks {
	w := webhooks{urls: map[string]string{}, watched: map[*payment]bool{}}
	for _, c := range clients {
		if c.WebhookURL != "" {
			w.urls[c.ID] = c.WebhookURL
		}
	}
	return w
}

// watch: the document may become final without anybody touching it again. The sets hold only documents on their way, so
// that a look never goes through all of them.
func (b *Bank) watch(p *payment) {
	w := &b.st.webhooks
	if p.signed.IsZero() && p.declined == "" && p.pin == nil {
		heap.Push(&w.drafts, p)
		return
	}
	w.watched[p] = true
}

// collectFinal makes events of the final statuses reached by now. Without a registered address they are only forgotten:
// the bank tells what ends after the registration.
func (b *Bank) collectFinal(now time.Time) {
	w := &b.st.webhooks
	for len(w.drafts) > 0 && now.After(w.drafts[0].expires) {
		p, _ := heap.Pop(&w.drafts).(*payment)
		w.watched[p] = true
	}
	first := len(w.events)
	for p := range w.watched {
		status, at, final := b.finalAt(p, now)
		if !final {
			if p.signed.IsZero() && p.pin == nil { // waits among the drafts
				delete(w.watched, p)
			}
			continue
		}
		delete(w.watched, p)
		if w.urls[p.client] == "" || p.reported == status || status == "IMPLEMENTED" && p.pin == nil && b.st.settings.TestContour {
			continue
		}
		p.reported = status
		e := &webhookEvent{ExternalID: p.id, BankStatus: status, EventTime: at.UTC().Format("2006-01-02T15:04:05.000Z"), Client: p.client,
			State: "waiting", at: at, next: at}
		w.events = append(w.events, e)
	}
	fresh := w.events[first:]
	slices.SortFunc(fresh, func(a, b *webhookEvent) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.ExternalID, b.ExternalID))
	})
	w.open = append(w.open, fresh...)
	if len(w.events) > 2*webhookKept {
		w.events = slices.Clone(w.events[len(w.events)-webhookKept:])
	}
}

// draftHeap has the draft that ends first on top.
type draftHeap []*payment

func (h draftHeap) Len() int           { return len(h) }
func (h draftHeap) Less(i, j int) bool { return h[i].expires.Before(h[j].expires) }
func (h draftHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is for container/heap.
func (h *draftHeap) Push(x any) {
	p, _ := x.(*payment)
	*h = append(*h, p)
}

// Pop is for container/heap.
func (h *draftHeap) Pop() any {
	old := *h
	last := len(old) - 1
	p := old[last]
	old[last] = nil
	*h = old[:last]
	return p
}
