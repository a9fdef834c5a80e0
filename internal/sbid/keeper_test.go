package sbid_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/sbid"
)

// kept is a stored grant of version 1 obtained some time ago.
func kept(age time.Duration) sbid.Grant {
	now := time.Now()
	return sbid.Grant{Subject: personID, CompanyINN: "7784523718", Access: "access0", Refresh: "refresh0", Scope: "openid",
		ObtainedAt: now.Add(-age), ExpiresAt: now.Add(time.Hour - age), Version: 1}
}

// keeping runs a test in a bubble with a bank that refreshes, a store with one grant and a keeper.
func keeping(t *testing.T, age time.Duration, test func(*testing.T, *fake, *grants, *sbid.Keeper)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{token: refreshes}
		s := &grants{rows: map[string]sbid.Grant{personID: kept(age)}}
		test(t, f, s, sbid.NewKeeper(newProvider(t, f, nil, time.Now), s, time.Now))
	})
}

func refreshes(n int, _ *http.Request, w http.ResponseWriter) {
	time.Sleep(200 * time.Millisecond)
	answer(w, 200, pair(n, ""))
}

func refuses(cause string) func(int, *http.Request, http.ResponseWriter) {
	return func(_ int, _ *http.Request, w http.ResponseWriter) { answer(w, 400, `{"error":"`+cause+`"}`) }
}

func TestYoungTokenIsUsedAsItIs(t *testing.T) {
	for age, refreshed := range map[time.Duration]int{0: 0, 49 * time.Minute: 0, 50 * time.Minute: 1, 2 * time.Hour: 1} {
		keeping(t, age, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			access, version, err := k.Token(t.Context(), personID)
			if err != nil || len(f.forms) != refreshed || access != fmt.Sprint("access", refreshed) || version != int64(1+refreshed) {
				t.Errorf("%v: %s %d %v, %d refreshes", age, access, version, err, len(f.forms))
			}
		})
	}
}

func TestNewPairIsSavedWithItsParent(t *testing.T) {
	keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
		if _, _, err := k.Token(t.Context(), personID); err != nil {
			t.Fatal(err)
		}
		g, now := s.row(), time.Now()
		if g.Access != "access1" || g.Refresh != "refresh1" || g.PrevRefresh != "refresh0" || g.Version != 2 || !g.LeaseUntil.IsZero() ||
			!g.ObtainedAt.Equal(now) || !g.ExpiresAt.Equal(now.Add(time.Hour-200*time.Millisecond)) || g.CompanyINN != "7784523718" {
			t.Errorf("got %+v", g)
		}
	})
}

func TestManyGoroutinesRefreshOnce(t *testing.T) {
	keeping(t, 2*time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
		other := sbid.NewKeeper(newProvider(t, f, nil, time.Now), s, time.Now) // another process with the same database
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				keeper, ask := k, k.Token
				if i%2 == 0 {
					keeper, ask = other, other.Token
				}
				if i%3 == 0 {
					ask = func(ctx context.Context, s string) (string, int64, error) { return keeper.Rejected(ctx, s, 1) }
				}
				if access, version, err := ask(t.Context(), personID); err != nil || access != "access1" || version != 2 {
					t.Errorf("got %s, %d, %v", access, version, err)
				}
			})
		}
		wg.Wait()
		if len(f.forms) != 1 || s.swaps != 1 {
			t.Errorf("%d refreshes, %d writes", len(f.forms), s.swaps)
		}
	})
}

func TestRejectedAdoptsNewer(t *testing.T) {
	keeping(t, 0, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
		if access, version, err := k.Rejected(t.Context(), personID, 0); err != nil || access != "access0" || version != 1 || len(f.forms) != 0 {
			t.Errorf("adopt: %s, %d, %v", access, version, err)
		}
		if access, version, err := k.Rejected(t.Context(), personID, 1); err != nil || access != "access1" || version != 2 || len(f.forms) != 1 {
			t.Errorf("refresh: %s, %d, %v", access, version, err)
		}
	})
}

