package storetest

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"creditcart/internal/money"
	"creditcart/internal/sbid"
	"creditcart/internal/store"
)

func identity(t testing.TB, subject, inn string) sbid.Identity {
	t.Helper()
	sum := money.Amount(123_45)
	id := sbid.Identity{Subject: subject, INN: inn, KPP: "770101001", OrgName: "Ромашка", OrgFullName: "ООО «Ромашка»", LawForm: "ООО",
		HashOrgID: "h", Name: "Иванов", Email: "canary@example.ru", Phone: "+79990001122", Position: "директор", CryptoType: "SMS",
		BuyOnCredit: true, HasActiveLine: true, LineAvailable: &sum, AsOf: noon}
	full(t, id)
	return id
}

func grant(t testing.TB, subject, inn string) sbid.Grant {
	t.Helper()
	g := sbid.Grant{Subject: subject, CompanyINN: inn, Access: "access-" + subject, Refresh: "refresh-" + subject, PrevRefresh: "prev-" + subject,
		Scope: "openid", ExpiresAt: noon.Add(time.Hour), ObtainedAt: noon}
	full(t, g, "Version", "LeaseUntil", "Dead")
	return g
}

func signIn(t testing.TB, s *store.Store, subject, inn string) {
	t.Helper()
	ok(t, s.SignIn(t.Context(), identity(t, subject, inn), grant(t, subject, inn)))
}

func people(t *testing.T, db Database) {
	s := db(t)
	if _, err := s.Account(t.Context(), "sub"); !errors.Is(err, sbid.ErrNoGrant) {
		t.Errorf("unknown person: %v", err)
	}
	if _, err := s.Grant(t.Context(), "sub"); !errors.Is(err, sbid.ErrNoGrant) {
		t.Errorf("unknown person: %v", err)
	}
	signIn(t, s, "sub", romashka)
	id := identity(t, "sub", romashka)
	same(t, "identity", got(s.Account(t.Context(), "sub"))(t), id)

	newer := id
	newer.LineAvailable, newer.BuyOnCredit, newer.AsOf = nil, false, noon.Add(time.Minute)
	ok(t, s.SaveAccount(t.Context(), newer))
	same(t, "newer identity", got(s.Account(t.Context(), "sub"))(t), newer)
	ok(t, s.SaveAccount(t.Context(), id))
	same(t, "identity after an older one came late", got(s.Account(t.Context(), "sub"))(t), newer)
}

func grants(t *testing.T, db Database) {
	s := db(t)
	signIn(t, s, "sub", romashka)
	want := grant(t, "sub", romashka)
	want.Version = 1
	same(t, "grant", got(s.Grant(t.Context(), "sub"))(t), want)

	lease := func(version int64, now time.Time) bool {
		t.Helper()
		return got(s.LeaseGrant(t.Context(), "sub", version, now, now.Add(30*time.Second)))(t)
	}
	switch {
	case lease(0, noon), lease(2, noon):
		t.Error("leased at a wrong version")
	case !lease(1, noon):
		t.Error("not leased")
	case lease(1, noon.Add(29*time.Second)):
		t.Error("leased twice")
	case !lease(1, noon.Add(30*time.Second)):
		t.Error("not leased after the lease ran out")
	}
	want.LeaseUntil = noon.Add(time.Minute)
	same(t, "leased", got(s.Grant(t.Context(), "sub"))(t), want)

	next := want
	next.Access, next.Refresh, next.PrevRefresh, next.Dead, next.Scope = "a2", "r2", "", true, "s2"
	next.LeaseUntil = noon.Add(3 * time.Minute)
	next.CompanyINN, next.ExpiresAt, next.ObtainedAt, next.Version = other, noon.Add(2*time.Hour), noon.Add(time.Hour), 77
	for seen, swaps := range map[int64]bool{0: false, 2: false, 77: false} {
		if got(s.SwapGrant(t.Context(), next, seen))(t) != swaps {
			t.Errorf("swapped at version 1, seen %d", seen)
		}
	}
	if !got(s.SwapGrant(t.Context(), next, 1))(t) {
		t.Fatal("not swapped")
	}
	next.Version = 2
	same(t, "swapped", got(s.Grant(t.Context(), "sub"))(t), next)

	signIn(t, s, "sub", romashka)
	want.Version, want.LeaseUntil = 3, time.Time{}
	same(t, "after a new sign-in", got(s.Grant(t.Context(), "sub"))(t), want)
	if got(s.SwapGrant(t.Context(), next, 2))(t) {
		t.Error("a refresh that began before the sign-in replaced its tokens")
	}
	none := next
	none.Subject = "nobody"
	if got(s.SwapGrant(t.Context(), none, 0))(t) {
		t.Error("swapped the tokens of nobody")
	}
}

