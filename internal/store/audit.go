package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"creditcart/internal/audit"
	"creditcart/internal/orders"
)

// auditLog is what of the audit log is in memory.
type auditLog struct {
	key audit.Key
	now func() time.Time
	ref func(context.Context) string

	mu   sync.Mutex
	last int64
}

// nextID is larger than any before it in this process, and in other ones unless they write within the same millisecond.
func (l *auditLog) nextID(at time.Time) int64 {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	id := at.UnixMilli()<<21 | int64(binary.BigEndian.Uint32(random[:])>>11)
	l.mu.Lock()
	defer l.mu.Unlock()
	if id <= l.last {
		id = l.last + 1
	}
	l.last = id
	return id
}

// Audit writes entries that have no other cause in the database.
func (s *Store) Audit(ctx context.Context, entries ...audit.Entry) error {
	if err := s.tx(ctx, func(tx querier) error { return s.audit(ctx, tx, entries...) }); err != nil {
		return fmt.Errorf("store: audit: %w", err)
	}
	return nil
}

// audit writes entries in the transaction of their cause. Time and reference are filled in.
func (s *Store) audit(ctx context.Context, tx querier, entries ...audit.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	now, ref := s.auditing.now().UTC(), s.auditing.ref(ctx)
	args := make([]any, 0, 9*len(entries))
	for _, e := range entries {
		if e.At.IsZero() {
			e.At = now
		}
		e.ID, e.Ref, e.Company = s.auditing.nextID(now), ref, s.auditing.key.Company(e.Company)
		e.Actor, e.Object, e.Detail = word(e.Actor), word(e.Object), word(e.Detail)
		args = append(args, e.ID, ms(e.At), e.Kind, e.Actor, e.Company, e.Object, e.Ref, e.Detail, s.auditing.key.MAC(e))
	}
	rows := strings.ReplaceAll(rowsOf(len(entries), 9), ")", ", 0, '')")
	n, err := affected(ctx, tx, "insert into audit (id, at, kind, actor, company, object, ref, detail, mac, seq, hash) values "+rows+
		" on conflict (id) do nothing", args...)
	if err == nil && n != int64(len(entries)) {
		err = errConflict // another instance had the same id: new ones next time
	}
	return err
}

// word bounds what comes from outside and keeps it one line of text that every database takes.
func word(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if r := []rune(s); len(r) > 200 {
		return string(r[:200])
	}
	return s
}

// auditEvents says what of an order's new events the audit log keeps: the shop's own states, without anybody's words.
func auditEvents(o *orders.Order) []audit.Entry {
	var entries []audit.Entry
	for _, e := range o.Events {
		if e.Seq != 0 || e.Kind == orders.EventBank {
			continue
		}
		a := audit.Entry{At: e.At, Kind: e.Kind, Actor: e.Actor, Company: o.Buyer.CompanyINN, Object: o.Number, Detail: e.From + "→" + e.To}
		if e.ExternalID != "" {
			a.Object += "/" + e.ExternalID
		}
		switch e.Kind {
		case orders.EventNote:
			a.Detail = e.Note
		case orders.EventConsent:
			a.Detail = e.Note + " " + e.Detail
		}
		entries = append(entries, a)
	}
	return entries
}

// sealAtOnce is how many rows get their place in one transaction.
const sealAtOnce = 200

// SealAudit gives rows that wait their places in the chain and tells how many; fewer than there are when another
// instance is doing the same. It is to be called about every second.
func (s *Store) SealAudit(ctx context.Context) (sealed int, err error) {
	for {
		var waiting int64
		err := s.read.QueryRowContext(ctx, "select id from audit where seq = 0 limit 1").Scan(&waiting)
		if errors.Is(err, sql.ErrNoRows) {
			return sealed, nil
		}
		n := 0
		if err == nil {
			err = s.tx(ctx, func(tx querier) (err error) {
				n, err = s.sealSome(ctx, tx)
				return err
			})
		}
		if err != nil {
			return sealed, fmt.Errorf("store: seal the audit log: %w", err)
		}
		if sealed += n; n < sealAtOnce {
			return sealed, nil
		}
	}
}

func (s *Store) sealSome(ctx context.Context, tx querier) (int, error) {
	var head audit.Head
	err := tx.QueryRowContext(ctx, "select seq, hash from audit_head where id = 1"+s.skipLocked).Scan(&head.Seq, &head.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil // another instance has it
	}
	if err != nil {
		return 0, err
	}
	rows, err := collect(ctx, tx, func(scan func(...any) error, r *audit.Row) error { return scan(&r.ID, &r.MAC) },
		"select id, mac from audit where seq = 0 order by id limit $1 + 0", sealAtOnce)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	for _, r := range rows {
		head = s.auditing.key.Link(head, r.ID, r.MAC)
		if _, err := tx.ExecContext(ctx, "update audit set seq = $1, hash = $2 where id = $3", head.Seq, head.Hash, r.ID); err != nil {
			return 0, err
		}
	}
	_, err = tx.ExecContext(ctx, "update audit_head set seq = $1, hash = $2 where id = 1", head.Seq, head.Hash)
	return len(rows), err
}

// AuditHead is the end of the chain.
func (s *Store) AuditHead(ctx context.Context) (audit.Head, error) {
	h, err := auditHead(ctx, s.read)
	if err != nil {
		return h, fmt.Errorf("store: audit head: %w", err)
	}
	return h, nil
}

func auditHead(ctx context.Context, q querier) (h audit.Head, err error) {
	err = q.QueryRowContext(ctx, "select seq, hash from audit_head where id = 1").Scan(&h.Seq, &h.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil // gone: the zero head fits no log
	}
	return h, err
}

const (
	auditRows    = "select id, at, kind, actor, company, object, ref, detail, mac, seq, hash from audit"
	auditColumns = auditRows + " where "
)

// VerifyAudit checks the whole log as it is at one moment. noted is a head that was kept elsewhere, or the zero Head.
func (s *Store) VerifyAudit(ctx context.Context, noted audit.Head) (report audit.Report, err error) {
	err = s.snapshot(ctx, func(tx querier) error {
		v := audit.NewVerifier(s.auditing.key, noted)
		if err := eachAudit(ctx, tx, v.Sealed, auditColumns+"seq <> 0 order by seq"); err != nil {
			return err
		}
		if err := eachAudit(ctx, tx, v.Waiting, auditColumns+"seq = 0 order by id"); err != nil {
			return err
		}
		kept, err := auditHead(ctx, tx)
		report = v.End(kept)
		return err
	})
	if err != nil {
		return audit.Report{}, fmt.Errorf("store: verify the audit log: %w", err)
	}
	return report, nil
}

// eachAudit streams rows: the log may be larger than memory.
func eachAudit(ctx context.Context, tx querier, take func(audit.Row), query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r audit.Row
		if err := rows.Scan(&r.ID, moment{&r.At}, &r.Kind, &r.Actor, &r.Company, &r.Object, &r.Ref, &r.Detail, &r.MAC, &r.Seq, &r.Hash); err != nil {
			return err
		}
		take(r)
	}
	return rows.Err()
}
