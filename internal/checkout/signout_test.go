package checkout_test

import (
	"errors"
	"testing"
	"time"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/orders"
	"creditcart/internal/sbid"
)

const revokePath = "/ic/sso/api/v2/oauth/revoke"

// leave signs a person out and waits for what happens behind his back.
func (w *world) leave(who sbid.Identity) {
	w.Helper()
	ended := false
	if err := w.service.SignOut(w.ctx, who.Subject, func() error { ended = true; return nil }); err != nil || !ended {
		w.Fatalf("session ended: %v, %v", ended, err)
	}
	w.service.Wait(w.ctx)
}

// alive tells whether the bank still knows a token.
func (w *world) alive(access, subject string) bool {
	w.Helper()
	_, err := w.service.Provider.UserInfo(w.ctx, access, subject)
	return err == nil
}

func (w *world) access(who sbid.Identity) string {
	w.Helper()
	g, err := w.store.Grant(w.ctx, who.Subject)
	if err != nil {
		w.Fatal(err)
	}
	return g.Access
}

func TestSignOutRevokesAtTheBank(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-director")
	token := w.access(who)
	if !w.alive(token, who.Subject) {
		t.Fatal("the token did not work before")
	}
	w.leave(who)
	if w.alive(token, who.Subject) {
		t.Error("the bank still knows the token")
	}
	if _, _, err := w.service.Keeper.Token(w.ctx, who.Subject); !errors.Is(err, sbid.ErrSignInAgain) {
		t.Errorf("the shop still gives it out: %v", err)
	}
	if again := w.signIn("romashka-director"); !w.alive(w.access(again), who.Subject) {
		t.Error("the next sign-in does not work")
	}
}

// The bank is away, the answer is lost, the program is killed: the token is revoked later, by whoever lives then.
func TestRevocationIsNotForgotten(t *testing.T) {
	for name, fault := range map[string]string{
		"503":         `"kind":"status","status":503,"times":1`,
		"answer lost": `"kind":"lose-answer","times":1`,
		"dropped":     `"kind":"drop","times":1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			who := w.signIn("romashka-director")
			token := w.access(who)
			w.fault("POST", revokePath, fault)
			w.leave(who)
			if n := w.calls("POST", revokePath); n != 1 {
				t.Fatalf("asked %d times", n)
			}
			w.service = w.newService() // the program that knew is gone
			w.clock.add(11 * time.Minute)
			w.service.RevokeLeft(w.ctx)
			if w.alive(token, who.Subject) {
				t.Error("the bank still knows the token")
			}
			asked := w.calls("POST", revokePath)
			w.clock.add(time.Hour)
			w.newService().RevokeLeft(w.ctx)
			if n := w.calls("POST", revokePath); n != asked {
				t.Error("asked again about a token that was revoked")
			}
		})
	}
}

// A crash between the mark and the end of the session: the mark stays and the token goes when the session is over.
func TestCrashWhileSigningOut(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-director")
	token := w.access(who)
	err := w.store.SaveSession(w.ctx, sbid.Session{ID: "browser", Subject: who.Subject, CreatedAt: w.clock.Now(), ExpiresAt: w.clock.Now().Add(12 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	crash := errors.New("crash")
	if err := w.service.SignOut(w.ctx, who.Subject, func() error { return crash }); !errors.Is(err, crash) {
		t.Fatal(err)
	}
	w.newService().RevokeLeft(w.ctx)
	if !w.alive(token, who.Subject) {
		t.Error("revoked under a browser that is signed in")
	}
	w.clock.add(12*time.Hour + time.Second)
	w.newService().RevokeLeft(w.ctx)
	if n := w.calls("POST", revokePath); n != 1 {
		t.Errorf("%d tokens were revoked", n)
	}
}

// A paid order is not lost: the token lives as long as it is the way to learn how a document ended, and no longer.
func TestOpenDocumentKeepsTheToken(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-director")
	o := w.order(who, "cheap")
	started, err := w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Invoice})
	if err != nil {
		t.Fatal(err)
	}
	token := w.access(who)
	w.leave(who)
	if !w.alive(token, who.Subject) {
		t.Fatal("revoked although a document is open")
	}
	w.tell("POST", "/api/documents/"+started.ExternalID+"/sign", `{"person":"romashka-director"}`)
	w.reconcile(time.Minute)
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentPaid {
		t.Fatalf("state %s", p.State)
	}
	w.service.RevokeLeft(w.ctx)
	if w.alive(token, who.Subject) {
		t.Error("the token outlived its document")
	}
}

// When no token of the company works, the merchant's own reads the state, and what it cannot see is not taken for absent.
func TestMerchantReadsTheStateWhenNobodyElseCan(t *testing.T) {
	w := newWorld(t)
	who := w.signIn("romashka-director")
	o := w.order(who, "cheap")
	started, err := w.service.Pay(w.ctx, who, checkout.PayForm{Number: o.Number, Method: credit.Invoice})
	if err != nil {
		t.Fatal(err)
	}
	g, err := w.store.Grant(w.ctx, who.Subject)
	if err != nil {
		t.Fatal(err)
	}
	g.Dead = true
	if swapped, err := w.store.SwapGrant(w.ctx, g, g.Version); err != nil || !swapped {
		t.Fatal(swapped, err)
	}
	w.fault("GET", statePath, `"kind":"status","status":404,"times":4`)
	w.reconcile(3 * time.Minute)
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentAwaiting || p.Misses != 0 || p.Review != "" || !p.NeedsLogin {
		t.Errorf("not visible to the merchant: %+v", p)
	}
	w.tell("POST", "/api/documents/"+started.ExternalID+"/sign", `{"person":"romashka-director"}`)
	w.reconcile(75 * time.Minute)
	if p := w.find(who, o.Number).Payments[0]; p.State != orders.PaymentPaid || p.NeedsLogin {
		t.Errorf("state %s, needs login %v", p.State, p.NeedsLogin)
	}
}

func TestMerchantsConnectionSurvivesASignOut(t *testing.T) {
	w := newWorld(t)
	first := w.signIn("merchant-manager")
	token := w.access(first)
	w.leave(first)
	if c, err := w.service.Connection(w.ctx); err != nil || !c.Works || !w.alive(token, first.Subject) {
		t.Errorf("connection %+v, %v", c, err)
	}
}
