package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
)

// pool is a set of connections that keeps the statements it has seen prepared: preparing costs SQLite as much as running.
type pool struct {
	*sql.DB
	statements *statements // nil where the driver does this itself
}

// ExecContext implements querier.
func (p *pool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if st := p.statements.prepared(ctx, p.DB, query); st != nil {
		return st.ExecContext(ctx, args...)
	}
	return p.DB.ExecContext(ctx, query, args...)
}

// QueryContext implements querier.
func (p *pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if st := p.statements.prepared(ctx, p.DB, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return p.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext implements querier.
func (p *pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if st := p.statements.prepared(ctx, p.DB, query); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return p.DB.QueryRowContext(ctx, query, args...)
}

// txn is a transaction that uses the pool's prepared statements. What it misses is prepared when it is over: inside,
// the only connection that writes is taken.
type txn struct {
	*sql.Tx
	statements *statements
	own        map[string]*sql.Stmt // those it has used: taking one from the pool costs as much as a small query
	missed     []string
	shared     bool // other callers' work is in this transaction: one caller's end must not interrupt it
	wrote      bool // a statement may have changed something
	failed     bool // a statement that writes has failed
}

func (t *txn) context(ctx context.Context) context.Context {
	if t.shared {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

func (t *txn) statement(ctx context.Context, query string) *sql.Stmt {
	if t.statements == nil {
		return nil
	}
	if st := t.own[query]; st != nil {
		return st
	}
	kept := t.statements.get(query)
	if kept == nil {
		t.missed = append(t.missed, query)
		return nil
	}
	if t.own == nil {
		t.own = map[string]*sql.Stmt{}
	}
	st := t.StmtContext(ctx, kept)
	t.own[query] = st
	return st
}

// ExecContext implements querier.
func (t *txn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	res, err := t.exec(t.context(ctx), query, args)
	if err != nil {
		t.failed = true
		return nil, err
	}
	n, err := res.RowsAffected()
	t.wrote = t.wrote || err != nil || n > 0
	return res, nil
}

func (t *txn) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	if st := t.statement(ctx, query); st != nil {
		return st.ExecContext(ctx, args...)
	}
	return t.Tx.ExecContext(ctx, query, args...)
}

// QueryContext implements querier.
func (t *txn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx = t.context(ctx)
	t.wrote = t.wrote || !reads(query)
	if st := t.statement(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return t.Tx.QueryContext(ctx, query, args...)
}

// QueryRowContext implements querier.
func (t *txn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	ctx = t.context(ctx)
	t.wrote = t.wrote || !reads(query)
	if st := t.statement(ctx, query); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return t.Tx.QueryRowContext(ctx, query, args...)
}

// reads tells a query from an `insert … returning`.
func reads(query string) bool { return strings.HasPrefix(query, "select ") }

// statements are prepared statements by their text.
type statements struct {
	mu   sync.RWMutex
	kept map[string]*sql.Stmt
}

// A text longer than that is a batch of rows, which rarely comes twice.
const (
	maxStatements    = 200
	maxStatementText = 2000
)

func (s *statements) get(query string) *sql.Stmt {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.kept[query]
}

// prepared gives a statement, preparing it at its first use; nil when it is not kept.
func (s *statements) prepared(ctx context.Context, db *sql.DB, query string) *sql.Stmt {
	if s == nil {
		return nil
	}
	if st := s.get(query); st != nil {
		return st
	}
	s.prepare(ctx, db, query)
	return s.get(query)
}

// prepare keeps statements for later. A failure is found out by running the text.
func (s *statements) prepare(ctx context.Context, db *sql.DB, queries ...string) {
	for _, q := range queries {
		if len(q) > maxStatementText || s.get(q) != nil {
			continue
		}
		st, err := db.PrepareContext(ctx, positional(q))
		if err != nil {
			return
		}
		s.mu.Lock()
		if old := s.kept[q]; old != nil || len(s.kept) >= maxStatements {
			s.mu.Unlock()
			_ = st.Close()
			continue
		}
		s.kept[q] = st
		s.mu.Unlock()
	}
}

// positional writes `?` instead of `$1, $2, …` where each comes once and in order: the driver looks up a parameter with a
// name for each binding.
func positional(query string) string {
	var b strings.Builder
	quoted, seen := false, 0
	for i := 0; i < len(query); i++ {
		c := query[i]
		quoted = quoted != (c == '\'')
		if c != '$' || quoted {
			b.WriteByte(c)
			continue
		}
		digits := len(query[i+1:]) - len(strings.TrimLeft(query[i+1:], "0123456789"))
		seen++
		if query[i+1:i+1+digits] != strconv.Itoa(seen) {
			return query
		}
		b.WriteByte('?')
		i += digits
	}
	return b.String()
}