func unfinished(t *testing.T, db Database) {
	s := db(t)
	for i, subject := range []string{"done", "late", "early", "busy", "dead"} {
		signIn(t, s, subject, romashka)
		g := grant(t, subject, romashka)
		if i > 0 {
			g.LeaseUntil = noon.Add(time.Duration(-i) * time.Minute)
		}
		if subject == "busy" {
			g.LeaseUntil = noon.Add(time.Millisecond)
		}
		g.Dead = subject == "dead"
		got(s.SwapGrant(t.Context(), g, 1))(t)
	}
	same(t, "unfinished", got(s.Unfinished(t.Context(), noon, 9))(t), []string{"early", "late"})
	same(t, "the first", got(s.Unfinished(t.Context(), noon, 1))(t), []string{"early"})
	same(t, "when the lease has passed", got(s.Unfinished(t.Context(), noon.Add(time.Millisecond), 9))(t), []string{"early", "late", "busy"})
}

func grantRace(t *testing.T, db Database) {
	signIn(t, db(t), "sub", romashka)
	for round := range int64(5) {
		var leased, swapped atomic.Int32
		together(t, db, 8, func(s *store.Store, _ int) error {
			won, err := s.LeaseGrant(t.Context(), "sub", 1+round, noon, noon.Add(time.Minute))
			if won {
				leased.Add(1)
			}
			return err
		})
		together(t, db, 8, func(s *store.Store, i int) error {
			won, err := s.SwapGrant(t.Context(), grant(t, "sub", romashka), 1+round)
			if won {
				swapped.Add(1)
			}
			return err
		})
		if leased.Load() != 1 || swapped.Load() != 1 {
			t.Errorf("%d leased, %d swapped; want 1, 1", leased.Load(), swapped.Load())
		}
	}
}

func liveSubjects(t *testing.T, db Database) {
	s := db(t)
	for i, subject := range []string{"a", "b", "c", "d"} {
		g := grant(t, subject, romashka)
		g.ObtainedAt = noon.Add(time.Duration(i) * time.Minute)
		ok(t, s.SignIn(t.Context(), identity(t, subject, romashka), g))
	}
	signIn(t, s, "x", other)
	dead := got(s.Grant(t.Context(), "c"))(t)
	dead.Dead = true
	got(s.SwapGrant(t.Context(), dead, 1))(t)
	same(t, "subjects", got(s.LiveSubjects(t.Context(), romashka))(t), []string{"d", "b", "a"})
	same(t, "of nobody", got(s.LiveSubjects(t.Context(), "0"))(t), []string(nil))
}

func merchant(t *testing.T, db Database) {
	s := db(t)
	same(t, "nobody", got(s.Merchant(t.Context()))(t), sbid.Connection{})
	for _, c := range []sbid.Connection{{Subject: "a", Name: "Петров", ConnectedAt: noon}, {Subject: "b", Name: "Сидоров", ConnectedAt: noon.Add(time.Hour)}} {
		ok(t, s.SetMerchant(t.Context(), c))
		same(t, "connection", got(s.Merchant(t.Context()))(t), c)
	}
}