// F04–F07, F18: the answer is lost, the lease is given back and the same refresh token repeated.
func TestLostAnswerRepeatsTheSameToken(t *testing.T) {
	lost := map[string]func(http.ResponseWriter, *http.Request){
		"timeout": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"500":     func(w http.ResponseWriter, _ *http.Request) { answer(w, 500, `{}`) },
		"429":     func(w http.ResponseWriter, _ *http.Request) { answer(w, 429, `{}`) },
		"empty":   func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, ``) },
		"202":     func(w http.ResponseWriter, _ *http.Request) { answer(w, 202, `{}`) },
		"html":    func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `<html>`) },
	}
	for name, h := range lost {
		t.Run(name, func(t *testing.T) {
			keeping(t, 0, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
				f.token = func(n int, r *http.Request, w http.ResponseWriter) {
					if n == 1 {
						h(w, r)
						return
					}
					refreshes(n, r, w)
				}
				_, _, err := k.Rejected(t.Context(), personID, 1)
				if _, ok := errors.AsType[*bankapi.Error](err); !ok || errors.Is(err, sbid.ErrSignInAgain) {
					t.Fatalf("got %v", err)
				}
				if g := s.row(); g.Dead || g.LeaseUntil.After(time.Now()) || g.Refresh != "refresh0" {
					t.Fatalf("row %+v", g)
				}
				time.Sleep(3 * time.Second)
				// Whoever knows the rejected version must not be given the rejected token again as a newer one.
				if access, _, err := k.Rejected(t.Context(), personID, 1); err != nil || access != "access2" {
					t.Errorf("got %s, %v", access, err)
				}
				if strings.Join(f.forms, " ") != "refresh0 refresh0" {
					t.Errorf("asked with %v", f.forms)
				}
			})
		})
	}
}

func TestBankAwayUsesTheLastMinutes(t *testing.T) {
	keeping(t, 55*time.Minute, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
		f.token = func(_ int, r *http.Request, _ http.ResponseWriter) { <-r.Context().Done() }
		began := time.Now()
		access, version, err := k.Token(t.Context(), personID)
		if err != nil || access != "access0" || version != 1 || time.Since(began) > 3*time.Second {
			t.Errorf("got %s, %d, %v after %v", access, version, err, time.Since(began))
		}
		time.Sleep(time.Minute) // the refresh goes on without its caller, and gives its lease back
		if g := s.row(); g.LeaseUntil.After(time.Now()) || g.Refresh != "refresh0" {
			t.Errorf("row %+v", g)
		}
		time.Sleep(5 * time.Minute)
		if access, _, err := k.Token(t.Context(), personID); err == nil {
			t.Errorf("an expired token given out: %s", access)
		}
	})
}

func TestRefreshIsFinishedWithoutItsCaller(t *testing.T) {
	keeping(t, 2*time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, _, err := k.Token(ctx, personID); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		time.Sleep(time.Second)
		if g := s.row(); g.Refresh != "refresh1" || g.Version != 2 {
			t.Errorf("row %+v", g)
		}
	})
}

