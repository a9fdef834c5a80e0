package sbid_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"creditcart/internal/sbid"
)

// rounds calls Finish every half minute, as the shop does.
func rounds(t *testing.T, k *sbid.Keeper, span time.Duration) {
	t.Helper()
	for end := time.Now().Add(span); time.Now().Before(end); time.Sleep(30 * time.Second) {
		if _, err := k.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// The answer of a refresh was lost, and nobody needs the token for the hour in which the bank repeats it.
func TestLostRefreshIsRepeatedByItself(t *testing.T) {
	lost := map[string]func(http.ResponseWriter, *http.Request){
		"timeout": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"500":     func(w http.ResponseWriter, _ *http.Request) { answer(w, 500, `{}`) },
		"cut":     func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `{"access_to`) },
	}
	for name, lose := range lost {
		t.Run(name, func(t *testing.T) {
			keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
				f.token = func(n int, r *http.Request, w http.ResponseWriter) {
					if n <= 2 { // the first repeat is lost as well
						lose(w, r)
						return
					}
					refreshes(n, r, w)
				}
				if _, _, err := k.Token(t.Context(), personID); err == nil {
					t.Fatal("a token of a lost answer")
				}
				rounds(t, k, time.Minute)
				if len(f.forms) != 1 {
					t.Errorf("repeated at once: %v", f.forms)
				}
				rounds(t, k, 9*time.Minute)
				if g := s.row(); g.Refresh != "refresh3" || !g.LeaseUntil.IsZero() || g.Dead {
					t.Errorf("row %+v", g)
				}
				if strings.Join(f.forms, " ") != "refresh0 refresh0 refresh0" {
					t.Errorf("asked with %v", f.forms)
				}
			})
		})
	}
}

// The process died while it asked: its lease is all that is known. The access token may be young.
func TestRefreshOfADeadProcessIsRepeated(t *testing.T) {
	keeping(t, time.Minute, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
		g := kept(time.Minute)
		g.LeaseUntil = time.Now().Add(30 * time.Second)
		s.set(g)
		rounds(t, k, 2*time.Minute)
		if len(f.forms) != 0 {
			t.Errorf("asked with %v while its owner may be at work", f.forms)
		}
		rounds(t, k, 2*time.Minute)
		if g := s.row(); strings.Join(f.forms, " ") != "refresh0" || g.Refresh != "refresh1" || !g.LeaseUntil.IsZero() {
			t.Errorf("asked with %v, row %+v", f.forms, g)
		}
	})
}

// A refusal that the bank certainly did not execute leaves nothing to finish; but it does not make an earlier unknown known.
func TestOnlyTheUnknownIsFinished(t *testing.T) {
	refused := func(w http.ResponseWriter) { answer(w, 401, `{"error":"invalid_client"}`) }
	for lost, asked := range map[bool]int{false: 1, true: 3} {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			f.token = func(n int, _ *http.Request, w http.ResponseWriter) {
				if lost && n == 1 {
					answer(w, 500, `{}`)
					return
				}
				refused(w)
			}
			_, _, _ = k.Token(t.Context(), personID)
			rounds(t, k, 5*time.Minute)
			if len(f.forms) != asked || s.row().Dead {
				t.Errorf("lost %v: asked with %v, row %+v", lost, f.forms, s.row())
			}
		})
	}
}

// Finish ends with a sign-in that the bank does not know any more, and leaves a new sign-in alone.
func TestFinishBelievesTheBank(t *testing.T) {
	keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
		g := kept(time.Hour)
		g.LeaseUntil = time.Now()
		s.set(g)
		f.token = refuses("invalid_grant")
		rounds(t, k, 10*time.Minute)
		if len(f.forms) != 1 || !s.row().Dead {
			t.Errorf("asked with %v, row %+v", f.forms, s.row())
		}
	})
	keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
		g := kept(time.Hour)
		g.LeaseUntil = time.Now()
		s.set(g)
		f.token = func(n int, r *http.Request, w http.ResponseWriter) {
			g := kept(0)
			g.Refresh, g.Version = "theirs", 2
			s.set(g)
			refuses("invalid_grant")(n, r, w)
		}
		rounds(t, k, 10*time.Minute)
		if g := s.row(); len(f.forms) != 1 || g.Dead || g.Refresh != "theirs" {
			t.Errorf("asked with %v, row %+v", f.forms, g)
		}
	})
}

func TestFinishSaysThatTheDatabaseIsAway(t *testing.T) {
	keeping(t, time.Hour, func(t *testing.T, _ *fake, s *grants, k *sbid.Keeper) {
		broken := errors.New("disk full")
		s.fail = func(string) error { return broken }
		if _, err := k.Finish(t.Context()); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	})
}