func snapshots(t *testing.T, db Database) {
	s := db(t)
	if body, asOf, err := s.Snapshot(t.Context(), "k"); body != nil || !asOf.IsZero() || err != nil {
		t.Errorf("absent: %q, %v, %v", body, asOf, err)
	}
	for i, body := range []string{`[1]`, ``, `[2]`} {
		at := noon.Add(-time.Duration(i) * time.Minute) // an older one replaces as well: that is how an answer is made stale
		ok(t, s.SaveSnapshot(t.Context(), "k", []byte(body), at))
		got, asOf, err := s.Snapshot(t.Context(), "k")
		if string(got) != body || got == nil || !asOf.Equal(at) || err != nil {
			t.Errorf("%q at %v came back as %q at %v, %v", body, at, got, asOf, err)
		}
	}
}

func sessions(t *testing.T, db Database) {
	s := db(t)
	v := sbid.Session{ID: "s1", Subject: "sub", Data: []byte("data"), CreatedAt: noon, SeenAt: noon.Add(time.Minute), ExpiresAt: noon.Add(time.Hour)}
	full(t, v)
	read := func(id string, now time.Time) (sbid.Session, bool) {
		t.Helper()
		v, found, err := s.Session(t.Context(), id, now)
		ok(t, err)
		return v, found
	}
	if _, found := read("s1", noon); found {
		t.Error("found before it was saved")
	}
	ok(t, s.SaveSession(t.Context(), v))
	v.SeenAt, v.Data = noon.Add(2*time.Minute), []byte("changed")
	ok(t, s.SaveSession(t.Context(), v))
	back, _ := read("s1", noon)
	same(t, "session", back, v)
	if _, found := read("s1", v.ExpiresAt); found {
		t.Error("found when it had expired")
	}
	v.ID, v.ExpiresAt = "s2", noon.Add(2*time.Hour)
	ok(t, s.SaveSession(t.Context(), v))
	ok(t, s.PurgeSessions(t.Context(), noon.Add(time.Hour+time.Second)))
	if _, found := read("s1", noon); found {
		t.Error("an expired session was not purged")
	}
	if _, found := read("s2", noon); !found {
		t.Error("a living session was purged")
	}
	ok(t, s.TouchSession(t.Context(), "s2", noon.Add(5*time.Minute)))
	ok(t, s.TouchSession(t.Context(), "s2", noon.Add(4*time.Minute)))
	v.SeenAt = noon.Add(5 * time.Minute)
	back, _ = read("s2", noon)
	same(t, "touched session", back, v)
	ok(t, s.DeleteSession(t.Context(), "s2"))
	ok(t, s.TouchSession(t.Context(), "s2", noon.Add(6*time.Minute)))
	ok(t, s.DeleteSession(t.Context(), "s2"))
	if _, found := read("s2", noon); found {
		t.Error("found after it was revoked")
	}
}

func attempts(t *testing.T, db Database) {
	s := db(t)
	p := sbid.Pending{ID: "a1", Contour: "sms", State: "st", Nonce: "no", Verifier: "ve", Return: "/cart", ExpiresAt: noon.Add(10 * time.Minute)}
	full(t, p)
	ok(t, s.SavePending(t.Context(), p))
	if err := s.SavePending(t.Context(), p); err == nil {
		t.Error("an id was saved twice")
	}
	var taken atomic.Int32
	together(t, db, 16, func(s *store.Store, _ int) error {
		back, found, err := s.TakePending(t.Context(), "a1", noon)
		if found {
			taken.Add(1)
			same(t, "attempt", back, p)
		}
		return err
	})
	if taken.Load() != 1 {
		t.Errorf("taken %d times", taken.Load())
	}
	for name, at := range map[string]time.Time{"a2": p.ExpiresAt, "a3": p.ExpiresAt.Add(-time.Millisecond)} {
		p.ID = name
		ok(t, s.SavePending(t.Context(), p))
		_, found, err := s.TakePending(t.Context(), name, at)
		ok(t, err)
		if want := name == "a3"; found != want {
			t.Errorf("%v before it expires: found %v", p.ExpiresAt.Sub(at), found)
		}
	}
	p.ID = "a4"
	ok(t, s.SavePending(t.Context(), p))
	ok(t, s.PurgeSessions(t.Context(), p.ExpiresAt.Add(time.Second)))
	if _, found, _ := s.TakePending(t.Context(), "a4", noon); found {
		t.Error("an expired attempt was not purged")
	}
}
