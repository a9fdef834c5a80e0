package storefront

import (
	"context"
	"errors"
	"testing"
	"time"

	"creditcart/internal/audit"
)

// keeper remembers what was kept, and fails when it is told to.
type keeper struct {
	to      Audit
	entries []audit.Entry
	err     error
}

func (k *keeper) Audit(ctx context.Context, entries ...audit.Entry) error {
	if k.err != nil {
		return k.err
	}
	k.entries = append(k.entries, entries...)
	return k.to.Audit(ctx, entries...)
}

func (k *keeper) count(kind, object, detail string) (n int) {
	for _, e := range k.entries {
		if e.Kind == kind && e.Object == object && e.Detail == detail {
			n++
		}
	}
	return n
}

func TestRefusalsAndTheMerchantAreKept(t *testing.T) {
	w := limited(t, Limits{SignIn: 6})
	w.check(w.config.Provider.AdoptSecret(t.Context(), time.Time{}))
	k := &keeper{to: w.store}
	w.server.Audit = k
	admin, stranger := w.connect(), w.browser().signIn("romashka-director")
	number := stranger.order("cheap")
	stranger.get("/admin").want(t, 403)
	stranger.get("/admin/orders/"+number).want(t, 403)
	w.browser().do("POST", "/cart", nil, "Origin", "https://evil.test").want(t, 403)
	b := w.browser()
	b.get(b.atBank(b.get("/login?contour=sms").to(t, 302, w.bank.URL), "romashka-buyer", "deny")).want(t, 403)
	b.get("/login/callback?code=x&state=y").want(t, 400)
	admin.post("/admin/offers/refresh").to(t, 303, "/admin")
	admin.post("/admin/secret").to(t, 303, "/admin")
	admin.get("/admin/orders/"+number).want(t, 200)
	for range 5 {
		b.get("/login?contour=sms")
	}
	for _, want := range []audit.Entry{
		{Kind: audit.Refused, Object: "GET /admin"}, {Kind: audit.Refused, Object: "GET /admin/orders/:number"}, {Kind: audit.Refused, Object: "POST /cart"},
		{Kind: audit.SignInRefused, Object: "sms", Detail: "denied"}, {Kind: audit.SignInRefused, Detail: "state"},
		{Kind: audit.MerchantOffers}, {Kind: audit.MerchantSecret}, {Kind: audit.MerchantRead, Object: number}, {Kind: audit.Limit, Detail: "sign-in"},
	} {
		if n := k.count(want.Kind, want.Object, want.Detail); n != 1 {
			t.Errorf("%+v: %d rows\n%+v", want, n, k.entries)
		}
	}
	if e := k.entries[0]; e.Kind != audit.Refused || e.Actor != w.subject(stranger) || e.Company == "" {
		t.Errorf("who was refused: %+v", e)
	}
	if r, err := w.store.VerifyAudit(t.Context(), audit.Head{}); err != nil || len(r.Problems) > 0 || r.Waiting < 12 {
		t.Errorf("%+v, %v", r, err)
	}
}

// An address that is refused all the time does not fill the database.
func TestRefusalsOfOneAddressAreBounded(t *testing.T) {
	w := newWorld(t)
	k := &keeper{to: w.store}
	w.server.Audit = k
	b := w.browser()
	for range refusalsKept + 30 {
		b.do("POST", "/cart", nil, "Origin", "https://evil.test").want(t, 403)
	}
	if len(k.entries) != refusalsKept+1 || k.count(audit.Limit, "", "refusals") != 1 {
		t.Errorf("%d rows", len(k.entries))
	}
}

// What the merchant does is not done when it cannot be kept; a refusal stays a refusal.
func TestNothingOfTheMerchantHappensUnkept(t *testing.T) {
	w := newWorld(t)
	admin, stranger := w.connect(), w.browser().signIn("romashka-director")
	number := stranger.order("cheap")
	w.server.Audit = &keeper{err: errors.New("disk full")}
	admin.get("/admin/orders/"+number).want(t, 500)
	admin.post("/admin/offers/refresh").want(t, 500)
	stranger.get("/admin").want(t, 403)
}
