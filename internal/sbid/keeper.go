package sbid

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sync/singleflight"

	"creditcart/internal/bankapi"
)

// Grant is one person's tokens as stored. Every write raises Version by one.
type Grant struct {
	Subject, CompanyINN          string
	Access, Refresh, PrevRefresh string // PrevRefresh: the other candidate, in case Refresh turns out dead
	Scope                        string
	ExpiresAt, ObtainedAt        time.Time // of Access
	Version                      int64
	LeaseUntil                   time.Time // somebody is refreshing until then; when it has passed, nobody knows how that refresh ended
	Dead                         bool      // only a new sign-in helps
}

// TokenStore keeps grants, the tokens encrypted. Each method is atomic across processes.
type TokenStore interface {
	// Grant reads a person's tokens, or ErrNoGrant.
	Grant(ctx context.Context, subject string) (Grant, error)
	// LeaseGrant sets LeaseUntil if the version is still this one and no lease is live at now; it leaves Version alone.
	LeaseGrant(ctx context.Context, subject string, version int64, now, until time.Time) (bool, error)
	// SwapGrant replaces the grant if its version is still seen: Version becomes seen+1.
	SwapGrant(ctx context.Context, g Grant, seen int64) (bool, error)
	// Unfinished names people whose tokens live and have a LeaseUntil that is not after before, the oldest first.
	Unfinished(ctx context.Context, before time.Time, limit int) ([]string, error)
}

const (
	// leaseTime exceeds refreshTime and a wait for the database: a shorter lease throws sign-ins away.
	leaseTime   = 30 * time.Second
	refreshTime = 25 * time.Second // of one refresh with its second candidate
	saveTime    = 5 * time.Second
	pollEvery   = 250 * time.Millisecond // while another process holds the lease
	maxPolls    = 60
	patience    = 3 * time.Second
	none        = int64(-1)
)

// Keeper gives out living access tokens: procedure T of the fault contract. Among any number of goroutines and processes
// at most one refreshes a person's tokens at a time.
type Keeper struct {
	provider *Provider
	store    TokenStore
	now      func() time.Time
	flight   singleflight.Group
}

// NewKeeper needs the same clock as the provider.
func NewKeeper(p *Provider, s TokenStore, now func() time.Time) *Keeper {
	return &Keeper{provider: p, store: s, now: now}
}

// Token gives an access token that is good for now, refreshing it at 50 of its 60 minutes, and its version for Rejected.
// Errors: ErrSignInAgain (also ErrNoGrant inside it), ErrBusy, ErrClient, or the bank's *bankapi.Error: then try later.
func (k *Keeper) Token(ctx context.Context, subject string) (access string, version int64, err error) {
	return k.token(ctx, subject, none)
}

// Rejected is told that the bank answered 401 to the token of that version, and gives a newer one: somebody else's, or
// refreshed now. A 401 to that one too means ErrSignInAgain for the caller.
func (k *Keeper) Rejected(ctx context.Context, subject string, version int64) (access string, newer int64, err error) {
	return k.token(ctx, subject, version)
}

func (k *Keeper) token(ctx context.Context, subject string, rejected int64) (string, int64, error) {
	g, err := k.read(ctx, subject)
	if err != nil {
		return "", 0, err
	}
	if k.usable(g, rejected) {
		return g.Access, g.Version, nil
	}
	// A refresh once begun must be finished and saved, whoever stops waiting for it.
	result := k.flight.DoChan(strconv.FormatInt(rejected, 10)+" "+subject, func() (any, error) {
		work, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTime)
		defer cancel()
		return k.refreshed(work, subject, rejected)
	})
	// While the old token still has some minutes, nobody waits long for the new one.
	alive := rejected == none && k.now().Before(g.ExpiresAt.Add(-10*time.Second))
	var enough <-chan time.Time
	if alive {
		enough = time.After(patience)
	}
	select {
	case <-ctx.Done():
		return "", 0, fmt.Errorf("sbid: token: %w", context.Cause(ctx))
	case <-enough:
		return g.Access, g.Version, nil
	case r := <-result:
		if r.Err == nil {
			fresh := r.Val.(Grant)
			return fresh.Access, fresh.Version, nil
		}
		err = r.Err
	}
	if alive && !errors.Is(err, ErrSignInAgain) {
		return g.Access, g.Version, nil
	}
	return "", 0, err
}

func (k *Keeper) read(ctx context.Context, subject string) (Grant, error) {
	g, err := k.store.Grant(ctx, subject)
	switch {
	case errors.Is(err, ErrNoGrant):
		return g, fmt.Errorf("%w: %w", ErrSignInAgain, err)
	case err != nil:
		return g, fmt.Errorf("sbid: tokens: %w", err)
	case g.Dead:
		return g, fmt.Errorf("%w: the bank took the sign-in back", ErrSignInAgain)
	}
	return g, nil
}

// usable: not the rejected one, and younger than 5/6 of its life.
func (k *Keeper) usable(g Grant, rejected int64) bool {
	return g.Version != rejected && k.now().Before(g.ObtainedAt.Add(g.ExpiresAt.Sub(g.ObtainedAt)/6*5))
}

