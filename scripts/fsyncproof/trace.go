package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// The lines of strace -f -y -tt: a call in one piece, or its begin and its end, other threads' lines between.
var (
	whole   = regexp.MustCompile(`^(\d+) +[\d:.]+ (\w+)\(\d+<([^>]*)>(.*)\) += (-?\d+)`)
	begun   = regexp.MustCompile(`^(\d+) +[\d:.]+ (\w+)\(\d+<([^>]*)>(.*) <unfinished \.\.\.>$`)
	resumed = regexp.MustCompile(`^(\d+) +[\d:.]+ <\.\.\. (\w+) resumed>.*\) += (-?\d+)`)
	payment = regexp.MustCompile(`"externalId":"([0-9a-f-]{36})"`)
)

// call is a system call under way or ended.
type call struct {
	name, file string
	data       []byte
	synced     []string // by a sync of the WAL: what was committed when it began
}

// ledger follows where each word is: an order's number or a payment's id. The order of strace's lines is the order of
// events where one causes the other: it writes a call's end before the thread goes on, and its begin before the kernel sees it.
type ledger struct {
	words    map[string]place
	early    map[string]bool // sent before it was durable
	sent     map[string]bool
	syncs    int
	commit   bool // the frame whose page comes next ends a transaction
	payments map[string]bool
}

type place int

const (
	nowhere   place = iota
	written         // in a frame of a transaction that is not complete
	committed       // the transaction's last frame is written
	durable         // and synced
)

// read judges a trace. The answered orders must all be in it.
func read(trace io.Reader, numbers []string, pay bool) (report, error) {
	all, err := io.ReadAll(trace)
	if err != nil {
		return report{}, err
	}
	l := &ledger{words: map[string]place{}, early: map[string]bool{}, sent: map[string]bool{}, payments: map[string]bool{}}
	for _, n := range numbers {
		l.words[n] = nowhere
	}
	if err := eachCall(all, func(c *call) { l.findPayments(c) }, func(*call, bool) {}); err != nil {
		return report{}, err
	}
	if pay && len(l.payments) != len(numbers) {
		return report{}, fmt.Errorf("%d orders were paid, the trace has %d ids sent to the bank", len(numbers), len(l.payments))
	}
	if err := eachCall(all, l.begin, l.end); err != nil {
		return report{}, err
	}
	for word := range l.words {
		if !l.sent[word] {
			return report{}, fmt.Errorf("%s was answered, but the trace does not show it leave: it cannot be judged", word)
		}
	}
	r := report{orders: len(numbers), payments: len(l.payments), syncs: l.syncs}
	for word := range l.early {
		r.early = append(r.early, word)
	}
	slices.Sort(r.early)
	return r, nil
}

// findPayments learns the ids that went to the bank.
func (l *ledger) findPayments(c *call) {
	if !c.socket() {
		return
	}
	for _, m := range payment.FindAllSubmatch(c.data, -1) {
		l.payments[string(m[1])] = true
		l.words[string(m[1])] = nowhere
	}
}

// begin takes a call that the kernel has not seen yet.
func (l *ledger) begin(c *call) {
	switch {
	case c.socket():
		for word, at := range l.words {
			if bytes.Contains(c.data, []byte(word)) {
				l.sent[word] = true
				if at != durable {
					l.early[word] = true
				}
			}
		}
	case c.wal() && c.sync():
		for word, at := range l.words {
			if at == committed {
				c.synced = append(c.synced, word)
			}
		}
	}
}

// end takes a call that the kernel has done.
func (l *ledger) end(c *call, ok bool) {
	switch {
	case !ok || !c.wal():
	case c.sync():
		l.syncs++
		for _, word := range c.synced {
			l.words[word] = durable
		}
	case len(c.data) == frameHeader:
		l.commit = !bytes.Equal(c.data[4:8], make([]byte, 4)) // the size of the database after the commit; 0 = not the last frame
	default:
		l.page(c.data)
	}
}

// frameHeader is the length of what stands before each page in the WAL (SQLite's file format, section 4.1).
const frameHeader = 24

func (l *ledger) page(data []byte) {
	for word, at := range l.words {
		if at == nowhere && bytes.Contains(data, []byte(word)) {
			l.words[word] = written
		}
		if l.commit && l.words[word] == written {
			l.words[word] = committed
		}
	}
	l.commit = false
}

func (c *call) wal() bool  { return strings.HasSuffix(c.file, "-wal") }
func (c *call) sync() bool { return c.name == "fsync" || c.name == "fdatasync" }
func (c *call) socket() bool {
	return strings.HasPrefix(c.file, "socket:") || strings.HasPrefix(c.file, "TCP")
}

// eachCall tells of the begin and the end of each call, in the order of the trace.
func eachCall(trace []byte, begin func(*call), end func(*call, bool)) error {
	under := map[string]*call{} // by thread
	calls := 0
	lines := bufio.NewScanner(bytes.NewReader(trace))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := resumed.FindStringSubmatch(line); m != nil {
			if c := under[m[1]]; c != nil {
				end(c, !strings.HasPrefix(m[3], "-"))
				delete(under, m[1])
			}
			continue
		}
		if m := begun.FindStringSubmatch(line); m != nil {
			c := &call{name: m[2], file: m[3], data: quoted(m[4])}
			under[m[1]] = c
			begin(c)
			continue
		}
		if m := whole.FindStringSubmatch(line); m != nil {
			c := &call{name: m[2], file: m[3], data: quoted(m[4])}
			begin(c)
			end(c, !strings.HasPrefix(m[5], "-"))
			calls++
		}
	}
	if calls == 0 {
		return errors.Join(errors.New("no system calls in the trace: is ptrace forbidden here?"), lines.Err())
	}
	return lines.Err()
}

// quoted are the bytes of the first strings in the arguments, which strace writes as in C.
func quoted(args string) []byte {
	var out []byte
	inside := false
	for i := 0; i < len(args); i++ {
		switch c := args[i]; {
		case c == '"':
			inside = !inside
		case !inside:
		case c == '\\' && i+1 < len(args):
			var b byte
			b, i = escaped(args, i+1)
			out = append(out, b)
		default:
			out = append(out, c)
		}
	}
	return out
}

// escaped reads what follows a backslash at i and tells where it ends.
func escaped(s string, i int) (byte, int) {
	if n := strings.IndexByte("tnvfr", s[i]); n >= 0 {
		return "\t\n\v\f\r"[n], i
	}
	if s[i] < '0' || s[i] > '7' {
		return s[i], i
	}
	v, end := 0, i
	for ; end < len(s) && end < i+3 && s[end] >= '0' && s[end] <= '7'; end++ {
		v = v*8 + int(s[end]-'0')
	}
	return byte(v), end - 1
}