// F24: adopt, then the other candidate, only then dead.
func TestInvalidGrant(t *testing.T) {
	t.Run("no other candidate", func(t *testing.T) {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			f.token = refuses("invalid_grant")
			if _, _, err := k.Token(t.Context(), personID); !errors.Is(err, sbid.ErrSignInAgain) || !s.row().Dead {
				t.Errorf("%v, row %+v", err, s.row())
			}
			if _, _, err := k.Token(t.Context(), personID); !errors.Is(err, sbid.ErrSignInAgain) || len(f.forms) != 1 {
				t.Errorf("%v, asked with %v", err, f.forms)
			}
		})
	})
	t.Run("the previous token works", func(t *testing.T) {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			g := kept(time.Hour)
			g.PrevRefresh = "previous"
			s.set(g)
			f.token = func(n int, r *http.Request, w http.ResponseWriter) {
				if r.PostForm.Get("refresh_token") == "previous" {
					refreshes(n, r, w)
				} else {
					refuses("invalid_grant")(n, r, w)
				}
			}
			access, _, err := k.Token(t.Context(), personID)
			if g := s.row(); err != nil || access != "access2" || g.Refresh != "refresh2" || g.PrevRefresh != "previous" || g.Dead {
				t.Errorf("%s, %v, row %+v", access, err, g)
			}
		})
	})
	t.Run("the previous token is lost on the way", func(t *testing.T) {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			g := kept(time.Hour)
			g.PrevRefresh = "previous"
			s.set(g)
			f.token = func(n int, r *http.Request, w http.ResponseWriter) {
				if r.PostForm.Get("refresh_token") == "previous" {
					answer(w, 500, `{}`)
				} else {
					refuses("invalid_grant")(n, r, w)
				}
			}
			if _, _, err := k.Token(t.Context(), personID); err == nil || errors.Is(err, sbid.ErrSignInAgain) || s.row().Dead {
				t.Errorf("%v, row %+v", err, s.row())
			}
		})
	})
	t.Run("somebody was faster", func(t *testing.T) {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			f.token = func(n int, r *http.Request, w http.ResponseWriter) {
				g := kept(0)
				g.Access, g.Refresh, g.Version = "theirs", "their refresh", 2
				s.set(g)
				refuses("invalid_grant")(n, r, w)
			}
			access, version, err := k.Token(t.Context(), personID)
			if err != nil || access != "theirs" || version != 2 || s.row().Dead {
				t.Errorf("%s, %d, %v", access, version, err)
			}
		})
	})
}

func TestOurSettingsDoNotKillTokens(t *testing.T) {
	keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
		f.token = func(_ int, _ *http.Request, w http.ResponseWriter) { answer(w, 401, `{"error":"invalid_client"}`) }
		_, _, err := k.Token(t.Context(), personID)
		if !errors.Is(err, sbid.ErrClient) || errors.Is(err, sbid.ErrSignInAgain) || s.row().Dead {
			t.Errorf("%v, row %+v", err, s.row())
		}
	})
	for name, h := range map[string]func(http.ResponseWriter){
		"F12": func(w http.ResponseWriter) { answer(w, 401, `{"error":"UNAUTHORIZED"}`) },
		"F13": func(w http.ResponseWriter) {
			answer(w, 403, `{"errorCode":"ACTION_ACCESS_EXCEPTION","errorMsg":"нет"}`)
		},
	} {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			f.token = func(_ int, _ *http.Request, w http.ResponseWriter) { h(w) }
			if _, _, err := k.Token(t.Context(), personID); !errors.Is(err, sbid.ErrSignInAgain) || s.row().Dead {
				t.Errorf("%s: %v, row %+v", name, err, s.row())
			}
		})
	}
}

func TestNobodySignedIn(t *testing.T) {
	keeping(t, 0, func(t *testing.T, _ *fake, _ *grants, k *sbid.Keeper) {
		if _, _, err := k.Token(t.Context(), "stranger"); !errors.Is(err, sbid.ErrSignInAgain) || !errors.Is(err, sbid.ErrNoGrant) {
			t.Errorf("got %v", err)
		}
	})
}

func TestBusyLease(t *testing.T) {
	t.Run("its owner finishes", func(t *testing.T) {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			g := kept(time.Hour)
			g.LeaseUntil = time.Now().Add(30 * time.Second)
			s.set(g)
			time.AfterFunc(2*time.Second, func() {
				g := kept(0)
				g.Access, g.Version = "theirs", 2
				s.set(g)
			})
			access, version, err := k.Token(t.Context(), personID)
			if err != nil || access != "theirs" || version != 2 || len(f.forms) != 0 {
				t.Errorf("%s, %d, %v", access, version, err)
			}
		})
	})
	t.Run("its owner died", func(t *testing.T) {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			g := kept(time.Hour)
			g.LeaseUntil = time.Now().Add(10 * time.Second)
			s.set(g)
			began := time.Now()
			access, _, err := k.Token(t.Context(), personID)
			if err != nil || access != "access1" || time.Since(began) < 10*time.Second || time.Since(began) > 11*time.Second {
				t.Errorf("%s, %v after %v", access, err, time.Since(began))
			}
		})
	})
	t.Run("nobody waits for ever", func(t *testing.T) {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			g := kept(time.Hour)
			g.LeaseUntil = time.Now().Add(time.Hour)
			s.set(g)
			began := time.Now()
			if _, _, err := k.Token(t.Context(), personID); !errors.Is(err, sbid.ErrBusy) || time.Since(began) > 20*time.Second || len(f.forms) != 0 {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		})
	})
}

