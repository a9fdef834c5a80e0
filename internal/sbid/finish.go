package sbid

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// FinishAfter is how long a refresh of unknown outcome waits until it is repeated without anybody's asking: long enough
// for a person's own next click, and many times within the hour for which the bank repeats a lost answer.
const FinishAfter = 2 * time.Minute

// finishAtOnce bounds one round: a long failure of the bank leaves many refreshes behind.
const finishAtOnce = 16

// Finish repeats refreshes whose outcome nobody knows (the answer was lost, or the process died), with the same token,
// and tells how many there were. The bank repeats a lost answer for an hour only (spec §1.6); a person whose token
// nobody needs meanwhile would have to sign in again. It is to be called about every half minute.
func (k *Keeper) Finish(ctx context.Context) (int, error) {
	subjects, err := k.store.Unfinished(ctx, k.now().Add(-FinishAfter), finishAtOnce)
	if err != nil {
		return 0, fmt.Errorf("sbid: unfinished refreshes: %w", err)
	}
	var all sync.WaitGroup
	for _, subject := range subjects {
		all.Go(func() {
			if err := k.finish(ctx, subject); err != nil && !errors.Is(err, errMoved) {
				k.provider.cfg.Log.WarnContext(ctx, "a refresh of unknown outcome is not finished", "error", err)
			}
		})
	}
	all.Wait()
	return len(subjects), nil
}

func (k *Keeper) finish(ctx context.Context, subject string) error {
	g, err := k.read(ctx, subject)
	if err != nil {
		return err
	}
	now := k.now()
	if g.LeaseUntil.IsZero() || g.LeaseUntil.After(now) { // finished, or begun again, meanwhile
		return nil
	}
	mine, err := k.store.LeaseGrant(ctx, subject, g.Version, now, now.Add(leaseTime))
	if err != nil || !mine {
		return err
	}
	work, cancel := context.WithTimeout(ctx, refreshTime)
	defer cancel()
	_, err = k.renew(work, g, none)
	return err
}
