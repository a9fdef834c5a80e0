package audit

import (
	"crypto/hmac"
	"fmt"
)

// Report is what a check of the whole log found.
type Report struct {
	Head     Head // of the rows that are there
	Waiting  int  // rows that are not in the chain yet
	Problems []string
	More     int // problems beyond those listed
}

// maxProblems is how many problems are told in words.
const maxProblems = 20

// Verifier checks a log row by row: Sealed in the order of Seq, Waiting for the rest, then End.
type Verifier struct {
	key   Key
	noted Head
	last  Head
	r     Report
}

// NewVerifier begins a check. noted is a head that was kept elsewhere, or the zero Head.
func NewVerifier(key Key, noted Head) *Verifier { return &Verifier{key: key, noted: noted} }

func (v *Verifier) problem(format string, args ...any) {
	if len(v.r.Problems) == maxProblems {
		v.r.More++
		return
	}
	v.r.Problems = append(v.r.Problems, fmt.Sprintf(format, args...))
}

// content checks the row's own code.
func (v *Verifier) content(r Row) {
	if !hmac.Equal([]byte(v.key.MAC(r.Entry)), []byte(r.MAC)) {
		v.problem("row %d (id %d) is not what was written: it was changed or made up", r.Seq, r.ID)
	}
}

// Sealed takes the next row of the chain.
func (v *Verifier) Sealed(r Row) {
	v.content(r)
	if r.Seq != v.last.Seq+1 {
		v.problem("rows %d to %d are missing", v.last.Seq+1, r.Seq-1)
	} else if want := v.key.Link(v.last, r.ID, r.MAC); !hmac.Equal([]byte(want.Hash), []byte(r.Hash)) {
		v.problem("row %d (id %d) is not in its place: something was changed, moved or put in", r.Seq, r.ID)
	}
	v.last = Head{r.Seq, r.Hash} // goes on with what is there, so that one wound is one problem
	if r.Seq == v.noted.Seq && r.Hash != v.noted.Hash {
		v.problem("row %d is not the one that the given head was taken of", r.Seq)
	}
}

// Waiting takes a row that is not in the chain yet.
func (v *Verifier) Waiting(r Row) {
	v.r.Waiting++
	v.content(r)
}

// End compares the end of the chain with the head that the database keeps, and with the one kept elsewhere.
func (v *Verifier) End(kept Head) Report {
	switch {
	case kept.Seq > v.last.Seq:
		v.problem("the end is cut: rows %d to %d are missing", v.last.Seq+1, kept.Seq)
	case kept != v.last:
		v.problem("the kept head %s is not that of the rows, %s", kept, v.last)
	}
	if v.noted.Seq > v.last.Seq {
		v.problem("the end is cut: the log had %d rows when the given head was taken, now it has %d", v.noted.Seq, v.last.Seq)
	}
	v.r.Head = v.last
	return v.r
}