// The bank answered, but the row has moved on while we asked.
func TestOvertakenAfterSuccess(t *testing.T) {
	overtake := func(s *grants, change func(*sbid.Grant)) func(int, *http.Request, http.ResponseWriter) {
		return func(n int, r *http.Request, w http.ResponseWriter) {
			if n == 1 {
				g := kept(0)
				g.Access, g.Refresh, g.PrevRefresh, g.Version = "theirs", "their refresh", "refresh0", 5
				change(&g)
				s.set(g)
			}
			refreshes(n, r, w)
		}
	}
	t.Run("the newer row wins and keeps ours", func(t *testing.T) {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			f.token = overtake(s, func(*sbid.Grant) {})
			access, _, err := k.Token(t.Context(), personID)
			if g := s.row(); err != nil || access != "theirs" || g.Refresh != "their refresh" || g.PrevRefresh != "refresh1" {
				t.Errorf("%s, %v, row %+v", access, err, g)
			}
		})
	})
	t.Run("a dead row is revived", func(t *testing.T) {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			f.token = overtake(s, func(g *sbid.Grant) { g.Dead = true })
			access, _, err := k.Token(t.Context(), personID)
			if g := s.row(); err != nil || access != "access1" || g.Refresh != "refresh1" || g.Dead || g.Version != 6 {
				t.Errorf("%s, %v, row %+v", access, err, g)
			}
		})
	})
	t.Run("a working lease is not broken", func(t *testing.T) {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			f.token = overtake(s, func(g *sbid.Grant) { g.LeaseUntil = time.Now().Add(time.Minute) })
			access, _, err := k.Token(t.Context(), personID)
			if g := s.row(); err != nil || access != "theirs" || g.PrevRefresh != "refresh0" || g.Version != 5 {
				t.Errorf("%s, %v, row %+v", access, err, g)
			}
		})
	})
}

func TestDatabaseTrouble(t *testing.T) {
	broken := errors.New("disk full")
	t.Run("the answer of a write is lost", func(t *testing.T) {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			lost := false
			s.fail = func(op string) error {
				if op != "swap" || lost {
					return nil
				}
				lost = true
				g := kept(0)
				g.Access, g.Refresh, g.Version = "access1", "refresh1", 2
				s.set(g)
				return broken
			}
			if access, version, err := k.Token(t.Context(), personID); err != nil || access != "access1" || version != 2 || len(f.forms) != 1 {
				t.Errorf("%s, %d, %v", access, version, err)
			}
		})
	})
	t.Run("an unsaved pair is not used", func(t *testing.T) {
		keeping(t, time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
			s.fail = func(op string) error {
				if op == "swap" {
					return broken
				}
				return nil
			}
			if access, _, err := k.Token(t.Context(), personID); !errors.Is(err, broken) || access != "" {
				t.Fatalf("%s, %v", access, err)
			}
			s.fail = nil
			time.Sleep(31 * time.Second) // the lease runs out
			if access, _, err := k.Token(t.Context(), personID); err != nil || access != "access2" || strings.Join(f.forms, " ") != "refresh0 refresh0" {
				t.Errorf("%s, %v, asked with %v", access, err, f.forms)
			}
		})
	})
}

func TestManyGoroutinesShareOneFailure(t *testing.T) {
	keeping(t, 2*time.Hour, func(t *testing.T, f *fake, s *grants, k *sbid.Keeper) {
		f.token = func(_ int, r *http.Request, _ http.ResponseWriter) { <-r.Context().Done() }
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, _, err := k.Token(t.Context(), personID); err == nil {
					t.Error("an expired token given out")
				}
			})
		}
		wg.Wait()
		if len(f.forms) != 1 {
			t.Errorf("a silent bank was asked %d times", len(f.forms))
		}
	})
}
