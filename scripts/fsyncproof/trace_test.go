package main

import (
	"slices"
	"strings"
	"testing"
)

// Lines as strace writes them: a frame that does not end its transaction, one that does, a sync, an answer.
const (
	frame  = `7 10:00:00.000001 pwrite64(9</var/shop.db-wal>, "\0\0\0\1\0\0\0\0........\0\0\0\0\0\0\0\0", 24, 32) = 24` + "\n"
	last   = `7 10:00:00.000002 pwrite64(9</var/shop.db-wal>, "\0\0\0\1\0\0\0\5........\0\0\0\0\0\0\0\0", 24, 4152) = 24` + "\n"
	page   = `7 10:00:00.000003 pwrite64(9</var/shop.db-wal>, "\r\0..ORDER1\7..", 4096, 56) = 4096` + "\n"
	other  = `7 10:00:00.000004 pwrite64(9</var/shop.db-wal>, "\r\0..other..", 4096, 4176) = 4096` + "\n"
	synced = `7 10:00:00.000005 fsync(9</var/shop.db-wal>) = 0` + "\n"
	begins = `7 10:00:00.000006 fsync(9</var/shop.db-wal> <unfinished ...>` + "\n"
	ends   = `7 10:00:00.000009 <... fsync resumed>) = 0` + "\n"
	fails  = `7 10:00:00.000009 <... fsync resumed>) = -1 EIO (Input/output error)` + "\n"
	file   = `7 10:00:00.000005 fsync(8</var/shop.db>) = 0` + "\n"
	answer = `8 10:00:00.000010 write(12<socket:[5]>, "HTTP/1.1 303 See Other\r\nLocation: /orders/ORDER1\r\n\r\n", 60) = 60` + "\n"
)

func TestWhatATraceShows(t *testing.T) {
	for name, c := range map[string]struct {
		trace string
		early bool
	}{
		"written, committed, synced, answered":       {frame + page + last + other + synced + answer, false},
		"the sync ends before the answer":            {last + page + begins + ends + answer, false},
		"no sync":                                    {last + page + answer + synced, true},
		"answered while the sync is under way":       {last + page + begins + answer + ends, true},
		"the sync failed":                            {last + page + begins + fails + answer, true},
		"the sync began before the commit":           {frame + page + begins + last + other + ends + answer, true},
		"the commit came after the sync":             {frame + page + synced + last + other + answer, true},
		"only the database file was synced":          {last + page + file + answer, true},
		"answered first, written later":              {answer + last + page + synced, true},
		"answered too early, and once more later on": {answer + last + page + synced + answer, true},
	} {
		r, err := read(strings.NewReader(c.trace), []string{"ORDER1"}, false)
		if err != nil {
			t.Fatal(name, err)
		}
		if got := slices.Contains(r.early, "ORDER1"); got != c.early {
			t.Errorf("%s: early = %v", name, got)
		}
	}
}

func TestTraceThatProvesNothing(t *testing.T) {
	for name, trace := range map[string]string{"empty": "", "the answer is not in it": last + page + synced} {
		if r, err := read(strings.NewReader(trace), []string{"ORDER1"}, false); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r, err := read(strings.NewReader(last+page+synced+answer), []string{"ORDER1"}, true); err == nil {
		t.Errorf("no payment in it: %+v", r)
	}
}