// refreshed takes the lease and refreshes, or waits for whoever has it. Every round begins with reading the row anew.
func (k *Keeper) refreshed(ctx context.Context, subject string, rejected int64) (Grant, error) {
	for range maxPolls {
		g, err := k.read(ctx, subject)
		if err != nil || k.usable(g, rejected) {
			return g, err
		}
		if now := k.now(); g.LeaseUntil.After(now.Add(leaseTime + time.Minute)) {
			g.LeaseUntil = now // taken by a clock that was put back since
		}
		if now := k.now(); !g.LeaseUntil.After(now) {
			mine, err := k.store.LeaseGrant(ctx, subject, g.Version, now, now.Add(leaseTime))
			if err != nil {
				return g, fmt.Errorf("sbid: lease: %w", err)
			}
			if mine {
				if g, err = k.renew(ctx, g, rejected); !errors.Is(err, errMoved) {
					return g, err
				}
			}
		}
		select {
		case <-ctx.Done():
			return g, fmt.Errorf("%w: %w", ErrBusy, context.Cause(ctx))
		case <-time.After(pollEvery):
		}
	}
	return Grant{}, ErrBusy
}

// renew asks the bank while we hold the lease, no transaction open.
func (k *Keeper) renew(ctx context.Context, g Grant, rejected int64) (Grant, error) {
	used := g.Refresh
	tokens, err := k.provider.Refresh(ctx, used)
	if errors.Is(err, ErrExpiredGrant) {
		now, readErr := k.read(ctx, g.Subject)
		if readErr != nil {
			return g, readErr
		}
		if now.Version != g.Version {
			return g, errMoved
		}
		if g.PrevRefresh != "" && g.PrevRefresh != g.Refresh {
			used = g.PrevRefresh
			tokens, err = k.provider.Refresh(ctx, used)
		}
	}
	switch {
	case err == nil:
		return k.save(ctx, g, tokens, used)
	case errors.Is(err, ErrExpiredGrant):
		return g, k.bury(ctx, g, err)
	}
	e, ok := errors.AsType[*bankapi.Error](err)
	k.release(ctx, g, rejected, !ok || !e.Definite())
	if ok && !errors.Is(err, ErrClient) &&
		(e.Kind == bankapi.Unauthorized || e.Kind == bankapi.Forbidden) {
		err = fmt.Errorf("%w: %w", ErrSignInAgain, err)
	}
	return g, err
}

// save writes the new pair before anybody uses it; the token it came from stays as the other candidate.
func (k *Keeper) save(ctx context.Context, g Grant, t Tokens, used string) (Grant, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	fresh := g
	fresh.Access, fresh.Refresh, fresh.ExpiresAt = t.Access, t.Refresh, t.ExpiresAt
	fresh.ObtainedAt, fresh.LeaseUntil = k.now().UTC(), time.Time{}
	if t.Scope != "" {
		fresh.Scope = t.Scope
	}
	if used != t.Refresh {
		fresh.PrevRefresh = used
	}
	for try := 1; ; try++ {
		ok, err := k.store.SwapGrant(ctx, fresh, g.Version)
		switch {
		case ok && err == nil:
			fresh.Version = g.Version + 1
			return fresh, nil
		case err == nil:
			return k.overtaken(ctx, fresh)
		case try == 3:
			// Unsaved, hence unused: the lease runs out and the same refresh token is repeated (allowed for an hour).
			return g, fmt.Errorf("sbid: save tokens: %w", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pollEvery):
		}
	}
}

// overtaken: the bank gave us a pair, but the row has changed meanwhile (a new sign-in, or our lease ran out). The row
// wins; our refresh token is kept there as the other candidate unless somebody is at work on it. A row declared dead
// is revived: our pair proves it alive.
func (k *Keeper) overtaken(ctx context.Context, ours Grant) (Grant, error) {
	row, err := k.store.Grant(ctx, ours.Subject)
	switch {
	case err != nil:
		return row, fmt.Errorf("sbid: tokens: %w", err)
	case row.Refresh == ours.Refresh: // saved after all, only the database's answer was lost
		return row, nil
	case row.LeaseUntil.After(k.now()):
		return row, errMoved
	}
	next := row
	next.PrevRefresh = ours.Refresh
	if row.Dead {
		next = ours
	}
	if _, err := k.store.SwapGrant(ctx, next, row.Version); err != nil {
		return row, fmt.Errorf("sbid: save tokens: %w", err)
	}
	return row, errMoved
}

// bury marks the tokens dead, unless the row has changed.
func (k *Keeper) bury(ctx context.Context, g Grant, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	dead := g
	dead.Dead, dead.LeaseUntil = true, time.Time{}
	ok, err := k.store.SwapGrant(ctx, dead, g.Version)
	switch {
	case err != nil:
		return fmt.Errorf("sbid: tokens: %w", err)
	case !ok:
		return errMoved
	}
	k.provider.cfg.Log.WarnContext(ctx, "the bank took a sign-in back", "error", cause)
	return fmt.Errorf("%w: %w", ErrSignInAgain, cause)
}

// release gives the lease back after an answer that decided nothing. It raises the version, so a rejected access token
// is marked expired: nobody may take it for a newer one. If the write fails, the lease runs out by itself. When the
// bank may have issued a pair, now or in an earlier refresh, the lease ends without being cleared: see Finish.
func (k *Keeper) release(ctx context.Context, g Grant, rejected int64, unknown bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	now := k.now().UTC()
	if rejected == g.Version && g.ExpiresAt.After(now) {
		g.ExpiresAt = now
	}
	if unknown || !g.LeaseUntil.IsZero() {
		g.LeaseUntil = now
	}
	if _, err := k.store.SwapGrant(ctx, g, g.Version); err != nil {
		k.provider.cfg.Log.WarnContext(ctx, "token lease not released", "error", err)
	}
}
