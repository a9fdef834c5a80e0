package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"modernc.org/sqlite"
)

// maxGroup is how many callers' work one commit makes durable.
const maxGroup = 64

// group lets concurrent writers of SQLite share one commit and so one fsync. One that fails takes nothing of the others
// with it: they run again, each in a savepoint of its own. Nobody hears of success before the commit.
type group struct {
	mu      sync.Mutex
	waiting []*job
	working bool

	onCommit func(jobs int) // may be nil
}

// job is one caller's transaction.
type job struct {
	ctx   context.Context
	run   func(querier) error
	err   error
	panic any
	done  chan struct{}
}

// do runs fn in a transaction and returns when it is durable, or when it failed and left nothing.
func (g *group) do(ctx context.Context, p *pool, fn func(querier) error) error {
	j := &job{ctx: ctx, run: fn, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, j)
	if !g.working {
		g.working = true
		go g.work(p)
	}
	g.mu.Unlock()
	<-j.done
	if j.panic != nil {
		panic(j.panic)
	}
	return j.err
}

// work commits groups until nobody waits.
func (g *group) work(p *pool) {
	for {
		g.mu.Lock()
		n := min(len(g.waiting), maxGroup)
		if n == 0 {
			g.working = false
			g.waiting = nil
			g.mu.Unlock()
			return
		}
		jobs := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		g.mu.Unlock()
		commit(p, jobs)
		if g.onCommit != nil {
			g.onCommit(len(jobs))
		}
		for _, j := range jobs {
			close(j.done)
		}
	}
}

// commit runs jobs in one transaction and gives each its error. Savepoints cost a copy of every page that is touched, so
// it is tried without: almost always nobody fails after having written, and a job may run again anyhow.
func commit(p *pool, jobs []*job) {
	err := inOne(p, jobs, (*txn).together)
	if errors.Is(err, errSpoiled) {
		for _, j := range jobs {
			j.err, j.panic = nil, nil
		}
		err = inOne(p, jobs, (*txn).apart)
	}
	if err != nil {
		fail(jobs, err)
	}
}

// errSpoiled says that one job failed and left something that all of them would save.
var errSpoiled = errors.New("a job failed half-way")

// inOne runs jobs in one transaction; an error means that nothing of them is saved.
func inOne(p *pool, jobs []*job, run func(*txn, context.Context, []*job) error) error {
	ctx := context.Background() // the transaction is nobody's alone
	tx, err := p.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	t := &txn{Tx: tx, statements: p.statements, shared: true}
	if err = run(t, ctx, jobs); err == nil {
		if err = tx.Commit(); err != nil {
			err = fmt.Errorf("commit: %w", err)
		}
	}
	if err != nil {
		_ = tx.Rollback() // without effect when the commit ended it
	}
	p.statements.prepare(ctx, p.DB, t.missed...)
	return err
}

// together runs jobs one after the other with nothing between them. It gives up when one of them fails after having
// written, or when any statement fails: SQLite may have rolled everything back by itself then, also while it was reading,
// and whatever comes next would be saved by each statement alone.
func (t *txn) together(_ context.Context, jobs []*job) error {
	for _, j := range jobs {
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		t.wrote, t.failed = false, false
		j.err = j.guarded(t)
		_, ofSQLite := errors.AsType[*sqlite.Error](j.err)
		if t.failed || ofSQLite || j.panic != nil || t.wrote && j.err != nil {
			return errSpoiled
		}
	}
	return nil
}

// apart runs each job in a savepoint of its own.
func (t *txn) apart(ctx context.Context, jobs []*job) error {
	for _, j := range jobs {
		if err := t.savepoint(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

// savepoint runs one job so that its failure undoes it alone. An error means that the whole transaction is lost, as
// after a full disk, when SQLite rolls back by itself.
func (t *txn) savepoint(ctx context.Context, j *job) error {
	if j.err = j.ctx.Err(); j.err != nil {
		return nil
	}
	if _, err := t.ExecContext(ctx, "savepoint job"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	j.err = j.guarded(t)
	if j.err != nil || j.panic != nil {
		if _, err := t.ExecContext(ctx, "rollback to job"); err != nil {
			return errors.Join(j.err, err)
		}
	}
	if _, err := t.ExecContext(ctx, "release job"); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return nil
}

// guarded runs the job; a panic belongs to the caller who brought it.
func (j *job) guarded(q querier) (err error) {
	defer func() { j.panic = recover() }()
	return j.run(q)
}

// fail gives every job the error of the commit, also one that was refused: it may have been because of what another job
// had written, and lost.
func fail(jobs []*job, err error) {
	for _, j := range jobs {
		j.err = err
	}
}
